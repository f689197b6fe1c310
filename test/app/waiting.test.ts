/**
 * What waits, for agents, where it is little among much. Seen to fail: all looked at in one call; the page after that begun where
 * the one before had begun.
 */
import { expect, it } from 'vitest'
import type { QueueFilter, Store } from '../../src/app/ports.ts'
import { waiting } from '../../src/app/queue.ts'
import { born, isWaiting, type Waiting } from '../../src/domain/decision.ts'
import { aDecisionId, NOON, submittedEvent } from '../fixtures/decisions.ts'

const OWN = 2_500
/** 3,000 that wait, of which one is this agent's. */
const all: readonly Waiting[] = Array.from({ length: 3_000 }, (_, n) => {
  const decision = born(submittedEvent({ id: aDecisionId(n), agent: n === OWN ? 'mine' : 'other' }))
  if (!isWaiting(decision)) throw new Error('it does not wait')
  return decision
})
let looked = 0
const store: Pick<Store, 'queue'> = {
  queue: async ({ after, limit }) => {
    const from = after === null ? 0 : all.findIndex(({ id }) => id === after.id) + 1
    looked += limit
    return all.slice(from, from + limit)
  },
}

it('is found page by page, without looking at all of it at once', async () => {
  const caller = { agent: 'mine', apiKey: 'key_1', anyAgent: false }
  const named = { action: null, role: null, overdue: false }
  const found: string[] = []
  let after: QueueFilter['after'] = null
  let pages = 0
  do {
    looked = 0
    const page = await waiting({ store, clock: () => NOON }, caller, named, after, 25)
    found.push(...page.items.map(({ id }) => id))
    after = page.next
    pages += 1
    expect(looked).toBeLessThanOrEqual(1_000)
  } while (after !== null && pages < 10)
  expect(found).toEqual([aDecisionId(OWN)])
  expect(pages).toBe(4)
})
