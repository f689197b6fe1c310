import { describe, expect, it } from 'vitest'
import type { QueueFilter, Store } from '../../src/app/ports.ts'
import { type Decision, evolve } from '../../src/domain/decision.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { newId } from '../../src/domain/ids.ts'
import { DAY, HOUR, type Instant, MINUTE } from '../../src/domain/time.ts'
import type { Transition } from '../../src/domain/transition.ts'
import { aDecisionId, anAssignment, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { type OpenStore, submit, withdraw } from './open-store.ts'

const ALL: QueueFilter = { assignee: null, dueBy: null, after: null, limit: 100 }

export function queueContract(opened: () => OpenStore): void {
  describe('the queue', () => {
    it('holds what is open, the soonest deadline first, then in the order of the ids', async () => {
      const { store } = opened()
      const deadlines = [30, 10, 20, 10]
      for (const [n, minutes] of deadlines.entries()) await begin(store, n + 1, NOON + minutes * MINUTE)
      await submit(store, submittedEvent({ id: aDecisionId(5), route: 'auto_approve' }))
      await submit(store, submittedEvent({ id: aDecisionId(6), route: 'block' }))
      await begin(store, 7, NOON)
      await store.update(aDecisionId(7), null, NOON, (decision) => withdraw(decision))
      expect(await idsOf(store, ALL)).toEqual([2, 4, 3, 1].map(aDecisionId))
      expect(await idsOf(store, { ...ALL, dueBy: NOON + 20 * MINUTE })).toEqual([2, 4, 3].map(aDecisionId))
      expect(await idsOf(store, { ...ALL, dueBy: NOON + 20 * MINUTE - 1 })).toEqual([2, 4].map(aDecisionId))
    })

    it('of a person holds what that person is asked, and moves with it', async () => {
      const { store } = opened()
      for (const n of [1, 2, 3]) await begin(store, n, NOON + MINUTE)
      await give(store, 1, 'U1', NOON + 30 * MINUTE)
      await give(store, 2, 'U2', NOON + 10 * MINUTE)
      await give(store, 3, 'U1', NOON + 20 * MINUTE)
      expect(await idsOf(store, { ...ALL, assignee: 'U1' })).toEqual([3, 1].map(aDecisionId))
      expect(await idsOf(store, { ...ALL, assignee: 'U1', dueBy: NOON + 20 * MINUTE })).toEqual([aDecisionId(3)])
      await give(store, 3, 'U2', NOON + 40 * MINUTE)
      expect(await idsOf(store, { ...ALL, assignee: 'U1' })).toEqual([aDecisionId(1)])
      expect(await idsOf(store, { ...ALL, assignee: 'U2' })).toEqual([2, 3].map(aDecisionId))
      await store.update(aDecisionId(2), null, NOON, (decision) => withdraw(decision))
      expect(await idsOf(store, { ...ALL, assignee: 'U2' })).toEqual([aDecisionId(3)])
      expect(await idsOf(store, { ...ALL, assignee: 'U9' })).toEqual([])
    })

    it('puts a question by the moment at which the clocks go on', async () => {
      const { store } = opened()
      await begin(store, 1, NOON + MINUTE)
      await begin(store, 2, NOON + 20 * MINUTE)
      await give(store, 1, 'U1', NOON + MINUTE)
      await happen(store, 1, {
        type: 'clarification.requested',
        at: NOON,
        actor: { kind: 'person', team: 'T1', user: 'U1' },
        payload: { clarification: 'clr_1', until: NOON + HOUR },
        sealed: { question: 'Which parcel?' },
      })
      expect(await idsOf(store, ALL)).toEqual([2, 1].map(aDecisionId))
      expect(await idsOf(store, { ...ALL, assignee: 'U1' })).toEqual([aDecisionId(1)])
    })

    it.each([null, 'U1'])('comes in pages without a gap or a repeat (of %s)', async (assignee) => {
      const { store } = opened()
      // Many deadlines are the same, so that pages end in the middle of them.
      const all = Array.from({ length: 60 }, (_, n) => ({ n: n + 1, deadline: NOON + (n % 4) * MINUTE }))
      for (const { n, deadline } of all) await begin(store, n, deadline)
      for (const { n, deadline } of all) if (n % 3 > 0) await give(store, n, 'U1', deadline)
      const wanted = all
        .filter(({ n }) => assignee === null || n % 3 > 0)
        .toSorted((a, b) => a.deadline - b.deadline || a.n - b.n)
        .map(({ n }) => aDecisionId(n))
      for (const limit of [1, 7, 15, 100]) {
        const seen: string[] = []
        let after: QueueFilter['after'] = null
        while (seen.length <= wanted.length) {
          const page = await store.queue({ assignee, dueBy: null, after, limit })
          const last = page.at(-1)
          if (last === undefined || last.status !== 'pending') break
          seen.push(...page.map(({ id }) => id))
          after = { deadline: last.clocks.deadline, id: last.id }
        }
        expect(seen).toEqual(wanted)
      }
    })
  })

  describe('what has ended since', () => {
    it('is what people or the time have ended, of what was submitted since, newest first', async () => {
      const { store } = opened()
      const clock = { kind: 'clock' } as const
      const person = { kind: 'person', team: 'T1', user: 'U1' } as const
      const approved: DecisionEvent = {
        type: 'decision.approved',
        at: NOON + HOUR,
        actor: person,
        payload: { complete: true, parametersDigest: '' },
        sealed: { note: null },
      }
      const denied: DecisionEvent = {
        type: 'decision.denied',
        at: NOON + HOUR,
        actor: person,
        payload: {},
        sealed: { reason: 'no' },
      }
      const late: DecisionEvent = {
        type: 'decision.timed_out',
        at: NOON + HOUR,
        actor: clock,
        payload: {},
        sealed: null,
      }
      const ends = [approved, denied, late, denied, approved, approved]
      const ids = ends.map((_, n) => idAt(NOON + n))
      for (const [n, id] of ids.entries()) await submit(store, submittedEvent({ id, at: NOON + n }))
      for (const [n, event] of ends.entries()) await happenTo(store, ids[n] ?? '', event)
      const [before, open, withdrawn, automatic, blocked] = [-1, 10, 11, 12, 13].map((n) => idAt(NOON + n))
      for (const id of [before ?? '', open ?? '', withdrawn ?? '']) await submit(store, submittedEvent({ id }))
      await happenTo(store, before ?? '', approved)
      await store.update(withdrawn ?? '', null, NOON, (decision) => withdraw(decision))
      await submit(store, submittedEvent({ id: automatic ?? '', route: 'auto_approve' }))
      await submit(store, submittedEvent({ id: blocked ?? '', route: 'block' }))

      const endedIds = async (since: Instant, limit: number) =>
        (await store.endedSince(since, limit)).map(({ id }) => id)
      expect(await endedIds(NOON, 100)).toEqual(ids.toReversed())
      expect(await endedIds(NOON + 2, 100)).toEqual(ids.slice(2).toReversed())
      expect(await endedIds(NOON, 2)).toEqual(ids.slice(4).toReversed())
      expect(await endedIds(NOON - DAY, 100)).toEqual([...ids.toReversed(), before])
      expect(new Set((await store.endedSince(NOON, 100)).map(({ status }) => status))).toEqual(
        new Set(['approved', 'denied', 'timed_out']),
      )
    })
  })
}

function idAt(at: Instant): string {
  return newId('dec', at, new Uint8Array(10))
}

async function idsOf(store: Store, filter: QueueFilter): Promise<readonly string[]> {
  return (await store.queue(filter)).map(({ id }) => id)
}

async function begin(store: Store, n: number, deadline: Instant): Promise<void> {
  await submit(store, submittedEvent({ id: aDecisionId(n), assignment: anAssignment(NOON, { deadline }) }))
}

async function give(store: Store, n: number, user: string, deadline: Instant): Promise<void> {
  await happen(store, n, {
    type: 'assignment.made',
    at: NOON,
    actor: { kind: 'clock' },
    payload: { user, role: 'support_lead', level: 0, deadline, nudgesAt: [], because: 'by_hand', before: null },
    sealed: null,
  })
}

function happen(store: Store, n: number, event: DecisionEvent): Promise<void> {
  return happenTo(store, aDecisionId(n), event)
}

async function happenTo(store: Store, id: string, event: DecisionEvent): Promise<void> {
  const change = (decision: Decision): Transition => ({
    kind: 'accepted',
    decision: evolve(decision, event),
    events: [event],
    intents: [],
  })
  expect((await store.update(id, null, event.at, change)).kind).toBe('accepted')
}
