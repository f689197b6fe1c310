import type { Freeze } from '../domain/freeze.ts'
import type { Store } from './ports.ts'

type WatchPorts = {
  readonly store: Pick<Store, 'freezes'>
  /** The outbox has something for whoever delivers. */
  readonly wake: () => void
}

/**
 * Notices at each call what another process has frozen or lifted since: that process cannot wake this one, and cards must
 * not wait for the next look at the outbox. It costs the reading of one row.
 */
export function createFreezeWatch({ store, wake }: WatchPorts): () => Promise<void> {
  let seen: readonly Freeze[] | null = null
  return async () => {
    const freezes = await store.freezes()
    if (freezes !== seen) wake()
    seen = freezes
  }
}
