import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { App } from '../app/app.ts'
import type { ApiKey, Clock } from '../app/ports.ts'
import { problems } from '../protocol/problem.ts'
import { createAdmission } from './admission.ts'
import { PROTECTION, problemBody, type Refusal, refuse } from './answer.ts'
import { createRateLimit, rateLimited } from './rate-limit.ts'
import { createRest } from './rest.ts'
import { createShed } from './shed.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

type GatePorts = {
  readonly app: App
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
  readonly agentRateLimit: number
}

export type Gate = {
  /** Puts the gate before what handles requests. */
  readonly before: (handle: Listener) => Listener
  /** Counts a request whose key has been checked. null: it may go on. */
  readonly keyLimit: (key: ApiKey, authorization: string | undefined) => Refusal | null
  /** The application, watched for how much it is recording. */
  readonly app: App
}

/** Every call with an API key. */
const WITH_KEY = '/v1/decisions'
/** What goes on under any load: decisions that exist are read and reported on, operators look. All else is new work. */
const GOES_ON: readonly string[] = [`${WITH_KEY}/`, '/healthz', '/readyz', '/metrics']

/**
 * `most`: at 3,000 a second the last one waits for a sixth of a second. `turn`: a click takes four or five of them, and
 * Node accepts one new connection in each. `fewest`: with less, a slow disk would sync for almost nothing.
 */
const BOUNDS = { most: 500, perTurn: { fewest: 8, most: 64 }, turn: 20 }

const OVERLOADED = refuse(
  'overloaded',
  'More comes in than can be recorded. Nothing was recorded; please wait for the seconds in Retry-After and send the request again with the same Idempotency-Key.',
  [],
  { 'retry-after': '1' },
)

/** Bytes. Up to this a body comes with its headers, and reading past it is cheaper than a new connection. */
const SMALL_BODY = 16 * 1024

/**
 * Turns away what is too much before it costs anything: no key is looked up, no body parsed, no route found. Under a flood
 * a click takes as long as the refusals of a few turns of the event loop, so each must cost little.
 */
export function createGate({ app, clock, log, metrics, agentRateLimit }: GatePorts): Gate {
  const shed = createShed(metrics, log, clock)
  const admission = createAdmission(BOUNDS, setImmediate, () => performance.now())
  const rateLimit = createRateLimit(agentRateLimit, clock)
  const tooMany = rateLimited(agentRateLimit)
  const rest = createRest(() => performance.now())
  const refuseKey = prepared(tooMany, rest)
  const refuseWork = prepared(OVERLOADED, rest)

  return {
    before: (handle) => (request, response) => {
      const { url = '' } = request
      if (url.startsWith(WITH_KEY) && rateLimit.isOver(request.headers.authorization)) {
        shed('rate_limit')
        return refuseKey(request, response)
      }
      if (GOES_ON.some((path) => url.startsWith(path))) return handle(request, response)
      const admitted = admission.admit(() => {
        // Who has hung up while waiting needs no answer, and will ask again.
        if (!response.destroyed) handle(request, response)
      })
      if (admitted) return undefined
      shed('overload')
      return refuseWork(request, response)
    },

    keyLimit: ({ id }, authorization = '') => {
      if (rateLimit.take(id, authorization)) return null
      shed('rate_limit')
      return tooMany
    },

    app: { ...app, submit: admission.counted(app.submit) },
  }
}

/** The answer that `send` would give, put together once. */
function prepared(refusal: Refusal, rest: (socket: Socket) => void): Listener {
  const { status } = problems[refusal.code]
  const anId = randomUUID()
  const body = JSON.stringify(problemBody(refusal, anId))
  const [before = '', after = ''] = body.split(anId)
  const headers = Object.entries({
    ...PROTECTION,
    ...refusal.headers,
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
  }).flat()
  return (request, response) => {
    const requestId = randomUUID()
    const { 'content-length': length = '0', 'transfer-encoding': chunked } = request.headers
    const close = chunked !== undefined || Number(length) > SMALL_BODY ? ['connection', 'close'] : []
    response.writeHead(status, [...headers, 'x-request-id', requestId, ...close]).end(before + requestId + after)
    // Not before: Node itself goes on reading once the answer is out.
    setImmediate(rest, request.socket)
  }
}
