import type { Database } from 'better-sqlite3'
import type { Availability, ReviewerRecord } from '../../app/ports.ts'
import { assigneeOf, type Decision } from '../../domain/decision.ts'
import type { Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

type Row = {
  readonly user: string
  readonly open: number
  readonly assignedAt: Instant | null
  readonly awayUntil: Instant | null
  readonly delegate: string | null
  readonly delegateUntil: Instant | null
}

const ASKED = `
  INSERT INTO reviewers (user, open, assigned_at) VALUES (?, 1, ?)
  ON CONFLICT (user) DO UPDATE SET open = open + 1, assigned_at = excluded.assigned_at`
const FREED = `UPDATE reviewers SET open = open - 1 WHERE user = ?`
const SAVE = `
  INSERT INTO reviewers (user, away_until, delegate, delegate_until) VALUES (?, ?, ?, ?)
  ON CONFLICT (user) DO UPDATE SET away_until = excluded.away_until, delegate = excluded.delegate,
    delegate_until = excluded.delegate_until`

/** The table `reviewers`. */
export function reviewerRows(db: Database) {
  const some = db.prepare<[string], Row>(`
    SELECT user, open, assigned_at AS assignedAt, away_until AS awayUntil, delegate, delegate_until AS delegateUntil
    FROM reviewers WHERE user IN (SELECT value FROM json_each(?))`)

  return {
    of: (users: readonly string[]): ReadonlyMap<string, ReviewerRecord> =>
      new Map(some.all(JSON.stringify(users)).map((row) => [row.user, unpack(row)])),
  }
}

/** What keeps the counts right when a decision changes. */
export function loadSteps(before: Decision, after: Decision, now: Instant): readonly Step[] {
  const [old, next] = [assigneeOf(before), assigneeOf(after)]
  if (old === next) return []
  return [...(old === null ? [] : [[FREED, old] as const]), ...(next === null ? [] : [[ASKED, next, now] as const])]
}

export function availabilityStep(user: string, { awayUntil, delegate }: Availability): Step {
  return [SAVE, user, awayUntil, delegate?.to ?? null, delegate?.until ?? null]
}

function unpack({ open, assignedAt, awayUntil, delegate, delegateUntil }: Row): ReviewerRecord {
  return {
    open,
    assignedAt,
    awayUntil,
    delegate: delegate === null || delegateUntil === null ? null : { to: delegate, until: delegateUntil },
  }
}
