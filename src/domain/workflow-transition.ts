import type { Actor } from './event.ts'
import { type Freeze, frozenText } from './freeze.ts'
import { type Rejection, reject } from './rejection.ts'
import type { Instant } from './time.ts'
import { toIso } from './time.ts'
import { evolveWorkflow, isGate, type OpenWorkflow, stepAtHand, type Workflow } from './workflow.ts'
import type { EndedCode, EndedStatus, StepOutcome, SuspendedBecause, WorkflowEvent } from './workflow-event.ts'

/** What is to happen to a workflow. `decision`: of the step it was found out about; the plan may have moved on since. */
export type WorkflowCommand =
  | {
      readonly type: 'complete_step'
      readonly decision: string
      readonly reviewer: string | null
      readonly notes: string | null
      readonly result: unknown
    }
  | { readonly type: 'begin_step'; readonly decision: string }
  | {
      readonly type: 'suspend'
      readonly by: Actor
      readonly because: SuspendedBecause
      readonly reason: string
    }
  | { readonly type: 'resume'; readonly by: Actor }
  | {
      readonly type: 'end'
      readonly by: Actor
      readonly status: EndedStatus
      readonly code: EndedCode
      readonly reason: string | null
    }

export type WorkflowTransition =
  | { readonly kind: 'accepted'; readonly workflow: Workflow; readonly events: readonly WorkflowEvent[] }
  | Rejection

/** The whole life of a workflow: one pure function. What has ended stays as it is. */
export function transitionWorkflow(workflow: Workflow, command: WorkflowCommand, now: Instant): WorkflowTransition {
  if (workflow.stage === 'ended') return ended(workflow)
  switch (command.type) {
    case 'complete_step': {
      const step = stepAtHand(workflow)
      if (workflow.decision !== command.decision || step === null) return movedOn()
      const { reviewer, notes, result } = command
      const outcome: StepOutcome = isGate(step) ? 'passed' : reviewer === null ? 'auto_approved' : 'human_approved'
      return accept(workflow, {
        type: 'workflow.step_completed',
        at: now,
        actor: ENGINE,
        payload: { index: workflow.completed.length, outcome, reviewer },
        sealed: { notes, result },
      })
    }
    case 'begin_step':
      if (workflow.decision !== null || stepAtHand(workflow) === null || workflow.suspension !== null) return movedOn()
      return accept(workflow, {
        type: 'workflow.step_begun',
        at: now,
        actor: ENGINE,
        payload: { index: workflow.completed.length, decision: command.decision },
        sealed: null,
      })
    case 'suspend':
      // The first reason stands: what is unknown does not become known by a pause. But for a freeze: it is looked for again
      // whenever the plan goes on, and must not end a pause when it is lifted.
      if (workflow.suspension !== null && (workflow.suspension.because !== 'frozen' || command.because === 'frozen'))
        return movedOn()
      return accept(workflow, {
        type: 'workflow.suspended',
        at: now,
        actor: command.by,
        payload: { because: command.because },
        sealed: { reason: command.reason },
      })
    case 'resume':
      if (workflow.suspension === null) return movedOn()
      return accept(workflow, { type: 'workflow.resumed', at: now, actor: command.by, payload: {}, sealed: null })
    case 'end':
      return accept(workflow, {
        type: 'workflow.ended',
        at: now,
        actor: command.by,
        payload: { status: command.status, code: command.code },
        sealed: { reason: command.reason },
      })
  }
}

/** The step at hand is frozen: it waits until people lift that. @param freezes that cover it */
export function heldBy(freezes: readonly Freeze[]): WorkflowCommand {
  return { type: 'suspend', by: ENGINE, because: 'frozen', reason: freezes.map(frozenText).join('; ') }
}

/** Countersign itself, carrying out a plan. */
export const ENGINE: Actor = { kind: 'engine' }

function accept(before: OpenWorkflow, event: WorkflowEvent): WorkflowTransition {
  return { kind: 'accepted', workflow: evolveWorkflow(before, event), events: [event] }
}

function ended({ status, updatedAt }: Workflow & { readonly stage: 'ended' }): Rejection {
  const when = `on ${toIso(updatedAt).slice(0, 16).replace('T', ' at ')} UTC`
  return reject('workflow_ended', `This workflow has ended ${when}: it is ${status}.`)
}

function movedOn(): Rejection {
  return reject('nothing_due', 'Nothing of this workflow is due.')
}
