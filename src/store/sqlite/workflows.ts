import type { Database } from 'better-sqlite3'
import type { Idempotency } from '../../app/ports.ts'
import { type AuditEntry, appendToChain, type ChainHead, GENESIS } from '../../domain/audit.ts'
import { bornWorkflow, replayWorkflow, standingOf, type Workflow } from '../../domain/workflow.ts'
import type { WorkflowEvent } from '../../domain/workflow-event.ts'
import { unpackWorkflowEvent } from '../codec.ts'
import type { Step } from './step.ts'

type FirstEntry = Pick<AuditEntry, 'record' | 'hash' | 'sealed' | 'salt'>
type Row = FirstEntry & { readonly version: number; readonly chain_hash: string }

const INSERT = `
  INSERT INTO workflows (id, agent, status, version, created_at, decision_id, chain_hash, record, hash, sealed, salt,
    api_key, idempotency_key, body_hash)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const UPDATE = `
  UPDATE workflows SET status = ?, version = ?, decision_id = ?, chain_hash = ? WHERE id = ? AND version = ?
    AND coalesce((SELECT chain_length FROM service WHERE id = 1), 0) = ?`
const INSERT_EVENT = `
  INSERT INTO workflow_events (workflow_id, n, type, record, hash, sealed, salt) VALUES (?, ?, ?, ?, ?, ?, ?)`

/** A chain of one event ends with that one's hash. */
const AS_FIRST = ''

/** A workflow with what is needed to write it again. */
export type LoadedWorkflow = { readonly workflow: Workflow; readonly head: ChainHead }

/** The tables `workflows` and `workflow_events`. */
export function workflowRows(db: Database) {
  const one = db.prepare<[string], Row>(`
    SELECT record, hash, sealed, salt, version, chain_hash FROM workflows WHERE id = ?`)
  const later = db.prepare<[string], AuditEntry>(`
    SELECT n AS seq, type, record, hash, sealed, salt FROM workflow_events WHERE workflow_id = ? ORDER BY n`)
  const suspended = db.prepare<[], string>(`SELECT id FROM workflows WHERE status = 'suspended'`).pluck()

  const headOf = ({ version, hash, chain_hash }: Row): ChainHead => ({
    length: version,
    hash: chain_hash === AS_FIRST ? hash : chain_hash,
  })

  return {
    load: (id: string): LoadedWorkflow | null => {
      const row = one.get(id)
      if (row === undefined) return null
      // Only what has gone beyond its first event has others.
      const entries = row.version === 1 ? [row] : [row, ...later.all(id)]
      const workflow = replayWorkflow(entries.map(({ record, sealed }) => unpackWorkflowEvent(record, sealed)))
      return { workflow, head: headOf(row) }
    },
    trail: (id: string): { readonly entries: readonly AuditEntry[]; readonly head: ChainHead } | null => {
      const row = one.get(id)
      if (row === undefined) return null
      const { record, hash, sealed, salt } = row
      const first: AuditEntry = { seq: 1, type: 'workflow.started', record, hash, sealed, salt }
      return { entries: [first, ...later.all(id)], head: headOf(row) }
    },
    suspended: (): readonly string[] => suspended.all(),
  }
}

/** What records a new workflow: one row. */
export function startSteps(
  event: WorkflowEvent & { readonly type: 'workflow.started' },
  { apiKey, key, bodyHash }: Idempotency,
  newSalt: () => string,
): readonly Step[] {
  const workflow = bornWorkflow(event)
  const { id, agent, version, createdAt, decision } = workflow
  const { entries } = appendToChain(GENESIS, [event], id, workflow.manifestDigest, newSalt)
  return entries.map(({ record, hash, sealed, salt }) => [
    INSERT,
    id,
    agent,
    standingOf(workflow),
    version,
    createdAt,
    decision,
    AS_FIRST,
    record,
    hash,
    sealed,
    salt,
    apiKey,
    key,
    bodyHash,
  ])
}

/**
 * What writes a changed workflow. `guard` changes no row when it is not any more as it was loaded, or the service's own
 * chain has grown: something may have been frozen or lifted.
 * @param serviceLength of that chain
 */
export function workflowSteps(
  { workflow: { version: before }, head }: LoadedWorkflow,
  workflow: Workflow,
  events: readonly WorkflowEvent[],
  newSalt: () => string,
  serviceLength: number,
): { readonly guard: Step; readonly steps: readonly Step[] } {
  const { id, manifestDigest, version, decision } = workflow
  const chain = appendToChain(head, events, id, manifestDigest, newSalt)
  return {
    guard: [UPDATE, standingOf(workflow), version, decision, chain.head.hash, id, before, serviceLength],
    steps: chain.entries.map((entry) => workflowEventStep(id, entry)),
  }
}

export function workflowEventStep(workflow: string, { seq, type, record, hash, sealed, salt }: AuditEntry): Step {
  return [INSERT_EVENT, workflow, seq, type, record, hash, sealed, salt]
}
