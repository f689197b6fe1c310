import type { AskedBefore } from './ask.ts'
import { changesOf, type Edit, editsOf } from './edit.ts'
import { claimOf } from './erased.ts'
import type { Actor, Amendment, DecisionEvent, OutcomeSource, ResubmissionOf, Run, SettledAs } from './event.ts'
import type { Urgency } from './manifest.ts'
import type { Evidence, Proposal } from './proposal.ts'
import type { Oversight, Reason, Route } from './route.ts'
import { type Clocks, type ClocksLeft, stopClocks } from './sla-clock.ts'
import type { Instant } from './time.ts'
import { elapsed } from './time-scale.ts'

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
  /** What reviewers changed since the agent last said what it wants; absent: nothing. */
  readonly edits?: readonly Edit[]
  readonly execution: Execution
  /** null: people can't have it rolled back, because it waits for them first or nobody has to watch it. */
  readonly rollback: Rollback | null
  readonly outcomes: readonly Outcome[]
  /** When what people and agents wrote of it was erased; absent: it was not. */
  readonly erasedAt?: Instant
  /** What people say who look at it later because it was drawn by lot; absent: it was not drawn. */
  readonly audit?: Audit
  /** The step of a workflow that Countersign carries out; null: the agent acts itself. */
  readonly run: Run | null
  /** The decision that this one became when a person had it asked again; absent: nobody did. */
  readonly resubmittedAs?: string
  /** What this one makes again; absent: its agent proposed it. */
  readonly resubmissionOf?: ResubmissionOf
  /** As it was when it was submitted; absent: nobody had denied it before. */
  readonly askedBefore?: AskedBefore
}

export type Assigned = {
  readonly role: string
  readonly level: number
  /** The Slack id of the person asked; empty: nobody yet, or nobody in person. */
  readonly reviewers: readonly string[]
  /** When the attempt that runs began. */
  readonly startedAt: Instant
  /** Whose attempts were used up so far, on which level; that of the person asked now is the last. */
  readonly tried: readonly Tried[]
  /** When the person is still to be reminded, soonest first. */
  readonly nudgesAt: readonly Instant[]
  /** Nobody is left to be asked: operations know, and the last assignment stands. */
  readonly exhausted: boolean
  /** The manifest had no roles: everybody in the channel is asked, and nobody in person. */
  readonly everybody: boolean
}

export type Tried = { readonly user: string; readonly level: number }

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
export type AutoApproved = Common & Granting & { readonly status: 'auto_approved'; readonly decidedAt: Instant }
export type Blocked = Common & { readonly status: 'blocked'; readonly decidedAt: Instant }
export type Approved = Common & Granting & { readonly status: 'approved'; readonly decidedAt: Instant }
export type Denied = Common & {
  readonly status: 'denied'
  readonly decidedAt: Instant
  readonly by: string
  readonly reason: string
}
export type TimedOut = Common & { readonly status: 'timed_out'; readonly decidedAt: Instant }
export type Withdrawn = Common & { readonly status: 'withdrawn'; readonly decidedAt: Instant; readonly reason: string }

type Granting = {
  /** Absent until it was first read since it was approved. */
  readonly grant?: Grant
  /** How many grants it has had; absent: none. */
  readonly grantsIssued?: number
}

/** What is known of a decision's one grant; signing it again gives the same bytes. */
export type Grant = {
  readonly id: string
  readonly issuer: string
  /** The key that signs it. */
  readonly kid: string
  readonly issuedAt: Instant
  readonly expiresAt: Instant
  /** `slack:TEAM/USER` each, or `policy` alone. */
  readonly by: readonly string[]
  /** Digest of the card that was shown; null: none was. */
  readonly card: string | null
  /** null: nobody has used it. */
  readonly consumedAt: Instant | null
}

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
  /** It may have run or not, and a person has to say. */
  | { readonly state: 'unknown'; readonly at: Instant; readonly error: string | null }

/**
 * Whether people can still have an act undone that runs without them, or what came of it. Asking for it ends the window;
 * what the agent reports then is final, and until it does nothing is assumed.
 */
export type Rollback = {
  /** When the window ends, not included. */
  readonly until: Instant
} & (
  | { readonly state: 'open' }
  | ({ readonly state: 'requested' } & RollbackAsk)
  | ({
      readonly state: 'rolled_back' | 'failed'
      readonly reportedAt: Instant
      readonly detail: string | null
    } & RollbackAsk)
  /** The window ended, and nobody had asked. */
  | { readonly state: 'settled' }
)

/** Who asked for a rollback, and why. `by` is a Slack id. */
export type RollbackAsk = { readonly by: string; readonly askedAt: Instant; readonly reason: string }

/** An automatic approval that was drawn for a later look. */
export type Audit = {
  /** With which probability, 0..1. */
  readonly probability: number
  /** The first person's word counts; null: nobody has looked yet. `by` is a Slack id. */
  readonly verdict: { readonly by: string; readonly at: Instant; readonly correct: boolean } | null
}

/** What becomes of a rollback that was asked for. */
export type RollbackResult = 'rolled_back' | 'failed'

export type Outcome = {
  readonly correct: boolean
  readonly source: OutcomeSource
  readonly observedAt: Instant
  readonly note: string | null
  readonly ref: string | null
}

/** What agents compare: counts what has happened to it. That it was read, which issues its grant, is nothing that happened. */
export function versionForAgents(decision: Decision): number {
  return decision.version - ('grantsIssued' in decision ? (decision.grantsIssued ?? 0) : 0)
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

/** Has somebody asked for it to be undone? */
export function isRolledBack({ rollback }: Decision): boolean {
  return rollback !== null && rollback.state !== 'open' && rollback.state !== 'settled'
}

export function isWaiting(decision: Decision): decision is Waiting {
  return decision.status === 'pending' || decision.status === 'clarifying'
}

/** People are or were asked about it, or can or could have it rolled back, so it has a card. */
export function hasCard(decision: Decision): boolean {
  return decision.oversight === 'in_the_loop' || decision.rollback !== null
}

/** Is something still to come of it, so that people must be able to see its card? */
export function isUnderWay(decision: Decision): boolean {
  return isWaiting(decision) || decision.rollback?.state === 'open' || decision.rollback?.state === 'requested'
}

/**
 * When time alone will next change this decision: it is ended, somebody is reminded, somebody else is asked, or nobody can
 * have it rolled back any more; null: never.
 */
export function dueAt(decision: Decision): Instant | null {
  if (decision.status === 'clarifying') return decision.clarification.until
  if (decision.status !== 'pending') return decision.rollback?.state === 'open' ? decision.rollback.until : null
  const { assignment, clocks } = decision
  const isNobodyAsked = assignment.reviewers.length === 0
  if (assignment.exhausted && (assignment.everybody || !isNobodyAsked)) return clocks.expiresAt
  if (assignment.exhausted || assignment.everybody) return Math.min(clocks.deadline, clocks.expiresAt)
  if (isNobodyAsked) return Math.min(assignment.startedAt, clocks.expiresAt)
  return Math.min(assignment.nudgesAt[0] ?? clocks.deadline, clocks.deadline, clocks.expiresAt)
}

/** What the queue is sorted by: the deadline of who is asked, or the end of an open question; null: it has ended. */
export function deadlineOf(decision: Decision): Instant | null {
  if (decision.status === 'clarifying') return decision.clarification.until
  return decision.status === 'pending' ? decision.clocks.deadline : null
}

/** The person who is asked to decide; null: nobody in person, or it has ended. */
export function assigneeOf(decision: Decision): string | null {
  return isWaiting(decision) ? (decision.assignment.reviewers[0] ?? null) : null
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
    rollback: payload.rollbackUntil === undefined ? null : { state: 'open', until: payload.rollbackUntil },
    outcomes: [],
    run: payload.run ?? null,
    ...(payload.auditProbability !== undefined && {
      audit: { probability: payload.auditProbability, verdict: null },
    }),
    ...(payload.resubmissionOf !== undefined && { resubmissionOf: payload.resubmissionOf }),
    ...(payload.askedBefore !== undefined && { askedBefore: payload.askedBefore }),
  }
  const { assignment } = payload
  if (assignment !== null) {
    const { role, level, deadline, expiresAt, everybody = false } = assignment
    return Object.assign(common, {
      status: 'pending' as const,
      assignment: { ...nobodyAsked(role, level, at), everybody },
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
      if (!event.payload.complete) return { ...doneAsking(decision, verdict.user, at), approvals }
      return { ...ended(decision, at), approvals, status: 'approved' }
    }
    case 'decision.denied':
      return { ...ended(decision, at), status: 'denied', by: userOf(event.actor), reason: event.sealed.reason }
    case 'decision.withdrawn':
      return { ...ended(decision, at), status: 'withdrawn', reason: event.sealed.reason }
    case 'decision.timed_out':
      return { ...ended(decision, at), status: 'timed_out' }
    case 'decision.resubmitted':
      return { ...decision, resubmittedAs: event.payload.decision }
    case 'clarification.requested':
      if (decision.status !== 'pending') return decision
      return paused(decision, at, event.payload.left ?? null, {
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
      const answered: Pending = {
        ...resumed(decision, { deadline, expiresAt }, at),
        clarification: { ...decision.clarification, state: 'answered', answer, answeredAt: at },
        addedEvidence: [...decision.addedEvidence, ...evidence],
      }
      if (amendment === null || parameters === null) return answered
      const amended = withParameters(answered, { amendment, parameters, reasons }, at)
      return { ...amended, edits: [] } // They were of what the agent wanted before.
    }
    case 'decision.edited': {
      if (!isWaiting(decision)) return decision
      const { parameters, reasons } = event.sealed
      const edit = { by: userOf(event.actor), at, changes: changesOf(decision.parameters, parameters) }
      const edited = withParameters(decision, { amendment: event.payload.amendment, parameters, reasons }, at)
      return { ...edited, edits: [...editsOf(decision), edit] }
    }
    case 'clarification.expired': {
      if (decision.status !== 'clarifying') return decision
      const { deadline, expiresAt } = event.payload
      return {
        ...resumed(decision, { deadline, expiresAt }, at),
        clarification: { ...decision.clarification, state: 'expired' },
      }
    }
    case 'assignment.made': {
      if (decision.status !== 'pending') return decision
      const { user, role, level, deadline, nudgesAt, because } = event.payload
      const { assignment } = decision
      // A delegate goes on with the attempt of who was asked; one that nobody could use does not count.
      const begun = because === 'delegated' ? assignment : nobodyAsked(role, level, at)
      const tried = because === 'delegated' || because === 'not_eligible' ? triedBefore(assignment) : assignment.tried
      return {
        ...decision,
        assignment: { ...begun, role, level, reviewers: [user], nudgesAt, tried: [...tried, { user, level }] },
        clocks: { ...decision.clocks, deadline },
      }
    }
    case 'assignment.nudged': {
      if (decision.status !== 'pending') return decision
      const { assignment } = decision
      return {
        ...decision,
        assignment: { ...assignment, nudgesAt: assignment.nudgesAt.filter((nudgeAt) => nudgeAt > at) },
      }
    }
    case 'assignment.exhausted':
      if (decision.status !== 'pending') return decision
      return {
        ...decision,
        assignment: { ...decision.assignment, exhausted: true, nudgesAt: [] },
        clocks: { ...decision.clocks, deadline: event.payload.retryAt ?? decision.clocks.deadline },
      }
    case 'execution.reported':
      return { ...decision, execution: executionOf(event) }
    case 'execution.settled': {
      const { verdict } = event.payload
      return { ...(verdict === 'try_again' ? withoutGrant(decision) : decision), execution: settledAs(verdict, at) }
    }
    case 'grant.issued': {
      if (decision.status !== 'approved' && decision.status !== 'auto_approved') return decision
      const { grant: id, ...issued } = event.payload
      const card = event.sealed?.card ?? null
      const grant: Grant = { id, ...issued, issuedAt: at, card, consumedAt: null }
      return { ...decision, grant, grantsIssued: (decision.grantsIssued ?? 0) + 1 }
    }
    case 'grant.consumed':
      if (!('grant' in decision) || decision.grant === undefined) return decision
      return { ...decision, grant: { ...decision.grant, consumedAt: at } }
    case 'rollback.requested': {
      if (decision.rollback === null) return decision
      const { until } = decision.rollback
      const ask = { by: userOf(event.actor), askedAt: at, reason: event.sealed.reason }
      return { ...decision, rollback: { state: 'requested', until, ...ask } }
    }
    case 'rollback.reported': {
      if (decision.rollback?.state !== 'requested') return decision
      const { state } = event.payload
      return { ...decision, rollback: { ...decision.rollback, state, reportedAt: at, detail: event.sealed.detail } }
    }
    case 'rollback.settled':
      if (decision.rollback === null) return decision
      return { ...decision, rollback: { state: 'settled', until: decision.rollback.until } }
    case 'decision.erased':
      return withoutWords(decision, at)
    case 'outcome.recorded': {
      const { correct, source, observedAt, ref } = event.payload
      const outcomes = [...decision.outcomes, { correct, source, observedAt, ref, note: event.sealed.note }]
      const { audit } = decision
      // What a person says who was asked; the same word from elsewhere leaves the question open.
      if (audit === undefined || audit.verdict !== null || source !== 'audit' || event.actor.kind !== 'person')
        return { ...decision, outcomes }
      return { ...decision, outcomes, audit: { ...audit, verdict: { by: event.actor.user, at, correct } } }
    }
  }
}

/** The decision that a whole history of events leads to. @throws on a history that does not start with a submission */
export function replay(events: readonly DecisionEvent[]): Decision {
  const [first, ...rest] = events
  if (first?.type !== 'decision.submitted') throw new Error('a history starts with decision.submitted')
  return rest.reduce(evolve, born(first))
}

/** An open decision with other parameters, on the level that they belong to; ended where the policy blocks them. */
function withParameters(
  decision: Waiting,
  {
    amendment,
    parameters,
    reasons,
  }: {
    readonly amendment: Amendment
    readonly parameters: Decision['parameters']
    readonly reasons: Decision['reasons'] | null
  },
  at: Instant,
): Decision {
  const amended = {
    ...decision,
    parameters,
    parametersDigest: amendment.parametersDigest,
    revision: decision.revision + 1,
    route: amendment.route,
    urgency: amendment.urgency,
    reasons: reasons ?? decision.reasons,
    approvals: [], // They approved other parameters.
  }
  if (amendment.assignment === null) return { ...ended(amended, at), status: 'blocked' }
  const { role, level, everybody = false } = amendment.assignment
  if (level === decision.assignment.level) return amended
  const { tried } = decision.assignment
  return { ...amended, assignment: { ...nobodyAsked(role, level, at), tried, everybody } }
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

/** A level of the escalation path on which nobody was asked yet. */
export function nobodyAsked(role: string, level: number, startedAt: Instant): Assigned {
  return { role, level, reviewers: [], startedAt, tried: [], nudgesAt: [], exhausted: false, everybody: false }
}

/** The attempts before that of the person who is asked now. */
export function triedBefore({ reviewers, tried }: Assigned): readonly Tried[] {
  return reviewers.length === 0 ? tried : tried.slice(0, -1)
}

/** Who has approved is not asked any longer: a quorum needs somebody else. */
function doneAsking(decision: Decision, user: string, at: Instant): Decision {
  if (!isWaiting(decision) || assigneeOf(decision) !== user) return decision
  const { assignment } = decision
  const left = { reviewers: [], startedAt: at, tried: triedBefore(assignment), nudgesAt: [] }
  return { ...decision, assignment: { ...assignment, ...left } }
}

function paused(
  decision: Pending,
  at: Instant,
  left: ClocksLeft | null,
  clarification: Clarifying['clarification'],
): Clarifying {
  const { clocks, ...rest } = decision
  const clocksLeft = left ?? stopClocks(clocks, { deadline: elapsed, expiry: elapsed }, at)
  return { ...rest, status: 'clarifying', clocksLeft, clarification }
}

function resumed(decision: Clarifying, clocks: Clocks, at: Instant): Pending {
  const { clocksLeft: _, ...rest } = decision
  // A clock that was set back in between must not give time for more questions.
  const lasted = Math.max(0, at - decision.clarification.askedAt)
  const { nudgesAt } = rest.assignment
  // An attempt that has only begun while the question was open begins now.
  const startedAt = Math.min(rest.assignment.startedAt, decision.clarification.askedAt)
  // They come as much later as the question lasted.
  const later = nudgesAt.map((nudgeAt) => nudgeAt + lasted).filter((nudgeAt) => nudgeAt < clocks.deadline)
  return {
    ...rest,
    status: 'pending',
    clocks,
    assignment: { ...rest.assignment, startedAt: startedAt + lasted, nudgesAt: later },
    pausedMs: decision.pausedMs + lasted,
  }
}

/** What a person has try again gets a grant of its own: the one before may be used or over. */
function withoutGrant(decision: Decision): Decision {
  if (!('grant' in decision)) return decision
  const { grant: _, ...rest } = decision
  return rest
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
    case 'unknown':
      return { state: 'unknown', at, error: sealed.error }
  }
}

function settledAs(verdict: SettledAs, at: Instant): Execution {
  switch (verdict) {
    case 'ran':
      return { state: 'succeeded', at, result: null }
    case 'did_not_run':
      return { state: 'failed', at, error: 'It did not run, as a person has found out.', result: null }
    case 'try_again':
      return { state: 'not_started' }
  }
}

function userOf(actor: Actor): string {
  return actor.kind === 'person' ? actor.user : ''
}

/**
 * A decision without anything that people or agents wrote. What statistics need stays: action, agent and its version, what
 * was claimed, the route with the codes of its reasons, who decided what and when, and whether it turned out right.
 */
function withoutWords(decision: Decision, at: Instant): Decision {
  // Only what has ended is erased.
  if (isWaiting(decision)) return decision
  const { proposal, reasons, clarification, approvals, edits, execution, rollback, outcomes } = decision
  const bare: Ended = {
    ...decision,
    erasedAt: at,
    proposal: claimOf(proposal),
    parameters: {},
    addedEvidence: [],
    reasons: reasons.map(({ code }) => ({ code, message: '' })),
    clarification: clarification === null ? null : unworded(clarification),
    approvals: approvals.map((given) => ({ ...given, note: null })),
    ...(edits !== undefined && { edits: edits.map((edit) => ({ ...edit, changes: [] })) }),
    execution: withoutResult(execution),
    rollback: rollback === null ? null : withoutReason(rollback),
    outcomes: outcomes.map((outcome) => ({ ...outcome, note: null, ref: null })),
  }
  if (bare.status === 'denied' || bare.status === 'withdrawn') return { ...bare, reason: '' }
  if (!('grant' in bare) || bare.grant === undefined) return bare
  // Who guesses what was on the card can tell by its digest.
  return { ...bare, grant: { ...bare.grant, card: null } }
}

function unworded(clarification: Clarification): Clarification {
  return clarification.state === 'answered'
    ? { ...clarification, question: '', answer: '' }
    : { ...clarification, question: '' }
}

function withoutResult(execution: Execution): Execution {
  switch (execution.state) {
    case 'not_started':
    case 'started':
      return execution
    case 'succeeded':
      return { ...execution, result: null }
    case 'failed':
      return { ...execution, error: null, result: null }
    case 'unknown':
      return { ...execution, error: null }
  }
}

function withoutReason(rollback: Rollback): Rollback {
  switch (rollback.state) {
    case 'open':
    case 'settled':
      return rollback
    case 'requested':
      return { ...rollback, reason: '' }
    case 'rolled_back':
    case 'failed':
      return { ...rollback, reason: '', detail: null }
  }
}
