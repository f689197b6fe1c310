/*
 * The count of what passed in the last day. Broken once each to see it fail: counted for each request; never again; the
 * count of another action; a request that waits for it.
 */
import { expect, it } from 'vitest'
import { createPassed } from '../../src/app/passed.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { NOON } from '../fixtures/decisions.ts'

it('is counted once in ten minutes for each action, and nobody waits for it', async () => {
  const asked: string[] = []
  const works: Promise<unknown>[] = []
  const clock = { now: NOON }
  const passed = createPassed({
    store: {
      passed: async (action, since, now) => {
        expect(now - since).toBe(DAY)
        asked.push(action)
        return action === 'refund' ? 400 + asked.length : 7
      },
    },
    clock: () => clock.now,
    background: (work) => void works.push(work()),
  })
  expect([passed('refund'), passed('refund'), passed('note')]).toEqual([0, 0, 0])
  await Promise.all(works)
  expect([passed('refund'), passed('note')]).toEqual([401, 7])
  clock.now += 10 * MINUTE - 1
  expect(passed('refund')).toBe(401)
  expect(asked).toEqual(['refund', 'note'])
  clock.now += 1
  expect(passed('refund')).toBe(401)
  await Promise.all(works)
  expect(passed('refund')).toBe(403)
})
