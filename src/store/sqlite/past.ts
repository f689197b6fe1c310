import type { Database } from 'better-sqlite3'
import type { PastPage } from '../../app/ports.ts'
import type { Past } from '../../domain/backtest.ts'
import { firstIdSince } from '../../domain/ids.ts'
import { labelsOf } from './judged.ts'

type Row = Pick<Past, 'id' | 'at' | 'agent' | 'route' | 'status' | 'decidedAt'> & {
  readonly sealed: string | null
  readonly labels: string
}

// The state is empty while the first event says everything; nobody has decided then.
const PAST = `
  SELECT d.id, d.created_at AS at, d.agent, d.route, d.status, d.sealed,
    CASE WHEN d.status IN ('approved', 'denied') THEN d.state ->> '$.decidedAt' END AS decidedAt,
    (SELECT json_group_array(json_object('correct', o.correct, 'source', o.source, 'observedAt', o.observed_at,
        'recorded', e.seq))
      FROM outcomes o JOIN events e ON e.decision_id = o.decision_id AND e.n = o.n
      WHERE o.decision_id = d.id) AS labels
  FROM decisions d WHERE d.id > ? ORDER BY d.id LIMIT ?`

/** Decisions as they were made, page by page, from the tables `decisions`, `events` and `outcomes`. */
export function pastRows(db: Database) {
  const page = db.prepare<[string, number], Row>(PAST)

  return (after: string | { readonly since: number }, limit: number): PastPage => {
    const rows = page.all(typeof after === 'string' ? after : firstIdSince('dec', after.since), limit)
    const decisions = rows.flatMap(({ sealed, labels, ...row }): readonly Past[] => {
      if (sealed === null) return []
      const { proposal, reasons } = JSON.parse(sealed)
      return [{ ...row, proposal, reasons, labels: labels === '[]' ? [] : labelsOf(labels) }]
    })
    return { decisions, erased: rows.length - decisions.length, last: rows.at(-1)?.id ?? null }
  }
}
