import { WebAPIRateLimitedError } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Clock } from '../app/ports.ts'
import { HOUR, SECOND } from '../domain/time.ts'
import { inTime } from './in-time.ts'
import { refusedWith } from './refused.ts'

/** What is known of these people; who is missing could not be looked at in time. Never rejects. */
export type Looks<T> = (users: readonly string[]) => Promise<ReadonlyMap<string, T>>

type Options<T> = {
  readonly clock: Clock
  readonly log: Logger
  /** Asks Slack about some people. */
  readonly ask: (users: readonly string[]) => Promise<ReadonlyMap<string, T>>
  readonly ttlMs: number
  /** How many people one call can ask about. */
  readonly perCall: number
  /** Who would need yet another call is looked at another time. */
  readonly callsAtOnce: number
  /** Told, once, when the app may not ask. */
  readonly withoutScope: string
}

// Whoever waits for a hint waits to be asked at all.
const WAIT_MS = 2 * SECOND

/**
 * Hints that Slack gives about people, remembered for a while. They are never waited for long: an answer that comes late
 * counts the next time.
 */
export function createLooks<T>(options: Options<T>): Looks<T> {
  const { clock, log, ask, ttlMs, perCall, callsAtOnce, withoutScope } = options
  const known = new Map<string, { readonly value: T; readonly until: number }>()
  const underWay = new Map<string, Promise<void>>()
  let calls = 0
  let silentUntil = 0
  let warned = false

  const fresh = (user: string): readonly (readonly [string, T])[] => {
    const seen = known.get(user)
    return seen !== undefined && clock() < seen.until ? [[user, seen.value]] : []
  }

  async function look(users: readonly string[]): Promise<void> {
    calls += 1
    try {
      for (const [user, value] of await ask(users)) known.set(user, { value, until: clock() + ttlMs })
    } catch (error) {
      onRefusal(error)
    } finally {
      calls -= 1
      for (const user of users) underWay.delete(user)
    }
  }

  function onRefusal(error: unknown): void {
    if (error instanceof WebAPIRateLimitedError) silentUntil = clock() + error.retryAfter * SECOND
    if (!refusedWith(error, 'missing_scope')) return log.debug({ err: error }, 'Slack gave no hint about people')
    silentUntil = clock() + HOUR
    if (!warned) log.warn(withoutScope)
    warned = true
  }

  return async (users) => {
    const due = users.filter((user) => !underWay.has(user) && fresh(user).length === 0)
    while (due.length > 0 && calls < callsAtOnce && clock() >= silentUntil) {
      const some = due.splice(0, perCall)
      const looking = look(some)
      for (const user of some) underWay.set(user, looking)
    }
    await inTime(Promise.all(users.flatMap((user) => underWay.get(user) ?? [])), WAIT_MS)
    return new Map(users.flatMap(fresh))
  }
}
