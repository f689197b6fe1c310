import { z } from 'zod'
import type { Scope } from '../app/ports.ts'
import { calibrationResponse } from '../protocol/calibration.ts'
import { listQuery, noQuery, queueQuery, readQuery } from '../protocol/decision-query.ts'
import {
  answerRequest,
  executionRequest,
  outcomeRequest,
  rollbackRequest,
  withdrawRequest,
} from '../protocol/decision-report.ts'
import { decisionRequest } from '../protocol/decision-request.ts'
import { decisionPage, decisionResponse, outcomeReceipt } from '../protocol/decision-response.ts'
import { consumeRequest, consumeResponse } from '../protocol/grant.ts'
import type { ProblemCode } from '../protocol/problem.ts'

/**
 * One call of the API: what is parsed, what is allowed, and what the OpenAPI document says of it.
 * `scopes`: any one of them is enough. `reach`: with one of these, it names decisions of any agent.
 */
export type Operation<Body, Query> = Described & {
  readonly body: z.ZodType<Body> | null
  readonly query: z.ZodType<Query>
}

/** An operation without what its handler needs to know. */
export type Described = {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly summary: string
  readonly description: string
  readonly scopes: readonly Scope[]
  readonly reach: readonly Scope[]
  readonly idempotencyKey: 'required' | 'optional' | 'none'
  readonly body: z.ZodType | null
  readonly query: z.ZodType
  readonly success: { readonly status: 200 | 201; readonly description: string; readonly schema: z.ZodType }
  /** Besides those that every call of its kind can have. */
  readonly refusals: readonly ProblemCode[]
}

const decision = (description: string, status: 200 | 201 = 200) => ({ status, description, schema: decisionResponse })

const read = { method: 'GET', scopes: ['read', 'admin'], reach: ['admin'], idempotencyKey: 'none', body: null } as const

const report = { method: 'POST', scopes: ['decide'], reach: [], idempotencyKey: 'optional', query: noQuery } as const

export const propose = operation({
  ...report,
  name: 'proposeDecision',
  path: '/v1/decisions',
  summary: 'Propose a decision',
  description:
    'Records a proposal and routes it by the manifest. 201 for every route: a blocked decision is a recorded result, not an error. What a person has denied within 24 hours is refused instead. Sent again with the same `Idempotency-Key` and body it gives the same decision as it stands then.',
  idempotencyKey: 'required',
  body: decisionRequest,
  success: decision('The decision is on disk.', 201),
  refusals: ['already_denied', 'invalid_fields', 'idempotency_mismatch', 'idempotency_key_missing', 'overloaded'],
})

export const readDecision = operation({
  ...read,
  name: 'readDecision',
  path: '/v1/decisions/{id}',
  summary: 'Read a decision, or wait for it',
  description: 'With `wait`, answers as soon as there is news, or with the decision as it is when the time is over.',
  query: readQuery,
  success: decision('The decision as it stands.'),
  refusals: ['decision_not_found'],
})

export const listDecisions = operation({
  ...read,
  name: 'listDecisions',
  path: '/v1/decisions',
  summary: 'List decisions',
  description:
    'The newest first, each without its `checkpoint`. Pages do not shift when decisions are added. Only own ones without the scope `admin`.',
  query: listQuery,
  success: { status: 200, description: 'A page of decisions.', schema: decisionPage },
  refusals: ['overloaded'],
})

export const listQueue = operation({
  ...read,
  name: 'listQueue',
  path: '/v1/queue',
  summary: 'List what waits for people',
  description:
    'Open decisions as `/approvals queue` shows them: the soonest deadline first, each without its `checkpoint`. Only own ones without the scope `admin`. A page can be short, even empty, while `next_cursor` leads on.',
  query: queueQuery,
  success: { status: 200, description: 'A page of open decisions.', schema: decisionPage },
  refusals: ['overloaded'],
})

export const readCalibration = operation({
  ...read,
  scopes: ['admin'],
  name: 'readCalibration',
  path: '/v1/calibration/{action}',
  summary: 'Compare what agents claimed of an action with how it turned out',
  description:
    'The last 30 days of the newest agent version, as `/approvals calibration` tells it: reliability by bucket, what the labels say of thresholds, and where they come from. The fields are those of `countersign calibration --json`.',
  query: noQuery,
  success: { status: 200, description: 'The figures.', schema: calibrationResponse },
  refusals: ['action_not_found'],
})

export const answer = operation({
  ...report,
  name: 'answerClarification',
  path: '/v1/decisions/{id}/answer',
  summary: "Answer a reviewer's question",
  description: 'The clocks go on. Evidence is added to what was there; parameters, where sent, replace those in force.',
  body: answerRequest,
  success: decision('The answer is recorded.'),
  refusals: [
    'decision_not_found',
    'clarification_unknown',
    'clarification_closed',
    'conflict',
    'erased',
    'invalid_fields',
    'idempotency_mismatch',
  ],
})

export const withdraw = operation({
  ...report,
  name: 'withdrawDecision',
  path: '/v1/decisions/{id}/withdraw',
  summary: 'Withdraw a decision that is still open',
  description: 'Nobody is asked any more, and it is not approved.',
  body: withdrawRequest,
  success: decision('It is withdrawn.'),
  refusals: [
    'decision_not_found',
    'already_decided',
    'timed_out',
    'conflict',
    'erased',
    'invalid_fields',
    'idempotency_mismatch',
  ],
})

export const reportExecution = operation({
  ...report,
  name: 'reportExecution',
  path: '/v1/decisions/{id}/execution',
  summary: 'Report what became of an approved action',
  description: '`started` may be left out; `succeeded` and `failed` are final.',
  body: executionRequest,
  success: decision('The report is recorded.'),
  refusals: [
    'decision_not_found',
    'not_approved',
    'execution_final',
    'conflict',
    'erased',
    'invalid_fields',
    'idempotency_mismatch',
  ],
})

export const reportRollback = operation({
  ...report,
  name: 'reportRollback',
  path: '/v1/decisions/{id}/rollback',
  summary: 'Report what came of a rollback that people asked for',
  description:
    'Once `rollback.state` is `requested`: undo the action, then say whether that worked. A report is final; a failure is told to the operations channel.',
  body: rollbackRequest,
  success: decision('The report is recorded.'),
  refusals: [
    'decision_not_found',
    'rollback_not_requested',
    'rollback_final',
    'conflict',
    'erased',
    'invalid_fields',
    'idempotency_mismatch',
  ],
})

export const recordOutcome = operation({
  ...report,
  name: 'recordOutcome',
  path: '/v1/decisions/{id}/outcome',
  summary: 'Say whether the action turned out right',
  description:
    'A label for calibration, on a decision of any agent. Answered with the whole decision only where the key may read it: an own one with the scope `read` or `decide`, any with `admin`. Otherwise with a receipt.',
  scopes: ['label'],
  reach: ['label'],
  body: outcomeRequest,
  success: {
    status: 200,
    description: 'The outcome is recorded: the decision, or a receipt where the key may not read it.',
    schema: z.union([decisionResponse, outcomeReceipt]),
  },
  refusals: ['decision_not_found', 'conflict', 'erased', 'invalid_fields', 'idempotency_mismatch'],
})

export const consumeGrant = operation({
  ...report,
  name: 'consumeGrant',
  path: '/v1/grants/consume',
  summary: 'Use a grant, once',
  description:
    'For the executor, before it runs the action: with a 200 it may run exactly these parameters, once. Anything else: it must not. Send an `Idempotency-Key`, so that an answer that was lost can be asked for again.',
  scopes: ['consume'],
  reach: ['consume'],
  body: consumeRequest,
  success: { status: 200, description: 'The grant is used, and that is on disk.', schema: consumeResponse },
  refusals: [
    'digest_mismatch',
    'consumed',
    'expired',
    'frozen',
    'conflict',
    'erased',
    'grant_invalid',
    'invalid_fields',
    'idempotency_mismatch',
  ],
})

/** Keeps the types of a body and its query. */
export function operation<Body, Query>(described: Operation<Body, Query>): Operation<Body, Query> {
  return described
}
