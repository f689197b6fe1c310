/**
 * Deadlines, timeouts and pauses. Broken builds that these sentences were seen to catch:
 * - the wish of an agent ignored, or lengthening -> "shortens the timeout and never makes it longer".
 * - no share for each attempt, or one attempt on a path of one level -> the time an assignee has.
 * - a clock that does not stop, no five minutes, or five where the whole time is shorter -> the stopped clocks.
 * - a deadline not cut off at the end, when clocks start or when they resume -> "never lies after the end".
 * - a clock that stops or resumes in all time instead of its own -> "keep what was left of the working day".
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workingTime } from '../../src/domain/calendar.ts'
import { urgencies } from '../../src/domain/manifest.ts'
import {
  attemptMs,
  attemptsOnPath,
  resumeClocks,
  startClocks,
  stopClocks,
  timeoutMs,
} from '../../src/domain/sla-clock.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { elapsed } from '../../src/domain/time-scale.ts'
import { NOON } from '../fixtures/decisions.ts'
import { policyOf } from './transition-cases.ts'

const dayAndNight = { deadline: elapsed, expiry: elapsed }
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
    const { deadline, expiresAt } = startClocks(refund, 'normal', undefined, dayAndNight, NOON)
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
    const left = stopClocks(clocks, dayAndNight, NOON + 10 * MINUTE)
    expect(left).toEqual({ deadline: 10 * MINUTE, expiry: 50 * MINUTE })
    expect(resumeClocks(left, whole, dayAndNight, NOON + 5 * HOUR)).toEqual({
      deadline: NOON + 5 * HOUR + 10 * MINUTE,
      expiresAt: NOON + 5 * HOUR + 50 * MINUTE,
    })
  })

  it('that had run out leave five minutes each', () => {
    const left = stopClocks(clocks, dayAndNight, NOON + HOUR - 1)
    expect(left).toEqual({ deadline: -40 * MINUTE + 1, expiry: 1 })
    expect(resumeClocks(left, whole, dayAndNight, NOON)).toEqual({
      deadline: NOON + 5 * MINUTE,
      expiresAt: NOON + 5 * MINUTE,
    })
  })

  it('leave the whole time where that is shorter than five minutes', () => {
    const short = { attempt: MINUTE, timeout: 3 * MINUTE }
    expect(resumeClocks({ deadline: 0, expiry: 1 }, short, dayAndNight, NOON)).toEqual({
      deadline: NOON + MINUTE,
      expiresAt: NOON + 3 * MINUTE,
    })
  })
})

describe('clocks in working time', () => {
  const office = workingTime({ timezone: 'Europe/Berlin', hours: { 'mon-fri': '09:00-18:00' }, holidays: 'DE' })
  const scales = { deadline: office, expiry: elapsed }
  const friday = Date.parse('2026-06-19T17:50+02:00')

  it('give an assignee the minutes of the SLA in working hours', () => {
    const policy = policyOf(', approval_timeout_seconds: 604800, sla_minutes: 20')
    expect(startClocks(policy, 'normal', undefined, scales, friday)).toEqual({
      deadline: Date.parse('2026-06-22T09:10+02:00'),
      expiresAt: friday + 7 * DAY,
    })
  })

  it('give a decision its timeout in working hours where it counts in them', () => {
    const policy = policyOf(', approval_timeout_seconds: 36000')
    const working = { deadline: office, expiry: office }
    const { expiresAt } = startClocks(policy, 'normal', undefined, working, friday)
    expect(expiresAt).toBe(Date.parse('2026-06-23T09:50+02:00'))
  })

  it('keep what was left of the working day', () => {
    const clocks = { deadline: Date.parse('2026-06-22T09:10+02:00'), expiresAt: friday + 7 * DAY }
    const left = stopClocks(clocks, scales, friday)
    expect(left).toEqual({ deadline: 20 * MINUTE, expiry: 7 * DAY })
    const thursday = Date.parse('2026-06-25T20:00+02:00')
    expect(resumeClocks(left, { attempt: HOUR, timeout: 7 * DAY }, scales, thursday)).toEqual({
      deadline: Date.parse('2026-06-26T09:20+02:00'),
      expiresAt: thursday + 7 * DAY,
    })
  })

  it('have a deadline that never lies after the end', () => {
    let cut = 0
    const instants = fc.integer({ min: friday, max: friday + 14 * DAY })
    fc.assert(
      fc.property(policies, fc.constantFrom(...urgencies), instants, instants, (policy, urgency, at, resumedAt) => {
        const started = startClocks(policy, urgency, undefined, scales, at)
        expect(started.deadline).toBeLessThanOrEqual(started.expiresAt)
        const timeout = timeoutMs(policy, undefined)
        const whole = { attempt: attemptMs(policy, urgency, timeout), timeout }
        const resumed = resumeClocks(stopClocks(started, scales, at), whole, scales, resumedAt)
        expect(resumed.deadline).toBeLessThanOrEqual(resumed.expiresAt)
        if (started.deadline === started.expiresAt || resumed.deadline === resumed.expiresAt) cut += 1
      }),
    )
    expect(cut).toBeGreaterThan(0)
  })
})
