import { describe } from 'vitest'
import { asksContract } from './asks-contract.ts'
import { deliveryContract } from './delivery-contract.ts'
import { freezesContract } from './freezes-contract.ts'
import { historyContract } from './history-contract.ts'
import { judgedContract } from './judged-contract.ts'
import { freshStore, type OpenStore } from './open-store.ts'
import { queueContract } from './queue-contract.ts'
import { reconnectContract } from './reconnect-contract.ts'
import { reviewersContract } from './reviewers-contract.ts'
import { serviceContract } from './service-contract.ts'
import { sharedCardContract } from './shared-card-contract.ts'
import { submissionContract } from './submission-contract.ts'
import { updateContract } from './update-contract.ts'
import { workflowContract } from './workflow-contract.ts'

/**
 * What every store has to do, asked through the port alone, so that each database runs the same suite.
 *
 * Mutants that it has caught, each a build broken on purpose:
 * - group commit: callers answered before the commit; members of a failed batch not redone; the failed batch committed
 *   instead of rolled back; what waits at `close` forgotten
 * - idempotency: body hash not compared; key not scoped to its API key; records that never age; a key of another
 *   decision taken for a repetition; a rejection that uses its key up
 * - usage: window start counted in; a shared key counted twice; nothing counted; what is still being committed left out
 * - state: changed parameters or reasons lost; what a change has taken away still there; chain restarted at each change; `due` by id; due time not updated;
 *   a page that shows its cursor again; intents of a change dropped
 * - refused attempts: given with the history; the chain not lengthened
 * - outbox: generation ignored by done or by failed; a done notice posted again; attempts kept; a due row sent to the
 *   end of the line
 * - the service: the manifest in force recorded a second time; its event appended although the intents fail; each event
 *   starting the chain anew; the manifest before told as the first one ever; changes left in the hashed record
 * - freezes: an approval written although something was frozen since it was made; copies left out; decisions that have
 *   ended covered; another array although nothing has changed
 * - queues: a cursor that shows its row again; a question sorted by another moment than its own end
 * - reviewers: the one before not freed when somebody else is asked
 * - what has ended since: oldest first
 * - shared cards: a sixth row; the minute counted from the row before; a clock set back forgotten; another agent's or
 *   another manifest's request on the same card
 * - asks: a submission written although exactly that was denied since it was made
 * - evidence: the time of a label for the order in which it came; unlabelled decisions left out; any action's
 */
export function storeContract(name: string, open: () => Promise<OpenStore>): void {
  describe(name, () => {
    const opened = freshStore(open)
    submissionContract(opened)
    asksContract(opened)
    sharedCardContract(opened)
    updateContract(opened)
    queueContract(opened)
    reviewersContract(opened)
    historyContract(opened)
    judgedContract(opened)
    deliveryContract(opened)
    reconnectContract(opened)
    serviceContract(opened)
    freezesContract(opened)
    workflowContract(opened)
  })
}
