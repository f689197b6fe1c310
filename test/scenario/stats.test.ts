/**
 * `/approvals stats` and `/approvals calibration`. Seen to fail: a colleague's figures in one's own, guests told, another
 * week than App Home's, and figures of an action that the policy does not have.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANA, BEN, GUS, HOUR, type House, MINUTE, openHouse, textOf } from './house.ts'

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

let orders = 0
const said = (user: string) => house.answer(user)?.text ?? ''

async function decided(user: string, button: string, correct: boolean | null, confidence = 0.8): Promise<void> {
  const id = String(
    (await house.propose({ confidence, parameters: { order_id: `A-${(orders += 1)}`, amount_usd: 120 } }))['id'],
  )
  house.turn(4 * MINUTE)
  if (button === 'deny') {
    await house.press(user, id, 'deny')
    await house.type(user, 'reason', 'No.')
  } else {
    await house.press(user, id, 'approve')
  }
  await house.show()
  if (correct !== null) expect((await house.post(id, 'outcome', { correct, source: 'downstream' })).status).toBe(200)
}

describe('/approvals stats', () => {
  it('tells the week as App Home does, everybody together, and only the asker alone', async () => {
    await decided(ANA, 'approve', false)
    await decided(ANA, 'deny', false)
    await decided(BEN, 'approve', true)
    house.turn(HOUR)
    await house.command(ANA, 'stats')
    const week = '2 approved  ·  1 denied  ·  0 without an answer in time'
    expect(said(ANA)).toContain(week)
    await house.openHome(ANA)
    expect(textOf(house.workspace.home(ANA))).toContain(week)
    const [team = '', own = ''] = said(ANA).split('*You alone')
    expect(team).toContain('3 answers: 2 approved, 1 denied. Half of them came within 4 min of the request.')
    expect(team).toContain('Caught: 1 of 2 that turned out wrong were denied (50.0%, 95% interval 9.5% to 90.5%).')
    expect(own).toContain('2 answers: 1 approved, 1 denied.')
    await house.command(BEN, 'stats')
    const [, bens = ''] = said(BEN).split('*You alone')
    expect(bens).toContain('1 answer: 1 approved, 0 denied.')
    expect(bens).toContain('None turned out wrong, so nothing was there to catch.')
    expect(said(BEN).length).toBeLessThan(3_000)
  })

  it('has words for nothing, and for what does not go with it', async () => {
    await house.command(ANA, 'stats')
    expect(said(ANA)).toContain('No request to people has ended.')
    expect(said(ANA)).toContain('• Nothing was decided.')
    await house.command(ANA, 'stats @ben')
    expect(said(ANA)).toContain('with nothing after it')
  })

  it('tells a guest nothing', async () => {
    await decided(ANA, 'approve', null)
    await house.command(GUS, 'stats')
    expect(said(GUS)).toBe('Only full members of this workspace are told that.')
    await house.command(GUS, 'calibration process_refund')
    expect(said(GUS)).toBe('Only full members of this workspace are told that.')
  })
})

describe('/approvals calibration', () => {
  it('compares claims with what happened, in sentences', async () => {
    await decided(ANA, 'approve', true)
    await decided(BEN, 'approve', false)
    await decided(BEN, 'approve', null)
    await house.command(ANA, 'calibration process_refund')
    expect(said(ANA)).toContain('*process_refund, the last 30 days*\n2 of 3 decisions have a label.')
    expect(said(ANA)).toContain('claimed 0.8 to 0.9: 1 of 2 right (50.0%)')
    expect(said(ANA)).toContain('• No: 2 labels say next to nothing.')
    expect(said(ANA)).toContain('• People denied 0 of 1 that turned out wrong')
    expect(said(ANA).length).toBeLessThan(3_000)
  })

  it('says what is missing where nothing is known', async () => {
    await house.command(ANA, 'calibration process_refund')
    expect(said(ANA)).toContain('There are no labels, so nothing can be said and nothing is suggested.')
    await house.command(ANA, 'calibration')
    expect(said(ANA)).toContain('Say of which action')
    await house.command(ANA, 'calibration constructor')
    expect(said(ANA)).toContain('The policy has no such action. It has `process_refund`, `send_email`')
  })
})
