import type { Clock } from '../app/ports.ts'
import type { Intent } from '../domain/intent.ts'
import type { Instant } from '../domain/time.ts'
import { type Answer, codeOf, type Failure } from './failure.ts'
import type { Outage } from './outage.ts'
import type { Pace, SlackMethod } from './pace.ts'

/** Why a call gave nothing. `wait`: it was too early for it, which is nobody's failure. */
export type Trouble =
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'wait'; readonly until: Instant }

export type Asked<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly trouble: Trouble }

export type DeliveryMetrics = {
  /** `outcome`: `ok` or the code of the failure. */
  readonly called: (method: SlackMethod, outcome: string, ms: number) => void
  readonly deadLetter: (kind: Intent['kind']) => void
}

/** Calls Slack within its limits. Never rejects. */
export type Ask = {
  /** When this call could go out; now or earlier: at once. */
  readonly freeAt: (method: SlackMethod, channel: string) => Instant
  /** Slack could not be reached by another way. */
  readonly unreachable: () => void
  readonly call: <T>(method: SlackMethod, channel: string, run: () => Promise<Answer<T>>) => Promise<Asked<T>>
}

const MESSAGES: ReadonlySet<SlackMethod> = new Set(['chat.postMessage', 'chat.update'])

/** @param weather is told when Slack stops and starts answering */
export function createAsk(
  pace: Pace,
  outage: Outage,
  clock: Clock,
  metrics: DeliveryMetrics,
  weather: (down: boolean) => void,
): Ask {
  const freeAt = (method: SlackMethod, channel: string) => {
    const methodFree = pace.methodFreeAt(method, channel)
    return MESSAGES.has(method) ? Math.max(methodFree, pace.channelFreeAt(channel)) : methodFree
  }

  async function call<T>(method: SlackMethod, channel: string, run: () => Promise<Answer<T>>): Promise<Asked<T>> {
    const startedAt = clock()
    const free = freeAt(method, channel)
    if (free > startedAt) return { ok: false, trouble: { kind: 'wait', until: free } }
    pace.began(method, channel)
    const answer = await run()
    const now = clock()
    pace.ended(method, channel)
    metrics.called(method, answer.ok ? 'ok' : codeOf(answer.failure), now - startedAt)
    const unanswered = !answer.ok && (answer.failure.kind === 'ambiguous' || answer.failure.kind === 'not_sent')
    if (unanswered ? outage.silent(now) : outage.answered()) weather(unanswered)
    if (answer.ok) return answer
    const { failure } = answer
    if (failure.kind !== 'rate_limited') return { ok: false, trouble: { kind: 'failed', failure } }
    return { ok: false, trouble: { kind: 'wait', until: pace.limited(method, channel, failure.retryAfterMs) } }
  }

  return {
    freeAt,
    call,
    unreachable: () => {
      if (outage.silent(clock())) weather(true)
    },
  }
}
