import { type Decision, isWaiting } from './decision.ts'
import type { Reach } from './freeze.ts'
import type { Proposal } from './proposal.ts'
import { GATE_ACTION, type StageGate } from './stage-gate.ts'
import type { Instant } from './time.ts'
import type { EndedCode, EndedStatus, StepOutcome, SuspendedBecause, WorkflowEvent } from './workflow-event.ts'

/** A plan of several steps that Countersign carries out, each routed by the manifest as a decision of its own. */
export type Workflow = OpenWorkflow | EndedWorkflow

type Common = {
  readonly id: string
  /** Counts events: 1 when started. */
  readonly version: number
  readonly agent: string
  /** The id of the API key that started it. */
  readonly apiKey: string
  readonly name: string | null
  readonly steps: readonly WorkflowStep[]
  readonly context: Readonly<Record<string, unknown>>
  readonly callbackUrl: string | null
  readonly requestedBy: string | null
  readonly manifestDigest: string
  readonly createdAt: Instant
  readonly updatedAt: Instant
  /** When what people and agents wrote of it was erased; absent: it was not. */
  readonly erasedAt?: Instant
  /** In order: their number is the index of the step that comes next. */
  readonly completed: readonly CompletedWorkflowStep[]
}

export type OpenWorkflow = Common & {
  readonly stage: 'open'
  /** That of the step at hand; null: it is still to be begun. */
  readonly decision: string | null
  /** null: it goes on as far as it can. */
  readonly suspension: Suspension | null
}

export type EndedWorkflow = Common & {
  readonly stage: 'ended'
  readonly status: EndedStatus
  readonly code: EndedCode
  readonly reason: string | null
  /** That of the step at which it ended; null: the last one was done. */
  readonly decision: string | null
}

export type Suspension = { readonly because: SuspendedBecause; readonly reason: string; readonly at: Instant }

/** A step as it was sent: an action to be routed and executed, or a stage gate. */
export type WorkflowStep = Omit<Proposal, 'workflow' | 'checkpoint' | 'callback_url' | 'gate'> | StageGate

export type CompletedWorkflowStep = {
  /** From 0. */
  readonly index: number
  readonly outcome: StepOutcome
  readonly reviewer: string | null
  readonly notes: string | null
  /** As the executor answered; null for a stage gate. */
  readonly result: unknown
  readonly at: Instant
}

export type WorkflowStatus =
  | 'running'
  | 'suspended'
  | 'awaiting_approval'
  | 'approved'
  | 'denied'
  | 'completed'
  | 'failed'

export function isGate(step: WorkflowStep): step is StageGate {
  return 'checkpoint' in step
}

/** What a step is called where people read a plan. */
export function stepName(step: WorkflowStep): string {
  return isGate(step) ? step.checkpoint : step.action
}

/** The step at hand; null: all are done. */
export function stepAtHand(workflow: Workflow): WorkflowStep | null {
  return workflow.steps[workflow.completed.length] ?? null
}

/** What can be frozen of the step at hand; all being done, of the workflow itself. */
export function reachAtHand(workflow: Workflow): Reach {
  const step = stepAtHand(workflow)
  const action = step === null || isGate(step) ? GATE_ACTION : step.action
  return { action, agent: workflow.agent, workflow: workflow.id }
}

/**
 * Where a workflow stands, in the article's words. `approved`: a person has approved the step at hand, and its action is
 * being executed.
 * @param decision that of the step at hand; null: there is none yet
 */
export function workflowStatus(workflow: Workflow, decision: Decision | null): WorkflowStatus {
  if (workflow.stage === 'ended') return workflow.status
  if (workflow.suspension !== null) return 'suspended'
  if (decision === null) return 'running'
  if (isWaiting(decision)) return 'awaiting_approval'
  return decision.status === 'approved' ? 'approved' : 'running'
}

/** What is known without looking at its decision: whether it goes on, stands still, or has ended and as what. */
export function standingOf(workflow: Workflow): 'open' | 'suspended' | EndedStatus {
  if (workflow.stage === 'ended') return workflow.status
  return workflow.suspension === null ? 'open' : 'suspended'
}

/** The workflow after its first event. */
export function bornWorkflow(event: WorkflowEvent & { readonly type: 'workflow.started' }): OpenWorkflow {
  const { at, actor, payload, sealed } = event
  return {
    stage: 'open',
    id: payload.workflow,
    version: 1,
    ...(actor.kind === 'agent' ? { agent: actor.agent, apiKey: actor.key } : { agent: '', apiKey: '' }),
    ...sealed,
    manifestDigest: payload.manifestDigest,
    createdAt: at,
    updatedAt: at,
    completed: [],
    decision: payload.decision,
    suspension: null,
  }
}

/** The workflow after one more event: events are facts, so nothing is checked or refused here. */
export function evolveWorkflow(before: Workflow, event: WorkflowEvent): Workflow {
  if (event.type === 'workflow.started') return bornWorkflow(event)
  // What was written is gone from the events before, so that nothing of it is in here.
  if (event.type === 'workflow.erased') return { ...before, version: before.version + 1, erasedAt: event.at }
  // Ended is ended: nothing is recorded of it after that.
  if (before.stage === 'ended') return before
  const { at } = event
  const workflow = { ...before, version: before.version + 1, updatedAt: at }
  switch (event.type) {
    case 'workflow.step_completed':
      return {
        ...workflow,
        decision: null,
        completed: [...workflow.completed, { ...event.payload, ...event.sealed, at }],
      }
    case 'workflow.step_begun':
      return { ...workflow, decision: event.payload.decision }
    case 'workflow.suspended':
      return { ...workflow, suspension: { ...event.payload, ...event.sealed, at } }
    case 'workflow.resumed':
      return { ...workflow, suspension: null }
    case 'workflow.ended': {
      const { suspension: _, ...rest } = workflow
      return { ...rest, stage: 'ended', ...event.payload, ...event.sealed }
    }
  }
}

/** The workflow that a whole history leads to. @throws on one that does not begin with a start */
export function replayWorkflow(events: readonly WorkflowEvent[]): Workflow {
  const [first, ...rest] = events
  if (first?.type !== 'workflow.started') throw new Error('a history starts with workflow.started')
  return rest.reduce<Workflow>(evolveWorkflow, bornWorkflow(first))
}
