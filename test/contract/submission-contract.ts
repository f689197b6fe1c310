import { describe, expect, it } from 'vitest'
import type { DecisionFilter, NewDecision, Store } from '../../src/app/ports.ts'
import { born } from '../../src/domain/decision.ts'
import type { LimitKey, LimitUsage } from '../../src/domain/limits.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { aDecisionId, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { idempotency, type OpenStore, submit, withdraw } from './open-store.ts'

const FROM_NEWEST: DecisionFilter = { agent: null, status: null, action: null, before: null, limit: 100 }

export function submissionContract(opened: () => OpenStore): void {
  describe('a submission', () => {
    it('is there when its promise resolves', async () => {
      const { store } = opened()
      const event = submittedEvent()
      expect(await submit(store, event)).toEqual({ kind: 'created', decision: born(event) })
      expect(await store.decision(aDecisionId(1))).toEqual(born(event))
      expect(await store.anyDecision()).toBe(true)
    })

    it('leaves nothing behind when the domain throws', async () => {
      const { store } = opened()
      const thrown = store.submit(idempotency('k'), [], NOON, () => {
        throw new Error('poisoned')
      })
      await expect(thrown).rejects.toThrow('poisoned')
      expect(await store.anyDecision()).toBe(false)
      expect((await submit(store, submittedEvent(), { idempotency: idempotency('k') })).kind).toBe('created')
    })

    it('fails alone when others arrive in the same moment', async () => {
      const { store } = opened()
      const results = await Promise.allSettled(
        [1, 2, 3, 4, 5].map((n) =>
          store.submit(idempotency(`k${n}`), [], NOON, () => {
            if (n === 3) throw new Error('poisoned')
            return {
              event: submittedEvent({ id: aDecisionId(n) }),
              intents: [],
              counted: [],
              sharesCard: false,
              ask: null,
            }
          }),
        ),
      )
      expect(results.map(({ status }) => status)).toEqual([
        'fulfilled',
        'fulfilled',
        'rejected',
        'fulfilled',
        'fulfilled',
      ])
      expect(await idsOf(store, FROM_NEWEST)).toEqual([5, 4, 2, 1].map(aDecisionId))
    })

    it('under an id that is taken rejects and changes nothing', async () => {
      const { store } = opened()
      await submit(store)
      const again = submit(store, submittedEvent({ agent: 'other-agent' }), { idempotency: idempotency('other') })
      await expect(again).rejects.toThrow()
      expect((await store.decision(aDecisionId(1)))?.agent).toBe('support-agent')
      expect(await store.history(aDecisionId(1))).toHaveLength(1)
    })
  })

  describe('a repeated submission', () => {
    it('is answered with the decision as it stands now', async () => {
      const { store } = opened()
      await submit(store)
      await store.update(aDecisionId(1), null, NOON, (decision) => withdraw(decision))
      const again = await submit(store, submittedEvent({ id: aDecisionId(2) }), {
        idempotency: idempotency(aDecisionId(1)),
      })
      expect(again).toMatchObject({ kind: 'replayed', decision: { id: aDecisionId(1), status: 'withdrawn' } })
      expect(await store.decision(aDecisionId(2))).toBeNull()
    })

    it('with another body is refused', async () => {
      const { store } = opened()
      await submit(store, submittedEvent(), { idempotency: idempotency('k', 'one body') })
      const other = submittedEvent({ id: aDecisionId(2) })
      expect(await submit(store, other, { idempotency: idempotency('k', 'another') })).toEqual({
        kind: 'idempotency_mismatch',
      })
      expect(await store.decision(aDecisionId(2))).toBeNull()
    })

    it('under the key of another API key is a new one', async () => {
      const { store } = opened()
      await submit(store, submittedEvent(), { idempotency: idempotency('k', 'body', 'key_1') })
      const other = submittedEvent({ id: aDecisionId(2) })
      expect((await submit(store, other, { idempotency: idempotency('k', 'body', 'key_2') })).kind).toBe('created')
    })

    it('fifty times at once makes one decision', async () => {
      const { store } = opened()
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          submit(store, submittedEvent({ id: aDecisionId(n + 1) }), { idempotency: idempotency('k') }),
        ),
      )
      expect(results.filter(({ kind }) => kind === 'created')).toHaveLength(1)
      expect(results.filter(({ kind }) => kind === 'replayed')).toHaveLength(49)
      expect(new Set(results.map((result) => 'decision' in result && result.decision.id)).size).toBe(1)
      expect(await idsOf(store, FROM_NEWEST)).toHaveLength(1)
    })

    it('is answered with its decision even where the rules would refuse it by now', async () => {
      const { store } = opened()
      const again = () => store.submit(idempotency('k'), [], NOON, () => null)
      const [first, ...others] = await Promise.all([
        submit(store, submittedEvent(), { idempotency: idempotency('k') }),
        again(),
      ])
      for (const other of [...others, await again()])
        expect([first.kind, other]).toEqual(['created', { ...first, kind: 'replayed' }])
      expect(await store.submit(idempotency('new'), [], NOON, () => null)).toEqual({ kind: 'refused' })
      expect(await store.submit(idempotency('k', 'other'), [], NOON, () => null)).toEqual({
        kind: 'idempotency_mismatch',
      })
    })

    it('is known for seven days and no longer', async () => {
      const { store } = opened()
      await submit(store, submittedEvent(), { idempotency: idempotency('k') })
      const second = submittedEvent({ id: aDecisionId(2), at: NOON + 7 * DAY })
      const late = { idempotency: idempotency('k', 'another body'), now: NOON + 7 * DAY - 1 }
      expect((await submit(store, second, late)).kind).toBe('idempotency_mismatch')
      expect((await submit(store, second, { ...late, now: NOON + 7 * DAY })).kind).toBe('created')
      expect((await submit(store, second, { ...late, now: NOON + 8 * DAY })).kind).toBe('replayed')
    })
  })

  describe('usage', () => {
    it('is what was counted inside the window, whose start is outside and whose end is inside', async () => {
      const { store } = opened()
      const amounts = [
        { at: NOON - HOUR, amount: 100 },
        { at: NOON - HOUR + 1, amount: 10.5 },
        { at: NOON, amount: 1.25 },
      ]
      for (const [n, { at, amount }] of amounts.entries())
        await submit(store, automatic(n + 1, at), { counted: [window({ amount })] })
      expect(await usageAt(store, [window()])).toEqual([{ index: 0, used: 11.75 }])
      expect(await usageAt(store, [window({ windowMs: 61 * MINUTE })])).toEqual([{ index: 0, used: 111.75 }])
    })

    it('still counts what a clock that was turned back has left in the future', async () => {
      const { store } = opened()
      await submit(store, automatic(1, NOON + MINUTE), { counted: [window()] })
      expect(await usageAt(store, [window()])).toEqual([{ index: 0, used: 1 }])
    })

    it('of one key that two limits share is counted once, and read by both windows', async () => {
      const { store } = opened()
      const hour = window({ index: 0, windowMs: HOUR, amount: 7 })
      const day = window({ index: 1, windowMs: DAY, amount: 7 })
      await submit(store, automatic(1, NOON - 2 * HOUR), { counted: [hour, day] })
      await submit(store, automatic(2, NOON), { counted: [hour, day] })
      expect(await usageAt(store, [hour, day])).toEqual([
        { index: 0, used: 7 },
        { index: 1, used: 14 },
      ])
    })

    it('of another key does not count', async () => {
      const { store } = opened()
      await submit(store, automatic(1, NOON), { counted: [window({ key: 'another' })] })
      expect(await usageAt(store, [window()])).toEqual([{ index: 0, used: 0 }])
    })

    it('stays under its cap when a hundred submissions come at once, one of them broken', async () => {
      const { store } = opened()
      const cap = 20
      await Promise.allSettled(
        Array.from({ length: 100 }, (_, n) =>
          store.submit(idempotency(`k${n}`), [window()], NOON, ([usage]) => {
            if (n === 50) throw new Error('poisoned')
            return capped(n + 1, cap, usage)
          }),
        ),
      )
      const passed = await idsOf(store, { ...FROM_NEWEST, status: 'auto_approved' })
      expect(passed).toHaveLength(cap)
      expect(await idsOf(store, { ...FROM_NEWEST, status: 'pending' })).toHaveLength(99 - cap)
      expect(await usageAt(store, [window()])).toEqual([{ index: 0, used: cap }])
    })
  })

  describe('a cap', () => {
    it('is never passed, however submissions fall into turns, and can be reached', async () => {
      const { store } = opened()
      const cap = 30
      let n = 0
      const one = () => store.submit(idempotency(`k${++n}`), [window()], NOON, ([usage]) => capped(n, cap, usage))
      const all: Promise<unknown>[] = []
      for (let turn = 0; turn < 25; turn += 1) {
        for (let times = 0; times <= turn % 4; times += 1) all.push(one())
        if (turn % 3 === 0) await all[turn]
        else await new Promise(setImmediate)
      }
      await Promise.all(all)
      const passed = async () => (await idsOf(store, { ...FROM_NEWEST, status: 'auto_approved' })).length
      expect(await passed()).toBeGreaterThan(0)
      expect(await passed()).toBeLessThanOrEqual(cap)
      for (let left = cap - (await passed()); left > 0; left -= 1) await one()
      expect(await passed()).toBe(cap)
      await one()
      expect(await passed()).toBe(cap)
      expect(await usageAt(store, [window()])).toEqual([{ index: 0, used: cap }])
    })
  })

  describe('a page of decisions', () => {
    it('goes on where the last one ended while new ones arrive', async () => {
      const { store } = opened()
      for (let n = 1; n <= 25; n++) await submit(store, submittedEvent({ id: aDecisionId(n) }))
      const seen: string[] = []
      let before: string | null = null
      for (let n = 26; ; n++) {
        const page = await idsOf(store, { ...FROM_NEWEST, before, limit: 10 })
        seen.push(...page)
        before = page.at(-1) ?? null
        if (before === null) break
        await submit(store, submittedEvent({ id: aDecisionId(n) }))
      }
      expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => aDecisionId(25 - n)))
    })

    it('holds what matches every filter, newest first, in each combination', async () => {
      const { store } = opened()
      const all = Array.from({ length: 24 }, (_, n) => ({
        id: aDecisionId(n + 1),
        agent: n % 2 === 0 ? 'a' : 'b',
        route: n % 3 === 0 ? ('block' as const) : ('human_review' as const),
        action: n % 4 < 2 ? 'x' : 'y',
      }))
      for (const { action, ...fields } of all)
        await submit(store, submittedEvent({ ...fields, proposal: aProposal({ action }) }))
      for (const agent of ['a', null])
        for (const status of ['blocked', null] as const)
          for (const action of ['x', null])
            for (const before of [aDecisionId(20), null]) {
              const wanted = all.filter(
                (one) =>
                  (agent === null || one.agent === agent) &&
                  (status === null || one.route === 'block') &&
                  (action === null || one.action === action) &&
                  (before === null || one.id < before),
              )
              const found = await idsOf(store, { agent, status, action, before, limit: 100 })
              expect(found).toEqual(wanted.map(({ id }) => id).toReversed())
            }
    })

    it('is empty where nothing is', async () => {
      const { store } = opened()
      expect(await store.decisions(FROM_NEWEST)).toEqual([])
      expect(await store.decision(aDecisionId(1))).toBeNull()
      expect(await store.anyDecision()).toBe(false)
    })
  })
}

async function idsOf(store: Store, filter: DecisionFilter): Promise<readonly string[]> {
  return (await store.decisions(filter)).map(({ id }) => id)
}

function window(fields: Partial<LimitKey> = {}): LimitKey {
  return { index: 0, key: 'process_refund count', windowMs: HOUR, amount: 1, ...fields }
}

function automatic(n: number, at: number) {
  return submittedEvent({ id: aDecisionId(n), at, route: 'auto_approve' })
}

function capped(n: number, cap: number, usage: LimitUsage | undefined): NewDecision {
  const passes = (usage?.used ?? cap) + 1 <= cap
  const event = submittedEvent({ id: aDecisionId(n), route: passes ? 'auto_approve' : 'human_review' })
  return { event, intents: [], counted: passes ? [window()] : [], sharesCard: false, ask: null }
}

/** What the next submission would be told; it throws, so that it leaves nothing behind. */
async function usageAt(store: Store, keys: readonly LimitKey[]): Promise<readonly LimitUsage[]> {
  let read: readonly LimitUsage[] = []
  const probe = store.submit(idempotency('probe'), keys, NOON, (usage) => {
    read = usage
    throw new Error('only looking')
  })
  await expect(probe).rejects.toThrow('only looking')
  return read
}
