/**
 * `countersign backup`. Seen to fail: with a file overwritten; with nothing said of the keys; made without a database; a
 * missing folder told in the words of the database's library.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openAudited } from '../fixtures/audited.ts'
import { openTerminal, type Terminal } from './terminal.ts'

let terminal: Terminal
beforeEach(() => {
  terminal = openTerminal()
  mkdirSync('data')
  writeFileSync('.env', 'DATABASE_URL=sqlite:./data/service.db\n')
})
afterEach(() => terminal.close())

it('copies the database beside a service that runs, into a file that can be checked like it', async () => {
  const service = await openAudited('data/service.db')
  try {
    const { stdout, stderr, code } = await terminal.type('backup', 'copy.db')
    expect(code).toBe(0)
    expect(stdout).toBe(`copy.db (${statSync('copy.db').size} bytes)\n`)
    expect(stderr).toContain('The keys beside the database are not in it')
    expect(JSON.parse((await terminal.type('backup', 'other.db', '--json')).stdout)).toEqual({
      file: 'other.db',
      bytes: statSync('other.db').size,
    })
  } finally {
    await service.close()
  }
  writeFileSync('.env', 'DATABASE_URL=sqlite:./copy.db\n')
  expect(await terminal.type('audit', 'verify')).toMatchObject({ code: 0 })
})

it('overwrites nothing, and makes no database of its own', async () => {
  expect(await terminal.type('backup', 'copy.db')).toMatchObject({ code: 1, stdout: '' })
  expect(existsSync('data/service.db')).toBe(false)
  await (await openAudited('data/service.db')).close()
  writeFileSync('copy.db', 'mine')
  const { stderr, code } = await terminal.type('backup', 'copy.db')
  expect([code, stderr]).toEqual([1, 'There is a file copy.db already, and it is left as it is. Give another name.\n'])
  expect(readFileSync('copy.db', 'utf8')).toBe('mine')
  expect(await terminal.type('backup')).toMatchObject({ code: 2 })
  expect(await terminal.type('backup', 'none/copy.db')).toMatchObject({
    code: 1,
    stderr: 'There is no folder none. Make it first, or give another one.\n',
  })
})
