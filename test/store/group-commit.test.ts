/** What shares a transaction. Seen to fail with a flush that takes everything, and with an end that takes one batch. */
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { groupCommit } from '../../src/store/group-commit.ts'

it('lets others have a turn after 250 writes, and leaves none behind at its end', async () => {
  const db = new Sqlite(':memory:')
  const { write, end } = groupCommit(db)
  let done = 0
  const writeMany = (count: number) =>
    Promise.all(Array.from({ length: count }, () => write(() => 1).then(() => (done += 1))))
  const first = writeMany(600)
  const doneAtTurns: number[] = []
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise(setImmediate)
    doneAtTurns.push(done)
  }
  expect(doneAtTurns).toEqual([250, 500, 600])
  await first

  const last = writeMany(600)
  end()
  db.close()
  await last
  expect(done).toBe(1_200)
  await expect(write(() => 1)).rejects.toThrow('the store is closed')
})
