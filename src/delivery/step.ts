import { type Decision, isUnderWay } from '../domain/decision.ts'
import type { Trouble } from './ask.ts'

/** One step towards what Slack should show; at most one message each. */
export type Step =
  | { readonly kind: 'done' }
  | { readonly kind: 'more' }
  /** The card is as it should be, and lines are missing in its thread. */
  | { readonly kind: 'lines_left' }
  /** `open`: people can still decide, or have it rolled back, so giving up has a price. */
  | { readonly kind: 'stuck'; readonly trouble: Trouble; readonly open: boolean }

export const DONE: Step = { kind: 'done' }
export const MORE: Step = { kind: 'more' }
export const LINES_LEFT: Step = { kind: 'lines_left' }

/** Somebody deleted the message, or it is not ours to change. */
const GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'thread_not_found',
  'cannot_reply_to_message',
  'cant_update_message',
])

/** @param decision null: nobody can decide anything by this message */
export function stuck(trouble: Trouble, decision: Decision | null): Step {
  return { kind: 'stuck', trouble, open: decision !== null && isUnderWay(decision) }
}

export function isGone(trouble: Trouble): boolean {
  return trouble.kind === 'failed' && trouble.failure.kind === 'refused' && GONE.has(trouble.failure.error)
}
