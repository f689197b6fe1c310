import type { Decision } from './decision.ts'
import type { DecisionEvent } from './event.ts'
import type { Intent } from './intent.ts'
import type { Instant } from './time.ts'
import type { Workflow } from './workflow.ts'

/** What an agent is told at its `callback_url`. */
export const webhookTypes = [
  'decision.approved',
  'decision.denied',
  'decision.timed_out',
  'decision.withdrawn',
  'clarification.requested',
  'clarification.expired',
  'rollback.requested',
  'workflow.completed',
  'workflow.failed',
  'workflow.denied',
] as const
export type WebhookType = (typeof webhookTypes)[number]

/** What the agent is told of an event; empty: nothing, or it named no address. @param after the decision as the event leaves it */
export function webhooksOf(after: Decision, event: DecisionEvent): readonly Intent[] {
  const type = typeOf(event)
  if (type === null || after.proposal.callback_url === undefined) return []
  return [{ kind: 'webhook.send', subject: after.id, version: after.version, type, at: event.at }]
}

/** What the agent is told of a workflow that has ended. */
export function webhooksOfEnd(workflow: Workflow, at: Instant): readonly Intent[] {
  if (workflow.stage === 'open' || workflow.callbackUrl === null) return []
  const { id: subject, version, status } = workflow
  return [{ kind: 'webhook.send', subject, version, type: `workflow.${status}`, at }]
}

function typeOf(event: DecisionEvent): WebhookType | null {
  switch (event.type) {
    case 'decision.approved':
      return event.payload.complete ? event.type : null
    case 'decision.denied':
    case 'decision.timed_out':
    case 'decision.withdrawn':
    case 'clarification.requested':
    case 'clarification.expired':
    case 'rollback.requested':
      return event.type
    case 'decision.submitted':
    case 'decision.edited':
    case 'decision.resubmitted':
    case 'clarification.answered':
    case 'assignment.made':
    case 'assignment.nudged':
    case 'assignment.exhausted':
    case 'execution.reported':
    case 'execution.settled':
    case 'rollback.reported':
    case 'rollback.settled':
    case 'grant.issued':
    case 'grant.consumed':
    case 'decision.erased':
    case 'outcome.recorded':
      return null
  }
}
