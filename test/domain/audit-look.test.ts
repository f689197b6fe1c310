/*
 * How many automatic approvals are drawn for a later look. Broken once each to see it fail: the share never lowered, or
 * by the square of it.
 */
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { auditProbability } from '../../src/domain/audit-look.ts'

it('is the share that the policy asks for while that gives no more than it wants in a day', () => {
  expect(auditProbability({ sample_rate: 0.05, per_day: 20 }, 0)).toBe(0.05)
  expect(auditProbability({ sample_rate: 0.05, per_day: 20 }, 400)).toBe(0.05)
  expect(auditProbability({ sample_rate: 1, per_day: 20 }, 20)).toBe(1)
})

it('is lowered where there are more, so that about as many are drawn as the policy wants', () => {
  expect(auditProbability({ sample_rate: 0.05, per_day: 20 }, 4_000)).toBe(0.005)
  // Nobody asks for one in a billion, and the smallest numbers of all have no thirds.
  const share = fc.double({ min: 1e-9, max: 1, noNaN: true })
  const policy = fc.record({ sample_rate: share, per_day: fc.double({ min: 1e-9, max: 1e6, noNaN: true }) })
  fc.assert(
    fc.property(policy, fc.nat(1e7), (audit, passed) => {
      const probability = auditProbability(audit, passed)
      expect(probability).toBeGreaterThanOrEqual(0)
      expect(probability).toBeLessThanOrEqual(audit.sample_rate)
      expect(probability * passed).toBeLessThanOrEqual(audit.per_day * (1 + 1e-12))
    }),
  )
})

it('draws nothing where the policy wants nothing', () => {
  expect(auditProbability({ sample_rate: 0, per_day: 20 }, 100)).toBe(0)
  expect(auditProbability({ sample_rate: 0.5, per_day: 0 }, 100)).toBe(0)
})
