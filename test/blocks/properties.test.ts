/*
 * Attacks through what an agent writes, as properties. Broken on purpose, each was seen to fail: `visible` that returns
 * its text (hidden characters), a piece of a parameter dropped between pages (leaves), `approveWith` without the fit.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alerts } from '../../blocks/alerts.ts'
import { approvalCard, isWaitingView, type Message } from '../../blocks/approval-card.ts'
import { approveWith } from '../../blocks/approve-with.ts'
import { assigneeCard } from '../../blocks/assignee-card.ts'
import { card as anyCard } from '../../blocks/card.ts'
import { clarifyModal } from '../../blocks/clarify-modal.ts'
import { contextModal, contextPages } from '../../blocks/context-modal.ts'
import { endState } from '../../blocks/end-state.ts'
import { PIECE_TEXT } from '../../blocks/limits.ts'
import { notice } from '../../blocks/notice.ts'
import { nudge } from '../../blocks/nudge.ts'
import { rollbackModal } from '../../blocks/rollback-modal.ts'
import { sharedCard } from '../../blocks/shared-card.ts'
import { threadLine } from '../../blocks/thread-line.ts'
import { turnsOf } from '../../blocks/turn.ts'
import { isWaiting } from '../../src/domain/decision.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { hostile, hostileView, parameters, words } from './hostile.ts'
import { expectMessage, expectModal, nodes, preformattedTexts, renderedText } from './rendered-text.ts'
import {
  ANA,
  answered,
  approved,
  asked,
  denied,
  executed,
  later,
  made,
  nudged,
  rollbackAsked,
  rollbackReported,
  rollbackSettled,
  START,
  viewOf,
  withdrawn,
} from './views.ts'

const RUNS = { numRuns: tries(120, 10_000) }
/** Generous: these are thousands of whole cards, on machines that are busy with other things. */
const PATIENCE = patience(180_000)
/** Each is a decision with dozens of hostile texts, on every place where they are shown. */
const FEWER = { numRuns: tries(25, 1_000) }

function card(view: DecisionView): Message {
  if (!isWaitingView(view)) throw new Error('this decision has ended')
  return approvalCard(view, START)
}

function ended(view: DecisionView): Message {
  const { decision } = view
  if (isWaiting(decision)) throw new Error('this decision still waits')
  return endState({ ...view, decision })
}

/** Of very many pages, the first ones and the last: they are all made alike. */
function pagesOf(view: DecisionView) {
  const pages = contextPages(view, START).map((_, at) => at + 1)
  const some = pages.length > 6 ? [...pages.slice(0, 4), ...pages.slice(-2)] : pages
  return some.map((page) => contextModal(view, { page, approving: true, now: START }))
}

// Written out apart from the product's own list, so that a hole in that one shows.
const HIDDEN =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u2028-\u202E\u2060-\u206F\u2800\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF0-\uFFFB\u{E0000}-\u{E0FFF}]|\p{Cs}/u
const EMOJI = /\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*/gu
const ONLY_OURS = /^(?:!date\^\d+\^[{}a-z_ ]+\|[-0-9: ]+UTC|@U0ANA|@U0BEN)$/

/** Nothing of what an agent wrote mentions, links, formats or hides anything. */
function expectHarmless(blocks: readonly unknown[], text: string): void {
  expect((renderedText(blocks) + text).replace(EMOJI, '')).not.toMatch(HIDDEN)
  const all = nodes(blocks)
  const interpreted = [text, ...all.filter(({ type }) => type === 'mrkdwn').map((node) => String(node['text']))]
  for (const each of interpreted) {
    for (const [, token] of each.matchAll(/<([^>]*)>/g)) expect(token).toMatch(ONLY_OURS)
    expect(each).not.toMatch(/evil|white_check_mark|@channel|@here|~no~|\*Approved/)
  }
  for (const node of all) {
    if (node['type'] === 'mrkdwn') expect(node['verbatim']).toBe(true)
    if (node['type'] === 'plain_text') expect(node['emoji']).toBe(false)
    if (node['type'] === 'user') expect(['U0ANA', 'U0BEN']).toContain(node['user_id'])
    if (node['type'] === 'link') expectRealHost(node)
    expect(['usergroup', 'broadcast', 'channel', 'markdown', 'image', 'video']).not.toContain(node['type'])
  }
}

function expectRealHost(node: Readonly<Record<string, unknown>>): void {
  expect(String(node['url'])).toMatch(/^https?:\/\//)
  expect(node['text']).toBe(new URL(String(node['url'])).host)
}

/** Reads the shown parameters back; a value that was cut, reordered or changed would not come back the same. */
function readBack(shown: string): Record<string, unknown> {
  // A line that begins with a bar continues the text above it; real line breaks never stand inside JSON strings.
  const text = shown.replace(/\\n\n *│ /g, '\\n')
  const entries: (readonly [string, unknown])[] = []
  let lines: string[] = []
  const flush = () => {
    const [, quoted, bare, value] =
      /^(?:("(?:[^"\\]|\\.)*")|([A-Za-z0-9_.-]+)): ([\s\S]*)$/.exec(lines.join('\n')) ?? []
    if (lines.length > 0)
      entries.push([quoted === undefined ? String(bare) : JSON.parse(quoted), JSON.parse(String(value))])
    lines = []
  }
  for (const line of text.split('\n')) {
    if (!/^[ \]}]/.test(line)) flush()
    lines.push(line)
  }
  flush()
  return Object.fromEntries(entries)
}

/** The fixed-width text of the parameters over all pages, put together as their labels say. */
function parametersOnPages(view: DecisionView): string {
  const labelled = contextPages(view, START)
    .flat()
    .map((block) => ({ label: renderedText(block).split('\n')[0] ?? '', texts: preformattedTexts([block]) }))
    .filter(({ label }) => label.startsWith('Exact parameters'))
  return labelled.map(({ label, texts }) => (label.endsWith('next line') ? '\n' : '') + texts.join('')).join('')
}

describe('parameters', { timeout: PATIENCE }, () => {
  it('are on the card to the last leaf, or Approve is locked behind pages that show each of them', () => {
    let onCard = 0
    fc.assert(
      fc.property(parameters, (values) => {
        fc.pre(Object.keys(values).length > 0)
        const expected = JSON.parse(JSON.stringify(values))
        const view = viewOf({ proposal: { parameters: values } })
        const shown = preformattedTexts(card(view).blocks)
        if (shown.length > 0) {
          onCard += 1
          expect(readBack(shown.join(''))).toEqual(expected)
        } else expect(approveWith(view)).toBe('full_view')
        expect(readBack(parametersOnPages(view))).toEqual(expected)
      }),
      RUNS,
    )
    // Both ways are taken, or this would prove half of it.
    expect(onCard).toBeGreaterThan(RUNS.numRuns * 0.1)
    expect(onCard).toBeLessThan(RUNS.numRuns * 0.95)
  })

  it('are in the row of a shared card to the last leaf, or Approve opens them first', () => {
    let inRow = 0
    fc.assert(
      fc.property(fc.array(parameters, { minLength: 2, maxLength: 5 }), (each) => {
        fc.pre(each.every((values) => Object.keys(values).length > 0))
        const views = each.map((values) => viewOf({ policy: { severity: 'low' }, proposal: { parameters: values } }))
        const { blocks } = sharedCard(views, START)
        expectMessage(blocks)
        const rows = blocks.filter(({ type }) => type === 'rich_text').slice(1)
        const opening = blocks.filter(({ type }) => type === 'actions').map((block) => nodes(block)[1]?.['action_id'])
        expect(rows).toHaveLength(views.length)
        for (const [at, values] of each.entries()) {
          const shown = preformattedTexts([rows[at]])
          if (opening[at] === 'countersign.approve.unread') expect(shown).toEqual([])
          else expect(readBack(shown.join(''))).toEqual(JSON.parse(JSON.stringify(values)))
          inRow += shown.length
        }
      }),
      FEWER,
    )
    expect(inRow).toBeGreaterThan(FEWER.numRuns * 0.1)
  })

  it('are read as they are wherever a line ends at the edge of a block', () => {
    const [before, after] = [PIECE_TEXT - 12, PIECE_TEXT + 2]
    for (let length = before; length <= after; length += 1) {
      const values = { a: 'x'.repeat(length), b: `${'y'.repeat(length)}\nz`, c: 'z'.repeat(length) }
      expect(readBack(parametersOnPages(viewOf({ proposal: { parameters: values } })))).toEqual(values)
    }
  })

  it('never make Approve reachable before the last page', () => {
    const pages = pagesOf(viewOf({ proposal: { parameters: { body: 'x'.repeat(262_144) } } }))
    expect(pages.length).toBeGreaterThan(4)
    expect(pages.map(({ submit }) => submit?.text)).toEqual([...pages.slice(1).map(() => undefined), 'Approve'])
    for (const page of pages) expectModal(page)
  })
})

describe('what an agent writes', { timeout: PATIENCE }, () => {
  it('neither mentions, links, imitates nor hides anything on the card', () => {
    fc.assert(
      fc.property(hostileView, (view) => {
        const { blocks, text } = card(view)
        expectHarmless(blocks, text)
        expectMessage(blocks)
      }),
      RUNS,
    )
  })

  it('nor on a card that several share', () => {
    fc.assert(
      fc.property(fc.array(hostileView, { minLength: 2, maxLength: 5 }), words, (open, text) => {
        const ends = [denied(text), approved(ANA, 20, text), withdrawn(text)]
        const half = open.map((view, at) =>
          at % 2 === 0 ? view : viewOf({ proposal: view.decision.proposal, after: ends.slice(at - 1, at) }),
        )
        for (const views of [open, half]) {
          const { blocks, text: sentence } = sharedCard(views, START)
          expectHarmless(blocks, sentence)
          expectMessage(blocks)
        }
      }),
      FEWER,
    )
  })

  it('nor on an action that the manifest does not know', () => {
    fc.assert(
      fc.property(hostileView, hostile, (view, name) => {
        const unknown = card({ ...view, policy: null })
        expectHarmless(unknown.blocks, unknown.text)
        const told = notice({
          about: 'blocked_action',
          decision: 'dec_1',
          action: name,
          agent: name,
          reasons: [{ code: 'unknown_action', message: name }],
        })
        expectHarmless(told.blocks, told.text)
        expectMessage(told.blocks)
      }),
      FEWER,
    )
  })

  it('nor where people are asked to classify it, or told what has passed and what is overdue', () => {
    fc.assert(
      fc.property(hostile, fc.array(hostile, { minLength: 1, maxLength: 25 }), (text, names) => {
        const [first = text] = names
        const named = { decision: 'dec_1', action: first, agent: text }
        const parameters = names.slice(0, 20).map((name) => ({ name: name.slice(0, 100), type: 'string' as const }))
        const others = { otherParameters: 5, role: 'support_lead', agentsListed: true }
        const lines = names.map((name) => ({ ...named, action: name, count: 3, does: text, why: text }))
        const clocks = { deadline: START, expiresAt: START + 1 }
        const requests = names
          .slice(0, 15)
          .map((name) => ({ ...named, ...clocks, action: name, role: text, reviewer: null }))
        for (const told of [
          notice({ about: 'unknown_action', ...named, action: 'close_account', parameters, ...others }),
          notice({ about: 'unknown_action', ...named, parameters, ...others }),
          notice({ about: 'overdue', at: START, total: 100, requests }),
          alerts({ window: { every: 'minute', until: START }, lines: lines.slice(0, 5), others: lines.slice(5) }),
          alerts({ window: { every: 'hour', until: START }, lines: lines.slice(0, 20), others: lines.slice(20) }),
        ]) {
          expectHarmless(told.blocks, told.text)
          expectMessage(told.blocks)
        }
      }),
      FEWER,
    )
  })

  it('nor in the full context, the modals, the thread and the end states', () => {
    fc.assert(
      fc.property(hostileView, words, (view, text) => {
        for (const page of pagesOf(view)) {
          expectHarmless(page.blocks, page.title.text)
          expectModal(page)
        }
        const question = clarifyModal(view)
        expectHarmless(question.blocks, '')
        expectModal(question)
        const base = { proposal: view.decision.proposal }
        const ends = [[withdrawn(text)], [denied(text)], [approved(ANA, 3, text), executed('failed', text)]]
        for (const after of ends) {
          const end = viewOf({ ...base, after })
          const message = ended(end)
          expectHarmless(message.blocks, message.text)
          expectMessage(message.blocks)
          for (const event of end.history) {
            const line = threadLine(event, end)
            expectHarmless(line.blocks, line.text)
            expectMessage(line.blocks)
          }
        }
        for (const event of view.history) expectHarmless(threadLine(event, view).blocks, threadLine(event, view).text)
      }),
      FEWER,
    )
  })

  it('nor in the direct messages of who is or was asked', () => {
    fc.assert(
      fc.property(hostileView, words, fc.boolean(), (view, text, known) => {
        const { proposal, agent } = view.decision
        const moved = made('U0BEN', 10, { because: 'delegated', before: 'U0ANA' }, ANA)
        const asking = [made('U0ANA', 0), nudged('U0ANA', 5)]
        const lives = [asking, [...asking, moved], [...asking, moved, withdrawn(text)], [...asking, denied(text)]]
        for (const after of lives) {
          const life = { ...viewOf({ agent, proposal, after }), ...(known ? {} : { policy: null }) }
          for (const turn of turnsOf(life.history))
            for (const message of [assigneeCard(life, turn, START), nudge(life, turn, null)]) {
              expectHarmless(message.blocks, message.text)
              expectMessage(message.blocks)
            }
        }
        const about = { about: 'unassigned', decision: 'dec_1', action: proposal.action, agent } as const
        const told = notice({ ...about, because: 'path_exhausted', before: 'U0ANA', expiresAt: later(60) })
        expectHarmless(told.blocks, told.text)
        expectMessage(told.blocks)
      }),
      FEWER,
    )
  })
})

describe('what runs already', { timeout: PATIENCE }, () => {
  it('neither mentions, links, imitates nor hides anything on its card, its modal and its thread', () => {
    fc.assert(
      fc.property(hostileView, words, fc.boolean(), (view, text, known) => {
        const { proposal, agent } = view.decision
        const asking = [rollbackAsked(text)]
        const lives = [
          [],
          [executed('failed', text)],
          asking,
          [...asking, rollbackReported('rolled_back', text)],
          [...asking, rollbackReported('failed', text)],
          [rollbackSettled],
        ]
        for (const after of lives) {
          const life = {
            ...viewOf({ agent, proposal, after, rollbackUntil: later(15) }),
            ...(known ? {} : { policy: null }),
          }
          const event = life.history.at(-1)
          const messages = [
            anyCard(life, START),
            anyCard(life, later(15)),
            ...(event === undefined ? [] : [threadLine(event, life)]),
          ]
          for (const message of messages) {
            expectHarmless(message.blocks, message.text)
            expectMessage(message.blocks)
          }
          const modal = rollbackModal(life)
          expectHarmless(modal.blocks, '')
          expectModal(modal)
        }
        const named = { decision: 'dec_1', action: proposal.action, agent, by: 'U0ANA' }
        const told = notice({ about: 'rollback_failed', ...named, detail: text })
        expectHarmless(told.blocks, told.text)
        expectMessage(told.blocks)
      }),
      FEWER,
    )
  })
})

describe('the largest requests', { timeout: PATIENCE }, () => {
  const texts = [
    ['ASCII', 'word '],
    ['right to left', 'مرحبا بالعالم '],
    ['emoji', '👩‍👩‍👧‍👦🔴'],
    ['wide', '漢字'],
    ['hidden', '\u202E\u200B'],
    ['line breaks', '\n'],
    ['quotes', '"\\'],
  ] as const
  it.each(texts)('stay within Slack’s limits: %s', (_, unit) => {
    const of = (length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
    const view = viewOf({
      proposal: {
        parameters: Object.fromEntries(Array.from({ length: 200 }, (__, at) => [`${of(20)}${at}`, of(1_024)])),
        confidence_basis: of(20_000),
        rationale: of(20_000),
        expected_outcome: of(20_000),
        if_denied: of(20_000),
        uncertainty_factors: Array.from({ length: 50 }, () => of(2_000)),
        evidence: Array.from({ length: 40 }, () => ({
          title: of(300),
          text: of(5_000),
          url: `https://example.com/${'a'.repeat(1_900)}`,
        })),
        requested_by: of(320),
        workflow: {
          id: of(128),
          step_index: 60,
          completed_steps: Array.from({ length: 60 }, () => ({ action: of(128), summary: of(2_000) })),
          context: { more: of(20_000) },
        },
      },
      policy: { description: 'Do '.repeat(200), approvals_required: 3 },
      after: [approved(ANA, 2, null, false), asked(of(3_000)), answered(of(20_000))],
    })
    const { blocks } = card(view)
    expectMessage(blocks)
    for (const page of pagesOf(view)) expectModal(page)
    expectModal(clarifyModal(view))
    const over = viewOf({ proposal: view.decision.proposal, after: [denied(of(3_000))] })
    expectMessage(ended(over).blocks)
    const asking = rollbackAsked(of(3_000))
    for (const after of [
      [],
      [executed('failed', of(20_000))],
      [asking],
      [asking, rollbackReported('failed', of(20_000))],
    ])
      expectMessage(
        anyCard(viewOf({ proposal: view.decision.proposal, after, rollbackUntil: later(15) }), START).blocks,
      )
    expect(later(1)).toBeGreaterThan(START)
  })
})
