/** The thread of `threadedWriter`: gets batches of operations, answers each batch, in order; null ends it. */
import { parentPort, workerData } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'
import { groupCommit } from './group-commit.ts'
import { openAgain } from './sqlite/connection.ts'
import type { Operation, Outcome } from './sqlite/operation.ts'
import { localWriter } from './writer.ts'

/** What became of one operation. An error crosses threads as its words; `code` is SQLite's. */
export type Answer = Outcome | { readonly error: string; readonly code: string | null }

if (parentPort === null) throw new Error('this is no program of its own')
const port = parentPort
const db = openAgain(String(workerData))
const { write, end } = localWriter(db, groupCommit(db))

port.on('message', (batch: readonly Operation[] | null) => void (batch === null ? finish() : answer(batch)))

async function answer(batch: readonly Operation[]): Promise<void> {
  const settled = await Promise.allSettled(batch.map(write))
  port.postMessage(settled.map((one): Answer => (one.status === 'fulfilled' ? one.value : asAnswer(one.reason))))
}

async function finish(): Promise<void> {
  await end()
  db.close()
  // The last answers go out before that.
  setImmediate(() => port.close())
}

function asAnswer(error: unknown): Answer {
  if (!(error instanceof Error)) return { error: String(error), code: null }
  return { error: error.message, code: error instanceof Sqlite.SqliteError ? error.code : null }
}
