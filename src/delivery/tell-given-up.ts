import type { Clock, OutboxRow, Store } from '../app/ports.ts'
import { toDay } from '../domain/time.ts'

type World = {
  readonly store: Pick<Store, 'addIntents'>
  readonly clock: Clock
  /** The outbox has something for who delivers to Slack. */
  readonly wake: () => void
}

/**
 * Tells operations, once a day, that another system was not told something and will not be by itself. A receiver that is gone
 * loses thousands of messages: `countersign deliveries list` names them all. Executors and rollbacks have words of their own.
 */
export function createTellGivenUp({ store, clock, wake }: World) {
  return async ({ key, intent }: OutboxRow, error: string): Promise<void> => {
    if (intent.kind !== 'webhook.send' && intent.kind !== 'root.send') return
    const now = clock()
    const notice = { about: 'dead_letter', intent: key, error, lane: 'systems' } as const
    await store.addIntents([{ kind: 'notice.post', key: `dead_letter ${intent.kind} ${toDay(now)}`, notice }], now)
    wake()
  }
}
