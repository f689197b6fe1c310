/**
 * The life of a decision, case by case. Broken builds that these sentences were seen to catch:
 * - the expiry a millisecond late, or an approval from an old card -> the refusals that say so.
 * - one person counted twice in a quorum, or the requester and the owner let through -> their refusals.
 * - approvals kept when the parameters change -> "is void when the parameters change".
 * - pauses not counted, or counted when the clock was set back; clocks going on from the sweep instead of the end of
 *   the question; the event of an expired question lost -> the sentences on questions.
 * - no card to bring up to date -> "ends the decision and says who, when and with which note".
 */
import { describe, expect, it } from 'vitest'
import { type Decision, isApproved, type Status } from '../../src/domain/decision.ts'
import type { FreezeSubject } from '../../src/domain/freeze.ts'
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import { type Command, type Terms, transition } from '../../src/domain/transition.ts'
import { aDecision, aProposal, NOON } from '../fixtures/decisions.ts'
import { action, aFreeze, agent, EVERYTHING, workflow } from '../fixtures/freezes.ts'
import {
  AGENT,
  after,
  amend,
  answer,
  aPerson,
  approve,
  ask,
  deny,
  policyOf,
  refusal,
  report,
  standing,
  termsOf,
  withdraw,
} from './transition-cases.ts'

const TERMS = termsOf(policyOf(', approval_timeout_seconds: 14400, clarification_timeout_seconds: 3600'))
const TWO = termsOf(policyOf(', approval_timeout_seconds: 14400, approvals_required: 2'))
const EXPIRY = NOON + 4 * HOUR
const LATER = NOON + 5 * MINUTE

describe('a frozen decision', () => {
  const decision = aDecision({
    proposal: aProposal({ workflow: { id: 'wf-1', step_index: 0, completed_steps: [], context: {} } }),
  })
  const frozen = (...subjects: readonly FreezeSubject[]): Command => {
    const freezes = subjects.map((subject, index) => aFreeze(subject, { n: index + 1 }))
    return { type: 'approve', by: standing('U1'), revision: 0, note: null, freezes }
  }

  it.each([
    ['its action', action('process_refund')],
    ['its agent', agent('support-agent')],
    ['its workflow', workflow('wf-1')],
    ['everything', EVERYTHING],
  ])('is not approved: %s', (_, subject) => {
    expect(transition(decision, frozen(action('query'), subject), TERMS, LATER)).toMatchObject({
      kind: 'rejected',
      code: 'frozen',
      message: expect.stringMatching(
        /^This is frozen, so nothing was approved. It can be denied, and the agent can be/,
      ),
      freezes: [{ n: 2, subject }],
    })
  })

  it('is approved when only others are', () => {
    const others = [action('support-agent'), agent('process_refund'), workflow('wf-2'), workflow('')]
    expect(transition(decision, frozen(...others), TERMS, LATER)).toMatchObject({ decision: { status: 'approved' } })
  })

  it('tells first what would be refused anyway', () => {
    const again: Command = { type: 'approve', by: standing('U1', ['operations']), revision: 0, note: null, freezes: [] }
    expect(transition(decision, { ...again, freezes: [aFreeze(EVERYTHING)] }, TERMS, LATER)).toMatchObject({
      code: 'not_eligible',
    })
    const denied = after(decision, TERMS, [deny('U2'), LATER])
    expect(transition(denied, frozen(EVERYTHING), TERMS, LATER)).toMatchObject({ code: 'already_decided' })
  })
})

describe('an approval', () => {
  it('ends the decision and says who, when and with which note', () => {
    const command: Command = { type: 'approve', by: standing('U1'), revision: 0, note: 'Seen the parcel.', freezes: [] }
    const outcome = transition(aDecision(), command, TERMS, LATER)
    expect(outcome).toMatchObject({
      kind: 'accepted',
      decision: {
        status: 'approved',
        decidedAt: LATER,
        version: 2,
        approvals: [{ user: 'U1', at: LATER, note: 'Seen the parcel.' }],
      },
      events: [{ type: 'decision.approved', actor: { kind: 'person', team: 'T1', user: 'U1' } }],
      intents: [
        { kind: 'card.sync', decision: aDecision().id },
        { kind: 'copies.sync', decision: aDecision().id },
      ],
    })
  })

  it('is for the parameters in force, by their digest', () => {
    const asked = after(aDecision(), TERMS, [ask('U1'), LATER])
    const amended = after(asked, TERMS, [amend(asked, 'clr_1'), LATER + MINUTE])
    const by = standing('U1', ['team_lead'])
    const outcome = transition(
      amended,
      { type: 'approve', by, revision: 1, note: null, freezes: [] },
      TERMS,
      LATER + 2 * MINUTE,
    )
    expect(amended.parametersDigest).not.toBe(aDecision().parametersDigest)
    expect(outcome).toMatchObject({
      events: [{ payload: { complete: true, parametersDigest: amended.parametersDigest } }],
    })
  })

  it('of a quorum waits for the others', () => {
    const first = after(aDecision(), TWO, [approve('U1'), LATER])
    expect(first.status).toBe('pending')
    const second = after(first, TWO, [approve('U2'), LATER + MINUTE])
    expect(second.status).toBe('approved')
    expect(second.approvals.map(({ user }) => user)).toEqual(['U1', 'U2'])
  })

  it('of a quorum is void when the parameters change', () => {
    const asked = after(aDecision(), TWO, [approve('U1'), LATER], [ask('U2'), LATER])
    const amended = after(asked, TWO, [amend(asked, 'clr_1'), LATER + MINUTE])
    expect(amended).toMatchObject({ status: 'pending', approvals: [], revision: 1, assignment: { role: 'team_lead' } })
  })

  it('is possible while a question is open', () => {
    const asked = after(aDecision(), TERMS, [ask('U1'), LATER])
    const approved = after(asked, TERMS, [approve('U2'), LATER + MINUTE])
    expect(approved).toMatchObject({ status: 'approved', clarification: { state: 'moot' } })
  })
})

describe('an ended decision', () => {
  const ends: readonly [Status, readonly (readonly [Command, number])[]][] = [
    ['approved', [[approve('U1'), LATER]]],
    ['denied', [[deny('U1'), LATER]]],
    ['withdrawn', [[withdraw, LATER]]],
    ['timed_out', [[{ type: 'expire' }, EXPIRY]]],
  ]

  it.each(ends)('%s: keeps neither clocks nor an assignment', (status, steps) => {
    const decision = after(aDecision(), TERMS, ...steps)
    expect(decision.status).toBe(status)
    expect(isApproved(decision)).toBe(status === 'approved')
    expect(Object.keys(decision)).not.toEqual(expect.arrayContaining(['clocks']))
    expect(Object.keys(decision)).not.toEqual(expect.arrayContaining(['clocksLeft']))
    expect(Object.keys(decision)).not.toEqual(expect.arrayContaining(['assignment']))
  })

  it('is blocked, without an assignment, when changed parameters are', () => {
    const asked = after(aDecision(), TERMS, [ask('U1'), LATER])
    const blocked = after(asked, TERMS, [amend(asked, 'clr_1', true), LATER + MINUTE])
    expect(blocked).toMatchObject({ status: 'blocked', route: 'block', clarification: { state: 'answered' } })
    expect('assignment' in blocked).toBe(false)
  })

  it('still takes outcomes', () => {
    const label: Command = {
      type: 'record_outcome',
      by: AGENT,
      correct: false,
      source: 'downstream',
      observedAt: LATER,
      note: 'Paid twice.',
      ref: 'bug-7',
    }
    const decision = after(aDecision(), TERMS, [deny('U1'), LATER], [label, LATER + HOUR])
    expect(decision).toMatchObject({ status: 'denied', outcomes: [{ correct: false, note: 'Paid twice.' }] })
  })
})

describe('a question', () => {
  const asked = after(aDecision(), TERMS, [ask('U1'), LATER])

  it('stops both clocks while the agent answers', () => {
    expect(asked).toMatchObject({
      status: 'clarifying',
      clocksLeft: { deadline: 25 * MINUTE, expiry: EXPIRY - LATER },
      clarification: { state: 'open', askedBy: 'U1', until: LATER + HOUR },
    })
    expect(after(asked, TERMS, [answer(), LATER + 50 * MINUTE])).toMatchObject({
      status: 'pending',
      clocks: { deadline: NOON + 80 * MINUTE, expiresAt: EXPIRY + 50 * MINUTE },
      pausedMs: 50 * MINUTE,
    })
  })

  it('leaves five minutes to decide when it was asked in the last second', () => {
    const late = after(aDecision(), TERMS, [ask('U1'), EXPIRY - SECOND], [answer(), EXPIRY + MINUTE])
    expect(late).toMatchObject({ clocks: { deadline: EXPIRY + 6 * MINUTE, expiresAt: EXPIRY + 6 * MINUTE } })
  })

  it('leaves the whole time where that is shorter than five minutes', () => {
    const proposal = aProposal({ expires_in_seconds: 120 })
    const short = {
      proposal,
      assignment: { role: 'support_lead', level: 0, deadline: NOON + MINUTE, expiresAt: NOON + 2 * MINUTE },
    }
    const back = after(aDecision(short), TERMS, [ask('U1'), NOON + 119 * SECOND], [answer(), LATER])
    expect(back).toMatchObject({ clocks: { deadline: LATER + MINUTE, expiresAt: LATER + 2 * MINUTE } })
  })

  it('without an answer lets the clocks go on when its time is over, however late the sweep comes', () => {
    const outcome = transition(asked, { type: 'expire' }, TERMS, LATER + 2 * HOUR)
    expect(outcome).toMatchObject({
      decision: { status: 'pending', clocks: { expiresAt: EXPIRY + HOUR }, pausedMs: HOUR },
      events: [{ type: 'clarification.expired', at: LATER + HOUR, actor: { kind: 'clock' } }],
    })
  })

  it('and the decision end in one sweep when both are overdue', () => {
    const outcome = transition(asked, { type: 'expire' }, TERMS, NOON + 24 * HOUR)
    expect(outcome).toMatchObject({
      decision: { status: 'timed_out', version: 4 },
      events: [{ type: 'clarification.expired' }, { type: 'decision.timed_out' }],
    })
  })

  it('does not keep a decision open past its end when no sweep has come', () => {
    expect(refusal(asked, approve('U2'), TERMS, EXPIRY + HOUR)).toMatch(/^timed_out: /)
    expect(refusal(asked, approve('U2'), TERMS, EXPIRY + HOUR - 1)).toBe('accepted')
  })

  it('does not add up to more time when the system clock was set back', () => {
    const back = after(asked, TERMS, [answer(), LATER - 30 * MINUTE])
    expect(back.pausedMs).toBe(0)
  })
})

describe('a refusal says why, in words for the one who asked', () => {
  const asked = after(aDecision(), TERMS, [ask('U1'), LATER])
  const paused = after(asked, TERMS, [{ type: 'expire' }, LATER + HOUR])
  const approved = after(aDecision(), TERMS, [approve('U1'), LATER])
  const timeIsUp = 'timed_out: The time to decide has run out, so this counts as denied.'
  const closed =
    'clarification_closed: This question is closed: it was answered, its time ran out, or the decision has ended.'
  const guest: Command = {
    type: 'deny',
    by: { person: aPerson('U1', { barred: 'guest' }), roles: new Set(['support_lead']) },
    revision: 0,
    reason: '',
  }

  const table: readonly (readonly [string, Decision, Command, number, string, Terms?])[] = [
    [
      'approved already',
      approved,
      deny('U2'),
      LATER,
      'already_decided: This was approved by <@U1> on 2026-03-01 at 12:05 UTC.',
    ],
    [
      'approved by two',
      after(aDecision(), TWO, [approve('U1'), LATER], [approve('U2'), LATER]),
      deny('U3'),
      LATER,
      'already_decided: This was approved by <@U1> and <@U2> on 2026-03-01 at 12:05 UTC.',
      TWO,
    ],
    [
      'denied already',
      after(aDecision(), TERMS, [deny('U1'), LATER]),
      approve('U2'),
      LATER,
      'already_decided: This was denied by <@U1> on 2026-03-01 at 12:05 UTC.',
    ],
    [
      'withdrawn already',
      after(aDecision(), TERMS, [withdraw, LATER]),
      approve('U2'),
      LATER,
      'already_decided: The agent withdrew this on 2026-03-01 at 12:05 UTC.',
    ],
    ['blocked', aDecision({ route: 'block' }), withdraw, LATER, 'already_decided: The policy has blocked this.'],
    [
      'approved by the policy',
      aDecision({ route: 'auto_approve' }),
      withdraw,
      LATER,
      'already_decided: The policy has approved this; nobody has to decide it.',
    ],
    ['ended by the sweep', after(aDecision(), TERMS, [{ type: 'expire' }, EXPIRY]), approve('U1'), EXPIRY, timeIsUp],
    ['expired, not swept yet', aDecision(), approve('U1'), EXPIRY, timeIsUp],
    ['expired, and withdrawn', aDecision(), withdraw, EXPIRY, timeIsUp],
    ['a guest', aDecision(), guest, LATER, 'not_a_member: Guests of this workspace cannot decide.'],
    [
      'somebody else',
      aDecision(),
      { type: 'approve', by: standing('U1', ['operations']), revision: 0, note: null, freezes: [] },
      LATER,
      'not_eligible: Only support_lead or team_lead can decide this.',
    ],
    [
      'the requester',
      aDecision(),
      approve('U1'),
      LATER,
      'self_approval: You asked for this, so somebody else has to decide it.',
      termsOf(policyOf(), { requestedBy: 'U1' }),
    ],
    [
      'the owner of the agent',
      aDecision(),
      approve('U1'),
      LATER,
      'self_approval: You own the agent that proposed this, so somebody else has to decide it.',
      termsOf(policyOf(), { agentOwner: 'U1' }),
    ],
    [
      'an old card',
      aDecision(),
      approve('U1', 1),
      LATER,
      'outdated_card: The agent has changed the parameters since. Nothing was recorded; please look at the card as it is now.',
    ],
    [
      'a second approval by one person',
      after(aDecision(), TWO, [approve('U1'), LATER]),
      approve('U1'),
      LATER,
      'already_approved_by_you: You have approved this already; it needs somebody else as well.',
      TWO,
    ],
    [
      'a second question at once',
      asked,
      ask('U2', 'clr_2'),
      LATER,
      'clarification_open: <@U1> has asked a question already; the agent has not answered yet.',
    ],
    [
      'one question too many',
      paused,
      ask('U2', 'clr_2'),
      LATER + HOUR,
      'clarifications_used_up: Questions have stopped the clocks of this decision for as long as the policy allows. Please decide with what is known, or deny it.',
    ],
    [
      'an answer to no question',
      aDecision(),
      answer('clr_9'),
      LATER,
      'clarification_unknown: This decision has no such question. Read the decision: `clarification.id` names the latest one.',
    ],
    ['an answer too late, swept', paused, answer(), LATER + HOUR, closed],
    ['an answer too late, not swept', asked, answer(), LATER + HOUR, closed],
    ['a second answer', after(asked, TERMS, [answer(), LATER]), answer(), LATER, closed],
    ['an answer after the end', after(asked, TERMS, [deny('U2'), LATER]), answer(), LATER, closed],
    [
      'an execution of what timed out',
      after(aDecision(), TERMS, [{ type: 'expire' }, EXPIRY]),
      report('started'),
      EXPIRY,
      'not_approved: This decision is timed out, so nothing may run. Report executions of approved decisions only.',
    ],
    [
      'an execution reported twice',
      after(approved, TERMS, [report('started'), LATER], [report('succeeded'), LATER]),
      report('failed'),
      LATER,
      'execution_final: The execution was reported as succeeded already.',
    ],
    ['nothing due', aDecision(), { type: 'expire' }, EXPIRY - 1, 'nothing_due: Nothing of this decision is due.'],
    ['nothing due any more', approved, { type: 'expire' }, EXPIRY, 'nothing_due: Nothing of this decision is due.'],
  ]

  for (const [name, decision, command, now, expected, terms = TERMS] of table)
    it(name, () => {
      expect(refusal(decision, command, terms, now)).toBe(expected)
    })

  it('and the owner may decide where the manifest says self_approval', () => {
    const terms = termsOf(policyOf(', self_approval: true'), { requestedBy: 'U1', agentOwner: 'U1' })
    expect(refusal(aDecision(), approve('U1'), terms, LATER)).toBe('accepted')
  })
})
