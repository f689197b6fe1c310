import { mayNotAskAgain } from './ask-again.ts'
import { assignmentDue, type Choice, isStillAssignedTo } from './assignment.ts'
import { mayNotJudge } from './audit-look.ts'
import {
  assigneeOf,
  type Clarifying,
  type Decision,
  evolve,
  hasCard,
  isWaiting,
  type Pending,
  type RollbackResult,
} from './decision.ts'
import { changesOf, editsOf, forbiddenChanges } from './edit.ts'
import type {
  Actor,
  Amendment,
  AssignedBecause,
  DecisionEvent,
  ExhaustedBecause,
  OutcomeSource,
  SettledAs,
} from './event.ts'
import { type Freeze, frozenBy, reachOf } from './freeze.ts'
import { type ConsumeGrant, consumeGrant, type IssueGrant, issueGrant } from './granting.ts'
import { headIntents, type Intent } from './intent.ts'
import type { ActionPolicy } from './manifest.ts'
import type { Evidence } from './proposal.ts'
import {
  alreadyDecided,
  isBlocked,
  isErased,
  isFrozen,
  outdatedCard,
  type Rejection,
  reject,
  timedOut,
} from './rejection.ts'
import { decidingRoles, type Interested, refusalFor, type Standing } from './reviewer.ts'
import { isRollbackDue, mayNotReportRollback, mayNotRollBack } from './rollback.ts'
import type { Reason } from './route.ts'
import { attemptEnd, attemptMs, type Clocks, resumeClocks, type Scales, stopClocks, timeoutMs } from './sla-clock.ts'
import { type Instant, SECOND } from './time.ts'
import { webhooksOf } from './webhook.ts'

/** What somebody wants to happen to a decision. `revision`: of the parameters the person was shown. */
export type Command =
  | {
      readonly type: 'approve'
      readonly by: Standing
      readonly revision: number
      readonly note: string | null
      /** Digest of the blocks that the person was shown; absent: not known. */
      readonly card?: string
      /** All that is frozen when this commits, whatever it covers. */
      readonly freezes: readonly Freeze[]
      /** Other parameters that the person approves instead; absent: those in force. */
      readonly edit?: Amended
    }
  | { readonly type: 'deny'; readonly by: Standing; readonly revision: number; readonly reason: string }
  | {
      readonly type: 'clarify'
      readonly by: Standing
      readonly revision: number
      readonly clarification: string
      readonly question: string
    }
  | {
      readonly type: 'answer'
      readonly by: Actor
      readonly clarification: string
      readonly answer: string
      readonly evidence: readonly Evidence[]
      /** null: the parameters stay. */
      readonly amended: Amended | null
    }
  | { readonly type: 'withdraw'; readonly by: Actor; readonly reason: string }
  /** A person has it asked again: that is recorded already, as this decision. */
  | { readonly type: 'ask_again'; readonly by: Standing; readonly as: string }
  /** Time has passed: end an unanswered question, an overdue decision, or the window of a rollback. */
  | { readonly type: 'expire' }
  /** Somebody is asked. `before`: who was until now, when this was found to be due; null: nobody. */
  | {
      readonly type: 'assign'
      readonly by: Actor
      readonly to: Choice
      readonly because: AssignedBecause
      readonly before: string | null
    }
  /** The person asked is reminded. */
  | { readonly type: 'nudge' }
  /** Nobody is left to be asked. */
  | { readonly type: 'exhaust'; readonly because: ExhaustedBecause; readonly before: string | null }
  | {
      readonly type: 'report_execution'
      readonly by: Actor
      /** `unknown`: it was sent, and nobody can tell whether it ran. */
      readonly state: 'started' | 'succeeded' | 'failed' | 'unknown'
      readonly result: unknown
      readonly error: string | null
    }
  /** An administrator says what became of an execution of which nobody knows. */
  | {
      readonly type: 'settle_execution'
      readonly by: Standing
      readonly verdict: SettledAs
      /** When it became unknown: what was tried again since is not meant. */
      readonly since: Instant
    }
  /** A person wants undone what runs already. */
  | { readonly type: 'roll_back'; readonly by: Standing; readonly reason: string }
  | {
      readonly type: 'report_rollback'
      readonly by: Actor
      readonly state: RollbackResult
      readonly detail: string | null
    }
  | {
      readonly type: 'record_outcome'
      readonly by: Actor
      readonly correct: boolean
      readonly source: OutcomeSource
      readonly observedAt: Instant
      readonly note: string | null
      readonly ref: string | null
    }
  /** A person says whether an automatic approval was right that was drawn for a later look. */
  | { readonly type: 'judge'; readonly by: Standing; readonly correct: boolean; readonly note: string | null }
  | IssueGrant
  | ConsumeGrant

/** Changed parameters with what the manifests, old and new, make of them. */
export type Amended = {
  readonly parameters: Readonly<Record<string, unknown>>
  readonly amendment: Amendment
  readonly reasons: readonly Reason[]
}

/** What the manifest that routed the decision says of it; `policy` is null for actions it does not know. */
export type Terms = {
  readonly policy: ActionPolicy | null
  readonly interested: Interested
  /** The roles that may settle what people have to settle and no reviewer can. */
  readonly administrators: readonly string[]
  /** Whose holders may have it rolled back, or judge it later, as `rollbackRoles` gives them. */
  readonly rollbackRoles: readonly string[]
  /** What time the clocks count in. */
  readonly scales: Scales
}

export type Transition =
  | {
      readonly kind: 'accepted'
      readonly decision: Decision
      readonly events: readonly DecisionEvent[]
      readonly intents: readonly Intent[]
    }
  | Rejection

/**
 * The whole life of a decision: one pure function. Accepted: the next state, the events that lead there, and what
 * Slack should be made to show. Rejected: nothing happens.
 * What time has changed since holds whether or not the sweep has come by.
 */
export function transition(decision: Decision, command: Command, terms: Terms, now: Instant): Transition {
  if (decision.erasedAt !== undefined) return isErased(decision.erasedAt)
  const expired = unansweredQuestion(decision, terms, now)
  if (expired === null) return obey(decision, command, terms, now)
  const resumed = accept(decision, expired)
  const outcome = obey(resumed.decision, command, terms, now)
  if (outcome.kind === 'accepted') {
    const { events, intents } = outcome
    return { ...outcome, events: [expired, ...events], intents: [...resumed.intents, ...intents] }
  }
  return command.type === 'expire' ? resumed : outcome
}

function obey(decision: Decision, command: Command, terms: Terms, now: Instant): Transition {
  switch (command.type) {
    case 'approve':
      return approve(decision, command, terms, now)
    case 'deny':
      return deny(decision, command, terms, now)
    case 'clarify':
      return clarify(decision, command, terms, now)
    case 'answer':
      return answer(decision, command, terms, now)
    case 'withdraw':
      return (
        refusalOfEnded(decision, now) ??
        accept(decision, {
          type: 'decision.withdrawn',
          at: now,
          actor: command.by,
          payload: {},
          sealed: { reason: command.reason },
        })
      )
    case 'ask_again':
      return (
        mayNotAskAgain(decision, command.by, terms.interested, terms.administrators) ??
        accept(decision, {
          type: 'decision.resubmitted',
          at: now,
          actor: personOf(command.by),
          payload: { decision: command.as },
          sealed: null,
        })
      )
    case 'expire':
      return expire(decision, now)
    case 'assign':
      return assign(decision, command, terms, now)
    case 'nudge':
      return nudge(decision, now)
    case 'exhaust':
      return exhaust(decision, command, terms, now)
    case 'report_execution':
      return reportExecution(decision, command, now)
    case 'settle_execution':
      return settleExecution(decision, command, terms, now)
    case 'roll_back':
      return rollBack(decision, command, terms, now)
    case 'report_rollback':
      return reportRollback(decision, command, now)
    case 'record_outcome': {
      const { correct, source, observedAt, ref, note } = command
      return accept(decision, {
        type: 'outcome.recorded',
        at: now,
        actor: command.by,
        payload: { correct, source, observedAt, ref },
        sealed: { note },
      })
    }
    case 'judge':
      return judge(decision, command, terms, now)
    case 'issue_grant': {
      if (terms.policy === null) return reject('not_approved', 'The policy does not know this action.')
      const issued = issueGrant(decision, command, terms.policy.grant_ttl_seconds, now)
      // Reading a decision is no news for Slack.
      return 'kind' in issued ? issued : { ...accept(decision, issued), intents: [] }
    }
    case 'consume_grant': {
      const consumed = consumeGrant(decision, command, now)
      return 'kind' in consumed ? consumed : accept(decision, consumed)
    }
  }
}

function approve(decision: Decision, command: Command & { type: 'approve' }, terms: Terms, now: Instant): Transition {
  const { edit, ...asItStands } = command
  const refused = mayNotDecide(decision, command, terms, now)
  if (refused !== null) return refused
  const freezes = frozenBy(command.freezes, reachOf(decision))
  if (freezes.length > 0) return isFrozen(freezes)
  if (edit !== undefined) return approveEdited(decision, { ...asItStands, edit }, terms, now)
  const user = command.by.person.id
  if (decision.approvals.some((given) => given.user === user))
    return reject('already_approved_by_you', 'You have approved this already; it needs somebody else as well.')
  const needed = terms.policy?.approvals_required ?? 1
  const complete = decision.approvals.length + 1 >= needed
  const { parametersDigest } = decision
  return accept(decision, {
    type: 'decision.approved',
    at: now,
    actor: personOf(command.by),
    payload: { complete, parametersDigest },
    sealed: { note: command.note, ...(command.card !== undefined && { card: command.card }) },
  })
}

/** The change first, and then an approval of what came of it, which everything is asked of anew. */
function approveEdited(
  decision: Decision,
  { edit, ...command }: Command & { type: 'approve' } & { readonly edit: Amended },
  terms: Terms,
  now: Instant,
): Transition {
  const refused = mayNotEdit(decision, command.by, edit, terms)
  if (refused !== null) return refused
  const { amendment, parameters, reasons } = edit
  const edited = accept(decision, {
    type: 'decision.edited',
    at: now,
    actor: personOf(command.by),
    payload: { amendment },
    sealed: { parameters, reasons },
  })
  const outcome = approve(edited.decision, { ...command, revision: edited.decision.revision }, terms, now)
  if (outcome.kind === 'rejected') return outcome
  const { events, intents } = outcome
  return { ...outcome, events: [...edited.events, ...events], intents: [...edited.intents, ...intents] }
}

function deny(decision: Decision, command: Command & { type: 'deny' }, terms: Terms, now: Instant): Transition {
  const refused = mayNotDecide(decision, command, terms, now)
  if (refused !== null) return refused
  return accept(decision, {
    type: 'decision.denied',
    at: now,
    actor: personOf(command.by),
    payload: {},
    sealed: { reason: command.reason },
  })
}

function clarify(decision: Decision, command: Command & { type: 'clarify' }, terms: Terms, now: Instant): Transition {
  const refused = mayNotDecide(decision, command, terms, now)
  if (refused !== null) return refused
  if (decision.status === 'clarifying')
    return reject(
      'clarification_open',
      `<@${decision.clarification.askedBy}> has asked a question already; the agent has not answered yet.`,
    )
  const left = pauseAllowance(terms) - decision.pausedMs
  if (left <= 0)
    return reject(
      'clarifications_used_up',
      'Questions have stopped the clocks of this decision for as long as the policy allows. Please decide with what is known, or deny it.',
    )
  const { clarification, question } = command
  const asked = accept(decision, {
    type: 'clarification.requested',
    at: now,
    actor: personOf(command.by),
    payload: {
      clarification,
      until: now + left,
      ...(decision.status === 'pending' && { left: stopClocks(decision.clocks, terms.scales, now) }),
    },
    sealed: { question },
  })
  if (terms.policy?.clarify == null) return asked
  return { ...asked, intents: [...asked.intents, { kind: 'clarify.call', decision: decision.id, clarification }] }
}

function answer(decision: Decision, command: Command & { type: 'answer' }, terms: Terms, now: Instant): Transition {
  if (decision.clarification?.id !== command.clarification)
    return reject(
      'clarification_unknown',
      'This decision has no such question. Read the decision: `clarification.id` names the latest one.',
    )
  if (decision.status !== 'clarifying')
    return reject(
      'clarification_closed',
      'This question is closed: it was answered, its time ran out, or the decision has ended.',
    )
  const { amended } = command
  return accept(decision, {
    type: 'clarification.answered',
    at: now,
    actor: command.by,
    payload: {
      clarification: command.clarification,
      ...resume(decision, terms, now),
      amendment: amended?.amendment ?? null,
    },
    sealed: {
      answer: command.answer,
      evidence: command.evidence,
      parameters: amended?.parameters ?? null,
      reasons: amended?.reasons ?? null,
    },
  })
}

function unansweredQuestion(
  decision: Decision,
  terms: Terms,
  now: Instant,
): (DecisionEvent & { readonly type: 'clarification.expired' }) | null {
  if (decision.status !== 'clarifying' || now < decision.clarification.until) return null
  const { id, until } = decision.clarification
  // The clocks went on at `until`, however late somebody looks.
  return {
    type: 'clarification.expired',
    at: until,
    actor: { kind: 'clock' },
    payload: { clarification: id, ...resume(decision, terms, until) },
    sealed: null,
  }
}

function expire(decision: Decision, now: Instant): Transition {
  if (isRollbackDue(decision, now))
    return accept(decision, { type: 'rollback.settled', at: now, actor: { kind: 'clock' }, payload: {}, sealed: null })
  if (decision.status !== 'pending' || now < decision.clocks.expiresAt) return nothingDue()
  return accept(decision, {
    type: 'decision.timed_out',
    at: now,
    actor: { kind: 'clock' },
    payload: {},
    sealed: null,
  })
}

function assign(decision: Decision, command: Command & { type: 'assign' }, terms: Terms, now: Instant): Transition {
  const { to, because, before, by } = command
  const { policy, scales } = terms
  if (policy === null || !isStillAssignedTo(decision, before) || now >= decision.clocks.expiresAt) return nothingDue()
  const due = assignmentDue(decision, now)
  if (because === 'submitted' && due !== 'first') return nothingDue()
  if (because === 'deadline_missed' && due !== 'missed') return nothingDue()
  const attempt = attemptOf(decision, policy, scales, now)
  // Who takes over from a person takes over what is left of the time.
  const times =
    because === 'delegated'
      ? { deadline: decision.clocks.deadline, nudgesAt: decision.assignment.nudgesAt }
      : { deadline: attempt.deadline, nudgesAt: nudgesOf(policy, attempt) }
  return accept(decision, {
    type: 'assignment.made',
    at: now,
    actor: by,
    payload: { ...to, ...times, because, before },
    sealed: null,
  })
}

/** Soonest first, as the manifest may not have them. */
function nudgesOf({ nudge_at }: ActionPolicy, { at, deadline }: ReturnType<typeof attemptOf>): readonly Instant[] {
  return nudge_at
    .map(at)
    .filter((nudgeAt) => nudgeAt < deadline)
    .toSorted((a, b) => a - b)
}

/** An attempt that begins now: when it ends, and the instant at a share (0..1) of it. */
function attemptOf(decision: Pending, policy: ActionPolicy, scales: Scales, now: Instant) {
  const ms = attemptMs(policy, decision.urgency, timeoutMs(policy, decision.proposal.expires_in_seconds))
  return {
    deadline: attemptEnd(ms, decision.clocks.expiresAt, scales, now),
    at: (share: number): Instant => Math.round(scales.deadline.add(now, share * ms)),
  }
}

function nudge(decision: Decision, now: Instant): Transition {
  const user = assigneeOf(decision)
  if (decision.status !== 'pending' || user === null || assignmentDue(decision, now) !== 'nudge') return nothingDue()
  const { deadline } = decision.clocks
  return accept(decision, {
    type: 'assignment.nudged',
    at: now,
    actor: { kind: 'clock' },
    payload: { user, deadline },
    sealed: null,
  })
}

function exhaust(decision: Decision, command: Command & { type: 'exhaust' }, terms: Terms, now: Instant): Transition {
  const { because, before } = command
  const { policy, scales } = terms
  const due = assignmentDue(decision, now)
  // Due for a reminder, too: somebody who can't decide any more is found then, and there may be nobody else.
  if (policy === null || due === null || !isStillAssignedTo(decision, before)) return nothingDue()
  const accepted = accept(decision, {
    type: 'assignment.exhausted',
    at: now,
    actor: { kind: 'clock' },
    payload: {
      because,
      retryAt: because === 'nobody_available' ? attemptOf(decision, policy, scales, now).deadline : null,
    },
    sealed: null,
  })
  // Operations were told when it was found first.
  if (decision.assignment.exhausted) return accepted
  const { id, agent, proposal, clocks } = decision
  const told = { decision: id, action: proposal.action, agent, because, before, expiresAt: clocks.expiresAt }
  const key = `unassigned ${id} ${accepted.decision.version}`
  const notice: Intent = { kind: 'notice.post', key, notice: { about: 'unassigned', ...told } }
  return { ...accepted, intents: [...accepted.intents, notice] }
}

function nothingDue(): Rejection {
  return reject('nothing_due', 'Nothing of this decision is due.')
}

function reportExecution(
  decision: Decision,
  command: Command & { type: 'report_execution' },
  now: Instant,
): Transition {
  if (decision.status !== 'approved' && decision.status !== 'auto_approved')
    return reject(
      'not_approved',
      `This decision is ${decision.status.replace('_', ' ')}, so nothing may run. Report executions of approved decisions only.`,
    )
  if (decision.run !== null && command.by.kind === 'agent')
    return reject(
      'executed_here',
      "Countersign runs this step through its action's executor, and reports on it itself.",
    )
  const { execution } = decision
  if (execution.state === 'succeeded' || execution.state === 'failed' || execution.state === command.state)
    return reject('execution_final', `The execution was reported as ${execution.state} already.`)
  const { state, result, error } = command
  return accept(decision, {
    type: 'execution.reported',
    at: now,
    actor: command.by,
    payload: { state },
    sealed: { result, error },
  })
}

function settleExecution(
  decision: Decision,
  { by, verdict, since }: Command & { type: 'settle_execution' },
  terms: Terms,
  now: Instant,
): Transition {
  const refusal = refusalFor(by, terms.administrators, terms.interested, true)
  if (refusal !== null)
    return reject(refusal.code, refusal.code === 'not_eligible' ? mayNotSettle(terms) : refusal.message)
  if (decision.execution.state !== 'unknown' || decision.execution.at !== since)
    return reject('execution_known', 'It is known by now what became of this execution; nothing was changed.')
  const settled = accept(decision, {
    type: 'execution.settled',
    at: now,
    actor: personOf(by),
    payload: { verdict },
    sealed: null,
  })
  // The workflow was suspended, and goes on whatever the verdict.
  if (decision.run === null) return settled
  return {
    ...settled,
    intents: [...settled.intents, { kind: 'workflow.advance', workflow: decision.run.workflow }],
  }
}

function rollBack(
  decision: Decision,
  command: Command & { type: 'roll_back' },
  terms: Terms,
  now: Instant,
): Transition {
  const { by, reason } = command
  const refused = mayNotRollBack(decision, by, terms, now)
  if (refused !== null) return refused
  const requested = {
    type: 'rollback.requested',
    at: now,
    actor: personOf(by),
    payload: {},
    sealed: { reason },
  } as const
  const accepted = accept(decision, requested)
  if (terms.policy?.rollback?.url == null) return accepted
  // One of the two undoes it: the agent is not asked as well.
  const others = accepted.intents.filter(({ kind }) => kind !== 'webhook.send')
  return { ...accepted, intents: [...others, { kind: 'rollback.call', decision: decision.id }] }
}

function reportRollback(decision: Decision, command: Command & { type: 'report_rollback' }, now: Instant): Transition {
  const refused = mayNotReportRollback(decision)
  if (refused !== null) return refused
  const { by, state, detail } = command
  const reported = { type: 'rollback.reported', at: now, actor: by, payload: { state }, sealed: { detail } } as const
  const accepted = accept(decision, reported)
  if (state === 'rolled_back' || decision.rollback?.state !== 'requested') return accepted
  const { id, agent, proposal, rollback } = decision
  const told = { decision: id, action: proposal.action, agent, by: rollback.by, detail }
  // Reports are final, so that this is told once.
  const notice: Intent = {
    kind: 'notice.post',
    key: `rollback_failed ${id}`,
    notice: { about: 'rollback_failed', ...told },
  }
  return { ...accepted, intents: [...accepted.intents, notice] }
}

function judge(
  decision: Decision,
  { by, correct, note }: Command & { type: 'judge' },
  terms: Terms,
  now: Instant,
): Transition {
  const refused = mayNotJudge(decision, by, terms)
  if (refused !== null) return refused
  return accept(decision, {
    type: 'outcome.recorded',
    at: now,
    actor: personOf(by),
    payload: { correct, source: 'audit', observedAt: now, ref: null },
    sealed: { note },
  })
}

function mayNotSettle({ administrators }: Terms): string {
  return `Only ${administrators.join(' or ')} can say what became of an execution. Nothing was recorded.`
}

function mayNotDecide(
  decision: Decision,
  command: { readonly by: Standing; readonly revision: number },
  terms: Terms,
  now: Instant,
): Rejection | null {
  const ended = refusalOfEnded(decision, now)
  if (ended !== null || !isWaiting(decision)) return ended
  const { policy, interested } = terms
  const roles = policy === null ? [] : decidingRoles(policy, decision.assignment)
  const refusal = refusalFor(command.by, roles, interested, policy?.self_approval ?? false)
  if (refusal !== null) return reject(refusal.code, refusal.message)
  if (command.revision !== decision.revision) return outdatedCard(editsOf(decision).at(-1)?.by ?? null)
  return null
}

/** A change never loosens anything: what belongs to other people now is theirs to change, too. */
function mayNotEdit(decision: Decision, by: Standing, { parameters, amendment, reasons }: Amended, terms: Terms) {
  const { policy, interested } = terms
  const [forbidden] = policy === null ? [''] : forbiddenChanges(decision.parameters, parameters, policy)
  if (policy === null || forbidden !== undefined)
    return reject('not_editable', 'The policy does not let reviewers change that parameter. Nothing was recorded.')
  if (changesOf(decision.parameters, parameters).length === 0)
    return reject('nothing_changed', 'Nothing is changed, so nothing was recorded. Approve approves it as it stands.')
  if (amendment.assignment === null) return isBlocked(reasons)
  const roles = decidingRoles(policy, amendment.assignment)
  const refusal = refusalFor(by, roles, interested, policy.self_approval)
  if (refusal === null) return null
  if (refusal.code !== 'not_eligible') return reject(refusal.code, refusal.message)
  return reject(
    'not_eligible',
    `With these changes only ${roles.join(' or ')} can decide this, so nothing was recorded. You can approve it as it stands, or deny it.`,
  )
}

function refusalOfEnded(decision: Decision, now: Instant): Rejection | null {
  if (!isWaiting(decision)) return alreadyDecided(decision)
  if (decision.status === 'pending' && now >= decision.clocks.expiresAt) return timedOut()
  return null
}

function resume(decision: Clarifying, terms: Terms, now: Instant): Clocks {
  if (terms.policy === null) return { deadline: now, expiresAt: now }
  const timeout = timeoutMs(terms.policy, decision.proposal.expires_in_seconds)
  return resumeClocks(
    decision.clocksLeft,
    { attempt: attemptMs(terms.policy, decision.urgency, timeout), timeout },
    terms.scales,
    now,
  )
}

function pauseAllowance(terms: Terms): number {
  return (terms.policy?.clarification_timeout_seconds ?? 0) * SECOND
}

function personOf({ person }: Standing): Actor {
  return { kind: 'person', team: person.team, user: person.id }
}

function accept(decision: Decision, event: DecisionEvent): Transition & { readonly kind: 'accepted' } {
  const after = evolve(decision, event)
  const asked = [...unknownIntents(after, event), ...auditIntents(decision, after)]
  const shown = [...intentsOf(decision), ...headIntents(after), ...asked]
  const intents = [...shown, ...runOn(after, event), ...webhooksOf(after, event)]
  return { kind: 'accepted', decision: after, events: [event], intents }
}

/** A workflow that Countersign carries out goes on when the decision of its step has. */
function runOn(decision: Decision, event: DecisionEvent): readonly Intent[] {
  const { run, execution, proposal } = decision
  if (run === null || isWaiting(decision)) return []
  const { workflow } = run
  switch (event.type) {
    case 'decision.approved':
    case 'execution.settled': {
      const isToRun = execution.state === 'not_started' && proposal.gate === undefined
      return isToRun ? [{ kind: 'executor.call', decision: decision.id }] : [{ kind: 'workflow.advance', workflow }]
    }
    // What is being undone must not be built on.
    case 'rollback.requested':
      return [{ kind: 'workflow.halt', workflow, decision: decision.id }]
    case 'decision.denied':
    case 'decision.withdrawn':
    case 'decision.timed_out':
    case 'clarification.answered': // with parameters that the policy blocks
      return [{ kind: 'workflow.advance', workflow }]
    case 'execution.reported':
      return event.payload.state === 'started' ? [] : [{ kind: 'workflow.advance', workflow }]
    case 'decision.submitted':
    case 'decision.edited':
    case 'decision.resubmitted': // Only what no plan waits for.
    case 'grant.issued':
    case 'grant.consumed':
    case 'clarification.requested':
    case 'clarification.expired':
    case 'assignment.made':
    case 'assignment.nudged':
    case 'assignment.exhausted':
    case 'rollback.reported':
    case 'rollback.settled':
    case 'decision.erased':
    case 'outcome.recorded':
      return []
  }
}

/** Operations are asked what became of an execution of which nobody knows, and told what somebody has said. */
function unknownIntents({ id, execution }: Decision, event: DecisionEvent): readonly Intent[] {
  const became = event.type === 'execution.reported' && execution.state === 'unknown'
  return became || event.type === 'execution.settled' ? [{ kind: 'unknown.sync', decision: id }] : []
}

/** Who was asked for a later look is shown what somebody has said. */
function auditIntents(before: Decision, { id, audit }: Decision): readonly Intent[] {
  return audit?.verdict !== before.audit?.verdict ? [{ kind: 'audit.sync', decision: id }] : []
}

function intentsOf(decision: Decision): readonly Intent[] {
  const { id } = decision
  // Most automatic and blocked decisions were never shown on a card, so there is nothing to keep current.
  if (!hasCard(decision)) return []
  const card: Intent = { kind: 'card.sync', decision: id }
  // Nobody is asked in person about what runs already.
  return decision.rollback === null ? [card, { kind: 'copies.sync', decision: id }] : [card]
}
