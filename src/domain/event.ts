import type { AskedBefore } from './ask.ts'
import type { Execution, RollbackResult } from './decision.ts'
import type { Urgency } from './manifest.ts'
import type { Evidence, Proposal } from './proposal.ts'
import type { Oversight, Reason, Route } from './route.ts'
import type { ClocksLeft } from './sla-clock.ts'
import type { Instant } from './time.ts'

/** Who caused an event: an agent by its API key, a person in Slack, or the passing of time. */
export type Actor =
  | { readonly kind: 'agent'; readonly agent: string; readonly key: string }
  | { readonly kind: 'person'; readonly team: string; readonly user: string }
  | { readonly kind: 'clock' }
  /** Countersign itself, carrying out a workflow, or having another system undo something. */
  | { readonly kind: 'engine' }
  /** The system that an action's `clarify.url` names, by the link it was given. */
  | { readonly kind: 'system' }
  /** Whoever runs the service on its host. */
  | { readonly kind: 'operator' }

/** Where a decision begins to wait: with a level of the escalation path. Who of them is asked is an event of its own. */
export type AssignmentStart = {
  readonly role: string
  readonly level: number
  readonly deadline: Instant
  readonly expiresAt: Instant
  /** The manifest has no roles: everybody in the channel is asked, and nobody in person. */
  readonly everybody?: boolean
}

/** A step of a workflow that Countersign carries out, from 0. */
export type Run = { readonly workflow: string; readonly step: number }

/** Why somebody is asked now. */
export type AssignedBecause =
  | 'submitted'
  /** The one before let the deadline pass. */
  | 'deadline_missed'
  /** The one before can't decide any more: deactivated, or no member of the role. */
  | 'not_eligible'
  | 'delegated'
  | 'by_hand'

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
        /** The step of a workflow that Countersign carries out; absent: the agent acts itself. */
        readonly run?: Run
        /** The request that this one makes again, and who wanted that; absent: the agent proposed it. */
        readonly resubmissionOf?: ResubmissionOf
        /** That people were asked for this before, and denied it; absent: they did not. */
        readonly askedBefore?: AskedBefore
        /** Until when people can have it rolled back; absent: they can't. */
        readonly rollbackUntil?: Instant
        /** It was drawn, with this probability (0..1), for people to look at later; absent: it was not drawn. */
        readonly auditProbability?: number
      }
      readonly sealed: { readonly proposal: Proposal; readonly reasons: readonly Reason[] }
    }
  | {
      readonly type: 'decision.approved'
      /** `complete`: this approval was the last one needed. */
      readonly payload: { readonly complete: boolean; readonly parametersDigest: string }
      /** `card`: digest of the blocks that the person was shown; absent: not known. */
      readonly sealed: { readonly note: string | null; readonly card?: string }
    }
  /** A reviewer has other parameters approved than the agent wanted: `decision.approved` of them follows at once. */
  | {
      readonly type: 'decision.edited'
      readonly payload: { readonly amendment: Amendment }
      /** `parameters`: all of them, as they are from now on. */
      readonly sealed: {
        readonly parameters: Readonly<Record<string, unknown>>
        readonly reasons: readonly Reason[]
      }
    }
  | { readonly type: 'decision.denied'; readonly payload: Empty; readonly sealed: { readonly reason: string } }
  | { readonly type: 'decision.withdrawn'; readonly payload: Empty; readonly sealed: { readonly reason: string } }
  | { readonly type: 'decision.timed_out'; readonly payload: Empty; readonly sealed: null }
  /** A person had it asked again: `decision` is what came of that. */
  | {
      readonly type: 'decision.resubmitted'
      readonly payload: { readonly decision: string }
      readonly sealed: null
    }
  | {
      readonly type: 'clarification.requested'
      /** `until`: when the clocks go on even without an answer. */
      readonly payload: {
        readonly clarification: string
        readonly until: Instant
        /** What is left of both clocks, in the time they count in; absent: in all time. */
        readonly left?: ClocksLeft
      }
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
      readonly type: 'assignment.made'
      readonly payload: {
        readonly user: string
        readonly role: string
        readonly level: number
        readonly deadline: Instant
        /** When the person is reminded. */
        readonly nudgesAt: readonly Instant[]
        readonly because: AssignedBecause
        /** Who was asked before; null: nobody. */
        readonly before: string | null
      }
      readonly sealed: null
    }
  | {
      readonly type: 'assignment.nudged'
      readonly payload: { readonly user: string; readonly deadline: Instant }
      readonly sealed: null
    }
  | {
      readonly type: 'assignment.exhausted'
      /** `retryAt`: when it is looked again who is available; null: the last one asked stays. */
      readonly payload: { readonly because: ExhaustedBecause; readonly retryAt: Instant | null }
      readonly sealed: null
    }
  | {
      readonly type: 'execution.reported'
      readonly payload: { readonly state: Execution['state'] }
      readonly sealed: { readonly result: unknown; readonly error: string | null }
    }
  | { readonly type: 'rollback.requested'; readonly payload: Empty; readonly sealed: { readonly reason: string } }
  | {
      readonly type: 'rollback.reported'
      readonly payload: { readonly state: RollbackResult }
      readonly sealed: { readonly detail: string | null }
    }
  /** The window has ended, and nobody had asked. */
  | { readonly type: 'rollback.settled'; readonly payload: Empty; readonly sealed: null }
  | {
      readonly type: 'execution.settled'
      /** A person says what became of an execution of which nobody knew. */
      readonly payload: { readonly verdict: SettledAs }
      readonly sealed: null
    }
  | {
      readonly type: 'grant.issued'
      readonly payload: {
        readonly grant: string
        /** Who signs it: `PUBLIC_URL` as it was then. */
        readonly issuer: string
        /** The key that signs it. */
        readonly kid: string
        /** A whole second. */
        readonly expiresAt: Instant
        /** Who approved: `slack:TEAM/USER` each, or `policy` alone. */
        readonly by: readonly string[]
      }
      /** null: nobody was shown a card. */
      readonly sealed: { readonly card: string } | null
    }
  | { readonly type: 'grant.consumed'; readonly payload: { readonly grant: string }; readonly sealed: null }
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
  /** What people and agents wrote of it is gone, the sealed parts of all its events among it. */
  | {
      readonly type: 'decision.erased'
      readonly payload: { readonly because: ErasedBecause }
      readonly sealed: null
    }
)

/** `named`: somebody has said which; `retention`: it ended longer ago than such things are kept. */
export type ErasedBecause = 'named' | 'retention'

/** `try_again`: it is executed once more, under the same key. */
export type SettledAs = 'ran' | 'did_not_run' | 'try_again'

/** `by`: the Slack id of who had it made again. */
export type ResubmissionOf = { readonly decision: string; readonly by: string }

/** Why nobody more is asked: the whole escalation path was, or nobody on it is available. */
export type ExhaustedBecause = 'path_exhausted' | 'nobody_available'

export type OutcomeSource = 'downstream' | 'audit' | 'reviewer'

/** What changed parameters, of an agent or a reviewer, did to the route; never looser than before. */
export type Amendment = {
  readonly parametersDigest: string
  readonly route: Route
  readonly urgency: Urgency
  /** null: the changed parameters are blocked, which ends the decision. */
  readonly assignment: Pick<AssignmentStart, 'role' | 'level' | 'everybody'> | null
}

type Empty = Readonly<Record<string, never>>
