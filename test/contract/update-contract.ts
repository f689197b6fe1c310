import { describe, expect, it } from 'vitest'
import type { AttemptRefused } from '../../src/domain/attempt.ts'
import { chainFault, GENESIS } from '../../src/domain/audit.ts'
import { type Decision, evolve } from '../../src/domain/decision.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import type { Transition } from '../../src/domain/transition.ts'
import { aDecisionId, anAssignment, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { idempotency, label, type OpenStore, submit, withdraw } from './open-store.ts'

const ID = aDecisionId(1)
const CARD = { kind: 'card.sync', decision: ID } as const
const COPIES = { kind: 'copies.sync', decision: ID } as const

export function updateContract(opened: () => OpenStore): void {
  describe('a change', () => {
    it('writes the state, its events and its intents', async () => {
      const { store } = opened()
      await submit(store)
      const result = await store.update(ID, null, NOON + 1, (decision) => withdraw(decision, NOON + 1))
      const stored = await store.decision(ID)
      expect(result).toEqual({ kind: 'accepted', decision: stored })
      expect(stored).toMatchObject({ status: 'withdrawn', version: 2, reason: 'not needed any more' })
      expect((await store.history(ID)).map(({ type }) => type)).toEqual(['decision.submitted', 'decision.withdrawn'])
      expect((await store.dueIntents('slack', NOON + 1, 10)).map(({ intent }) => intent)).toEqual([CARD, COPIES])
    })

    it('of an unknown decision is not found, and asks nobody', async () => {
      const { store } = opened()
      const change = (): Transition => {
        throw new Error('asked')
      }
      expect(await store.update(ID, idempotency('k'), NOON, change)).toEqual({ kind: 'not_found' })
    })

    it('that is rejected writes nothing at all', async () => {
      const { store } = opened()
      await submit(store)
      await store.update(ID, null, NOON, (decision) => withdraw(decision))
      const before = {
        decision: await store.decision(ID),
        trail: await store.auditTrail(ID),
        outbox: await store.dueIntents('slack', NOON, 9),
      }
      const result = await store.update(ID, idempotency('k'), NOON, (decision) => withdraw(decision))
      expect(result).toMatchObject({
        kind: 'rejected',
        rejection: { code: 'already_decided' },
        decision: before.decision,
      })
      const after = {
        decision: await store.decision(ID),
        trail: await store.auditTrail(ID),
        outbox: await store.dueIntents('slack', NOON, 9),
      }
      expect(after).toEqual(before)
      // The key was not used up either.
      expect((await store.update(ID, idempotency('k'), NOON, (decision) => label(decision, 'n'))).kind).toBe('accepted')
    })

    it('that throws writes nothing, while the others of the same moment are written', async () => {
      const { store } = opened()
      await submit(store)
      const results = await Promise.allSettled([
        store.update(ID, null, NOON, (decision) => label(decision, 'first')),
        store.update(ID, null, NOON, () => {
          throw new Error('poisoned')
        }),
        store.update(ID, null, NOON, (decision) => label(decision, 'third')),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect((await store.decision(ID))?.outcomes.map(({ note }) => note)).toEqual(['first', 'third'])
      expect(await store.history(ID)).toHaveLength(3)
    })

    it('answers with the run that was committed when it had to run twice', async () => {
      const { store } = opened()
      await submit(store)
      let runs = 0
      const counted = store.update(ID, null, NOON, (decision) => label(decision, `run ${++runs}`))
      const poisoned = store.update(ID, null, NOON, () => {
        throw new Error('poisoned')
      })
      const [result] = await Promise.allSettled([counted, poisoned])
      const stored = await store.decision(ID)
      expect(result).toMatchObject({ value: { kind: 'accepted', decision: { outcomes: stored?.outcomes } } })
    })

    it('sees what the change before it has left', async () => {
      const { store } = opened()
      await submit(store)
      const seen: Decision['status'][] = []
      const end = (decision: Decision) => {
        seen.push(decision.status)
        return withdraw(decision)
      }
      const results = await Promise.all([store.update(ID, null, NOON, end), store.update(ID, null, NOON, end)])
      expect(seen).toEqual(['pending', 'withdrawn'])
      expect(results.map(({ kind }) => kind)).toEqual(['accepted', 'rejected'])
      expect(await store.history(ID)).toHaveLength(2)
    })

    it('reaches the decision it names and no other', async () => {
      const { store } = opened()
      await submit(store)
      await submit(store, submittedEvent({ id: aDecisionId(2) }))
      await store.update(ID, null, NOON, (decision) => withdraw(decision))
      expect((await store.decision(aDecisionId(2)))?.status).toBe('pending')
    })
  })

  describe('a refused attempt', () => {
    const attempt: AttemptRefused = {
      type: 'attempt.refused',
      at: NOON,
      actor: { kind: 'person', team: 'T1', user: 'U1' },
      payload: { act: 'deny', code: 'not_eligible' },
      sealed: null,
    }

    it('lengthens the chain and leaves the decision, its history and the outbox as they were', async () => {
      const { store } = opened()
      await submit(store)
      const before = await store.decision(ID)
      expect(await store.recordAttempt(ID, () => attempt)).toBe(true)
      await store.update(ID, null, NOON, (decision) => label(decision, 'after it'))
      expect(await store.recordAttempt(ID, () => attempt)).toBe(true)
      const { entries, head } = (await store.auditTrail(ID)) ?? { entries: [], head: GENESIS }
      expect(chainFault(entries, head)).toBeNull()
      const kinds = ['decision.submitted', 'attempt.refused', 'outcome.recorded', 'attempt.refused']
      expect(entries.map(({ type }) => type)).toEqual(kinds)
      const after = await store.decision(ID)
      expect(after).toMatchObject({ version: 2, outcomes: [{ note: 'after it' }] })
      expect({ ...after, version: 1, outcomes: [] }).toEqual(before)
      expect((await store.history(ID)).map(({ type }) => type)).toEqual(['decision.submitted', 'outcome.recorded'])
    })

    it('is asked for with those that are there, also when several come at once', async () => {
      const { store } = opened()
      await submit(store)
      const seen: number[] = []
      const record = () =>
        store.recordAttempt(ID, (kept) => {
          seen.push(kept.length)
          return kept.length < 2 ? attempt : null
        })
      const change = store.update(ID, null, NOON, (decision) => label(decision, 'between'))
      expect(await Promise.all([record(), record(), record()])).toEqual([true, true, false])
      await change
      expect(seen).toEqual([0, 1, 2])
      expect(await store.recordAttempt(aDecisionId(2), () => attempt)).toBe(false)
      const { entries, head } = (await store.auditTrail(ID)) ?? { entries: [], head: GENESIS }
      expect(entries).toHaveLength(4)
      expect(chainFault(entries, head)).toBeNull()
    })
  })

  describe('a repeated change', () => {
    it('is answered with the decision as it stands now, and done once', async () => {
      const { store } = opened()
      await submit(store)
      const once = () => store.update(ID, idempotency('k'), NOON, (decision) => label(decision, 'n'))
      expect((await once()).kind).toBe('accepted')
      await store.update(ID, null, NOON, (decision) => withdraw(decision))
      expect(await once()).toMatchObject({ kind: 'replayed', decision: { status: 'withdrawn', version: 3 } })
      expect((await store.decision(ID))?.outcomes).toHaveLength(1)
    })

    it('with another body, or for another decision, is refused', async () => {
      const { store } = opened()
      await submit(store)
      await submit(store, submittedEvent({ id: aDecisionId(2) }))
      const change = (decision: Decision) => label(decision, 'n')
      await store.update(ID, idempotency('k', 'body'), NOON, change)
      expect(await store.update(ID, idempotency('k', 'other'), NOON, change)).toEqual({ kind: 'idempotency_mismatch' })
      expect(await store.update(aDecisionId(2), idempotency('k', 'body'), NOON, change)).toEqual({
        kind: 'idempotency_mismatch',
      })
      expect((await store.decision(aDecisionId(2)))?.version).toBe(1)
    })

    it('is known for seven days and no longer', async () => {
      const { store } = opened()
      await submit(store)
      const at = (now: number) => store.update(ID, idempotency('k'), now, (decision) => label(decision, 'n', now))
      const kinds = [await at(NOON), await at(NOON + 7 * DAY - 1), await at(NOON + 7 * DAY), await at(NOON + 8 * DAY)]
      expect(kinds.map(({ kind }) => kind)).toEqual(['accepted', 'replayed', 'accepted', 'replayed'])
    })
  })

  describe('what is due', () => {
    it('is every open decision whose time is over, the longest overdue first', async () => {
      const { store } = opened()
      const ends = [3 * HOUR, HOUR, 2 * HOUR, HOUR, 4 * HOUR]
      for (const [n, end] of ends.entries()) {
        const assignment = anAssignment(NOON, { deadline: NOON + end, expiresAt: NOON + end, everybody: true })
        await submit(store, submittedEvent({ id: aDecisionId(n + 1), assignment }))
      }
      await submit(store, submittedEvent({ id: aDecisionId(6), route: 'auto_approve' }))
      expect(await store.due(NOON + HOUR - 1, 10)).toEqual([])
      expect(await store.due(NOON + 3 * HOUR, 10)).toEqual([2, 4, 3, 1].map(aDecisionId))
      expect(await store.due(NOON + 3 * HOUR, 2)).toEqual([2, 4].map(aDecisionId))
      expect(await store.counts(NOON + 3 * HOUR)).toMatchObject({ open: 5, overdue: 4 })
    })

    it('is at once what nobody was asked to decide yet', async () => {
      const { store } = opened()
      await submit(store)
      expect(await store.due(NOON - 1, 10)).toEqual([])
      expect(await store.due(NOON, 10)).toEqual([ID])
    })

    it('leaves out what has ended', async () => {
      const { store } = opened()
      await submit(store)
      await store.update(ID, null, NOON, (decision) => withdraw(decision))
      expect(await store.due(NOON + DAY, 10)).toEqual([])
      expect(await store.counts(NOON + DAY)).toMatchObject({ open: 0, overdue: 0 })
    })

    it('follows the clocks while a question is open', async () => {
      const { store } = opened()
      await submit(store)
      await store.update(ID, null, NOON, (decision) => ({
        kind: 'accepted',
        ...asked(decision),
        intents: [],
      }))
      expect(await store.due(NOON + 10 * MINUTE - 1, 10)).toEqual([])
      expect(await store.due(NOON + 10 * MINUTE, 10)).toEqual([ID])
    })
  })
}

function asked(decision: Decision) {
  const event = {
    type: 'clarification.requested',
    at: NOON,
    actor: { kind: 'person', team: 'T1', user: 'U1' },
    payload: { clarification: 'clr_1', until: NOON + 10 * MINUTE },
    sealed: { question: 'Which parcel?' },
  } as const satisfies DecisionEvent
  return { decision: evolve(decision, event), events: [event] }
}
