import { describe, expect, it } from 'vitest'
import type { NewDecision, ReadAsks, Store } from '../../src/app/ports.ts'
import { type Ask, askOf } from '../../src/domain/ask.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { firstIdSince } from '../../src/domain/ids.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { type Transition, transition } from '../../src/domain/transition.ts'
import { policyOf, termsOf } from '../domain/transition-cases.ts'
import { aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { idempotency, type OpenStore, submit } from './open-store.ts'

export function asksContract(opened: () => OpenStore): void {
  describe('a denial', () => {
    it('is found by exactly what was denied, for a day', async () => {
      const { store } = opened()
      await denied(store, 1)
      const denial = { decision: idOf(1), by: 'U0ANA', at: NOON + MINUTE, reason: 'not like this' }
      expect(await denialAt(store, refund(240), NOON + 2 * MINUTE)).toEqual(denial)
      expect(await denialAt(store, refund(241), NOON + 2 * MINUTE)).toBeNull()
      expect(await denialAt(store, refund(240, 'another-agent'), NOON + 2 * MINUTE)).toBeNull()
      expect(await denialAt(store, refund(240), NOON + MINUTE + DAY - 1)).toEqual(denial)
      expect(await denialAt(store, refund(240), NOON + MINUTE + DAY)).toBeNull()
    })

    it('that is written while a submission is on its way refuses it', async () => {
      const { store } = opened()
      await submit(store, submittedEvent({ id: idOf(1) }), { ask: refund(240) })
      const denying = store.update(idOf(1), null, NOON, (decision) => deny(decision, NOON + MINUTE))
      const looks: boolean[] = []
      const again = store.submit(idempotency('again'), [], NOON + MINUTE, (_, __, asks) => {
        const denial = asks.denialOf(refund(240))
        looks.push(denial !== null)
        return denial === null ? created(2, refund(240)) : { kind: 'already_denied', denial, step: null }
      })
      expect((await denying).kind).toBe('accepted')
      expect(await again).toMatchObject({ kind: 'already_denied', denial: { decision: idOf(1) } })
      expect(looks).toEqual([false, true])
      expect(await store.decision(idOf(2))).toBeNull()
    })

    it('keeps no request that was recorded before it from its answer', async () => {
      const { store } = opened()
      await submit(store, submittedEvent({ id: idOf(1) }), { ask: refund(240) })
      await store.update(idOf(1), null, NOON, (decision) => deny(decision, NOON))
      const again = await submit(store, submittedEvent({ id: idOf(2) }), {
        idempotency: idempotency(idOf(1)),
        ask: refund(240),
      })
      expect(again).toMatchObject({ kind: 'replayed', decision: { id: idOf(1), status: 'denied' } })
    })
  })

  describe('what people were asked before', () => {
    it('is counted by its identity, with whoever denied it last', async () => {
      const { store } = opened()
      await denied(store, 1, 100)
      await denied(store, 2, 200)
      await submit(store, submittedEvent({ id: idOf(3) }), { ask: refund(300) })
      // Passed without people: they were not asked.
      await submit(store, submittedEvent({ id: idOf(4), route: 'auto_approve' }), { ask: refund(400) })
      expect(await look(store, NOON, (asks) => asks.before(refund(500)))).toEqual({
        times: 4,
        denied: 2,
        lastDenial: { decision: idOf(2), by: 'U0ANA', at: NOON + 2 * MINUTE },
      })
      const other = ask({ customer_id: 'cus_82', amount_usd: 1 })
      expect(await look(store, NOON, (asks) => asks.before(other))).toBeNull()
    })

    it('is nothing while nobody has denied it', async () => {
      const { store } = opened()
      await submit(store, submittedEvent({ id: idOf(1) }), { ask: refund(240) })
      expect(await look(store, NOON, (asks) => asks.before(refund(241)))).toBeNull()
    })
  })
}

/** The nth decision of the day. */
function idOf(n: number): string {
  return `${firstIdSince('dec', NOON)}${String(n).padStart(16, '0')}`
}

/** A refund whose customer is its identity. */
function refund(amount_usd: number, agent = 'support-agent'): Ask {
  return ask({ customer_id: 'cus_81', amount_usd }, agent)
}

function ask(parameters: Readonly<Record<string, unknown>>, agent = 'support-agent'): Ask {
  const proposal = aProposal({ parameters })
  const [all, byCustomer] = [proposal, aProposal({ parameters: { customer_id: parameters['customer_id'] } })].map(
    (each) => askOf(agent, each, null),
  )
  if (all == null || byCustomer == null) throw new Error('a proposal asks for something')
  return { exact: all.exact, identity: byCustomer.identity }
}

function created(n: number, asked: Ask): NewDecision {
  const event = submittedEvent({ id: idOf(n) })
  return { event, intents: [], counted: [], sharesCard: false, ask: asked }
}

/** The nth decision, denied n minutes after noon. */
async function denied(store: Store, n: number, amount_usd = 240): Promise<void> {
  const proposal = aProposal({ parameters: { customer_id: 'cus_81', amount_usd } })
  await submit(store, submittedEvent({ id: idOf(n), proposal }), { ask: refund(amount_usd) })
  await store.update(idOf(n), null, NOON, (decision) => deny(decision, NOON + n * MINUTE))
}

function deny(decision: Decision, now: number): Transition {
  const person = { id: 'U0ANA', team: 'T1', name: 'Ana', email: null, barred: null }
  const by = { person, roles: new Set(['support_lead']) }
  const { revision } = decision
  return transition(decision, { type: 'deny', by, revision, reason: 'not like this' }, termsOf(policyOf()), now)
}

function denialAt(store: Store, asked: Ask, now: number) {
  return look(store, now, (asks) => asks.denialOf(asked))
}

/** What the next submission would be told; nothing of it is recorded. */
async function look<Found>(store: Store, now: number, read: (asks: ReadAsks) => Found): Promise<Found> {
  const found: Found[] = []
  await store.submit(idempotency('probe'), [], now, (_, __, asks) => {
    found.push(read(asks))
    return null
  })
  const [first] = found
  if (first === undefined) throw new Error('the store has asked for nothing')
  return first
}
