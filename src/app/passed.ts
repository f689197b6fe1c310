import { DAY, type Instant, MINUTE } from '../domain/time.ts'
import type { Clock, Store } from './ports.ts'

type Ports = {
  readonly store: Pick<Store, 'passed'>
  readonly clock: Clock
  readonly background: (work: () => Promise<unknown>) => void
}

/** How old a count may get: a day's total changes little in this time. */
const KEPT = 10 * MINUTE

/**
 * About how many of an action passed in the last day. Nobody waits for it to be counted: what is asked for the first time
 * is 0 until it was, and otherwise the count before.
 */
export function createPassed({ store, clock, background }: Ports): (action: string) => number {
  const counts = new Map<string, { readonly at: Instant; readonly passed: number }>()
  return (action) => {
    const now = clock()
    const known = counts.get(action)
    if (known === undefined || Math.abs(now - known.at) >= KEPT) {
      counts.set(action, { at: now, passed: known?.passed ?? 0 })
      background(async () => counts.set(action, { at: now, passed: await store.passed(action, now - DAY, now) }))
    }
    return known?.passed ?? 0
  }
}
