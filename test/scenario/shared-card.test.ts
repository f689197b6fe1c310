import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  ANA,
  APPROVALS,
  BEN,
  buttonsOf,
  CAROL,
  type House,
  type Json,
  MANIFEST,
  MINUTE,
  openHouse,
  SECOND,
  textOf,
  within,
} from './house.ts'

/*
 * Broken once each to see it fail: high severity, workflows and what goes higher share cards, too; a verb in the thread is
 * taken for the first row's; Approve beside parameters that are not shown approves at once; a line that names no row; the
 * digest in the grant is of the approved row alone.
 */

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

const mail = async (to: string, more: Json = {}) =>
  String((await house.propose({ action: 'send_email', parameters: { to }, ...more }))['id'])
const cards = () =>
  house.workspace.messages(APPROVALS).filter(({ metadata }) => metadata?.event_payload['slot'] === 'card')
const spoken = (id: string) => house.thread(id).map(({ text }) => text)

describe('low-severity requests of one action and agent within a minute', () => {
  it('share a card of five rows, each with its own buttons and its own end', async () => {
    const ids: string[] = []
    for (const n of [1, 2, 3, 4, 5, 6])
      ids.push(await mail(`${n}@example.com`, n === 3 ? { expires_in_seconds: 60 } : {}))
    const [first = '', second = '', , fourth = '', fifth = '', sixth = ''] = ids
    expect(cards()).toHaveLength(2)
    expect(textOf(house.card(first))).toContain('Send an e-mail to a customer: 5 requests')
    expect(buttonsOf(house.card(first))).toHaveLength(5 * 4)
    expect(textOf(house.card(sixth))).toContain('6@example.com')
    for (const id of [second, fifth]) expect(house.card(id).ts).toBe(house.card(first).ts)
    const links = await Promise.all(ids.map(async (id) => within(await house.decision(id), 'links', 'slack')))
    expect(new Set(links.slice(0, 5)).size).toBe(1)
    expect(links[0]).toEqual(expect.stringContaining('http'))
    expect(links[5]).not.toBe(links[0])

    const { blocks } = Object(house.workspace.calls().findLast(({ args }) => args['ts'] === house.card(first).ts)?.args)
    await house.press(ANA, second, 'approve')
    const { grant } = await house.decision(second)
    const { card } = JSON.parse(Buffer.from(String(grant).split('.')[1] ?? '', 'base64url').toString())
    expect(card).toBe(
      `sha256:${createHash('sha256')
        .update(canonicalize(blocks) ?? '')
        .digest('hex')}`,
    )
    await house.press(BEN, fourth, 'deny')
    await house.type(BEN, 'reason', 'the address is wrong')
    await house.advance(MINUTE)
    const statuses = await Promise.all(ids.map(async (id) => (await house.decision(id))['status']))
    expect(statuses).toEqual(['pending', 'approved', 'timed_out', 'denied', 'pending', 'pending'])
    const shown = textOf(house.card(first)).replaceAll('\n', ' ')
    expect(shown).toContain('2 to decide, 1 approved, 1 denied, 1 timed out')
    expect(shown).toMatch(new RegExp(`Row 2 .+Approved by\\s+@${ANA}.+2@example.com.+Row 3 .+Timed out.+3@example.com`))
    expect(shown).toMatch(new RegExp(`Row 4 .+Denied by\\s+@${BEN}.+the address is wrong`))
    expect(buttonsOf(house.card(first))).toHaveLength(2 * 4 + 1)
    expect(spoken(first).filter((text) => !text.includes('Moved'))).toEqual([
      expect.stringMatching(/^Row 2: .+ approved/),
      expect.stringMatching(/^Row 4: .+ denied/),
      expect.stringMatching(/^Row 3: Nobody decided in time/),
    ])
    await house.press(CAROL, fifth, 'approve')
    expect(await house.decision(fifth)).toMatchObject({ status: 'approved' })
    expect(house.unhandled).toEqual([])
  })

  it('share none with those of another minute, or that have a card of their own', async () => {
    const first = await mail('1@example.com')
    await house.advance(MINUTE)
    const later = await mail('2@example.com')
    await house.propose({ action: 'wire_money', parameters: { amount_usd: 1 } })
    const workflow = { id: 'wf-1', step_index: 0, completed_steps: [] }
    await mail('3@example.com', { workflow })
    await mail('4@example.com', { workflow })
    await mail('5@example.com', { confidence: 0.1 })
    await house.propose()
    await house.propose()
    expect(cards()).toHaveLength(8)
    expect(textOf(house.card(first))).not.toContain('requests')
    expect(textOf(house.card(later))).not.toContain('requests')
  })

  it('show parameters whole, or have them read before they are approved', async () => {
    await mail('1@example.com')
    const long = await mail('2@example.com', { parameters: { body: `${'x'.repeat(1_200)} and the end` } })
    expect(textOf(house.card(long))).not.toContain('and the end')
    await house.press(ANA, long, 'approve.unread')
    expect(await house.decision(long)).toMatchObject({ status: 'pending' })
    expect(textOf(house.workspace.view(ANA))).toContain('and the end')
    await house.submit(ANA)
    expect(await house.decision(long)).toMatchObject({ status: 'approved', decided_by: [{ user: ANA }] })
  })

  it('are not decided by a message in their thread, which names no row', async () => {
    const first = await mail('1@example.com')
    const second = await mail('2@example.com')
    for (const text of ['approve', 'deny because I can', 'ask why?'])
      await house.reply(ANA, first, `@Countersign ${text}`)
    expect(house.told(ANA)).toEqual(Array.from({ length: 3 }, () => expect.stringContaining('Press the buttons')))
    await house.reply(ANA, first, '@Countersign hello')
    expect(house.told(ANA).at(-1)).toContain("In a card's thread")
    for (const id of [first, second])
      expect(await house.decision(id)).toMatchObject({ status: 'pending', decided_by: null })
  })

  it('are each asked for in a direct message of their own', async () => {
    const ids = [await mail('1@example.com'), await mail('2@example.com')]
    const direct = [ANA, BEN].flatMap((user) => house.workspace.messages(`D${user.slice(1)}`))
    for (const id of ids) expect(direct.filter(({ blocks }) => JSON.stringify(blocks).includes(id))).toHaveLength(1)
  })

  it('stand on one card again after a restart', async () => {
    const first = await mail('1@example.com')
    const second = await mail('2@example.com')
    await house.restart(MANIFEST)
    house.turn(10 * SECOND)
    const third = await mail('3@example.com')
    expect(cards()).toHaveLength(1)
    expect(new Set([first, second, third].map((id) => house.card(id).ts)).size).toBe(1)
  })
})
