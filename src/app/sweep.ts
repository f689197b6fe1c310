import { transition } from '../domain/transition.ts'
import { type AssignPorts, assign } from './assign.ts'
import type { Store } from './ports.ts'
import { termsOf } from './terms.ts'

type SweepPorts = AssignPorts & { readonly store: Pick<Store, 'due'> }

const BATCH = 200
/** Of how many that fail the log gets the reasons. A thousand of them, every minute, would fill a disk. */
const TOLD = 5

/**
 * Ends what time has ended: questions without an answer, decisions without a decision, rollbacks nobody asked for. Reminds who is asked, and asks the
 * next one where a deadline has passed. Idempotent, so it may run late, twice, or in several processes.
 * @returns how many decisions it changed
 * @throws what kept decisions from their turn, once all others have had theirs
 */
export async function sweep(ports: SweepPorts): Promise<number> {
  let changed = 0
  const failures = new Map<string, unknown>()
  const done = new Set<string>()
  for (;;) {
    // One that fails stays due, and must not keep those behind it from their turn.
    const due = await ports.store.due(ports.clock(), BATCH + done.size)
    const ids = due.filter((id) => !done.has(id))
    if (ids.length === 0) break
    const results = await Promise.allSettled(ids.map((id) => advance(ports, id)))
    for (const [index, result] of results.entries()) {
      const id = ids[index] ?? ''
      if (result.status === 'rejected') failures.set(id, result.reason)
      if (result.status === 'fulfilled' && result.value) changed += 1
      else done.add(id)
    }
  }
  if (failures.size > 0) throw new AggregateError([...failures.values()].slice(0, TOLD), failed([...failures.keys()]))
  return changed
}

function failed(ids: readonly string[]): string {
  const named = ids.slice(0, TOLD).join(', ')
  const more = ids.length > TOLD ? ` and ${ids.length - TOLD} more` : ''
  return `${ids.length} decisions that are due could not be taken further: ${named}${more}`
}

/** What time has ended first: a decision that is over is nobody's to take on. */
async function advance(ports: SweepPorts, id: string): Promise<boolean> {
  const decision = await ports.store.decision(id)
  if (decision === null) return false
  const terms = await termsOf(ports.policies, decision)
  const result = await ports.commit.update(id, null, ports.clock(), (current) =>
    transition(current, { type: 'expire' }, terms, ports.clock()),
  )
  return result.kind === 'accepted' || (result.kind === 'rejected' && assign(ports, result.decision))
}
