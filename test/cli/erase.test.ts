/**
 * `countersign erase` beside what it finds in a database. Broken builds that these sentences were seen to catch: erased
 * without being asked; a dry run that erases; exit 0 where something was refused; ids and an age at once;
 * a dry run that counts the ids without a look at them.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { type Audited, openAudited } from '../fixtures/audited.ts'
import { openTerminal, type Terminal } from './terminal.ts'

let terminal: Terminal
let ids: Audited['ids']
beforeEach(async () => {
  terminal = openTerminal()
  mkdirSync('data')
  writeFileSync('.env', 'DATABASE_URL=sqlite:./data/service.db\n')
  const audited = await openAudited('data/service.db')
  ids = audited.ids
  await audited.close()
})
afterEach(() => terminal.close())

async function erasedAt(id: string): Promise<number | undefined> {
  const store = openSqliteStore({ file: 'data/service.db', random: (count) => new Uint8Array(count) })
  try {
    return (await store.decision(id))?.erasedAt
  } finally {
    await store.close()
  }
}

it('erases the decisions that are named, and names those that it leaves, and why', async () => {
  const { stdout, stderr, code } = await terminal.type('erase', ids.denied, ids.pending, 'dec_nothing', '--yes')
  expect(stdout).toBe('1 decision erased.\n')
  expect(stderr).toBe(
    `${ids.pending} was not erased: It is still open. Only what has ended can be erased.\ndec_nothing was not erased: there is no such decision.\n`,
  )
  expect(code).toBe(1)
  expect(await erasedAt(ids.denied)).toBeGreaterThan(0)
  expect(await erasedAt(ids.pending)).toBeUndefined()
  expect(await terminal.type('audit', 'verify')).toMatchObject({ code: 0 })
  expect((await terminal.type('audit', 'show', ids.denied)).stdout).toContain(
    'An operator erased what people and agents wrote of it.',
  )
  const again = await terminal.type('erase', ids.denied, '--yes', '--json')
  expect(JSON.parse(again.stdout)).toMatchObject({ erased: 0, refused: [{ decision: ids.denied, code: 'erased' }] })
})

it('says of those that are named which would be erased, and erases none', async () => {
  const tried = await terminal.type('erase', ids.denied, ids.pending, 'dec_nothing', '--dry-run')
  expect(tried).toEqual({
    stdout: '1 decision would be erased.\n',
    stderr: `${ids.pending} would not be erased: It is still open. Only what has ended can be erased.\ndec_nothing would not be erased: there is no such decision.\n`,
    code: 1,
  })
  const json = await terminal.type('erase', ids.denied, '--dry-run', '--json')
  expect([JSON.parse(json.stdout), json.code]).toEqual([{ would_erase: 1, refused: [] }, 0])
  expect(await erasedAt(ids.denied)).toBeUndefined()
  expect(await terminal.type('audit', 'verify')).toMatchObject({ code: 0 })
})

it('erases what ended long ago, all of it or of one action', async () => {
  const dry = await terminal.type('erase', '--ended-before', '1d', '--dry-run')
  expect(dry).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^5 decisions that ended before .* would be erased/),
  })
  expect(await erasedAt(ids.approved)).toBeUndefined()
  const one = await terminal.type('erase', '--ended-before', '1d', '--action', 'process_refund', '--yes', '--json')
  expect(JSON.parse(one.stdout)).toEqual({ erased: 2, workflows: 0, scrubbed: true, refused: [] })
  expect(await erasedAt(ids.approved)).toBeGreaterThan(0)
  // One can be rolled back, and the plan of the others is paused.
  const rest = await terminal.type('erase', '--ended-before', '1d', '--yes')
  expect(rest).toMatchObject({ code: 0, stdout: '0 decisions erased.\n' })
  expect(rest.stderr).toBe('3 decisions are left: something is still to come of them.\n')
  expect(await erasedAt(ids.passed)).toBeUndefined()
  expect(await terminal.type('audit', 'verify')).toMatchObject({ code: 0 })
})

it('is asked for in words that leave no doubt', async () => {
  for (const words of [
    ['erase'],
    ['erase', ids.denied],
    ['erase', ids.denied, '--ended-before', '90d', '--yes'],
    ['erase', ids.denied, '--action', 'process_refund', '--yes'],
    ['erase', '--ended-before', '0d', '--yes'],
    ['erase', '--ended-before', 'May', '--yes'],
  ])
    expect(await terminal.type(...words), words.join(' ')).toMatchObject({ code: 2, stdout: '' })
  expect(await erasedAt(ids.denied)).toBeUndefined()
})
