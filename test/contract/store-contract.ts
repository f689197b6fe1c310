import { describe } from 'vitest'
import { deliveryContract } from './delivery-contract.ts'
import { historyContract } from './history-contract.ts'
import type { OpenStore } from './open-store.ts'
import { reconnectContract } from './reconnect-contract.ts'
import { submissionContract } from './submission-contract.ts'
import { updateContract } from './update-contract.ts'

/**
 * What every store has to do, asked through the port alone, so that each database runs the same suite.
 *
 * Mutants that it has caught, each a build broken on purpose:
MUTANTS
 */
export function storeContract(name: string, open: () => Promise<OpenStore>): void {
  describe(name, () => {
    submissionContract(open)
    updateContract(open)
    historyContract(open)
    deliveryContract(open)
    reconnectContract(open)
  })
}
