import { setMaxListeners } from 'node:events'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { ApiKey, Clock, Store } from '../app/ports.ts'
import { refuse, send } from './answer.ts'
import { authenticate, callerOf, scopeRefusal } from './auth.ts'
import type { Endpoint } from './endpoint.ts'
import type { Gate } from './gate.ts'

declare module 'fastify' {
  interface FastifyRequest {
    apiKey: ApiKey | null
  }
}

const NOTHING = new Uint8Array(0)

type RoutePorts = {
  readonly keys: Pick<Store, 'apiKey'>
  readonly clock: Clock
  readonly keyLimit: Gate['keyLimit']
  readonly log: Logger
  /** Aborts when the server stops: who waits is answered at once. */
  readonly closing: AbortSignal
}

/** Gives each endpoint its route: the key is checked before a byte of the body is read. */
export function addEndpoints(server: FastifyInstance, endpoints: readonly Endpoint[], ports: RoutePorts): void {
  setMaxListeners(0, ports.closing) // one listener for each long-poll
  server.decorateRequest('apiKey', null)
  for (const endpoint of endpoints) {
    const { operation } = endpoint
    server.route<{ Params: { readonly id?: string; readonly action?: string } }>({
      method: operation.method,
      url: operation.path.replace(/\{(\w+)\}/, ':$1'),
      onRequest: (request, reply) => admit(request, reply, endpoint, ports),
      handler: async (request, reply) => {
        const { apiKey, params, query, body, bytes, headers } = request
        if (apiKey === null) throw new Error('a request came past the check of its key')
        const gone = untilGone(reply, ports.closing)
        try {
          const caller = callerOf(apiKey, operation.reach)
          const idempotencyKey = headers['idempotency-key']
          const { scopes } = apiKey
          const call = {
            caller,
            scopes,
            id: params.id ?? params.action ?? '',
            query,
            body,
            bytes: bytes ?? NOTHING,
            idempotencyKey,
            signal: gone.signal,
          }
          return send(reply, await endpoint.answer(call))
        } finally {
          gone.release()
        }
      },
    })
  }
}

async function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  { operation }: Endpoint,
  { keys, clock, keyLimit, log }: RoutePorts,
): Promise<FastifyReply | undefined> {
  let authenticated: Awaited<ReturnType<typeof authenticate>>
  try {
    authenticated = await authenticate(keys, request.headers.authorization, clock())
  } catch (error) {
    log.error({ err: error, request_id: request.id }, 'An API key could not be read')
    const detail = 'The API key could not be checked just now. Nothing was recorded; please try again.'
    return send(reply, refuse('unavailable', detail, [], { 'retry-after': '1' }))
  }
  if (!authenticated.ok) return send(reply, authenticated.refusal)
  request.apiKey = authenticated.key
  request.agent = authenticated.key.agent
  const refusal =
    keyLimit(authenticated.key, request.headers.authorization) ?? scopeRefusal(authenticated.key, operation.scopes)
  return refusal === null ? undefined : send(reply, refusal)
}

/** A signal, made when it is asked for, that aborts when the client has gone or the server stops. Release it when the request is done. */
function untilGone(
  reply: FastifyReply,
  closing: AbortSignal,
): { readonly signal: () => AbortSignal; readonly release: () => void } {
  let gone: AbortController | null = null
  const abort = () => gone?.abort()
  return {
    signal: () => {
      if (gone !== null) return gone.signal
      gone = new AbortController()
      if (closing.aborted || reply.raw.destroyed) gone.abort()
      closing.addEventListener('abort', abort, { once: true })
      reply.raw.once('close', abort)
      return gone.signal
    },
    release: () => {
      if (gone === null) return
      closing.removeEventListener('abort', abort)
      reply.raw.off('close', abort)
    },
  }
}
