import type { OutboxRow } from '../app/ports.ts'
import type { Instant } from '../domain/time.ts'

/** One channel's queue. One intent at a time is under way in it, so that a slow channel holds up only itself. */
export type Lane = { readonly name: string }

/** The intents at hand, by channel. */
export type Lanes = {
  readonly size: () => number
  /** How many lanes are under way. */
  readonly busy: () => number
  /** Notes a newer generation of an intent that is at hand. @returns whether it is at hand */
  readonly refresh: (row: OutboxRow) => boolean
  readonly add: (name: string, row: OutboxRow) => void
  /**
   * The next intent that may be tried, its lane marked as under way until `release`. Lanes take turns.
   * `deferred`: only deferred ones may be tried in this lane.
   */
  readonly take: (now: Instant) => { readonly lane: Lane; readonly row: OutboxRow; readonly deferred: boolean } | null
  readonly release: (lane: Lane) => void
  /** Not before `until`, and after the others of its lane. */
  readonly hold: (key: string, until: Instant) => void
  /** After all others of its lane that may be tried, those that come later included, until a newer generation is seen. */
  readonly defer: (row: OutboxRow, now: Instant) => void
  readonly pause: (lane: Lane, until: Instant) => void
  /** Forgets an intent. @returns whether a newer generation of it was seen meanwhile */
  readonly remove: (row: OutboxRow) => boolean
  /** When a lane that is not under way may go on; null: none waits. */
  readonly nextAt: () => Instant | null
  /** Forgets all that is not under way. */
  readonly close: () => void
}

type Waiting = { row: OutboxRow; until: Instant; deferred: boolean; readonly lane: Queue }
type Queue = Lane & { readonly waiting: Map<string, Waiting>; busy: boolean; until: Instant }

export function createLanes(): Lanes {
  const queues = new Map<string, Queue>()
  const atHand = new Map<string, Waiting>()
  let busy = 0

  function hold(key: string, until: Instant): void {
    const waiting = atHand.get(key)
    if (waiting === undefined) return
    waiting.until = until
    waiting.lane.waiting.delete(key)
    waiting.lane.waiting.set(key, waiting)
  }

  return {
    size: () => atHand.size,
    busy: () => busy,
    refresh: (row) => {
      const known = atHand.get(row.key)
      if (known === undefined) return false
      if (known.row.generation !== row.generation) known.deferred = false
      known.row = row
      return true
    },
    add: (name, row) => {
      const queue = queues.get(name) ?? { name, waiting: new Map(), busy: false, until: 0 }
      queues.set(name, queue)
      const waiting = { row, until: 0, deferred: false, lane: queue }
      atHand.set(row.key, waiting)
      queue.waiting.set(row.key, waiting)
    },
    take: (now) => {
      for (const [name, queue] of queues) {
        if (queue.busy || queue.until > now) continue
        const found = firstDue(queue, now)
        if (found === null) continue
        queue.busy = true
        busy += 1
        // To the end of the round, so that the first channels are not served first forever.
        queues.delete(name)
        queues.set(name, queue)
        return { lane: queue, row: found.row, deferred: found.deferred }
      }
      return null
    },
    release: (lane) => {
      const queue = queues.get(lane.name)
      if (queue === undefined) return
      queue.busy = false
      busy -= 1
      if (queue.waiting.size === 0) queues.delete(lane.name)
    },
    hold,
    defer: (row, now) => {
      const waiting = atHand.get(row.key)
      // A newer generation is a change that nobody has looked at yet.
      if (waiting !== undefined) waiting.deferred = waiting.row.generation === row.generation
      hold(row.key, now)
    },
    pause: (lane, until) => {
      const queue = queues.get(lane.name)
      if (queue !== undefined) queue.until = until
    },
    remove: (row) => {
      const waiting = atHand.get(row.key)
      if (waiting === undefined) return false
      atHand.delete(row.key)
      waiting.lane.waiting.delete(row.key)
      return waiting.row.generation !== row.generation
    },
    nextAt: () => {
      let next: Instant | null = null
      for (const queue of queues.values()) {
        if (queue.busy) continue
        for (const { until } of queue.waiting.values()) {
          const at = Math.max(until, queue.until)
          if (next === null || at < next) next = at
        }
      }
      return next
    },
    close: () => {
      for (const queue of queues.values()) queue.waiting.clear()
      atHand.clear()
    },
  }
}

function firstDue(queue: Queue, now: Instant): Waiting | null {
  let deferred: Waiting | null = null
  for (const waiting of queue.waiting.values()) {
    if (waiting.until > now) continue
    if (!waiting.deferred) return waiting
    deferred ??= waiting
  }
  return deferred
}
