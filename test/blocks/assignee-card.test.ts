/**
 * Direct messages to who is or was asked. Seen to fail: with the card kept after a move or without its line on top; with
 * a sentence without the reason; with no outcome on a moved one; with every change of parameters, or none, taken for a
 * move; with a deadline that ignores the end or that nobody is left; with a link or an agent's word not escaped.
 */
import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { assigneeCard } from '../../blocks/assignee-card.ts'
import { nudge } from '../../blocks/nudge.ts'
import { turnsOf } from '../../blocks/turn.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { expectMessage, nodes, renderedText } from './rendered-text.ts'
import {
  ANA,
  answered,
  approved,
  asked,
  denied,
  executed,
  exhausted,
  later,
  made,
  nudged,
  proposal,
  timedOut,
  viewOf,
  withdrawn,
} from './views.ts'

const LINK = 'https://example.slack.com/archives/C1/p1?a=1&b=2'
const missed = made('U0BEN', 10, { because: 'deadline_missed', before: 'U0ANA' })
const raised = {
  parametersDigest: 'sha256:3',
  route: 'escalate',
  urgency: 'normal',
  assignment: { role: 'team_lead', level: 1 },
} as const

function turnOf(view: DecisionView, user: string) {
  const turn = turnsOf(view.history).find(({ made: { payload } }) => payload.user === user)
  if (turn === undefined) throw new Error(`${user} was never asked`)
  return turn
}

function copy(after: readonly DecisionEvent[], user = 'U0ANA') {
  const view = viewOf({ after })
  const { blocks, text } = assigneeCard(view, turnOf(view, user), later(11))
  expectMessage(blocks)
  return { blocks, text, shown: onOneLine(blocks) }
}

function reminder(after: readonly DecisionEvent[], link: string | null = null, shape = {}) {
  const view = viewOf({ ...shape, after })
  const { blocks, text } = nudge(view, turnOf(view, 'U0ANA'), link)
  expectMessage(blocks)
  return { blocks, text, shown: onOneLine(blocks) }
}

/** As a reader sees it. */
function onOneLine(blocks: readonly unknown[]): string {
  return renderedText(blocks).replaceAll('\n', '')
}

function buttons(blocks: readonly unknown[]): readonly unknown[] {
  return nodes(blocks).flatMap(({ type, action_id: id }) => (type === 'button' ? [id] : []))
}

describe('the direct message to who is asked', () => {
  it.each([
    ['first', made('U0BEN', 0), 'You are asked to decide this as support_lead.'],
    ['after a missed deadline', missed, 'This was with @U0ANA, who did not decide in time. You are asked'],
    [
      'for somebody who left',
      made('U0BEN', 5, { because: 'not_eligible', before: 'U0ANA' }),
      'This was with @U0ANA, who cannot decide any more. You are asked',
    ],
    [
      'as a delegate',
      made('U0BEN', 5, { because: 'delegated', before: 'U0ANA' }, ANA),
      '@U0ANA has delegated this to you.',
    ],
    ['by hand', made('U0BEN', 5, { because: 'by_hand' }, ANA), 'Assigned to you by @U0ANA.'],
    [
      'by hand, instead of somebody',
      made('U0BEN', 5, { because: 'by_hand', before: 'U0CAROL' }, ANA),
      'Assigned to you by @U0ANA. It was with @U0CAROL.',
    ],
  ])('is the card, and says on top why them: %s', (_, event, why) => {
    const { blocks, text, shown } = copy([event], 'U0BEN')
    expect(shown.startsWith(why)).toBe(true)
    expect(blocks[1]?.type).toBe('header')
    expect(buttons(blocks)).toEqual([ACTIONS.approve, ACTIONS.deny, ACTIONS.clarify, ACTIONS.context])
    expect(text).toContain("Refund a customer's payment? High consequence, cannot be undone. Decide by ")
    expect(text).toContain(why.replaceAll('@U0ANA', '<@U0ANA>').replaceAll('@U0CAROL', '<@U0CAROL>'))
  })

  it('stays within Slack’s limits under the largest request', () => {
    const long = 'word '.repeat(4_000)
    const evidence = Array.from({ length: 40 }, (_, at) => ({ title: `Piece ${at}`, text: long }))
    const view = viewOf({ proposal: { rationale: long, expected_outcome: long, evidence }, after: [missed] })
    const { blocks } = assigneeCard(view, turnOf(view, 'U0BEN'), later(11))
    expectMessage(blocks)
    expect(buttons(blocks)).toHaveLength(4)
  })

  it.each([
    ['approved', [approved(ANA, 12, 'Fine.')], 'Approved by @U0ANA'],
    ['denied', [denied('Too much.')], 'Denied by @U0ANA'],
    ['timed out', [timedOut], 'Timed out'],
    ['withdrawn', [withdrawn('Not needed.')], 'Withdrawn by the agent'],
  ] as const)('shows the end state once it is %s', (_, ends, end) => {
    const { blocks, shown } = copy([missed, ...ends], 'U0BEN')
    expect(shown).toContain(end)
    expect(shown).not.toContain('This was with')
    expect(buttons(blocks)).toEqual([])
  })
})

describe('the direct message to who was asked before', () => {
  it.each([
    ['a missed deadline', [missed], 'Moved to @U0BEN: the time to decide had run out.'],
    [
      'a delegation',
      [made('U0BEN', 5, { because: 'delegated', before: 'U0ANA' }, ANA)],
      'Moved to @U0BEN: @U0ANA has delegated it.',
    ],
    [
      'not being able to decide',
      [made('U0BEN', 5, { because: 'not_eligible', before: 'U0ANA' })],
      'Moved to @U0BEN: @U0ANA cannot decide any more.',
    ],
    [
      'a choice by hand',
      [made('U0BEN', 5, { because: 'by_hand', before: 'U0ANA' }, ANA)],
      'Moved to @U0BEN: assigned by @U0ANA.',
    ],
    [
      'parameters that go higher, before anybody is asked there',
      [asked('Which?'), answered('So.', { parameters: { amount_usd: 9_000 } }, raised)],
      'Moved to team_lead: the agent changed the parameters.',
    ],
    [
      'parameters that go higher',
      [
        asked('Which?'),
        answered('So.', { parameters: { amount_usd: 9_000 } }, raised),
        made('U0BEN', 16, { role: 'team_lead', level: 1 }),
      ],
      'Moved to @U0BEN: the agent changed the parameters.',
    ],
  ])('is one line that says where it went after %s', (_, after, line) => {
    const { blocks, shown, text } = copy([made('U0ANA', 0), ...after])
    expect(blocks).toHaveLength(1)
    expect(shown).toBe(line)
    expect(text).toBe(line.replaceAll(/@(U0\w+)/g, '<@$1>'))
  })

  it('stays with the person whose parameters changed on the same level', () => {
    const same = { ...raised, assignment: { role: 'support_lead', level: 0 } }
    const { shown } = copy([made('U0ANA', 0), asked('Which?'), answered('So.', { parameters: { a: 1 } }, same)])
    expect(shown).toContain('You are asked to decide this as support_lead.')
  })

  it.each([
    ['approved', [approved(ANA, 12, 'canary-note')], 'approved by @U0ANA'],
    ['denied', [denied('canary-reason')], 'denied by @U0ANA'],
    ['timed out', [timedOut], 'nobody decided in time, so this counts as denied'],
    ['withdrawn', [withdrawn('canary-reason')], 'withdrawn by the agent'],
  ] as const)('says what became of it once it is %s', (_, ends, end) => {
    const { shown } = copy([made('U0ANA', 0), missed, ...ends, executed('succeeded')])
    expect(shown).toBe(`Moved to @U0BEN: the time to decide had run out. In the end: ${end}.`)
  })

  it('keeps nothing of the content, in no block and not in its sentence', () => {
    const { order_id: order, customer_id: customer } = proposal.parameters
    const content = [
      "Refund a customer's payment",
      'process_refund',
      'refund-agent',
      'order',
      String(order),
      String(customer),
      '149.99',
      'ana@example.com',
      ...(proposal.rationale ?? '').split(' ').filter((word) => word.length > 6),
    ]
    const before = copy([made('U0ANA', 0)])
    // They were there, or this would prove nothing.
    for (const word of content) expect(JSON.stringify(before.blocks) + before.text).toContain(word)
    const histories = [[], [asked('canary?')], [denied('canary')], [approved(ANA, 12, 'canary')]]
    for (const ends of histories) {
      const { blocks, text } = copy([made('U0ANA', 0), missed, ...ends])
      const everything = JSON.stringify(blocks) + text
      for (const word of [...content, 'canary', 'dec_']) expect(everything).not.toContain(word)
      expect(buttons(blocks)).toEqual([])
    }
  })
})

describe('a reminder', () => {
  const first = [made('U0ANA', 0), nudged('U0ANA', 8)]

  it('names the act, the deadline, what happens then, and leads to the card', () => {
    const { shown, text, blocks } = reminder(first, LINK)
    const says = "Still waiting for you: Refund a customer's payment. Decide by "
    expect(shown).toBe(`${says}2026-11-22 10:10 UTC, then it goes to somebody else. Open the card`)
    expect(nodes(blocks).find(({ type }) => type === 'link')).toMatchObject({ url: LINK, text: 'Open the card' })
    expect(text).toMatch(/^Still waiting for you: Refund a customer's payment\. Decide by <!date\^\d+\^/)
    expect(text).toContain(
      ', then it goes to somebody else. <https://example.slack.com/archives/C1/p1?a=1&amp;b=2|Open the card>',
    )
  })

  it('has no link while the card’s is not known', () => {
    const { blocks, text } = reminder(first)
    expect(JSON.stringify(blocks) + text).not.toContain('Open the card')
  })

  it('says that it is denied otherwise where the deadline is the end, or nobody is left to ask', () => {
    const ending = [made('U0ANA', 0, { deadline: later(60) }), nudged('U0ANA', 50)]
    for (const after of [ending, [...first, exhausted('path_exhausted', 10)]]) {
      const { shown } = reminder(after)
      expect(shown).toContain('Decide by 2026-11-22 11:00 UTC, or it is denied.')
      expect(shown).not.toContain('somebody else')
    }
  })

  it.each([
    ['approved', [approved(ANA, 9, 'canary')], 'Decided: approved by @U0ANA.'],
    ['timed out', [timedOut], 'Ended: nobody decided in time, so this counts as denied.'],
    ['moved', [missed], 'Moved to @U0BEN: the time to decide had run out.'],
  ] as const)('is one line without the act once it is %s', (_, after, line) => {
    const { shown, blocks, text } = reminder([...first, ...after], LINK)
    expect(shown).toBe(line)
    expect(blocks).toHaveLength(1)
    expect(text).not.toMatch(/Refund|canary|https/)
  })

  it('lets no word of an agent into what Slack interprets', () => {
    const view = viewOf({ proposal: { action: '<!channel> *now*' }, after: first })
    const { text } = nudge({ ...view, policy: null }, turnOf(view, 'U0ANA'), null)
    expect(text).not.toMatch(/!channel|\*now/)
  })
})
