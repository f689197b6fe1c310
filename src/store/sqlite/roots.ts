import type { Database } from 'better-sqlite3'
import type { AuditRoot, Growth, NewRoot, SeenMark, Surveyed } from '../../app/ports.ts'
import type { ChainMark } from '../../domain/audit-root.ts'
import { nameText } from '../../domain/chain-name.ts'
import { SERVICE } from '../../domain/service-event.ts'
import type { Step } from './step.ts'

type Head = ChainMark & { readonly place: number }
type Event = { readonly place: number; readonly id: string }
type RootRow = AuditRoot & { readonly chains: number; readonly entries: number; readonly surveyed: string }

/** Of each table so many rows are read for one root: the process stands still meanwhile. */
const MOST = 1_000

// No row where another process has made a root meanwhile.
const INSERT = `
  INSERT INTO audit_roots (n, at, root, hash, chains, entries, surveyed)
  SELECT ?, ?, ?, ?, ?, ?, ? WHERE coalesce((SELECT max(n) FROM audit_roots), 0) = ?`
const MARKS = `
  INSERT INTO audit_marks (chain, root, length, hash)
  SELECT value ->> 0, ?, value ->> 1, value ->> 2 FROM json_each(?)`
const DECISION = `SELECT 'decision ' || id AS chain, chain_length AS length, chain_hash AS hash, rowid AS place FROM decisions`
const WORKFLOW = `
  SELECT 'workflow ' || id AS chain, version AS length, iif(chain_hash = '', hash, chain_hash) AS hash, rowid AS place
  FROM workflows`

// These read everything, which only whoever audits may.
const UNSEEN = `
  SELECT (SELECT count(*) FROM decisions) + (SELECT count(*) FROM workflows) + (SELECT count(*) FROM service)
    > coalesce((SELECT chains FROM audit_roots ORDER BY n DESC LIMIT 1), 0)`
const LOST = `
  SELECT chain, root, length, hash FROM audit_marks m
  WHERE chain > ? AND root = (SELECT max(root) FROM audit_marks WHERE chain = m.chain)
    AND chain <> '${SERVICE}'
    AND NOT (chain LIKE 'decision %' AND EXISTS (SELECT 1 FROM decisions WHERE id = substr(m.chain, 10)))
    AND NOT (chain LIKE 'workflow %' AND EXISTS (SELECT 1 FROM workflows WHERE id = substr(m.chain, 10)))
  ORDER BY chain LIMIT ?`

/** The tables `audit_roots` and `audit_marks`, and how far the chains have grown since. */
export function rootRows(db: Database) {
  const last = db.prepare<[], RootRow>(`
    SELECT n, at, root, hash, chains, entries, surveyed FROM audit_roots ORDER BY n DESC LIMIT 1`)
  const page = db.prepare<[number, number], AuditRoot>(`
    SELECT n, at, root, hash FROM audit_roots WHERE n > ? ORDER BY n LIMIT ?`)
  const since = db.prepare<[number], number>('SELECT n FROM audit_roots WHERE at >= ? ORDER BY n LIMIT 1').pluck()
  const marks = db.prepare<[number, string, number], ChainMark>(`
    SELECT chain, length, hash FROM audit_marks INDEXED BY audit_marks_by_root
    WHERE root = ? AND chain > ? ORDER BY chain LIMIT ?`)
  const lastMarked = db
    .prepare<[], number>('SELECT root FROM audit_marks INDEXED BY audit_marks_by_root ORDER BY root DESC LIMIT 1')
    .pluck()
  const seen = db.prepare<[string], SeenMark>(`
    SELECT root, length, hash FROM audit_marks WHERE chain = ? ORDER BY root`)
  const lastSeen = db
    .prepare<[string], number>('SELECT length FROM audit_marks WHERE chain = ? ORDER BY root DESC LIMIT 1')
    .pluck()
  const decisions = db.prepare<[number, number], Head>(`${DECISION} WHERE rowid > ? ORDER BY rowid LIMIT ?`)
  const decision = db.prepare<[string], Head>(`${DECISION} WHERE id = ?`)
  const events = db.prepare<[number, number], Event>(`
    SELECT seq AS place, decision_id AS id FROM events WHERE seq > ? ORDER BY seq LIMIT ?`)
  const workflows = db.prepare<[number, number], Head>(`${WORKFLOW} WHERE rowid > ? ORDER BY rowid LIMIT ?`)
  const workflow = db.prepare<[string], Head>(`${WORKFLOW} WHERE id = ?`)
  const workflowEvents = db.prepare<[number, number], Event>(`
    SELECT rowid AS place, workflow_id AS id FROM workflow_events WHERE rowid > ? ORDER BY rowid LIMIT ?`)
  const service = db.prepare<[], Head>(`
    SELECT '${SERVICE}' AS chain, chain_length AS length, chain_hash AS hash, 0 AS place FROM service WHERE id = 1`)

  const grown = (from: Surveyed | null): Growth => {
    const { surveyed, ...before } = last.get() ?? { surveyed: null, chains: 0, entries: 0 }
    const start: Surveyed = from ?? (surveyed === null ? NOWHERE : JSON.parse(surveyed))
    const rows = {
      decisions: decisions.all(start.decisions, MOST),
      workflows: workflows.all(start.workflows, MOST),
    }
    const later = {
      events: events.all(start.events, MOST),
      workflowEvents: workflowEvents.all(start.workflowEvents, MOST),
    }
    const heads = new Map<string, ChainMark>()
    const meet = (head: Head | undefined) => {
      if (head !== undefined) heads.set(head.chain, { chain: head.chain, length: head.length, hash: head.hash })
    }
    for (const head of [...rows.decisions, ...rows.workflows, ...service.all()]) meet(head)
    for (const { id } of later.events) if (!heads.has(nameText({ kind: 'decision', id }))) meet(decision.get(id))
    for (const { id } of later.workflowEvents)
      if (!heads.has(nameText({ kind: 'workflow', id }))) meet(workflow.get(id))
    const marked = [...heads.values()].map((mark) => ({ mark, before: lastSeen.get(mark.chain) ?? 0 }))
    const read = { ...rows, ...later }
    return {
      last: 'n' in before ? before : null,
      grown: marked.filter(({ mark, before: length }) => mark.length !== length),
      chains: before.chains,
      entries: before.entries,
      surveyed: {
        decisions: read.decisions.at(-1)?.place ?? start.decisions,
        events: read.events.at(-1)?.place ?? start.events,
        workflows: read.workflows.at(-1)?.place ?? start.workflows,
        workflowEvents: read.workflowEvents.at(-1)?.place ?? start.workflowEvents,
      },
      isAll: Object.values(read).every(({ length }) => length < MOST),
    }
  }

  return {
    /** Of one moment. */
    grown: (from: Surveyed | null): Growth => db.transaction(grown).deferred(from),
    isAnyUnseen: (): boolean => db.prepare<[], number>(UNSEEN).pluck().get() === 1,
    page: (after: number, limit: number): readonly AuditRoot[] => page.all(after, limit),
    firstSince: (at: number): number | null => since.get(at) ?? null,
    last: (): AuditRoot | null => {
      const row = last.get()
      return row === undefined ? null : { n: row.n, at: row.at, root: row.root, hash: row.hash }
    },
    lastMarked: (): number => lastMarked.get() ?? 0,
    marks: (root: number, after: string, limit: number): readonly ChainMark[] => marks.all(root, after, limit),
    seen: (chain: string): readonly SeenMark[] => seen.all(chain),
    lost: (after: string, limit: number): readonly (SeenMark & { readonly chain: string })[] =>
      db.prepare<[string, number], SeenMark & { readonly chain: string }>(LOST).all(after, limit),
  }
}

/** Before anything was surveyed at. */
const NOWHERE: Surveyed = { decisions: 0, events: 0, workflows: 0, workflowEvents: 0 }

/** `guard` changes no row where this is not the next root any more. */
export function rootSteps({ n, at, root, hash, chains, entries, surveyed, marks }: NewRoot): {
  readonly guard: Step
  readonly steps: readonly Step[]
} {
  const rows = JSON.stringify(marks.map((mark) => [mark.chain, mark.length, mark.hash]))
  return {
    guard: [INSERT, n, at, root, hash, chains, entries, JSON.stringify(surveyed), n - 1],
    steps: [[MARKS, n, rows]],
  }
}
