import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { newId } from '../../src/domain/ids.ts'
import { DAY, HOUR, type Instant } from '../../src/domain/time.ts'
import { transition } from '../../src/domain/transition.ts'
import { deny, policyOf, termsOf } from '../domain/transition-cases.ts'
import { aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { label, type OpenStore, submit, unpredictable } from './open-store.ts'

/** Submits a refund whose id says when. */
async function propose(store: Store, at: Instant, proposal = aProposal()): Promise<string> {
  const id = newId('dec', at, unpredictable(10))
  await submit(store, submittedEvent({ id, at, proposal }))
  return id
}

export function judgedContract(opened: () => OpenStore): void {
  describe('the decisions of an action as evidence', () => {
    it('are there with what they claimed, and with each label in the order in which it came', async () => {
      const { store, reopen } = opened()
      const proposal = aProposal({ confidence: 0.91, agent_version: 'v7', recommended_review: true })
      const first = await propose(store, NOON, proposal)
      const second = await propose(store, NOON + 1)
      await store.update(second, null, NOON + HOUR, (decision) => label(decision, 'one', NOON + HOUR))
      await store.update(first, null, NOON + HOUR, (decision) => label(decision, 'two', NOON + 2))
      await store.update(second, null, NOON + HOUR, (decision) => label(decision, 'three', NOON + 3))
      const judged = await (await reopen()).judged('process_refund', NOON)
      expect(judged).toMatchObject([
        {
          id: first,
          confidence: 0.91,
          agentVersion: 'v7',
          recommendedReview: true,
          route: 'human_review',
          status: 'pending',
          auditProbability: null,
          labels: [{ correct: true, source: 'downstream', observedAt: NOON + 2 }],
        },
        { id: second, confidence: 0.82, agentVersion: null, recommendedReview: false },
      ])
      const recorded = [...(judged[1]?.labels ?? []), ...(judged[0]?.labels ?? [])]
      expect(recorded.toSorted((a, b) => a.recorded - b.recorded).map(({ observedAt }) => observedAt)).toEqual([
        NOON + HOUR,
        NOON + 2,
        NOON + 3,
      ])
    })

    it('are those of this action since then, labelled or not', async () => {
      const { store } = opened()
      await propose(store, NOON - DAY - 1)
      await propose(store, NOON, aProposal({ action: 'query_crm' }))
      const id = await propose(store, NOON - DAY)
      const judged = await store.judged('process_refund', NOON - DAY)
      expect(judged.map((each) => [each.id, each.labels])).toEqual([[id, []]])
      expect(await store.judged('nothing', 0)).toEqual([])
    })
  })

  describe('how many of an action passed', () => {
    it('counts what passed without a person since then, of that action', async () => {
      const { store } = opened()
      const passing = (at: Instant, action = 'process_refund') =>
        submit(
          store,
          submittedEvent({
            id: newId('dec', at, unpredictable(10)),
            at,
            route: 'auto_approve',
            oversight: 'autonomous',
            proposal: aProposal({ action }),
          }),
        )
      await passing(NOON - DAY - 1)
      await passing(NOON - DAY)
      await passing(NOON - HOUR)
      await passing(NOON, 'query_crm')
      await propose(store, NOON)
      expect(await store.passed('process_refund', NOON - DAY, NOON)).toBe(2)
      expect(await store.passed('nothing', NOON - DAY, NOON)).toBe(0)
    })
  })

  describe('the decisions of the past', () => {
    it('come page by page as they were made, with what people decided and what was said of them later', async () => {
      const { store, reopen } = opened()
      await propose(store, NOON - DAY - 1)
      const first = await propose(store, NOON - DAY)
      const second = await propose(store, NOON, aProposal({ action: 'query_crm' }))
      await store.update(first, null, NOON, (decision) => label(decision, 'one', NOON))
      await store.update(first, null, NOON - DAY, (decision) =>
        transition(decision, deny('U1'), termsOf(policyOf()), NOON - DAY + HOUR),
      )
      const again = await reopen()
      const { decisions, erased, last } = await again.past({ since: NOON - DAY }, 1)
      expect({ decisions, erased, last }).toMatchObject({
        decisions: [
          {
            id: first,
            at: NOON - DAY,
            agent: 'support-agent',
            proposal: aProposal(),
            route: 'human_review',
            reasons: [{ code: 'confidence_below_auto_approve' }],
            status: 'denied',
            decidedAt: NOON - DAY + HOUR,
            labels: [{ correct: true, observedAt: NOON }],
          },
        ],
        erased: 0,
        last: first,
      })
      expect((await again.past(first, 5)).decisions).toMatchObject([{ id: second, decidedAt: null, labels: [] }])
      expect(await again.past(second, 5)).toEqual({ decisions: [], erased: 0, last: null })
      expect(await again.countSince(NOON - DAY)).toBe(2)
    })
  })
}
