import { clopperPearson95, deviationByChance, type Interval, wilson95 } from './binomial.ts'

/** What an agent claimed of an action, and whether it turned out right. `confidence` is 0..1. */
export type Labelled = { readonly confidence: number; readonly correct: boolean }

/** How confidences are put together: `left_closed` [0.8, 0.9), the last one with its 1.0; `nearest` to one digit. */
export type Bucketing = 'left_closed' | 'nearest'

/** Labels of about the same claim. Shares are 0..1; field names are those that `calibration --json` prints. */
export type Bucket = {
  /** 0..9; with `nearest` 0..10. */
  readonly bucket: number
  /** Where it begins; with `nearest` its middle. */
  readonly label: number
  readonly n: number
  readonly correct: number
  readonly mean_stated: number
  readonly accuracy: number
  /** accuracy - mean_stated; negative: it claims more than it keeps. */
  readonly gap: number
  readonly abs_error: number
  /** The distance to the middle of the bucket instead of the mean claim. */
  readonly error_vs_label: number
  readonly wilson95: Interval
  readonly clopper_pearson95: Interval
  /** Has enough labels to be spoken of. */
  readonly reported: boolean
  /** Has enough labels, and claim and outcome are too far apart. */
  readonly flagged: boolean
  readonly stated_outside_wilson95: boolean
  /** Flagged, and hardly by chance: a calibrated bucket of 20 at 0.75 is flagged one time in five. */
  readonly alerted: boolean
}

/** How claims and outcomes agree. The shares are null where there are no labels. */
export type Reliability = {
  readonly n: number
  readonly accuracy: number | null
  readonly mean_stated: number | null
  readonly brier: number | null
  /** The mean distance of claim and outcome, over all buckets. */
  readonly ece: number | null
  /** What `ece` would be by chance alone if every claim were true. */
  readonly ece_null_expected: number | null
  /** The largest distance of a bucket, however small. */
  readonly mce: number | null
  /** Those that have labels, the lowest first. */
  readonly buckets: readonly Bucket[]
}

export const REPORTED_FROM = 10
const FLAGGED_FROM = 20
const FLAGGED_ABOVE = 0.1 + 1e-9

const EDGES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]

/** The bucket of a confidence. Not floor(10c): 0.29 * 10 is not 2.9, and 0.7 belongs where 0.7 begins. */
export function bucketOf(confidence: number, bucketing: Bucketing): number {
  switch (bucketing) {
    case 'left_closed':
      return EDGES.filter((edge) => edge <= confidence).length
    case 'nearest':
      // Halves go to the even digit; 0.25 is the only one that toFixed rounds otherwise.
      return Math.round(10 * (confidence === 0.25 ? 0.2 : Number(confidence.toFixed(1))))
  }
}

/** Compares claims with outcomes, bucket by bucket and as a whole. */
export function reliability(labels: readonly Labelled[], bucketing: Bucketing): Reliability {
  const n = labels.length
  if (n === 0) {
    const unknown = { accuracy: null, mean_stated: null, brier: null, ece: null, ece_null_expected: null, mce: null }
    return { n, ...unknown, buckets: [] }
  }
  const buckets = bucketsOf(labels, bucketing)
  const weighted = (figure: (bucket: Bucket) => number) => total(buckets, (each) => (each.n / n) * figure(each))
  return {
    n,
    accuracy: total(labels, ({ correct }) => Number(correct)) / n,
    mean_stated: total(labels, ({ confidence }) => confidence) / n,
    brier: total(labels, ({ confidence, correct }) => (confidence - Number(correct)) ** 2) / n,
    ece: weighted(({ abs_error }) => abs_error),
    ece_null_expected: weighted((each) => deviationByChance(each.n, each.mean_stated)),
    mce: Math.max(...buckets.map(({ abs_error }) => abs_error)),
    buckets,
  }
}

function bucketsOf(labels: readonly Labelled[], bucketing: Bucketing): readonly Bucket[] {
  const groups = new Map<number, Labelled[]>()
  for (const label of labels) {
    const bucket = bucketOf(label.confidence, bucketing)
    const group = groups.get(bucket)
    if (group === undefined) groups.set(bucket, [label])
    else group.push(label)
  }
  return [...groups].toSorted(([a], [b]) => a - b).map(([bucket, group]) => filled(bucket, group, bucketing))
}

function filled(bucket: number, labels: readonly Labelled[], bucketing: Bucketing): Bucket {
  const n = labels.length
  const label = bucket / 10
  const correct = labels.filter((each) => each.correct).length
  const mean = total(labels, ({ confidence }) => confidence) / n
  const accuracy = correct / n
  const gap = accuracy - mean
  const interval = wilson95(correct, n)
  const flagged = n >= FLAGGED_FROM && Math.abs(gap) > FLAGGED_ABOVE
  const outside = mean < interval[0] || mean > interval[1]
  return {
    bucket,
    label,
    n,
    correct,
    mean_stated: mean,
    accuracy,
    gap,
    abs_error: Math.abs(gap),
    error_vs_label: Math.abs(accuracy - (bucketing === 'nearest' ? label : label + 0.05)),
    wilson95: interval,
    clopper_pearson95: clopperPearson95(correct, n),
    reported: n >= REPORTED_FROM,
    flagged,
    stated_outside_wilson95: outside,
    alerted: flagged && outside,
  }
}

/** What the flagged buckets say, a sentence each; the first are those that claim too much. */
export function findings(buckets: readonly Bucket[]): readonly string[] {
  const flagged = buckets.filter((each) => each.flagged)
  const over = flagged.filter(({ gap }) => gap < 0)
  const under = flagged.filter(({ gap }) => gap > 0)
  return [
    ...over.map(
      (each) =>
        `The agent overstates confidence at ${each.label.toFixed(1)}: ${figures(each)}. Consider raising the threshold above ${each.label.toFixed(1)}.${byChance(each)}`,
    ),
    ...under.map(
      (each) => `The agent understates confidence at ${each.label.toFixed(1)}: ${figures(each)}.${byChance(each)}`,
    ),
  ]
}

function figures({ correct, n, mean_stated: mean, accuracy }: Bucket): string {
  return `it claims ${(100 * mean).toFixed(1)}%, and ${correct} of ${n} were right (${(100 * accuracy).toFixed(1)}%)`
}

function byChance({ alerted }: Bucket): string {
  return alerted ? '' : ' With this few labels it can be chance.'
}

function total<Item>(items: readonly Item[], figure: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + figure(item), 0)
}
