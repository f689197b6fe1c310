import type { WorkflowView } from '../app/app.ts'
import { isWaiting } from '../domain/decision.ts'
import { toIso } from '../domain/time.ts'
import { stepAtHand, stepName, workflowStatus } from '../domain/workflow.ts'
import type { WorkflowResponse } from '../protocol/workflow.ts'

/** A workflow as its agent sees it. @param publicUrl without a slash at its end */
export function workflowJson({ workflow, decision, slack }: WorkflowView, publicUrl: string): WorkflowResponse {
  // What waits in a plan that was given up is about to be withdrawn.
  const waiting = workflow.stage === 'open' && decision !== null && isWaiting(decision)
  const step = stepAtHand(workflow)
  return {
    id: workflow.id,
    name: workflow.name,
    status: workflowStatus(workflow, decision),
    step_index: workflow.completed.length,
    completed_steps: workflow.completed.map(({ index, outcome, reviewer, notes, result, at }) => {
      const done = workflow.steps[index]
      return {
        index,
        action: done === undefined ? '' : stepName(done),
        outcome,
        reviewer,
        notes,
        result,
        at: toIso(at),
      }
    }),
    pending_action: waiting && step !== null ? { ...step } : null,
    context: workflow.context,
    approval_request_id: waiting ? decision.id : null,
    reason: reasonOf(workflow),
    created_at: toIso(workflow.createdAt),
    updated_at: toIso(workflow.updatedAt),
    erased_at: workflow.erasedAt === undefined ? null : toIso(workflow.erasedAt),
    version: workflow.version,
    links: { self: workflowLink(workflow.id, publicUrl), slack },
  }
}

/** Where a workflow is read. */
export function workflowLink(id: string, publicUrl: string): string {
  return `${publicUrl}/v1/workflows/${encodeURIComponent(id)}`
}

function reasonOf(workflow: WorkflowView['workflow']): string | null {
  return workflow.stage === 'ended' ? workflow.reason : (workflow.suspension?.reason ?? null)
}
