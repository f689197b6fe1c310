import type { Decision } from './decision.ts'
import type { DecisionView } from './decision-view.ts'

/** All that a person can read of a decision, and of others like it. */
export type Context = {
  readonly view: DecisionView
  /** Of the same action, the newest first; only those that this person may see. */
  readonly earlier: readonly Decision[]
  /** null: it states no confidence. */
  readonly band: LabelledBand | null
  /** Where it stands in Slack; null: nowhere, or not yet. */
  readonly slack: string | null
  /** The reader's own, an IANA name. */
  readonly timeZone: string
  /** What people are called, by Slack id. */
  readonly names: ReadonlyMap<string, string>
}

/** Decisions of an action whose outcome is known and which claimed as much: from `from` to below `to`, 0..1. */
export type LabelledBand = {
  readonly from: number
  readonly to: number
  readonly n: number
  readonly correct: number
  /** 0..1; null: there are none. */
  readonly meanStated: number | null
  /** Are there enough to be spoken of? */
  readonly isEnough: boolean
}
