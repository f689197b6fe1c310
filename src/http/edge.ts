import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { problems } from '../protocol/problem.ts'
import { problemBody, type Refusal, RefusedError, refuse, send } from './answer.ts'
import { TOO_LARGE, UNSUPPORTED } from './body.ts'
import type { HttpMetrics } from './http-metrics.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key was sent; null before it was checked, or where none is needed. */
    agent: string | null
  }
}

type EdgePorts = { readonly log: Logger; readonly metrics: HttpMetrics; readonly isClosing: () => boolean }

export const NOT_FOUND = refuse('not_found', 'There is nothing at this path. `/v1/openapi.json` lists what there is.')
const MALFORMED = refuse('malformed_request', 'This is not a well-formed HTTP request. Check its path and headers.')
const HEADERS_TOO_LARGE = refuse('headers_too_large', 'The headers of the request are larger than 16 KiB together.')
const TOO_SLOW = refuse('malformed_request', 'The request did not arrive in time. Please send it again.')
const CLOSING = refuse(
  'unavailable',
  'This server is shutting down. Nothing was recorded; please send the request again.',
  [],
  { 'retry-after': '1', connection: 'close' },
)
const BUG = refuse(
  'internal_error',
  'Something in Countersign is wrong. `instance` names this request in its log; please tell its operator.',
)

/** What holds for every request: refusals before routing, errors as problems, one log line, metrics. */
export function addEdge(server: FastifyInstance, { log, metrics, isClosing }: EdgePorts): void {
  server.decorateRequest('agent', null)

  server.addHook('onRequest', async (request, reply) => {
    if (isClosing()) return send(reply, CLOSING)
    if (request.is404) return send(reply, NOT_FOUND)
    const encoding = request.headers['content-encoding']
    if (encoding !== undefined && encoding !== 'identity') return send(reply, UNSUPPORTED)
    return undefined
  })

  server.setNotFoundHandler((_request, reply) => send(reply, NOT_FOUND))

  server.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error)
    if (refusal === null)
      log.error({ err: error, request_id: request.id, route: routeOf(request) }, 'A request has failed')
    return send(reply, refusal ?? BUG)
  })

  server.addHook('onResponse', async (request, reply) => {
    const route = routeOf(request)
    const ms = Math.round(reply.elapsedTime * 10) / 10
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1_000)
    // Nothing else: bodies, query values and tokens are the agents' secrets.
    const line = {
      method: request.method,
      route,
      status: reply.statusCode,
      ms,
      agent: request.agent,
      request_id: request.id,
    }
    // What went well is in the audit log and the metrics; a line each would be most of what a busy service does.
    if (reply.statusCode >= 400 && route.startsWith('/v1/')) log.info(line, 'request')
    else log.debug(line, 'request')
  })
}

/** The refusal that an error stands for; null: a bug. */
export function refusalOf(error: unknown): Refusal | null {
  if (error instanceof RefusedError) return error.refusal
  const { code, statusCode } = described(error)
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { ...TOO_LARGE, headers: { connection: 'close' } }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return UNSUPPORTED
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return NOT_FOUND
  return statusCode >= 400 && statusCode < 500 ? MALFORMED : null
}

/** Answers what is not HTTP at all, too slow or too large in its headers, where no request exists yet. */
export function answerBrokenRequest(error: Error, socket: Socket): void {
  if (!socket.writable || described(error).code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const refusal = brokenRequest(described(error).code)
  const { status } = problems[refusal.code]
  const body = JSON.stringify(problemBody(refusal, randomUUID()))
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/problem+json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  )
}

function brokenRequest(code: string): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return HEADERS_TOO_LARGE
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? TOO_SLOW : MALFORMED
}

function described(error: unknown): { readonly code: string; readonly statusCode: number } {
  if (!(error instanceof Error)) return { code: '', statusCode: 0 }
  return {
    code: 'code' in error && typeof error.code === 'string' ? error.code : '',
    statusCode: 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0,
  }
}

/** The pattern, not the path: ids belong neither in labels nor in logs. */
function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none'
}
