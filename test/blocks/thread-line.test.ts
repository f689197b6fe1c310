import { expect, it } from 'vitest'
import { notice } from '../../blocks/notice.ts'
import { isWorthALine, threadLine } from '../../blocks/thread-line.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { expectMessage, renderedText } from './rendered-text.ts'
import {
  AGENT,
  ANA,
  answered,
  approved,
  asked,
  BEN,
  denied,
  executed,
  exhausted,
  later,
  made,
  nudged,
  rollbackAsked,
  rollbackReported,
  rollbackSettled,
  timedOut,
  unanswered,
  viewOf,
  withdrawn,
} from './views.ts'

const outcome: DecisionEvent = {
  type: 'outcome.recorded',
  at: later(90),
  actor: AGENT,
  payload: { correct: false, source: 'downstream', observedAt: later(90), ref: null },
  sealed: { note: 'The customer complained.' },
}

it.each([
  ['an approval', [approved(ANA, 3, 'Fine.')], '<@U0ANA> approved.', 'Fine.'],
  ['a denial', [denied('No.')], '<@U0ANA> denied this.', 'No.'],
  ['a withdrawal', [withdrawn('Gone.')], 'The agent withdrew this.', 'Gone.'],
  ['a timeout', [timedOut], 'Nobody decided in time, so this counts as denied.', 'Nobody'],
  ['a question', [asked('Why?')], '<@U0ANA> asked a question. The clocks are stopped until ', 'Why?'],
  [
    'an answer',
    [asked('Why?'), answered('So.', { evidence: [{ title: 'x', text: 'y' }] })],
    'The agent answered to <@U0ANA>. It added 1 piece of evidence. Decide by ',
    'So.',
  ],
  ['a missing answer', [asked('Why?'), unanswered], 'No answer came in time; the clocks run again.', 'or it is denied'],
  [
    'an execution',
    [approved(ANA, 3, null), executed('failed', 'Card expired')],
    'The agent reports that it failed.',
    'Card expired',
  ],
  ['a rollback', [rollbackAsked('Wrong region.')], '<@U0ANA> asked to roll this back.', 'Wrong region.'],
  [
    'what came of it',
    [rollbackAsked('No.'), rollbackReported('failed', 'It is locked.')],
    'The agent reports that the rollback failed.',
    'It is locked.',
  ],
  ['its end', [rollbackSettled], 'Nobody asked to roll this back in time, so it stands.', 'so it stands'],
  [
    'an outcome',
    [approved(ANA, 3, null), outcome],
    'The agent recorded an outcome (downstream): this was wrong.',
    'complained',
  ],
] as const)('tells the thread of %s', (_, after, text, shown) => {
  const view = viewOf({ after })
  const event = view.history.at(-1)
  if (event === undefined) throw new Error('no event')
  const line = threadLine(event, view)
  expectMessage(line.blocks)
  expect(line.text).toContain(text)
  expect(renderedText(line.blocks)).toContain(shown)
})

const ana = made('U0ANA', 0)
const ben = made('U0BEN', 10, { because: 'deadline_missed', before: 'U0ANA' })

it.each([
  ['who is asked first', [ana], 'Assigned to <@U0ANA> (support_lead).', false],
  ['a reminder', [ana, nudged('U0ANA', 5)], 'Reminded <@U0ANA>.', false],
  ['a missed deadline', [ana, ben], 'Moved from <@U0ANA> to <@U0BEN>: the time to decide had run out.', true],
  [
    'a delegation',
    [ana, made('U0BEN', 5, { because: 'delegated', before: 'U0ANA' }, ANA)],
    'Moved from <@U0ANA> to <@U0BEN>: <@U0ANA> has delegated it.',
    true,
  ],
  [
    'somebody who left',
    [ana, made('U0BEN', 5, { because: 'not_eligible', before: 'U0ANA' })],
    'Moved from <@U0ANA> to <@U0BEN>: <@U0ANA> cannot decide any more.',
    true,
  ],
  [
    'a choice by hand',
    [ana, made('U0BEN', 5, { because: 'by_hand', before: 'U0ANA' }, ANA)],
    'Moved from <@U0ANA> to <@U0BEN>: assigned by <@U0ANA>.',
    true,
  ],
  [
    'a first choice by hand',
    [made('U0BEN', 5, { because: 'by_hand' }, ANA)],
    'Assigned to <@U0BEN> by <@U0ANA>.',
    true,
  ],
  [
    'the end of the path',
    [ana, ben, exhausted('path_exhausted', 20)],
    'Nobody is left to ask, and operations were told. <@U0BEN> can still decide.',
    true,
  ],
  [
    'the end of the path where nobody was asked in person',
    [exhausted('path_exhausted', 20)],
    'Nobody is left to ask, and operations were told. Everybody in this channel can still decide.',
    true,
  ],
  [
    'nobody to ask',
    [exhausted('nobody_available', 0, later(10))],
    'Nobody who may decide is available; operations were told.',
    true,
  ],
  [
    'still nobody to ask',
    [exhausted('nobody_available', 0, later(10)), exhausted('nobody_available', 10, later(20))],
    'Nobody who may decide is available; operations were told.',
    false,
  ],
  [
    'nobody left again',
    [exhausted('nobody_available', 0, later(10)), made('U0ANA', 10), exhausted('path_exhausted', 20)],
    'Nobody is left to ask, and operations were told. <@U0ANA> can still decide.',
    true,
  ],
] as const)('tells the timeline of %s, and the thread if it is news there', (_, after, text, inThread) => {
  const view = viewOf({ after, proposal: { workflow: undefined } })
  const event = view.history.at(-1)
  if (event === undefined) throw new Error('no event')
  const line = threadLine(event, view)
  expectMessage(line.blocks)
  expect(line.text).toBe(text)
  expect(renderedText(line.blocks).replaceAll('\n', '')).toBe(text.replaceAll(/<(@\w+)>/g, '$1'))
  expect(isWorthALine(event, view)).toBe(inThread)
})

it.each([
  ['the whole path was asked', 'path_exhausted', 'U0ANA', '@U0ANA was asked last and has not decided in time'],
  ['everybody was asked', 'path_exhausted', null, 'Everybody in its channel was asked'],
  ['nobody is available', 'nobody_available', null, 'Nobody who may decide it is available.'],
] as const)('tells operations what waits, until when, and what to do when %s', (_, because, before, why) => {
  const about = { about: 'unassigned', decision: 'dec_1', action: 'wipe_disk', agent: 'ops-agent' } as const
  const { blocks, text } = notice({ ...about, because, before, expiresAt: later(60) })
  expectMessage(blocks)
  const shown = renderedText(blocks).replaceAll('\n', '')
  for (const part of [
    why,
    'ops-agent waits for wipe_disk',
    'until 2026-11-22 11:00 UTC',
    'Administrators can say here who is asked next',
  ])
    expect(shown).toContain(part)
  expect(text).toContain('Nobody is left to ask about wipe_disk.')
  expect(JSON.stringify(blocks) + text).not.toContain('http')
})

it('counts the approvals of a quorum as they came', () => {
  const view = viewOf({
    policy: { approvals_required: 2 },
    proposal: { workflow: undefined },
    after: [approved(ANA, 3, null, false), approved(BEN, 4, null)],
  })
  expect(view.history.slice(1).map((event) => threadLine(event, view).text)).toEqual([
    '<@U0ANA> approved (1 of 2).',
    '<@U0BEN> approved (2 of 2).',
  ])
})

it('names the step of a workflow, whose cards share a thread, and no word of an agent in mrkdwn', () => {
  const lineOf = (view: ReturnType<typeof viewOf>) => {
    const event = view.history.at(-1)
    if (event === undefined) throw new Error('no event')
    return threadLine(event, view)
  }
  const line = lineOf(viewOf({ after: [denied('No.')] }))
  expect(line.text).toBe("Step 2, Refund a customer's payment: <@U0ANA> denied this.")
  expect(renderedText(line.blocks).replaceAll('\n', '')).toContain(
    "Step 2, Refund a customer's payment: @U0ANA denied this",
  )
  const gate = { checkpoint: '*go* <!here>', required_role: 'team_lead' }
  expect(lineOf(viewOf({ proposal: { gate }, after: [denied('No.')] })).text).toBe(
    'Step 2, A stage of a plan: <@U0ANA> denied this.',
  )
})

it('tells the operations channel what was blocked, of which agent, and why', () => {
  const reasons = [{ code: 'action_not_allowed', message: 'the agent "ops-agent" may not propose "wipe_disk"' }]
  const { blocks, text } = notice({
    about: 'blocked_action',
    decision: 'dec_1',
    action: 'wipe_disk',
    agent: 'ops-agent',
    reasons,
  })
  expectMessage(blocks)
  const shown = renderedText(blocks)
  for (const part of ['wipe_disk', 'ops-agent', 'may not propose', 'the agent has been told'])
    expect(shown).toContain(part)
  expect(text).toContain('An agent asked for wipe_disk, which is blocked.')
})

it('tells the operations channel what Slack does not show', () => {
  const { blocks } = notice({ about: 'dead_letter', intent: 'card.sync dec_1', error: 'channel_not_found' })
  expect(renderedText(blocks)).toContain('card.sync dec_1')
  expect(renderedText(blocks)).toContain('channel_not_found')
})
