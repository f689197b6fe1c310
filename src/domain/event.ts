import type { Execution } from './decision.ts'
import type { Urgency } from './manifest.ts'
import type { Evidence, Proposal } from './proposal.ts'
import type { Oversight, Reason, Route } from './route.ts'
import type { Instant } from './time.ts'

/** Who caused an event: an agent by its API key, a person in Slack, or the passing of time. */
export type Actor =
  | { readonly kind: 'agent'; readonly agent: string; readonly key: string }
  | { readonly kind: 'person'; readonly team: string; readonly user: string }
  | { readonly kind: 'clock' }

/** The first assignment or the one that holds after an amendment. */
export type AssignmentStart = {
  readonly role: string
  readonly level: number
  readonly deadline: Instant
  readonly expiresAt: Instant
}

/**
 * What happened to a decision, in order; replaying them gives its state (`evolve`).
 * `payload` stays in the audit log for good. `sealed` holds what people and agents wrote: the log keeps only a salted
 * commitment to it, so that it can be erased later and the chain still verifies.
 */
export type DecisionEvent = { readonly at: Instant; readonly actor: Actor } & (
  | {
      readonly type: 'decision.submitted'
      readonly payload: {
        readonly decision: string
        readonly action: string
        readonly route: Route
        readonly oversight: Oversight | null
        readonly urgency: Urgency
        readonly assignment: AssignmentStart | null
        readonly nonce: string
        readonly parametersDigest: string
        readonly manifestDigest: string
      }
      readonly sealed: { readonly proposal: Proposal; readonly reasons: readonly Reason[] }
    }
  | {
      readonly type: 'decision.approved'
      /** `complete`: this approval was the last one needed. */
      readonly payload: { readonly complete: boolean; readonly parametersDigest: string }
      readonly sealed: { readonly note: string | null }
    }
  | { readonly type: 'decision.denied'; readonly payload: Empty; readonly sealed: { readonly reason: string } }
  | { readonly type: 'decision.withdrawn'; readonly payload: Empty; readonly sealed: { readonly reason: string } }
  | { readonly type: 'decision.timed_out'; readonly payload: Empty; readonly sealed: null }
  | {
      readonly type: 'clarification.requested'
      /** `until`: when the clocks go on even without an answer. */
      readonly payload: { readonly clarification: string; readonly until: Instant }
      readonly sealed: { readonly question: string }
    }
  | {
      readonly type: 'clarification.answered'
      readonly payload: {
        readonly clarification: string
        readonly deadline: Instant
        readonly expiresAt: Instant
        readonly amendment: Amendment | null
      }
      readonly sealed: {
        readonly answer: string
        readonly evidence: readonly Evidence[]
        readonly parameters: Readonly<Record<string, unknown>> | null
        readonly reasons: readonly Reason[] | null
      }
    }
  | {
      readonly type: 'clarification.expired'
      readonly payload: { readonly clarification: string; readonly deadline: Instant; readonly expiresAt: Instant }
      readonly sealed: null
    }
  | {
      readonly type: 'execution.reported'
      readonly payload: { readonly state: Execution['state'] }
      readonly sealed: { readonly result: unknown; readonly error: string | null }
    }
  | {
      readonly type: 'outcome.recorded'
      readonly payload: {
        readonly correct: boolean
        readonly source: OutcomeSource
        readonly observedAt: Instant
        readonly ref: string | null
      }
      readonly sealed: { readonly note: string | null }
    }
)

export type OutcomeSource = 'downstream' | 'audit' | 'reviewer'

/** What an agent's changed parameters did to the route; never looser than before. */
export type Amendment = {
  readonly parametersDigest: string
  readonly route: Route
  readonly urgency: Urgency
  /** null: the changed parameters are blocked, which ends the decision. */
  readonly assignment: { readonly role: string; readonly level: number } | null
}

type Empty = Readonly<Record<string, never>>
