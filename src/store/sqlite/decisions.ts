import type { Database } from 'better-sqlite3'
import type { DecisionFilter } from '../../app/ports.ts'
import { type AuditEntry, appendToChain, type ChainHead, GENESIS } from '../../domain/audit.ts'
import { type Decision, dueAt } from '../../domain/decision.ts'
import type { DecisionEvent } from '../../domain/event.ts'
import type { Instant } from '../../domain/time.ts'
import { packState, type Submission, unpackEvent, unpackState, unpackSubmission } from '../codec.ts'

/** A decision with what is needed to write it again. */
export type Loaded = { readonly decision: Decision; readonly submission: Submission; readonly head: ChainHead }

type StateRow = { readonly state: string; readonly sealed: string | null }
type EventRow = { readonly record: string; readonly sealed: string | null }

/** The tables `decisions`, `events` and `outcomes`. `load`, `insert` and `save` belong inside a transaction. */
export function decisionRows(db: Database, newSalt: () => string) {
  const one = db.prepare<[string], StateRow & { chain_length: number; chain_hash: string }>(`
    SELECT d.state, d.chain_length, d.chain_hash, e.sealed
    FROM decisions d JOIN events e ON e.decision_id = d.id AND e.n = 1
    WHERE d.id = ?`)
  const insertDecision = db.prepare(`
    INSERT INTO decisions (id, agent, action, status, route, version, created_at, due_at, chain_length, chain_hash, manifest_digest, state)
    VALUES (:id, :agent, :action, :status, :route, :version, :createdAt, :dueAt, :chainLength, :chainHash, :manifestDigest, :state)`)
  const updateDecision = db.prepare(`
    UPDATE decisions SET status = :status, route = :route, version = :version, due_at = :dueAt,
      chain_length = :chainLength, chain_hash = :chainHash, state = :state
    WHERE id = :id`)
  const insertEvent = db.prepare(`
    INSERT INTO events (decision_id, n, type, record, hash, sealed, salt)
    VALUES (:decision, :seq, :type, :record, :hash, :sealed, :salt)`)
  const insertOutcome = db.prepare(`
    INSERT INTO outcomes (decision_id, n, correct, source, observed_at, action, agent, agent_version, confidence)
    VALUES (:decision, :n, :correct, :source, :observedAt, :action, :agent, :agentVersion, :confidence)`)

  const append = (head: ChainHead, events: readonly DecisionEvent[], { id, manifestDigest }: Decision): ChainHead => {
    const chain = appendToChain(head, events, id, manifestDigest, newSalt)
    for (const entry of chain.entries) insertEvent.run({ decision: id, ...entry })
    return chain.head
  }

  const label = (event: DecisionEvent, n: number, decision: Decision): void => {
    if (event.type !== 'outcome.recorded') return
    const { correct, source, observedAt } = event.payload
    const { id, agent, proposal } = decision
    insertOutcome.run({
      decision: id,
      n,
      correct: correct ? 1 : 0,
      source,
      observedAt,
      action: proposal.action,
      agent,
      agentVersion: proposal.agent_version ?? null,
      confidence: proposal.confidence,
    })
  }

  const page = pages(db)
  const due = db.prepare<[Instant, number], string>(`
    SELECT id FROM decisions WHERE due_at IS NOT NULL AND due_at <= ? ORDER BY due_at, id LIMIT ?`)
  const history = db.prepare<[string], EventRow>(`
    SELECT record, sealed FROM events WHERE decision_id = ? ORDER BY n`)
  const entries = db.prepare<[string], AuditEntry>(`
    SELECT n AS seq, type, record, hash, sealed, salt FROM events WHERE decision_id = ? ORDER BY n`)
  const head = db.prepare<[string], ChainHead>(`
    SELECT chain_length AS length, chain_hash AS hash FROM decisions WHERE id = ?`)
  const any = db.prepare<[], number>(`SELECT EXISTS (SELECT 1 FROM decisions)`)

  return {
    load: (id: string): Loaded | null => {
      const row = one.get(id)
      if (row === undefined) return null
      const submission = unpackSubmission(row.sealed)
      return {
        decision: unpackState(row.state, submission),
        submission,
        head: { length: row.chain_length, hash: row.chain_hash },
      }
    },
    insert: (decision: Decision, event: DecisionEvent & { readonly type: 'decision.submitted' }): void => {
      const { entries, head } = appendToChain(GENESIS, [event], decision.id, decision.manifestDigest, newSalt)
      const { id, agent, manifestDigest, createdAt } = decision
      insertDecision.run({
        ...changing(decision, head, event.sealed),
        id,
        agent,
        action: decision.proposal.action,
        createdAt,
        manifestDigest,
      })
      for (const entry of entries) insertEvent.run({ decision: id, ...entry })
    },
    save: ({ submission, head }: Loaded, decision: Decision, events: readonly DecisionEvent[]): void => {
      updateDecision.run({
        ...changing(decision, append(head, events, decision), submission),
        id: decision.id,
      })
      events.forEach((event, index) => label(event, head.length + index + 1, decision))
    },
    page: (filter: DecisionFilter): readonly Decision[] =>
      page(filter).map(({ state, sealed }) => unpackState(state, unpackSubmission(sealed))),
    due: (now: Instant, limit: number): readonly string[] => due.pluck().all(now, limit),
    history: (id: string): readonly DecisionEvent[] =>
      history.all(id).map(({ record, sealed }) => unpackEvent(record, sealed)),
    trail: (id: string): { readonly entries: readonly AuditEntry[]; readonly head: ChainHead } | null => {
      const found = head.get(id)
      return found === undefined ? null : { entries: entries.all(id), head: found }
    },
    any: (): boolean => any.pluck().get() === 1,
  }
}

function changing(decision: Decision, head: ChainHead, submission: Submission) {
  const { status, route, version } = decision
  return {
    status,
    route,
    version,
    dueAt: dueAt(decision),
    chainLength: head.length,
    chainHash: head.hash,
    state: packState(decision, submission),
  }
}

/**
 * One statement for each combination that has an index of its own: a single one with optional conditions would read the
 * whole table.
 */
function pages(db: Database): (filter: DecisionFilter) => readonly StateRow[] {
  const all = db.prepare<[DecisionFilter], StateRow>(`
    SELECT d.state, e.sealed FROM decisions d JOIN events e ON e.decision_id = d.id AND e.n = 1
    WHERE d.id < coalesce(:before, '~')
    ORDER BY d.id DESC LIMIT :limit`)
  const byAgent = db.prepare<[DecisionFilter], StateRow>(`
    SELECT d.state, e.sealed FROM decisions d JOIN events e ON e.decision_id = d.id AND e.n = 1
    WHERE d.agent = :agent AND d.id < coalesce(:before, '~') AND (:action IS NULL OR d.action = :action)
    ORDER BY d.id DESC LIMIT :limit`)
  const byAgentAndStatus = db.prepare<[DecisionFilter], StateRow>(`
    SELECT d.state, e.sealed FROM decisions d JOIN events e ON e.decision_id = d.id AND e.n = 1
    WHERE d.agent = :agent AND d.status = :status AND d.id < coalesce(:before, '~')
      AND (:action IS NULL OR d.action = :action)
    ORDER BY d.id DESC LIMIT :limit`)
  const byStatus = db.prepare<[DecisionFilter], StateRow>(`
    SELECT d.state, e.sealed FROM decisions d JOIN events e ON e.decision_id = d.id AND e.n = 1
    WHERE d.status = :status AND d.id < coalesce(:before, '~') AND (:action IS NULL OR d.action = :action)
    ORDER BY d.id DESC LIMIT :limit`)
  const byAction = db.prepare<[DecisionFilter], StateRow>(`
    SELECT d.state, e.sealed FROM decisions d JOIN events e ON e.decision_id = d.id AND e.n = 1
    WHERE d.action = :action AND d.id < coalesce(:before, '~')
    ORDER BY d.id DESC LIMIT :limit`)
  return (filter) => {
    if (filter.agent !== null && filter.status !== null) return byAgentAndStatus.all(filter)
    if (filter.agent !== null) return byAgent.all(filter)
    if (filter.status !== null) return byStatus.all(filter)
    if (filter.action !== null) return byAction.all(filter)
    return all.all(filter)
  }
}
