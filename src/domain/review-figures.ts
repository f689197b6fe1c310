import { type Agreement, agreementOf } from './agreement.ts'
import type { Approved, Denied } from './decision.ts'
import { verdictOf } from './judged.ts'
import { type Instant, SECOND } from './time.ts'

/** What one person decided: each approval of a quorum is one, and a denial. Times in ms. */
export type Review = {
  readonly user: string
  readonly denied: boolean
  /** From the request to the answer. */
  readonly took: number
  /** Characters of the parameters, written as JSON. */
  readonly size: number
  /** What was said of it later by others than its reviewers; null: nothing. */
  readonly correct: boolean | null
}

/** How reviewers did. Times in ms; null where there is nothing to take it of. */
export type ReviewFigures = {
  readonly n: number
  readonly approved: number
  readonly denied: number
  readonly medianMs: number | null
  /** The same for the smaller and the larger half of the requests; null: too few, or all of one size. */
  readonly bySize: { readonly upTo: number; readonly smallMs: number; readonly largeMs: number } | null
  /** Approvals that came so fast that nobody can have read anything. */
  readonly hasty: number
  readonly agreement: Agreement
}

/** Faster than anybody reads a card, in ms. */
export const HASTY = 3 * SECOND
/** With fewer on one side a median of it says nothing. */
const HALF_FROM = 10

/** Who decided these, one entry each. Labels of reviewers themselves say nothing of how they did, and do not count. */
export function reviewsOf(ended: readonly (Approved | Denied)[], now: Instant): readonly Review[] {
  return ended.flatMap((decision): readonly Review[] => {
    const labels = decision.outcomes.filter(({ source }) => source !== 'reviewer')
    const { label } = verdictOf(
      labels.map((each, recorded) => ({ ...each, recorded })),
      now,
    )
    const known = { size: JSON.stringify(decision.parameters).length, correct: label?.correct ?? null }
    const approvals = decision.approvals.map(({ user, at }) => ({
      user,
      denied: false,
      took: at - decision.createdAt,
      ...known,
    }))
    if (decision.status === 'approved') return approvals
    return [...approvals, { user: decision.by, denied: true, took: decision.decidedAt - decision.createdAt, ...known }]
  })
}

export function reviewFigures(reviews: readonly Review[]): ReviewFigures {
  const denied = reviews.filter((each) => each.denied).length
  return {
    n: reviews.length,
    approved: reviews.length - denied,
    denied,
    medianMs: median(reviews.map(({ took }) => took)),
    bySize: bySize(reviews),
    hasty: reviews.filter((each) => !each.denied && each.took <= HASTY).length,
    agreement: agreementOf(
      reviews.flatMap(({ denied: isDenied, correct }) => (correct === null ? [] : [{ denied: isDenied, correct }])),
    ),
  }
}

function bySize(reviews: readonly Review[]): ReviewFigures['bySize'] {
  const upTo = median(reviews.map(({ size }) => size))
  if (upTo === null) return null
  const small = reviews.filter(({ size }) => size <= upTo)
  const large = reviews.filter(({ size }) => size > upTo)
  const [smallMs, largeMs] = [small, large].map((half) => median(half.map(({ took }) => took)))
  if (Math.min(small.length, large.length) < HALF_FROM || smallMs == null || largeMs == null) return null
  return { upTo, smallMs, largeMs }
}

function median(numbers: readonly number[]): number | null {
  return numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)] ?? null
}
