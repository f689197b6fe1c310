import type { Database } from 'better-sqlite3'
import type { ApiKey, Random, Store } from '../src/app/ports.ts'
import { born } from '../src/domain/decision.ts'
import type { GroupCommit } from '../src/store/group-commit.ts'
import { sqliteMigrations } from '../src/store/migrate.ts'
import { openDatabase } from '../src/store/sqlite/connection.ts'
import { sqliteStore } from '../src/store/sqlite.ts'

/**
 * The server with its store left out: API keys and manifests are kept in memory, decisions are made and forgotten. What
 * a durable server takes longer than this one is the price of remembering.
 */
export function forgetfulStore(random: Random): Store {
  const memory = sqliteStore(openDatabase(':memory:', sqliteMigrations()), random)
  const keys = new Map<string, ApiKey>()
  return {
    ...memory,
    submit: async (_idempotency, limitKeys, _now, create) => {
      const created = create(
        limitKeys.map(({ index }) => ({ index, used: 0 })),
        [],
        { denialOf: () => null, before: () => null },
      )
      if (created === null || 'kind' in created) return created ?? { kind: 'refused' }
      return { kind: 'created', decision: born(created.event) }
    },
    apiKey: async (id) => {
      const known = keys.get(id) ?? (await memory.apiKey(id))
      if (known !== null) keys.set(id, known)
      return known
    },
  }
}

/** The store with a transaction, and so an fsync, for each write: what group commit is there to save. */
export function ungroupedStore(file: string, random: Random): Store {
  return sqliteStore(openDatabase(file, sqliteMigrations()), random, oneByOne)
}

function oneByOne(db: Database): GroupCommit {
  return {
    write: async (work) => db.transaction(work).immediate(),
    end: () => {},
  }
}
