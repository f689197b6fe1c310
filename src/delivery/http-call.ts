import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { Agent, type Dispatcher, request } from 'undici'
import type { Clock } from '../app/ports.ts'
import { addressFault, isPublicAddress } from '../domain/public-address.ts'
import type { SetTimer } from './worker.ts'

/** One request to another system: a JSON body, signed. */
export type HttpCall = {
  readonly url: string
  readonly body: unknown
  /** Names what is sent, the same on each try: the receiver tells a repetition by it. */
  readonly id: string
  readonly headers: Readonly<Record<string, string>>
  readonly timeoutMs: number
}

export type HttpReply =
  /** `body` is null where it was larger than what is kept; `retryAfterMs`: what the receiver asked for. */
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly body: string | null
      readonly retryAfterMs: number | null
    }
  /** The address may not be called, so nothing was sent. `why`: what it must do or be, see `addressFault` */
  | { readonly kind: 'not_allowed'; readonly why: string }
  /** No answer came: it may have been received or not. `error`: a code, e.g. ECONNREFUSED */
  | { readonly kind: 'no_answer'; readonly error: string }

/** Calls other systems. Never rejects. */
export type HttpPort = { readonly call: (call: HttpCall) => Promise<HttpReply>; readonly close: () => Promise<void> }

/** Resolves a name to all its addresses. */
export type Resolve = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>

const MOST_KEPT = 256 * 1024
const NOT_PUBLIC = 'ERR_ADDRESS_NOT_PUBLIC'

/**
 * Signed as Standard Webhooks 1.0 has it (`webhook-id`, `webhook-timestamp`, `webhook-signature`); redirects are answers
 * and are not followed; the address is checked when the connection is made, so that a name that leads somewhere else by
 * now is refused.
 * @param options.secret `whsec_...`
 * @param options.allowedHosts hosts, with or without a port, that may be private or plain http
 * @param options.setTimer ends the wait for an answer, by the time of the network and not by `clock`
 */
export function createHttpPort(options: {
  readonly secret: string
  readonly allowedHosts: ReadonlySet<string>
  readonly clock: Clock
  readonly setTimer: SetTimer
  readonly resolve?: Resolve
}): HttpPort {
  const { allowedHosts, clock, setTimer, resolve = systemResolve } = options
  const webhook = new Webhook(options.secret)
  const guarded = new Agent({ connect: { lookup: publicOnly(resolve) }, maxResponseSize: MOST_KEPT, pipelining: 0 })
  const open = new Agent({ connect: { lookup: anywhere(resolve) }, maxResponseSize: MOST_KEPT, pipelining: 0 })

  return {
    call: async ({ url, body, id, headers, timeoutMs }) => {
      const fault = addressFault(url, allowedHosts)
      if (fault !== null) return { kind: 'not_allowed', why: fault }
      const text = JSON.stringify(body)
      const at = new Date(clock())
      const signed = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': webhook.sign(id, at, text),
      }
      const { host, hostname } = new URL(url)
      const dispatcher = allowedHosts.has(host) || allowedHosts.has(hostname) ? open : guarded
      const waiting = new AbortController()
      const stopWaiting = setTimer(
        () => waiting.abort(new DOMException('no answer in time', 'TimeoutError')),
        timeoutMs,
      )
      try {
        return await read(
          await request(url, {
            dispatcher,
            method: 'POST',
            headers: { ...headers, 'content-type': 'application/json', 'user-agent': 'Countersign', ...signed },
            body: text,
            signal: waiting.signal,
          }),
        )
      } catch (error) {
        const code = codeOf(error)
        if (code === NOT_PUBLIC)
          return { kind: 'not_allowed', why: 'not lead to a private, loopback or link-local address' }
        return { kind: 'no_answer', error: code }
      } finally {
        stopWaiting()
      }
    },
    close: async () => {
      await Promise.all([guarded.destroy(), open.destroy()])
    },
  }
}

async function read({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<HttpReply> {
  const retryAfterMs = retryAfter(headers['retry-after'])
  try {
    return { kind: 'answered', status: statusCode, body: await body.text(), retryAfterMs }
  } catch (error) {
    // The status has said what there is to know; only an answer that breaks off is none.
    if (codeOf(error) !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE') throw error
    return { kind: 'answered', status: statusCode, body: null, retryAfterMs }
  }
}

/** Seconds only: dates are rare, and another system's clock is not ours. */
function retryAfter(header: string | string[] | undefined): number | null {
  return typeof header === 'string' && /^\d{1,6}$/.test(header.trim()) ? Number(header) * 1_000 : null
}

function publicOnly(resolve: Resolve): LookupFunction {
  return looking(async (hostname) => {
    const addresses = await resolve(hostname)
    // One private address among public ones is how a name is made to lead inside by chance.
    if (addresses.every(({ address }) => isPublicAddress(address))) return addresses
    throw Object.assign(new Error(`${hostname} leads to an address that is not public`), { code: NOT_PUBLIC })
  })
}

function anywhere(resolve: Resolve): LookupFunction {
  return looking(resolve)
}

function looking(resolve: Resolve): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname).then(
      (addresses) => {
        const [first] = addresses
        if (first === undefined) return done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '', 0)
        if (options.all === true) return done(null, [...addresses])
        return done(null, first.address, first.family)
      },
      (error: unknown) => done(asError(error), '', 0),
    )
  }
}

const systemResolve: Resolve = (hostname) =>
  new Promise((resolved, failed) => {
    lookup(hostname, { all: true }, (error, addresses) => (error === null ? resolved(addresses) : failed(error)))
  })

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.name === 'TimeoutError') return 'ETIMEDOUT'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
