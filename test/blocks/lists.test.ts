/*
 * What stands in lists and on the App Home. Seen to fail: rows that keep the card's block id (not unique in a view), rows
 * without parameters (Approve would be of what nobody has read; ten requests of one act would look alike), agents' names
 * unescaped.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ACTIONS, decodeList, decodeValue, encodeList } from '../../blocks/action-ids.ts'
import { isWaitingView, type WaitingView } from '../../blocks/approval-card.ts'
import { awayModal } from '../../blocks/away-modal.ts'
import { delegateModal } from '../../blocks/delegate-modal.ts'
import { type HomeContent, homeView } from '../../blocks/home.ts'
import { type ListPage, queueMessage, ROWS } from '../../blocks/queue.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { validateView } from '../../src/workspace/limits.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { expectMessage, expectModal, nodes, renderedText } from './rendered-text.ts'
import { asked, later, START, viewOf } from './views.ts'

function waiting(view: DecisionView): WaitingView {
  if (!isWaitingView(view)) throw new Error('this decision has ended')
  return view
}

const refund = waiting(viewOf())
const pageOf = (items: readonly WaitingView[], more = false, page = 1): ListPage => ({
  list: { kind: 'mine' },
  page,
  items,
  more,
})
const quiet: HomeContent = {
  mine: pageOf([]),
  team: pageOf([]),
  availability: { awayUntil: null, delegate: null },
  week: { approved: 0, denied: 0, timedOut: 0, medianMs: null },
  frozen: [],
}

function expectHome(content: HomeContent) {
  const view = homeView(content, START)
  expect(validateView(view, 'home')).toEqual([])
  expect(view.blocks.length).toBeLessThanOrEqual(100)
  expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(250_000)
  return view
}

describe('a list', () => {
  it('names act, consequence, who is asked and until when, and opens all of it', () => {
    const { blocks } = queueMessage(pageOf([refund]), [], START)
    const shown = renderedText(blocks)
    for (const part of [
      "Refund a customer's payment",
      'High consequence, cannot be undone',
      'refund-agent',
      'support_lead',
      'Decide by <!date^',
    ])
      expect(shown).toContain(part)
    const buttons = nodes(blocks).filter(({ type }) => type === 'button')
    expect(buttons.map((button) => button['action_id'])).toEqual([ACTIONS.open])
    expect(decodeValue(String(buttons[0]?.['value']))).toEqual({ decision: refund.decision.id, revision: 0 })
  })

  it('tells requests of one act apart by their parameters, in short and as plain text', () => {
    const shown = (parameters: Record<string, unknown>) =>
      renderedText(queueMessage(pageOf([waiting(viewOf({ proposal: { parameters } }))]), [], START).blocks)
    expect(shown({ order_id: 'A-1', amount_usd: 75 })).toContain('order_id: "A-1"  amount_usd: 75')
    expect(shown({ note: `${'long '.repeat(40)}end` })).toMatch(/note: "long .*…/)
    const { blocks } = queueMessage(
      pageOf([waiting(viewOf({ proposal: { parameters: { note: '<!channel>' } } }))]),
      [],
      START,
    )
    const bearers = nodes(blocks).filter(({ text }) => typeof text === 'string' && text.includes('<!channel>'))
    expect(bearers.map(({ type }) => type)).toEqual(['plain_text'])
  })

  it('says of a late answer that it is late, and of stopped clocks that they are', () => {
    const text = (view: DecisionView, minutes: number) =>
      renderedText(queueMessage(pageOf([waiting(view)]), [], later(minutes)).blocks)
    expect(text(viewOf(), 19)).not.toContain('late.')
    expect(text(viewOf(), 20)).toContain('The answer is late.')
    expect(text(viewOf(), 60)).toContain('The time has run out')
    expect(text(viewOf({ after: [asked('Why?')] }), 6)).toContain('The clocks are stopped')
  })

  it.each([
    [1, false, []],
    [1, true, [[ACTIONS.nextRows, 2]]],
    [
      2,
      true,
      [
        [ACTIONS.previousRows, 1],
        [ACTIONS.nextRows, 3],
      ],
    ],
    [3, false, [[ACTIONS.previousRows, 2]]],
  ])('on page %d, with more to come: %s, turns to', (page, more, expected) => {
    const { blocks } = queueMessage(pageOf([refund], more, page), [], START)
    const turns = nodes(blocks).filter(({ type, action_id: id }) => type === 'button' && id !== ACTIONS.open)
    expect(turns.map((turn) => [turn['action_id'], decodeList(String(turn['value']))?.page])).toEqual(expected)
  })

  it('says so when it is empty', () => {
    for (const list of [
      { kind: 'mine' },
      { kind: 'overdue' },
      { kind: 'team', named: null },
      { kind: 'team', named: '<!here>' },
    ] as const) {
      const { blocks, text } = queueMessage({ list, page: 1, items: [], more: false }, [], START)
      expectMessage(blocks)
      expect(text).toMatch(/^(Nothing|No answer)/)
      expect(text).not.toContain('<!')
    }
  })
})

describe('the App Home', () => {
  it('offers to come back only to who is away', () => {
    const back = (content: HomeContent) => JSON.stringify(expectHome(content)).includes(ACTIONS.back)
    expect(back(quiet)).toBe(false)
    expect(back({ ...quiet, availability: { awayUntil: later(60), delegate: null } })).toBe(true)
    expect(back({ ...quiet, availability: { awayUntil: null, delegate: { to: 'U0BEN', until: later(60) } } })).toBe(
      true,
    )
  })

  it('shows the parameters wherever it offers to approve, or says that they are elsewhere', () => {
    const long = waiting(viewOf({ proposal: { parameters: { body: 'x'.repeat(3_000) } } }))
    expect(renderedText(expectHome({ ...quiet, mine: pageOf([refund]) }).blocks)).toContain('amount_usd: 149.99')
    expect(renderedText(expectHome({ ...quiet, mine: pageOf([long]) }).blocks)).toContain(
      'open Full context to read and approve',
    )
  })

  it('tells half of how long answers took, or that there were none', () => {
    const told = (week: HomeContent['week']) => renderedText(expectHome({ ...quiet, week }).blocks)
    expect(told({ approved: 12, denied: 3, timedOut: 1, medianMs: 4 * MINUTE })).toContain(
      '12 approved  ·  3 denied  ·  1 without an answer in time\nHalf of the answers came within 4 min.',
    )
    expect(told({ approved: 0, denied: 0, timedOut: 2, medianMs: null })).not.toContain('Half')
    expect(told(quiet.week)).toContain('No request to people has ended.')
  })
})

describe('whatever the decisions are', { timeout: patience(60_000) }, () => {
  const nasty = fc.constantFrom(
    '<!channel>',
    '<@U0EVIL>',
    '@here',
    '*x*',
    '`',
    '&',
    '\u202E',
    '\n',
    '\uD800',
    '漢字',
    '👩‍👩‍👧',
    'word ',
  )
  const text = fc
    .array(fc.oneof(nasty, fc.string({ unit: 'binary', maxLength: 8 })), { minLength: 1, maxLength: 30 })
    .map((parts) => parts.join(''))
  const long = fc
    .tuple(text, fc.integer({ min: 1, max: 300 }))
    .map(([unit, times]) => unit.repeat(times).slice(0, 9_000))
  const anyView = fc
    .record({
      name: fc.oneof(text, long),
      agent: fc.oneof(text, long),
      body: fc.oneof(text, long),
      known: fc.boolean(),
      open: fc.boolean(),
      asks: fc.boolean(),
    })
    .map(({ name, agent, body, known, open, asks }) => {
      const view = viewOf({
        agent,
        openToChannel: open,
        proposal: { action: known ? 'process_refund' : name, parameters: { [name]: body } },
        policy: { description: `Do ${'a lot '.repeat(80)}` },
        after: asks ? [asked('Why?')] : [],
      })
      return waiting(known ? view : { ...view, policy: null })
    })
  const anyPage = fc
    .record({
      items: fc.array(anyView, { maxLength: ROWS }),
      more: fc.boolean(),
      page: fc.integer({ min: 1, max: 99 }),
    })
    .map(({ items, more, page }) => pageOf(items, more, page))

  const CALL = /<!channel|<@U0EVIL|@here/
  /** All that Slack would read a call in. */
  const mrkdwnTexts = (blocks: readonly unknown[]) =>
    nodes(blocks)
      .filter(({ type }) => type === 'mrkdwn')
      .map((each) => each['text'])

  it('a list is a message that Slack takes, and calls nobody', () => {
    fc.assert(
      fc.property(anyPage, fc.integer({ min: 0, max: 2 * HOUR }), (page, at) => {
        const { blocks, text: told } = queueMessage(page, [], START + at)
        expectMessage(blocks)
        expect(told).not.toMatch(CALL)
        for (const each of mrkdwnTexts(blocks)) expect(each).not.toMatch(CALL)
      }),
      { numRuns: tries(100, 3_000) },
    )
  })

  it('the App Home is a view that Slack takes, and calls nobody', () => {
    fc.assert(
      fc.property(anyPage, anyPage, (mine, team) => {
        const { blocks } = expectHome({ ...quiet, mine, team })
        for (const each of mrkdwnTexts(blocks)) expect(each).not.toMatch(CALL)
      }),
      { numRuns: tries(60, 1_000) },
    )
  })
})

it('the windows of absence are ones that Slack takes, in any time zone', () => {
  for (const zone of ['UTC', 'America/Argentina/ComodRivadavia', 'x'.repeat(300)]) {
    expectModal(awayModal(zone))
    expectModal(delegateModal(zone))
  }
})

describe('the codec of lists', () => {
  it.each([
    { list: { kind: 'mine' }, page: 1 },
    { list: { kind: 'overdue' }, page: 3 },
    { list: { kind: 'team', named: null }, page: 2 },
    { list: { kind: 'team', named: 'process_refund' }, page: 2 },
  ] as const)('gives back what it wrote', (value) => {
    expect(decodeList(encodeList(value))).toEqual(value)
  })

  it.each([
    '',
    '{}',
    '{"list":"mine","named":null,"page":0}',
    '{"list":"mine","named":"x","page":1}',
    '{"list":"all","named":null,"page":1}',
    '{"list":"team","named":1,"page":1}',
    '{"list":"mine","named":null,"page":1,"user":"U1"}',
  ])('refuses %s', (text) => expect(decodeList(text)).toBeNull())
})
