import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { aDecisionId, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { idempotency, type OpenStore, submit } from './open-store.ts'

/** Which decisions stand on one card is decided in the transaction that records each of them. */
export function sharedCardContract(opened: () => OpenStore): void {
  describe('a card that decisions share', () => {
    it('has five rows in the order in which they came; the sixth begins another', async () => {
      const { store, reopen } = opened()
      for (const n of [1, 2, 3, 4, 5, 6, 7]) await share(store, n, NOON)
      expect(await rowsOf(store, 1)).toEqual([1, 2, 3, 4, 5])
      expect(await rowsOf(store, 4)).toEqual([1, 2, 3, 4, 5])
      expect(await rowsOf(store, 6)).toEqual([6, 7])
      const again = await reopen()
      await share(again, 8, NOON)
      expect(await rowsOf(again, 5)).toEqual([1, 2, 3, 4, 5])
      expect(await rowsOf(again, 8)).toEqual([6, 7, 8])
    })

    it('takes what comes within a minute of its first one, and nothing after', async () => {
      const { store } = opened()
      await share(store, 1, NOON)
      await share(store, 2, NOON + 30 * SECOND)
      await share(store, 3, NOON + MINUTE - 1)
      await share(store, 4, NOON + MINUTE)
      expect(await rowsOf(store, 1)).toEqual([1, 2, 3])
      expect(await rowsOf(store, 4)).toEqual([4])
    })

    it('takes what comes a little before it by the clock, and nothing when that was set back', async () => {
      const { store } = opened()
      await share(store, 1, NOON)
      await share(store, 2, NOON - SECOND)
      await share(store, 3, NOON - MINUTE)
      expect(await rowsOf(store, 1)).toEqual([1, 2])
      expect(await rowsOf(store, 3)).toEqual([3])
    })

    it('takes none of another action, of another agent or under another manifest', async () => {
      const { store } = opened()
      await share(store, 1, NOON)
      await share(store, 2, NOON, { proposal: aProposal({ action: 'send_email' }) })
      await share(store, 3, NOON, { agent: 'other-agent' })
      await share(store, 4, NOON, { manifestDigest: 'sha256:other' })
      await share(store, 5, NOON)
      expect(await rowsOf(store, 1)).toEqual([1, 5])
      for (const n of [2, 3, 4]) expect(await rowsOf(store, n)).toEqual([n])
    })

    it('is no card of what does not share one, or was never there', async () => {
      const { store } = opened()
      await share(store, 1, NOON)
      await submit(store, submittedEvent({ id: aDecisionId(2) }))
      expect(await rowsOf(store, 2)).toEqual([2])
      expect(await rowsOf(store, 9)).toEqual([9])
    })

    it('has each of many that come at once, once', async () => {
      const { store } = opened()
      const all = Array.from({ length: 12 }, (_, index) => index + 1)
      // Their clocks were read in another order than they are recorded in.
      await Promise.all(all.map((n) => share(store, n, NOON + 12 - n)))
      const cards = new Set<string>()
      for (const n of all) {
        const rows = await rowsOf(store, n)
        expect(rows.filter((row) => row === n)).toEqual([n])
        cards.add(rows.join(' '))
      }
      expect([...cards].map((card) => card.split(' ').length).toSorted((a, b) => a - b)).toEqual([2, 5, 5])
    })

    it('gives no second row to a request that is repeated, and none to one that fails', async () => {
      const { store } = opened()
      await share(store, 1, NOON)
      const again = submittedEvent({ id: aDecisionId(2) })
      expect(await submit(store, again, { idempotency: idempotency(aDecisionId(1)), sharesCard: true })).toMatchObject({
        kind: 'replayed',
      })
      const taken = submit(store, submittedEvent(), { idempotency: idempotency('other'), sharesCard: true })
      await expect(taken).rejects.toThrow()
      await share(store, 3, NOON)
      expect(await rowsOf(store, 1)).toEqual([1, 3])
    })
  })
}

function share(store: Store, n: number, at: number, fields: Parameters<typeof submittedEvent>[0] = {}) {
  return submit(store, submittedEvent({ id: aDecisionId(n), at, ...fields }), { sharesCard: true })
}

async function rowsOf(store: Store, n: number): Promise<readonly number[]> {
  return (await store.onSameCard(aDecisionId(n))).map((id) => Number(id.slice(4)))
}
