/**
 * From Slack to the page of a decision, through the whole product. Broken builds that these sentences were seen to catch:
 * - the reader not asked of Slack, earlier decisions of others shown -> "for those alone", "only those".
 * - a link that never ends, or that opens every decision -> "after an hour", "each reviewer". The decision counted as
 *   evidence for itself -> "what happened since".
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANA, BEN, CAROL, DANA, GUS, HOUR, type House, openHouse, SECOND, within } from './house.ts'

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

/** The link that the open window has for this person. */
function linkOf(user: string): string {
  const [, link = ''] = /"(http:[^"]*\/d\/[^"]*)"/.exec(JSON.stringify(house.workspace.view(user)?.blocks)) ?? []
  return link
}

async function read(link: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(link.replace(/^https?:\/\/[^/]*/, house.url))
  return { status: response.status, text: await response.text() }
}

async function pressed(user: string, id: string): Promise<string> {
  await house.press(user, id, 'context')
  const link = linkOf(user)
  await house.workspace.closeView(user)
  return link
}

describe('the page of a decision', () => {
  it('is opened from Full context by each reviewer with a link of their own, and says what happened since', async () => {
    const first = String((await house.propose({ confidence: 0.81 }))['id'])
    await house.press(BEN, first, 'approve')
    await house.post(first, 'outcome', { correct: true, source: 'audit' })
    house.turn(SECOND)
    const id = String((await house.propose({ rationale: 'Lost by the carrier.' }))['id'])
    const link = await pressed(ANA, id)
    expect(link).toContain(`/d/${id}?k=${ANA}.`)
    expect(await pressed(CAROL, id)).not.toBe(link)
    expect(await read(link)).toMatchObject({ status: 200, text: expect.stringContaining('Waits for a decision') })
    await house.press(CAROL, id, 'approve')
    await house.post(id, 'outcome', { correct: false, source: 'audit' }) // it is not evidence for itself
    const { text } = await read(link)
    for (const words of [
      'Approved',
      '@Carol Lindqvist',
      'Lost by the carrier.',
      '@Ben Okafor',
      'it was right',
      'only 1 decision',
    ])
      expect(text, words).toContain(words)
  })

  it('is for those alone who could decide it or asked for it, whoever has pressed', async () => {
    const id = String((await house.propose({ requested_by: 'dana@example.com' }))['id'])
    const asker = await pressed(DANA, id)
    const guest = await pressed(GUS, id)
    expect((await read(asker)).status).toBe(200)
    const refused = await read(guest)
    expect(refused).toMatchObject({ status: 403, text: expect.stringContaining('nothing here that you may read') })
    expect(refused.text).not.toContain('A-1')
    const own = await pressed(BEN, id)
    await house.workspace.setPerson(BEN, { deleted: true })
    expect((await read(own)).status).toBe(403)
  })

  it('cannot be reached with what agents are told, nor after an hour', async () => {
    const id = String((await house.propose())['id'])
    const told = String(within(await house.decision(id), 'links', 'context'))
    expect(told).toMatch(new RegExp(`/d/${id}$`))
    expect(await read(told)).toMatchObject({ status: 403, text: expect.not.stringContaining('A-1') })
    const link = await pressed(ANA, id)
    house.turn(HOUR - 1_000)
    expect((await read(link)).status).toBe(200)
    house.turn(1_000)
    expect(await read(link)).toMatchObject({ status: 410, text: expect.not.stringContaining('A-1') })
  })

  it('shows of earlier decisions only those that the reader may see', async () => {
    const earlier = String((await house.propose({ action: 'send_email', requested_by: 'dana@example.com' }))['id'])
    await house.press(ANA, earlier, 'approve')
    const hidden = String((await house.propose({ action: 'send_email', parameters: { to: 'other' } }))['id'])
    await house.press(ANA, hidden, 'deny')
    await house.type(ANA, 'reason', 'No.')
    await house.show()
    house.turn(SECOND)
    const id = String((await house.propose({ action: 'send_email', requested_by: 'dana@example.com' }))['id'])
    const shown = (text: string) => text.split('<tbody>')[1]?.match(/<tr>/g)?.length ?? 0
    expect(shown((await read(await pressed(DANA, id))).text)).toBe(1)
    expect(shown((await read(await pressed(ANA, id))).text)).toBe(2)
  })
})
