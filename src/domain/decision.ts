import type { Actor, DecisionEvent, OutcomeSource } from './event.ts'
import type { Urgency } from './manifest.ts'
import type { Evidence, Proposal } from './proposal.ts'
import type { Oversight, Reason, Route } from './route.ts'
import { type Clocks, type ClocksLeft, stopClocks } from './sla-clock.ts'
import type { Instant } from './time.ts'

/** One proposal of an agent and what became of it. A terminal status never changes again. */
export type Decision = Waiting | Ended

/** Open decisions: people can still decide. */
export type Waiting = Pending | Clarifying

/** Terminal for approval; execution and outcomes are still reported on them. */
export type Ended = AutoApproved | Blocked | Approved | Denied | TimedOut | Withdrawn

export type Status = Decision['status']

type Common = {
  readonly id: string
  /** Counts events: 1 when submitted. What long-polls compare. */
  readonly version: number
  /** Counts changes of the parameters: a button that carries an older one decides nothing. */
  readonly revision: number
  readonly agent: string
  readonly manifestDigest: string
  readonly createdAt: Instant
  /** As submitted, never changed; `parameters` are the ones in force. */
  readonly proposal: Proposal
  readonly parameters: Readonly<Record<string, unknown>>
  readonly nonce: string
  readonly parametersDigest: string
  /** What answers to questions added to the proposal's own evidence. */
  readonly addedEvidence: readonly Evidence[]
  readonly route: Route
  readonly oversight: Oversight | null
  readonly reasons: readonly Reason[]
  readonly urgency: Urgency
  /** The latest question. */
  readonly clarification: Clarification | null
  /** How long ended questions have stopped the clocks, in ms, all together. */
  readonly pausedMs: number
  readonly approvals: readonly Verdict[]
  readonly execution: Execution
  readonly outcomes: readonly Outcome[]
}

type Assigned = {
  readonly role: string
  readonly level: number
  /** Slack ids of the people asked; empty: everybody who holds the role. */
  readonly reviewers: readonly string[]
}

export type Pending = Common & {
  readonly status: 'pending'
  readonly assignment: Assigned
  readonly clocks: Clocks
}
export type Clarifying = Common & {
  readonly status: 'clarifying'
  readonly assignment: Assigned
  readonly clocksLeft: ClocksLeft
  readonly clarification: Clarification & { readonly state: 'open' }
}
export type AutoApproved = Common & { readonly status: 'auto_approved'; readonly decidedAt: Instant }
export type Blocked = Common & { readonly status: 'blocked'; readonly decidedAt: Instant }
export type Approved = Common & { readonly status: 'approved'; readonly decidedAt: Instant }
export type Denied = Common & {
  readonly status: 'denied'
  readonly decidedAt: Instant
  readonly by: string
  readonly reason: string
}
export type TimedOut = Common & { readonly status: 'timed_out'; readonly decidedAt: Instant }
export type Withdrawn = Common & { readonly status: 'withdrawn'; readonly decidedAt: Instant; readonly reason: string }

/** One person's approval; a quorum needs several. `user` is a Slack id. */
export type Verdict = { readonly user: string; readonly at: Instant; readonly note: string | null }

export type Clarification = {
  readonly id: string
  readonly question: string
  readonly askedBy: string
  readonly askedAt: Instant
  /** When the clocks go on even without an answer. */
  readonly until: Instant
} & (
  | { readonly state: 'open' }
  | { readonly state: 'answered'; readonly answer: string; readonly answeredAt: Instant }
  | { readonly state: 'expired' }
  | { readonly state: 'moot' }
)

export type Execution =
  | { readonly state: 'not_started' }
  | { readonly state: 'started'; readonly at: Instant }
  | { readonly state: 'succeeded'; readonly at: Instant; readonly result: unknown }
  | { readonly state: 'failed'; readonly at: Instant; readonly error: string | null; readonly result: unknown }

export type Outcome = {
  readonly correct: boolean
  readonly source: OutcomeSource
  readonly observedAt: Instant
  readonly note: string | null
  readonly ref: string | null
}

/** May the agent go ahead? null while people can still decide. Silence, blocks and withdrawals are a no. */
export function isApproved(decision: Decision): boolean | null {
  switch (decision.status) {
    case 'pending':
    case 'clarifying':
      return null
    case 'approved':
    case 'auto_approved':
      return true
    case 'denied':
    case 'timed_out':
    case 'blocked':
    case 'withdrawn':
      return false
  }
}

export function isWaiting(decision: Decision): decision is Waiting {
  return decision.status === 'pending' || decision.status === 'clarifying'
}

/** People are or were asked about it, so it has a card. */
export function hasCard(decision: Decision): boolean {
  return decision.oversight === 'in_the_loop'
}

/** When time alone will next change this decision; null: never. */
export function dueAt(decision: Decision): Instant | null {
  if (decision.status === 'pending') return decision.clocks.expiresAt
  if (decision.status === 'clarifying') return decision.clarification.until
  return null
}

/** The decision after its first event. */
export function born(event: DecisionEvent & { readonly type: 'decision.submitted' }): Decision {
  const { payload, sealed, at, actor } = event
  const common: Common = {
    id: payload.decision,
    version: 1,
    revision: 0,
    agent: actor.kind === 'agent' ? actor.agent : '',
    manifestDigest: payload.manifestDigest,
    createdAt: at,
    proposal: sealed.proposal,
    parameters: sealed.proposal.parameters,
    nonce: payload.nonce,
    parametersDigest: payload.parametersDigest,
    addedEvidence: [],
    route: payload.route,
    oversight: payload.oversight,
    reasons: sealed.reasons,
    urgency: payload.urgency,
    clarification: null,
    pausedMs: 0,
    approvals: [],
    execution: { state: 'not_started' },
    outcomes: [],
  }
  const { assignment } = payload
  if (assignment !== null) {
    const { role, level, deadline, expiresAt } = assignment
    return Object.assign(common, {
      status: 'pending' as const,
      assignment: { role, level, reviewers: [] },
      clocks: { deadline, expiresAt },
    })
  }
  if (payload.route === 'auto_approve')
    return Object.assign(common, { status: 'auto_approved' as const, decidedAt: at })
  return Object.assign(common, { status: 'blocked' as const, decidedAt: at })
}

/** The decision after one more event: events are facts, so nothing is checked or refused here. */
export function evolve(before: Decision, event: DecisionEvent): Decision {
  const { at } = event
  const decision = { ...before, version: before.version + 1 }
  switch (event.type) {
    case 'decision.submitted':
      return born(event)
    case 'decision.approved': {
      const verdict = { user: userOf(event.actor), at, note: event.sealed.note }
      const approvals = [...decision.approvals, verdict]
      if (!event.payload.complete) return { ...decision, approvals }
      return { ...ended(decision, at), approvals, status: 'approved' }
    }
    case 'decision.denied':
      return { ...ended(decision, at), status: 'denied', by: userOf(event.actor), reason: event.sealed.reason }
    case 'decision.withdrawn':
      return { ...ended(decision, at), status: 'withdrawn', reason: event.sealed.reason }
    case 'decision.timed_out':
      return { ...ended(decision, at), status: 'timed_out' }
    case 'clarification.requested':
      if (decision.status !== 'pending') return decision
      return paused(decision, at, {
        id: event.payload.clarification,
        state: 'open',
        question: event.sealed.question,
        askedBy: userOf(event.actor),
        askedAt: at,
        until: event.payload.until,
      })
    case 'clarification.answered': {
      if (decision.status !== 'clarifying') return decision
      const { deadline, expiresAt, amendment } = event.payload
      const { answer, evidence, parameters, reasons } = event.sealed
      const answered: Decision = {
        ...resumed(decision, { deadline, expiresAt }, at),
        clarification: { ...decision.clarification, state: 'answered', answer, answeredAt: at },
        addedEvidence: [...decision.addedEvidence, ...evidence],
      }
      if (amendment === null || parameters === null) return answered
      const amended = {
        ...answered,
        parameters,
        parametersDigest: amendment.parametersDigest,
        revision: decision.revision + 1,
        route: amendment.route,
        urgency: amendment.urgency,
        reasons: reasons ?? decision.reasons,
        approvals: [], // They approved other parameters.
      }
      if (amendment.assignment === null) return { ...ended(amended, at), status: 'blocked' }
      return { ...amended, assignment: { ...amendment.assignment, reviewers: [] } }
    }
    case 'clarification.expired': {
      if (decision.status !== 'clarifying') return decision
      const { deadline, expiresAt } = event.payload
      return {
        ...resumed(decision, { deadline, expiresAt }, at),
        clarification: { ...decision.clarification, state: 'expired' },
      }
    }
    case 'execution.reported':
      return { ...decision, execution: executionOf(event) }
    case 'outcome.recorded': {
      const { correct, source, observedAt, ref } = event.payload
      return {
        ...decision,
        outcomes: [...decision.outcomes, { correct, source, observedAt, ref, note: event.sealed.note }],
      }
    }
  }
}

/** The decision that a whole history of events leads to. @throws on a history that does not start with a submission */
export function replay(events: readonly DecisionEvent[]): Decision {
  const [first, ...rest] = events
  if (first?.type !== 'decision.submitted') throw new Error('a history starts with decision.submitted')
  return rest.reduce(evolve, born(first))
}

function ended(decision: Decision, at: Instant) {
  const { clarification } = decision
  return {
    ...withoutAssignment(decision),
    clarification: clarification?.state === 'open' ? { ...clarification, state: 'moot' as const } : clarification,
    decidedAt: at,
  }
}

function withoutAssignment(decision: Decision) {
  const {
    assignment: _,
    clocks: __,
    clocksLeft: ___,
    ...rest
  } = {
    assignment: null,
    clocks: null,
    clocksLeft: null,
    ...decision,
  }
  return rest
}

function paused(decision: Pending, at: Instant, clarification: Clarifying['clarification']): Clarifying {
  const { clocks, ...rest } = decision
  return { ...rest, status: 'clarifying', clocksLeft: stopClocks(clocks, at), clarification }
}

function resumed(decision: Clarifying, clocks: Clocks, at: Instant): Pending {
  const { clocksLeft: _, ...rest } = decision
  // A clock that was set back in between must not give time for more questions.
  const lasted = Math.max(0, at - decision.clarification.askedAt)
  return { ...rest, status: 'pending', clocks, pausedMs: decision.pausedMs + lasted }
}

function executionOf({ at, payload, sealed }: DecisionEvent & { readonly type: 'execution.reported' }): Execution {
  switch (payload.state) {
    case 'not_started':
      return { state: 'not_started' }
    case 'started':
      return { state: 'started', at }
    case 'succeeded':
      return { state: 'succeeded', at, result: sealed.result }
    case 'failed':
      return { state: 'failed', at, error: sealed.error, result: sealed.result }
  }
}

function userOf(actor: Actor): string {
  return actor.kind === 'person' ? actor.user : ''
}
