import type { Database } from 'better-sqlite3'
import type { Manifest } from '../../domain/manifest.ts'
import type { Instant } from '../../domain/time.ts'

/** The table `manifests`: every one that was ever in force. `save` belongs inside a transaction. */
export function manifests(db: Database) {
  const one = db.prepare<[string], string>(`SELECT manifest FROM manifests WHERE digest = ?`)
  const save = db.prepare(`
    INSERT INTO manifests (digest, manifest, first_used_at) VALUES (:digest, :manifest, :now)
    ON CONFLICT (digest) DO NOTHING`)

  return {
    one: (digest: string): Manifest | null => {
      const text = one.pluck().get(digest)
      if (text === undefined) return null
      const manifest: Manifest = JSON.parse(text)
      return manifest
    },
    save: (manifest: Manifest, now: Instant): void => {
      save.run({ digest: manifest.digest, manifest: JSON.stringify(manifest), now })
    },
  }
}
