import type { Waiting } from '../domain/decision.ts'
import type { OverdueRequest } from '../domain/intent.ts'
import { DAY, HOUR, toDay } from '../domain/time.ts'
import type { Clock, Store } from './ports.ts'

type TellPorts = {
  readonly store: Pick<Store, 'addIntents' | 'countDueBy' | 'queue'>
  readonly clock: Clock
  /** The outbox has something for the delivery worker. */
  readonly wake: () => void
}

/** Into the UTC day. */
const TOLD_FROM = 9 * HOUR
const MOST = 15

/**
 * Tells the operations channel of the open requests whose deadline has passed, where there are any: at the first look of
 * each day after 09:00 UTC, and once a day however often the service starts.
 */
export function createOverdueDigest({ store, clock, wake }: TellPorts): () => Promise<void> {
  let lookedOn: string | null = null
  return async () => {
    const now = clock()
    const today = toDay(now)
    if (today === lookedOn || now % DAY < TOLD_FROM) return
    const overdue = await store.queue({ assignee: null, dueBy: now, after: null, limit: MOST })
    const requests = overdue.flatMap(requestOf)
    if (requests.length > 0) {
      const total = await store.countDueBy(now)
      const notice = { about: 'overdue', at: now, total, requests } as const
      await store.addIntents([{ kind: 'notice.post', key: `overdue ${today}`, notice }], now)
      wake()
    }
    lookedOn = today
  }
}

function requestOf(decision: Waiting): readonly OverdueRequest[] {
  // A question that has waited too long is the agent's matter, and ended by the sweep.
  if (decision.status !== 'pending') return []
  const { id, agent, proposal, assignment, clocks } = decision
  const [reviewer = null] = assignment.reviewers
  return [{ decision: id, action: proposal.action, agent, role: assignment.role, reviewer, ...clocks }]
}
