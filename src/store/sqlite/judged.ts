import type { Database } from 'better-sqlite3'
import { firstIdSince } from '../../domain/ids.ts'
import type { Judged, Label } from '../../domain/judged.ts'
import type { Instant } from '../../domain/time.ts'

type Row = Omit<Judged, 'labels' | 'recommendedReview'> & {
  readonly recommendedReview: 0 | 1 | null
  /** A JSON array; `correct` is 0 or 1. */
  readonly labels: string
}

// What a decision claimed stands in its first event; where that was erased, in its state. The labels have it as well.
const STATED = (path: string) =>
  `coalesce(d.sealed ->> '$.proposal.${path}', CASE WHEN d.sealed IS NULL AND d.state <> '' THEN d.state ->> '$.proposal.${path}' END)`
const CLAIM = `coalesce(${STATED('confidence')}, max(o.confidence))`
const JUDGED = `
  SELECT d.id, d.route, d.status, d.audit_probability AS auditProbability,
    ${CLAIM} AS confidence,
    coalesce(${STATED('agent_version')}, max(o.agent_version)) AS agentVersion,
    ${STATED('recommended_review')} AS recommendedReview,
    json_group_array(json_object('correct', o.correct, 'source', o.source, 'observedAt', o.observed_at,
      'recorded', e.seq)) FILTER (WHERE o.n IS NOT NULL) AS labels
  FROM decisions d
  LEFT JOIN outcomes o ON o.decision_id = d.id
  LEFT JOIN events e ON e.decision_id = o.decision_id AND e.n = o.n
  WHERE d.id IN (SELECT id FROM decisions WHERE action = ? AND id >= ? ORDER BY id DESC LIMIT ?)
  GROUP BY d.id
  HAVING ${CLAIM} IS NOT NULL
  ORDER BY d.id`

/** Decisions beside the labels that came later, from the tables `decisions`, `events` and `outcomes`. */
export function judgedRows(db: Database) {
  const since = db.prepare<[string, string, number], Row>(JUDGED)

  // SQLite takes a negative limit for none.
  return (action: string, from: Instant, most = -1): readonly Judged[] =>
    since.all(action, firstIdSince('dec', from), most).map(({ recommendedReview, labels, ...row }) => ({
      ...row,
      recommendedReview: recommendedReview === 1,
      labels: labelsOf(labels),
    }))
}

/** The labels that a query has put into a JSON array; `correct` is 0 or 1 there. */
export function labelsOf(json: string): readonly Label[] {
  const labels: readonly (Omit<Label, 'correct'> & { readonly correct: 0 | 1 })[] = JSON.parse(json)
  return labels.map((label) => ({ ...label, correct: label.correct === 1 }))
}
