import { afterEach, beforeEach, expect, it } from 'vitest'
import { mentionsInBlocks, mentionsInText } from '../../src/workspace/mentions.ts'
import type { Message } from '../../src/workspace/server.ts'
import { ANA, APPROVALS, BEN, type House, type Json, OPS, openHouse, textOf, within } from './house.ts'

/*
 * Broken once to see it fail: `visible` leaves what is hidden. (`escapeMrkdwn` alone may break: no words of agents reach it.)
 */

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

const HIDDEN = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/
const bite = (name: string) =>
  `${name} <!channel> <!here|x> <!everyone> <@${ANA}> <!subteam^S0SUPPORT1> @channel @here <https://evil.example|https://bank.example> *bold* \`code\` & < > \u202egnp.exe \u200bzero\u200d \u0007`

const hostile: Json = {
  parameters: { [bite('key')]: bite('value'), nested: [{ [bite('inner')]: bite('leaf') }] },
  confidence_basis: bite('basis'),
  uncertainty_factors: [bite('factor')],
  rationale: bite('rationale'),
  expected_outcome: bite('outcome'),
  if_denied: bite('denied'),
  evidence: [
    { title: bite('title'), text: bite('text') },
    { title: bite('link'), url: 'https://evil.example/%E2%80%AE<@U0ANA00001>|https://bank.example/@channel' },
  ],
  requested_by: bite('asker'),
  agent_version: bite('version').slice(0, 200),
  workflow: {
    id: bite('flow').slice(0, 128),
    step_index: 1,
    completed_steps: [{ action: bite('step').slice(0, 128), summary: bite('summary') }],
    context: { [bite('context')]: bite('context') },
  },
  checkpoint: { [bite('checkpoint')]: bite('checkpoint') },
}

/** Every string that Slack was given, but for the ones it keeps for us. */
function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, each]) =>
    key === 'value' || key === 'private_metadata' || key === 'metadata' ? [] : stringsIn(each),
  )
}

function expectHarmless(shown: { readonly blocks?: readonly unknown[] }, text: string, allowed: readonly string[]) {
  const mentioned = [...mentionsInBlocks(shown.blocks ?? []), ...mentionsInText(text)]
  expect(mentioned.filter((each) => !allowed.includes(each))).toEqual([])
  for (const each of [...stringsIn(shown.blocks ?? []), text]) {
    expect(each).not.toMatch(HIDDEN)
    expect(each).not.toContain('\u0007')
  }
}

const messages = (): readonly Message[] =>
  [APPROVALS, OPS, `D${BEN.slice(1)}`].flatMap((channel) => house.workspace.messages(channel))

it('mentions nobody, links nothing and hides nothing, wherever the agent puts it', async () => {
  const id = String((await house.propose(hostile))['id'])
  const card = house.card(id)
  expect(card.mentions).toEqual([BEN]) // who is asked: it is Ana's own case
  expectHarmless(house.card(id), house.card(id).text, [BEN])
  for (const name of ['key', 'value', 'leaf', 'basis', 'rationale', 'factor', 'outcome', 'denied', 'title', 'summary'])
    expect(textOf(card), name).toContain(name)

  for (const button of ['deny', 'clarify', 'context']) {
    await house.press(BEN, id, button)
    const view = house.workspace.view(BEN)
    expect(textOf(view), button).toContain(button === 'context' ? 'rationale' : 'value')
    if (view !== undefined) expectHarmless(view, '', [BEN])
    if (button === 'context') break
    await house.workspace.closeView(BEN)
  }

  await house.press(BEN, id, 'clarify')
  await house.type(BEN, 'question', 'Why?')
  const question = within(await house.decision(id), 'clarification', 'id')
  await house.post(id, 'answer', {
    clarification_id: question,
    answer: bite('answer'),
    evidence: [{ title: bite('more'), text: bite('added') }],
    parameters: { [bite('changed')]: bite('changed') },
  })
  await house.show()
  await house.press(BEN, id, 'approve')
  await house.post(id, 'execution', { state: 'failed', error: bite('error'), result: bite('result') })
  await house.post(id, 'outcome', { correct: true, source: 'audit', note: bite('note'), ref: bite('ref') })
  await house.show()
  expect(await house.decision(id)).toMatchObject({ status: 'approved', execution: { state: 'failed' } })

  const short = { ...hostile, confidence_basis: `<!channel> & <@${ANA}>` }
  const withdrawn = String((await house.propose(short))['id'])
  expectHarmless(house.card(withdrawn), house.card(withdrawn).text, [BEN])
  await house.post(withdrawn, 'withdraw', { reason: bite('reason') })
  await house.propose({ ...hostile, action: 'not.classified:here' })
  expect(messages().length).toBeGreaterThan(5)
  for (const message of messages()) {
    // Ben was asked, asked and approved: that he did is said with his name. (Ana is named as the requester, so it is not hers to do.)
    expect(message.mentions.filter((each) => each !== BEN)).toEqual([])
    expectHarmless(message, message.text, [BEN])
  }
  expect(messages().map(textOf).join()).toContain('reason')
})

it('posts a card for the longest request there can be, and every word of it can be read', async () => {
  const parameters = Object.fromEntries(Array.from({ length: 180 }, (_, at) => [`p${at}`, `value-${at}-`.repeat(12)]))
  const steps = Array.from({ length: 60 }, (_, at) => ({
    action: `step_${at}`,
    summary: `did thing number ${at} well`,
  }))
  const evidence = Array.from({ length: 40 }, (_, at) => ({
    title: `Exhibit ${at}.`,
    text: `exhibit text ${at} `.repeat(30),
  }))
  expect(JSON.stringify(parameters).length).toBeGreaterThan(20_000)
  const id = String(
    (
      await house.propose({
        parameters,
        evidence,
        workflow: { id: 'wf', step_index: 60, completed_steps: steps },
        rationale: 'because of it '.repeat(1_000),
        uncertainty_factors: Array.from({ length: 50 }, (_, at) => `factor number ${at} `.repeat(20)),
      })
    )['id'],
  )
  // What is not there is counted, and the place named where it is.
  expect(textOf(house.card(id))).toContain('in Full context')
  expect(textOf(house.card(id))).not.toMatch(/…|\.\.\.$/m)

  await house.press(ANA, id, 'context')
  let all = ''
  for (;;) {
    const view = house.workspace.view(ANA)
    all += textOf(view)
    if (!JSON.stringify(view?.blocks).includes('countersign.context.next')) break
    await house.turnPage(ANA, 'next')
  }
  for (let at = 0; at < 180; at += 1) expect(all).toContain(`value-${at}-`.repeat(12))
  for (let at = 0; at < 60; at += 1) expect(all).toContain(`did thing number ${at} well`)
  for (let at = 0; at < 40; at += 1) expect(all).toContain(`Exhibit ${at}.`)
  for (let at = 0; at < 40; at += 1) expect(all).toContain(`exhibit text ${at} `.repeat(30).trim())
  for (let at = 0; at < 50; at += 1) expect(all).toContain(`factor number ${at} `.repeat(20).trim())
  // Pieces of a long text follow each other without a gap.
  expect(all.replaceAll('\n', '').match(/because of it/g)?.length).toBe(1_000)
  expect(house.logged).toEqual([])
})
