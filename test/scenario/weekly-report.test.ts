/**
 * The weekly report in the operations channel. Seen to fail: told again after a restart; told twice when the answer to its
 * post was lost; left out when the service was down; told before there is a week; a suggestion of last week told as new; with no word of a picture.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allScopes } from '../../src/workspace/server.ts'
import { ANA, HOUR, type House, MINUTE, OPS, openHouse, proposal, textOf, within } from './house.ts'

const DAY = 24 * HOUR
/** Every action has an owner; refunds pass from 0.9 on. */
const MANIFEST = `
roles: { support_lead: { members: [ana@example.com] } }
actions:
  process_refund:
    severity: high
    reversible: false
    owner: ana@example.com
    alerts: "off"
    required_role: support_lead
    thresholds: { auto_approve_confidence: 0.9 }
`

const OPTIONS = { manifest: MANIFEST, reportCron: '0 9 * * *' }

let house: House
beforeEach(async () => {
  // Once a day, so that a test need not wait for Monday.
  house = await openHouse(OPTIONS)
})
afterEach(() => house.close())

const reports = () => house.workspace.messages(OPS).filter(({ text }) => text.startsWith('The week up to'))

let orders = 0
async function refunds(count: number, correct: boolean): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const parameters = { order_id: `A-${(orders += 1)}`, amount_usd: 20 }
    const { body } = await house.call('POST', '/v1/decisions', proposal({ confidence: 0.95, parameters }), {
      'idempotency-key': `r-${orders}`,
    })
    expect(body['status']).toBe('auto_approved')
    await house.post(String(body['id']), 'outcome', { correct, source: 'downstream' })
  }
}

/** Turns the clock to a little after nine, and sweeps. */
async function nextMorning(): Promise<void> {
  const today = Math.floor(house.now() / DAY) * DAY + 9 * HOUR
  house.turn((today > house.now() ? today : today + DAY) - house.now() + MINUTE)
  await house.advance(0)
}

describe('the weekly report', () => {
  it('says in five sentences how the week went, with a table, and what is suggested to whom', async () => {
    await refunds(10, true)
    await refunds(10, false)
    const id = String((await house.propose({ confidence: 0.7 }))['id'])
    await house.press(ANA, id, 'approve')
    await nextMorning()
    expect(reports()).toHaveLength(1)
    const text = textOf(reports()[0])
    expect(text).toContain('Agents proposed 21 actions in the last seven days; 20 (95.2%) passed without a person.')
    expect(text).toContain('People approved 1 and denied 0, half of them within 1 minute; none went unanswered.')
    expect(text).toContain(
      '20 of 21 decisions of the last 30 days have a label: 50.0% were right, and agents had claimed 95.0%.',
    )
    expect(text).toContain('Of what people decided, nothing is known to have been wrong.')
    expect(text).toContain('Look at process_refund (errors among what passes have risen).')
    expect(text).toContain('Its agent overstates confidence at 0.9; consider raising the threshold above 0.9.')
    expect(text).toContain('consider more oversight')
    expect(text).toMatch(/Owner: \W*ana\W+example/)
    expect(text).not.toContain('As last week.')
  })

  it('has two pictures that Slack has, each with what it shows in words', async () => {
    await refunds(20, false)
    await nextMorning()
    const images = (reports()[0]?.blocks ?? []).filter(({ type }) => type === 'image')
    expect(images.map(({ alt_text: alt }) => alt)).toEqual([
      'process_refund, claimed and happened: 95% claimed, 0% right (0% to 16%, 20 labels).',
      expect.stringMatching(/^process_refund, thresholds: from 0\.95 at most 100% wrong; .*none is certified\.$/),
    ])
    for (const { slack_file: file } of images) {
      const answer = await fetch(`${house.workspace.pageUrl}page/file/${String(within(file, 'id'))}`)
      const png = Buffer.from(await answer.arrayBuffer())
      expect(png.subarray(1, 4).toString()).toBe('PNG')
      expect(png.length).toBeGreaterThan(20_000)
    }
    expect(textOf(reports()[0])).not.toContain('labels  claimed')
  })

  it.each([
    [
      'the app lacks files:write',
      async () => {
        await house.close()
        house = await openHouse({ ...OPTIONS, scopes: allScopes.filter((each) => each !== 'files:write') })
      },
    ],
    [
      'Slack takes no uploads',
      async () => house.workspace.fault({ method: 'files.completeUploadExternal', kind: 'error_500' }),
    ],
  ])('has a table in their place where %s', async (_, given) => {
    await given()
    await refunds(1, true)
    await nextMorning()
    expect((reports()[0]?.blocks ?? []).filter(({ type }) => type === 'image')).toEqual([])
    expect(textOf(reports()[0])).toMatch(/process_refund +1 +1 +1 +95% +100%/)
  })

  it('waits a while for Slack to take the pictures in', async () => {
    await refunds(1, true)
    for (let n = 0; n < 2; n += 1)
      house.workspace.fault({ method: 'chat.postMessage', kind: 'slack_error', error: 'invalid_blocks' })
    await nextMorning()
    expect((reports()[0]?.blocks ?? []).filter(({ type }) => type === 'image')).toHaveLength(2)
  })

  it('is told once for each time it is due, whatever is started again meanwhile', async () => {
    await refunds(1, true)
    await nextMorning()
    await house.advance(MINUTE)
    await house.restart(MANIFEST)
    await house.advance(HOUR)
    expect(reports()).toHaveLength(1)
    await nextMorning()
    expect(reports()).toHaveLength(2)
  })

  it('is told once where the answer to its post was lost', async () => {
    await refunds(1, true)
    house.workspace.fault({ method: 'chat.postMessage', kind: 'reset_after_accept' })
    await nextMorning()
    await house.advance(HOUR)
    expect(reports()).toHaveLength(1)
  })

  it('is made up for once where the service was down, of several times the last', async () => {
    await refunds(1, true)
    house.turn(3 * DAY)
    await house.restart(MANIFEST)
    await house.show()
    expect(reports()).toHaveLength(1)
  })

  it('is not told of a week in which there was nothing yet', async () => {
    await nextMorning()
    await refunds(1, true)
    await house.advance(MINUTE)
    expect(reports()).toHaveLength(0)
  })

  it('says of a suggestion that it is as last week', async () => {
    await refunds(20, false)
    await nextMorning()
    await nextMorning()
    const [, second] = reports()
    expect(textOf(second)).toContain('As last week.')
    expect(second?.text).toContain('Nothing new is suggested, 2 as last week.')
  })
})
