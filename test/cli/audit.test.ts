/**
 * `countersign audit`. Broken builds that these sentences were seen to catch:
 * - exit 0 with something found; what is due this minute taken for overdue -> "lists". An empty database made where there
 *   is none -> "says so".
 */
import { existsSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { openStore } from '../../src/compose.ts'
import { HOUR, MINUTE, toIso } from '../../src/domain/time.ts'
import { submit } from '../contract/open-store.ts'
import { aDecisionId, submittedEvent } from '../fixtures/decisions.ts'
import { openTerminal, type Terminal } from './terminal.ts'

let terminal: Terminal
beforeEach(() => {
  terminal = openTerminal()
  writeFileSync('.env', 'DATABASE_URL=sqlite:./data/service.db\n')
})
afterEach(() => terminal.close())

async function inDatabase(use: (store: Store) => Promise<unknown>): Promise<void> {
  const store = openStore({ databaseFile: './data/service.db' })
  await use(store)
  await store.close()
}

/** Somebody was to be asked as soon as it was submitted. */
const ask = (store: Store, n: number, at: number) => submit(store, submittedEvent({ id: aDecisionId(n), at }))

describe('audit overdue', () => {
  it('says on stderr that nothing is, and ends well', async () => {
    await inDatabase((store) => ask(store, 1, Date.now()))
    const { stdout, stderr, code } = await terminal.type('audit', 'overdue')
    expect([stdout, code]).toEqual(['', 0])
    expect(stderr).toContain('Nothing is overdue by more than two intervals')
  })

  it('lists what is: the decision, its action, what was due, and since when', async () => {
    const [long, longer] = [Date.now() - 5 * MINUTE, Date.now() - 9 * HOUR]
    await inDatabase(async (store) => {
      await ask(store, 1, long)
      await ask(store, 2, longer)
      await ask(store, 3, Date.now())
    })
    const { stdout, code } = await terminal.type('audit', 'overdue')
    expect(code).toBe(1)
    expect(stdout).toBe(
      [
        `${aDecisionId(2)}  process_refund by support-agent  to be ended since ${toIso(longer + 4 * HOUR)}\n`,
        `${aDecisionId(1)}  process_refund by support-agent  somebody to be asked since ${toIso(long)}\n`,
      ].join(''),
    )
    const json = await terminal.type('audit', 'overdue', '--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.stdout)).toMatchObject({
      checked_at: expect.any(String),
      due_before: expect.any(String),
      total: 2,
      overdue: [
        { decision: aDecisionId(2), action: 'process_refund', due: 'end', since: toIso(longer + 4 * HOUR) },
        { decision: aDecisionId(1), action: 'process_refund', due: 'next_person', since: toIso(long) },
      ],
    })
  })

  it('counts by the intervals of the sweep', async () => {
    await inDatabase((store) => ask(store, 1, Date.now() - 5 * MINUTE))
    writeFileSync('.env', 'DATABASE_URL=sqlite:./data/service.db\nSWEEP_CRON=0 0 * * *\n')
    expect(await terminal.type('audit', 'overdue', '--json')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"total": 0'),
    })
  })

  it('says so where there is no database, and makes none', async () => {
    const { stdout, stderr, code } = await terminal.type('audit', 'overdue')
    expect([stdout, code]).toEqual(['', 1])
    expect(stderr).toContain('There is no database at')
    expect(existsSync('./data')).toBe(false)
  })

  it('takes nothing else', async () => {
    expect((await terminal.type('audit', 'overdue', 'all')).code).toBe(2)
    expect((await terminal.type('audit', 'everything')).code).toBe(2)
  })
})
