import Sqlite from 'better-sqlite3'

/**
 * Holds a database file for one process, until it is released or the process ends, however it ends: the operating system
 * frees the lock. Two services on one file would each post every card. Other programs may still read and write it.
 * @returns releases it; null: another process holds it
 */
export function holdAlone(file: string): (() => void) | null {
  if (file === ':memory:') return () => undefined
  const lock = new Sqlite(`${file}-lock`, { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
    return () => lock.close()
  } catch (error) {
    lock.close()
    if (error instanceof Sqlite.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
}
