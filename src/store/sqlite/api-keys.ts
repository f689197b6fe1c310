import type { Database } from 'better-sqlite3'
import type { ApiKey, Scope } from '../../app/ports.ts'
import type { Step } from './step.ts'

type Row = Omit<ApiKey, 'scopes'> & { readonly scopes: string }

const SAVE = `
  INSERT INTO api_keys (id, secret_hash, agent, scopes, created_at, expires_at, revoked_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET secret_hash = excluded.secret_hash, agent = excluded.agent,
    scopes = excluded.scopes, created_at = excluded.created_at, expires_at = excluded.expires_at,
    revoked_at = excluded.revoked_at`

/**
 * The table `api_keys`. Keys that were read are kept until somebody else has written
 * to the database: each request needs one, and one that another process revokes is refused from the next request on.
 */
export function apiKeys(db: Database) {
  const one = db.prepare<[string], Row>(`
    SELECT id, secret_hash AS secretHash, agent, scopes, created_at AS createdAt, expires_at AS expiresAt,
      revoked_at AS revokedAt
    FROM api_keys WHERE id = ?`)
  const all = db.prepare<[], Row>(`
    SELECT id, secret_hash AS secretHash, agent, scopes, created_at AS createdAt, expires_at AS expiresAt,
      revoked_at AS revokedAt
    FROM api_keys ORDER BY created_at, id`)

  const version = db.prepare<[], number>('PRAGMA data_version').pluck()
  const known = new Map<string, ApiKey>()
  let knownAt = version.get()

  return {
    one: (id: string): ApiKey | null => {
      const now = version.get()
      if (now !== knownAt) known.clear()
      knownAt = now
      const held = known.get(id)
      if (held !== undefined) return held
      const row = one.get(id)
      if (row === undefined) return null
      const key = unpack(row)
      known.set(id, key)
      return key
    },
    all: (): readonly ApiKey[] => all.all().map(unpack),
    /** To be called when this process itself has changed the key. */
    changed: (id: string): void => void known.delete(id),
  }
}

export function apiKeyStep({ id, secretHash, agent, scopes, createdAt, expiresAt, revokedAt }: ApiKey): Step {
  return [SAVE, id, secretHash, agent, JSON.stringify(scopes), createdAt, expiresAt, revokedAt]
}

function unpack(row: Row): ApiKey {
  const scopes: readonly Scope[] = JSON.parse(row.scopes)
  return { ...row, scopes }
}
