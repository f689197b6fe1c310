import type { Database } from 'better-sqlite3'
import type { GroupCommit } from './group-commit.ts'
import { type Operation, type Outcome, operations } from './sqlite/operation.ts'

/** Runs operations in transactions, in the order in which they were given. */
export type Writer = {
  /** Resolves once it is on disk; rejects when nothing of it is. */
  readonly write: (operation: Operation) => Promise<Outcome>
  /** Writes what is waiting; later writes reject. */
  readonly end: () => Promise<void>
}

/** A writer in this very thread: while it commits, everything else stands still. */
export function localWriter(db: Database, { write, end }: GroupCommit): Writer {
  const run = operations(db)
  return {
    write: (operation) => write(() => run(operation)),
    end: async () => end(),
  }
}
