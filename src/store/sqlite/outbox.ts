import type { Database } from 'better-sqlite3'
import type { OutboxRow } from '../../app/ports.ts'
import { type Intent, intentKey } from '../../domain/intent.ts'
import type { Instant } from '../../domain/time.ts'

type Row = Omit<OutboxRow, 'intent'> & { readonly intent: string }

/** The table `outbox`. `add`, `done` and `failed` belong inside a transaction. */
export function outbox(db: Database) {
  // Asking again for a card makes it current once more, a dead letter included; a notice is posted once, ever.
  // One that is due already keeps its place: a busy decision must not move to the end of the line each time.
  const add = db.prepare(`
    INSERT INTO outbox (key, kind, intent, generation, attempts, state, due_at)
    VALUES (:key, :kind, :intent, 1, 0, 'waiting', :now)
    ON CONFLICT (key) DO UPDATE SET generation = generation + 1, attempts = 0, state = 'waiting', error = NULL,
      due_at = coalesce(min(due_at, excluded.due_at), excluded.due_at)
    WHERE kind = 'card.sync'`)
  const due = db.prepare<[Instant, number], Row>(`
    SELECT key, intent, generation, attempts FROM outbox
    WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, seq LIMIT ?`)
  const next = db.prepare<[], Instant | null>(`SELECT min(due_at) FROM outbox WHERE due_at IS NOT NULL`)
  const finishCard = db.prepare(`
    DELETE FROM outbox WHERE key = :key AND generation = :generation AND kind = 'card.sync'`)
  const finishNotice = db.prepare(`
    UPDATE outbox SET state = 'done', due_at = NULL, done_at = :now, error = NULL
    WHERE key = :key AND generation = :generation AND kind = 'notice.post'`)
  const fail = db.prepare(`
    UPDATE outbox SET attempts = attempts + 1, error = :error, due_at = :retryAt,
      state = CASE WHEN :retryAt IS NULL THEN 'dead' ELSE 'waiting' END
    WHERE key = :key AND generation = :generation AND state = 'waiting'`)

  return {
    add: (intents: readonly Intent[], now: Instant): void => {
      for (const intent of intents)
        add.run({ key: intentKey(intent), kind: intent.kind, intent: JSON.stringify(intent), now })
    },
    due: (now: Instant, limit: number): readonly OutboxRow[] => due.all(now, limit).map(unpack),
    nextAt: (): Instant | null => next.pluck().get() ?? null,
    done: ({ key, intent, generation }: OutboxRow, now: Instant): void => {
      switch (intent.kind) {
        case 'card.sync':
          finishCard.run({ key, generation })
          return
        case 'notice.post':
          finishNotice.run({ key, generation, now })
      }
    },
    failed: ({ key, generation }: OutboxRow, retryAt: Instant | null, error: string): void => {
      fail.run({ key, generation, retryAt, error })
    },
  }
}

function unpack(row: Row): OutboxRow {
  const intent: Intent = JSON.parse(row.intent)
  return { ...row, intent }
}
