import { type Due, whatIsDue } from '../domain/due.ts'
import type { Instant } from '../domain/time.ts'
import type { Store } from './ports.ts'

/** A decision that time should have changed, and what was due since when. */
export type OverdueDecision = {
  readonly decision: string
  readonly action: string
  readonly agent: string
  readonly due: Due
  readonly since: Instant
}

/**
 * What the sweep should have done for decisions until `before` and has not, what is due longest first.
 * @param limit how many of them are listed; `total` counts all
 */
export async function overdue(
  store: Pick<Store, 'due' | 'decision' | 'counts'>,
  before: Instant,
  limit: number,
): Promise<{ readonly total: number; readonly decisions: readonly OverdueDecision[] }> {
  const [ids, { overdue: total }] = await Promise.all([store.due(before, limit), store.counts(before)])
  const decisions: OverdueDecision[] = []
  for (const id of ids) {
    const decision = await store.decision(id)
    const due = decision === null ? null : whatIsDue(decision, before)
    if (decision === null || due === null) continue // The sweep came in between.
    const { agent, proposal } = decision
    decisions.push({ decision: id, action: proposal.action, agent, due: due.what, since: due.since })
  }
  return { total: Math.max(total, decisions.length), decisions }
}
