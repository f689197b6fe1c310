import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Clock, Store } from '../app/ports.ts'
import type { Decision } from '../domain/decision.ts'

export type HttpMetrics = {
  /** @param seconds from the request's first line to its answer, the waiting of long-polls included */
  readonly request: (method: string, route: string, status: number, seconds: number) => void
  readonly decision: (decision: Decision) => void
  /** The exposition text, and its content type. */
  readonly render: () => Promise<{ readonly text: string; readonly type: string }>
  readonly stop: () => void
}

/** What this process counts for Prometheus, in the registry it is given. Labels never hold ids or agents' words. */
export function createHttpMetrics(registry: Registry, store: Pick<Store, 'counts'>, clock: Clock): HttpMetrics {
  const registers = [registry]
  const requests = new Counter({
    name: 'countersign_http_requests_total',
    help: 'HTTP requests by route and status.',
    labelNames: ['method', 'route', 'status'] as const,
    registers,
  })
  const durations = new Histogram({
    name: 'countersign_http_request_duration_seconds',
    help: 'Time from request to answer; long-polls wait up to 60 s on purpose.',
    labelNames: ['method', 'route'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60],
    registers,
  })
  const decisions = new Counter({
    name: 'countersign_decisions_total',
    help: 'New decisions by route and by the status they started with.',
    labelNames: ['route', 'status'] as const,
    registers,
  })
  const lag = monitorEventLoopDelay({ resolution: 20 })
  lag.enable()
  const late = gauge(
    'countersign_event_loop_lag_seconds',
    'The 99th percentile of how late the event loop was since the last scrape.',
  )
  const stored = {
    open: gauge('countersign_decisions_open', 'Decisions that people can still decide.'),
    overdue: gauge(
      'countersign_decisions_overdue',
      'Decisions for which the sweep has something to do; more than 0 for long: the sweep is late.',
    ),
    outboxWaiting: gauge('countersign_outbox_waiting', 'Intents not yet shown in Slack.'),
    outboxDead: gauge('countersign_outbox_dead', 'Intents given up.'),
    frozen: gauge('countersign_freezes', 'Freezes in force, of actions, agents, workflows or everything.'),
  }
  const storeUp = gauge(
    'countersign_store_up',
    '1: the store answered this scrape; 0: it did not, and its gauges are old.',
  )

  function gauge(name: string, help: string) {
    return new Gauge({ name, help, registers })
  }

  // Finding a child by its labels costs more than counting: each is found once. Methods, routes and statuses are few.
  const counted = remembered((method: string, route: string, status: string) => requests.labels(method, route, status))
  const timed = remembered((method: string, route: string) => durations.labels(method, route))

  return {
    request: (method, route, status, seconds) => {
      counted(method, route, String(status)).inc()
      timed(method, route).observe(seconds)
    },
    decision: ({ route, status }) => decisions.inc({ route, status }),
    render: async () => {
      late.set(lag.count === 0 ? 0 : lag.percentile(99) / 1e9)
      lag.reset()
      try {
        const { open, overdue, outboxWaiting, outboxDead, frozen } = await store.counts(clock())
        stored.open.set(open)
        stored.overdue.set(overdue)
        stored.outboxWaiting.set(outboxWaiting)
        stored.outboxDead.set(outboxDead)
        stored.frozen.set(frozen)
        storeUp.set(1)
      } catch {
        storeUp.set(0)
      }
      return { text: await registry.metrics(), type: registry.contentType }
    },
    stop: () => lag.disable(),
  }
}

function remembered<Child>(find: (...labels: string[]) => Child): (...labels: string[]) => Child {
  const known = new Map<string, Child>()
  return (...labels) => {
    const key = labels.join(' ')
    const child = known.get(key) ?? find(...labels)
    known.set(key, child)
    return child
  }
}
