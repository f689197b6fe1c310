import { DAY, HOUR, toDay } from '../domain/time.ts'
import { type Concluded, eraseEnded, retentionOf } from './erase.ts'
import type { Clock, Policies, Store } from './ports.ts'

type RetainPorts = {
  readonly store: Pick<Store, 'erase' | 'endedBefore' | 'recordErasure' | 'scrub'>
  readonly policies: Pick<Policies, 'current'>
  readonly clock: Clock
  readonly wake: () => void
  /** Is told how much, where there was anything. */
  readonly erased: (done: Concluded) => void
}

/** Into the UTC day: when little else is to do. */
const FROM = 3 * HOUR
const CLOCK = { kind: 'clock' } as const

/**
 * Erases what ended longer ago than `retention_days` of the manifest in force say: at the first look of each day after 03:00
 * UTC, so that what a service missed that did not run is done at its next start. One that fails is begun again at the next
 * look, and goes on with what is left.
 */
export function createRetention(ports: RetainPorts): () => Promise<void> {
  const { policies, clock, erased } = ports
  let lookedOn: string | null = null
  return async () => {
    const now = clock()
    const today = toDay(now)
    if (today === lookedOn || now % DAY < FROM) return
    const before = lookedOn
    // Set at once: the next look comes before a long one has ended.
    lookedOn = today
    const retention = retentionOf(policies.current(), now)
    if (retention === null) return
    try {
      const done = await eraseEnded(ports, retention.keptSince, retention.before, CLOCK, 'retention', now)
      if (done.decisions > 0) erased(done)
    } catch (error) {
      lookedOn = before
      throw error
    }
  }
}
