import { z } from 'zod'

/** Every code an error can carry, with its HTTP status and title. Codes are stable: clients switch on them. */
export const problems = {
  malformed_request: { status: 400, title: 'The request is malformed' },
  malformed_json: { status: 400, title: 'The body is not valid JSON' },
  duplicate_key: { status: 400, title: 'A key stands twice in one object' },
  forbidden_key: { status: 400, title: 'A key is not allowed' },
  too_deep: { status: 400, title: 'The body is nested too deeply' },
  unsafe_number: { status: 400, title: 'A number would lose digits' },
  invalid_text: { status: 400, title: 'A text is not valid Unicode' },
  invalid_query: { status: 400, title: 'A query parameter is not valid' },
  idempotency_key_missing: { status: 400, title: 'The Idempotency-Key header is missing' },
  idempotency_key_invalid: { status: 400, title: 'The Idempotency-Key header is not valid' },
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  insufficient_scope: { status: 403, title: 'The API key lacks a scope' },
  not_found: { status: 404, title: 'There is nothing here' },
  workflow_not_found: { status: 404, title: 'There is no such workflow' },
  action_not_found: { status: 404, title: 'There is no such action' },
  decision_not_found: { status: 404, title: 'There is no such decision' },
  clarification_unknown: { status: 404, title: 'The decision has no such question' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  already_denied: { status: 409, title: 'A person has denied exactly this' },
  already_decided: { status: 409, title: 'The decision has ended' },
  timed_out: { status: 409, title: 'The decision has timed out' },
  not_approved: { status: 409, title: 'The decision is not approved' },
  executed_here: { status: 409, title: 'Countersign executes this itself' },
  execution_final: { status: 409, title: 'The execution was reported already' },
  workflow_exists: { status: 409, title: 'There is a workflow of this id' },
  workflow_ended: { status: 409, title: 'The workflow has ended' },
  rollback_not_requested: { status: 409, title: 'Nobody has asked for a rollback' },
  rollback_final: { status: 409, title: 'The rollback was reported already' },
  digest_mismatch: { status: 409, title: 'These are not the approved parameters' },
  frozen: { status: 409, title: 'Nothing of this may run now' },
  conflict: { status: 409, title: 'The decision does not allow this now' },
  clarification_closed: { status: 410, title: 'The question is closed' },
  erased: { status: 410, title: 'What the decision was about was erased' },
  consumed: { status: 410, title: 'The grant is used already' },
  expired: { status: 410, title: 'The time of the grant is over' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body is not plain application/json' },
  invalid_fields: { status: 422, title: 'Fields of the request are not valid' },
  grant_invalid: { status: 422, title: 'This is no grant for this' },
  idempotency_mismatch: { status: 422, title: 'The Idempotency-Key was used for another request' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  rate_limited: { status: 429, title: 'The API key sends too many requests' },
  internal_error: { status: 500, title: 'Countersign has failed' },
  not_recorded: { status: 503, title: 'Nothing was recorded' },
  overloaded: { status: 503, title: 'Countersign gets more than it can record' },
  unavailable: { status: 503, title: 'Countersign cannot answer just now' },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly title: string }>>

export type ProblemCode = keyof typeof problems

/** The stable identifier of a kind of problem: a name, not an address to open. */
export function problemType(code: ProblemCode): string {
  return `urn:countersign:problem:${code}`
}

export const fieldError = z
  .object({
    pointer: z.string().meta({
      description: 'JSON pointer to the field in the body, or `/name` of a query parameter. Empty: the whole body.',
      examples: ['/confidence'],
    }),
    code: z.string().meta({ description: 'Stable, for programs.', examples: ['out_of_range'] }),
    message: z.string().meta({ description: 'What is wrong and what is allowed, for people.' }),
  })
  .meta({ id: 'FieldError' })

export type FieldError = Readonly<z.infer<typeof fieldError>>

/** RFC 9457 problem details, sent as `application/problem+json`. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'A stable name of the problem: `urn:countersign:problem:` and the code.' }),
    title: z.string().meta({ description: 'The problem in a few words, the same each time.' }),
    status: z.int().min(400).max(599),
    detail: z.string().meta({ description: 'What was wrong this time, what is allowed, and what to do.' }),
    instance: z.string().meta({ description: 'Names this request, as `X-Request-Id` and the log do.' }),
    code: z.enum(Object.keys(problems)).meta({ description: 'For programs to switch on.' }),
    errors: z.array(fieldError).meta({ description: 'Every field that is wrong; empty where no single field is.' }),
    links: z
      .object({ decision: z.string().meta({ format: 'uri' }) })
      .optional()
      .meta({ description: '`already_denied` only: the decision that a person has denied.' }),
  })
  .meta({
    id: 'Problem',
    description: 'Why a request was refused (RFC 9457). An error means that nothing was recorded.',
  })

export type Problem = Readonly<z.infer<typeof problem>>
