import type { Database } from 'better-sqlite3'
import type { OutboxRow } from '../../app/ports.ts'
import { type Intent, intentKey, type Lane, laneOf, sendAt } from '../../domain/intent.ts'
import type { Instant } from '../../domain/time.ts'
import { forgetSteps } from './alerts.ts'
import type { Step } from './step.ts'

type Row = Omit<OutboxRow, 'intent'> & { readonly intent: string }

// Asking again for a card makes it current once more, a dead letter included; a notice is posted once, ever.
// One that is due already keeps its place: a busy decision must not move to the end of the line each time.
const ADD = `
  INSERT INTO outbox (key, kind, lane, intent, generation, attempts, state, due_at)
  VALUES (?, ?, ?, ?, 1, 0, 'waiting', ?)
  ON CONFLICT (key) DO UPDATE SET generation = generation + 1, attempts = 0, state = 'waiting', error = NULL,
    due_at = coalesce(min(due_at, excluded.due_at), excluded.due_at)
  WHERE kind <> 'notice.post'`
const FINISH_SYNC = `DELETE FROM outbox WHERE key = ? AND generation = ? AND kind <> 'notice.post'`
const FINISH_NOTICE = `
  UPDATE outbox SET state = 'done', due_at = NULL, done_at = ?, error = NULL
  WHERE key = ? AND generation = ? AND kind = 'notice.post'`
const FAIL = `
  UPDATE outbox SET attempts = attempts + 1, error = ?, due_at = ?, state = ?
  WHERE key = ? AND generation = ? AND state = 'waiting'`

/** The table `outbox`. */
export function outbox(db: Database) {
  const due = db.prepare<[Lane, Instant, number], Row>(`
    SELECT key, intent, generation, attempts FROM outbox
    WHERE lane = ? AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, seq LIMIT ?`)
  const next = db.prepare<[Lane, Instant], Instant | null>(`
    SELECT min(due_at) FROM outbox WHERE lane = ? AND due_at IS NOT NULL AND due_at > ?`)

  return {
    due: (lane: Lane, now: Instant, limit: number): readonly OutboxRow[] => due.all(lane, now, limit).map(unpack),
    nextAt: (lane: Lane, now: Instant): Instant | null => next.pluck().get(lane, now) ?? null,
  }
}

export function intentSteps(intents: readonly Intent[], now: Instant): readonly Step[] {
  return intents.map((intent) => [
    ADD,
    intentKey(intent),
    intent.kind,
    laneOf(intent),
    JSON.stringify(intent),
    sendAt(intent, now),
  ])
}

export function doneSteps({ key, intent, generation }: OutboxRow, now: Instant): readonly Step[] {
  switch (intent.kind) {
    case 'card.sync':
    case 'copies.sync':
    case 'workflow.sync':
    case 'unknown.sync':
    case 'workflow.advance':
    case 'workflow.halt':
    case 'executor.call':
    case 'webhook.send':
    case 'rollback.call':
      return [[FINISH_SYNC, key, generation]]
    case 'notice.post':
      return [[FINISH_NOTICE, now, key, generation]]
    case 'alerts.post':
      return [[FINISH_SYNC, key, generation], ...forgetSteps(now)]
  }
}

export function failedStep({ key, generation }: OutboxRow, retryAt: Instant | null, error: string): Step {
  return [FAIL, error, retryAt, retryAt === null ? 'dead' : 'waiting', key, generation]
}

function unpack(row: Row): OutboxRow {
  const intent: Intent = JSON.parse(row.intent)
  return { ...row, intent }
}
