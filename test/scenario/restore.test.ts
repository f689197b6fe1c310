/**
 * A service that starts on a backup, and what was erased, as people and agents see them. Seen to fail: with a start that does
 * not look for the mark; with a sweep that erases nothing.
 */
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  ANA,
  buttonsOf,
  DANA,
  HOUR,
  type House,
  MANIFEST,
  MINUTE,
  OPS,
  openHouse,
  textOf,
  untilTomorrow,
} from './house.ts'

const KEPT = MANIFEST.replace('    description: Wire money', '    description: Wire money\n    retention_days: 2')

let house: House
beforeEach(async () => {
  house = await openHouse({ manifest: KEPT })
})
afterEach(() => house.close())

const operations = () => house.workspace.messages(OPS).map(textOf).join('\n').replace(/\s+/g, ' ')

it('freezes everything at the first start on a backup, and tells operations, until an administrator lifts it', async () => {
  const id = String((await house.propose())['id'])
  const other = String((await house.propose())['id'])
  await house.press(ANA, id, 'approve')
  const mark = new Sqlite(house.databaseFile)
  mark.prepare('INSERT INTO backup_mark (id, made_at) VALUES (1, ?)').run(house.now())
  mark.close()
  house.turn(MINUTE)
  await house.restart(KEPT)
  await house.show()
  expect(operations()).toContain('The database was restored from the backup of')
  expect(textOf(house.card(other)).replace(/\s+/g, ' ')).toContain('restored from the backup of')
  expect(await house.decision(id)).toMatchObject({ status: 'approved', grant: null })
  expect(buttonsOf(house.card(other))).not.toContain('approve')
  await house.command(DANA, 'unfreeze all because looked at it', OPS)
  await house.show()
  await house.press(ANA, other, 'approve')
  // What is approved from now on has a grant; what was approved before has none.
  expect(await house.decision(other)).toMatchObject({ status: 'approved', grant: expect.any(String) })
  expect(await house.decision(id)).toMatchObject({ status: 'approved', grant: null })
})

it('erases at night what is old, and shows it as erased from then on', async () => {
  const id = String((await house.propose({ action: 'wire_money', rationale: 'a-secret-reason' }))['id'])
  await house.press(ANA, id, 'deny')
  await house.type(ANA, 'reason', 'another-secret')
  await house.show()
  await house.advance(untilTomorrow(house.now()) + 3 * 24 * HOUR + 4 * HOUR)
  const read = await house.decision(id)
  expect(read).toMatchObject({ status: 'denied', parameters: {}, erased_at: expect.any(String) })
  expect(read['decided_by']).toMatchObject([{ user: ANA, verdict: 'denied', note: '' }])
  expect(JSON.stringify(read)).not.toContain('secret')
  const view = await house.app.viewFor(ANA, id)
  expect(JSON.stringify(view)).not.toContain('secret')
  const answer = await house.post(id, 'outcome', { correct: true, source: 'downstream' })
  expect(answer).toMatchObject({ status: 410, body: { code: 'erased' } })
})
