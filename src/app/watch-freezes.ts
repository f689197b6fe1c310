import type { Store } from './ports.ts'

type WatchPorts = {
  readonly store: Pick<Store, 'serviceRow'>
  /** The outbox has something for whoever delivers. */
  readonly wake: () => void
}

/**
 * Notices at each call that another process has frozen or lifted something since, or queued deliveries again, all of which
 * the service's own chain records: that process cannot wake this one, and cards must
 * not wait for the next look at the outbox. It costs the reading of one row.
 */
export function createFreezeWatch({ store, wake }: WatchPorts): () => Promise<void> {
  let seen: number | null = null
  return async () => {
    const { head } = await store.serviceRow()
    if (head.length !== seen) wake()
    seen = head.length
  }
}
