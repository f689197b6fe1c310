/** Seen to fail: with a lock that is shared instead of exclusive, and with a release that does nothing. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { holdAlone } from '../../src/store/sqlite/alone.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-alone-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('holds a database for one at a time, until it is released', () => {
  const file = join(folder, 'c.db')
  const release = holdAlone(file)
  expect(release).not.toBeNull()
  expect(holdAlone(file)).toBeNull()
  release?.()
  const next = holdAlone(file)
  expect(next).not.toBeNull()
  next?.()
})

it('keeps nobody from reading and writing the database itself', async () => {
  const file = join(folder, 'c.db')
  const release = holdAlone(file)
  const store = openSqliteStore({ file, random: randomBytes })
  await store.probe()
  await store.close()
  release?.()
})
