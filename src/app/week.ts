import { isApproved } from '../domain/decision.ts'
import { DAY } from '../domain/time.ts'
import type { Clock, Store } from './ports.ts'

/** What became of the requests to people of the last seven days. */
export type WeekFigures = {
  readonly approved: number
  readonly denied: number
  readonly timedOut: number
  /** ms from the request to its end, of those that people decided; null: there were none. */
  readonly medianMs: number | null
}

/** Beyond it the oldest are left out: nobody reads a figure of so many more exactly. */
const MOST = 10_000

/** Counts what was asked within the last seven days and has ended. */
export async function lastWeek(ports: {
  readonly store: Pick<Store, 'endedSince'>
  readonly clock: Clock
}): Promise<WeekFigures> {
  const ended = await ports.store.endedSince(ports.clock() - 7 * DAY, MOST)
  const decided = ended.filter(({ status }) => status !== 'timed_out')
  const times = decided.map(({ createdAt, decidedAt }) => decidedAt - createdAt).toSorted((a, b) => a - b)
  const approved = ended.filter((decision) => isApproved(decision) === true).length
  return {
    approved,
    denied: decided.length - approved,
    timedOut: ended.length - decided.length,
    medianMs: times[Math.floor(times.length / 2)] ?? null,
  }
}
