import { transition } from '../domain/transition.ts'
import type { Commit } from './commit.ts'
import type { Clock, Policies, Store } from './ports.ts'
import { termsOf } from './terms.ts'

type SweepPorts = {
  readonly store: Pick<Store, 'due' | 'decision'>
  readonly commit: Commit
  readonly policies: Policies
  readonly clock: Clock
}

const BATCH = 200

/**
 * Ends what time has ended: questions without an answer, decisions without a decision. Idempotent, so it may run late,
 * twice, or in several processes. @returns how many decisions it changed
 * @throws what kept decisions from being ended, once all others are
 */
export async function sweep(ports: SweepPorts): Promise<number> {
  let changed = 0
  for (;;) {
    const ids = await ports.store.due(ports.clock(), BATCH)
    const results = await Promise.allSettled(ids.map((id) => expire(ports, id)))
    const expired = results.filter((result) => result.status === 'fulfilled' && result.value).length
    changed += expired
    // A batch that changed nothing would come again for ever.
    if (ids.length === BATCH && expired > 0) continue
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (failures.length > 0)
      throw new AggregateError(failures, `${failures.length} overdue decisions could not be ended`)
    return changed
  }
}

async function expire(ports: SweepPorts, id: string): Promise<boolean> {
  const decision = await ports.store.decision(id)
  if (decision === null) return false
  const terms = await termsOf(ports.policies, decision)
  const result = await ports.commit.update(id, null, ports.clock(), (current) =>
    transition(current, { type: 'expire' }, terms, ports.clock()),
  )
  return result.kind === 'accepted'
}
