import type { Database } from 'better-sqlite3'
import type { Chain, SeenMark } from '../../app/ports.ts'
import type { AuditEntry } from '../../domain/audit.ts'
import { nameText } from '../../domain/chain-name.ts'
import type { PackedDecision } from '../codec.ts'
import {
  type DecisionColumns,
  decisionRowFault,
  type LabelRow,
  type WorkflowColumns,
  workflowRowFault,
} from '../kept.ts'

type First = Pick<AuditEntry, 'record' | 'hash' | 'sealed' | 'salt'> & { readonly id: string }
type DecisionRow = First &
  PackedDecision &
  DecisionColumns & { readonly chain_length: number; readonly chain_hash: string }
type WorkflowRow = First & WorkflowColumns & { readonly chain_hash: string }

const DECISION = `
  SELECT id, agent, action, status, route, version, manifest_digest, created_at, due_at, assignee, deadline_at,
    chain_length, chain_hash, state, record, hash, sealed, salt
  FROM decisions`
const WORKFLOW = `
  SELECT id, agent, status, version, created_at, decision_id, chain_hash, record, hash, sealed, salt FROM workflows`

type Count = { readonly decisions: number; readonly workflows: number }

/** More than these are not named: one is enough to know. */
const MOST_ORPHANS = 100

// These read everything, which only whoever audits may.
const ORPHANS = `
  SELECT DISTINCT 'decision' AS kind, decision_id AS id FROM events e
    WHERE NOT EXISTS (SELECT 1 FROM decisions d WHERE d.id = e.decision_id)
  UNION ALL SELECT DISTINCT 'workflow', workflow_id FROM workflow_events e
    WHERE NOT EXISTS (SELECT 1 FROM workflows w WHERE w.id = e.workflow_id)
  LIMIT ${MOST_ORPHANS}`
const COUNT = `
  SELECT (SELECT count(*) FROM decisions) AS decisions, (SELECT count(*) FROM workflows) AS workflows`

/**
 * Whole chains with what is kept of them, from the tables `decisions`, `events`, `workflows` and `workflow_events`.
 * @param seen what roots have seen of a chain
 */
export function chainRows(db: Database, seen: (chain: string) => readonly SeenMark[]) {
  const decision = db.prepare<[string], DecisionRow>(`${DECISION} WHERE id = ?`)
  const decisions = db.prepare<[string, number, number, number], DecisionRow>(`
    ${DECISION} WHERE id > ? AND ${grownSince('decision')} ORDER BY id LIMIT ?`)
  const events = db.prepare<[string], AuditEntry>(`
    SELECT n AS seq, type, record, hash, sealed, salt FROM events WHERE decision_id = ? ORDER BY n`)
  const labels = db.prepare<[string], LabelRow>(`
    SELECT n, correct, source, observed_at, action, agent FROM outcomes WHERE decision_id = ? ORDER BY n`)
  const workflow = db.prepare<[string], WorkflowRow>(`${WORKFLOW} WHERE id = ?`)
  const workflows = db.prepare<[string, number, number, number], WorkflowRow>(`
    ${WORKFLOW} WHERE id > ? AND ${grownSince('workflow')} ORDER BY id LIMIT ?`)
  const workflowEvents = db.prepare<[string], AuditEntry>(`
    SELECT n AS seq, type, record, hash, sealed, salt FROM workflow_events WHERE workflow_id = ? ORDER BY n`)
  // What is read together is of one moment: a chain that grows meanwhile is not one that was cut.
  const atOnce = <Result>(read: () => Result): Result => db.transaction(read).deferred()

  const ofDecision = (row: DecisionRow): Chain => {
    const { id, record, hash, sealed, salt } = row
    const first: AuditEntry = { seq: 1, type: 'decision.submitted', record, hash, sealed, salt }
    const entries = [first, ...events.all(id)]
    const head = { length: row.chain_length, hash: row.chain_hash }
    const marks = seen(nameText({ kind: 'decision', id }))
    const labelled = labels.all(id)
    return {
      kind: 'decision',
      id,
      entries,
      head,
      seen: marks,
      rowFault: () => decisionRowFault(id, row, labelled, entries),
    }
  }

  const ofWorkflow = (row: WorkflowRow): Chain => {
    const { id, record, hash, sealed, salt, version, chain_hash } = row
    const first: AuditEntry = { seq: 1, type: 'workflow.started', record, hash, sealed, salt }
    const entries = [first, ...workflowEvents.all(id)]
    const head = { length: version, hash: chain_hash === '' ? hash : chain_hash }
    const marks = seen(nameText({ kind: 'workflow', id }))
    return { kind: 'workflow', id, entries, head, seen: marks, rowFault: () => workflowRowFault(id, row, entries) }
  }

  return {
    one: (kind: Chain['kind'], id: string): Chain | null =>
      atOnce(() => {
        if (kind === 'decision') {
          const row = decision.get(id)
          return row === undefined ? null : ofDecision(row)
        }
        const row = workflow.get(id)
        return row === undefined ? null : ofWorkflow(row)
      }),
    /** @param since a root: only what it or a later one has seen grown; 0: all */
    page: (kind: Chain['kind'], after: string, limit: number, since: number): readonly Chain[] =>
      atOnce(() =>
        kind === 'decision'
          ? decisions.all(after, since, since, limit).map(ofDecision)
          : workflows.all(after, since, since, limit).map(ofWorkflow),
      ),
    orphans: () => db.prepare<[], Pick<Chain, 'kind' | 'id'>>(ORPHANS).all(),
    count: () => db.prepare<[], Count>(COUNT).get() ?? { decisions: 0, workflows: 0 },
  }
}

function grownSince(kind: Chain['kind']): string {
  return `(? = 0 OR EXISTS (SELECT 1 FROM audit_marks WHERE chain = '${kind} ' || id AND root >= ?))`
}
