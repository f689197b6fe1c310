import { chmodSync, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import type { Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

/** All that is left, in one go: copied piece by piece it would begin anew at each write, and never end under load. */
const EVERYTHING = 0x7fffffff

/**
 * Copies a database that a service may be running on, as it is at one moment, and marks the copy as one. Nobody who writes
 * has to wait. The copy is whole or not there: it gets its name when it is on disk.
 * @param source an existing database, its schema up to date
 * @param now written into the copy
 * @returns how large it is, in bytes
 * @throws Error in words when there is something at `target` already, or it cannot be written
 */
export async function backUp(source: string, target: string, now: Instant): Promise<number> {
  if (existsSync(target))
    throw new Error(`There is a file ${target} already, and it is left as it is. Give another name.`)
  const folder = dirname(target)
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder}. Make it first, or give another one.`)
  const unfinished = `${target}.unfinished`
  rmSync(unfinished, { force: true })
  try {
    const db = new Sqlite(source, { readonly: true, fileMustExist: true })
    try {
      await db.backup(unfinished, { progress: () => EVERYTHING })
    } finally {
      db.close()
    }
    chmodSync(unfinished, 0o600)
    mark(unfinished, now)
    renameSync(unfinished, target)
    return statSync(target).size
  } finally {
    for (const left of ['', '-journal', '-wal', '-shm']) rmSync(`${unfinished}${left}`, { force: true })
  }
}

/** One file, without a write-ahead log beside it: that is what is carried away. */
function mark(file: string, now: Instant): void {
  const copy = new Sqlite(file)
  try {
    copy.pragma('journal_mode = DELETE')
    copy.pragma('synchronous = FULL')
    copy.prepare('INSERT OR REPLACE INTO backup_mark (id, made_at) VALUES (1, ?)').run(now)
  } finally {
    copy.close()
  }
}

/** What notes that the database was restored from a copy, which it then is no more. */
export function restoredSteps(now: Instant): readonly Step[] {
  return [['UPDATE service SET restored_at = ? WHERE id = 1', now], ['DELETE FROM backup_mark']]
}
