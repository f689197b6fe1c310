import type { Database } from 'better-sqlite3'
import { type LimitEntry, type LimitKey, type LimitUsage, limitEntries } from '../../domain/limits.ts'
import { DAY, type Instant } from '../../domain/time.ts'
import { every, FORGET_EVERY } from './forget.ts'
import type { Step } from './step.ts'

/** Entries stay at least this long: a policy owner who widens a window must not find it empty. */
const KEPT_AT_LEAST_MS = 7 * DAY

const ADD = `INSERT INTO usage (key, at, decision_id, amount, kept_until) VALUES (?, ?, ?, ?, ?)`
const FORGET = `
  DELETE FROM usage WHERE (key, at, decision_id) IN
    (SELECT key, at, decision_id FROM usage WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)`

/** What one decision adds to the windows. */
export type Counting = {
  readonly steps: readonly Step[]
  /** To be called when it is known whether the steps were committed. */
  readonly settled: () => void
}

/**
 * The table `usage`, and what is on its way there: what passed without a person. An entry that is being committed may be
 * seen twice for a moment, which is stricter than the limit; it is never seen not at all, so that two decisions at once
 * cannot both slip under a cap.
 */
export function usageWindows(db: Database) {
  // No upper end: what a clock that was turned back has put into the future still counts.
  const used = db
    .prepare<[string, Instant], number>(`SELECT coalesce(sum(amount), 0) FROM usage WHERE key = ? AND at > ?`)
    .pluck()
  const onTheirWay = new Map<string, Set<{ readonly at: Instant; readonly amount: number }>>()
  const isTime = every(FORGET_EVERY)

  const onItsWay = (key: string, since: Instant): number => {
    let sum = 0
    for (const { at, amount } of onTheirWay.get(key) ?? []) if (at > since) sum += amount
    return sum
  }

  const announce = ({ key, amount }: LimitEntry, at: Instant): (() => void) => {
    const entry = { at, amount }
    const entries = onTheirWay.get(key) ?? new Set()
    onTheirWay.set(key, entries.add(entry))
    return () => {
      entries.delete(entry)
      if (entries.size === 0) onTheirWay.delete(key)
    }
  }

  return {
    /** What each window holds: everything later than `now - windowMs`. */
    read: (keys: readonly LimitKey[], now: Instant): readonly LimitUsage[] =>
      keys.map(({ index, key, windowMs }) => {
        const since = now - windowMs
        return { index, used: (used.get(key, since) ?? 0) + onItsWay(key, since) }
      }),
    count: (counted: readonly LimitKey[], decision: string, now: Instant): Counting => {
      const entries = limitEntries(counted)
      const steps = entries.flatMap(({ key, amount, windowMs }): readonly Step[] => [
        ...(isTime() ? [[FORGET, now, 2 * FORGET_EVERY] as const] : []),
        [ADD, key, now, decision, amount, now + Math.max(windowMs, KEPT_AT_LEAST_MS)],
      ])
      const undo = entries.map((entry) => announce(entry, now))
      return {
        steps,
        settled: () => {
          for (const each of undo) each()
        },
      }
    },
  }
}
