/**
 * What a freeze covers, and the words it is named by. Broken builds that these sentences were seen to catch:
 * - a name compared without its kind -> "covers exactly". `all` read in a name -> "reads back".
 * - new lines kept in a reason -> "on one line".
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type FreezeSubject,
  freezeMark,
  freezeOf,
  frozenBy,
  frozenText,
  parseSubject,
  REASON_TEXT,
  reachOf,
  subjectWords,
  tidyReason,
} from '../../src/domain/freeze.ts'
import { aProposal } from '../fixtures/decisions.ts'
import { action, aFreeze, agent, EVERYTHING, workflow } from '../fixtures/freezes.ts'

const REACH = { action: 'process_refund', agent: 'billing-bot', workflow: 'wf-1' }

describe('a freeze', () => {
  it.each<readonly [FreezeSubject, boolean]>([
    [action('process_refund'), true],
    [agent('billing-bot'), true],
    [workflow('wf-1'), true],
    [EVERYTHING, true],
    [action('billing-bot'), false],
    [agent('process_refund'), false],
    [workflow('process_refund'), false],
    [action('Process_refund'), false],
    [action('process'), false],
  ])('covers exactly what it names: %j %s', (subject, covers) => {
    expect(frozenBy([aFreeze(subject)], REACH)).toHaveLength(covers ? 1 : 0)
  })

  it('of a workflow covers nothing that belongs to none', () => {
    const reach = reachOf({ agent: 'billing-bot', proposal: aProposal() })
    expect(reach).toEqual({ action: 'process_refund', agent: 'billing-bot', workflow: null })
    expect(frozenBy([aFreeze(workflow('')), aFreeze(workflow('null'))], reach)).toEqual([])
  })

  it('is found by its own subject, whatever else covers that', () => {
    const freezes = [aFreeze(EVERYTHING), aFreeze(action('a'), { n: 2 })]
    expect(freezeOf(freezes, action('a'))?.n).toBe(2)
    expect(freezeOf(freezes, { kind: 'all' })?.n).toBe(1)
    expect(freezeOf(freezes, action('b'))).toBeNull()
    expect(freezeMark(freezes)).toBe('1 2')
    expect(freezeMark([])).toBe('')
  })

  it('is told in one sentence: what, by whom, since when and why', () => {
    expect(frozenText(aFreeze(action('process_refund')))).toBe(
      'the action "process_refund" is frozen by the Slack user U0DANA0001 since 2026-03-01 12:00 UTC: the gateway charges twice',
    )
    expect(frozenText(aFreeze(EVERYTHING, { by: { kind: 'operator' } }))).toMatch(
      /^everything is frozen by an operator/,
    )
    expect(frozenText(aFreeze(workflow('w'.repeat(128))))).toContain(`the workflow "${'w'.repeat(79)}…"`)
  })
})

describe('the words for what is frozen', () => {
  it.each<readonly [string, FreezeSubject | null]>([
    ['process_refund', action('process_refund')],
    [' process_refund ', action('process_refund')],
    ['action all', action('all')],
    ['agent billing-bot', agent('billing-bot')],
    ['Agent billing-bot', agent('billing-bot')],
    ['workflow WF 7 of Monday', workflow('WF 7 of Monday')],
    ['all', EVERYTHING],
    ['ALL', EVERYTHING],
    ['', null],
    ['agent', null],
    ['workflow', null],
    ['action', null],
    ['process refund', null],
    ['agent two words', null],
    ['all of it', null],
  ])('are read: %j', (text, subject) => {
    expect(parseSubject(text)).toEqual(subject)
  })

  it('reads back what it says', () => {
    const name = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_.:-]{1,20}$/),
      fc.constantFrom('all', 'agent', 'ALL', 'action'),
    )
    const kinds = fc.constantFrom('action' as const, 'agent' as const, 'workflow' as const)
    const subjects = fc.oneof(fc.record({ kind: kinds, name }), fc.constant(EVERYTHING))
    fc.assert(
      fc.property(subjects, (subject) => {
        expect(parseSubject(subjectWords(subject))).toEqual(subject)
      }),
    )
  })
})

describe('a reason', () => {
  it('is kept on one line', () => {
    expect(tidyReason('  it charges\n\t twice  ')).toBe('it charges twice')
  })

  it('is not left out, and not longer than what fits on a card', () => {
    expect(tidyReason(' \n ')).toBeNull()
    expect(tidyReason('x'.repeat(REASON_TEXT))).toHaveLength(REASON_TEXT)
    expect(tidyReason('x'.repeat(REASON_TEXT + 1))).toBeNull()
  })
})
