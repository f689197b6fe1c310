/**
 * Backups made under load, and put in place. Broken builds that these sentences were seen to catch:
 * - a grant of before taken, shown, or issued anew after the restore -> "no grant of before".
 * - nothing frozen, nobody told, or it noted at each start -> "is frozen". The mark in the database itself -> "is none".
 * - the copy not marked, or a file of the same name overwritten -> the sentences on them.
 * - when it was restored forgotten with the next event of the service -> "no grant of before".
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Caller, Offer } from '../../src/app/app.ts'
import { liftFreeze } from '../../src/app/freeze.ts'
import { noteRestore } from '../../src/app/restore.ts'
import { verifyAudit } from '../../src/app/verify-audit.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { backUp } from '../../src/store/sqlite/backup.ts'
import { aProposal } from '../fixtures/decisions.ts'
import { tries } from '../fixtures/depth.ts'
import { CALLER, openTeam, type Team } from './team.ts'

const ANA = 'U0ANA00001'
const YAML = `
roles:
  support_lead: { members: [${ANA}] }
actions:
  process_refund: { severity: high, reversible: false, required_role: support_lead }
  start_machine: { severity: high, reversible: true }
`
const EXECUTOR: Caller = { agent: 'executor', apiKey: 'key_9', anyAgent: true }
const OPERATOR = { kind: 'operator' } as const

let folder: string
let team: Team
let restored: Team | null = null
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-backup-'))
  team = openTeam(YAML, join(folder, 'service.db'))
})
afterEach(async () => {
  await team.close()
  await restored?.close()
  restored = null
  rmSync(folder, { recursive: true })
})

/** Opens a copy as a service does that starts on it. */
async function start(copy: string, at: number): Promise<Team> {
  await restored?.close()
  restored = openTeam(YAML, copy)
  restored.clock.now = at
  await noteRestore({ store: restored.store, clock: () => at })
  return restored
}

async function faults({ store }: Team): Promise<readonly string[]> {
  const told: string[] = []
  await verifyAudit(store, ({ chain, entry, what }) => told.push(`${JSON.stringify(chain)} ${entry}: ${what}`))
  return told
}

/** One request from its beginning: approved by a person or the policy, its grant read, and used where `isUsed`. */
async function run(n: number, isUsed: boolean): Promise<Offer> {
  const { app } = team
  const action = n % 2 === 0 ? 'start_machine' : 'process_refund'
  const { id } = await team.ask({ action, parameters: { n }, confidence: 0.9 })
  if (action === 'process_refund') await app.approve({ decision: id, revision: 0, user: ANA }, null)
  const { grant } = await app.granted(CALLER, await team.read(id), 'read')
  const offer = { grant: grant ?? '', action, parameters: { n } }
  if (isUsed) expect(await app.consume(EXECUTOR, offer, null)).toMatchObject({ kind: 'accepted' })
  return offer
}

describe('a backup', () => {
  it(
    'made under load verifies, and no grant of before is good after it was put in place',
    async () => {
      const offers: Offer[] = []
      let copied = 0
      for (let round = 0; round < tries(10, 100); round += 1) {
        const copy = join(folder, `copy-${round}.db`)
        const made = backUp(join(folder, 'service.db'), copy, team.clock.now)
        const load = Array.from({ length: 12 }, (_, n) => run(round * 12 + n, n % 3 !== 0))
        await made
        // Used only after the copy was made: the copy knows nothing of that.
        offers.push(...(await Promise.all(load)))
        const there = await start(copy, team.clock.now + MINUTE)
        expect(await faults(there)).toEqual([])
        const kept = await there.store.decisions({
          agent: null,
          status: null,
          action: null,
          before: null,
          limit: 10_000,
        })
        expect(kept.length).toBeGreaterThanOrEqual(copied)
        copied = kept.length
        const isFrozen = async () => (await there.store.freezes()).length > 0
        expect(await isFrozen()).toBe(true)
        // The freeze was lifted, and nothing else has changed.
        await liftFreeze(there.store, OPERATOR, { kind: 'all' }, 'looked at', there.clock.now)
        expect(await isFrozen()).toBe(false)
        // Those of rounds long ago are as they were.
        for (const offer of offers.slice(-120))
          expect(await there.app.consume(EXECUTOR, offer, null)).toMatchObject({ kind: 'rejected' })
        for (const decision of kept.slice(0, 120))
          expect(await there.app.granted(CALLER, decision, 'read')).toMatchObject({ grant: null })
      }
      expect(copied).toBeGreaterThan(0)
      // What is approved from then on runs, once.
      const there = restored
      if (there === null) throw new Error('nothing was restored')
      there.clock.now += MINUTE
      const proposal = aProposal({ action: 'start_machine', parameters: { n: -1 } })
      const key = { apiKey: 'key_1', key: 'after', bodyHash: 'after' }
      const result = await there.app.submit(CALLER, proposal, key)
      if (result.kind !== 'created') throw new Error(`not recorded: ${result.kind}`)
      const { id } = result.decision
      const { grant } = await there.app.granted(CALLER, await there.read(id), 'read')
      const offer = { grant: grant ?? '', action: 'start_machine', parameters: { n: -1 } }
      expect(await there.app.consume(EXECUTOR, offer, null)).toMatchObject({ kind: 'accepted' })
      expect(await there.app.consume(EXECUTOR, offer, null)).toMatchObject({ rejection: { code: 'consumed' } })
    },
    tries(30_000, 600_000),
  )

  it('that was put in place is frozen, on record and told in the operations channel, once', async () => {
    const { id } = await team.ask()
    const copy = join(folder, 'copy.db')
    await backUp(join(folder, 'service.db'), copy, team.clock.now)
    const there = await start(copy, team.clock.now + MINUTE)
    expect(await there.store.freezes()).toMatchObject([
      {
        subject: { kind: 'all' },
        by: OPERATOR,
        reason: expect.stringContaining('restored from the backup of 2026-03-01'),
      },
    ])
    expect(await there.app.approve({ decision: id, revision: 0, user: ANA }, null)).toMatchObject({
      rejection: { code: 'frozen' },
    })
    const notices = async () =>
      (await there.store.dueIntents('slack', there.clock.now, 99)).flatMap(({ intent }) =>
        intent.kind === 'notice.post' ? [intent.notice] : [],
      )
    expect(await notices()).toMatchObject([{ about: 'freeze_set', subject: { kind: 'all' } }])
    const chain = async () => (await there.store.serviceTrail()).entries.map(({ type }) => type)
    expect(await chain()).toEqual(['freeze.set', 'database.restored'])
    // Started again, it is a database like any other.
    expect(await noteRestore({ store: there.store, clock: () => there.clock.now })).toBeNull()
    expect(await chain()).toHaveLength(2)
    expect(await notices()).toHaveLength(1)
  })

  it('whose start was interrupted is noted at the next one', async () => {
    const copy = join(folder, 'copy.db')
    await backUp(join(folder, 'service.db'), copy, team.clock.now)
    restored = openTeam(YAML, copy)
    const { store } = restored
    const failing = { ...store, recordRestore: () => Promise.reject(new Error('killed')) }
    await expect(noteRestore({ store: failing, clock: () => team.clock.now })).rejects.toThrow('killed')
    expect(await store.freezes()).toHaveLength(1)
    expect(await noteRestore({ store, clock: () => team.clock.now })).toBe(team.clock.now)
    expect(await store.freezes()).toHaveLength(1)
    expect(await store.restoredAt()).toBe(team.clock.now)
  })

  it('is one whole file that only its owner reads, and the database itself is none', async () => {
    await team.ask()
    const copy = join(folder, 'copy.db')
    const bytes = await backUp(join(folder, 'service.db'), copy, team.clock.now)
    expect(statSync(copy)).toMatchObject({ size: bytes })
    expect(statSync(copy).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.db'])
    const db = new Sqlite(copy, { readonly: true })
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
    expect(await noteRestore({ store: team.store, clock: () => team.clock.now })).toBeNull()
    expect(await team.store.freezes()).toEqual([])
  })

  it('overwrites nothing, and leaves nothing behind where it cannot be written', async () => {
    const there = join(folder, 'there')
    writeFileSync(there, 'mine')
    await expect(backUp(join(folder, 'service.db'), there, 0)).rejects.toThrow('already')
    expect(statSync(there).size).toBe(4)
    const nowhere = join(folder, 'no', 'such', 'folder')
    await expect(backUp(join(folder, 'service.db'), nowhere, 0)).rejects.toThrow()
    await expect(backUp(join(folder, 'none.db'), join(folder, 'copy.db'), 0)).rejects.toThrow()
    expect(existsSync(join(folder, 'copy.db'))).toBe(false)
    expect(readdirSync(folder).filter((name) => name.includes('unfinished'))).toEqual([])
  })
})
