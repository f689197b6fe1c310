import type { Decision } from '../domain/decision.ts'
import { advance, goOn, halt } from './advance.ts'
import type { App, Caller } from './app.ts'
import { askAgain } from './ask-again.ts'
import { type AssignPorts, assign } from './assign.ts'
import { assignByHand, refusalToAssign } from './assign-by-hand.ts'
import { noted, noteRefused } from './attempts.ts'
import { availability, comeBack, delegate, goAway } from './availability.ts'
import { calibration, calibrationFor } from './calibration.ts'
import { checklist } from './checklist.ts'
import { answer, answerByLink, clarify, clarifyOrder } from './clarify.ts'
import { createCommit } from './commit.ts'
import { contextFor } from './context.ts'
import { approve, deny, judge, refusal, rollBack } from './decide.ts'
import { approveEdited, edited } from './edit.ts'
import { executionOrder, recordExecution, settleExecution } from './execution.ts'
import { freeze, freezesFor, unfreeze } from './freeze.ts'
import { consume, granted } from './grant.ts'
import { createPassed } from './passed.ts'
import type {
  Changes,
  Clock,
  DrawCard,
  GrantSigner,
  Idempotency,
  Policies,
  Random,
  Reviewers,
  RuleCheck,
  SchemaCheck,
  Store,
} from './ports.ts'
import { cardAt, cardsOf, read, view, wait } from './queries.ts'
import { queue, viewFor, waiting } from './queue.ts'
import { type Report, report } from './report.ts'
import { recordRollback, rollbackOrder } from './roll-back.ts'
import { shownCard } from './shown-card.ts'
import { statsFor } from './stats.ts'
import { submit } from './submit.ts'
import { sweep } from './sweep.ts'
import { lastWeek } from './week.ts'
import { cancelWorkflow, pauseWorkflow, readWorkflow, resumeWorkflow, startWorkflow } from './workflows.ts'

/** What the application needs from the world. */
export type Ports = {
  readonly store: Store
  readonly policies: Policies
  readonly reviewers: Reviewers
  readonly schemaCheck: SchemaCheck
  readonly ruleCheck: RuleCheck
  readonly grants: GrantSigner
  readonly drawCard: DrawCard
  readonly changes: Changes
  readonly clock: Clock
  readonly random: Random
  /** 0 to 1 (not included): which automatic approvals are drawn for a later look. */
  readonly chance: () => number
  /** Tells the delivery worker that the outbox has something for it. */
  readonly wake: () => void
  /** Runs what nobody waits for. What fails there is done by the next sweep. */
  readonly background: (work: () => Promise<unknown>) => void
}

/** The application: use cases over their ports. */
export function createApp(world: Ports): App {
  const unassigned = (decision: Decision) => world.background(() => assign(ports, decision))
  const drawing = { ...world, passed: createPassed(world) }
  const commit = createCommit(world.store, world.changes, world.wake, unassigned, goOn(drawing))
  const ports = { ...drawing, commit, oneByOne: inLine() }

  async function reported(
    caller: Caller,
    id: string,
    make: (by: Report['by']) => Report,
    idempotency: Idempotency | null,
  ) {
    const decision = await read(ports, caller, id)
    return decision === null ? NOT_FOUND : report(ports, caller, decision, make, idempotency)
  }

  /** The agent's own decision, given up with the workflow that it was for. */
  const withdraw = (decision: Decision, reason: string) => {
    const by: Caller = { agent: decision.agent, apiKey: 'engine', anyAgent: false }
    return report(ports, by, decision, (agent) => ({ type: 'withdraw', by: agent, reason }), null)
  }

  return {
    submit: (caller, proposal, idempotency) => submit(ports, caller, proposal, idempotency),
    answer: async (caller, id, given, idempotency) => {
      const decision = await read(ports, caller, id)
      return decision === null ? NOT_FOUND : answer(ports, caller, decision, given, idempotency)
    },
    withdraw: (caller, id, reason, idempotency) =>
      reported(caller, id, (by) => ({ type: 'withdraw', by, reason }), idempotency),
    reportExecution: (caller, id, execution, idempotency) =>
      reported(caller, id, (by) => ({ type: 'report_execution', by, ...execution }), idempotency),
    reportRollback: (caller, id, given, idempotency) =>
      reported(caller, id, (by) => ({ type: 'report_rollback', by, ...given }), idempotency),
    recordOutcome: (caller, id, outcome, idempotency) => {
      const observedAt = outcome.observedAt ?? ports.clock()
      return reported(caller, id, (by) => ({ type: 'record_outcome', by, ...outcome, observedAt }), idempotency)
    },
    startWorkflow: (caller, plan, idempotency) => startWorkflow(ports, caller, plan, idempotency),
    workflow: (caller, id) => readWorkflow(ports, caller, id),
    pauseWorkflow: (caller, id, reason) => pauseWorkflow(ports, caller, id, reason),
    resumeWorkflow: (caller, id) => resumeWorkflow(ports, caller, id),
    cancelWorkflow: (caller, id, reason) => cancelWorkflow(ports, caller, id, reason),
    halt: (id, decision) => halt(ports, id, decision),
    advance: (id) => advance({ ...ports, withdraw }, id),
    executionOrder: (id) => executionOrder(ports, id),
    recordExecution: (id, execution) => recordExecution(ports, id, execution),
    rollbackOrder: (id) => rollbackOrder(ports, id),
    clarifyOrder: (asked) => clarifyOrder(ports, asked),
    answerByLink: (asked, given) => answerByLink(ports, asked, given),
    recordRollback: (id, given) => recordRollback(ports, id, given),
    granted: (caller, decision, occasion) => granted(ports, caller, decision, occasion),
    consume: (caller, offer, idempotency) => consume(ports, caller, offer, idempotency),
    settleExecution: (user, id, verdict, since) =>
      noted(ports, { decision: id, user }, 'settle', settleExecution(ports, user, id, verdict, since)),
    checklist: (ref) => checklist(ports, ref),
    approve: async (click, note) =>
      noted(ports, click, 'approve', approve(ports, click, note, await shownCard(ports, click))),
    approveEdited: (click, values, note) => noted(ports, click, 'edit', approveEdited(ports, click, values, note)),
    edited: (click, values) => noted(ports, click, 'edit', edited(ports, click, values)),
    deny: (click, reason) => noted(ports, click, 'deny', deny(ports, click, reason)),
    clarify: (click, question) => noted(ports, click, 'clarify', clarify(ports, click, question)),
    rollBack: (click, reason) => noted(ports, click, 'roll_back', rollBack(ports, click, reason)),
    askAgain: (click) => noted(ports, click, 'ask_again', askAgain(ports, click)),
    judge: (click, correct, note) => noted(ports, click, 'judge', judge(ports, click, correct, note)),
    refusal: async (click, act) => {
      const refused = await refusal(ports, click, act)
      if (refused !== null) noteRefused(ports, click, act, refused.code)
      return refused
    },
    couldApprove: async (click) => (await refusal(ports, click, 'approve')) === null,
    cameTwice: (click, act) => noteRefused(ports, click, act, 'replayed'),
    queue: (user, which, after, limit) => queue(ports, user, which, after, limit),
    waiting: (caller, named, after, limit) => waiting(ports, caller, named, after, limit),
    viewFor: (user, id) => viewFor(ports, user, id),
    contextFor: (user, id) => contextFor(ports, user, id),
    cardAt: (channel, thread) => cardAt(ports, channel, thread),
    cardsOf: (key, act) => cardsOf(ports, key, act),
    availability: (user) => availability(ports, user),
    goAway: (user, until) => goAway(ports, user, until),
    comeBack: (user) => comeBack(ports, user),
    delegate: (user, to, until) => delegate(ports, user, to, until),
    refusalToAssign: (user) => refusalToAssign(ports, user),
    assignByHand: (user, id, to) => assignByHand(ports, user, id, to),
    freezes: () => ports.store.freezes(),
    freezesFor: (user) => freezesFor(ports, user),
    freeze: (user, subject, reason) => freeze(ports, user, subject, reason),
    unfreeze: (user, subject, reason) => unfreeze(ports, user, subject, reason),
    lastWeek: () => lastWeek(ports),
    statsFor: (user) => statsFor(ports, user),
    calibration: (action) => calibration(ports, action),
    calibrationFor: (user, action) => calibrationFor(ports, user, action),
    sweep: () => sweep(ports),
    read: (caller, id) => read(ports, caller, id),
    wait: (caller, id, waitMs, after, signal) => wait(ports, caller, id, waitMs, after, signal),
    list: (caller, filter) => ports.store.decisions(caller.anyAgent ? filter : { ...filter, agent: caller.agent }),
    view: (id) => view(ports, id),
  }
}

/** Runs works one after the other, whether or not the one before has failed. */
function inLine(): AssignPorts['oneByOne'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work, work)
    last = mine.catch(() => undefined)
    return mine
  }
}

const NOT_FOUND = { kind: 'not_found' } as const
