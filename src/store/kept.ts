import { type AuditEntry, isErased } from '../domain/audit.ts'
import { assigneeOf, type Decision, deadlineOf, dueAt, replay } from '../domain/decision.ts'
import { canonicalJson } from '../domain/digest.ts'
import { replayWorkflow, standingOf } from '../domain/workflow.ts'
import { type PackedDecision, unpackDecision, unpackEvent, unpackWorkflowEvent } from './codec.ts'

/** The columns of a decision's row that its events give. */
export type DecisionColumns = {
  readonly agent: string
  readonly action: string
  readonly status: string
  readonly route: string
  readonly version: number
  readonly manifest_digest: string
  readonly created_at: number
  readonly due_at: number | null
  readonly assignee: string | null
  readonly deadline_at: number | null
}

/** A label as it stands in a table of its own, for statistics. `n`: the entry that recorded it. */
export type LabelRow = {
  readonly n: number
  readonly correct: number
  readonly source: string
  readonly observed_at: number
  readonly action: string
  readonly agent: string
}

/** Those of a workflow's. */
export type WorkflowColumns = {
  readonly agent: string
  readonly status: string
  readonly version: number
  readonly created_at: number
  readonly decision_id: string | null
}

type Columns = Readonly<Record<string, string | number | null>>

/**
 * What a decision's row says otherwise than replaying its events does; null: nothing. Of a decision some of whose words
 * are erased only its columns can be compared.
 * @param entries a chain that verifies
 */
export function decisionRowFault(
  id: string,
  row: PackedDecision & DecisionColumns,
  labels: readonly LabelRow[],
  entries: readonly AuditEntry[],
): string | null {
  const replayed = decisionOf(entries)
  if (replayed === null) return 'its events make no decision'
  if (replayed.id !== id) return `its events are those of ${replayed.id}`
  const { status, route, version, agent, manifestDigest, createdAt } = replayed
  const columns: DecisionColumns = {
    agent,
    action: replayed.proposal.action,
    status,
    route,
    version,
    manifest_digest: manifestDigest,
    created_at: createdAt,
    due_at: dueAt(replayed),
    assignee: assigneeOf(replayed),
    deadline_at: deadlineOf(replayed),
  }
  const fault = columnFault(row, columns) ?? labelFault(labels, replayed, entries)
  if (fault !== null) return fault
  return entries.some(isErased) ? erasureFault(entries, 'decision.erased') : stateFault(row, replayed)
}

/** The same of a workflow's row: all else of its state is read from its events. */
export function workflowRowFault(id: string, row: WorkflowColumns, entries: readonly AuditEntry[]): string | null {
  try {
    const workflow = replayWorkflow(entries.map(({ record, sealed }) => unpackWorkflowEvent(record, sealed)))
    if (workflow.id !== id) return `its events are those of the workflow ${workflow.id}`
    const { agent, version, createdAt: created_at, decision: decision_id } = workflow
    const fault = columnFault(row, { agent, status: standingOf(workflow), version, created_at, decision_id })
    return fault ?? (entries.some(isErased) ? erasureFault(entries, 'workflow.erased') : null)
  } catch {
    return 'its events make no workflow'
  }
}

function decisionOf(entries: readonly AuditEntry[]): Decision | null {
  try {
    return replay(entries.filter(isLeading).map(({ record, sealed }) => unpackEvent(record, sealed)))
  } catch {
    return null
  }
}

/** What was refused people leads to no state. */
function isLeading({ type }: AuditEntry): boolean {
  return type !== 'attempt.refused'
}

/** Words that are gone without an entry that says so were taken away by somebody else. */
function erasureFault(entries: readonly AuditEntry[], type: AuditEntry['type']): string | null {
  return entries.some((entry) => entry.type === type)
    ? null
    : 'what was written of it is gone, and no entry says that it was erased'
}

function columnFault(row: Columns, expected: Columns): string | null {
  for (const [name, value] of Object.entries(expected))
    if (row[name] !== value) return `its row has ${said(row[name])} as ${name}, its events ${said(value)}`
  return null
}

function labelFault(labels: readonly LabelRow[], replayed: Decision, entries: readonly AuditEntry[]): string | null {
  const places = entries.flatMap(({ seq, type }) => (type === 'outcome.recorded' ? [seq] : []))
  const { agent, outcomes } = replayed
  const { action } = replayed.proposal
  const expected = outcomes.map(
    ({ correct, source, observedAt }, index): LabelRow => ({
      n: places[index] ?? 0,
      correct: correct ? 1 : 0,
      source,
      observed_at: observedAt,
      action,
      agent,
    }),
  )
  return canonicalJson(labels) === canonicalJson(expected) ? null : 'its labels are kept otherwise than in its events'
}

function stateFault(row: PackedDecision, replayed: Decision): string | null {
  let kept: Decision
  try {
    kept = unpackDecision(row).decision
  } catch {
    return 'its state cannot be read'
  }
  const [before, now] = [fieldsOf(replayed), fieldsOf(kept)]
  const names = new Set([...Object.keys(before), ...Object.keys(now)])
  const different = [...names].filter((name) => before[name] !== now[name])
  return different.length === 0 ? null : `its row says otherwise than its events of: ${different.join(', ')}`
}

/** Each field's canonical JSON. What a field says by being empty it says by being absent: earlier versions had fewer. */
function fieldsOf(decision: Decision): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(decision)
      .filter(([, value]) => value != null && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]) => [name, canonicalJson(value)]),
  )
}

function said(value: string | number | null | undefined): string {
  return value == null ? 'nothing' : String(value)
}
