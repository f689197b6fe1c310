/** Deliveries to the app: signed HTTP requests, or envelopes when a socket is connected. */
import { createHmac } from 'node:crypto'
import { isObject, type JsonObject } from './check.ts'
import type { Retry, Sockets } from './socket-mode.ts'

export type DeliveryKind = 'interactive' | 'slash_commands' | 'events_api'

/** How the app answered. Status 0: it did not (in time); the body then says how: `operation_timeout`, `dispatch_failed`. */
export type Delivery = { readonly status: number; readonly body: string }

/** Slack gives up on an answer after three seconds. */
const answerWithinMs = 3000

export type DeliveriesOptions = {
  readonly sockets: Sockets
  readonly signingSecret: string
  /** ms; the clock that signs. */
  readonly signedAt: () => number
  readonly requestUrl: () => string | undefined
}

/** The headers of a signed request (docs.slack.dev/authentication/verifying-requests-from-slack); `timestamp` in seconds. */
export function signHeaders(secret: string, body: string, timestamp: number): Readonly<Record<string, string>> {
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  return { 'x-slack-request-timestamp': String(timestamp), 'x-slack-signature': `v0=${digest}` }
}

export function createDeliveries(options: DeliveriesOptions) {
  const { sockets } = options
  const copies = { left: 0 }
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const json = { 'content-type': 'application/json' }

  const sendRaw = async (body: string, headers: Readonly<Record<string, string>>): Promise<Delivery> => {
    const url = options.requestUrl()
    if (url === undefined) return { status: 0, body: 'dispatch_failed' }
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'user-agent': 'Slackbot 1.0 (local workspace)', ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(answerWithinMs),
      })
      return { status: response.status, body: await response.text() }
    } catch (error) {
      const late = error instanceof Error && error.name === 'TimeoutError'
      return { status: 0, body: late ? 'operation_timeout' : 'dispatch_failed' }
    }
  }

  const send = async (kind: DeliveryKind, payload: JsonObject, retry?: Retry): Promise<Delivery> => {
    const times = copies.left > 0 ? 2 : 1
    if (copies.left > 0) copies.left -= 1
    if (sockets.connected()) return sockets.send(kind, payload, times, retry)
    const body = bodyOf(kind, payload)
    const headers = {
      ...(kind === 'events_api' ? json : form),
      ...signHeaders(options.signingSecret, body, Math.floor(options.signedAt() / 1000)),
      ...(retry === undefined
        ? {}
        : { 'x-slack-retry-num': String(retry.attempt), 'x-slack-retry-reason': retry.reason }),
    }
    const [first] = await Promise.all(Array.from({ length: times }, () => sendRaw(body, headers)))
    return first ?? { status: 0, body: 'dispatch_failed' }
  }

  return {
    sendRaw,
    send: (kind: 'interactive' | 'slash_commands', payload: JsonObject): Promise<Delivery> => send(kind, payload),

    /** Sends an event; one that was not taken is sent once more, at once, under the same event id. */
    event: async (payload: JsonObject): Promise<Delivery> => {
      const first = await send('events_api', payload)
      if (first.status >= 200 && first.status < 300) return first
      const reason =
        first.body === 'operation_timeout' ? 'http_timeout' : first.status === 0 ? 'connection_failed' : 'http_error'
      return send('events_api', payload, { attempt: 1, reason: sockets.connected() ? 'timeout' : reason })
    },

    /** Each of the next `times` deliveries arrives twice, the same to the last byte. */
    repeatNext: (times: number): void => {
      copies.left += times
    },
    sign: (body: string, timestamp?: number): Readonly<Record<string, string>> =>
      signHeaders(options.signingSecret, body, timestamp ?? Math.floor(options.signedAt() / 1000)),
  }
}

function bodyOf(kind: DeliveryKind, payload: JsonObject): string {
  switch (kind) {
    case 'interactive':
      return new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
    case 'slash_commands':
      return new URLSearchParams(
        Object.entries(payload).map(([key, value]): [string, string] => [key, String(value)]),
      ).toString()
    case 'events_api':
      return JSON.stringify(payload)
  }
}

/** The JSON object that an answer carries, or undefined. */
export function readAnswer(delivery: Delivery): JsonObject | undefined {
  if (delivery.status < 200 || delivery.status > 299) return undefined
  try {
    const value = JSON.parse(delivery.body) as unknown
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
