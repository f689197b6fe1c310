import type { Database, Statement } from 'better-sqlite3'
import type { Idempotency } from '../../app/ports.ts'
import type { Instant } from '../../domain/time.ts'
import { idempotencyRecords } from './idempotency.ts'
import type { Step, Value } from './step.ts'

/** One write as plain data: all that there is to think about is done, so that any thread can run it. */
export type Operation = {
  /** For a write that is made once: where its key came before, nothing is written. */
  readonly once: { readonly idempotency: Idempotency; readonly now: Instant } | null
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

  const run = ([sql, ...values]: Step): number => {
    let statement = statements.get(sql)
    if (statement === undefined) {
      statement = db.prepare<Value[]>(sql)
      statements.set(sql, statement)
    }
    return statement.run(...values).changes
  }

  return ({ once, guard, steps }) => {
    const before = once === null ? null : idempotencies.check(once.idempotency, once.now)
    if (before !== null) return before
    if (guard !== null && run(guard) === 0) return 'moved'
    for (const step of steps) run(step)
    return 'written'
  }
}
