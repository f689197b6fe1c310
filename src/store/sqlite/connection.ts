import Sqlite, { type Database } from 'better-sqlite3'
import { type Migration, migrate } from '../migrate.ts'

/** For a lock that another process holds, e.g. one that makes a key. */
const RUNNING_WAIT_MS = 1_000

/**
 * Opens the database, creates it where there is none, and brings its schema up to date.
 * @param file a path, or `:memory:` for one that is gone when the process ends
 * @throws Error that names the file and says in words what is wrong with it
 */
export function openDatabase(file: string, migrations: readonly Migration[]): Database {
  return connect(file, (db) => migrate(db, migrations))
}

/** Opens one more connection to a database that `openDatabase` has opened. @throws as that does */
export function openAgain(file: string): Database {
  return connect(file, () => undefined)
}

function connect(file: string, prepare: (db: Database) => void): Database {
  if (file.trim() === '') throw new Error('The database needs a file name.')
  let db: Database | null = null
  try {
    db = new Sqlite(file)
    setPragmas(db, file)
    prepare(db)
    // The whole process may stand still meanwhile: longer, and Slack's three seconds for an answer would be over.
    db.pragma(`busy_timeout = ${RUNNING_WAIT_MS}`)
    return db
  } catch (error) {
    db?.close()
    throw new Error(`The database ${file} cannot be used: ${inWords(error)}.`, { cause: error })
  }
}

/** These hold for a connection and not for the file, so each connection sets them: a WAL file reopens at NORMAL. */
function setPragmas(db: Database, file: string): void {
  db.pragma('busy_timeout = 5000') // ms; first, because the next one may meet another process that starts
  const mode = db.pragma('journal_mode = WAL', { simple: true })
  if (mode !== 'wal' && file !== ':memory:')
    throw new Error(`its disk does not allow write-ahead logging (journal_mode stays ${String(mode)})`)
  // NORMAL would lose the last answered writes when the power fails.
  db.pragma('synchronous = FULL')
  db.pragma('foreign_keys = ON')
  // What is deleted or erased is overwritten, not left in the file until something else takes its place.
  db.pragma('secure_delete = ON')
}

function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = error instanceof Sqlite.SqliteError ? error.code : ''
  if (code === 'SQLITE_NOTADB') return 'it is not a SQLite database'
  if (code.startsWith('SQLITE_CORRUPT')) return 'it is damaged; please restore a backup'
  if (code.startsWith('SQLITE_CANTOPEN'))
    return 'it cannot be opened; please check that the path is a file, and that it and its folder are writable'
  if (code.startsWith('SQLITE_READONLY'))
    return 'it is not writable; please check the rights of the file and its folder'
  if (code.startsWith('SQLITE_BUSY')) return 'another process holds it locked'
  if (code === 'SQLITE_FULL') return 'the disk is full'
  if (error instanceof TypeError && error.message.includes('directory does not exist'))
    return 'its folder does not exist'
  return error.message
}
