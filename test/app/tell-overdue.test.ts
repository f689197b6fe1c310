/**
 * The daily digest of what is overdue. Broken builds that these sentences were seen to catch:
 * - no time of day, or any time after midnight -> "waits for nine". A key without the day, or no memory -> "once a day".
 * - told although there is nothing -> "says nothing". More than 15 told, or the total taken from them -> "the first 15".
 * - looked at before the write has succeeded -> "tries again".
 */
import { describe, expect, it } from 'vitest'
import { createOverdueDigest } from '../../src/app/tell-overdue.ts'
import type { Decision, Waiting } from '../../src/domain/decision.ts'
import type { Intent } from '../../src/domain/intent.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { aDecision, aDecisionId, anAssignment } from '../fixtures/decisions.ts'

const MIDNIGHT = Date.UTC(2026, 10, 22)
const NINE = MIDNIGHT + 9 * HOUR

function scene(overdue: number) {
  const open = Array.from({ length: overdue }, (_, at) => waiting(aDecision({ id: aDecisionId(at), at: MIDNIGHT })))
  const told = new Map<string, Intent>()
  const state = { now: NINE, wakes: 0, broken: false }
  const digest = () =>
    createOverdueDigest({
      store: {
        queue: async ({ assignee, dueBy, limit }) => {
          expect({ assignee, dueBy }).toEqual({ assignee: null, dueBy: state.now })
          return open.slice(0, limit)
        },
        countDueBy: async () => open.length,
        addIntents: async (intents) => {
          if (state.broken) throw new Error('the disk is full')
          for (const intent of intents) if (intent.kind === 'notice.post') told.set(intent.key, intent)
        },
      },
      clock: () => state.now,
      wake: () => {
        state.wakes += 1
      },
    })
  return { state, told, open, digest }
}

describe('the digest of what is overdue', () => {
  it('waits for nine in the morning, UTC', async () => {
    const { state, told, digest } = scene(1)
    const tell = digest()
    for (const now of [MIDNIGHT, NINE - 1]) {
      state.now = now
      await tell()
    }
    expect(told.size).toBe(0)
    state.now = NINE
    await tell()
    expect([...told.keys()]).toEqual(['overdue 2026-11-22'])
  })

  it('comes once a day, however often it is looked and the service starts', async () => {
    const { state, told, digest } = scene(1)
    const tell = digest()
    for (let minute = 0; minute < 60; minute += 1) {
      await tell()
      state.now += MINUTE
    }
    expect(state.wakes).toBe(1)
    await digest()()
    expect([...told.keys()]).toEqual(['overdue 2026-11-22'])
    state.now = NINE + DAY
    await tell()
    expect([...told.keys()]).toEqual(['overdue 2026-11-22', 'overdue 2026-11-23'])
  })

  it('says nothing where nothing is overdue, also not later on that day', async () => {
    const { state, told, open, digest } = scene(0)
    const tell = digest()
    await tell()
    open.push(waiting(aDecision({ at: MIDNIGHT })))
    state.now += HOUR
    await tell()
    expect(told.size).toBe(0)
    expect(state.wakes).toBe(0)
  })

  it('names the first 15, who is asked, since when and until when, and counts all', async () => {
    const { told, digest } = scene(40)
    await digest()()
    const { deadline, expiresAt } = anAssignment(MIDNIGHT)
    const request = { action: 'process_refund', agent: 'support-agent', role: 'support_lead', reviewer: null }
    expect(told.get('overdue 2026-11-22')).toEqual({
      kind: 'notice.post',
      key: 'overdue 2026-11-22',
      notice: {
        about: 'overdue',
        at: NINE,
        total: 40,
        requests: Array.from({ length: 15 }, (_, at) => ({
          decision: aDecisionId(at),
          ...request,
          deadline,
          expiresAt,
        })),
      },
    })
  })

  it('tries again at the next look when it could not be recorded', async () => {
    const { state, told, digest } = scene(1)
    const tell = digest()
    state.broken = true
    await expect(tell()).rejects.toThrow('the disk is full')
    state.broken = false
    await tell()
    expect(told.size).toBe(1)
  })
})

function waiting(decision: Decision): Waiting {
  if (decision.status !== 'pending') throw new Error('people are asked in this test')
  return decision
}
