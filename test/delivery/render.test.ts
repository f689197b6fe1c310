/**
 * What delivery sends, drawn by the real views and held against Slack's limits. Seen to fail: with the card or the end
 * state drawn for every decision; with a range of events that starts one late or never ends; with an empty range drawn
 * as an empty message; with quotes of 4,000 characters.
 */
import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { render } from '../../src/delivery/render.ts'
import type { Message } from '../../src/delivery/slack.ts'
import type { Status } from '../../src/domain/decision.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import type { Notice } from '../../src/domain/intent.ts'
import type { ManifestChange } from '../../src/domain/manifest-diff.ts'
import { expectMessage, nodes, renderedText } from '../blocks/rendered-text.ts'
import {
  ANA,
  answered,
  approved,
  asked,
  BEN,
  denied,
  executed,
  later,
  made,
  nudged,
  timedOut,
  unanswered,
  viewOf,
  withdrawn,
} from '../blocks/views.ts'

describe('the card', () => {
  it.each([
    ['pending', viewOf()],
    ['clarifying', viewOf({ after: [asked('Which order?')] })],
  ] satisfies [Status, DecisionView][])('can be decided on while it is %s', (status, view) => {
    expect(view.decision.status).toBe(status)
    const card = render.card(view, later(6))
    expectSendable(card)
    expect(actionsOf(card)).toEqual(expect.arrayContaining([ACTIONS.approve, ACTIONS.deny]))
  })

  it.each([
    ['approved', viewOf({ after: [approved(ANA, 3, 'Fine.')] })],
    ['auto_approved', viewOf({ route: 'auto_approve' })],
    ['denied', viewOf({ after: [denied('Too much.')] })],
    ['timed_out', viewOf({ after: [timedOut] })],
    ['withdrawn', viewOf({ after: [withdrawn('Not needed.')] })],
    ['blocked', viewOf({ route: 'block' })],
  ] satisfies [Status, DecisionView][])('decides nothing any more once it is %s', (status, view) => {
    expect(view.decision.status).toBe(status)
    const card = render.card(view, later(90))
    expectSendable(card)
    expect(actionsOf(card)).toEqual(status === 'timed_out' ? [ACTIONS.askAgain] : [])
  })
})

describe('the lines of a thread', () => {
  const long = 'No end of words. '.repeat(200)
  const after: readonly DecisionEvent[] = [
    asked(long),
    answered(long),
    asked(long),
    unanswered,
    approved(BEN, 66, long, false),
    approved(ANA, 67, long),
    executed('failed', long),
  ]

  it('stand in one message, in order, and only those that were asked for', () => {
    const view = viewOf({ after: after.slice(0, 4), proposal: { workflow: undefined } })
    const message = render.threadLines(view, 2, 4, null)
    if (message === null) throw new Error('there should be a message')
    expectSendable(message)
    expect(message.blocks).toHaveLength(3)
    const starts = message.text.split('\n').map((line) => line.split('.')[0])
    expect(starts).toEqual(['<@U0ANA> asked a question', 'The agent answered to <@U0ANA>', '<@U0ANA> asked a question'])
  })

  it('fit when five long ones come together', () => {
    for (const from of [2, 3, 4]) {
      const message = render.threadLines(viewOf({ after }), from, from + 4, null)
      if (message === null) throw new Error('there should be a message')
      expectSendable(message)
      expect(message.text.split('\n')).toHaveLength(5)
    }
  })

  it('leave out who is asked first and who is reminded, which alone are no message', () => {
    const moved = made('U0BEN', 10, { because: 'deadline_missed', before: 'U0ANA' })
    const view = viewOf({ after: [made('U0ANA', 0), nudged('U0ANA', 5), moved] })
    expect(render.threadLines(view, 2, 3, null)).toBeNull()
    expect(render.threadLines(view, 2, 4, null)?.text.split('\n')).toHaveLength(1)
  })

  it('are no message where nothing happened', () => {
    expect(render.threadLines(viewOf(), 2, 1, null)).toBeNull()
    expect(render.threadLines(viewOf(), 2, 6, null)).toBeNull()
  })
})

const DIGEST = `sha256:${'0'.repeat(64)}`
const CHANGED = { about: 'manifest_changed', from: DIGEST, to: DIGEST, on: 'reload', at: 0 } as const

function changeOf(n: number, effect: ManifestChange['effect']): ManifestChange {
  return { path: `actions.a${n}`, message: `change ${n} of \`a${n}\``, effect }
}

describe('a notice', () => {
  it.each([
    [
      'a blocked action',
      { about: 'blocked_action', decision: 'dec_1', action: 'wipe_disk', agent: 'ops-agent', reasons: [] },
      'wipe_disk',
    ],
    ['a dead letter', { about: 'dead_letter', intent: 'card.sync dec_1', error: 'is_archived' }, 'is_archived'],
    ['a manifest that changed', { ...CHANGED, changes: [changeOf(1, null)] }, 'change 1'],
    [
      'a manifest that was refused',
      { about: 'manifest_refused', inForce: DIGEST, at: 0, errors: 3, first: 'm.yaml:1:2 this is wrong.' },
      'm.yaml:1:2 this is wrong.',
    ],
    [
      'evidence that ran out',
      { about: 'evidence_run_out', action: 'wipe', path: 'actions.wipe.rollback', why: 'it was long ago' },
      'it was long ago',
    ],
  ] satisfies [string, Notice, string][])('tells of %s', (_what, notice, named) => {
    const message = render.notice(notice)
    expectSendable(message)
    expect(renderedText(message.blocks)).toContain(named)
  })
})

describe('the changes of a manifest', () => {
  it('stand with the looser ones first, however they came', () => {
    const changes = [changeOf(1, null), changeOf(2, 'stricter'), changeOf(3, 'looser'), changeOf(4, 'looser')]
    const { blocks, text } = render.notice({ ...CHANGED, changes })
    expect(renderedText(blocks).match(/change \d/g)).toEqual(['change 3', 'change 4', 'change 2', 'change 1'])
    expect(text).toBe('The manifest has changed: 4 changes, 2 of them looser.')
  })

  it('are counted where they do not fit, and no looser one gives way to another', () => {
    const stricter = Array.from({ length: 400 }, (_, n) => changeOf(n, 'stricter'))
    const long = { ...changeOf(0, null), message: 'very long words '.repeat(2_000) }
    const message = render.notice({ ...CHANGED, changes: [long, ...stricter, changeOf(999, 'looser')] })
    expectSendable(message)
    const shown = renderedText(message.blocks)
    expect(shown).toContain('change 999')
    expect(shown).toContain('and 377 more')
    expect(shown).toContain('countersign manifest diff')
  })

  it('name what they are about, unless the sentence does', () => {
    const path = 'actions.wire_money.limits[0]'
    const shown = (message: string) =>
      renderedText(render.notice({ ...CHANGED, changes: [{ path, message, effect: null }] }).blocks)
    expect(shown('one limit is new')).toMatch(/wire_money\n: \none limit is new/)
    expect(shown('`wire_money` has a limit').match(/wire_money/g)).toHaveLength(1)
  })
})

/** Slack takes it, and it has words for screen readers too. */
function expectSendable({ text, blocks }: Message): void {
  expectMessage(blocks)
  expect(text.trim()).not.toBe('')
  expect(text.length).toBeLessThanOrEqual(4_000)
}

function actionsOf({ blocks }: Message): readonly unknown[] {
  return nodes(blocks).flatMap(({ type, action_id }) => (type === 'button' ? [action_id] : []))
}
