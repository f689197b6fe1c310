import { afterEach, beforeEach, expect, it } from 'vitest'
import { preformattedTexts } from '../blocks/rendered-text.ts'
import { ANA, HOUR, type House, type Json, MINUTE, OPS, openHouse, textOf, untilTomorrow, within } from './house.ts'

/*
 * Broken once each to see it fail: the snippet without its role, alerts never sent or sent at once, the alerts of a
 * stopped process forgotten, the digest of what is overdue not called by the sweep, its key without the day.
 */

const MANIFEST = `
roles:
  support_lead: { members: [${ANA}] }
  operations: { members: [dana@example.com] }
actions:
  send_email: { description: Send an e-mail to a customer, severity: low, reversible: false }
  process_refund:
    severity: high
    reversible: false
    required_role: support_lead
    approval_timeout_seconds: 172800
    sla_minutes: 60
`

let house: House
beforeEach(async () => {
  house = await openHouse({ manifest: MANIFEST })
})
afterEach(() => house.close())

const told = (): readonly string[] => house.workspace.messages(OPS).map(textOf)
const flat = (text: string | undefined): string => (text ?? '').replaceAll('\n', '')
const sure = (action: string): Json => ({ action, parameters: { to: 'cus_1' }, confidence: 0.99 })

/** To the first moment of the next hour, so that no minute and no hour ends by surprise. */
const toFullHour = (): void => house.turn(HOUR - (house.now() % HOUR))

it('hands out what classifies an unknown action; pasted and read again, the action goes to people', async () => {
  const unknown = { action: 'close_account', parameters: { 'account id': 'a-secret', true: 1, owner: { x: 1 } } }
  const before = await house.propose(unknown)
  expect(before).toMatchObject({ status: 'blocked', reasons: [{ code: 'unknown_action' }] })
  await house.propose(unknown)
  expect(told()).toHaveLength(1)
  const [card] = house.workspace.messages(OPS)
  expect(flat(textOf(card))).toContain('Classify this action')
  expect(flat(textOf(card))).toContain('billing-bot asked for close_account')
  expect(flat(textOf(card))).toContain('account id (string), true (number), owner (object)')
  expect(JSON.stringify(card)).not.toContain('a-secret')

  const [snippet = ''] = preformattedTexts(card?.blocks ?? [])
  await house.reload(MANIFEST + snippet.replace('actions:\n', ''))
  expect(told().at(-1)).toContain('The manifest has changed')
  const { id } = await house.propose(unknown)
  expect(await house.decision(String(id))).toMatchObject({ status: 'pending', assignment: { role: 'operations' } })
  const wrong = { action: 'close_account', parameters: { 'account id': 7 }, confidence: 0.8, confidence_basis: 'sure' }
  expect(await house.call('POST', '/v1/decisions', wrong, { 'idempotency-key': 'k1' })).toMatchObject({ status: 422 })
})

it('tells what passed once the minute is over, also when the service was started anew, and by the hour', async () => {
  toFullHour()
  for (let times = 0; times < 3; times += 1) await house.propose(sure('send_email'))
  await house.propose(sure('process_refund'))
  await house.deliver()
  expect(told()).toEqual([])
  await house.restart(MANIFEST)
  await house.advance(MINUTE + 1_000)
  expect(told()).toHaveLength(1)
  expect(flat(told()[0])).toContain(
    'Send an e-mail to a customer · send_email by billing-bot: this action needs no approval and 2 more of the same',
  )
  await house.advance(10 * MINUTE)
  expect(told()).toHaveLength(1)
  await house.propose(sure('process_refund'))
  await house.advance(HOUR)
  expect(told()).toHaveLength(2)
  expect(flat(told()[1])).toContain('2 acts passed without a person')
  expect(flat(told()[1])).toContain('process_refund by billing-bot: 2')
})

it('tells at nine each morning what is overdue, as long as something is', async () => {
  house.turn(untilTomorrow(house.now()))
  await house.advance(9 * HOUR - MINUTE)
  const { id } = await house.propose()
  const digests = () => told().filter((text) => text.includes('overdue'))
  await house.advance(MINUTE)
  await house.advance(2 * HOUR)
  expect(digests()).toEqual([])
  house.turn(untilTomorrow(house.now()))
  await house.advance(9 * HOUR - MINUTE)
  expect(digests()).toEqual([])
  await house.advance(MINUTE)
  await house.advance(HOUR)
  expect(digests()).toHaveLength(1)
  expect(flat(digests()[0])).toContain('1 open request is overdue')
  expect(flat(digests()[0])).toContain(`process_refund for billing-bot: @${ANA} is asked, due `)
  expect(flat(digests()[0])).toContain(String(id))
  const denied = String(within(await house.decision(String(id)), 'expires_at')).slice(0, 16)
  expect(flat(digests()[0])).toContain(`denied ${denied.replace('T', ' ')} UTC`)

  await house.press(ANA, String(id), 'deny')
  await house.type(ANA, 'reason', 'Too late.')
  house.turn(untilTomorrow(house.now()))
  await house.advance(10 * HOUR)
  expect(digests()).toHaveLength(1)
})
