import type { ManifestChange } from './manifest-diff.ts'
import type { Reason } from './route.ts'
import type { ReadOn } from './service-event.ts'
import type { Instant } from './time.ts'

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
  | {
      readonly about: 'manifest_changed'
      readonly from: string
      readonly to: string
      readonly on: ReadOn
      readonly at: Instant
      readonly changes: readonly ManifestChange[]
    }
  | {
      readonly about: 'manifest_refused'
      readonly inForce: string
      readonly at: Instant
      /** Errors; warnings refuse nothing. */
      readonly errors: number
      /** The first of them, with file, line and column. */
      readonly first: string
    }
  | {
      readonly about: 'evidence_run_out'
      readonly action: string
      /** `actions.process_refund.accepted_risk.until` */
      readonly path: string
      /** Which evidence, and when it ran out. */
      readonly why: string
    }

/** Two intents with one key are one: card syncs coalesce, a notice is posted once. */
export function intentKey(intent: Intent): string {
  switch (intent.kind) {
    case 'card.sync':
      return `card.sync ${intent.decision}`
    case 'notice.post':
      return `notice.post ${intent.key}`
  }
}
