/**
 * Seen to fail: with Bonferroni instead of Holm, with flagged buckets ignored, with delta not shared among strata, with a
 * suggestion below every claim, and with the labels that are needed counted as if they were of one group.
 */
import { describe, expect, it } from 'vitest'
import { reliability } from '../../src/domain/calibration.ts'
import { calibrationOf } from '../../src/domain/calibration-report.ts'
import {
  type Candidate,
  type Evidenced,
  escalateCurve,
  strataAbove,
  stratifiedUpper,
  type ThresholdEvidence,
  thresholdEvidence,
} from '../../src/domain/threshold.ts'
import { expectSame, labelsOf, reference } from '../fixtures/calibration/reference.ts'

const TOLERANCE = { alpha: 0.05, delta: 0.05 }

function many(n: number, confidence: number, wrong = 0, stratum = 'labelled'): readonly Evidenced[] {
  return Array.from({ length: n }, (_, i) => ({ confidence, stratum, correct: i >= wrong }))
}

function unlabelled(n: number, confidence: number, stratum: string): readonly Evidenced[] {
  return many(n, confidence, 0, stratum).map((each) => ({ ...each, correct: null }))
}

function evidence(decisions: readonly Evidenced[]) {
  const labels = decisions.flatMap(({ confidence, correct }) => (correct === null ? [] : [{ confidence, correct }]))
  return thresholdEvidence(decisions, reliability(labels, 'left_closed').buckets, 'left_closed', TOLERANCE)
}

function candidateAt({ candidates }: ThresholdEvidence, t: number): Candidate {
  const found = candidates.find((each) => each.t === t)
  if (found === undefined) throw new Error(`${t} is no candidate`)
  return found
}

describe('a certified threshold', () => {
  it.each(reference.calibration_cases)('$name: certified are exactly those of the reference', (given) => {
    for (const expected of given.expected.thresholds) {
      const { alpha, delta } = expected
      const { threshold } = calibrationOf(labelsOf(given), 'left_closed', { alpha, delta })
      expectSame(
        {
          n_min: threshold.n_min,
          holm_coarse: threshold.holm_coarse,
          trap_empirical_selected: threshold.trap_empirical_selected,
        },
        {
          n_min: expected.n_min,
          holm_coarse: expected.holm_coarse,
          trap_empirical_selected: expected.trap_empirical_selected,
        },
      )
      for (const { t, n, errors, p_value, cp_upper } of expected.table_every_5th.filter((each) => each.t < 1)) {
        const { upper, strata: _, ...found } = candidateAt(threshold, t)
        expectSame({ ...found, cp_upper: upper }, { t, n, errors, p_value, cp_upper })
      }
    }
  })

  it('is not suggested while a flagged bucket lies inside; one above it is', () => {
    const { suggested, held_back_by: held, holm_coarse: holm } = evidence([...many(400, 0.96), ...many(400, 0.76)])
    expect({ suggested, held, selected: holm.selected }).toEqual({ suggested: 0.95, held: [0.7], selected: 0.5 })
  })

  it('is suggested no lower than the claims that were seen', () => {
    const { suggested, holm_coarse: holm } = evidence(many(400, 0.91))
    expect({ suggested, selected: holm.selected }).toEqual({ suggested: 0.9, selected: 0.5 })
  })

  it('needs more labels where those at hand would be enough if they were of one group', () => {
    const groups = [...many(200, 0.97, 1, 'approved'), ...many(90, 0.97, 0, 'auto'), ...unlabelled(47, 0.97, 'auto')]
    const { suggested, labels_needed: needed } = evidence(groups)
    expect(suggested).toBeNull()
    expect(needed).toBeGreaterThan(0)
    expect(needed).toBeLessThan(290)
    expect(evidence([...groups, ...groups]).suggested).toBe(0.95)
  })

  it('needs about so many more labels, and with those it is certified', () => {
    const before = evidence([...many(60, 0.97)])
    expect(before).toMatchObject({ suggested: null, n_min: 59, labels_needed: 44 })
    expect(evidence(many(60 + 44, 0.97)).suggested).not.toBeNull()
    expect(evidence(many(60 + 43, 0.97)).suggested).toBeNull()
  })

  it('is out of reach of any number of labels where too many are wrong', () => {
    expect(evidence(many(300, 0.97, 30))).toMatchObject({ suggested: null, labels_needed: null })
    expect(evidence([])).toMatchObject({ suggested: null, labels_needed: null, trap_empirical_selected: null })
  })
})

describe('audits of what passed', () => {
  it.each(reference.audit_cases)('at $candidate bound each stratum by its own labels', (given) => {
    const { current_auto_approve: current, candidate, labelled, correct, expected } = given
    const decisions = given.confidence.map((confidence, i) => ({
      confidence,
      stratum: confidence >= current ? 'auto(>=current)' : 'reviewed(t..current)',
      correct: labelled[i] === 1 ? correct[i] === 1 : null,
    }))
    const strata = strataAbove(decisions, candidate).toSorted((a, b) => (a.stratum < b.stratum ? -1 : 1))
    expect(strata).toEqual(expected.strata)
    expectSame(stratifiedUpper(strata, given.delta), expected.stratified_cp_upper)
  })

  it('that are missing count against a threshold, however good the reviewed ones look', () => {
    const reviewed = many(800, 0.9, 0, 'reviewed')
    expect(evidence(reviewed).suggested).toBe(0.9)
    expect(evidence([...reviewed, ...unlabelled(100, 0.9, 'auto')]).suggested).toBeNull()
    expect(evidence([...reviewed, ...unlabelled(10, 0.9, 'auto')]).suggested).toBe(0.9)
  })
})

it('an escalate threshold has a curve: who would go higher, who stays, and what is known of them', () => {
  const decisions = [...many(4, 0.4, 3), ...unlabelled(2, 0.4, 'a'), ...many(5, 0.7), ...many(1, 0.99)]
  const curve = escalateCurve(decisions, 0.9)
  expect(curve.map(({ t }) => t)).toEqual([
    0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2,
  ])
  expect(curve.find(({ t }) => t === 0.6)).toEqual({ t: 0.6, escalated: 6, reviewed: 5, labelled: 4, correct: 1 })
})
