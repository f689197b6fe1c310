import type { Status } from './decision.ts'
import type { OutcomeSource } from './event.ts'
import type { Route } from './route.ts'
import type { Instant } from './time.ts'

/** A decision as a piece of evidence: what was claimed, what became of it, and what was said of it later. */
export type Judged = {
  readonly id: string
  /** 0..1 */
  readonly confidence: number
  readonly route: Route
  readonly status: Status
  /** null: the agent sent none. */
  readonly agentVersion: string | null
  /** The agent itself asked for a review: no promotion and no threshold lets it pass. */
  readonly recommendedReview: boolean
  /** The probability with which it was drawn for a later look by people; null: it was not drawn. */
  readonly auditProbability: number | null
  readonly labels: readonly Label[]
}

/** One thing that was said of how a decision turned out. */
export type Label = {
  readonly correct: boolean
  readonly source: OutcomeSource
  readonly observedAt: Instant
  /** Grows with each label that is recorded, over all decisions. */
  readonly recorded: number
}

/** What the labels of a decision come to. */
export type Verdict = {
  /** The one that counts; null: there is none, which is not the same as right. */
  readonly label: Label | null
  /** Labels that say they were observed later than now; they do not count. */
  readonly future: number
  /** Two of the source that counts say the opposite; the one observed later counts. */
  readonly contradicted: boolean
}

/** Whom to believe, first to last: what happened, people who looked on purpose, people who had approved it. */
const PRECEDENCE: readonly OutcomeSource[] = ['downstream', 'audit', 'reviewer']

/** The label that counts among those of one decision. */
export function verdictOf(labels: readonly Label[], now: Instant): Verdict {
  const known = labels.filter(({ observedAt }) => observedAt <= now)
  const future = labels.length - known.length
  const source = PRECEDENCE.find((each) => known.some((label) => label.source === each))
  const told = known
    .filter((label) => label.source === source)
    .toSorted((a, b) => a.observedAt - b.observedAt || a.recorded - b.recorded)
  const label = told.at(-1) ?? null
  return { label, future, contradicted: told.some(({ correct }) => correct !== label?.correct) }
}
