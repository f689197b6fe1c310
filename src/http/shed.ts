import type { Logger } from 'pino'
import { Counter, type Registry } from 'prom-client'
import type { Clock } from '../app/ports.ts'
import { SECOND } from '../domain/time.ts'

/** Why a request was turned away: its key sends too much, or all of them together do. */
export type ShedReason = 'rate_limit' | 'overload'

/** Takes note of a request that was turned away. */
export type Shed = (reason: ShedReason) => void

/** Counts them all, and logs a line a second at most: the log must not become the load. */
export function createShed(registry: Registry, log: Logger, clock: Clock): Shed {
  const total = new Counter({
    name: 'countersign_requests_shed_total',
    help: 'Requests refused unread: rate_limit (429, one key sends too much) or overload (503, all of them together do).',
    labelNames: ['reason'] as const,
    registers: [registry],
  })
  const counters = { rate_limit: total.labels('rate_limit'), overload: total.labels('overload') }
  for (const counter of Object.values(counters)) counter.inc(0)
  let unsaid = { rate_limit: 0, overload: 0 }
  let saidAt = Number.NEGATIVE_INFINITY

  return (reason) => {
    counters[reason].inc()
    unsaid[reason] += 1
    const now = clock()
    if (Math.abs(now - saidAt) < SECOND) return
    log.warn({ ...unsaid }, 'Requests are refused: more come in than may, or than can be recorded')
    unsaid = { rate_limit: 0, overload: 0 }
    saidAt = now
  }
}
