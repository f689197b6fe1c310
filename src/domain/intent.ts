import type { Reason } from './route.ts'

/**
 * A row of the outbox: what Slack should be made to show. Never a payload: delivery renders the state as it is when it
 * sends, so that a retry is harmless and several changes become one message.
 */
export type Intent =
  /** Every copy of the decision's card, and its thread, shows the decision as it stands. */
  | { readonly kind: 'card.sync'; readonly decision: string }
  /** One message in the operations channel, once for each `key`, ever. */
  | { readonly kind: 'notice.post'; readonly key: string; readonly notice: Notice }

/** What the operations channel is told. */
export type Notice =
  | {
      readonly about: 'blocked_action'
      readonly decision: string
      readonly action: string
      readonly agent: string
      readonly reasons: readonly Reason[]
    }
  | { readonly about: 'dead_letter'; readonly intent: string; readonly error: string }

/** Two intents with one key are one: card syncs coalesce, a notice is posted once. */
export function intentKey(intent: Intent): string {
  switch (intent.kind) {
    case 'card.sync':
      return `card.sync ${intent.decision}`
    case 'notice.post':
      return `notice.post ${intent.key}`
  }
}
