import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ANA, APPROVALS, BEN, BOT, DANA, type House, openHouse, within } from './house.ts'

/*
 * Broken once each to see it fail: the parameters of now instead of those on the card, no reason asked for, approved unread,
 * an event taken twice, bots that are heard.
 */

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

const propose = async (more = {}) => String((await house.propose(more))['id'])
const HELP = expect.stringContaining("In a card's thread")
const told = (user: string) => house.told(user)
const open = async (id: string) =>
  expect(await house.decision(id)).toMatchObject({ status: 'pending', decided_by: null })

describe('in the thread of a card', () => {
  it('approve approves, with a reason or without, and nothing is said beside the card', async () => {
    const first = await propose()
    await house.reply(ANA, first, '@Countersign approve')
    expect(await house.decision(first)).toMatchObject({ status: 'approved', decided_by: [{ user: ANA, note: null }] })
    const second = await propose()
    await house.reply(BEN, second, '@Countersign approve because policy 4.2 says so')
    expect(await house.decision(second)).toMatchObject({ decided_by: [{ user: BEN, note: 'policy 4.2 says so' }] })
    expect([...told(ANA), ...told(BEN)]).toEqual([])
  })

  it('deny takes a reason, which the agent reads', async () => {
    const id = await propose()
    await house.reply(ANA, id, '@Countersign deny')
    expect(told(ANA)).toEqual([expect.stringContaining('Say `deny because`')])
    await open(id)
    await house.reply(ANA, id, '@Countersign deny because the order is not theirs')
    expect(await house.decision(id)).toMatchObject({
      status: 'denied',
      decided_by: [{ user: ANA, note: 'the order is not theirs' }],
    })
  })

  it('ask asks the agent', async () => {
    const id = await propose()
    await house.reply(ANA, id, '@Countersign ask which order is it?')
    expect(await house.decision(id)).toMatchObject({ status: 'clarifying' })
    expect(within(await house.decision(id), 'clarification', 'question')).toBe('which order is it?')
  })

  it.each(['what do you think?', 'approved', 'approve-all', ''])(
    '"%s" is answered with the help, privately',
    async (text) => {
      const id = await propose()
      await house.reply(ANA, id, `@Countersign ${text}`)
      expect(told(ANA)).toEqual([HELP])
      expect(house.workspace.ephemerals(ANA)[0]?.thread_ts).toBe(house.card(id).ts)
      expect(told(BEN)).toEqual([])
      await open(id)
    },
  )

  it('an approve that does not begin with the bot, or goes on otherwise, approves nothing', async () => {
    const id = await propose()
    await house.reply(ANA, id, '@ben approve, says @Countersign')
    await house.reply(ANA, id, '@Countersign approve not')
    await house.reply(ANA, id, 'approve')
    await open(id)
  })

  it('who may not decide is told so, as by the buttons', async () => {
    const id = await propose({ requested_by: 'ana@example.com' })
    await house.reply(DANA, id, '@Countersign approve')
    await house.press(DANA, id, 'approve')
    const [spoken, pressed] = told(DANA)
    expect(spoken).toBe(pressed)
    await house.reply(ANA, id, '@Countersign deny because I can')
    expect(told(ANA)).toEqual([expect.stringContaining('You asked for this')])
    await open(id)
  })

  it('what takes a reason is not approved without one', async () => {
    const id = await propose({ confidence: 0.1 })
    const carol = 'U0CAROL001'
    await house.reply(carol, id, '@Countersign approve')
    expect(told(carol)).toEqual([expect.stringContaining('this takes a reason')])
    await open(id)
    await house.reply(carol, id, '@Countersign approve because the call was recorded')
    expect(await house.decision(id)).toMatchObject({ status: 'approved' })
  })

  it('what does not fit on the card is not approved unread', async () => {
    const id = await propose({ parameters: { body: 'x'.repeat(5_000) } })
    await house.reply(ANA, id, '@Countersign approve because I trust it')
    expect(told(ANA)).toEqual([expect.stringContaining('have to be read first')])
    await open(id)
  })

  it('a reason longer than a window takes is refused', async () => {
    const id = await propose()
    await house.reply(ANA, id, `@Countersign deny because ${'x'.repeat(3_001)}`)
    expect(told(ANA)).toEqual([expect.stringContaining('longer than 3,000 characters')])
    await open(id)
  })

  it('decides what the card shows: not what the agent has changed since', async () => {
    const id = await propose()
    await house.reply(ANA, id, '@Countersign ask how much?')
    await house.show()
    const clarification = within(await house.decision(id), 'clarification', 'id')
    const answer = {
      clarification_id: clarification,
      answer: 'More.',
      parameters: { order_id: 'A-1', amount_usd: 400 },
    }
    expect(await house.post(id, 'answer', answer)).toMatchObject({ status: 200 })
    // The card in Slack still shows the parameters of before.
    await house.reply(ANA, id, '@Countersign approve')
    expect(told(ANA)).toEqual([expect.stringContaining('The agent has changed the parameters since')])
    await open(id)
    await house.show()
    await house.reply(ANA, id, '@Countersign approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved' })
  })

  it('an ended request is answered with who ended it', async () => {
    const id = await propose()
    await house.press(BEN, id, 'deny')
    await house.type(BEN, 'reason', 'No.')
    await house.reply(ANA, id, '@Countersign approve')
    expect(told(ANA)).toEqual([expect.stringContaining(`This was denied by <@${BEN}>`)])
  })
})

it('outside of a card’s thread there is the help, privately', async () => {
  const id = await propose()
  const { ts } = house.card(id)
  await house.workspace.say(ANA, APPROVALS, '@Countersign approve')
  await house.workspace.say(BEN, APPROVALS, 'Lunch?')
  const lunch = house.workspace.messages(APPROVALS).at(-1)?.ts ?? ''
  await house.workspace.say(BEN, APPROVALS, '@Countersign approve', lunch)
  await house.quiet()
  expect(told(ANA)).toEqual([HELP])
  expect(told(BEN)).toEqual([HELP])
  expect(lunch).not.toBe(ts)
  await open(id)
})

it('a bot that says approve approves nothing, and is not answered', async () => {
  const id = await propose()
  const event = {
    type: 'app_mention',
    user: ANA,
    bot_id: 'B0OTHER001',
    text: `<@${BOT}> approve`,
    ts: '1.2',
    event_ts: '1.2',
    channel: APPROVALS,
    thread_ts: house.card(id).ts,
  }
  await sendEvent('Ev1', event)
  await open(id)
  expect(told(ANA)).toEqual([])
})

it('an event that Slack sends again does nothing the second time', async () => {
  const id = await propose()
  const event = {
    type: 'app_mention',
    user: ANA,
    text: `<@${BOT}> hello`,
    ts: '1.2',
    event_ts: '1.2',
    channel: APPROVALS,
    thread_ts: house.card(id).ts,
  }
  await sendEvent('Ev2', event)
  await sendEvent('Ev2', event, { 'x-slack-retry-num': '1' })
  expect(told(ANA)).toEqual([HELP])
})

async function sendEvent(id: string, event: object, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const body = JSON.stringify({
    type: 'event_callback',
    event_id: id,
    team_id: 'T0LOCAL001',
    event,
    n: Object.keys(more),
  })
  await house.workspace.sendRaw(body, { 'content-type': 'application/json', ...house.workspace.sign(body), ...more })
  await house.quiet()
}
