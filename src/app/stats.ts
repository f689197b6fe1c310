import { type ReviewFigures, reviewFigures, reviewsOf } from '../domain/review-figures.ts'
import { DAY } from '../domain/time.ts'
import type { Clock, Reviewers, Store } from './ports.ts'
import { lastWeek, type WeekFigures } from './week.ts'

/** How requests to people went: everybody's together, and the asker's own, which nobody else is shown. */
export type Stats = {
  /** The same as App Home shows. */
  readonly week: WeekFigures
  readonly days: number
  readonly team: ReviewFigures
  readonly own: ReviewFigures
}

const DAYS = 30
/** Beyond it the oldest are left out. */
const MOST = 5_000

/** null: a guest, bot or stranger, who is told nothing. */
export async function statsFor(
  ports: { readonly store: Pick<Store, 'endedSince'>; readonly clock: Clock; readonly reviewers: Reviewers },
  user: string,
): Promise<Stats | null> {
  if ((await ports.reviewers.person(user)).barred !== null) return null
  const now = ports.clock()
  const ended = await ports.store.endedSince(now - DAYS * DAY, MOST)
  const decided = ended.flatMap((each) => (each.status === 'timed_out' ? [] : [each]))
  const reviews = reviewsOf(decided, now)
  return {
    week: await lastWeek(ports),
    days: DAYS,
    team: reviewFigures(reviews),
    own: reviewFigures(reviews.filter((each) => each.user === user)),
  }
}
