import { binomialAtMost, bisect, upperBound } from './binomial.ts'
import type { Bucket, Bucketing } from './calibration.ts'

/**
 * A decision as evidence for a threshold. Decisions of one `stratum` have labels by the same chance; `correct` is null
 * where there is no label, which is not the same as right.
 */
export type Evidenced = { readonly confidence: number; readonly stratum: string; readonly correct: boolean | null }

/** Decisions that have labels by the same chance, counted. */
export type Stratum = {
  readonly stratum: string
  readonly N: number
  readonly labelled: number
  readonly errors: number
}

/** What the labels say of one threshold. */
export type Candidate = {
  readonly t: number
  /** Labels at or above it. */
  readonly n: number
  readonly errors: number
  /** Small: so few errors would be a surprise if more than alpha of these decisions were wrong. */
  readonly p_value: number
  /** With confidence 1 - delta at most this share is wrong, for this one candidate alone. */
  readonly upper: number
  readonly strata: readonly Stratum[]
}

export type Tolerance = {
  /** The share of automatic approvals that may be wrong. */
  readonly alpha: number
  /** How often a suggestion may be one that does not keep to that. */
  readonly delta: number
}

export type ThresholdEvidence = Tolerance & {
  /** Labels without any error that certify a threshold which is looked at alone. */
  readonly n_min: number
  readonly candidates: readonly Candidate[]
  readonly holm_coarse: {
    readonly selected: number | null
    /** The lowest first. */
    readonly certified: readonly number[]
    readonly p_values: Readonly<Record<string, number>>
    readonly at_selected: { readonly n: number; readonly errors: number } | null
  }
  /**
   * The lowest certified threshold above which no bucket is flagged; of those that let the same decisions pass the
   * highest, because nobody has ever seen a claim between them.
   */
  readonly suggested: number | null
  /** The flagged buckets that keep a lower certified threshold from being suggested. */
  readonly held_back_by: readonly number[]
  /** About how many more labels would certify a threshold if errors stay as they are; null: none needed, or no number helps. */
  readonly labels_needed: number | null
  /** What the naive rule takes: the lowest t with at most alpha wrong among what was seen. For comparison; too low. */
  readonly trap_empirical_selected: number | null
}

/** The highest first. Fixed, so that nobody can go on looking until one fits. */
export const CANDIDATES: readonly number[] = Array.from({ length: 10 }, (_, i) => (95 - 5 * i) / 100)

const FINE_GRID: readonly number[] = Array.from({ length: 51 }, (_, i) => (100 - i) / 100)

/** More labels than anybody will have: then it is said that more do not help. */
const MOST_LABELS = 1_000_000

/**
 * Which thresholds keep errors among what passes at most at alpha, with confidence 1 - delta over all candidates
 * together (Holm's procedure on binomial tails).
 * @param buckets of the same labels
 */
export function thresholdEvidence(
  decisions: readonly Evidenced[],
  buckets: readonly Bucket[],
  bucketing: Bucketing,
  { alpha, delta }: Tolerance,
): ThresholdEvidence {
  const candidates = CANDIDATES.map((t) => candidate(decisions, t, { alpha, delta }))
  const certified = holm(candidates, delta)
  const selected = certified[0] ?? null
  const at = candidates.find(({ t }) => t === selected)
  const flagged = buckets.filter((each) => each.flagged)
  const inside = (t: number) => flagged.filter((each) => endOf(each, bucketing) > t)
  const lowest = certified.find((t) => inside(t).length === 0) ?? null
  const suggested = lowest === null ? null : highestAlike(candidates, lowest)
  const held = selected === null || selected === suggested ? [] : inside(selected).map(({ label }) => label)
  return {
    alpha,
    delta,
    n_min: labelsWithoutError(1 - alpha, delta),
    candidates,
    holm_coarse: {
      selected,
      certified,
      p_values: Object.fromEntries(candidates.map(({ t, p_value: p }) => [t.toFixed(2), p])),
      at_selected: at === undefined ? null : { n: at.n, errors: at.errors },
    },
    suggested,
    held_back_by: held,
    labels_needed: selected === null ? labelsNeeded(candidates, decisions, { alpha, delta }) : null,
    trap_empirical_selected: naiveThreshold(decisions, alpha),
  }
}

/** The candidates are in falling order, and a lower one lets pass all that a higher one does. */
function highestAlike(candidates: readonly Candidate[], t: number): number {
  const passing = ({ strata }: Candidate) => strata.reduce((sum, { N }) => sum + N, 0)
  const own = candidates.find((each) => each.t === t)
  return candidates.find((each) => own !== undefined && passing(each) === passing(own))?.t ?? t
}

/** Labels without any error that show, with confidence 1 - delta, that at least `target` are right. */
export function labelsWithoutError(target: number, delta: number): number {
  return Math.ceil(Math.log(delta) / Math.log(target) - 1e-9)
}

function candidate(decisions: readonly Evidenced[], t: number, { alpha, delta }: Tolerance): Candidate {
  const strata = strataAbove(decisions, t)
  return {
    t,
    n: strata.reduce((sum, { labelled }) => sum + labelled, 0),
    errors: strata.reduce((sum, { errors }) => sum + errors, 0),
    p_value: pValue(strata, alpha),
    upper: stratifiedUpper(strata, delta),
    strata,
  }
}

/** The strata of what a threshold would let pass; those that have nothing there are left out. */
export function strataAbove(decisions: readonly Evidenced[], t: number): readonly Stratum[] {
  const counts = new Map<string, { N: number; labelled: number; errors: number }>()
  for (const { confidence, stratum, correct } of decisions) {
    if (confidence < t) continue
    const count = counts.get(stratum) ?? { N: 0, labelled: 0, errors: 0 }
    counts.set(stratum, count)
    count.N += 1
    if (correct !== null) count.labelled += 1
    if (correct === false) count.errors += 1
  }
  return [...counts].map(([stratum, count]) => ({ stratum, ...count }))
}

/**
 * With confidence 1 - delta at most this share of all is wrong: each stratum by its own labels, weighed by what it
 * holds. One without labels counts as wrong throughout. 1 where there is nothing.
 */
export function stratifiedUpper(strata: readonly Stratum[], delta: number): number {
  const all = strata.reduce((sum, { N }) => sum + N, 0)
  if (all === 0) return 1
  const each = delta / strata.length
  return strata.reduce((sum, { N, labelled, errors }) => sum + (N / all) * upperBound(errors, labelled, each), 0)
}

/** The smallest delta at which the bound is alpha; with one stratum that is P(Bin(n, alpha) <= errors). */
function pValue(strata: readonly Stratum[], alpha: number): number {
  const [only, ...others] = strata
  if (only === undefined) return 1
  if (others.length === 0) return binomialAtMost(only.errors, only.labelled, alpha)
  if (stratifiedUpper(strata, 1) > alpha) return 1
  return bisect((delta) => stratifiedUpper(strata, delta) > alpha)
}

/** Holm's step-down procedure. @returns what is certified, the lowest first */
function holm(candidates: readonly Candidate[], delta: number): readonly number[] {
  const ordered = candidates.toSorted((a, b) => a.p_value - b.p_value || b.t - a.t)
  const stop = ordered.findIndex(({ p_value: p }, index) => p > delta / (ordered.length - index))
  return ordered
    .slice(0, stop === -1 ? ordered.length : stop)
    .map(({ t }) => t)
    .toSorted((a, b) => a - b)
}

/** Where a bucket ends: what is below is in it. */
function endOf({ label }: Bucket, bucketing: Bucketing): number {
  switch (bucketing) {
    case 'left_closed':
      return label === 0.9 ? Infinity : label + 0.1
    case 'nearest':
      return label + 0.05
  }
}

/** The least of what any candidate would need, if its errors, its groups and its share of the labels stay as they are. */
function labelsNeeded(
  candidates: readonly Candidate[],
  decisions: readonly Evidenced[],
  tolerance: Tolerance,
): number | null {
  const labels = decisions.filter(({ correct }) => correct !== null).length
  const first = { ...tolerance, delta: tolerance.delta / candidates.length }
  const needed = candidates.flatMap(({ n, strata }) => {
    const enough = n === 0 ? null : enoughLabels(strata, n, first)
    return enough === null ? [] : [Math.ceil(((enough - n) * labels) / n)]
  })
  return needed.length === 0 ? null : Math.min(...needed)
}

/** How many labels, spread over the strata as these `n` are, certify alpha; null: no number does. */
function enoughLabels(strata: readonly Stratum[], n: number, { alpha, delta }: Tolerance): number | null {
  const all = strata.reduce((sum, { N }) => sum + N, 0)
  const share = strata.reduce(
    (sum, { N, labelled, errors }) => sum + (N / all) * (labelled === 0 ? 1 : errors / labelled),
    0,
  )
  if (share >= alpha) return null
  const isEnough = (labels: number) => {
    const scaled = strata.map(({ stratum, N, labelled, errors }) => ({
      stratum,
      N,
      labelled: Math.floor((labelled * labels) / n),
      errors: Math.ceil((errors * labels) / n),
    }))
    return stratifiedUpper(scaled, delta) <= alpha
  }
  let from = n
  let to = Math.max(16, 2 * n)
  while (!isEnough(to)) {
    from = to
    to *= 2
    if (to > MOST_LABELS) return null
  }
  while (to - from > 1) {
    const middle = Math.floor((from + to) / 2)
    if (isEnough(middle)) to = middle
    else from = middle
  }
  return to
}

/**
 * The lowest threshold at which what was seen has at most alpha wrong. It looks at fifty thresholds and takes luck for
 * a result, so it is no suggestion.
 */
export function naiveThreshold(decisions: readonly Evidenced[], alpha: number): number | null {
  const fitting = FINE_GRID.filter((t) => {
    const above = decisions.filter(({ confidence, correct }) => confidence >= t && correct !== null)
    const errors = above.filter(({ correct }) => correct === false).length
    return above.length > 0 && errors / above.length <= alpha
  })
  return fitting.at(-1) ?? null
}

/** What an escalate threshold would do; it guarantees nothing about errors. */
export type EscalatePoint = {
  readonly t: number
  /** Decisions below it: they would go a level higher. */
  readonly escalated: number
  /** Decisions from it up to the auto-approve threshold: they stay with the first level. */
  readonly reviewed: number
  /** Labels below it, and how many of them were right. */
  readonly labelled: number
  readonly correct: number
}

/** The curve of escalate thresholds up to the auto-approve threshold, the highest first. */
export function escalateCurve(decisions: readonly Evidenced[], autoApprove: number): readonly EscalatePoint[] {
  return Array.from({ length: 15 }, (_, i) => (90 - 5 * i) / 100)
    .filter((t) => t <= autoApprove)
    .map((t) => {
      const below = decisions.filter(({ confidence }) => confidence < t)
      const labelled = below.filter(({ correct }) => correct !== null)
      return {
        t,
        escalated: below.length,
        reviewed: decisions.filter(({ confidence }) => confidence >= t && confidence < autoApprove).length,
        labelled: labelled.length,
        correct: labelled.filter(({ correct }) => correct === true).length,
      }
    })
}
