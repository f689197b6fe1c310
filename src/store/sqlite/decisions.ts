import type { Database } from 'better-sqlite3'
import type { DecisionFilter, Idempotency, QueueFilter } from '../../app/ports.ts'
import type { AttemptRefused } from '../../domain/attempt.ts'
import { type AuditEntry, appendToChain, type ChainHead, GENESIS } from '../../domain/audit.ts'
import {
  type Approved,
  assigneeOf,
  type Decision,
  type Denied,
  deadlineOf,
  dueAt,
  isWaiting,
  type TimedOut,
  type Waiting,
} from '../../domain/decision.ts'
import type { DecisionEvent } from '../../domain/event.ts'
import type { FreezeSubject } from '../../domain/freeze.ts'
import { firstIdSince } from '../../domain/ids.ts'
import type { Instant } from '../../domain/time.ts'
import { type PackedDecision, packState, unpackAttempt, unpackDecision, unpackEvent } from '../codec.ts'
import { denialSteps } from './asks.ts'
import { coveredBy } from './freezes.ts'
import { loadSteps } from './reviewers.ts'
import type { Step } from './step.ts'

/** A decision with what is needed to write it again. `begun`: as its first event made it. */
export type Loaded = { readonly decision: Decision; readonly begun: Decision; readonly head: ChainHead }

/** The chain of a decision, and what of it people were refused. `manifest`: the digest that its events are recorded under. */
export type Attempts = {
  readonly id: string
  readonly manifest: string
  readonly head: ChainHead
  readonly kept: readonly AttemptRefused[]
}

/** A decision's first event; the later ones have a table of their own. */
type FirstEntry = Pick<AuditEntry, 'record' | 'hash' | 'sealed' | 'salt'>

/** How many of an action there were among the last ones. `oldest`: when the first of those was submitted; null: none was. */
type Passed = { readonly read: number; readonly passed: number; readonly oldest: Instant | null }

/** Counting all of a busy day would hold up everything else. */
const COUNTED = 5_000

const INSERT = `
  INSERT INTO decisions (id, agent, action, manifest_digest, created_at, status, route, version, due_at, assignee,
    deadline_at, chain_length, chain_hash, state, record, hash, sealed, salt, api_key, idempotency_key, body_hash,
    audit_probability)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const UPDATE = `
  UPDATE decisions SET status = ?, route = ?, version = ?, due_at = ?, assignee = ?, deadline_at = ?, chain_length = ?,
    chain_hash = ?, state = ?
  WHERE id = ? AND chain_length = ? AND coalesce((SELECT chain_length FROM service WHERE id = 1), 0) = ?`
const UPDATE_WITH_WORKFLOW = `${UPDATE} AND EXISTS (SELECT 1 FROM workflows WHERE workflows.id = ? AND workflows.version = ?)`
const LENGTHEN = 'UPDATE decisions SET chain_length = ?, chain_hash = ? WHERE id = ? AND chain_length = ?'
const INSERT_EVENT = `
  INSERT INTO events (decision_id, n, type, record, hash, sealed, salt) VALUES (?, ?, ?, ?, ?, ?, ?)`
const INSERT_OUTCOME = `
  INSERT INTO outcomes (decision_id, n, correct, source, observed_at, action, agent, agent_version, confidence)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** The tables `decisions`, `events` and `outcomes`. */
export function decisionRows(db: Database) {
  const one = db.prepare<[string], PackedDecision & { chain_length: number; chain_hash: string }>(`
    SELECT state, record, sealed, chain_length, chain_hash FROM decisions WHERE id = ?`)
  const page = pages(db)
  const queue = queues(db)
  const passed = db.prepare<{ readonly action: string; readonly since: string; readonly most: number }, Passed>(`
    SELECT count(*) AS read, count(*) FILTER (WHERE route = 'auto_approve') AS passed, min(created_at) AS oldest
    FROM (SELECT route, created_at FROM decisions WHERE action = :action AND id >= :since ORDER BY id DESC LIMIT :most)`)
  const submitted = db.prepare<[string], number>('SELECT count(*) FROM decisions WHERE id >= ?')
  const dueBy = db.prepare<[Instant], number>(`
    SELECT count(*) FROM decisions WHERE deadline_at IS NOT NULL AND deadline_at <= ?`)
  const ended = db.prepare<{ readonly since: string; readonly limit: number }, PackedDecision>(`
    SELECT id, state, record, sealed FROM decisions WHERE status = 'approved' AND id >= :since
    UNION ALL SELECT id, state, record, sealed FROM decisions WHERE status = 'denied' AND id >= :since
    UNION ALL SELECT id, state, record, sealed FROM decisions WHERE status = 'timed_out' AND id >= :since
    ORDER BY id DESC LIMIT :limit`)
  const due = db.prepare<[Instant, number], string>(`
    SELECT id FROM decisions WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, id LIMIT ?`)
  const first = db.prepare<[string], FirstEntry & { chain_length: number; chain_hash: string }>(`
    SELECT record, hash, sealed, salt, chain_length, chain_hash FROM decisions WHERE id = ?`)
  const later = db.prepare<[string], AuditEntry>(`
    SELECT n AS seq, type, record, hash, sealed, salt FROM events WHERE decision_id = ? ORDER BY n`)
  const leading = db.prepare<[string], Pick<AuditEntry, 'record' | 'sealed'>>(`
    SELECT record, sealed FROM events WHERE decision_id = ? AND type <> 'attempt.refused' ORDER BY n`)
  const chain = db.prepare<[string], ChainHead & { manifest: string }>(`
    SELECT chain_length AS length, chain_hash AS hash, manifest_digest AS manifest FROM decisions WHERE id = ?`)
  const attempts = db.prepare<[string], string>(`
    SELECT record FROM events WHERE decision_id = ? AND type = 'attempt.refused' ORDER BY n`)
  const any = db.prepare<[], number>(`SELECT EXISTS (SELECT 1 FROM decisions)`)

  return {
    load: (id: string): Loaded | null => {
      const row = one.get(id)
      if (row === undefined) return null
      return { ...unpackDecision(row), head: { length: row.chain_length, hash: row.chain_hash } }
    },
    page: (filter: DecisionFilter): readonly Decision[] => page(filter).map((row) => unpackDecision(row).decision),
    due: (now: Instant, limit: number): readonly string[] => due.pluck().all(now, limit),
    queue: (filter: QueueFilter): readonly Waiting[] =>
      queue(filter)
        .map((row) => unpackDecision(row).decision)
        .filter((decision) => isWaiting(decision)),
    openOf: (subject: FreezeSubject, limit: number): readonly Waiting[] => {
      const { sql, values } = coveredBy(subject)
      return db
        .prepare<(string | number)[], PackedDecision>(`
          SELECT state, record, sealed FROM decisions WHERE ${sql} ORDER BY deadline_at, id LIMIT ?`)
        .all(...values, limit)
        .map((row) => unpackDecision(row).decision)
        .filter((decision) => isWaiting(decision))
    },
    passed: (action: string, since: Instant, now: Instant): number => {
      const counted = passed.get({ action, since: firstIdSince('dec', since), most: COUNTED })
      if (counted === undefined || counted.oldest === null) return 0
      const share = counted.read < COUNTED ? 1 : (now - since) / Math.max(1, now - counted.oldest)
      return Math.round(counted.passed * Math.max(1, share))
    },
    countSince: (since: Instant): number => submitted.pluck().get(firstIdSince('dec', since)) ?? 0,
    countDueBy: (instant: Instant): number => dueBy.pluck().get(instant) ?? 0,
    endedSince: (since: Instant, limit: number): readonly (Approved | Denied | TimedOut)[] =>
      ended
        .all({ since: firstIdSince('dec', since), limit })
        .map((row) => unpackDecision(row).decision)
        .flatMap((decision) =>
          decision.status === 'approved' || decision.status === 'denied' || decision.status === 'timed_out'
            ? [decision]
            : [],
        ),
    history: (id: string): readonly DecisionEvent[] => {
      const begun = first.get(id)
      return begun === undefined
        ? []
        : [begun, ...leading.all(id)].map(({ record, sealed }) => unpackEvent(record, sealed))
    },
    trail: (id: string): { readonly entries: readonly AuditEntry[]; readonly head: ChainHead } | null => {
      const found = first.get(id)
      if (found === undefined) return null
      const { chain_length: length, chain_hash, ...entry } = found
      const begun: AuditEntry = { seq: 1, type: 'decision.submitted', ...entry }
      return { entries: [begun, ...later.all(id)], head: { length, hash: chain_hash } }
    },
    /** What was refused people, and the chain that this stands in; null: there is no such decision. */
    attempts: (id: string): Attempts | null => {
      const found = chain.get(id)
      if (found === undefined) return null
      const { manifest, ...head } = found
      return { id, manifest, head, kept: attempts.pluck().all(id).map(unpackAttempt) }
    },
    any: (): boolean => any.pluck().get() === 1,
  }
}

/**
 * What records a new decision: one row; and the decision as it is loaded from there.
 * @param idempotency null: it is recorded with something that has the key
 */
export function inserted(
  decision: Decision,
  event: DecisionEvent & { readonly type: 'decision.submitted' },
  idempotency: Idempotency | null,
  newSalt: () => string,
): { readonly loaded: Loaded; readonly step: Step } {
  const { entries, head } = appendToChain(GENESIS, [event], decision.id, decision.manifestDigest, newSalt)
  const [entry] = entries
  if (entry === undefined) throw new Error('a decision begins with an event')
  const { id, agent, manifestDigest, createdAt, status, route, version } = decision
  const state = packState(decision, decision)
  const { action } = decision.proposal
  const { record, hash, sealed, salt } = entry
  const waits = [dueAt(decision), assigneeOf(decision), deadlineOf(decision)]
  const changing = [status, route, version, ...waits, head.length, head.hash, state]
  const { apiKey = null, key = null, bodyHash = null } = idempotency ?? {}
  const fixed = [record, hash, sealed, salt, apiKey, key, bodyHash, decision.audit?.probability ?? null]
  return {
    step: [INSERT, id, agent, action, manifestDigest, createdAt, ...changing, ...fixed],
    loaded: { decision, begun: decision, head },
  }
}

/**
 * What writes a changed decision. `guard` changes no row when the decision is not any more as it was loaded, or the
 * workflow that is written with it, or the service's own chain has grown: something may have been frozen.
 * @param serviceLength of that chain
 */
export function changeSteps(
  { decision: before, begun, head }: Loaded,
  decision: Decision,
  events: readonly DecisionEvent[],
  workflow: { readonly id: string; readonly version: number } | null,
  newSalt: () => string,
  now: Instant,
  serviceLength: number,
): { readonly guard: Step; readonly steps: readonly Step[] } {
  const { id, status, route, version, manifestDigest } = decision
  const chain = appendToChain(head, events, id, manifestDigest, newSalt)
  const state = packState(decision, begun)
  const { length, hash } = chain.head
  const waits = [dueAt(decision), assigneeOf(decision), deadlineOf(decision)]
  const values = [status, route, version, ...waits, length, hash, state, id, head.length, serviceLength]
  return {
    guard: workflow === null ? [UPDATE, ...values] : [UPDATE_WITH_WORKFLOW, ...values, workflow.id, workflow.version],
    steps: [
      ...loadSteps(before, decision, now),
      ...(before.status === 'denied' ? [] : denialSteps(decision)),
      ...chain.entries.map((entry) => eventStep(id, entry)),
      ...events.flatMap((event, index) => outcomeSteps(event, head.length + index + 1, decision)),
    ],
  }
}

/** What adds a refused attempt to a chain. `guard` changes no row when that has grown since it was read. */
export function attemptSteps(
  { id, manifest, head }: Attempts,
  attempt: AttemptRefused,
  newSalt: () => string,
): { readonly guard: Step; readonly steps: readonly Step[] } {
  const { entries, head: after } = appendToChain(head, [attempt], id, manifest, newSalt)
  return {
    guard: [LENGTHEN, after.length, after.hash, id, head.length],
    steps: entries.map((entry) => eventStep(id, entry)),
  }
}

export function eventStep(decision: string, { seq, type, record, hash, sealed, salt }: AuditEntry): Step {
  return [INSERT_EVENT, decision, seq, type, record, hash, sealed, salt]
}

function outcomeSteps(event: DecisionEvent, n: number, { id, agent, proposal }: Decision): readonly Step[] {
  if (event.type !== 'outcome.recorded') return []
  const { correct, source, observedAt } = event.payload
  const { action, agent_version = null, confidence } = proposal
  return [[INSERT_OUTCOME, id, n, correct ? 1 : 0, source, observedAt, action, agent, agent_version, confidence]]
}

/**
 * One statement for each combination that has an index of its own: a single one with optional conditions would read the
 * whole table.
 */
function pages(db: Database): (filter: DecisionFilter) => readonly PackedDecision[] {
  const all = db.prepare<[DecisionFilter], PackedDecision>(`
    SELECT state, record, sealed FROM decisions
    WHERE id < coalesce(:before, '~')
    ORDER BY id DESC LIMIT :limit`)
  const byAgent = db.prepare<[DecisionFilter], PackedDecision>(`
    SELECT state, record, sealed FROM decisions
    WHERE agent = :agent AND id < coalesce(:before, '~') AND (:action IS NULL OR action = :action)
    ORDER BY id DESC LIMIT :limit`)
  const byAgentAndStatus = db.prepare<[DecisionFilter], PackedDecision>(`
    SELECT state, record, sealed FROM decisions
    WHERE agent = :agent AND status = :status AND id < coalesce(:before, '~')
      AND (:action IS NULL OR action = :action)
    ORDER BY id DESC LIMIT :limit`)
  const byStatus = db.prepare<[DecisionFilter], PackedDecision>(`
    SELECT state, record, sealed FROM decisions
    WHERE status = :status AND id < coalesce(:before, '~') AND (:action IS NULL OR action = :action)
    ORDER BY id DESC LIMIT :limit`)
  const byAction = db.prepare<[DecisionFilter], PackedDecision>(`
    SELECT state, record, sealed FROM decisions
    WHERE action = :action AND id < coalesce(:before, '~')
    ORDER BY id DESC LIMIT :limit`)
  return (filter) => {
    if (filter.agent !== null && filter.status !== null) return byAgentAndStatus.all(filter)
    if (filter.agent !== null) return byAgent.all(filter)
    if (filter.status !== null) return byStatus.all(filter)
    if (filter.action !== null) return byAction.all(filter)
    return all.all(filter)
  }
}

type QueueBounds = {
  readonly assignee: string | null
  readonly by: number
  readonly at: number
  readonly id: string
  readonly limit: number
}

/** One statement for each index. */
function queues(db: Database): (filter: QueueFilter) => readonly PackedDecision[] {
  const everybodys = db.prepare<QueueBounds, PackedDecision>(`
    SELECT state, record, sealed FROM decisions
    WHERE deadline_at IS NOT NULL AND deadline_at <= :by AND (deadline_at, id) > (:at, :id)
    ORDER BY deadline_at, id LIMIT :limit`)
  const ones = db.prepare<QueueBounds, PackedDecision>(`
    SELECT state, record, sealed FROM decisions
    WHERE assignee = :assignee AND deadline_at <= :by AND (deadline_at, id) > (:at, :id)
    ORDER BY deadline_at, id LIMIT :limit`)
  return ({ assignee, dueBy, after, limit }) => {
    const by = dueBy ?? Number.MAX_SAFE_INTEGER
    const bounds = { assignee, by, at: after?.deadline ?? -1, id: after?.id ?? '', limit }
    return (assignee === null ? everybodys : ones).all(bounds)
  }
}
