import type { Database, Statement } from 'better-sqlite3'
import type { Idempotency } from '../../app/ports.ts'
import type { Instant } from '../../domain/time.ts'
import { idempotencyRecords } from './idempotency.ts'
import type { Step, Value } from './step.ts'

/** One write as plain data: all that there is to think about is done, so that any thread can run it. */
export type Operation = {
  /** For a write that is made once: where its key came before, nothing is written. */
  readonly once: { readonly idempotency: Idempotency; readonly now: Instant } | null
  /** A query that has to find no row: where it finds one, nothing is written, as with `guard`. */
  readonly unless?: Step
  /** Has to change a row: where it changes none, what was read before has moved on, and nothing is written. */
  readonly guard: Step | null
  readonly steps: readonly Step[]
}

/** `replayed`: the decision that this key was used for before, with the same body; `mismatch`: with another one. */
export type Outcome = 'written' | 'moved' | 'mismatch' | { readonly replayed: string }

/** An operation that only writes, whatever was there before. */
export function writing(steps: readonly Step[]): Operation {
  return { once: null, guard: null, steps }
}

/** Runs operations on a connection. Belongs inside a transaction. */
export function operations(db: Database): (operation: Operation) => Outcome {
  const statements = new Map<string, Statement<Value[]>>()
  const idempotencies = idempotencyRecords(db)

  const prepared = (sql: string): Statement<Value[]> => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = db.prepare<Value[]>(sql)
    statements.set(sql, statement)
    return statement
  }
  const run = ([sql, ...values]: Step): number => prepared(sql).run(...values).changes
  const finds = ([sql, ...values]: Step): boolean => prepared(sql).get(...values) !== undefined

  return ({ once, unless, guard, steps }) => {
    const before = once === null ? null : idempotencies.check(once.idempotency, once.now)
    if (before !== null) return before
    if (unless !== undefined && finds(unless)) return 'moved'
    if (guard !== null && run(guard) === 0) return 'moved'
    for (const step of steps) run(step)
    return 'written'
  }
}
