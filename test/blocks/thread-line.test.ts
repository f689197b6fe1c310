import { expect, it } from 'vitest'
import { notice } from '../../blocks/notice.ts'
import { threadLine } from '../../blocks/thread-line.ts'
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
  later,
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

it('counts the approvals of a quorum as they came', () => {
  const view = viewOf({
    policy: { approvals_required: 2 },
    after: [approved(ANA, 3, null, false), approved(BEN, 4, null)],
  })
  expect(view.history.slice(1).map((event) => threadLine(event, view).text)).toEqual([
    '<@U0ANA> approved (1 of 2).',
    '<@U0BEN> approved (2 of 2).',
  ])
})

it('tells the operations channel what was blocked, of which agent, why, and what would change it', () => {
  const reasons = [{ code: 'unknown_action', message: 'the action "wipe_disk" is not in the manifest' }]
  const { blocks, text } = notice({
    about: 'blocked_action',
    decision: 'dec_1',
    action: 'wipe_disk',
    agent: 'ops-agent',
    reasons,
  })
  expectMessage(blocks)
  const shown = renderedText(blocks)
  for (const part of ['wipe_disk', 'ops-agent', 'is not in the manifest', 'until somebody classifies this action'])
    expect(shown).toContain(part)
  expect(text).toContain('An agent asked for wipe_disk, which is blocked.')
})

it('tells the operations channel what Slack does not show', () => {
  const { blocks } = notice({ about: 'dead_letter', intent: 'card.sync dec_1', error: 'channel_not_found' })
  expect(renderedText(blocks)).toContain('card.sync dec_1')
  expect(renderedText(blocks)).toContain('channel_not_found')
})
