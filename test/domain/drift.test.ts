/**
 * Drift, errors and reviewers. Seen to fail: alerts for fewer than 50 items, alerts for what is too small to matter, and a
 * catch rate among what was denied instead of what was wrong.
 */
import { describe, expect, it } from 'vitest'
import { agreementOf } from '../../src/domain/agreement.ts'
import { cusumOf, driftOf } from '../../src/domain/drift.ts'
import { expectSame, reference } from '../fixtures/calibration/reference.ts'

describe('drift', () => {
  it.each(reference.drift_cases)('from $reference to $current is the reference', (given) => {
    const { psi, by_chance } = driftOf(given.reference, given.current) ?? {}
    const { psi_add_half, psi_null_q99 } = given.expected
    expectSame({ psi, by_chance }, { psi: psi_add_half, by_chance: psi_null_q99 })
  })

  it('alerts only beyond what matters and beyond chance, and not for fewer than 50', () => {
    const alerted = (before: readonly number[], now: readonly number[]) => driftOf(before, now)?.alerted
    expect(alerted([210, 109, 81], [50, 0, 0])).toBe(true)
    expect(alerted([210, 109, 81], [49, 0, 0])).toBe(false)
    expect(alerted([50_000, 50_000], [52_000, 48_000])).toBe(false) // Certain, and too small to matter.
    expect(alerted([167, 183, 50, 66, 30, 79, 110, 215, 49, 51], [12, 23, 8, 11, 1, 10, 10, 15, 5, 5])).toBe(false)
  })

  it('is not there to be seen with one bin, other bins, or nothing', () => {
    expect(driftOf([100], [100])).toBeNull()
    expect(driftOf([50, 50], [50, 50, 0])).toBeNull()
    expect(driftOf([50, 50], [0, 0])).toBeNull()
  })
})

describe('errors', () => {
  it.each(reference.sequential_cases)('alarm at $expected.cusum_first_alarm_1based', ({ errors, expected }) => {
    const found = cusumOf(errors.map((each) => each === 1))
    expectSame(found, {
      firstAlarm: expected.cusum_first_alarm_1based,
      max: expected.cusum_max,
      final: expected.cusum_final,
    })
  })
})

describe('reviewers', () => {
  it.each(reference.agreement_cases)('agree with outcomes as the reference says', (given) => {
    const reviews = given.rater_a_denied.map((denied, i) => ({
      denied: denied === 1,
      correct: given.rater_b_outcome_bad[i] === 0,
    }))
    const { observed, kappa, catch_rate, catch_wilson95, approval_rate } = agreementOf(reviews)
    const { expected } = given
    expectSame(
      { observed, kappa, catch_rate, catch_wilson95, approval_rate },
      {
        observed: expected.observed,
        kappa: expected.kappa,
        catch_rate: expected.catch_rate,
        catch_wilson95: expected.catch_wilson95,
        approval_rate: expected.approval_rate,
      },
    )
  })

  it('who had nothing to catch have no catch rate', () => {
    expect(agreementOf([])).toMatchObject({ n: 0, observed: null, kappa: null, catch_rate: null })
    expect(agreementOf([{ denied: false, correct: true }])).toMatchObject({
      observed: 1,
      kappa: null,
      catch_rate: null,
    })
  })
})
