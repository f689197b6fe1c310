import type { Logger } from 'pino'
import type { App, ChangedWorkflow, WorkflowView } from '../app/app.ts'
import type { Decision } from '../domain/decision.ts'
import { addressFault } from '../domain/public-address.ts'
import { alreadyDenied } from './already-denied.ts'
import { type Answer, json, refuse } from './answer.ts'
import { attemptRead, attemptWrite } from './attempt.ts'
import { type Endpoint, reading, workflowNotFound, writing } from './endpoint.ts'
import { sentences } from './field-faults.ts'
import { workflowJson, workflowLink } from './workflow-json.ts'
import * as operations from './workflow-operations.ts'

export type WorkflowApiPorts = {
  readonly app: App
  readonly publicUrl: string
  readonly allowedCallbackHosts: readonly string[]
  readonly log: Logger
  /** Told of each new decision. */
  readonly onDecision: (decision: Decision) => void
}

/** What agents can call to have a plan carried out. */
export function createWorkflowApi(ports: WorkflowApiPorts): readonly Endpoint[] {
  const { app, publicUrl, log } = ports
  const shown = (view: WorkflowView) => workflowJson(view, publicUrl)

  return [
    writing(operations.startWorkflow, async ({ caller, body }, idempotency) => {
      if (idempotency === null) throw new Error('a workflow came without its Idempotency-Key')
      const { id = null, name = null, steps, context, callback_url = null, requested_by = null } = body
      const fault = callback_url === null ? null : addressFault(callback_url, ports.allowedCallbackHosts)
      if (fault !== null)
        return invalid([{ pointer: '/callback_url', code: 'not_allowed', message: `\`callback_url\` must ${fault}` }])
      const plan = { id, name, steps, context, callbackUrl: callback_url, requestedBy: requested_by }
      const done = await attemptWrite(log, () => app.startWorkflow(caller, plan, idempotency))
      if (!done.ok) return done.refusal
      const { value } = done
      switch (value.kind) {
        case 'created':
        case 'replayed': {
          if (value.kind === 'created' && value.decision !== null) ports.onDecision(value.decision)
          const replayed: Record<string, string> = value.kind === 'replayed' ? { 'idempotency-replayed': 'true' } : {}
          return json(201, shown(value), { location: workflowLink(value.workflow.id, publicUrl), ...replayed })
        }
        case 'invalid':
          return invalid(value.faults)
        case 'taken':
          return refuse(
            'workflow_exists',
            'There is a workflow of this `id` already. Choose another, or leave `id` out and one is made. Nothing was recorded.',
          )
        case 'already_denied':
          return alreadyDenied(value, publicUrl)
        case 'idempotency_mismatch':
          return refuse(
            'idempotency_mismatch',
            'This Idempotency-Key was used for a request with another body. Nothing was recorded; to try again send the same bytes, and use a new key for a new request.',
          )
      }
    }),

    reading(operations.readWorkflow, async ({ caller, id }) => {
      const found = await attemptRead(log, () => app.workflow(caller, id))
      if (!found.ok) return found.refusal
      return found.value === null ? workflowNotFound() : json(200, shown(found.value))
    }),

    writing(operations.pauseWorkflow, async ({ caller, id, body }) =>
      changed(() => app.pauseWorkflow(caller, id, body.reason)),
    ),
    writing(operations.resumeWorkflow, async ({ caller, id }) => changed(() => app.resumeWorkflow(caller, id))),
    writing(operations.cancelWorkflow, async ({ caller, id, body }) =>
      changed(() => app.cancelWorkflow(caller, id, body.reason)),
    ),
  ]

  async function changed(call: () => Promise<ChangedWorkflow>): Promise<Answer> {
    const done = await attemptWrite(log, call)
    if (!done.ok) return done.refusal
    switch (done.value.kind) {
      case 'accepted':
        return json(200, shown(done.value))
      case 'rejected': {
        const { code, message } = done.value.rejection
        return refuse(code === 'workflow_ended' ? code : 'conflict', `${message} Nothing was changed.`)
      }
      case 'not_found':
        return workflowNotFound()
    }
  }
}

function invalid(
  faults: readonly { readonly pointer: string; readonly code: string; readonly message: string }[],
): Answer {
  return refuse('invalid_fields', sentences(faults), faults)
}
