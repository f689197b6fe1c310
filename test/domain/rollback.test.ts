/**
 * What can be rolled back, by whom and until when. Broken builds that these sentences were seen to catch:
 * - the window not looked at, or a millisecond longer -> "in the last millisecond", "once the window is over".
 * - the window over only once the sweep has come by -> "once the window is over".
 * - no roles, or only the first of the path asked; a display name taken for a person -> who may.
 * - a report taken before anybody asked, or twice -> the reports. The notice on each report -> "tells operations".
 */
import { describe, expect, it } from 'vitest'
import { born, dueAt, hasCard, isUnderWay } from '../../src/domain/decision.ts'
import type { Person } from '../../src/domain/reviewer.ts'
import { rollbackRoles } from '../../src/domain/rollback.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { type Terms, transition } from '../../src/domain/transition.ts'
import { aDecision, aDecisionId, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { reportRollback, rollBack, running, runningEvent, TERMS, UNTIL } from './rollback-cases.ts'
import { AGENT, after, aPerson, policyOf, refusal, report } from './transition-cases.ts'

const ASKED = NOON + 5 * MINUTE
const asked = () => after(running(), TERMS, [rollBack('U1'), ASKED])
const by = (person: Partial<Person>, roles: readonly string[] = []) => {
  const standing = { person: aPerson('U1', person), roles: new Set(roles) }
  return { type: 'roll_back', by: standing, reason: 'No.' } as const
}

describe('what runs while people watch', () => {
  it('is born with a window that is open, has a card, and is due when the window ends', () => {
    const decision = running()
    expect(decision).toMatchObject({ status: 'auto_approved', rollback: { state: 'open', until: UNTIL } })
    expect([hasCard(decision), isUnderWay(decision), dueAt(decision)]).toEqual([true, true, UNTIL])
  })

  it('is the only thing that has a window; what was recorded before there were any has none', () => {
    const old = born(submittedEvent({ route: 'auto_approve', oversight: 'on_the_loop' }))
    for (const decision of [old, aDecision(), aDecision({ route: 'auto_approve' }), aDecision({ route: 'block' })]) {
      expect(decision.rollback).toBeNull()
      expect(refusal(decision, rollBack('U1'), TERMS, NOON)).toMatch(/^no_rollback: There is nothing to roll back/)
      expect(refusal(decision, reportRollback('failed'), TERMS, NOON)).toMatch(/^rollback_not_requested: /)
    }
    expect([hasCard(old), dueAt(old)]).toEqual([false, null])
  })

  it('is rolled back in the last millisecond of the window, with who asked and why', () => {
    const decision = after(running(), TERMS, [rollBack('U1', 'Too big.'), UNTIL - 1])
    expect(decision.rollback).toEqual({
      state: 'requested',
      until: UNTIL,
      by: 'U1',
      askedAt: UNTIL - 1,
      reason: 'Too big.',
    })
    expect([decision.status, dueAt(decision), isUnderWay(decision)]).toEqual(['auto_approved', null, true])
  })

  it.each([
    ['the sweep has not come by', running()],
    ['it has', after(running(), TERMS, [{ type: 'expire' }, UNTIL])],
  ])('is not rolled back once the window is over, and says when that was: %s', (_, decision) => {
    expect(refusal(decision, rollBack('U1'), TERMS, UNTIL)).toBe(
      'rollback_closed: The window to roll this back closed on 2026-03-01 at 12:15 UTC; nobody had asked for it.',
    )
  })

  it('settles at the end of the window, not before, and only once', () => {
    expect(refusal(running(), { type: 'expire' }, TERMS, UNTIL - 1)).toMatch(/^nothing_due/)
    const settled = after(running(), TERMS, [{ type: 'expire' }, UNTIL])
    expect(settled.rollback).toEqual({ state: 'settled', until: UNTIL })
    expect([dueAt(settled), isUnderWay(settled), hasCard(settled)]).toEqual([null, false, true])
    expect(refusal(settled, { type: 'expire' }, TERMS, UNTIL + 1)).toMatch(/^nothing_due/)
  })

  it('has one rollback: whoever asks later is told who did, when, and what came of it', () => {
    const first = '<@U1> asked for this to be rolled back on 2026-03-01 at 12:05 UTC'
    for (const user of ['U1', 'U2'])
      expect(refusal(asked(), rollBack(user), TERMS, ASKED)).toBe(
        `rollback_requested: ${first}. What came of it is not reported yet.`,
      )
    const done = after(asked(), TERMS, [reportRollback('rolled_back'), ASKED + MINUTE])
    expect(refusal(done, rollBack('U2'), TERMS, UNTIL + 1)).toBe(
      `rollback_requested: ${first}, and it was rolled back on 2026-03-01 at 12:06 UTC.`,
    )
    const failed = after(asked(), TERMS, [reportRollback('failed'), ASKED + MINUTE])
    expect(refusal(failed, rollBack('U2'), TERMS, UNTIL + 1)).toContain('and it failed on 2026-03-01 at 12:06 UTC.')
  })

  it('goes on being executed and labelled as before, whatever is rolled back', () => {
    const decision = after(asked(), TERMS, [report('started'), ASKED], [report('succeeded'), ASKED + 1])
    expect([decision.execution.state, decision.rollback?.state]).toEqual(['succeeded', 'requested'])
  })

  it('has its card shown again at each step, and nobody’s direct message', () => {
    const outcome = transition(running(), rollBack('U1'), TERMS, NOON)
    expect(outcome).toMatchObject({ intents: [{ kind: 'card.sync', decision: aDecisionId(1) }] })
  })
})

describe('what came of a rollback', () => {
  it('is not assumed: it stays asked for until it is reported, however long that takes', () => {
    const decision = asked()
    for (const later of [UNTIL, UNTIL + 365 * 24 * 60 * MINUTE]) {
      expect(refusal(decision, { type: 'expire' }, TERMS, later)).toMatch(/^nothing_due/)
      expect(after(decision, TERMS, [reportRollback('rolled_back', 'Gone.'), later]).rollback).toEqual({
        state: 'rolled_back',
        until: UNTIL,
        by: 'U1',
        askedAt: ASKED,
        reason: 'Wrong region.',
        reportedAt: later,
        detail: 'Gone.',
      })
    }
  })

  it('is reported once, and only of what somebody asked for', () => {
    const settled = after(running(), TERMS, [{ type: 'expire' }, UNTIL])
    expect(refusal(running(), reportRollback('failed'), TERMS, NOON)).toMatch(
      /^rollback_not_requested: Nobody has asked/,
    )
    expect(refusal(settled, reportRollback('failed'), TERMS, UNTIL)).toContain('closed on 2026-03-01 at 12:15 UTC')
    for (const state of ['rolled_back', 'failed'] as const)
      for (const again of ['rolled_back', 'failed'] as const)
        expect(
          refusal(after(asked(), TERMS, [reportRollback(state), ASKED]), reportRollback(again), TERMS, ASKED),
        ).toBe(`rollback_final: The rollback was reported as ${state} already.`)
  })

  it('tells operations when it failed, and only then', () => {
    const intents = (state: 'rolled_back' | 'failed') => {
      const outcome = transition(asked(), reportRollback(state, 'Locked.'), TERMS, ASKED)
      return outcome.kind === 'accepted' ? outcome.intents : []
    }
    const card = { kind: 'card.sync', decision: aDecisionId(1) }
    expect(intents('rolled_back')).toEqual([card])
    const told = { decision: aDecisionId(1), action: 'process_refund', agent: AGENT.agent, by: 'U1', detail: 'Locked.' }
    expect(intents('failed')).toEqual([
      card,
      {
        kind: 'notice.post',
        key: `rollback_failed ${aDecisionId(1)}`,
        notice: { about: 'rollback_failed', ...told },
      },
    ])
  })
})

describe('who may roll back', () => {
  const may = (command: ReturnType<typeof by>, terms: Terms = TERMS) => refusal(running(), command, terms, NOON)

  it('is whoever holds a role of the path, or a fallback of one, today', () => {
    for (const role of TERMS.rollbackRoles) expect(may(by({}, [role]))).toBe('accepted')
    expect(may(by({}, ['somebody_else']))).toBe(
      "not_eligible: Only support_lead or team_lead or operations can have this rolled back, besides the requester and the agent's owner.",
    )
  })

  it('is the requester and the agent’s owner, too: nobody decides their own case by stopping it', () => {
    const named = { requestedBy: 'ana@example.com', agentOwner: 'U1' }
    const ana = { email: 'Ana@Example.com' }
    expect(may(by(ana, ['team_lead']), { ...TERMS, interested: named })).toBe('accepted')
    expect(may(by(ana), { ...TERMS, interested: { ...named, agentOwner: null } })).toBe('accepted')
    expect(may(by({}), { ...TERMS, interested: { ...named, requestedBy: null } })).toBe('accepted')
    expect(may(by({}), { ...TERMS, interested: { requestedBy: '<@U1>', agentOwner: null } })).toBe('accepted')
  })

  it.each(['ana', 'U11', 'ask ana@example.com', 'x-ana@example.com', '', '@'])(
    'is nobody who only resembles them: %j',
    (requestedBy) => {
      const interested = { requestedBy, agentOwner: requestedBy }
      expect(may(by({ name: 'ana', email: 'ana@example.com' }), { ...TERMS, interested })).toMatch(/^not_eligible/)
    },
  )

  it.each(['guest', 'bot', 'deactivated', 'other_workspace', 'unknown'] as const)('is never a %s', (barred) => {
    const interested = { requestedBy: 'U1', agentOwner: 'U1' }
    expect(may(by({ barred }, ['support_lead']), { ...TERMS, interested })).toMatch(/^not_a_member/)
  })

  it('follows the fallbacks of today; an action that names nobody is for the administrators', () => {
    const today = manifestOf(`
roles:
  team_lead: {members: [ana@example.com], fallback: operations}
  operations: {members: [dana@example.com]}
actions:
  process_refund: {severity: high, reversible: true}
`)
    expect(rollbackRoles(policyOf(), today)).toEqual(['support_lead', 'team_lead', 'operations'])
    expect(rollbackRoles(today.actions['process_refund'] ?? null, today)).toEqual(['operations'])
    expect(rollbackRoles(null, today)).toEqual([])
  })
})

it('one that is replayed from what was recorded before is the same', () => {
  expect(born(runningEvent())).toEqual(running())
})
