import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { newId } from '../../src/domain/ids.ts'
import { DAY, HOUR, type Instant } from '../../src/domain/time.ts'
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
}
