import { type Interval, wilson95 } from './binomial.ts'

/** What people decided, and how it turned out. */
export type Review = { readonly denied: boolean; readonly correct: boolean }

/** How reviewers did, in hindsight. Shares are 0..1; null where there is nothing to take a share of. */
export type Agreement = {
  readonly n: number
  /** Approved what was right, or denied what was wrong. Approving everything scores high where errors are rare. */
  readonly observed: number | null
  /** Agreement beyond chance; it misleads where errors are rare. */
  readonly kappa: number | null
  /** Of what turned out wrong, the share that was denied. */
  readonly catch_rate: number | null
  readonly catch_wilson95: Interval | null
  /** What turned out wrong. */
  readonly wrong: number
  readonly caught: number
  readonly approval_rate: number | null
}

export function agreementOf(reviews: readonly Review[]): Agreement {
  const n = reviews.length
  const count = (matches: (review: Review) => boolean) => reviews.filter(matches).length
  const denied = count((each) => each.denied)
  const wrong = count(({ correct }) => !correct)
  const caught = count((each) => each.denied && !each.correct)
  const agreeing = count((each) => each.denied !== each.correct)
  const share = (part: number, of: number) => (of === 0 ? null : part / of)
  const byChance = (denied * wrong + (n - denied) * (n - wrong)) / n ** 2
  return {
    n,
    observed: share(agreeing, n),
    kappa: n === 0 || byChance === 1 ? null : (agreeing / n - byChance) / (1 - byChance),
    catch_rate: share(caught, wrong),
    catch_wilson95: wrong === 0 ? null : wilson95(caught, wrong),
    wrong,
    caught,
    approval_rate: share(n - denied, n),
  }
}
