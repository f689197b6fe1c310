import type { Caller } from '../app/app.ts'
import type { Idempotency, Scope } from '../app/ports.ts'
import { WORKFLOW_ID } from '../protocol/workflow.ts'
import { type Answer, refuse } from './answer.ts'
import { check, sentences } from './field-faults.ts'
import { idempotencyOf, readKey } from './idempotency-key.ts'
import type { Described, Operation } from './operations.ts'

/** A request whose key is known, before its parts are parsed. */
export type RawCall = {
  readonly caller: Caller
  /** All that the caller's key holds. */
  readonly scopes: readonly Scope[]
  /** What the path names: a decision, a workflow, an action; empty: nothing. */
  readonly id: string
  readonly query: unknown
  readonly body: unknown
  /** The body as it was sent. */
  readonly bytes: Uint8Array
  readonly idempotencyKey: string | readonly string[] | undefined
  /** A signal that aborts when the client has gone or the server stops; made when it is asked for, since few wait. */
  readonly signal: () => AbortSignal
}

/** A request whose every part is known to be good. `id` is empty where the path has none. */
export type Call<Body, Query> = {
  readonly caller: Caller
  readonly scopes: readonly Scope[]
  readonly id: string
  readonly query: Query
  readonly body: Body
  readonly signal: () => AbortSignal
}

export type Endpoint = { readonly operation: Described; readonly answer: (call: RawCall) => Promise<Answer> }

const DECISION_ID = /^dec_[0-9a-hjkmnp-tv-z]{26}$/
const WORKFLOWS = '/v1/workflows/'

/** An operation that reads. */
export function reading<Query>(
  operation: Operation<unknown, Query>,
  handle: (call: Call<null, Query>) => Promise<Answer>,
): Endpoint {
  return {
    operation,
    answer: async ({ caller, scopes, id, query, signal }) => {
      const checked = check(operation.query, query)
      if (!checked.ok) return refuse('invalid_query', sentences(checked.errors), checked.errors)
      const unnamed = namesNothing(operation, id)
      if (unnamed !== null) return unnamed
      return handle({ caller, scopes, id, query: checked.value, body: null, signal })
    },
  }
}

/** An operation that records something. `idempotency` is null where no key was sent (and none is required). */
export function writing<Body, Query>(
  operation: Operation<Body, Query>,
  handle: (call: Call<Body, Query>, idempotency: Idempotency | null) => Promise<Answer>,
): Endpoint {
  return {
    operation,
    answer: async ({ caller, scopes, id, query, body, bytes, idempotencyKey, signal }) => {
      const checkedQuery = check(operation.query, query)
      if (!checkedQuery.ok) return refuse('invalid_query', sentences(checkedQuery.errors), checkedQuery.errors)
      const header = readKey(idempotencyKey, operation.idempotencyKey === 'required')
      if (!header.ok) return header.refusal
      if (body === undefined) return refuse('malformed_json', 'The body is empty. Send a JSON object.')
      const unnamed = namesNothing(operation, id)
      if (unnamed !== null) return unnamed
      if (operation.body === null) throw new Error(`${operation.name} has no body to check`)
      const checked = check(operation.body, body)
      if (!checked.ok) return refuse('invalid_fields', sentences(checked.errors), checked.errors)
      const idempotency =
        header.key === null ? null : idempotencyOf(caller.apiKey, header.key, `${operation.name} ${id}`, bytes)
      return handle({ caller, scopes, id, query: checkedQuery.value, body: checked.value, signal }, idempotency)
    },
  }
}

/** Why an id can't be of what the path is about; null: it can, or the path has none. */
function namesNothing({ path }: Described, id: string): Answer | null {
  // Any name may be that of an action.
  if (id === '' || path.includes('{action}')) return null
  if (path.startsWith(WORKFLOWS)) return WORKFLOW_ID.test(id) ? null : workflowNotFound()
  return DECISION_ID.test(id) ? null : decisionNotFound()
}

/** The same for an id that never was and a workflow that is another agent's. */
export function workflowNotFound(): Answer {
  return refuse(
    'workflow_not_found',
    'There is no such workflow, or this API key may not see it. Check the id, and which agent the key belongs to.',
  )
}

/** The same for an id that never was and a decision that is another agent's. */
export function decisionNotFound(): Answer {
  return refuse(
    'decision_not_found',
    'There is no such decision, or this API key may not see it. Check the id, and which agent the key belongs to.',
  )
}
