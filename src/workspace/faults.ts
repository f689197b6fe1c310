/** Failures on order, and Slack's rate limits when they are switched on. */
import type { JsonObject } from './check.ts'
import { readString } from './reply.ts'

export type Fault = {
  /** A Web API method, or `response_url`; every one when left out. */
  readonly method?: string
  readonly kind: 'rate_limited' | 'error_500' | 'no_answer' | 'reset_after_accept' | 'reset' | 'slack_error'
  /** For `slack_error`; `internal_error` when left out. */
  readonly error?: string
  /** Whole seconds, for `rate_limited`. */
  readonly retryAfter?: number
  /** How many matching calls fail; 1 when left out. */
  readonly times?: number
}

/** Failures wait in the order in which they were asked for; `next` takes one that fits the method. */
export function createFaults() {
  const waiting: { readonly fault: Fault; left: number }[] = []
  return {
    add: (fault: Fault): void => void waiting.push({ fault, left: fault.times ?? 1 }),
    next: (method: string): Fault | undefined => {
      const index = waiting.findIndex(({ fault }) => fault.method === undefined || fault.method === method)
      const found = waiting[index]
      if (found === undefined) return undefined
      found.left -= 1
      if (found.left <= 0) waiting.splice(index, 1)
      return found.fault
    },
  }
}

/**
 * Seconds to wait before a call may be repeated, or undefined when it may go. Off until switched on.
 * Posting: one message a second and channel, no burst. Other methods: their tier's calls in any 60 seconds.
 */
export function createPace(now: () => number) {
  const state = { on: false }
  const taken = new Map<string, number[]>()
  const windowed = (key: string, most: number, windowMs: number): number | undefined => {
    const at = now()
    const recent = (taken.get(key) ?? []).filter((each) => at - each < windowMs)
    const first = recent.at(-most)
    if (first !== undefined) {
      taken.set(key, recent)
      return Math.max(1, Math.ceil((first + windowMs - at) / 1000))
    }
    taken.set(key, [...recent, at])
    return undefined
  }
  return {
    switch: (on: boolean): void => {
      state.on = on
      taken.clear()
    },
    wait: (method: string, pace: number | 'post', args: JsonObject): number | undefined => {
      if (!state.on) return undefined
      if (pace === 'post') return windowed(`post ${readString(args, 'channel') ?? ''}`, 1, 1000)
      return windowed(method, pace, 60_000)
    },
  }
}
