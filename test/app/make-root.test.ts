/**
 * Roots over the audit log. Broken builds that these sentences were seen to catch:
 * - what had grown already marked again; later events, of decisions or workflows, not read -> "covers".
 * - only the first rows read; each of several sent -> "takes several". The number not guarded -> "has one number once".
 * - chains not counted -> "finds what was put in". The day left out of the notice's key -> "once a day".
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeRoot } from '../../src/app/make-root.ts'
import type { AuditRoot, Store } from '../../src/app/ports.ts'
import { NO_ROOT, rootHash } from '../../src/domain/audit-root.ts'
import { HOUR } from '../../src/domain/time.ts'
import { createRootCheck } from '../../src/grants/root-check.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { submit, unpredictable } from '../contract/open-store.ts'
import { type Audited, openAudited } from '../fixtures/audited.ts'
import { aDecisionId, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { aSigner, ISSUER } from '../fixtures/signer.ts'

const SIGNER = await aSigner()

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-roots-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const file = () => join(folder, 'roots.db')

function root(store: Store, fields: Partial<Parameters<typeof makeRoot>[0]> = {}) {
  return makeRoot({ store, signer: SIGNER, clock: () => NOON, isSent: false, wake: () => undefined, ...fields })
}

async function said({ root: text }: AuditRoot) {
  const opened = await createRootCheck(SIGNER.jwks)(text)
  if (!opened.ok) throw new Error(opened.why)
  return opened.claims
}

const marked = async (store: Store, n: number) => (await store.marks(n, '', 10_000)).map(({ chain }) => chain)

async function withAudited(use: (audited: Audited) => Promise<void>): Promise<void> {
  const audited = await openAudited(file())
  try {
    await use(audited)
  } finally {
    await audited.close()
  }
}

it('covers every chain there is, then only what has grown since, then nothing', async () => {
  await withAudited(async ({ store, ids, more, app }) => {
    const first = await root(store)
    if (first.last === null) throw new Error('none was made')
    expect(first).toMatchObject({ isNew: true, last: { n: 1, at: NOON } })
    expect(await marked(store, 1)).toHaveLength(8)
    const claims = await said(first.last)
    expect(claims).toMatchObject({ iss: ISSUER, n: 1, previous: NO_ROOT, grown: 8, chains: 8 })
    expect(claims.entries).toBe(await entries(store))
    expect(await root(store)).toEqual({ isNew: false, last: first.last })

    const added = await more()
    await app.deny({ decision: ids.pending, revision: 0, user: 'U0000000001' }, 'No.')
    const second = await root(store)
    expect(await marked(store, 2)).toEqual([`decision ${added}`, `decision ${ids.pending}`].toSorted())
    expect(second.last === null ? null : await said(second.last)).toMatchObject({
      n: 2,
      previous: rootHash(first.last.root),
      grown: 2,
      chains: 9,
      entries: await entries(store),
    })
  })
})

it('covers what a workflow and the service have done since', async () => {
  await withAudited(async ({ store, ids, app }) => {
    await root(store)
    await app.unfreeze('U0000000003', { kind: 'agent', name: 'support-agent' }, 'mended')
    await app.resumeWorkflow({ agent: 'support-agent', apiKey: 'key_1', anyAgent: false }, ids.workflow)
    await root(store)
    expect(await marked(store, 2)).toEqual(expect.arrayContaining(['service', `workflow ${ids.workflow}`]))
  })
})

it('says nothing where nothing has ever happened', async () => {
  const store = openSqliteStore({ file: file(), random: unpredictable })
  expect(await root(store)).toEqual({ last: null, isNew: false })
  expect(await store.dueIntents('slack', NOON, 10)).toEqual([])
  await store.close()
})

it('takes several for much, each naming the one before, and the last of them leaves the host', async () => {
  const store = openSqliteStore({ file: file(), random: unpredictable })
  const ids = Array.from({ length: 2_500 }, (_, n) => aDecisionId(n + 1))
  await Promise.all(ids.map((id) => submit(store, submittedEvent({ id }))))
  const { last } = await root(store, { isSent: true })
  const roots = await store.roots(0, 100)
  expect(roots.map(({ n }) => n)).toEqual([1, 2, 3])
  const claims = await Promise.all(roots.map(said))
  expect(claims.map(({ previous }) => previous)).toEqual([NO_ROOT, roots[0]?.hash, roots[1]?.hash])
  expect(claims.map(({ chains }) => chains)).toEqual([1_000, 2_000, 2_500])
  expect(last).toEqual(roots[2])
  const sent = await store.dueIntents('systems', NOON, 10)
  expect(sent.map(({ intent }) => intent)).toEqual([{ kind: 'root.send', root: 3 }])
  expect((await store.dueIntents('slack', NOON, 10)).map(({ intent }) => intent)).toMatchObject([
    { kind: 'notice.post', key: 'audit_root 2026-03-01', notice: { n: 3, hash: last?.hash, entries: 2_500 } },
  ])
  await store.close()
})

it('is told in the operations channel once a day, and is not sent where nobody keeps roots', async () => {
  const store = openSqliteStore({ file: file(), random: unpredictable })
  for (const [n, at] of [NOON, NOON + HOUR, NOON + 24 * HOUR].entries()) {
    await submit(store, submittedEvent({ id: aDecisionId(n + 1), at }))
    await root(store, { clock: () => at })
  }
  const told = await store.dueIntents('slack', NOON + 24 * HOUR, 10)
  expect(told.map(({ key }) => key)).toEqual(['notice.post audit_root 2026-03-01', 'notice.post audit_root 2026-03-02'])
  expect(told.map(({ intent }) => intent)).toMatchObject([{ notice: { n: 1 } }, { notice: { n: 3 } }])
  expect(await store.dueIntents('systems', NOON + 24 * HOUR, 10)).toEqual([])
  await store.close()
})

it('has one number once, whoever makes them at the same time', async () => {
  const stores = [1, 2].map(() => openSqliteStore({ file: file(), random: unpredictable }))
  const [one, two] = stores
  if (one === undefined || two === undefined) throw new Error('two stores')
  for (let n = 1; n <= 20; n += 1) {
    await submit(one, submittedEvent({ id: aDecisionId(n) }))
    await Promise.all([root(one), root(two)])
  }
  const roots = await one.roots(0, 100)
  expect(roots.map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  const claims = await Promise.all(roots.map(said))
  expect(claims.map(({ previous }) => previous)).toEqual([NO_ROOT, ...roots.slice(0, -1).map(({ hash }) => hash)])
  expect(claims.at(-1)).toMatchObject({ chains: 20, entries: 20 })
  await Promise.all(stores.map((store) => store.close()))
})

it('finds what was put in where it had read already', async () => {
  const store = openSqliteStore({ file: file(), random: unpredictable })
  for (const n of [1, 2, 3]) await submit(store, submittedEvent({ id: aDecisionId(n) }))
  await root(store)
  const db = new Sqlite(file())
  db.exec('UPDATE decisions SET rowid = rowid + 10')
  db.close()
  await submit(store, submittedEvent({ id: aDecisionId(4) }))
  const moved = new Sqlite(file())
  moved.prepare('UPDATE decisions SET rowid = 1 WHERE id = ?').run(aDecisionId(4))
  moved.close()
  expect(await root(store)).toMatchObject({ isNew: true, last: { n: 2 } })
  expect(await marked(store, 2)).toEqual([`decision ${aDecisionId(4)}`])
  await store.close()
})

it('goes on from where it was when the whole file was written anew', async () => {
  await withAudited(async ({ store, ids, app, more }) => {
    await root(store)
    const db = new Sqlite(file())
    db.exec('VACUUM')
    db.close()
    expect((await root(store)).isNew).toBe(false)
    const added = await more()
    await app.resumeWorkflow({ agent: 'support-agent', apiKey: 'key_1', anyAgent: false }, ids.workflow)
    await app.cancelWorkflow({ agent: 'support-agent', apiKey: 'key_1', anyAgent: false }, ids.workflow, 'enough')
    await root(store)
    expect(await marked(store, 2)).toEqual(expect.arrayContaining([`decision ${added}`, `workflow ${ids.workflow}`]))
  })
})

it('leaves nothing behind where it cannot be signed', async () => {
  const store = openSqliteStore({ file: file(), random: unpredictable })
  await submit(store)
  const signer = { ...SIGNER, signRoot: () => Promise.reject(new Error('no key')) }
  await expect(root(store, { signer })).rejects.toThrow('no key')
  expect([await store.lastRoot(), await store.marks(1, '', 10)]).toEqual([null, []])
  expect((await root(store)).last?.n).toBe(1)
  await store.close()
})

/** How many entries all chains have. */
async function entries(store: Store): Promise<number> {
  const chains = [...(await store.chains('decision', '', 100, 0)), ...(await store.chains('workflow', '', 100, 0))]
  const { head } = await store.serviceRow()
  return chains.reduce((sum, each) => sum + each.entries.length, head.length)
}
