/**
 * Seen to fail: delta not shared between the looks; labels looked at between the looks; a denial or a review that the
 * agent asked for counted in the band; labels in the order of decisions instead of their own; a rollback test of any age.
 */
import { describe, expect, it } from 'vitest'
import type { Judged } from '../../src/domain/judged.ts'
import { findAction } from '../../src/domain/manifest.ts'
import { maxErrors, promotionChecklist } from '../../src/domain/promotion.ts'
import { labelsWithoutError } from '../../src/domain/threshold.ts'
import { reference } from '../fixtures/calibration/reference.ts'
import { NOON } from '../fixtures/decisions.ts'
import { aJudged, aLabel } from '../fixtures/judged.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

const READY = `rollback: {url: https://billing.internal/rollback, tested_on: 2026-02-01}, monitoring: {alert: refunds-anomaly}, owner: ana@example.com`

function checklist(judged: readonly Judged[], fields = READY, target = 0.95) {
  const manifest = manifestOf(
    `actions: {process_refund: {severity: high, reversible: false, required_role: lead, ${fields}}}\nroles: {lead: {members: [ana@example.com]}}`,
  )
  const action = findAction(manifest, 'process_refund')
  if (action === null) throw new Error('the manifest has the action')
  return promotionChecklist(action, { to: 'on_the_loop', target, agentVersion: 'v1' }, judged, '2026-03-01', NOON)
}

/** `wrong`: how many of them, the first. */
function outcomes(n: number, wrong = 0, from = 1): readonly Judged[] {
  return Array.from({ length: n }, (_, i) =>
    aJudged(from + i, { labels: [aLabel({ correct: i >= wrong, recorded: from + i })] }),
  )
}

function unmet(list: ReturnType<typeof checklist>): readonly string[] {
  return list.checks.filter(({ met }) => !met).map(({ item }) => item)
}

it.each(reference.promotion_gate)('a target of $target at $n allows $max_errors errors', (given) => {
  const { target, n, delta } = given
  expect(maxErrors(target, n, delta)).toBe(given.max_errors)
  expect(labelsWithoutError(target, delta)).toBe(given.min_n_zero_errors)
})

it('95% at 500 allows 16 errors, 98% allows 4, and 99.5% cannot be shown', () => {
  expect([0.95, 0.98, 0.995].map((target) => maxErrors(target, 500, 0.05))).toEqual([16, 4, null])
})

describe('a promotion', () => {
  it('is ready when everything is met, and says what the manifest is to say', () => {
    const list = checklist(outcomes(500, 5))
    expect(unmet(list)).toEqual([])
    expect(list).toMatchObject({
      ready: true,
      promotion: {
        to: 'on_the_loop',
        date: '2026-03-01',
        owner: 'ana@example.com',
        outcomes: 500,
        target: 0.95,
        evidence: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      },
    })
    expect(list.promotion?.lower_bound).toBeGreaterThan(0.95)
    expect(list.promotion?.lower_bound).toBeLessThan(0.99)
  })

  it('shares its delta between three looks', () => {
    const allowed = maxErrors(0.95, 500, 0.05 / 3) ?? 0
    expect(allowed).toBe(14)
    expect(checklist(outcomes(500, allowed)).ready).toBe(true)
    expect(unmet(checklist(outcomes(500, allowed + 1)))).toEqual(['accuracy'])
  })

  it('is looked at with 500, 1000 and 2000 labels, and at no other number', () => {
    const late = [...outcomes(500, 15), ...outcomes(499, 0, 501)]
    expect(unmet(checklist(late))).toEqual(['accuracy'])
    expect(checklist([...late, ...outcomes(1, 0, 1000)])).toMatchObject({ ready: true, promotion: { outcomes: 1000 } })
    const few = checklist(outcomes(499))
    expect(unmet(few)).toEqual(['outcomes', 'accuracy'])
    expect(few.checks[0]?.advice).toBe('1 more label to go.')
  })

  it('looks at labels in the order in which they came, so that an earlier look stays what it was', () => {
    const goodFirst = [
      ...outcomes(100, 100).map((each, i) => ({ ...each, labels: [aLabel({ correct: false, recorded: 9000 + i })] })),
      ...outcomes(500, 0, 101),
    ]
    expect(checklist(goodFirst).ready).toBe(true)
  })

  it('counts only what would pass: not what is blocked, nor where the agent asks for a review', () => {
    const [first = aJudged(1), ...rest] = outcomes(500)
    expect(unmet(checklist([{ ...first, recommendedReview: true }, ...rest]))).toContain('outcomes')
    expect(unmet(checklist([{ ...first, status: 'blocked' }, ...rest]))).toContain('outcomes')
    expect(unmet(checklist([{ ...first, labels: [] }, ...rest]))).toContain('outcomes')
  })

  it.each([
    ['monitoring: {alert: a}, owner: ana@example.com', ['rollback'], 'No rollback is declared.'],
    [
      READY.replace('2026-02-01', '2025-08-01'),
      ['rollback'],
      'The rollback was last tested on 2025-08-01; a test counts for 180 days.',
    ],
    [
      READY.replace('2026-02-01', '2026-03-02'),
      ['rollback'],
      'The rollback is to be tested on 2026-03-02, which is not yet.',
    ],
    [READY.replace(', tested_on: 2026-02-01', ''), ['rollback'], 'A rollback is declared, and no test of it.'],
    [READY.replace('monitoring: {alert: refunds-anomaly}, ', ''), ['monitoring'], 'No monitoring alert is declared.'],
    [READY.replace(', owner: ana@example.com', ''), ['owner'], 'Nobody answers for it.'],
  ])('with only %s lacks %j', (fields, missing, figure) => {
    const list = checklist(outcomes(500), fields)
    expect(unmet(list)).toEqual(missing)
    expect(list.checks.find(({ met }) => !met)?.figure).toBe(figure)
    expect(list).toMatchObject({ ready: false, promotion: null })
  })

  it('says when no 500 labels could ever show the target', () => {
    const { checks } = checklist([], READY, 0.995)
    expect(checks[1]?.advice).toBe('No 500 labels can show at least 99.5% right: it takes 817 without an error.')
  })

  it('has another digest for other evidence', () => {
    const digest = (judged: readonly Judged[]) => checklist(judged).promotion?.evidence
    expect(digest(outcomes(500, 1))).toBe(digest(outcomes(500, 1)))
    expect(digest(outcomes(500, 1))).not.toBe(digest(outcomes(500, 2)))
  })
})

describe('the reverse', () => {
  it('points out a step that is nearly always approved', () => {
    const approved = (n: number) => Array.from({ length: n }, (_, i) => aJudged(i + 1))
    expect(checklist([...approved(999), aJudged(1000, { status: 'denied' })]).remarks).toEqual([
      'People approved 999 of 1000 (99.9%): a step that is nearly always approved costs time and attention, and hardly protects.',
    ])
    expect(checklist([...approved(332), aJudged(333, { status: 'denied' })]).remarks).toEqual([])
    expect(checklist(approved(333)).remarks).toEqual([])
  })

  it('points out errors that call for more oversight, and not a few that may be chance', () => {
    const passed = (n: number, wrong: number) =>
      outcomes(n, wrong).map((each) => ({ ...each, status: 'auto_approved' as const }))
    expect(checklist(passed(100, 12)).remarks).toEqual([
      'Of 100 labelled decisions that passed without a person 12 were wrong, more than the 5% that may be: consider more oversight.',
    ])
    expect(checklist(passed(100, 7)).remarks).toEqual([])
  })
})
