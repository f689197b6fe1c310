import type { Logger } from 'pino'
import type { Clock, OutboxRow, Store } from '../app/ports.ts'
import type { Checklist } from '../domain/checklist.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import { type Instant, MINUTE, SECOND, toDay } from '../domain/time.ts'
import { type WorkflowRef, workflowKey, workflowOf } from '../domain/workflow-ref.ts'
import { createAsk, type DeliveryMetrics } from './ask.ts'
import { type Chance, fateOf } from './backoff.ts'
import { lastAsked } from './copies.ts'
import { codeOf, type Failure, remedy } from './failure.ts'
import { createLanes, type Lane } from './lanes.ts'
import { createOutage } from './outage.ts'
import { createPace } from './pace.ts'
import type { Pictures } from './pictures.ts'
import { createPutMessage, NOWHERE } from './post.ts'
import type { SlackPort } from './slack.ts'
import type { Step } from './step.ts'
import { type Channels, createSync, type Render } from './sync.ts'

/** @returns a function that cancels it */
export type SetTimer = (run: () => void, ms: number) => () => void

export type Delivery = {
  readonly store: Pick<
    Store,
    | 'dueIntents'
    | 'nextIntentAt'
    | 'intentDone'
    | 'intentFailed'
    | 'addIntents'
    | 'posts'
    | 'savePost'
    | 'onSameCard'
    | 'alerts'
  >
  readonly slack: SlackPort
  readonly load: (id: string) => Promise<DecisionView | null>
  readonly loadChecklist: (ref: WorkflowRef) => Promise<Checklist | null>
  readonly render: Render
  readonly pictures: Pictures
  readonly channels: Channels
  readonly clock: Clock
  readonly random: Chance
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>
  readonly metrics: DeliveryMetrics
  readonly setTimer: SetTimer
}

export type Worker = {
  /** The outbox has something new. */
  readonly wake: () => void
  /** Does everything that may be done at this instant; resolves when only time brings more. Rejects never. */
  readonly drain: () => Promise<void>
  /** When there will be something to do again; null: only a wake brings more. */
  readonly nextAt: () => Instant | null
  readonly start: () => void
  /** Begins nothing more and finishes what is under way. */
  readonly stop: () => Promise<void>
}

/** Channels served at the same time. More lets more hanging calls (10 s each) hold up the rest. */
const CONCURRENCY = 8
const SAFETY_POLL = 30 * SECOND
/**
 * Reading the outbox for each of a thousand commits a second would be its heaviest user. What is at hand is read again
 * each time, in 4 µs or so a row: the more, the less often, so that the backlog of one channel takes a tenth of the time
 * at most.
 */
const READ_EVERY = 100
const ROWS_PER_MS = 20
/** How many intents are read beyond the ones at hand, so that a paused channel's backlog hides nobody else's. */
const READ_AHEAD = 500
/** At ~200 bytes each. Beyond it, new intents wait in the store until others are done. */
const MOST_AT_HAND = 20_000

/** Makes Slack show what the store says it should. All that must survive a restart is in the store. */
export function createWorker(delivery: Delivery): Worker {
  const { store, load, channels, clock, random, log, metrics, setTimer } = delivery
  const pace = createPace(clock)
  const outage = createOutage(random)
  const ask = createAsk(pace, outage, clock, metrics, (down) => {
    if (down) log.warn('Slack does not answer; everything waits and is sent when it does')
    else log.info('Slack answers again')
  })
  const step = createSync({ ...delivery, ask, put: createPutMessage(delivery.slack, store, ask, clock) })
  const lanes = createLanes()

  let mode: 'idle' | 'started' | 'stopped' = 'idle'
  let draining: (() => void)[] = []
  let stale = false
  let reading = false
  let readAt: Instant = Number.NEGATIVE_INFINITY
  let storeNextAt: Instant | null = null
  /** When the intents that failed in this process are tried again. */
  const asleep = new Map<string, Instant>()
  let cancelTimer: () => void = () => undefined

  function readEvery(): number {
    return READ_EVERY + Math.floor(lanes.size() / ROWS_PER_MS)
  }

  function proceed(): void {
    const now = clock()
    const active = mode === 'started' || (mode === 'idle' && draining.length > 0)
    if (active && stale && !reading && (draining.length > 0 || Math.abs(now - readAt) >= readEvery())) {
      reading = true
      stale = false
      void read().finally(() => {
        reading = false
        proceed()
      })
    }
    if (active) startLanes(now)
    arm()
    if (lanes.busy() > 0 || reading || (active && stale && draining.length > 0)) return
    const waiters = draining
    draining = []
    for (const resolve of waiters) resolve()
  }

  function startLanes(now: Instant): void {
    while (outage.freeAt() <= now && lanes.busy() < mostBusy()) {
      const next = lanes.take(now)
      if (next === null) return
      void deliver(next.lane, next.row, next.deferred).finally(() => {
        lanes.release(next.lane)
        proceed()
      })
    }
  }

  function isStopped(): boolean {
    return mode === 'stopped'
  }

  /** While Slack is down a single probe at a time asks whether it is back. */
  function mostBusy(): number {
    return outage.isDown() ? 1 : CONCURRENCY
  }

  async function read(): Promise<void> {
    const now = clock()
    readAt = now
    if (lanes.size() >= MOST_AT_HAND) return
    try {
      const limit = lanes.size() + READ_AHEAD
      const rows = await store.dueIntents('slack', now, limit)
      // A decision's card and its direct messages come together.
      const views = new Map<string, Promise<DecisionView | null>>()
      for (const row of rows) {
        asleep.delete(row.key)
        if (!lanes.refresh(row)) lanes.add(await laneOf(row, views), row)
      }
      if (rows.length >= limit) stale = true
      // What was due when we read is at hand by now.
      storeNextAt = await store.nextIntentAt('slack', now)
    } catch (error) {
      log.error({ err: error }, 'The outbox could not be read; trying again')
      storeNextAt = clock() + SECOND
    }
  }

  /** By the channel's name, since asking Slack for its id could hold up every channel. */
  async function laneOf({ intent }: OutboxRow, views: Map<string, Promise<DecisionView | null>>): Promise<string> {
    try {
      if (intent.kind === 'workflow.sync')
        return (await threadChannel({ id: intent.workflow, agent: intent.agent })) ?? ''
      if (!('decision' in intent) || intent.kind === 'unknown.sync') return channels.operations()
      const loading = views.get(intent.decision) ?? load(intent.decision)
      views.set(intent.decision, loading)
      const view = await loading
      if (view === null) return ''
      // Each person's messages have a lane of their own, so that a slow one holds up no channel.
      if (intent.kind === 'copies.sync') return `dm ${lastAsked(view) ?? ''}`
      const ref = workflowOf(view.decision)
      return (ref === null ? null : await threadChannel(ref)) ?? channels.ofDecision(view)
    } catch {
      return '' // The step fails the same way, and there it counts.
    }
  }

  /** Where a workflow's thread stands; null: it has none yet. */
  async function threadChannel(ref: WorkflowRef): Promise<string | null> {
    const [head] = await store.posts(workflowKey(ref))
    return head === undefined || head.channel === NOWHERE ? null : head.channel
  }

  /** Cards first: people decide by them, while the lines of one long thread could keep a channel busy for minutes. */
  async function deliver(lane: Lane, row: OutboxRow, lines: boolean): Promise<void> {
    try {
      let result = await tryStep(row, lines)
      while (result.kind === 'more' && !isStopped()) result = await tryStep(row, lines)
      await settle(lane, row, result)
    } catch (error) {
      log.error({ err: error, intent: row.key }, 'The outbox could not be written; trying again')
      lanes.hold(row.key, clock() + MINUTE)
    }
  }

  async function tryStep(row: OutboxRow, lines: boolean): Promise<Step> {
    try {
      return await step(row, lines)
    } catch (error) {
      log.error({ err: error, intent: row.key }, 'An intent could not be delivered')
      const failure: Failure = { kind: 'refused', error: 'internal' }
      return { kind: 'stuck', trouble: { kind: 'failed', failure }, open: false }
    }
  }

  async function settle(lane: Lane, row: OutboxRow, result: Step): Promise<void> {
    if (result.kind === 'more') return lanes.hold(row.key, clock())
    if (result.kind === 'lines_left') return lanes.defer(row, clock())
    if (result.kind === 'done') {
      await store.intentDone(row, clock())
      return drop(row)
    }
    const { trouble, open } = result
    if (trouble.kind === 'wait') return wait(lane, row, trouble.until)
    const { failure } = trouble
    const unanswered = failure.kind === 'ambiguous' || failure.kind === 'not_sent'
    // Not this intent's fault. A little later than the others, so that the next probe is somebody else.
    if (unanswered && outage.isDown()) return lanes.hold(row.key, outage.freeAt() + SECOND)
    await fail(lane, row, failure, open)
    drop(row)
  }

  /** A channel that may not be written to yet stops its lane; anything else only this intent. */
  function wait(lane: Lane, row: OutboxRow, until: Instant): void {
    if (until <= clock() + SECOND) return lanes.pause(lane, until)
    // Spread, since all who wait for the same method would come back at one instant to find it taken by the first.
    const spread = Math.min(30 * SECOND, (lanes.size() - 1) * 10)
    lanes.hold(row.key, until + Math.floor(random() * spread))
  }

  async function fail(lane: Lane, row: OutboxRow, failure: Failure, open: boolean): Promise<void> {
    const now = clock()
    const error = codeOf(failure)
    const fate = fateOf(failure, row.attempts, open, now, random)
    const todo = remedy(failure, lane.name)
    const details = { intent: row.key, channel: lane.name, error, attempt: row.attempts + 1 }
    if (todo !== null) log.warn(details, todo)
    else log.warn(details, 'A message could not be delivered; trying again')
    // Of what the operations channel can't be told, it can't be told.
    if (fate.tell && 'decision' in row.intent && row.intent.kind !== 'unknown.sync') {
      const key = `dead_letter ${row.key} ${toDay(now)}`
      // Before the row is given up: a crash in between tells it again, under the same key.
      await store.addIntents(
        [{ kind: 'notice.post', key, notice: { about: 'dead_letter', intent: row.key, error } }],
        now,
      )
      stale = true
    }
    await store.intentFailed(row, fate.retryAt, error)
    if (fate.retryAt !== null) asleep.set(row.key, fate.retryAt)
    else {
      metrics.deadLetter(row.intent.kind)
      log.error(details, 'Given up: it is tried again when the decision changes')
    }
  }

  function drop(row: OutboxRow): void {
    // Asked for again while it was under way: it is due in the store, where nobody would look for it.
    if (lanes.remove(row)) stale = true
  }

  function nextAt(): Instant | null {
    if (stale) return Math.max(clock(), readAt + readEvery())
    // A lane that is under way, or waits for one that is, goes on when that one ends.
    const mine = lanes.busy() >= mostBusy() ? null : lanes.nextAt()
    const lanesAt = mine === null ? null : Math.max(mine, outage.freeAt())
    return earliest([lanesAt, storeAt()])
  }

  function storeAt(): Instant | null {
    return earliest([storeNextAt, ...asleep.values()])
  }

  function arm(): void {
    cancelTimer()
    if (mode !== 'started') return
    const now = clock()
    const at = Math.min(nextAt() ?? Number.POSITIVE_INFINITY, now + SAFETY_POLL)
    cancelTimer = setTimer(onTimer, Math.max(1, at - now))
  }

  function onTimer(): void {
    const now = clock()
    const due = storeAt()
    if ((due !== null && due <= now) || now - readAt >= SAFETY_POLL) stale = true
    proceed()
  }

  return {
    wake: () => {
      stale = true
      if (mode !== 'started') return
      proceed()
    },
    drain: () =>
      new Promise((resolve) => {
        stale = true
        draining.push(resolve)
        proceed()
      }),
    nextAt,
    start: () => {
      mode = 'started'
      stale = true
      proceed()
    },
    stop: () => {
      mode = 'stopped'
      cancelTimer()
      return new Promise((resolve) => {
        stale = false
        lanes.close()
        draining.push(resolve)
        proceed()
      })
    },
  }
}

function earliest(times: readonly (Instant | null)[]): Instant | null {
  let first: Instant | null = null
  for (const at of times) if (at !== null && (first === null || at < first)) first = at
  return first
}
