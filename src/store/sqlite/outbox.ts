import type { Database } from 'better-sqlite3'
import type { Delivery, OutboxRow } from '../../app/ports.ts'
import type { FreezeSubject } from '../../domain/freeze.ts'
import { type Intent, intentKey, type Lane, laneOf, sendAt } from '../../domain/intent.ts'
import type { Instant } from '../../domain/time.ts'
import { forgetSteps } from './alerts.ts'
import { coveredBy } from './freezes.ts'
import type { Step } from './step.ts'

type Listed = Delivery & { readonly seq: number }
type Row = Omit<OutboxRow, 'intent'> & { readonly intent: string }

// Asking again for a card makes it current once more, a dead letter included; a notice is posted once, ever.
// One that is due already keeps its place: a busy decision must not move to the end of the line each time.
const AGAIN = `
  ON CONFLICT (key) DO UPDATE SET generation = generation + 1, attempts = 0, state = 'waiting', error = NULL,
    due_at = coalesce(min(due_at, excluded.due_at), excluded.due_at)
  WHERE kind <> 'notice.post'`
const COLUMNS = `key, kind, lane, intent, generation, attempts, state, due_at`
const ADD = `
  INSERT INTO outbox (${COLUMNS}) VALUES (?, ?, ?, ?, 1, 0, 'waiting', ?) ${AGAIN}`
const FINISH_SYNC = `DELETE FROM outbox WHERE key = ? AND generation = ? AND kind <> 'notice.post'`
// Its key is all that is asked for later; what it said may have been somebody's words.
const FINISH_NOTICE = `
  UPDATE outbox SET state = 'done', intent = '{}', due_at = NULL, done_at = ?, error = NULL
  WHERE key = ? AND generation = ? AND kind = 'notice.post'`
const FAIL = `
  UPDATE outbox SET attempts = attempts + 1, error = ?, due_at = ?, state = ?
  WHERE key = ? AND generation = ? AND state = 'waiting'`

// Cards that are on their way without any trouble are no news.
const WATCHED = `(attempts > 0 OR kind IN ('webhook.send', 'rollback.call', 'clarify.call', 'root.send'))`
const LISTED = 'seq, key, kind, due_at AS dueAt, attempts, error'
const REPLAY = `
  UPDATE outbox SET state = 'waiting', due_at = ?, attempts = 0, error = NULL, generation = generation + 1
  WHERE key = ? AND state IN ('dead', 'waiting')`

/** The table `outbox`. */
export function outbox(db: Database) {
  const due = db.prepare<[Lane, Instant, number], Row>(`
    SELECT key, intent, generation, attempts FROM outbox
    WHERE lane = ? AND due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, seq LIMIT ?`)
  const next = db.prepare<[Lane, Instant], Instant | null>(`
    SELECT min(due_at) FROM outbox WHERE lane = ? AND due_at IS NOT NULL AND due_at > ?`)

  const given = db.prepare<[number], Listed>(`SELECT ${LISTED} FROM outbox WHERE state = 'dead' ORDER BY seq LIMIT ?`)
  const waiting = db.prepare<[], Listed>(`SELECT ${LISTED} FROM outbox WHERE due_at IS NOT NULL AND ${WATCHED}`)
  const dead = db.prepare<[], string>(`SELECT key FROM outbox WHERE state = 'dead' ORDER BY seq`).pluck()
  const open = db.prepare<[string], string>(`SELECT key FROM outbox WHERE key = ? AND state <> 'done'`).pluck()

  return {
    deliveries: (limit: number): readonly Delivery[] =>
      [...given.all(limit), ...waiting.all()]
        .toSorted((a, b) => a.seq - b.seq)
        .slice(0, limit)
        .map(({ key, kind, dueAt, attempts, error }) => ({ key, kind, dueAt, attempts, error })),
    /** Of these keys those that can be queued again; null: of all that were given up. */
    replayable: (keys: readonly string[] | null): readonly string[] =>
      keys === null ? dead.all() : [...new Set(keys)].filter((key) => open.get(key) !== undefined),
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

/** Every card and copy of the open decisions that the subject covers, whichever they are when this is written. */
export function coveredSteps(subject: FreezeSubject, now: Instant): readonly Step[] {
  const { sql, values } = coveredBy(subject)
  return (['card.sync', 'copies.sync'] as const).map(
    (kind): Step => [
      `INSERT INTO outbox (${COLUMNS})
    SELECT '${kind} ' || id, '${kind}', ?, json_object('kind', '${kind}', 'decision', id), 1, 0, 'waiting', ?
    FROM decisions WHERE ${sql} ORDER BY deadline_at, id ${AGAIN}`,
      laneOf({ kind, decision: '' }),
      now,
      ...values,
    ],
  )
}

/** No message tells any more what was written of a decision. What was told already is kept nowhere. */
export function eraseNoticeSteps(decision: string): readonly Step[] {
  return ["state = 'dead'", 'due_at IS NOT NULL'].map(
    (untold): Step => [
      `DELETE FROM outbox WHERE ${untold} AND kind = 'notice.post' AND intent ->> '$.notice.decision' = ?`,
      decision,
    ],
  )
}

/** Every suspended workflow looks whether it may go on. */
export function suspendedStep(now: Instant): Step {
  const kind = 'workflow.advance'
  return [
    `INSERT INTO outbox (${COLUMNS})
    SELECT '${kind} ' || id, '${kind}', ?, json_object('kind', '${kind}', 'workflow', id), 1, 0, 'waiting', ?
    FROM workflows WHERE status = 'suspended' ${AGAIN}`,
    laneOf({ kind, workflow: '' }),
    now,
  ]
}

export function doneSteps({ key, intent, generation }: OutboxRow, now: Instant): readonly Step[] {
  switch (intent.kind) {
    case 'card.sync':
    case 'copies.sync':
    case 'workflow.sync':
    case 'unknown.sync':
    case 'audit.sync':
    case 'workflow.advance':
    case 'workflow.halt':
    case 'executor.call':
    case 'webhook.send':
    case 'root.send':
    case 'rollback.call':
    case 'clarify.call':
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

export function replaySteps(keys: readonly string[], now: Instant): readonly Step[] {
  return keys.map((key) => [REPLAY, now, key])
}

function unpack(row: Row): OutboxRow {
  const intent: Intent = JSON.parse(row.intent)
  return { ...row, intent }
}
