/**
 * Seen to fail: labels of reviewers counted; the larger half measured with the smaller one; hasty denials counted; a label
 * from the future believed.
 */
import { describe, expect, it } from 'vitest'
import type { Approved, Denied, Outcome } from '../../src/domain/decision.ts'
import { born } from '../../src/domain/decision.ts'
import { type Review, reviewFigures, reviewsOf } from '../../src/domain/review-figures.ts'
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { NOON, submittedEvent } from '../fixtures/decisions.ts'

const wrong: Outcome = { correct: false, source: 'downstream', observedAt: NOON + HOUR, note: null, ref: null }

function approved(users: readonly string[], outcomes: readonly Outcome[] = []): Approved {
  const { status: _, ...common } = born(submittedEvent({ at: NOON }))
  const approvals = users.map((user, i) => ({ user, at: NOON + (i + 1) * MINUTE, note: null }))
  return { ...common, status: 'approved', approvals, outcomes, decidedAt: NOON + users.length * MINUTE }
}

function denied(by: string): Denied {
  return { ...approved([]), status: 'denied', by, reason: 'No.', decidedAt: NOON + MINUTE, outcomes: [wrong] }
}

function review(fields: Partial<Review> = {}): Review {
  return { user: 'U1', denied: false, took: MINUTE, size: 100, correct: null, ...fields }
}

const several = (n: number, fields: Partial<Review>) => Array.from({ length: n }, () => review(fields))

describe('who decided', () => {
  it('is each who approved, and who denied', () => {
    const reviews = reviewsOf([approved(['U1', 'U2']), denied('U3')], NOON + 2 * HOUR)
    expect(reviews.map(({ user, denied: no, took }) => [user, no, took])).toEqual([
      ['U1', false, MINUTE],
      ['U2', false, 2 * MINUTE],
      ['U3', true, MINUTE],
    ])
    expect(reviews.map(({ correct }) => correct)).toEqual([null, null, false])
  })

  it('is measured by what others said later, not by reviewers themselves, and not from the future', () => {
    const [own] = reviewsOf([approved(['U1'], [{ ...wrong, source: 'reviewer' }])], NOON + 2 * HOUR)
    expect(own?.correct).toBeNull()
    const [later] = reviewsOf([approved(['U1'], [wrong])], NOON)
    expect(later?.correct).toBeNull()
  })
})

describe('the figures of reviewers', () => {
  it('say nothing of nothing', () => {
    expect(reviewFigures([])).toMatchObject({ n: 0, medianMs: null, bySize: null, agreement: { n: 0, observed: null } })
  })

  it('compare the time for small and for large requests, where there are enough of both', () => {
    const small = several(10, { size: 50, took: MINUTE })
    const large = several(10, { size: 900, took: 3 * MINUTE })
    expect(reviewFigures([...large, ...small]).bySize).toEqual({ upTo: 50, smallMs: MINUTE, largeMs: 3 * MINUTE })
    expect(reviewFigures([...large.slice(1), ...small]).bySize).toBeNull()
    expect(reviewFigures(several(30, {})).bySize).toBeNull()
  })

  it('count approvals within three seconds, and no denials', () => {
    const fast = review({ took: 3 * SECOND })
    expect(reviewFigures([fast, review({ took: 3 * SECOND + 1 }), { ...fast, denied: true }]).hasty).toBe(1)
  })

  it('have the share of what is wrong that was denied, with its interval', () => {
    const { agreement } = reviewFigures([
      ...several(3, { denied: true, correct: false }),
      ...several(2, { correct: false }),
      ...several(5, { correct: true }),
      ...several(9, {}),
    ])
    expect(agreement).toMatchObject({ n: 10, wrong: 5, caught: 3, catch_rate: 0.6, observed: 0.8 })
    expect(agreement.catch_wilson95?.map((each) => each.toFixed(2))).toEqual(['0.23', '0.88'])
  })
})
