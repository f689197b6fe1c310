/**
 * What nobody decided in time is asked again by one click, through the whole app.
 * Seen to fail: with everybody allowed; with administrators allowed beside a requester who is known; with a key of its own for
 * each click, so that two clicks make two requests; with what would be blocked recorded; without the link in the old one's
 * answer;
 * with the first parameters instead of those the agent wanted last.
 */
import { afterEach, expect, it } from 'vitest'
import {
  ANA,
  BEN,
  buttonsOf,
  CAROL,
  DANA,
  GUS,
  HOUR,
  type House,
  type Json,
  MANIFEST,
  openHouse,
  pressPayload,
  textOf,
} from './house.ts'

let house: House
afterEach(() => house.close())

it('the requester has it asked again with one click, and both name each other', async () => {
  const id = await timedOut({ requested_by: 'dana@example.com' })
  expect(buttonsOf(house.card(id))).toEqual(['ask_again'])
  await house.press(DANA, id, 'ask_again')
  await house.show()
  const again = await become(id)
  const [before, after] = [await house.decision(id), await house.decision(again)]
  expect(after).toMatchObject({
    status: 'pending',
    parameters: before['parameters'],
    links: { resubmission_of: `http://127.0.0.1/v1/decisions/${id}`, resubmitted_as: null },
  })
  expect(before).toMatchObject({ status: 'timed_out', links: { resubmission_of: null } })
  expect(buttonsOf(house.card(id))).toEqual([])
  expect(textOf(house.card(id))).toMatch(new RegExp(`Asked again[^]+${DANA}[^]+${again}`))
  expect(buttonsOf(house.card(again))).toContain('approve')
  expect(house.told(DANA)).toEqual([])
  await house.press(ANA, again, 'approve')
  expect(await house.decision(again)).toMatchObject({ status: 'approved', approved: true })
})

it('once only: of two clicks at once one is told what became of it', async () => {
  const id = await timedOut({ requested_by: 'dana@example.com' })
  await Promise.all([house.press(DANA, id, 'ask_again'), house.press(DANA, id, 'ask_again')])
  const again = await become(id)
  await house.send(pressPayload(DANA, id, 'ask_again'))
  const told = house.told(DANA)
  expect(told.length).toBeGreaterThan(0)
  for (const words of told) expect(words).toBe(`This was asked again already: it is ${again} now.`)
  expect(await recorded()).toBe(2)
})

it('nobody else may, not even administrators or who could have decided it', async () => {
  const id = await timedOut({ requested_by: 'dana@example.com' })
  for (const user of [ANA, CAROL, GUS]) {
    await house.press(user, id, 'ask_again')
    expect(house.told(user)).toEqual([expect.stringMatching(/^(Only the requester|Guests)/)])
  }
  expect(await recorded()).toBe(1)
})

it("the agent's owner may, and the administrators only where nobody is known", async () => {
  const owned = await timedOut({}, MANIFEST.replace('owner@example.com', 'ben@example.com'))
  await house.press(DANA, owned, 'ask_again')
  expect(house.told(DANA)).toEqual([expect.stringContaining("agent's owner")])
  await house.press(BEN, owned, 'ask_again')
  expect(await become(owned)).toMatch(/^dec_/)
  await house.close()
  const nobodys = await timedOut({}, MANIFEST.replace('owner: owner@example.com, ', ''))
  await house.press(ANA, nobodys, 'ask_again')
  expect(house.told(ANA)).toEqual(['Only operations can have this asked again.'])
  await house.press(DANA, nobodys, 'ask_again')
  expect(await become(nobodys)).toMatch(/^dec_/)
})

it('what is frozen is not made, and can be once that is lifted', async () => {
  const id = await timedOut({ requested_by: 'dana@example.com' })
  await house.command(DANA, 'freeze process_refund because the gateway charges twice')
  await house.press(DANA, id, 'ask_again')
  expect(house.told(DANA).at(-1)).toMatch(/^This would be blocked just now: .+ Nothing was recorded\.$/)
  expect(await recorded()).toBe(1)
  await house.command(DANA, 'unfreeze process_refund because it is mended')
  await house.press(DANA, id, 'ask_again')
  expect(await become(id)).toMatch(/^dec_/)
})

it('what was denied meanwhile, or what the policy of today refuses, is not made', async () => {
  const id = await timedOut({ requested_by: 'dana@example.com' })
  const other = String((await house.propose())['id'])
  await house.press(ANA, other, 'deny')
  await house.type(ANA, 'reason', 'No.')
  await house.press(DANA, id, 'ask_again')
  expect(house.told(DANA).at(-1)).toContain(`<@${ANA}> has denied exactly this meanwhile (${other})`)
  await house.reload(MANIFEST.replace('high\n', 'high\n    requires: [rationale]\n'))
  await house.press(DANA, id, 'ask_again')
  expect(house.told(DANA).at(-1)).toContain('The policy of today refuses this')
  expect(await recorded()).toBe(2)
})

it('asks for what the agent wanted last', async () => {
  house = await openHouse()
  const id = String((await house.propose({ requested_by: 'dana@example.com' }))['id'])
  await house.press(ANA, id, 'clarify')
  await house.type(ANA, 'question', 'Why so much?')
  const { clarification } = await house.decision(id)
  const parameters = { order_id: 'A-1', amount_usd: 90 }
  const answer = { clarification_id: Object(clarification).id, answer: 'It was a mistake.', parameters }
  await house.call('POST', `/v1/decisions/${id}/answer`, answer)
  await house.advance(2 * HOUR)
  await house.press(DANA, id, 'ask_again')
  expect(await house.decision(await become(id))).toMatchObject({ parameters })
})

async function timedOut(given: Json, manifest = MANIFEST): Promise<string> {
  house = await openHouse({ manifest })
  const id = String((await house.propose(given))['id'])
  await house.advance(HOUR)
  expect(await house.decision(id)).toMatchObject({ status: 'timed_out' })
  return id
}

/** The decision that this one was asked again as. */
async function become(id: string): Promise<string> {
  const { links } = await house.decision(id)
  return String(Object(links).resubmitted_as).replace(/^.*\//, '')
}

async function recorded(): Promise<number> {
  return (await house.store.decisions({ agent: null, status: null, action: null, before: null, limit: 100 })).length
}
