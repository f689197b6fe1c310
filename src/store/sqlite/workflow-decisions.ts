import type { Database } from 'better-sqlite3'
import type { Decision } from '../../domain/decision.ts'
import { workflowKey, workflowOf } from '../../domain/workflow-ref.ts'
import { type PackedDecision, unpackDecision } from '../codec.ts'
import type { Step } from './step.ts'

const INSERT = `INSERT INTO workflow_decisions (workflow, decision_id) VALUES (?, ?)`

/** The table `workflow_decisions`. */
export function workflowDecisions(db: Database) {
  const last = db.prepare<[string, number], PackedDecision>(`
    SELECT state, record, sealed FROM workflow_decisions JOIN decisions ON id = decision_id
    WHERE workflow = ? ORDER BY decision_id DESC LIMIT ?`)
  const count = db.prepare<[string], number>(`SELECT count(*) FROM workflow_decisions WHERE workflow = ?`)

  return {
    of: (key: string, limit: number): { readonly last: readonly Decision[]; readonly count: number } => {
      const rows = last.all(key, limit).map((row) => unpackDecision(row).decision)
      return { last: rows.toReversed(), count: count.pluck().get(key) ?? 0 }
    },
  }
}

/** What notes of which workflow a new decision is a step; empty: of none. */
export function workflowDecisionSteps(decision: Decision): readonly Step[] {
  const ref = workflowOf(decision)
  return ref === null ? [] : [[INSERT, workflowKey(ref), decision.id]]
}
