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
import { aFewEachTurn, createRest } from './rest.ts'
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
  /** To be called for each new connection. */
  readonly connected: () => void
  /** Counts a request whose key has been checked. null: it may go on. */
  readonly keyLimit: (key: ApiKey, authorization: string | undefined) => Refusal | null
  /** The application, watched for how much it is recording. */
  readonly app: App
}

/** Every call with an API key. */
const WITH_KEY: readonly string[] = ['/v1/decisions', '/v1/grants/', '/v1/workflows']
/** What goes on under any load: what exists is read, run and reported on, operators look. All else is new work. */
const GOES_ON: readonly string[] = [
  '/v1/decisions/',
  '/v1/grants/',
  '/v1/workflows/',
  '/v1/answers/',
  '/.well-known/',
  '/healthz',
  '/readyz',
  '/metrics',
]

/**
 * `most`: at 3,000 a second the last one waits for a sixth of a second. `turn`: a click takes four or five of them.
 * `fewest`: with less, a slow disk would sync for almost nothing. `afterConnection`: five hundred connections may wait to
 * be accepted before a click's.
 */
const BOUNDS = { most: 500, perTurn: { fewest: 8, most: 64, afterConnection: 1 }, turn: 20 }

/** How many refusals are answered in one turn, so that a flood's first moment is not one turn of seconds. */
const REFUSALS_PER_TURN = 8

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
  const soon = aFewEachTurn(REFUSALS_PER_TURN, setImmediate)
  const refuseKey = prepared(tooMany, soon, rest)
  const refuseWork = prepared(OVERLOADED, soon, rest)

  return {
    before: (handle) => (request, response) => {
      const { url = '' } = request
      if (WITH_KEY.some((path) => url.startsWith(path)) && rateLimit.isOver(request.headers.authorization)) {
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

    connected: admission.connected,
    app: {
      ...app,
      submit: admission.counted(app.submit),
      startWorkflow: admission.counted(app.startWorkflow),
    },
  }
}

/** The answer that `send` would give, put together once. */
function prepared(refusal: Refusal, soon: (work: () => void) => void, rest: (socket: Socket) => void): Listener {
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
  return (request, response) =>
    // Answered at once, who asks again at once would be read again in the same turn, and that turn might never end.
    soon(() => {
      if (response.destroyed) return
      const requestId = randomUUID()
      const { 'content-length': length = '0', 'transfer-encoding': chunked } = request.headers
      const close = chunked !== undefined || Number(length) > SMALL_BODY ? ['connection', 'close'] : []
      response.writeHead(status, [...headers, 'x-request-id', requestId, ...close]).end(before + requestId + after)
      // Not before: Node itself goes on reading once the answer is out.
      setImmediate(rest, request.socket)
    })
}
