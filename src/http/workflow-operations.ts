import { noQuery } from '../protocol/decision-query.ts'
import { resumeRequest, stopRequest, workflowRequest, workflowResponse } from '../protocol/workflow.ts'
import { operation } from './operations.ts'

const agents = { scopes: ['decide'], reach: [], query: noQuery } as const
const workflow = (description: string, status: 200 | 201 = 200) => ({ status, description, schema: workflowResponse })
const naturally = { ...agents, method: 'POST', idempotencyKey: 'none' } as const

export const startWorkflow = operation({
  ...agents,
  method: 'POST',
  name: 'startWorkflow',
  path: '/v1/workflows',
  summary: 'Have a plan carried out',
  description:
    'Records a plan of several steps and begins the first. Each step is routed by the manifest when its turn comes: one that passes is executed by its `executor`, one for a person suspends the workflow until somebody has decided. It survives restarts and goes on from where it was.',
  idempotencyKey: 'required',
  body: workflowRequest,
  success: workflow('The plan is on disk, and so is the decision of its first step.', 201),
  refusals: [
    'already_denied',
    'invalid_fields',
    'workflow_exists',
    'idempotency_mismatch',
    'idempotency_key_missing',
    'overloaded',
  ],
})

export const readWorkflow = operation({
  method: 'GET',
  scopes: ['read', 'decide', 'admin'],
  reach: ['admin'],
  idempotencyKey: 'none',
  body: null,
  query: noQuery,
  name: 'readWorkflow',
  path: '/v1/workflows/{id}',
  summary: 'Read a workflow',
  description: 'How far it has come, what waits for whom, and why it ended where it did.',
  success: workflow('The workflow as it stands.'),
  refusals: ['workflow_not_found'],
})

export const pauseWorkflow = operation({
  ...naturally,
  name: 'pauseWorkflow',
  path: '/v1/workflows/{id}/pause',
  summary: 'Pause a workflow before its next step',
  description: 'What waits for a person goes on waiting; nothing follows from the answer before `resume`.',
  body: stopRequest,
  success: workflow('It is suspended.'),
  refusals: ['workflow_not_found', 'workflow_ended', 'conflict', 'invalid_fields'],
})

export const resumeWorkflow = operation({
  ...naturally,
  name: 'resumeWorkflow',
  path: '/v1/workflows/{id}/resume',
  summary: 'Let a paused workflow go on',
  description: 'Only what its agent has paused: what people have frozen, or have to find out about, they let go on.',
  body: resumeRequest,
  success: workflow('It goes on.'),
  refusals: ['workflow_not_found', 'workflow_ended', 'conflict', 'invalid_fields'],
})

export const cancelWorkflow = operation({
  ...naturally,
  name: 'cancelWorkflow',
  path: '/v1/workflows/{id}/cancel',
  summary: 'Give a workflow up',
  description:
    'What waits for a person is withdrawn. What was done stays done, and what is being executed is not undone.',
  body: stopRequest,
  success: workflow('It has ended as `failed`.'),
  refusals: ['workflow_not_found', 'workflow_ended', 'conflict', 'invalid_fields'],
})
