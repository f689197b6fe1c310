import type { Database } from 'better-sqlite3'
import type { Decision } from '../../domain/decision.ts'
import { MOST_ROWS, SHARED_WITHIN } from '../../domain/shared-card.ts'
import type { Step } from './step.ts'

// `abs`: a clock that was set back must not keep a card open for longer. By some milliseconds it often seems to be: two
// that come at once are not always recorded in the order of their clocks.
const TAKE = `
  INSERT INTO card_rows (decision_id, card, row, begun_at, action, agent, manifest_digest)
  SELECT new.id, coalesce(last.card, new.id), coalesce(last.row, 0) + 1, coalesce(last.begun_at, new.at),
    new.action, new.agent, new.manifest_digest
  FROM (SELECT ? AS id, ? AS at, ? AS action, ? AS agent, ? AS manifest_digest) new
  LEFT JOIN (
    SELECT card, row, begun_at FROM card_rows WHERE action = ? AND agent = ? AND manifest_digest = ?
    ORDER BY seq DESC LIMIT 1
  ) last ON last.row < ? AND abs(new.at - last.begun_at) < ?`

/** The table `card_rows`. */
export function cardRows(db: Database) {
  const of = db
    .prepare<[string], string>(`
      SELECT decision_id FROM card_rows WHERE card = (SELECT card FROM card_rows WHERE decision_id = ?) ORDER BY row`)
    .pluck()

  return {
    of: (decision: string): readonly string[] => {
      const sharing = of.all(decision)
      return sharing.length === 0 ? [decision] : sharing
    },
  }
}

/** What gives a new decision the next row of the last card of its kind, or the first of a new one. */
export function cardRowStep({ id, proposal, agent, manifestDigest, createdAt }: Decision): Step {
  const kind = [proposal.action, agent, manifestDigest] as const
  return [TAKE, id, createdAt, ...kind, ...kind, MOST_ROWS, SHARED_WITHIN]
}
