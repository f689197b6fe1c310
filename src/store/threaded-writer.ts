import { Worker } from 'node:worker_threads'
import Sqlite from 'better-sqlite3'
import type { Operation, Outcome } from './sqlite/operation.ts'
import type { Writer } from './writer.ts'
import type { Answer } from './writer-thread.ts'

/**
 * What is asked for in one turn of the event loop is handed over together, so many at most: the thread is at work on the
 * first while the last ones of a busy turn are still prepared. With all at once, the two threads wait for each other.
 */
const HANDED_OVER_AT = 16

type Member = { readonly resolve: (outcome: Outcome) => void; readonly reject: (error: unknown) => void }

/**
 * A writer in a thread of its own, with a connection of its own: commits, checkpoints and the disk hold up nobody who
 * does not wait for them.
 *
 * While nothing waits for it, the thread keeps no process alive. Should it die, what waits and all that comes later rejects.
 * @param file an existing database, its schema up to date
 * @param program the compiled `writer-thread.ts`
 */
export function threadedWriter(file: string, program: URL): Writer {
  const thread = new Worker(program, { workerData: file, execArgv: [] })
  thread.unref()
  const asked: Operation[] = []
  /** Answers come in the order in which operations were handed over. */
  const waiting: Member[] = []
  let closed: Error | null = null
  let died: unknown = null

  const handOver = (): void => {
    if (asked.length > 0) thread.postMessage(asked.splice(0))
  }

  thread.on('message', (answers: readonly Answer[]) => {
    for (const [index, { resolve, reject }] of waiting.splice(0, answers.length).entries()) {
      const answer = answers[index]
      if (answer === undefined) reject(new Error('the writer has left out an answer'))
      else if (typeof answer === 'object' && 'error' in answer) reject(asError(answer))
      else resolve(answer)
    }
    if (waiting.length === 0) thread.unref()
  })
  thread.on('error', (error) => {
    died = error
  })
  const exited = new Promise<void>((resolve) => {
    thread.on('exit', () => {
      closed ??= new Error('the thread that writes the database has stopped', { cause: died })
      for (const { reject } of waiting.splice(0)) reject(closed)
      resolve()
    })
  })

  return {
    write: (operation) =>
      new Promise((resolve, reject) => {
        if (closed !== null) return reject(closed)
        if (asked.length === 0) setImmediate(handOver)
        if (waiting.length === 0) thread.ref()
        asked.push(operation)
        waiting.push({ resolve, reject })
        if (asked.length === HANDED_OVER_AT) handOver()
      }),
    end: () => {
      if (closed !== null) return exited
      closed = new Error('the store is closed')
      handOver()
      thread.ref()
      thread.postMessage(null)
      return exited
    },
  }
}

function asError({ error, code }: Extract<Answer, { readonly error: string }>): Error {
  return code === null ? new Error(error) : new Sqlite.SqliteError(error, code)
}
