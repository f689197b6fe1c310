import type { Database } from 'better-sqlite3'
import type { Idempotency } from '../../app/ports.ts'
import { DAY, type Instant } from '../../domain/time.ts'

/** How long a key still means the write it came with. */
const KEPT_MS = 7 * DAY

/** The table `idempotency`: which writes came before, and what they wrote. Belongs inside a transaction. */
export function idempotencyRecords(db: Database) {
  const find = db.prepare<[string, string, Instant], { bodyHash: string; decision: string }>(`
    SELECT body_hash AS bodyHash, decision_id AS decision FROM idempotency
    WHERE api_key = ? AND key = ? AND created_at > ?`)
  const record = db.prepare(`
    INSERT INTO idempotency (api_key, key, body_hash, decision_id, created_at)
    VALUES (:apiKey, :key, :bodyHash, :decision, :now)
    ON CONFLICT (api_key, key) DO UPDATE SET
      body_hash = excluded.body_hash, decision_id = excluded.decision_id, created_at = excluded.created_at`)
  const forget = db.prepare<[Instant]>(`
    DELETE FROM idempotency WHERE (api_key, key) IN
      (SELECT api_key, key FROM idempotency WHERE created_at <= ? ORDER BY created_at LIMIT 2)`)

  return {
    /** Whether this write was made before, and on which decision; another body under the same key is a mismatch. */
    check: (
      { apiKey, key, bodyHash }: Idempotency,
      now: Instant,
    ): { readonly decision: string } | 'mismatch' | null => {
      const found = find.get(apiKey, key, now - KEPT_MS)
      if (found === undefined) return null
      return found.bodyHash === bodyHash ? { decision: found.decision } : 'mismatch'
    },
    record: (idempotency: Idempotency, decision: string, now: Instant): void => {
      // Two old ones go for each new one: the table shrinks again without any write having to wait for a clean-up.
      forget.run(now - KEPT_MS)
      record.run({ ...idempotency, decision, now })
    },
  }
}
