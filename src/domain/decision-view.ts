import type { Decision } from './decision.ts'
import type { DecisionEvent } from './event.ts'
import type { Freeze } from './freeze.ts'
import type { ActionPolicy } from './manifest.ts'

/** All that a card, a modal or a thread line is drawn from. */
export type DecisionView = {
  readonly decision: Decision
  /** As the manifest that routed it says; null for an action that it does not know. */
  readonly policy: ActionPolicy | null
  /** No roles are defined, so that everybody in the channel decides; the card says so. */
  readonly openToChannel: boolean
  /** What keeps it from being approved just now; empty for one that has ended. */
  readonly frozen: readonly Freeze[]
  readonly history: readonly DecisionEvent[]
}
