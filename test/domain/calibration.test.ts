/**
 * Seen to fail: with floor(10c) for a bucket, without the even half at 0.25, and with 20 labels not yet enough for a flag.
 */
import { describe, expect, it } from 'vitest'
import { clopperPearson95, lowerBound, upperBound, wilson95 } from '../../src/domain/binomial.ts'
import { bucketOf, findings, type Labelled, reliability } from '../../src/domain/calibration.ts'
import { expectSame, labelsOf, reference } from '../fixtures/calibration/reference.ts'

function many(n: number, confidence: number, right: number): readonly Labelled[] {
  return Array.from({ length: n }, (_, i) => ({ confidence, correct: i < right }))
}

describe('intervals', () => {
  it.each(reference.intervals)('of $k in $n are those of scipy', (given) => {
    const { k, n } = given
    expectSame(
      {
        k,
        n,
        wilson95: wilson95(k, n),
        clopper_pearson95: clopperPearson95(k, n),
        cp_upper_90: upperBound(k, n, 0.1),
        cp_upper_95: upperBound(k, n, 0.05),
        cp_upper_99: upperBound(k, n, 0.01),
        cp_lower_95: lowerBound(k, n, 0.05),
      },
      given,
    )
  })
})

describe('a bucket', () => {
  it('begins at a tenth and ends before the next; nearest follows the rounding of the article', () => {
    for (const { c, left_closed: left, nearest_bankers: nearest } of reference.bucket_table) {
      expect({ c, left: bucketOf(c, 'left_closed'), nearest: bucketOf(c, 'nearest') }).toEqual({ c, left, nearest })
    }
  })

  it('is flagged from 20 labels and beyond 10 points on, not at 10 points', () => {
    const flagged = (labels: readonly Labelled[]) => reliability(labels, 'left_closed').buckets[0]?.flagged
    expect(flagged(many(19, 0.75, 0))).toBe(false)
    expect(flagged(many(20, 0.75, 0))).toBe(true)
    expect(flagged(many(20, 0.7, 12))).toBe(false)
    expect(flagged(many(20, 0.71, 12))).toBe(true)
  })

  it('alerts only where the claim lies outside what chance would do', () => {
    const [byChance] = reliability(many(20, 0.76, 13), 'left_closed').buckets
    expect(byChance).toMatchObject({ flagged: true, alerted: false })
    const [real] = reliability(many(200, 0.76, 130), 'left_closed').buckets
    expect(real).toMatchObject({ flagged: true, alerted: true })
  })

  it('is spoken of from 10 labels on', () => {
    expect(reliability(many(9, 0.5, 5), 'left_closed').buckets[0]?.reported).toBe(false)
    expect(reliability(many(10, 0.5, 5), 'left_closed').buckets[0]?.reported).toBe(true)
  })
})

describe('claims and outcomes', () => {
  it.each(reference.calibration_cases)('$name: every figure is the reference', (given) => {
    const { expected } = given
    for (const [bucketing, figures] of [
      ['left_closed', expected.left_closed],
      ['nearest', expected.nearest_bankers],
    ] as const) {
      const { buckets, ...found } = reliability(labelsOf(given), bucketing)
      const { accuracy, mean_stated, brier } = expected
      const { ece, mce, ece_null_expected } = figures
      expectSame(found, { n: given.n, accuracy, mean_stated, brier, ece, mce, ece_null_expected })
      expectSame(
        buckets,
        figures.buckets.map((each) => ({ ...each, alerted: each.flagged && each.stated_outside_wilson95 })),
      )
      expect(buckets.some(({ flagged }) => flagged)).toBe(figures.any_flag)
    }
  })

  it('have no figures where there are no labels', () => {
    expect(reliability([], 'left_closed')).toMatchObject({ n: 0, accuracy: null, ece: null, buckets: [] })
  })

  it('are put into sentences: what is claimed too much first, with what to do, and what may be chance', () => {
    const { buckets } = reliability([...many(200, 0.3, 100), ...many(20, 0.76, 13)], 'left_closed')
    expect(findings(buckets)).toEqual([
      'The agent overstates confidence at 0.7: it claims 76.0%, and 13 of 20 were right (65.0%). Consider raising the threshold above 0.7. With this few labels it can be chance.',
      'The agent understates confidence at 0.3: it claims 30.0%, and 100 of 200 were right (50.0%).',
    ])
  })
})
