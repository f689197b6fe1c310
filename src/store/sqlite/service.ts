import type { Database } from 'better-sqlite3'
import { type AuditEntry, appendToChain, type ChainHead, GENESIS } from '../../domain/audit.ts'
import { SERVICE, type ServiceEvent } from '../../domain/service-event.ts'
import type { Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

type Row = { readonly length: number; readonly hash: string; readonly manifest: string | null }

const SAVE = `
  INSERT INTO service (id, chain_length, chain_hash, manifest_digest) VALUES (1, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET chain_length = excluded.chain_length, chain_hash = excluded.chain_hash,
    manifest_digest = excluded.manifest_digest`
// No row where the chain has grown since it was read: another process may write to it.
const INSERT = `
  INSERT INTO service_events (n, type, record, hash, sealed, salt)
  SELECT ?, ?, ?, ?, ?, ? WHERE coalesce((SELECT chain_length FROM service WHERE id = 1), 0) = ?`

/** The tables `service` and `service_events`. */
export function serviceRows(db: Database, newSalt: () => string) {
  const one = db.prepare<[], Row>(`
    SELECT chain_length AS length, chain_hash AS hash, manifest_digest AS manifest FROM service WHERE id = 1`)
  const restored = db.prepare<[], Instant | null>('SELECT restored_at FROM service WHERE id = 1').pluck()
  const copied = db.prepare<[], Instant>('SELECT made_at FROM backup_mark WHERE id = 1').pluck()
  const length = db.prepare<[], number>('SELECT chain_length FROM service WHERE id = 1').pluck()
  const entries = db.prepare<[], AuditEntry>(`
    SELECT n AS seq, type, record, hash, sealed, salt FROM service_events ORDER BY n`)

  const page = db.prepare<[number, number], AuditEntry>(`
    SELECT n AS seq, type, record, hash, sealed, salt FROM service_events WHERE n > ? ORDER BY n LIMIT ?`)

  const head = (): ChainHead => {
    const row = one.get()
    return row === undefined ? GENESIS : { length: row.length, hash: row.hash }
  }

  return {
    /** The digest of the manifest in force; null: none was yet. */
    manifestInForce: (): string | null => one.get()?.manifest ?? null,
    /** When it was last found that this is a restored copy; null: never. */
    restoredAt: (): Instant | null => restored.get() ?? null,
    /** When this copy was made; null: it is none. */
    copiedAt: (): Instant | null => copied.get() ?? null,
    chainLength: (): number => length.get() ?? GENESIS.length,
    /**
     * What appends to the chain as it is now, and the place that the event gets there. `guard` writes the event, or no
     * row when the chain has grown meanwhile.
     * @param manifest in force from then on
     */
    append: (
      event: ServiceEvent,
      manifest: string | null,
    ): { readonly n: number; readonly guard: Step; readonly save: Step } => {
      const before = head()
      const { entries: added, head: after } = appendToChain(before, [event], SERVICE, manifest, newSalt)
      const [entry] = added
      if (entry === undefined) throw new Error('one event makes one entry')
      const { seq, type, record, hash, sealed, salt } = entry
      return {
        n: seq,
        guard: [INSERT, seq, type, record, hash, sealed, salt, before.length],
        save: [SAVE, after.length, after.hash, manifest],
      }
    },
    row: (): { readonly head: ChainHead; readonly manifest: string | null } => ({
      head: head(),
      manifest: one.get()?.manifest ?? null,
    }),
    entries: (after: number, limit: number): readonly AuditEntry[] => page.all(after, limit),
    trail: (): { readonly entries: readonly AuditEntry[]; readonly head: ChainHead } => ({
      entries: entries.all(),
      head: head(),
    }),
  }
}
