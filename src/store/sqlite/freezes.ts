import type { Database } from 'better-sqlite3'
import type { Freeze, Freezer, FreezeSubject } from '../../domain/freeze.ts'
import type { Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

type Row = Pick<Freeze, 'n' | 'at' | 'reason'> & {
  readonly kind: FreezeSubject['kind']
  readonly name: string
  readonly by: string
}

const SET = `INSERT INTO freezes (n, kind, name, by, at, reason) VALUES (?, ?, ?, ?, ?, ?)`
const LIFT = `DELETE FROM freezes WHERE kind = ? AND name = ?`

/** Which open decisions a subject covers. Its name is bound where the condition has a place for it. */
const COVERED: Readonly<Record<FreezeSubject['kind'], string>> = {
  action: 'action = ?',
  agent: 'agent = ?',
  workflow: `json_extract(sealed, '$.proposal.workflow.id') = ?`,
  all: 'true',
}

/** What is frozen, and the length of the service's own chain at which it was read. */
export type InForce = { readonly freezes: readonly Freeze[]; readonly at: number }

/**
 * The table `freezes`. Rows that were read are kept until the service's chain has grown, in whatever process: each
 * decision needs them, and what somebody else freezes holds from the next read on.
 * @param chainLength of the service's own chain as it is now
 */
export function freezeRows(db: Database, chainLength: () => number) {
  const all = db.prepare<[], Row>(`SELECT n, kind, name, by, at, reason FROM freezes ORDER BY n`)
  let known: InForce = { freezes: [], at: 0 }

  return {
    /** As the table has them now; null: somebody has written to it what can't be read. */
    read: (): readonly Freeze[] | null => {
      const rows = all.all()
      try {
        return rows.map(unpack)
      } catch {
        return null
      }
    },
    inForce: (): InForce => {
      // Before the rows: what comes in between is then read again the next time.
      const at = chainLength()
      if (at !== known.at) known = { freezes: unchanged(known.freezes, all.all().map(unpack)), at }
      return known
    },
  }
}

/** @param n the place of its event in the service's own chain */
export function setStep(n: number, subject: FreezeSubject, by: Freezer, at: Instant, reason: string): Step {
  return [SET, n, ...bound(subject), JSON.stringify(by), at, reason]
}

export function liftStep(subject: FreezeSubject): Step {
  return [LIFT, ...bound(subject)]
}

/** A condition on open rows of `decisions`, and what it binds. */
export function coveredBy(subject: FreezeSubject): { readonly sql: string; readonly values: readonly string[] } {
  const sql = `deadline_at IS NOT NULL AND ${COVERED[subject.kind]}`
  return { sql, values: subject.kind === 'all' ? [] : [subject.name] }
}

function bound(subject: FreezeSubject): readonly [string, string] {
  return [subject.kind, subject.kind === 'all' ? '' : subject.name]
}

/** The chain grows by other events as well. */
function unchanged(before: readonly Freeze[], now: readonly Freeze[]): readonly Freeze[] {
  return before.length === now.length && before.every(({ n }, at) => n === now[at]?.n) ? before : now
}

function unpack({ n, kind, name, by, at, reason }: Row): Freeze {
  const subject: FreezeSubject = kind === 'all' ? { kind } : { kind, name }
  const freezer: Freezer = JSON.parse(by)
  return { n, subject, by: freezer, at, reason }
}
