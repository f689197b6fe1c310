import type { Database } from 'better-sqlite3'
import { type AuditEntry, appendToChain, type ChainHead, GENESIS } from '../../domain/audit.ts'
import { SERVICE, type ServiceEvent } from '../../domain/service-event.ts'
import type { Step } from './step.ts'

type Row = { readonly length: number; readonly hash: string; readonly manifest: string | null }

const SAVE = `
  INSERT INTO service (id, chain_length, chain_hash, manifest_digest) VALUES (1, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET chain_length = excluded.chain_length, chain_hash = excluded.chain_hash,
    manifest_digest = excluded.manifest_digest`
const INSERT = `INSERT INTO service_events (n, type, record, hash, sealed, salt) VALUES (?, ?, ?, ?, ?, ?)`

/** The tables `service` and `service_events`. */
export function serviceRows(db: Database, newSalt: () => string) {
  const one = db.prepare<[], Row>(`
    SELECT chain_length AS length, chain_hash AS hash, manifest_digest AS manifest FROM service WHERE id = 1`)
  const entries = db.prepare<[], AuditEntry>(`
    SELECT n AS seq, type, record, hash, sealed, salt FROM service_events ORDER BY n`)

  const head = (): ChainHead => {
    const row = one.get()
    return row === undefined ? GENESIS : { length: row.length, hash: row.hash }
  }

  return {
    /** The digest of the manifest in force; null: none was yet. */
    manifestInForce: (): string | null => one.get()?.manifest ?? null,
    /** What appends to the chain as it is now. */
    append: (event: ServiceEvent): readonly Step[] => {
      const { to } = event.payload
      const chain = appendToChain(head(), [event], SERVICE, to, newSalt)
      return [
        ...chain.entries.map(
          ({ seq, type, record, hash, sealed, salt }): Step => [INSERT, seq, type, record, hash, sealed, salt],
        ),
        [SAVE, chain.head.length, chain.head.hash, to],
      ]
    },
    trail: (): { readonly entries: readonly AuditEntry[]; readonly head: ChainHead } => ({
      entries: entries.all(),
      head: head(),
    }),
  }
}
