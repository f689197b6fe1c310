import type { Logger } from 'pino'
import type { Clock, OutboxRow, Store } from '../app/ports.ts'
import { type Instant, SECOND } from '../domain/time.ts'
import { backoffMs, type Chance } from './backoff.ts'
import type { SetTimer } from './worker.ts'

/** What becomes of an intent after one try. */
export type Fate =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly at: Instant; readonly error: string }
  | { readonly kind: 'given_up'; readonly error: string }

export type Runner = {
  /** The outbox has something new. */
  readonly wake: () => void
  /** Does everything that may be done at this instant; resolves when only time brings more. Rejects never. */
  readonly drain: () => Promise<void>
  readonly nextAt: () => Instant | null
  readonly start: () => void
  /** Begins nothing more and finishes what is under way. */
  readonly stop: () => Promise<void>
}

type World = {
  readonly store: Pick<Store, 'dueIntents' | 'nextIntentAt' | 'intentDone' | 'intentFailed'>
  readonly clock: Clock
  readonly random: Chance
  readonly setTimer: SetTimer
  readonly log: Pick<Logger, 'warn' | 'error'>
  /** One try. A rejection is a fault of ours or of the disk: it is tried again. */
  readonly attempt: (row: OutboxRow) => Promise<Fate>
  /** Told of what is given up, before it is. */
  readonly deadLetter: (row: OutboxRow, error: string) => Promise<void>
}

/** How many other systems are talked to at once. A system that hangs holds one of them until its time is up. */
const CONCURRENCY = 64
const READ_AHEAD = 200
const SAFETY_POLL = 30 * SECOND

/**
 * Does what the outbox says of other systems and of workflows: each intent one at a time, none waiting for another. All that
 * must survive a restart is in the store.
 */
export function createRunner({ store, clock, random, setTimer, log, attempt, deadLetter }: World): Runner {
  const underWay = new Set<string>()
  let mode: 'idle' | 'started' | 'stopped' = 'idle'
  let stale = false
  let reading = false
  let storeNextAt: Instant | null = null
  let readAt: Instant = Number.NEGATIVE_INFINITY
  let waiters: (() => void)[] = []
  let cancelTimer: () => void = () => undefined

  function proceed(): void {
    const active = mode === 'started' || (mode === 'idle' && waiters.length > 0)
    if (active && stale && !reading && underWay.size < CONCURRENCY) void read()
    arm()
    if (reading || underWay.size > 0 || (active && stale)) return
    for (const resolve of waiters.splice(0)) resolve()
  }

  async function read(): Promise<void> {
    reading = true
    stale = false
    const now = clock()
    readAt = now
    try {
      const rows = await store.dueIntents('systems', now, CONCURRENCY + READ_AHEAD)
      const free = rows.filter(({ key }) => !underWay.has(key))
      for (const row of free.slice(0, CONCURRENCY - underWay.size)) void take(row)
      storeNextAt = await store.nextIntentAt('systems', now)
    } catch (error) {
      log.error({ err: error }, 'The outbox could not be read; trying again')
      storeNextAt = clock() + SECOND
    } finally {
      reading = false
      proceed()
    }
  }

  async function take(row: OutboxRow): Promise<void> {
    underWay.add(row.key)
    try {
      await settle(row, await tried(row))
    } catch (error) {
      log.error({ err: error, intent: row.key }, 'The outbox could not be written; trying again')
      storeNextAt = clock() + SECOND
    } finally {
      underWay.delete(row.key)
      // Asked for again while it was under way, or one of those that found no place.
      stale = true
      proceed()
    }
  }

  async function tried(row: OutboxRow): Promise<Fate> {
    try {
      return await attempt(row)
    } catch (error) {
      log.error({ err: error, intent: row.key }, 'An intent could not be carried out; trying again')
      return { kind: 'again', at: clock() + SECOND + backoffMs(row.attempts, random), error: 'internal' }
    }
  }

  async function settle(row: OutboxRow, fate: Fate): Promise<void> {
    switch (fate.kind) {
      case 'done':
        return store.intentDone(row, clock())
      case 'again':
        log.warn(
          { intent: row.key, error: fate.error, attempt: row.attempts + 1 },
          'Another system did not answer well',
        )
        return store.intentFailed(row, fate.at, fate.error)
      case 'given_up':
        log.error({ intent: row.key, error: fate.error }, 'Given up; `countersign deliveries replay` tries again')
        await deadLetter(row, fate.error)
        return store.intentFailed(row, null, fate.error)
    }
  }

  function nextAt(): Instant | null {
    return stale ? clock() : storeNextAt
  }

  function arm(): void {
    cancelTimer()
    if (mode !== 'started' || reading) return
    const now = clock()
    const at = Math.min(storeNextAt ?? Number.POSITIVE_INFINITY, now + SAFETY_POLL)
    cancelTimer = setTimer(onTimer, Math.max(1, at - now))
  }

  function onTimer(): void {
    const now = clock()
    if ((storeNextAt !== null && storeNextAt <= now) || now - readAt >= SAFETY_POLL) stale = true
    proceed()
  }

  return {
    wake: () => {
      stale = true
      if (mode === 'started') proceed()
    },
    drain: () =>
      new Promise((resolve) => {
        stale = true
        waiters.push(resolve)
        proceed()
      }),
    nextAt,
    start: () => {
      mode = 'started'
      stale = true
      proceed()
    },
    stop: () => {
      mode = 'stopped'
      stale = false
      cancelTimer()
      return new Promise((resolve) => {
        waiters.push(resolve)
        proceed()
      })
    },
  }
}
