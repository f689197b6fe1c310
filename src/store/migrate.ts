import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { Database } from 'better-sqlite3'

/** One numbered step of the schema. */
export type Migration = { readonly version: number; readonly name: string; readonly sql: string }

type Applied = { readonly version: number; readonly name: string; readonly checksum: string }

const SQLITE_MIGRATIONS = new URL('./migrations/sqlite/', import.meta.url)

/** The steps that this version knows, in order: the files `NNNN_name.sql` that lie beside this module. */
export function sqliteMigrations(): readonly Migration[] {
  return readdirSync(SQLITE_MIGRATIONS)
    .filter((name) => /^\d{4}_\w+\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      name,
      sql: readFileSync(new URL(name, SQLITE_MIGRATIONS), 'utf8'),
    }))
}

/**
 * Brings the schema up to date, each step in a transaction of its own, so that an interrupted start goes on where it
 * stopped. Safe when two processes start at once.
 * @throws Error in words for the operator: written by a newer version, by another program, or a step changed afterwards
 */
export function migrate(db: Database, migrations: readonly Migration[]): void {
  const recorded = db.transaction(() => recordedSteps(db)).immediate()
  refuseUnknown(recorded, migrations)
  const apply = db.transaction((migration: Migration) => {
    // Another process may have come first.
    if (appliedStep(db, migration.version) !== undefined) return
    db.exec(migration.sql)
    db.prepare('INSERT INTO schema_migrations (version, name, checksum) VALUES (?, ?, ?)').run(
      migration.version,
      migration.name,
      checksumOf(migration),
    )
  })
  for (const migration of migrations) apply.immediate(migration)
}

function recordedSteps(db: Database): readonly Applied[] {
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()
  if (tables.length > 0 && !tables.includes('schema_migrations'))
    throw new Error('it is a database of another program; please name a new file')
  db.exec(`CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL
  ) STRICT`)
  return db.prepare<[], Applied>('SELECT version, name, checksum FROM schema_migrations ORDER BY version').all()
}

function appliedStep(db: Database, version: number): number | undefined {
  return db.prepare<[number], number>('SELECT version FROM schema_migrations WHERE version = ?').pluck().get(version)
}

function refuseUnknown(recorded: readonly Applied[], migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.version, migration]))
  const newest = migrations.at(-1)?.version ?? 0
  for (const { version, name, checksum } of recorded) {
    const migration = known.get(version)
    if (migration === undefined)
      throw new Error(
        `it was written by a newer version of Countersign (schema ${version}; this version knows ${newest}); please start that version`,
      )
    if (checksumOf(migration) !== checksum)
      throw new Error(`its schema step ${name} is not the one that this version knows; please restore the original`)
  }
}

function checksumOf({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex')
}
