/**
 * The writer in a thread of its own, beyond what the store's contract asks of it.
 *
 * Seen to fail with threaded-writer.ts broken so: what waits is left alone when the thread ends; later writes wait for a
 * thread that is gone; errors lose their words; the thread keeps an idle process alive.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openThreadedSqliteStore } from '../../src/store/sqlite.ts'
import { label, submit, unpredictable } from '../contract/open-store.ts'
import { nextStep, start } from '../contract/workflow-contract.ts'
import { aDecisionId, NOON, submittedEvent } from '../fixtures/decisions.ts'

const COMPILED = new URL('../../dist/src/store/', import.meta.url)
const THREAD = new URL('writer-thread.js', COMPILED)

let folder = ''
let file = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  file = join(folder, 'store.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const open = (thread = THREAD) => openThreadedSqliteStore({ file, random: unpredictable, thread })

it('answers each of a thousand writes of one moment with what became of that very one', async () => {
  const store = open()
  const ids = Array.from({ length: 1_000 }, (_, n) => aDecisionId(n + 1))
  const results = await Promise.all(ids.map((id) => submit(store, submittedEvent({ id }))))
  expect(results.map((result) => 'decision' in result && result.decision.id)).toEqual(ids)
  await store.close()
})

it('fails one write alone, in the words of the database', async () => {
  const store = open()
  const counted = [{ index: 0, key: 'k', windowMs: 1, amount: Number.NaN }]
  const results = await Promise.allSettled([
    submit(store),
    submit(store, submittedEvent({ id: aDecisionId(2) }), { counted }),
    submit(store, submittedEvent({ id: aDecisionId(3) })),
  ])
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(results[1]).toMatchObject({
    reason: { name: 'SqliteError', code: 'SQLITE_CONSTRAINT_NOTNULL', message: expect.stringContaining('NOT NULL') },
  })
  await store.close()
})

it('rejects writes and goes on reading while another process holds the database', async () => {
  const store = open()
  await submit(store)
  const other = new Sqlite(file)
  other.exec('BEGIN IMMEDIATE')
  await expect(store.probe()).rejects.toThrow('locked')
  expect(await store.anyDecision()).toBe(true)
  other.exec('ROLLBACK')
  other.close()
  await store.probe()
  await store.close()
})

it('rejects what waits and all that comes later when the thread dies', async () => {
  const store = open(new URL('data:text/javascript,throw new Error("out of memory")'))
  const waiting = store.probe()
  await expect(waiting).rejects.toMatchObject({
    message: 'the thread that writes the database has stopped',
    cause: { message: 'out of memory' },
  })
  await expect(store.probe()).rejects.toThrow('has stopped')
  expect(await store.anyDecision()).toBe(false)
  await store.close()
})

it('changes a decision anew that another process has changed meanwhile', async () => {
  const store = open()
  await submit(store)
  const other = new Sqlite(file)
  const seen: number[] = []
  const result = await store.update(aDecisionId(1), null, NOON, (decision) => {
    seen.push(decision.version)
    if (seen.length === 1) other.exec('UPDATE decisions SET chain_length = 4')
    return label(decision, 'n')
  })
  expect(result.kind).toBe('accepted')
  expect(seen).toEqual([1, 1])
  expect((await store.history(aDecisionId(1))).map(({ type }) => type)).toEqual([
    'decision.submitted',
    'outcome.recorded',
  ])
  other.close()
  await store.close()
})

it('keeps no process alive that has nothing to write any more, and none from writing first', async () => {
  const script = `
    const { openThreadedSqliteStore } = await import(${JSON.stringify(new URL('sqlite.js', COMPILED).href)})
    const store = openThreadedSqliteStore({ file: ${JSON.stringify(file)}, random: () => new Uint8Array(16) })
    await store.probe()
    store.probe().then(() => console.log('written'))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
  })
  expect(stdout).toBe('written\n')
})

it('takes the next step of a plan anew that another process has taken meanwhile', async () => {
  const store = open()
  const other = open()
  await start(store)
  const both = await Promise.all(
    [store, other].map((each, n) => each.updateWorkflow('wf-1', NOON, (plan) => nextStep(plan, aDecisionId(n + 2)))),
  )
  expect(both.map(({ kind }) => kind).toSorted()).toEqual(['accepted', 'rejected'])
  expect(await store.workflow('wf-1')).toMatchObject({ version: 3, completed: [{ index: 0 }] })
  await other.close()
  await store.close()
})
