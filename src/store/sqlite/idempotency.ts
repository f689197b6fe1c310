import type { Database } from 'better-sqlite3'
import type { Idempotency } from '../../app/ports.ts'
import { DAY, type Instant } from '../../domain/time.ts'
import { every, FORGET_EVERY } from './forget.ts'
import type { Step } from './step.ts'

/** How long a key still means the write it came with. */
export const KEPT_MS = 7 * DAY

const RECORD = `
  INSERT INTO idempotency (api_key, key, body_hash, decision_id, created_at)
  VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (api_key, key) DO UPDATE SET
    body_hash = excluded.body_hash, decision_id = excluded.decision_id, created_at = excluded.created_at`
const FORGET = `
  DELETE FROM idempotency WHERE (api_key, key) IN
    (SELECT api_key, key FROM idempotency WHERE created_at <= ? ORDER BY created_at LIMIT ?)`

/** Which writes came before, and what they wrote: new decisions and workflows carry their key, others have the table `idempotency`. Belongs inside a transaction. */
export function idempotencyRecords(db: Database) {
  const find = db.prepare<
    [string, string, string, string, string, string],
    { bodyHash: string; decision: string; at: Instant }
  >(`
    SELECT body_hash AS bodyHash, id AS decision, created_at AS at FROM decisions WHERE api_key = ? AND idempotency_key = ?
    UNION ALL
    SELECT body_hash, decision_id, created_at FROM idempotency WHERE api_key = ? AND key = ?
    UNION ALL
    SELECT body_hash, id, created_at FROM workflows WHERE api_key = ? AND idempotency_key = ?
    LIMIT 1`)
  const givingUp = [
    db.prepare<[string, string]>(
      `UPDATE decisions SET idempotency_key = NULL WHERE api_key = ? AND idempotency_key = ?`,
    ),
    db.prepare<[string, string]>(
      `UPDATE workflows SET idempotency_key = NULL WHERE api_key = ? AND idempotency_key = ?`,
    ),
  ]

  return {
    /** Whether this write was made before, and on which decision; another body under the same key is a mismatch. */
    check: (
      { apiKey, key, bodyHash }: Idempotency,
      now: Instant,
    ): { readonly replayed: string } | 'mismatch' | null => {
      const found = find.get(apiKey, key, apiKey, key, apiKey, key)
      if (found === undefined) return null
      if (found.at <= now - KEPT_MS) {
        for (const giveUp of givingUp) giveUp.run(apiKey, key)
        return null
      }
      return found.bodyHash === bodyHash ? { replayed: found.decision } : 'mismatch'
    },
  }
}

/** @returns what records the key of a write to a decision that was there before */
export function idempotencySteps() {
  const isTime = every(FORGET_EVERY)
  return ({ apiKey, key, bodyHash }: Idempotency, decision: string, now: Instant): readonly Step[] => [
    ...(isTime() ? [[FORGET, now - KEPT_MS, 2 * FORGET_EVERY] as const] : []),
    [RECORD, apiKey, key, bodyHash, decision, now],
  ]
}
