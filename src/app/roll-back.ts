import { transition } from '../domain/transition.ts'
import { ENGINE } from '../domain/workflow-transition.ts'
import type { RollbackOrder, RollbackReport } from './app.ts'
import type { Commit } from './commit.ts'
import type { Clock, Policies, Store } from './ports.ts'
import { termsOf } from './terms.ts'

type RollbackPorts = {
  readonly store: Pick<Store, 'decision'>
  readonly commit: Commit
  readonly policies: Policies
  readonly clock: Clock
}

/**
 * What the system that the decision's own manifest names is to undo; null: it names none, nobody has asked, or what came of
 * it is reported already.
 */
export async function rollbackOrder(ports: RollbackPorts, id: string): Promise<RollbackOrder | null> {
  const decision = await ports.store.decision(id)
  if (decision?.rollback?.state !== 'requested') return null
  const { policy } = await termsOf(ports.policies, decision)
  const url = policy?.rollback?.url ?? null
  if (url === null) return null
  const { proposal, parameters, rollback } = decision
  const body = { decision_id: id, action: proposal.action, parameters, reason: rollback.reason }
  return { url, key: `${id}/rollback`, body }
}

/** Records what came of a rollback that Countersign has asked another system for; a report of the agent that was first stays. */
export async function recordRollback(ports: RollbackPorts, id: string, report: RollbackReport): Promise<void> {
  const decision = await ports.store.decision(id)
  if (decision === null) return
  const terms = await termsOf(ports.policies, decision)
  await ports.commit.update(id, null, ports.clock(), (current) =>
    transition(current, { type: 'report_rollback', by: ENGINE, ...report }, terms, ports.clock()),
  )
}
