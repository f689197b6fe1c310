import type { Database } from 'better-sqlite3'
import { type LimitKey, type LimitUsage, limitEntries } from '../../domain/limits.ts'
import { DAY, type Instant } from '../../domain/time.ts'
import { every, FORGET_EVERY } from './forget.ts'

/** Entries stay at least this long: a policy owner who widens a window must not find it empty. */
const KEPT_AT_LEAST_MS = 7 * DAY

/** The table `usage`: what passed without a person. Belongs inside the transaction that records the decision. */
export function usageWindows(db: Database) {
  // No upper end: what a clock that was turned back has put into the future still counts.
  const used = db.prepare<[string, Instant], number>(`
    SELECT coalesce(sum(amount), 0) FROM usage WHERE key = ? AND at > ?`)
  const add = db.prepare(`
    INSERT INTO usage (key, at, decision_id, amount, kept_until) VALUES (:key, :now, :decision, :amount, :keptUntil)`)
  const forget = db.prepare<[Instant, number]>(`
    DELETE FROM usage WHERE (key, at, decision_id) IN
      (SELECT key, at, decision_id FROM usage WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)`)
  const isTime = every(FORGET_EVERY)

  return {
    /** What each window holds: everything later than `now - windowMs`. */
    read: (keys: readonly LimitKey[], now: Instant): readonly LimitUsage[] =>
      keys.map(({ index, key, windowMs }) => ({ index, used: used.pluck().get(key, now - windowMs) ?? 0 })),
    count: (counted: readonly LimitKey[], decision: string, now: Instant): void => {
      for (const { key, amount, windowMs } of limitEntries(counted)) {
        if (isTime()) forget.run(now, 2 * FORGET_EVERY)
        add.run({ key, now, decision, amount, keptUntil: now + Math.max(windowMs, KEPT_AT_LEAST_MS) })
      }
    },
  }
}
