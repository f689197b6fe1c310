/**
 * Deadlines, timeouts and pauses. Broken builds that these sentences were seen to catch:
 * - the wish of an agent ignored, or lengthening -> "shortens the timeout and never makes it longer".
 * - no share for each attempt, or one attempt on a path of one level -> the time an assignee has.
 * - a clock that does not stop, no five minutes, or five where the whole time is shorter -> the stopped clocks.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { urgencies } from '../../src/domain/manifest.ts'
import {
  attemptMs,
  attemptsOnPath,
  resumeClocks,
  startClocks,
  stopClocks,
  timeoutMs,
} from '../../src/domain/sla-clock.ts'
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { NOON } from '../fixtures/decisions.ts'
import { policyOf } from './transition-cases.ts'

const minutes = fc.double({ min: 0.01, max: 2_000, noNaN: true })
const policies = fc
  .record({
    levels: fc.integer({ min: 1, max: 4 }),
    attempts_per_level: fc.integer({ min: 1, max: 5 }),
    approval_timeout_seconds: fc.integer({ min: 1, max: 604_800 }),
    sla_minutes: fc.record({ low: minutes, normal: minutes, high: minutes, critical: minutes }),
  })
  .map(({ levels, ...fields }) => ({
    ...policyOf(),
    ...fields,
    escalation_path: ['first', 'second', 'third', 'fourth'].slice(0, levels),
  }))

describe('the time an assignee has', () => {
  it('fits into the timeout over all attempts, and is never more than the SLA', () => {
    let shortened = 0
    fc.assert(
      fc.property(policies, fc.constantFrom(...urgencies), (policy, urgency) => {
        const timeout = timeoutMs(policy, undefined)
        const attempt = attemptMs(policy, urgency, timeout)
        const sla = policy.sla_minutes[urgency] * MINUTE
        expect(attempt * attemptsOnPath(policy)).toBeLessThanOrEqual(timeout * (1 + Number.EPSILON * 8))
        expect(attempt).toBeLessThanOrEqual(sla)
        if (attempt < sla) shortened += 1
      }),
    )
    expect(shortened).toBeGreaterThan(0)
  })

  it('is the SLA of the urgency where the timeout leaves room', () => {
    const policy = policyOf(', approval_timeout_seconds: 86400')
    expect(urgencies.map((urgency) => attemptMs(policy, urgency, 24 * HOUR) / MINUTE)).toEqual([240, 60, 15, 5])
  })

  it('lets the article’s refund of fifteen minutes reach its team lead', () => {
    const refund = policyOf(', approval_timeout_seconds: 900, sla_minutes: 30')
    const { deadline, expiresAt } = startClocks(refund, 'normal', undefined, NOON)
    expect(expiresAt - NOON).toBe(15 * MINUTE)
    expect(refund.escalation_path).toEqual(['support_lead', 'team_lead'])
    // The lead's turn ends early enough for the team lead to have one as long.
    expect((deadline - NOON) * refund.escalation_path.length).toBeLessThanOrEqual(15 * MINUTE)
    expect(deadline).toBeGreaterThan(NOON)
  })

  it('is shared by three people on a path of one level', () => {
    expect(attemptsOnPath({ escalation_path: ['lead'], attempts_per_level: 1 })).toBe(3)
    expect(attemptsOnPath({ escalation_path: ['lead'], attempts_per_level: 5 })).toBe(5)
    expect(attemptsOnPath({ escalation_path: ['lead', 'team'], attempts_per_level: 2 })).toBe(4)
  })
})

describe('an agent’s wish', () => {
  it('shortens the timeout and never makes it longer', () => {
    const policy = policyOf(', approval_timeout_seconds: 900')
    expect([undefined, 60, 900, 9_000].map((wish) => timeoutMs(policy, wish) / SECOND)).toEqual([900, 60, 900, 900])
  })
})

describe('stopped clocks', () => {
  const clocks = { deadline: NOON + 20 * MINUTE, expiresAt: NOON + HOUR }
  const whole = { attempt: 30 * MINUTE, timeout: HOUR }

  it('go on with what was left', () => {
    const left = stopClocks(clocks, NOON + 10 * MINUTE)
    expect(left).toEqual({ deadline: 10 * MINUTE, expiry: 50 * MINUTE })
    expect(resumeClocks(left, whole, NOON + 5 * HOUR)).toEqual({
      deadline: NOON + 5 * HOUR + 10 * MINUTE,
      expiresAt: NOON + 5 * HOUR + 50 * MINUTE,
    })
  })

  it('that had run out leave five minutes each', () => {
    const left = stopClocks(clocks, NOON + HOUR - 1)
    expect(left).toEqual({ deadline: -40 * MINUTE + 1, expiry: 1 })
    expect(resumeClocks(left, whole, NOON)).toEqual({ deadline: NOON + 5 * MINUTE, expiresAt: NOON + 5 * MINUTE })
  })

  it('leave the whole time where that is shorter than five minutes', () => {
    const short = { attempt: MINUTE, timeout: 3 * MINUTE }
    expect(resumeClocks({ deadline: 0, expiry: 1 }, short, NOON)).toEqual({
      deadline: NOON + MINUTE,
      expiresAt: NOON + 3 * MINUTE,
    })
  })
})
