import type { Clock } from '../app/ports.ts'
import { SECOND } from '../domain/time.ts'
import { type Refusal, refuse } from './answer.ts'

/** How often each API key may call, and which keys have called too often just now. */
export type RateLimit = {
  /**
   * Counts a request of a key. Only for one that has proven its secret: whoever knows just a key's id must not be able to
   * use up what its agent may send.
   * @param authorization the whole header that proved it
   * @returns false: it is one too many
   */
  readonly take: (apiKey: string, authorization: string) => boolean
  /** Is this header, proven already, over its limit still? Costs a look into a map that is mostly empty. */
  readonly isOver: (authorization: string | undefined) => boolean
}

type Window = { startedAt: number; taken: number; authorization: string | null }

/**
 * Windows of a second, each beginning with a key's first request in it. Across the edge of two of them a key may send
 * twice as much within one second, and no more than that.
 *
 * Not by a library: those tried (rate-limiter-flexible, limiter) are fast enough, too, at 0.2 to 0.5 µs, but read the clock
 * themselves and would replace the counting alone, which is the smaller half.
 */
export function createRateLimit(perSecond: number, clock: Clock): RateLimit {
  const windows = new Map<string, Window>()
  /** At most one header for each key, so that spelling it in many ways does not fill the memory. */
  const over = new Map<string, Window>()

  return {
    take: (apiKey, authorization) => {
      const now = clock()
      const window = windows.get(apiKey)
      if (window === undefined || !isOpen(window, now)) {
        forget(window)
        windows.set(apiKey, { startedAt: now, taken: 1, authorization: null })
        return true
      }
      window.taken += 1
      if (window.taken <= perSecond) return true
      forget(window)
      window.authorization = authorization
      over.set(authorization, window)
      return false
    },

    isOver: (authorization) => {
      if (over.size === 0 || authorization === undefined) return false
      const window = over.get(authorization)
      if (window === undefined) return false
      if (isOpen(window, clock())) return true
      forget(window)
      return false
    },
  }

  function forget(window: Window | undefined): void {
    if (window !== undefined && window.authorization !== null) over.delete(window.authorization)
  }
}

/** The refusal of a request that is one too many, with the two headers of draft-ietf-httpapi-ratelimit-headers-10. */
export function rateLimited(perSecond: number): Refusal {
  return refuse(
    'rate_limited',
    `This API key may send ${perSecond} requests a second, and has sent more. Nothing was recorded; please wait for the seconds in Retry-After and send the request again.`,
    [],
    { 'retry-after': '1', 'ratelimit-policy': `"key";q=${perSecond};w=1`, ratelimit: '"key";r=0;t=1' },
  )
}

/** A window that begins later than now was opened before the clock was set back: it would last too long. */
function isOpen({ startedAt }: Window, now: number): boolean {
  return now >= startedAt && now < startedAt + SECOND
}
