import type { Clock } from '../app/ports.ts'
import { sha256Hex } from '../domain/digest.ts'
import type { Intent } from '../domain/intent.ts'
import { HOUR, type Instant, MINUTE, SECOND, toIso } from '../domain/time.ts'
import type { HttpPort, HttpReply } from './http-call.ts'
import type { Fate } from './runner.ts'

type Webhook = Extract<Intent, { readonly kind: 'webhook.send' }>

type World = {
  readonly http: Pick<HttpPort, 'call'>
  readonly clock: Clock
  /** Where to send it, and what it is about as that stands now; null: there is nothing to tell any more. */
  readonly load: (webhook: Webhook) => Promise<{ readonly url: string; readonly data: unknown } | null>
  /** `outcome`: `ok`, or why it was not taken. */
  readonly told: (type: Webhook['type'], outcome: string) => void
}

/**
 * How long after a failed try the next one comes. Source: the schedule that Standard Webhooks 1.0 recommends
 * ("Deliverability and reliability"), which gives a receiver three days to come back.
 */
const PLAN = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
/** How long an answer may take. */
export const TIMEOUT_MS = 15 * SECOND
const MOST_REST = 24 * HOUR

/**
 * Tells an agent at its `callback_url` what has become of something: at least once, under the same `webhook-id` on each try.
 * 2xx: taken. 410: the receiver is gone, and nothing more is tried. Anything else is tried again by the plan.
 * @returns a function for one try. @param key names the message. @param tries how often it has failed before
 */
export function createWebhooks({ http, clock, load, told }: World) {
  return async (webhook: Webhook, key: string, tries: number): Promise<Fate> => {
    const loaded = await load(webhook)
    if (loaded === null) return { kind: 'done' }
    const { type, at } = webhook
    const reply = await http.call({
      url: loaded.url,
      body: { type, timestamp: toIso(at), data: loaded.data },
      id: messageId(key),
      headers: {},
      timeoutMs: TIMEOUT_MS,
    })
    told(type, outcomeOf(reply))
    return fateBy(reply, tries, clock())
  }
}

/** What becomes by the plan of what a system was told. @param tries how often it has failed before */
export function fateBy(reply: HttpReply, tries: number, now: Instant): Fate {
  const outcome = outcomeOf(reply)
  if (outcome === 'ok') return { kind: 'done' }
  const delay = outcome === 'http_410' ? undefined : PLAN[tries]
  if (delay === undefined) return { kind: 'given_up', error: outcome }
  const wished = reply.kind === 'answered' ? (reply.retryAfterMs ?? 0) : 0
  return { kind: 'again', at: now + Math.max(delay, Math.min(wished, MOST_REST)), error: outcome }
}

/** The same on each try. @param key names what is sent */
export function messageId(key: string): string {
  return `msg_${sha256Hex(key).slice(0, 32)}`
}

function outcomeOf(reply: HttpReply): string {
  switch (reply.kind) {
    case 'answered':
      return reply.status >= 200 && reply.status < 300 ? 'ok' : `http_${reply.status}`
    case 'not_allowed':
      return 'address_not_allowed'
    case 'no_answer':
      return reply.error
  }
}
