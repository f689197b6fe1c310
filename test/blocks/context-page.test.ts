/**
 * The page of everything. Broken builds that these sentences were seen to catch:
 * - `<`, quotes or hidden characters let through -> "takes what anybody writes as text". A link called by its whole address,
 *   so that it can be called by a part that misleads -> the same.
 * - parameters drawn by other means than the card's -> "hides what the policy hides", "changes no letter".
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextPage, refusalPage } from '../../blocks/context-page.ts'
import { exactJson } from '../../blocks/exact-json.ts'
import { html, page } from '../../blocks/html.ts'
import type { Context } from '../../src/domain/decision-context.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import { HOUR } from '../../src/domain/time.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { hostile, hostileView, words } from './hostile.ts'
import { ANA, approved, asked, denied, START, viewOf } from './views.ts'

const contextOf = (view: DecisionView, more: Partial<Context> = {}): Context => ({
  view,
  earlier: [],
  band: null,
  slack: null,
  timeZone: 'Europe/Madrid',
  names: new Map(),
  ...more,
})
const UNTIL = START + HOUR
const pageOf = (view: DecisionView, more: Partial<Context> = {}) => contextPage(contextOf(view, more), UNTIL)

/** All that a page of ours is made of. */
const OURS =
  /^<(?:\/?(?:html|head|body|main|section|footer|style|title|h1|h2|p|dl|div|dt|dd|ul|ol|li|pre|blockquote|strong|span|time|table|thead|tbody|tr|th|td|a|meter)|!doctype html|html lang="en"|meta charset="utf-8"|meta name="(?:viewport|robots)" content="[\w=,. -]+"|(?:p|span|h2|ol|div) class="(?:brand|lead|address|time|wide|bad|good|wait|[krsn]|state (?:good|bad|wait))"|time datetime="[\d:.TZ-]+"|meter min="0" max="1" value="[\d.]+(?:e-\d+)?"|a href="https?:\/\/[^"<>\s]+" rel="noopener noreferrer(?: nofollow)?")>$/

/** Characters that are not seen, or move others, by their numbers: not asked of the code under test. */
const UNSEEN: readonly (readonly [number, number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
]

function unseenIn(text: string): readonly number[] {
  const codes = new Set(Array.from(text, (character) => character.codePointAt(0) ?? 0))
  return [...codes].filter((code) => UNSEEN.some(([from, to]) => from <= code && code <= to))
}

function expectHarmless(text: string): void {
  const body = text.replace(/<style>.*?<\/style>/s, '')
  for (const [tag] of body.matchAll(/<[^>]*>?/g)) expect(tag).toMatch(OURS)
  const read = unescaped(body.replace(/<[^>]*>/g, ''))
  // What joins an emoji may stand in it, between what is seen.
  expect(unseenIn(read)).toEqual([])
  for (const [, href = '', called = ''] of body.matchAll(/<a href="([^"]*)"[^>]*>(.*?)<\/a>/gs))
    expect([new URL(unescaped(href)).host, 'on its card']).toContain(unescaped(called))
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

const readOf = (text: string) => unescaped(text.replace(/<style>.*?<\/style>/s, '').replace(/<[^>]*>/g, ''))

describe('the page of a decision', () => {
  it('shows what the card shows, and what led to it, in the reader’s own time', () => {
    const view = viewOf({ after: [asked('Which parcel?'), approved(ANA, 3, 'Looks right.')] })
    const read = readOf(pageOf(view, { names: new Map([['U0ANA', 'Ana Ruiz']]) }))
    for (const words of [
      "Refund a customer's payment",
      'High consequence, cannot be undone',
      'refund-agent',
      'ana@example.com',
      'amount_usd: 149.99',
      'The carrier has not confirmed the loss yet.',
      'I have waited long enough.',
      'Customer since 2019, no refund so far',
      'confidence 0.82 is below 0.95',
      'Which parcel?',
      'Looks right.',
      '@Ana Ruiz',
      '22 Nov 2026, 11:00',
      'Only for reading',
      'opened until 22 Nov 2026, 12:00',
    ])
      expect(read).toContain(words)
  })

  it('hides what the policy hides, wherever it stands', () => {
    const secret = { pin: 'canary-1', list: [{ pin: 'canary-2' }] }
    const proposal = {
      parameters: secret,
      workflow: { id: 'w', step_index: 0, completed_steps: [{ action: 'a', ...secret }], context: secret },
    }
    const text = pageOf(viewOf({ proposal, policy: { redact: ['pin'] } }))
    expect(text).not.toContain('canary')
    expect(readOf(text)).toContain('pin: redacted, 8 characters')
  })

  it('tells keys, texts, numbers and what is hidden apart, and changes no letter of them', () => {
    const parameters = { a: 'x": 1', 'b c': [1, -2.5e9, true, null], pin: 7, d: { e: 'l\nm' } }
    const text = pageOf(viewOf({ proposal: { parameters }, policy: { redact: ['pin'] } }))
    const [, pre = ''] = /<h2>Exact parameters<\/h2><pre>(.*?)<\/pre>/s.exec(text) ?? []
    expect(readOf(pre)).toBe(exactJson(parameters, ['pin']))
    expect(pre).toContain('<span class="k">a</span>: <span class="s">&quot;x\\&quot;: 1&quot;</span>')
    expect(pre).toContain('<span class="n">-2500000000</span>')
    expect(pre).toContain('<span class="n">null</span>')
    expect(pre).toContain('<span class="k">&quot;e&quot;</span>:')
    expect(pre).toContain('<span class="r">redacted, 1 character</span>')
  })

  it('lists earlier ones with what became of them', () => {
    const { decision: was } = viewOf({ after: [denied('Wrong order.')] })
    const labelled = {
      ...was,
      outcomes: [{ correct: false, source: 'audit' as const, observedAt: START, note: null, ref: null }],
    }
    const read = readOf(pageOf(viewOf(), { earlier: [labelled], names: new Map([['U0ANA', 'Ana']]) }))
    expect(read).toContain('Earlier decisions on process_refund')
    expect(read).toMatch(/0\.82Denied by @\S+; it was wrong/)
    expect(read).not.toContain('Wrong order.')
  })

  it('says how often such claims turned out right, and that a few say nothing', () => {
    const band = { from: 0.8, to: 0.9, n: 40, correct: 31, meanStated: 0.84, isEnough: true }
    const read = (more: Partial<typeof band>) => readOf(pageOf(viewOf(), { band: { ...band, ...more } }))
    expect(read({})).toContain(
      'Of 40 decisions of this action that claimed as much and whose outcome is known, 31 turned out right: 78%, where 84% had been claimed.',
    )
    expect(read({ n: 9, correct: 9, isEnough: false })).toContain('Of only 9 decisions')
    expect(read({ n: 9, correct: 9, isEnough: false })).not.toContain('%')
    expect(read({ n: 0, correct: 0, isEnough: false })).toContain('Of none of this action')
  })

  it('leads only to the card, and to evidence by the host that it names', () => {
    const slack = 'https://acme.slack.com/archives/C1/p1'
    const text = pageOf(viewOf(), { slack })
    const hrefs = [...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href)
    expect(hrefs).toEqual(['https://track.example.com/parcels/881', slack])
  })

  it(
    'takes what anybody writes as text: no element, no link to elsewhere, nothing hidden',
    () => {
      fc.assert(
        fc.property(hostileView, hostile, words, (view, name, text) => {
          const names = new Map([['U0ANA', name]])
          const frozen = [
            { n: 1, subject: { kind: 'all' as const }, by: { kind: 'operator' as const }, at: START, reason: text },
          ]
          expectHarmless(pageOf({ ...view, frozen }, { earlier: [view.decision], names, slack: text }))
        }),
        { numRuns: tries(40, 1_000) },
      )
    },
    patience(180_000),
  )
})

describe('a page', () => {
  it('takes what is put into it as text, in attributes and titles as well', () => {
    fc.assert(
      fc.property(words, (text) => {
        expectHarmless(page(text, '', html`<p>${text}</p>${[html`<span class="k">${text}</span>`]}`))
        expectHarmless(refusalPage(text, [text]))
      }),
      { numRuns: tries(300, 10_000) },
    )
  })
})
