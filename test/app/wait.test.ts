/**
 * Long-polls. Broken builds that these sentences were seen to catch:
 * - a change between listening and reading missed -> "does not sleep through". The older decision given -> the wakes.
 * - a question taken for no news; `after` ignored, or met by the same version -> the sentence that says so.
 * - a timer or a listener left behind, another agent’s decision given -> the sentence that says so.
 * - a client that has gone, before or meanwhile, not noticed -> "ends at once when the client has gone".
 */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Caller } from '../../src/app/app.ts'
import { createChanges } from '../../src/app/changes.ts'
import { wait } from '../../src/app/queries.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { ANA, approved, asked, viewOf } from '../blocks/views.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const manifest = manifestOf('actions:\n  process_refund: { severity: low, reversible: true }')
const pending = viewOf().decision
const settled = viewOf({ after: [approved(ANA, 1, null)] }).decision
const clarifying = viewOf({ after: [asked('Which one?')] }).decision
const caller: Caller = { agent: pending.agent, apiKey: 'key_1', anyAgent: false }

function setUp(read: () => Promise<Decision | null> = async () => pending) {
  const changes = createChanges()
  const listening = new Set<symbol>()
  const ports = {
    store: { decision: read, history: async () => [], freezes: async () => [] },
    policies: { current: () => manifest, byDigest: async () => manifest },
    changes: {
      announce: changes.announce,
      listen: (...args: Parameters<typeof changes.listen>) => {
        const one = Symbol('listener')
        listening.add(one)
        const stop = changes.listen(...args)
        return () => {
          listening.delete(one)
          stop()
        }
      },
    },
  }
  const gone = new AbortController()
  const until = (after: number | null = null) => wait(ports, caller, pending.id, 30_000, after, gone.signal)
  return { changes, listening, gone, until }
}

it.each([
  ['that has ended', settled],
  ['with an open question', clarifying],
])('gives a decision %s at once', async (_, decision) => {
  expect(await setUp(async () => decision).until()).toBe(decision)
  expect(vi.getTimerCount()).toBe(0)
})

it.each([
  ['ends', settled],
  ['is asked about', clarifying],
])('wakes when the decision %s', async (_, decision) => {
  const { changes, until } = setUp()
  const waiting = until()
  await vi.advanceTimersByTimeAsync(1_000)
  changes.announce(decision)
  expect(await waiting).toBe(decision)
  expect(vi.getTimerCount()).toBe(0)
})

it('does not sleep through a change that comes while it reads', async () => {
  const { changes, until } = setUp(async () => {
    changes.announce(settled)
    return pending
  })
  expect(await until()).toBe(settled)
})

it('gives the decision as it is when the time is over, and listens no longer', async () => {
  const { until, listening } = setUp()
  const waiting = until()
  await vi.advanceTimersByTimeAsync(29_999)
  expect(listening.size).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await waiting).toBe(pending)
  expect(listening.size).toBe(0)
})

it('ends at once when the client has gone, before or while it waits', async () => {
  const { until, gone, listening } = setUp()
  const waiting = until()
  await vi.advanceTimersByTimeAsync(1_000)
  gone.abort()
  expect(await waiting).toBe(pending)
  expect(await until()).toBe(pending)
  expect([vi.getTimerCount(), listening.size]).toEqual([0, 0])
})

it('waits for a version above the one given, whatever it is', async () => {
  const { changes, until } = setUp()
  const waiting = until(pending.version)
  await vi.advanceTimersByTimeAsync(1_000)
  changes.announce(clarifying)
  expect(await waiting).toBe(clarifying)
  expect(await setUp().until(pending.version - 1)).toBe(pending)
})

it('knows nothing of another agent and holds nobody up for it', async () => {
  const { until } = setUp(async () => ({ ...pending, agent: 'somebody-else' }))
  expect(await until()).toBeNull()
  expect(vi.getTimerCount()).toBe(0)
})
