import { chiSquaredQuantile } from './binomial.ts'

/** How far a distribution over fixed bins has moved from an earlier one. */
export type Drift = {
  /** Population stability index; half an item is added to each bin, so that an empty one is no infinity. */
  readonly psi: number
  /** What `psi` exceeds one time in a hundred by chance alone, with this many items. */
  readonly by_chance: number
  /** Moved by more than matters, and by more than chance. Never for fewer than 50 items on either side. */
  readonly alerted: boolean
}

const FEWEST = 50
const MATTERS = 0.1

/**
 * Compares counts by bin. null where there is nothing to compare: an empty side, or a single bin.
 * @param reference the counts before, bin by bin
 * @param current the counts now, in the same bins
 */
export function driftOf(reference: readonly number[], current: readonly number[]): Drift | null {
  const bins = reference.length
  const before = sum(reference)
  const now = sum(current)
  if (bins < 2 || bins !== current.length || before === 0 || now === 0) return null
  const share = (count: number, all: number) => (count + 0.5) / (all + 0.5 * bins)
  const psi = sum(
    reference.map((count, bin) => {
      const was = share(count, before)
      const is = share(current[bin] ?? 0, now)
      return (is - was) * Math.log(is / was)
    }),
  )
  const chance = chiSquaredQuantile(0.99, bins - 1) * (1 / before + 1 / now)
  return { psi, by_chance: chance, alerted: Math.min(before, now) >= FEWEST && psi > MATTERS && psi > chance }
}

/** How errors accumulate over those that are normal. */
export type Cusum = {
  /** The decision, counted from 1, at which it first went over the limit. */
  readonly firstAlarm: number | null
  readonly max: number
  readonly final: number
}

/**
 * A Bernoulli CUSUM over outcomes in their order: it rises with each error, falls a little with each success, and
 * never below zero.
 * @param rates the share of errors that is normal, the share to be noticed, and the height at which it alarms
 */
export function cusumOf(
  errors: readonly boolean[],
  { normal, raised, limit } = { normal: 0.02, raised: 0.06, limit: 4 },
): Cusum {
  const up = Math.log(raised / normal)
  const down = Math.log((1 - raised) / (1 - normal))
  let height = 0
  let max = 0
  let firstAlarm: number | null = null
  errors.forEach((isError, index) => {
    height = Math.max(0, height + (isError ? up : down))
    max = Math.max(max, height)
    if (height >= limit) firstAlarm ??= index + 1
  })
  return { firstAlarm, max, final: height }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
