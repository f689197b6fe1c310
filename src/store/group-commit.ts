import type { Database } from 'better-sqlite3'

/** One transaction, one fsync, for everything that asked to write in the same turn of the event loop. */
export type GroupCommit = {
  /**
   * Runs `work` inside a transaction and gives its result once that is on disk; rejects when nothing of it is.
   * `work` may run twice (see below): what it does outside the database must bear that.
   */
  readonly write: <Result>(work: () => Result) => Promise<Result>
  /** Writes what is waiting; later writes reject. */
  readonly end: () => void
}

type Member = {
  /** Runs the work; the returned function answers its caller with the result of this very run. */
  readonly run: () => () => void
  readonly fail: (error: unknown) => void
}

/** At 60 µs each this holds the event loop for 15 ms. More would save little on the fsync, and let clicks wait unread. */
const MOST_TOGETHER = 250

/**
 * Collects writes until the turn of the event loop is over and commits them together. No timer: a lone write waits for
 * nobody.
 *
 * When the shared transaction fails it is rolled back, and its members are redone one by one, each in a transaction of
 * its own: one poisoned member fails alone. A member's work has then run twice, so only the result of the run that was
 * committed is given to its caller.
 */
export function groupCommit(db: Database): GroupCommit {
  const begin = db.prepare('BEGIN IMMEDIATE')
  const commit = db.prepare('COMMIT')
  const rollback = db.prepare('ROLLBACK')
  const waiting: Member[] = []
  let ended = false

  const together = (members: readonly Member[]): readonly (() => void)[] => {
    try {
      const answers = members.map((member) => member.run())
      commit.run()
      return answers
    } catch (error) {
      // SQLite has rolled back by itself after some errors, a full disk among them.
      if (db.inTransaction) rollback.run()
      throw error
    }
  }

  const settle = (members: readonly Member[]): void => {
    let answers: readonly (() => void)[]
    try {
      begin.run()
    } catch (error) {
      // Somebody else holds the database, for as long as busy_timeout already: asking once more for each member would
      // stop the whole process for that long each time.
      for (const member of members) member.fail(error)
      return
    }
    try {
      answers = together(members)
    } catch (error) {
      if (members.length === 1) for (const member of members) member.fail(error)
      else for (const member of members) settle([member])
      return
    }
    for (const answer of answers) answer()
  }

  const flush = (): void => {
    const members = waiting.splice(0, MOST_TOGETHER)
    if (waiting.length > 0) setImmediate(flush)
    if (members.length > 0) settle(members)
  }

  return {
    write: <Result>(work: () => Result) =>
      new Promise<Result>((resolve, reject) => {
        if (ended) return reject(new Error('the store is closed'))
        if (waiting.length === 0) setImmediate(flush)
        waiting.push({
          run: () => {
            const result = work()
            return () => resolve(result)
          },
          fail: reject,
        })
      }),
    end: () => {
      ended = true
      while (waiting.length > 0) flush()
    },
  }
}
