import type { Database } from 'better-sqlite3'
import type { Manifest } from '../../domain/manifest.ts'
import type { Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

const SAVE = `
  INSERT INTO manifests (digest, manifest, first_used_at) VALUES (?, ?, ?)
  ON CONFLICT (digest) DO NOTHING`

/** The table `manifests`: every one that was ever in force. */
export function manifests(db: Database) {
  const one = db.prepare<[string], string>(`SELECT manifest FROM manifests WHERE digest = ?`)

  return {
    one: (digest: string): Manifest | null => {
      const text = one.pluck().get(digest)
      if (text === undefined) return null
      const manifest: Manifest = JSON.parse(text)
      return manifest
    },
  }
}

export function manifestStep(manifest: Manifest, now: Instant): Step {
  return [SAVE, manifest.digest, JSON.stringify(manifest), now]
}
