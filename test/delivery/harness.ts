import { onTestFinished } from 'vitest'
import type { Post } from '../../src/app/ports.ts'
import { createWorker, type Delivery, type Worker } from '../../src/delivery/worker.ts'
import type { Checklist } from '../../src/domain/checklist.ts'
import { born, type Decision, evolve } from '../../src/domain/decision.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import type { Freeze } from '../../src/domain/freeze.ts'
import { workflowKey } from '../../src/domain/workflow-ref.ts'
import { sqliteMigrations } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/sqlite/connection.ts'
import { sqliteStore } from '../../src/store/sqlite.ts'
import { createFakeSlack } from './fake-slack.ts'

export const START = Date.UTC(2026, 0, 5, 10)

export type WorldOptions = { readonly seed?: number; readonly random?: () => number }

/** Delivery with the real store, a clock turned by hand, a Slack of our own, and decisions that tests change. */
export function createWorld({ seed = 1, random = seeded(seed) }: WorldOptions = {}) {
  let now = START
  const clock = () => now
  const slack = createFakeSlack(clock)
  const outbox = createOutbox()
  let timer: { readonly run: () => void; readonly at: number } | null = null
  const views = new Map<string, DecisionView & { readonly channel: string }>()
  const logged: { level: string; message: string }[] = []
  const channelIds = new Map<string, string>([['#ops', 'C-ops']])
  const shared: string[][] = []
  const checklists = new Map<string, Checklist>()
  const note = (level: string) => (_details: unknown, message?: string) =>
    void logged.push({ level, message: message ?? String(_details) })

  const delivery: Delivery = {
    store: { ...outbox.store, onSameCard: async (id) => shared.find((ids) => ids.includes(id)) ?? [id] },
    slack: slack.slack,
    load: async (id) => views.get(id) ?? null,
    loadChecklist: async (ref) => checklists.get(workflowKey(ref)) ?? null,
    pictures: { of: async () => [], refused: () => false },
    render: {
      audit: ({ decision }) => ({ text: `${decision.id}, was it right?`, blocks: [] }),
      card: ({ decision, frozen }) => ({
        text: `${decision.id} v${decision.version} ${decision.status}${frozen.length > 0 ? ', frozen' : ''}`,
        blocks: [],
      }),
      sharedCard: (shared) => ({
        text: shared
          .map(
            ({ decision, frozen }) =>
              `${decision.id} v${decision.version} ${decision.status}${frozen.length > 0 ? ', frozen' : ''}`,
          )
          .join('\n'),
        blocks: [],
      }),
      threadLines: ({ history }, from, to, row) => ({
        text: history
          .slice(from - 1, to)
          .map((event, at) => `${row === null ? '' : `row ${row}: `}${from + at} ${event.type}`)
          .join('\n'),
        blocks: [],
      }),
      copy: ({ decision, frozen }, { over }) => ({
        text:
          over === null
            ? `v${decision.version} ${decision.status}${frozen.length > 0 ? ', frozen' : ''}`
            : `moved, ${decision.status}`,
        blocks: [],
      }),
      nudge: ({ decision }, { over }, link) => ({
        text: over === null ? `nudge, ${decision.status} ${link ?? ''}`.trim() : 'nudge, moved',
        blocks: [],
      }),
      voided: ({ decision }, { changedBy }, link) => ({
        text: `voided by ${changedBy ?? 'the agent'}, ${decision.status} ${link ?? ''}`.trim(),
        blocks: [],
      }),
      checklist: ({ ref, version }) => ({ text: `${ref.id} v${version}`, blocks: [] }),
      unknown: (_view, { settled }) => ({ text: settled === null ? 'did it run?' : settled.verdict, blocks: [] }),
      alerts: ({ lines, others }) => {
        const counted = lines.map(({ action, agent, count }) => `${action} by ${agent}: ${count}`)
        return { text: [...counted, `${others.length} more`].join('\n'), blocks: [] }
      },
      notice: (notice) => ({
        text: notice.about === 'dead_letter' ? `${notice.intent}: ${notice.error}` : notice.about,
        blocks: [],
      }),
    },
    channels: {
      ofDecision: (view) => views.get(view.decision.id)?.channel ?? '',
      operations: () => '#ops',
      resolve: async (named) => channelIds.get(named) ?? named.replace('#', 'C-'),
    },
    clock,
    random,
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    metrics: { called: () => undefined, deadLetter: () => undefined },
    setTimer: (run, ms) => {
      const mine = { run, at: now + ms }
      timer = mine
      return () => {
        if (timer === mine) timer = null
      }
    },
  }

  const world = {
    slack,
    outbox,
    views,
    /** By `workflowKey`. */
    checklists,
    logged,
    channelIds,
    /** Which decisions share a card; the others have one of their own. */
    shared,
    delivery,
    clock,
    worker: createWorker(delivery),
    /** As a new process: what the old one had in memory is gone. */
    restart: () => {
      world.worker = createWorker(delivery)
    },
    advance: (ms: number) => {
      now += ms
    },
    /** @param workflow the id of the agent's workflow that it is a step of */
    submit: async (id: string, channel = '#approvals', workflow: string | null = null) => {
      const event = submission(id, now, workflow)
      views.set(id, { decision: born(event), policy: null, openToChannel: true, frozen: [], history: [event], channel })
      await outbox.store.addIntents([{ kind: 'card.sync', decision: id }], now)
    },
    /** What covers the decision from now on. */
    freeze: async (id: string, frozen: readonly Freeze[]) => {
      const view = views.get(id)
      if (view === undefined) throw new Error(`no decision ${id}`)
      views.set(id, { ...view, frozen })
      const intents = (['card.sync', 'copies.sync'] as const).map((kind) => ({ kind, decision: id }))
      await outbox.store.addIntents(intents, now)
    },
    /** One more event, committed together with its intents. */
    report: async (id: string, event: DecisionEvent = executed(now)) => {
      const view = views.get(id)
      if (view === undefined) throw new Error(`no decision ${id}`)
      views.set(id, { ...view, decision: evolve(view.decision, event), history: [...view.history, event] })
      await outbox.store.addIntents(
        [
          { kind: 'card.sync', decision: id },
          { kind: 'copies.sync', decision: id },
        ],
        now,
      )
    },
    decision: (id: string): Decision | undefined => views.get(id)?.decision,
    /** Drains, jumps to the next moment that matters, and again, until `ms` are over or nothing waits. */
    run: (ms: number) => runUntil(() => world.worker, now + ms),
    /** `ms` in the life of a started worker, which has nothing but its own timer and those who wake it. */
    live: async (ms: number) => {
      const end = now + ms
      for (await quiet(); timer !== null && timer.at <= end; await quiet()) {
        const { run, at } = timer
        timer = null
        now = Math.max(now, at)
        run()
      }
      now = end
    },
  }

  async function runUntil(worker: () => Worker, end: number): Promise<void> {
    for (let rounds = 0; rounds < 200_000; rounds += 1) {
      await worker().drain()
      const next = worker().nextAt()
      if (next === null || next > end) {
        now = Math.max(now, end)
        return
      }
      now = Math.max(now + 1, next)
    }
    throw new Error('the worker spins')
  }
  return world
}

/** Lets all that waits for promises alone go on to its end; turns of the event loop, not time. */
export async function quiet(turns = 50): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** The real store in memory; it outlives the workers of a test, as a disk does. */
function createOutbox() {
  const db = openDatabase(':memory:', sqliteMigrations())
  const store = sqliteStore(db, (count) => new Uint8Array(count))
  onTestFinished(() => store.close())
  const keys = db.prepare<[], { readonly key: string; readonly state: string }>(
    `SELECT key, state FROM outbox WHERE state <> 'done' ORDER BY seq`,
  )
  return {
    store,
    postOf: async (subject: string, slot: string): Promise<Post | null> =>
      (await store.posts(subject)).find((post) => post.slot === slot) ?? null,
    /** What is not done: it waits, or was given up. */
    left: () => keys.all().map(({ key }) => key),
    dead: () => keys.all().flatMap(({ key, state }) => (state === 'dead' ? [key] : [])),
  }
}

export function executed(at: number): DecisionEvent {
  return {
    at,
    actor: { kind: 'agent', agent: 'billing-bot', key: 'key_1' },
    type: 'execution.reported',
    payload: { state: 'started' },
    sealed: { result: null, error: null },
  }
}

export function denied(at: number): DecisionEvent {
  return {
    at,
    actor: { kind: 'person', team: 'T1', user: 'U1' },
    type: 'decision.denied',
    payload: {},
    sealed: { reason: 'no' },
  }
}

type Made = Extract<DecisionEvent, { type: 'assignment.made' }>['payload']

/** Somebody is asked, until an hour from then unless `more` says otherwise. */
export function assigned(
  at: number,
  user: string,
  before: string | null = null,
  more: Partial<Made> = {},
): DecisionEvent {
  const because = before === null ? 'submitted' : 'deadline_missed'
  const payload = {
    user,
    role: 'support',
    level: 0,
    deadline: at + 3_600_000,
    nudgesAt: [],
    because,
    before,
    ...more,
  } as const
  return { at, actor: { kind: 'clock' }, type: 'assignment.made', payload, sealed: null }
}

export function nudged(at: number, user: string): DecisionEvent {
  const payload = { user, deadline: at + 3_600_000 }
  return { at, actor: { kind: 'clock' }, type: 'assignment.nudged', payload, sealed: null }
}

/** A small deterministic generator (mulberry32): failures of a seed can be looked at again. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function submission(
  id: string,
  at: number,
  workflow: string | null,
): DecisionEvent & { readonly type: 'decision.submitted' } {
  return {
    at,
    actor: { kind: 'agent', agent: 'billing-bot', key: 'key_1' },
    type: 'decision.submitted',
    payload: {
      decision: id,
      action: 'refund',
      route: 'human_review',
      oversight: 'in_the_loop',
      urgency: 'normal',
      assignment: { role: 'support', level: 0, deadline: at + 3_600_000, expiresAt: at + 7_200_000 },
      nonce: 'nonce',
      parametersDigest: 'sha256:00',
      manifestDigest: 'sha256:00',
    },
    sealed: {
      proposal: {
        action: 'refund',
        parameters: {},
        confidence: 0.5,
        confidence_basis: 'model',
        uncertainty_factors: [],
        recommended_review: true,
        urgency: 'normal',
        ...(workflow !== null && { workflow: { id: workflow, step_index: 0, completed_steps: [], context: {} } }),
      },
      reasons: [],
    },
  }
}
