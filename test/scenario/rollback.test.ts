/*
 * A rollback through the whole product, as people in Slack and the agent see it. Broken once each to see it fail: the
 * button that opens nothing, or opens for anybody; the modal and the verb in the thread that deny instead; no card, or one
 * that is not brought up to date; a window that time does not end; no notice to operations; a system that is not called.
 */
import { createServer } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  ANA,
  BEN,
  buttonsOf,
  CAROL,
  DANA,
  type House,
  MINUTE,
  OPS,
  openHouse,
  pressPayload,
  SECOND,
  textOf,
  within,
} from './house.ts'

const MANIFEST = `
roles:
  support_lead: { members: [${ANA}] }
  operations: { members: [${BEN}] }
actions:
  provision: { description: Create a cloud resource, severity: high, reversible: true, escalation_path: [support_lead, operations], redact: [token] }
`

const PARAMETERS = { kind: 'vm', region: 'eu-west-1', token: 'top-secret' }

let house: House
beforeEach(async () => {
  house = await openHouse({ manifest: MANIFEST })
})
afterEach(() => house.close())

const flat = (text: string): string => text.replaceAll('\n', ' ').replaceAll('  ', ' ')
const shown = (id: string): string => flat(textOf(house.card(id)))
const thread = (id: string): string => flat(house.thread(id).map(textOf).join(' '))
const rollbackOf = async (id: string) => within(await house.decision(id), 'rollback')

async function run(): Promise<string> {
  const proposed = await house.propose({ action: 'provision', parameters: PARAMETERS })
  expect(proposed).toMatchObject({ status: 'auto_approved', approved: true, rollback: { state: 'open', by: null } })
  return String(proposed['id'])
}

async function ask(user: string, id: string, reason: string): Promise<void> {
  await house.press(user, id, 'roll_back')
  await house.type(user, 'reason', reason)
  await house.show()
}

it('runs at once, with a card; in the last second of the window it is rolled back, once, and the agent reports it', async () => {
  const id = await run()
  expect(shown(id)).toContain('Create a cloud resource')
  expect(shown(id)).toContain('region: "eu-west-1"')
  expect(shown(id)).not.toContain('top-secret')
  expect(buttonsOf(house.card(id))).toEqual(['roll_back', 'context'])
  expect(within(await house.decision(id), 'links', 'slack')).toMatch(/^http/)

  const until = Date.parse(String(within(await rollbackOf(id), 'until')))
  house.turn(until - SECOND - house.now())
  const poll = house.call('GET', `/v1/decisions/${id}?wait=30&after=1`)
  await house.press(ANA, id, 'roll_back')
  await house.press(BEN, id, 'roll_back')
  await house.type(ANA, 'reason', 'Wrong region.')
  expect((await poll).body).toMatchObject({
    version: 2,
    rollback: { state: 'requested', by: ANA, reason: 'Wrong region.' },
  })
  // Ben was as quick, and Ana presses again on a card that is not brought up to date yet.
  await house.type(BEN, 'reason', 'Too big.')
  expect(flat(textOf(house.workspace.view(BEN)))).toContain(`<@${ANA}> asked for this to be rolled back on `)
  await house.send(pressPayload(ANA, id, 'roll_back'))
  expect(house.told(ANA)).toEqual([expect.stringContaining(`<@${ANA}> asked for this to be rolled back on `)])

  await house.advance(30 * MINUTE)
  expect(shown(id)).toContain(`Rollback asked for by @${ANA}`)
  expect(shown(id)).toContain('Wrong region.')
  expect(shown(id)).toContain('not reported yet')
  expect(buttonsOf(house.card(id))).toEqual(['context'])
  const reported = await house.post(id, 'rollback', { state: 'rolled_back', detail: 'Torn down.' })
  expect(reported).toMatchObject({ status: 200, body: { rollback: { state: 'rolled_back', by: ANA } } })
  const again = await house.post(id, 'rollback', { state: 'failed' })
  expect(again).toMatchObject({ status: 409, body: { code: 'rollback_final' } })
  await house.show()
  expect(shown(id)).toContain('Rolled back')
  expect(shown(id)).toContain('Torn down.')
  expect(buttonsOf(house.card(id))).toEqual([])
  expect(thread(id)).toContain(`@${ANA} asked to roll this back Wrong region.`)
  expect(thread(id)).toContain('billing-bot reports that it is rolled back Torn down.')
  expect(house.workspace.messages(OPS)).toEqual([])
})

it('a rollback asked for in the thread fails, and operations are told once', async () => {
  const id = await run()
  await house.reply(ANA, id, '@Countersign roll back')
  expect(house.told(ANA)).toEqual([expect.stringContaining('Say `roll back because`')])
  await house.reply(ANA, id, '@Countersign roll back because it is the wrong region')
  expect(await rollbackOf(id)).toMatchObject({ state: 'requested', by: ANA, reason: 'it is the wrong region' })
  await house.post(id, 'rollback', { state: 'failed', detail: 'It is locked.' })
  await house.show()
  await house.advance(30 * MINUTE)
  expect(shown(id)).toContain('Rollback failed')
  const told = house.workspace.messages(OPS).map((message) => flat(textOf(message)))
  expect(told).toEqual([expect.stringMatching(/Rollback failed.*It is locked\./)])
})

it('the system that the manifest names is asked to undo it, until it answers', async () => {
  const got: { readonly url: string | undefined; readonly key: unknown; readonly body: unknown }[] = []
  const system = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      got.push({ url: request.url, key: request.headers['idempotency-key'], body: JSON.parse(text) })
      response.writeHead(got.length === 1 ? 503 : 200).end('{"detail": "Torn down."}')
    })
  })
  await new Promise<void>((listening) => void system.listen(0, '127.0.0.1', listening))
  const address = system.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/undo`
  try {
    await house.restart(MANIFEST.replace('severity: high,', `severity: high, rollback: { url: "${url}" },`))
    const id = await run()
    await ask(ANA, id, 'Wrong region.')
    await house.advance(2 * SECOND)
    expect(shown(id)).toContain('Rolled back')
    expect(thread(id)).toContain('Countersign reports that it is rolled back Torn down.')
    const body = { decision_id: id, action: 'provision', reason: 'Wrong region.' }
    const asked = { url: '/undo', key: `${id}/rollback`, body: { ...body, parameters: PARAMETERS } }
    expect(got).toEqual([asked, asked])
  } finally {
    await new Promise((closed) => system.close(closed))
  }
})

it('once the window is over nobody can, and it settles, by the sweep or by who presses too late', async () => {
  const [swept, pressed] = [await run(), await run()]
  expect(await house.post(swept, 'rollback', { state: 'failed' })).toMatchObject({
    status: 409,
    body: { code: 'rollback_not_requested' },
  })
  house.turn(15 * MINUTE)
  await house.press(ANA, pressed, 'roll_back')
  await house.reply(ANA, pressed, '@Countersign roll back because I say so')
  const closed = expect.stringMatching(/^The window to roll this back closed on .* UTC/)
  expect(house.told(ANA)).toEqual([closed, closed])
  await house.advance(0)
  for (const id of [swept, pressed]) {
    expect(await rollbackOf(id)).toMatchObject({ state: 'settled', by: null })
    expect(shown(id)).toContain('Settled : nobody rolled it back until')
    expect(thread(id)).toContain('Nobody asked to roll this back in time')
    expect(buttonsOf(house.card(id))).toEqual([])
  }
})

it('who holds no role of the path is told who may, and opens nothing', async () => {
  const id = await run()
  for (const user of [CAROL, DANA]) {
    await house.press(user, id, 'roll_back')
    expect(house.told(user)).toEqual([
      expect.stringContaining('Only support_lead or operations can have this rolled back'),
    ])
    expect(house.workspace.view(user)).toBeUndefined()
  }
  await ask(BEN, id, 'I hold the second role.')
  expect(await rollbackOf(id)).toMatchObject({ by: BEN })
})
