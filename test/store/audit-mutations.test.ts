/**
 * Whoever can write to the database and has not the key: 500 (10,000 with DEEP=1) changes of one cell, deletions, repetitions
 * and exchanges of rows in all tables that `audit verify` looks at. It finds each. Broken builds that this was seen to catch:
 * - the number, the type or the hash of an entry not compared; labels, or how something is frozen, not compared with the
 *   entries; the hash that is kept of a root not compared with it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { makeRoot } from '../../src/app/make-root.ts'
import type { Store } from '../../src/app/ports.ts'
import { type AuditFault, verifyAudit, verifyRoots } from '../../src/app/verify-audit.ts'
import { createRootCheck } from '../../src/grants/root-check.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import { label, unpredictable } from '../contract/open-store.ts'
import { openAudited } from '../fixtures/audited.ts'
import { NOON } from '../fixtures/decisions.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { aSigner } from '../fixtures/signer.ts'

vi.setConfig({ testTimeout: patience(60_000) })

/** What the audit log and the states beside it are made of. */
const COLUMNS: Readonly<Record<string, string>> = {
  decisions:
    'id agent action status route version created_at due_at assignee deadline_at chain_length chain_hash manifest_digest state record hash sealed salt',
  events: 'decision_id n type record hash sealed salt',
  outcomes: 'decision_id n correct source observed_at action agent',
  workflows: 'id agent status version created_at decision_id chain_hash record hash sealed salt',
  workflow_events: 'workflow_id n type record hash sealed salt',
  service: 'chain_length chain_hash manifest_digest',
  service_events: 'n type record hash sealed salt',
  freezes: 'n kind name by at reason',
  audit_roots: 'n at root hash',
  audit_marks: 'chain root length hash',
}
/** Of tables that number no rows. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  outcomes: ['decision_id', 'n'],
  audit_marks: ['chain', 'root'],
}
const TABLES = Object.keys(COLUMNS)
const ACTS = ['edit', 'edit', 'edit', 'edit', 'delete', 'repeat', 'exchange'] as const

const SIGNER = await aSigner()
const openRoot = createRootCheck(SIGNER.jwks)

let folder = ''
let db: Sqlite.Database
let store: Store

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-mutations-'))
  const audited = await openAudited(join(folder, 'audit.db'))
  await root(audited.store)
  await audited.store.update(audited.ids.passed, null, NOON, (decision) => label(decision, 'seen'))
  await root(audited.store)
  await audited.close()
  db = new Sqlite(join(folder, 'audit.db'))
  db.pragma('foreign_keys = OFF')
  store = sqliteStore(db, unpredictable)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const root = (of: Store) =>
  makeRoot({ store: of, signer: SIGNER, clock: () => NOON, isSent: false, wake: () => undefined })

async function faults(): Promise<readonly AuditFault[]> {
  const found: AuditFault[] = []
  await verifyRoots(store, { openRoot, known: [] }, (fault) => found.push(fault))
  await verifyAudit(store, (fault) => found.push(fault))
  return found
}

type Cell = string | number | null
type Row = Readonly<Record<string, Cell>>

const mutation = fc.record({
  table: fc.constantFrom(...TABLES),
  act: fc.constantFrom(...ACTS),
  row: fc.nat(),
  other: fc.nat(),
  column: fc.nat(),
  place: fc.nat(),
  to: fc.constantFrom('0', 'a', 'Z', '"', '}'),
})
type Mutation = typeof mutation extends fc.Arbitrary<infer Drawn> ? Drawn : never

/** @returns whether anything was changed */
function mutate({ table, act, row, other, column, place, to }: Mutation): boolean {
  const columns = (COLUMNS[table] ?? '').split(' ')
  const key = KEYS[table] ?? ['rowid']
  const rows = db
    .prepare<[], Row>(
      `SELECT ${key.map((name) => `${name} AS ${name}`).join()}, ${columns.join()} FROM ${table} ORDER BY ${key.join()}`,
    )
    .all()
  const chosen = rows[row % rows.length]
  if (chosen === undefined) return false
  const where = key.map((name) => `${name} = ?`).join(' AND ')
  const keys = key.map((name) => chosen[name] ?? null)
  switch (act) {
    case 'edit': {
      const name = columns[column % columns.length] ?? ''
      const before = chosen[name] ?? null
      const after = edited(before, name, place, to)
      if (after === before) return false
      return db.prepare(`UPDATE OR IGNORE ${table} SET ${name} = ? WHERE ${where}`).run(after, ...keys).changes === 1
    }
    case 'delete':
      return db.prepare(`DELETE FROM ${table} WHERE ${where}`).run(...keys).changes === 1
    case 'repeat': {
      if (table === 'service') return false
      const [first = ''] = columns
      const [name, value] = columns.includes('n') ? ['n', 'n + 100'] : [first, `${first} || 'x'`]
      const values = columns.map((each) => (each === name ? value : each))
      const sql = `INSERT OR IGNORE INTO ${table} (${columns.join()}) SELECT ${values.join()} FROM ${table} WHERE ${where}`
      return db.prepare(sql).run(...keys).changes === 1
    }
    case 'exchange': {
      const second = rows[other % rows.length]
      if (key.length > 1 || second === undefined || second === chosen) return false
      const free = columns.slice(table === 'decisions' || table === 'workflows' ? 1 : 0).filter((name) => name !== 'n')
      const [mine, theirs] = [chosen, second].map((each) => free.map((name) => each[name] ?? null))
      if (JSON.stringify(mine) === JSON.stringify(theirs)) return false
      const put = db.prepare(
        `UPDATE OR IGNORE ${table} SET ${free.map((name) => `${name} = ?`).join()} WHERE rowid = ?`,
      )
      return put.run(...(theirs ?? []), ...keys).changes + put.run(...(mine ?? []), second['rowid'] ?? 0).changes > 0
    }
  }
}

function edited(before: Cell, name: string, place: number, to: string): Cell {
  if (before === null) return name.endsWith('_at') ? 1 : 'x'
  if (typeof before === 'number') return name === 'correct' ? 1 - before : before + (place % 2 === 0 ? 1 : -1)
  const at = place % Math.max(1, before.length)
  return before.slice(0, at) + to + before.slice(at + 1)
}

it('shows every change of a cell and every row that is deleted, repeated or exchanged', async () => {
  expect(await faults()).toEqual([])
  const wanted = tries(500, 10_000)
  const met = new Set<string>()
  let tried = 0
  for (const drawn of fc.sample(fc.noBias(mutation), { numRuns: wanted * 3, seed: 5 })) {
    if (tried === wanted) break
    db.exec('SAVEPOINT before')
    try {
      if (!mutate(drawn)) continue
      tried += 1
      met.add(`${drawn.table} ${drawn.act}`)
      expect((await faults()).length, JSON.stringify(drawn)).toBeGreaterThan(0)
    } finally {
      db.exec('ROLLBACK TO before; RELEASE before')
    }
  }
  expect(tried).toBe(wanted)
  expect(met.size).toBeGreaterThan(30)
  expect(await faults()).toEqual([])
})
