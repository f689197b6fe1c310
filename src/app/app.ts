import type { Asked } from '../domain/answer-link.ts'
import type { AttemptedAct } from '../domain/attempt.ts'
import type { Checklist } from '../domain/checklist.ts'
import type { Decision, Grant, RollbackResult, Waiting } from '../domain/decision.ts'
import type { Context } from '../domain/decision-context.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { OutcomeSource, SettledAs } from '../domain/event.ts'
import type { Freeze, FreezeSubject } from '../domain/freeze.ts'
import type { Execute } from '../domain/grant.ts'
import type { Evidence, Proposal } from '../domain/proposal.ts'
import type { Rejection } from '../domain/rejection.ts'
import type { Instant } from '../domain/time.ts'
import type { Workflow, WorkflowStep } from '../domain/workflow.ts'
import type { WorkflowRef } from '../domain/workflow-ref.ts'
import type { Delegated } from './availability.ts'
import type { ActionCalibration, CalibrationFor } from './calibration.ts'
import type { FreezeRefused, Frozen, Lifted, UnknownSubject } from './freeze.ts'
import type { AlreadyDenied, Availability, DecisionFilter, FieldFault, Idempotency, QueueFilter } from './ports.ts'
import type { Stats } from './stats.ts'
import type { WeekFigures } from './week.ts'

/** The agent behind an API key. `anyAgent`: the key's scope reaches decisions of other agents too. */
export type Caller = { readonly agent: string; readonly apiKey: string; readonly anyAgent: boolean }

export type Submitted =
  | { readonly kind: 'created' | 'replayed'; readonly decision: Decision }
  | { readonly kind: 'invalid'; readonly faults: readonly FieldFault[] }
  | AlreadyDenied
  | { readonly kind: 'idempotency_mismatch' }

export type Changed =
  | { readonly kind: 'accepted' | 'replayed'; readonly decision: Decision }
  | { readonly kind: 'invalid'; readonly faults: readonly FieldFault[] }
  | { readonly kind: 'rejected'; readonly rejection: Rejection; readonly decision: Decision }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'idempotency_mismatch' }

/** Other values for parameters, by name; what is not named stays. */
export type Values = Readonly<Record<string, unknown>>

/** A decision as it would stand if a reviewer had other values approved. */
export type Edited =
  | { readonly kind: 'edited'; readonly view: DecisionView }
  | Extract<Changed, { kind: 'invalid' | 'rejected' | 'not_found' }>

/** A validated request to carry out a plan. */
export type Plan = {
  /** null: one is made. */
  readonly id: string | null
  readonly name: string | null
  readonly steps: readonly WorkflowStep[]
  readonly context: Readonly<Record<string, unknown>>
  readonly callbackUrl: string | null
  readonly requestedBy: string | null
}

/** A workflow with the decision of the step at hand; null: there is none just now. */
export type WorkflowView = {
  readonly workflow: Workflow
  readonly decision: Decision | null
  /** The permalink of its thread in Slack; null: there is none, or not yet. */
  readonly slack: string | null
}

export type StartedWorkflow =
  | ({ readonly kind: 'created' | 'replayed' } & WorkflowView)
  | { readonly kind: 'invalid'; readonly faults: readonly FieldFault[] }
  | { readonly kind: 'taken' }
  | AlreadyDenied
  | { readonly kind: 'idempotency_mismatch' }

export type ChangedWorkflow =
  | ({ readonly kind: 'accepted' } & WorkflowView)
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'not_found' }

/** What the executor of an action is to be asked; see `src/delivery/executor.ts`. */
export type ExecutionOrder = {
  readonly url: string
  readonly timeoutMs: number
  readonly idempotent: boolean
  readonly key: string
  readonly body: unknown
  readonly begun: boolean
}

/** What the system behind an action's `rollback.url` is to be asked; see `src/delivery/rollback-call.ts`. */
export type RollbackOrder = { readonly url: string; readonly key: string; readonly body: unknown }

/** What the system behind an action's `clarify.url` is to be asked; see `src/delivery/clarify-call.ts`. */
export type ClarifyOrder = { readonly url: string; readonly body: object }

/** What came of a rollback, for people. */
export type RollbackReport = { readonly state: RollbackResult; readonly detail: string | null }

/** A decision with its grant; null: an executor would take none just now. */
export type Granted = { readonly decision: Decision; readonly grant: string | null }

/** When a decision is shown to its agent. `submitted`: as the answer to its proposal; `changed`: to any other write. */
export type Occasion = 'submitted' | 'read' | 'changed'

/** A grant, and what is to be run by it. */
export type Offer = Execute & { readonly grant: string }

export type Consumed =
  | { readonly kind: 'accepted' | 'replayed'; readonly decision: Decision; readonly grant: Grant }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'idempotency_mismatch' }

/** What a person wants to do: the refusals of one are not those of another. `edit`: to approve with changes. */
export type Act = 'approve' | 'edit' | 'deny' | 'clarify' | 'roll_back' | 'judge'

/** What a person saw and pressed. `revision` is that of the parameters on the card they saw. */
export type Click = { readonly decision: string; readonly revision: number; readonly user: string }

/** What a message in a thread is about. `card`: what that card shows, a click without who clicked. */
export type CardAt =
  | { readonly kind: 'card'; readonly card: Omit<Click, 'user'> }
  /** Several decisions stand on the card that heads it. */
  | { readonly kind: 'rows' }
  /** The cards of this workflow stand in it; `key`: see `workflowKey`. */
  | { readonly kind: 'workflow'; readonly key: string }
  /** No message of ours heads it. */
  | { readonly kind: 'none' }

/** Which open decisions a person wants to see. `named`: only those of an action or of an assigned role. */
export type Which =
  | { readonly kind: 'mine' }
  | { readonly kind: 'team'; readonly named: string | null }
  | { readonly kind: 'overdue' }

/** `next`: where the next page begins; null: there is none. */
export type WaitingPage = { readonly items: readonly Waiting[]; readonly next: QueueFilter['after'] }

export type QueuePage = {
  readonly items: readonly DecisionView[]
  /** Where the next page begins; null: this is the last. */
  readonly next: QueueFilter['after']
}

/**
 * Everything that can be asked of Countersign; both edges, HTTP and Slack, call only this.
 * A promise that resolves means it is on disk; one that rejects means that nothing was recorded.
 */
export type App = {
  readonly submit: (caller: Caller, proposal: Proposal, idempotency: Idempotency) => Promise<Submitted>
  readonly answer: (
    caller: Caller,
    id: string,
    answer: {
      readonly clarification: string
      readonly answer: string
      readonly evidence: readonly Evidence[]
      readonly parameters: Readonly<Record<string, unknown>> | null
    },
    idempotency: Idempotency | null,
  ) => Promise<Changed>
  readonly withdraw: (caller: Caller, id: string, reason: string, idempotency: Idempotency | null) => Promise<Changed>
  readonly reportExecution: (
    caller: Caller,
    id: string,
    report: {
      readonly state: 'started' | 'succeeded' | 'failed'
      readonly result: unknown
      readonly error: string | null
    },
    idempotency: Idempotency | null,
  ) => Promise<Changed>
  /** What came of a rollback that a person asked for. */
  readonly reportRollback: (
    caller: Caller,
    id: string,
    report: RollbackReport,
    idempotency: Idempotency | null,
  ) => Promise<Changed>
  readonly recordOutcome: (
    caller: Caller,
    id: string,
    outcome: {
      readonly correct: boolean
      readonly source: OutcomeSource
      readonly observedAt: Instant | null
      readonly note: string | null
      readonly ref: string | null
    },
    idempotency: Idempotency | null,
  ) => Promise<Changed>

  readonly startWorkflow: (caller: Caller, plan: Plan, idempotency: Idempotency) => Promise<StartedWorkflow>
  readonly workflow: (caller: Caller, id: string) => Promise<WorkflowView | null>
  readonly pauseWorkflow: (caller: Caller, id: string, reason: string) => Promise<ChangedWorkflow>
  readonly resumeWorkflow: (caller: Caller, id: string) => Promise<ChangedWorkflow>
  readonly cancelWorkflow: (caller: Caller, id: string, reason: string) => Promise<ChangedWorkflow>
  /** Takes a workflow as far as it goes by itself. Safe at any instant, and twice. */
  readonly advance: (workflow: string) => Promise<void>
  /** Stops a workflow of which a step, the one of this decision, is being rolled back. */
  readonly halt: (workflow: string, decision: string) => Promise<void>
  /** What an executor is to be asked; null: nothing, not any more, or not now. */
  readonly executionOrder: (decision: string) => Promise<ExecutionOrder | null>
  readonly recordExecution: (
    decision: string,
    report: {
      readonly state: 'started' | 'succeeded' | 'failed' | 'unknown'
      readonly result: unknown
      readonly error: string | null
    },
  ) => Promise<void>
  /** What another system is to undo; null: nothing, or not any more. */
  readonly rollbackOrder: (decision: string) => Promise<RollbackOrder | null>
  /** What another system is to be asked; null: nothing, or the question is closed. */
  readonly clarifyOrder: (asked: Asked) => Promise<ClarifyOrder | null>
  /** That system answers the question, by the link that it was given: once. */
  readonly answerByLink: (
    asked: Asked,
    answer: {
      readonly answer: string
      readonly evidence: readonly Evidence[]
      readonly parameters: Readonly<Record<string, unknown>> | null
    },
  ) => Promise<Changed>
  readonly recordRollback: (decision: string, report: RollbackReport) => Promise<void>
  /**
   * An administrator says what became of an execution of which nobody knows.
   * @param since when it became so: what was tried again since is not meant
   */
  readonly settleExecution: (user: string, decision: string, verdict: SettledAs, since: Instant) => Promise<Changed>
  /** A workflow as people in Slack read it; null where there is none. */
  readonly checklist: (ref: WorkflowRef) => Promise<Checklist | null>
  /** The grant that this decision carries on this occasion; for its own agent only. See `grant.ts`. */
  readonly granted: (caller: Caller, decision: Decision, occasion: Occasion) => Promise<Granted>
  /** An executor takes a grant: once, and for exactly what was approved. */
  readonly consume: (caller: Caller, offer: Offer, idempotency: Idempotency | null) => Promise<Consumed>

  readonly approve: (click: Click, note: string | null) => Promise<Changed>
  /** The same with other values for some parameters, by name. */
  readonly approveEdited: (click: Click, values: Values, note: string | null) => Promise<Changed>
  /** What that would come to; nothing is recorded. */
  readonly edited: (click: Click, values: Values) => Promise<Edited>
  readonly deny: (click: Click, reason: string) => Promise<Changed>
  readonly clarify: (click: Click, question: string) => Promise<Changed>
  readonly rollBack: (click: Click, reason: string) => Promise<Changed>
  /** What a person says who was asked whether an automatic approval was right. */
  /** What nobody decided in time is asked again, once; see `ask-again.ts`. */
  readonly askAgain: (click: Click) => Promise<Changed>
  readonly judge: (click: Click, correct: boolean, note: string | null) => Promise<Changed>
  /**
   * Would this be allowed just now? null: yes. For opening a modal only to those who may use it; a refusal is told them, and
   * goes on record as that of the act itself does.
   */
  readonly refusal: (click: Click, act: Act) => Promise<Rejection | null>
  /** The same of an approval that nobody has asked for: what is shown depends on it, and nothing goes on record. */
  readonly couldApprove: (click: Click) => Promise<boolean>
  /** A request of Slack that a person had made came once more, and did nothing. */
  readonly cameTwice: (click: Omit<Click, 'revision'>, act: AttemptedAct) => void

  /** Open decisions for a person in Slack: what they are asked, or could decide or asked for; see `queue.ts`. */
  readonly queue: (user: string, which: Which, after: QueueFilter['after'], limit: number) => Promise<QueuePage>
  /** Open decisions for an agent; see `queue.ts`. */
  readonly waiting: (
    caller: Caller,
    named: { readonly action: string | null; readonly role: string | null; readonly overdue: boolean },
    after: QueueFilter['after'],
    limit: number,
  ) => Promise<WaitingPage>
  /** One decision for a person in Slack; null where there is none that they may see. */
  readonly viewFor: (user: string, id: string) => Promise<DecisionView | null>
  /** Everything about a decision, and others like it, for a person in Slack; null as `viewFor` has it. */
  readonly contextFor: (user: string, id: string) => Promise<Context | null>
  /** What a thread is about that this message heads. */
  readonly cardAt: (channel: string, thread: string) => Promise<CardAt>
  /** Of the cards of a workflow those that wait for a decision, or whose act can be rolled back. `key`: see `workflowKey`. */
  readonly cardsOf: (key: string, act: 'decide' | 'roll_back') => Promise<readonly Omit<Click, 'user'>[]>
  readonly availability: (user: string) => Promise<Availability>
  readonly goAway: (user: string, until: Instant) => Promise<void>
  /** Neither away nor delegating any more. */
  readonly comeBack: (user: string) => Promise<void>
  readonly delegate: (user: string, to: string, until: Instant) => Promise<Delegated>
  /** Why this person may not say who is asked; null: they may. */
  readonly refusalToAssign: (user: string) => Promise<Rejection | null>
  /** An administrator says who is asked. null: that person is asked now; otherwise why nothing was recorded. */
  readonly assignByHand: (user: string, decision: string, to: string) => Promise<Rejection | null>
  /** All that is frozen, in whatever process somebody froze it. */
  readonly freezes: () => Promise<readonly Freeze[]>
  /** The same for a person in Slack; nothing for guests, bots and strangers. */
  readonly freezesFor: (user: string) => Promise<readonly Freeze[]>
  /** From now on what the subject covers is blocked or not approved, and its cards say so. Who may: see `freeze.ts`. */
  readonly freeze: (
    user: string,
    subject: FreezeSubject,
    reason: string,
  ) => Promise<Frozen | UnknownSubject | FreezeRefused>
  /** An administrator ends that. */
  readonly unfreeze: (user: string, subject: FreezeSubject, reason: string) => Promise<Lifted | FreezeRefused>
  /** What became of requests to people in the last seven days. */
  readonly lastWeek: () => Promise<WeekFigures>
  /** How people decided in the last 30 days, all together, and this person alone; null: nobody who may know. */
  readonly statsFor: (user: string) => Promise<Stats | null>
  /** What agents claimed of an action against how it turned out; null: the manifest in force has no such action. */
  readonly calibration: (action: string) => Promise<ActionCalibration | null>
  readonly calibrationFor: (user: string, action: string) => Promise<CalibrationFor>

  /** Does what time has brought: ends, settles, reminds, asks somebody else. Safe to run twice, late, or in several processes; says how many decisions changed. */
  readonly sweep: () => Promise<number>

  /** One decision, or null where there is none or the caller must not see it. */
  readonly read: (caller: Caller, id: string) => Promise<Decision | null>
  /**
   * Waits until the decision is settled or a question is open (`after` null), or its version is above `after`;
   * gives it as it is then, or as it is when `waitMs` is over or `signal` aborts.
   */
  readonly wait: (
    caller: Caller,
    id: string,
    waitMs: number,
    after: number | null,
    signal: AbortSignal,
  ) => Promise<Decision | null>
  readonly list: (caller: Caller, filter: DecisionFilter) => Promise<readonly Decision[]>
  /** One decision with the policy it was routed by, for people in Slack; null where there is none. */
  readonly view: (id: string) => Promise<DecisionView | null>
}
