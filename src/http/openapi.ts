import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi'
import { answerReceipt, linkedAnswer } from '../protocol/decision-report.ts'
import { jwks } from '../protocol/grant.ts'
import { type ProblemCode, problem, problems } from '../protocol/problem.ts'
import type { Described } from './operations.ts'

/** Refusals that every call with an API key can have. */
const ALWAYS: readonly ProblemCode[] = [
  'malformed_request',
  'invalid_query',
  'unauthorized',
  'insufficient_scope',
  'headers_too_large',
  'rate_limited',
  'internal_error',
  'unavailable',
]
/** Those of calls with a body besides. */
const WITH_BODY: readonly ProblemCode[] = [
  'malformed_json',
  'duplicate_key',
  'forbidden_key',
  'too_deep',
  'unsafe_number',
  'invalid_text',
  'idempotency_key_invalid',
  'body_too_large',
  'unsupported_media_type',
  'not_recorded',
]

/** The OpenAPI 3.1 document, from the schemas that validate. @param publicUrl without a slash at its end */
export function openapiDocument(operations: readonly Described[], publicUrl: string, version: string) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const operation of operations) {
    const methods = paths[operation.path] ?? {}
    paths[operation.path] = { ...methods, [operation.method.toLowerCase()]: operationObject(operation) }
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version,
      description:
        'Agents propose actions; the manifest routes them; people decide in Slack. Bodies are JSON of at most 256 KiB, nested at most 32 deep, without equal keys in an object and without integers beyond 2^53. An error means that nothing was recorded.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: publicUrl }],
    security: [{ apiKey: [] }],
    paths: { ...paths, ...answerPath(), ...opsPaths() },
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'csk_<id>_<secret>',
          description: 'Made by `countersign keys create`. No key can approve anything, whatever its scopes.',
        },
      },
    },
  })
}

function operationObject(operation: Described): ZodOpenApiOperationObject {
  const { name, summary, description, scopes, body, success } = operation
  const header = idempotencyHeader(operation)
  const parameters = {
    query: z.object(shapeOf(operation.query)),
    ...pathOf(operation),
    ...(header === null ? {} : { header }),
  }
  return {
    operationId: name,
    summary,
    description: `${description}\n\nScope: ${scopes.map((scope) => `\`${scope}\``).join(' or ')}.`,
    requestParams: parameters,
    ...(body === null ? {} : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      [`${success.status}`]: {
        description: success.description,
        headers: successHeaders(operation),
        content: { 'application/json': { schema: success.schema } },
      },
      ...refusalResponses([...ALWAYS, ...(body === null ? [] : WITH_BODY), ...operation.refusals]),
    },
  }
}

function pathOf(operation: Described) {
  if (operation.path.includes('{action}'))
    return { path: z.object({ action: z.string().describe('The name of the action, such as `process_refund`.') }) }
  return operation.path.includes('{id}') ? { path: z.object({ id: z.string().describe(named(operation)) }) } : {}
}

function named({ path }: Described): string {
  return path.startsWith('/v1/workflows/') ? 'The workflow.' : 'The decision: `dec_...`.'
}

const requestIdHeader = z.string().describe('Names this request; the log has it, too.')

function successHeaders({ body, success }: Described) {
  return z.object({
    'X-Request-Id': requestIdHeader,
    ...(success.status === 201 ? { Location: z.string().describe('Where it is read.') } : {}),
    ...(body === null
      ? {}
      : {
          'Idempotency-Replayed': z
            .literal('true')
            .optional()
            .describe('Nothing new was done: the key was used before.'),
        }),
  })
}

function idempotencyHeader({ idempotencyKey }: Described) {
  if (idempotencyKey === 'none') return null
  const key = z
    .string()
    .min(1)
    .max(257)
    .describe(
      '1 to 255 visible ASCII characters, bare or in double quotes; kept 7 days. The same key and body do nothing twice.',
    )
  return z.object({ 'Idempotency-Key': idempotencyKey === 'required' ? key : key.optional() })
}

/** One response a status; its description names the codes that can come with it. */
function refusalResponses(codes: readonly ProblemCode[]): ZodOpenApiResponsesObject {
  const byStatus = new Map<(typeof problems)[ProblemCode]['status'], ProblemCode[]>()
  for (const code of new Set(codes)) {
    const { status } = problems[code]
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  const responses: ZodOpenApiResponsesObject = {}
  for (const [status, listed] of byStatus) {
    responses[`${status}`] = {
      description: listed.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
      headers: refusalHeaders(status),
      content: { 'application/problem+json': { schema: problem } },
    }
  }
  return responses
}

function refusalHeaders(status: number) {
  return z.object({
    'X-Request-Id': requestIdHeader,
    ...(status === 401 || status === 403 ? { 'WWW-Authenticate': z.string().describe('What is needed.') } : {}),
    ...(status === 429
      ? {
          'RateLimit-Policy': z.string().describe('How many requests (q) in how many seconds (w).'),
          RateLimit: z.string().describe('What is left (r) until when (t, seconds).'),
        }
      : {}),
    ...(status === 429 || status === 503
      ? { 'Retry-After': z.string().describe('Seconds to wait before trying again.') }
      : {}),
  })
}

function shapeOf(query: z.ZodType): z.core.$ZodLooseShape {
  return query instanceof z.ZodObject ? query.shape : {}
}

/** What is called by a link and needs no key. */
function answerPath(): Record<string, { post: ZodOpenApiOperationObject }> {
  return {
    '/v1/answers/{link}': {
      post: {
        operationId: 'answerByLink',
        summary: "Answer a reviewer's question by the link that came with it",
        description:
          "For the system that an action's `clarify.url` names: the whole address is the `answer_url` that it was sent. It needs no API key, answers one question, once, and nothing else.",
        security: [],
        requestParams: { path: z.object({ link: z.string().describe('As it stands in `answer_url`.') }) },
        requestBody: { required: true, content: { 'application/json': { schema: linkedAnswer } } },
        responses: {
          200: {
            description: 'The answer is recorded.',
            content: { 'application/json': { schema: answerReceipt } },
          },
          ...refusalResponses([
            ...WITH_BODY,
            'clarification_unknown',
            'clarification_closed',
            'conflict',
            'erased',
            'invalid_fields',
          ]),
        },
      },
    },
  }
}

function opsPaths(): Record<string, { get: ZodOpenApiOperationObject }> {
  const readiness = z.object({
    ready: z.boolean(),
    problems: z.array(z.object({ check: z.string(), message: z.string() })),
  })
  const open = (operationId: string, summary: string, responses: ZodOpenApiResponsesObject) => ({
    get: { operationId, summary, security: [], responses },
  })
  return {
    '/healthz': open('health', 'Is the process alive?', {
      200: {
        description: 'It is.',
        content: { 'application/json': { schema: z.object({ status: z.literal('ok'), version: z.string() }) } },
      },
    }),
    '/readyz': open('readiness', 'Should it get requests now?', {
      200: { description: 'It should.', content: { 'application/json': { schema: readiness } } },
      503: {
        description: 'It should not; `problems` says why.',
        content: { 'application/json': { schema: readiness } },
      },
    }),
    '/metrics': open('metrics', 'Metrics for Prometheus', {
      200: { description: 'The exposition format.', content: { 'text/plain': { schema: z.string() } } },
    }),
    '/v1/openapi.json': open('openapi', 'This document', {
      200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: z.looseObject({}) } } },
    }),
    '/.well-known/jwks.json': open('grantKeys', 'The public keys of grants', {
      200: {
        description: 'For checking grants without asking; may be kept for five minutes.',
        content: { 'application/json': { schema: jwks } },
      },
    }),
  }
}
