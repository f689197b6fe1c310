import type { Database } from 'better-sqlite3'
import { appendToChain } from '../../domain/audit.ts'
import type { Decision } from '../../domain/decision.ts'
import type { DecisionEvent } from '../../domain/event.ts'
import { firstIdSince } from '../../domain/ids.ts'
import type { Instant } from '../../domain/time.ts'
import { packState } from '../codec.ts'
import { eventStep, type Loaded } from './decisions.ts'
import { KEPT_MS } from './idempotency.ts'
import { eraseNoticeSteps } from './outbox.ts'
import type { Step } from './step.ts'
import { type LoadedWorkflow, workflowEventStep } from './workflows.ts'

// A key that still means something goes on naming its decision, but no other request is known by it any more.
const DECISION = `
  UPDATE decisions SET version = ?, chain_length = ?, chain_hash = ?, state = ?, sealed = NULL, salt = NULL,
    body_hash = CASE WHEN created_at <= ? THEN NULL ELSE '' END,
    idempotency_key = CASE WHEN created_at <= ? THEN NULL ELSE idempotency_key END
  WHERE id = ? AND chain_length = ?`
const EVENTS = 'UPDATE events SET sealed = NULL, salt = NULL WHERE decision_id = ?'
// Digests of parameters, by which equal asks are found, are not salted: who guesses them can tell.
const ASKS = 'DELETE FROM asks WHERE decision_id = ?'
// The id that an agent gives its own workflow is its own word.
const PLACE = `DELETE FROM workflow_decisions WHERE decision_id = ? AND workflow LIKE 'workflow of an agent %'`
const WORKFLOW = `
  UPDATE workflows SET version = ?, chain_hash = ?, sealed = NULL, salt = NULL,
    body_hash = CASE WHEN created_at <= ? THEN NULL ELSE '' END,
    idempotency_key = CASE WHEN created_at <= ? THEN NULL ELSE idempotency_key END
  WHERE id = ?`
const WORKFLOW_EVENTS = 'UPDATE workflow_events SET sealed = NULL, salt = NULL WHERE workflow_id = ?'

type Candidate = { readonly id: string; readonly action: string; readonly endedAt: Instant | null }

/** Decisions that ended before an instant and are not erased yet, page by page in the order in which they were made. */
export function endedRows(db: Database) {
  const page = db.prepare<[string, string, number], Candidate>(`
    SELECT id, action,
      CASE WHEN sealed IS NULL OR status IN ('pending', 'clarifying') THEN NULL
        WHEN state = '' THEN created_at ELSE coalesce(state ->> '$.decidedAt', created_at) END AS endedAt
    FROM decisions WHERE id > ? AND id < ? ORDER BY id LIMIT ?`)

  return (before: Instant, after: string, limit: number) => {
    // None of them has ended before it was made.
    const rows = page.all(after, firstIdSince('dec', before), limit)
    return {
      decisions: rows.flatMap(({ endedAt, ...row }) =>
        endedAt !== null && endedAt < before ? [{ ...row, endedAt }] : [],
      ),
      last: rows.length < limit ? null : (rows.at(-1)?.id ?? null),
    }
  }
}

/**
 * What erases a decision, and the plan that it is a step of. `guard` changes no row when the decision is not any more as it
 * was loaded.
 * @param workflow one that has ended and is not erased yet; null: none
 */
export function eraseSteps(
  { head }: Loaded,
  decision: Decision,
  events: readonly DecisionEvent[],
  workflow: LoadedWorkflow | null,
  newSalt: () => string,
  now: Instant,
): { readonly guard: Step; readonly steps: readonly Step[] } {
  const { id, version, manifestDigest } = decision
  const { entries, head: after } = appendToChain(head, events, id, manifestDigest, newSalt)
  const forgotten = now - KEPT_MS
  return {
    guard: [
      DECISION,
      version,
      after.length,
      after.hash,
      packState(decision, decision),
      forgotten,
      forgotten,
      id,
      head.length,
    ],
    steps: [
      [EVENTS, id],
      ...entries.map((entry) => eventStep(id, entry)),
      [PLACE, id],
      [ASKS, id],
      ...eraseNoticeSteps(id),
      ...(workflow === null ? [] : eraseWorkflowSteps(workflow, newSalt, now)),
    ],
  }
}

/** A workflow that has ended never changes again, so that nothing has to be guarded. */
function eraseWorkflowSteps({ workflow, head }: LoadedWorkflow, newSalt: () => string, now: Instant): readonly Step[] {
  const { id, manifestDigest } = workflow
  const event = { type: 'workflow.erased', at: now, actor: { kind: 'engine' }, payload: {}, sealed: null } as const
  const { entries, head: after } = appendToChain(head, [event], id, manifestDigest, newSalt)
  const forgotten = now - KEPT_MS
  return [
    [WORKFLOW, after.length, after.hash, forgotten, forgotten, id],
    [WORKFLOW_EVENTS, id],
    ...entries.map((entry) => workflowEventStep(id, entry)),
  ]
}
