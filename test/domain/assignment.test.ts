/**
 * Who is asked, when, and what time does about it. Broken builds that these sentences were seen to catch:
 * - the most loaded first; capacity ignored -> "the reviewer that is chosen".
 * - attempts of lower levels counted as well -> "the levels that are left".
 * - a delegate's time that begins anew -> "an assignment". Reminders that a question does not move -> "a question".
 * - reminders kept after they were given -> "a reminder". Who has approved asked on -> "a quorum".
 * - operations told twice; no later retry; nobody told when somebody has left -> "when nobody is left".
 */
import { describe, expect, it } from 'vitest'
import {
  assignmentDue,
  chooseReviewer,
  type Group,
  isUnassigned,
  type Load,
  levelsLeft,
  spentOn,
} from '../../src/domain/assignment.ts'
import { assigneeOf, type Decision, dueAt } from '../../src/domain/decision.ts'
import type { AssignedBecause } from '../../src/domain/event.ts'
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../src/domain/time.ts'
import { type Command, transition } from '../../src/domain/transition.ts'
import { aDecision, anAssignment, NOON } from '../fixtures/decisions.ts'
import { after, amend, answer, approve, ask, deny, policyOf, refusal, termsOf } from './transition-cases.ts'

// Two levels, two people on each: an hour each of four, but half an hour by the SLA.
const POLICY = policyOf(', approval_timeout_seconds: 14400, attempts_per_level: 2, sla_minutes: 30')
const TERMS = termsOf(POLICY)
const EXPIRY = NOON + 4 * HOUR
const CLOCK = { kind: 'clock' } as const

function assign(
  user: string,
  before: string | null,
  because: AssignedBecause = before === null ? 'submitted' : 'deadline_missed',
  level = 0,
): Command {
  const to = { user, role: level === 0 ? 'support_lead' : 'team_lead', level }
  return { type: 'assign', by: CLOCK, to, because, before }
}

function exhaust(before: string | null): Command {
  return { type: 'exhaust', because: before === null ? 'nobody_available' : 'path_exhausted', before }
}

const nudge: Command = { type: 'nudge' }
const expire: Command = { type: 'expire' }
const ASKED = after(aDecision(), TERMS, [assign('U1', null), NOON])
const NOTHING_DUE = 'nothing_due: Nothing of this decision is due.'

function assignmentOf(decision: Decision) {
  return 'assignment' in decision ? decision.assignment : null
}

function noticesOf(decision: Decision, command: Command, now: Instant): readonly unknown[] {
  const outcome = transition(decision, command, TERMS, now)
  if (outcome.kind === 'rejected') throw new Error(outcome.message)
  return outcome.intents.filter(({ kind }) => kind === 'notice.post')
}

describe('the reviewer that is chosen', () => {
  const group = (users: readonly string[], fields: Partial<Group> = {}): Group => ({
    role: 'support_lead',
    level: 0,
    users,
    capacity: null,
    ...fields,
  })
  const loads = (of: Readonly<Record<string, readonly [number, Instant | null]>>): ReadonlyMap<string, Load> =>
    new Map(Object.entries(of).map(([user, [open, assignedAt]]) => [user, { open, assignedAt }]))

  it('is the one with the fewest open assignments', () => {
    const busy = loads({ U1: [3, NOON], U2: [1, NOON + 9], U3: [2, null] })
    expect(chooseReviewer([group(['U1', 'U2', 'U3'])], busy)?.user).toBe('U2')
    expect(chooseReviewer([group(['U1', 'U2', 'U4'])], busy)?.user).toBe('U4')
  })

  it('is, of equally loaded ones, who was asked longest ago, never first of all, then the smaller id', () => {
    const same = loads({ U1: [1, NOON], U2: [1, NOON - 1], U3: [1, null], U4: [1, NOON - 1] })
    expect(chooseReviewer([group(['U1', 'U4', 'U2'])], same)?.user).toBe('U2')
    expect(chooseReviewer([group(['U1', 'U2', 'U3'])], same)?.user).toBe('U3')
    expect(chooseReviewer([group(['U9', 'U10'])], same)?.user).toBe('U10')
  })

  it('is below capacity in the role, else in its fallback, else the least loaded of the role all the same', () => {
    const fallback = group(['B1', 'B2'], { role: 'backup', capacity: 1 })
    const role = group(['U1', 'U2'], { capacity: 2 })
    const choose = (of: Parameters<typeof loads>[0]) => chooseReviewer([role, fallback], loads(of))
    expect(choose({ U1: [2, null], U2: [1, null] })).toEqual({ user: 'U2', role: 'support_lead', level: 0 })
    expect(choose({ U1: [2, null], U2: [2, null] })).toEqual({ user: 'B1', role: 'backup', level: 0 })
    const full = { U1: [5, null], U2: [4, null], B1: [1, null], B2: [1, null] } as const
    expect(choose(full)).toEqual({ user: 'U2', role: 'support_lead', level: 0 })
  })

  it('is of the fallback when nobody of the role is there, however busy the fallback is', () => {
    const groups = [group([]), group(['B1'], { role: 'backup', capacity: 1 })]
    expect(chooseReviewer(groups, loads({ B1: [7, NOON] }))).toEqual({ user: 'B1', role: 'backup', level: 0 })
  })

  it('is of the lowest level that has anybody, whatever their order and load', () => {
    const groups = [group(['L1'], { role: 'team_lead', level: 1 }), group(['U1'], { capacity: 1 })]
    expect(chooseReviewer(groups, loads({ U1: [9, NOON] }))).toEqual({ user: 'U1', role: 'support_lead', level: 0 })
    expect(chooseReviewer([group([]), ...groups.slice(0, 1)], new Map())?.user).toBe('L1')
  })

  it('is nobody where nobody is', () => {
    expect(chooseReviewer([], new Map())).toBeNull()
    expect(chooseReviewer([group([]), group([], { level: 1 })], new Map())).toBeNull()
  })
})

describe('the levels that are left', () => {
  const left = (policy: typeof POLICY, level: number, tried: readonly number[]) => {
    const assignment = assignmentOf(aDecision())
    if (assignment === null) throw new Error('it waits')
    return levelsLeft(policy, { ...assignment, level, tried: tried.map((on, n) => ({ user: `U${n}`, level: on })) })
  }

  it('are the assigned one while attempts are left there, and all above it', () => {
    expect(left(POLICY, 0, [])).toEqual([0, 1])
    expect(left(POLICY, 0, [0])).toEqual([0, 1])
    expect(left(POLICY, 0, [0, 0])).toEqual([1])
    expect(left(POLICY, 1, [0, 0, 1])).toEqual([1])
    expect(left(POLICY, 1, [0, 0, 1, 1])).toEqual([])
  })

  it('are three attempts on a path of one level, unless the manifest says more', () => {
    const one = { ...POLICY, escalation_path: ['support_lead'] }
    expect(left(one, 0, [0, 0])).toEqual([0])
    expect(left(one, 0, [0, 0, 0])).toEqual([])
    expect(left({ ...one, attempts_per_level: 4 }, 0, [0, 0, 0])).toEqual([0])
  })
})

describe('an assignment', () => {
  it('gives the person the time of the SLA, and reminds at half of it and at four fifths', () => {
    expect(ASKED).toMatchObject({
      status: 'pending',
      version: 2,
      clocks: { deadline: NOON + 30 * MINUTE, expiresAt: EXPIRY },
      assignment: {
        role: 'support_lead',
        level: 0,
        reviewers: ['U1'],
        startedAt: NOON,
        tried: [{ user: 'U1', level: 0 }],
        nudgesAt: [NOON + 15 * MINUTE, NOON + 24 * MINUTE],
      },
    })
    expect([isUnassigned(aDecision()), isUnassigned(ASKED)]).toEqual([true, false])
  })

  it('updates the cards and the messages to people', () => {
    const { id } = aDecision()
    expect(transition(aDecision(), assign('U1', null), TERMS, NOON)).toMatchObject({
      events: [{ type: 'assignment.made', actor: CLOCK, payload: { user: 'U1', before: null, because: 'submitted' } }],
      intents: [
        { kind: 'card.sync', decision: id },
        { kind: 'copies.sync', decision: id },
      ],
    })
  })

  it('moves to the next person when the deadline has passed, who has the whole time from then on', () => {
    const next = after(ASKED, TERMS, [assign('U2', 'U1'), NOON + 40 * MINUTE])
    expect(next).toMatchObject({
      clocks: { deadline: NOON + 70 * MINUTE, expiresAt: EXPIRY },
      assignment: { reviewers: ['U2'], startedAt: NOON + 40 * MINUTE, tried: [{ user: 'U1' }, { user: 'U2' }] },
    })
    expect(refusal(ASKED, assign('U2', 'U1'), TERMS, NOON + 30 * MINUTE - 1)).toBe(NOTHING_DUE)
    expect(refusal(ASKED, assign('U2', 'U1'), TERMS, NOON + 30 * MINUTE)).toBe('accepted')
  })

  it('is made once, by whoever comes first', () => {
    expect(refusal(ASKED, assign('U2', null), TERMS, NOON)).toBe(NOTHING_DUE)
    const next = after(ASKED, TERMS, [assign('U2', 'U1'), NOON + 30 * MINUTE])
    expect(refusal(next, assign('U3', 'U1'), TERMS, NOON + 3 * HOUR)).toBe(NOTHING_DUE)
    expect(refusal(ASKED, assign('U3', 'U2', 'by_hand'), TERMS, NOON)).toBe(NOTHING_DUE)
  })

  it('never ends after the decision, and is not made once that is over', () => {
    const late = after(ASKED, TERMS, [assign('U2', 'U1'), EXPIRY - MINUTE])
    expect(late).toMatchObject({ clocks: { deadline: EXPIRY, expiresAt: EXPIRY }, assignment: { nudgesAt: [] } })
    expect(refusal(ASKED, assign('U2', 'U1'), TERMS, EXPIRY)).toBe(NOTHING_DUE)
    expect(refusal(after(ASKED, TERMS, [deny('U1'), NOON]), assign('U2', null), TERMS, NOON)).toBe(NOTHING_DUE)
  })

  it('of a delegate keeps the time and the reminders that are left, and is no attempt of its own', () => {
    const moved = after(ASKED, TERMS, [assign('U2', 'U1', 'delegated'), NOON + 20 * MINUTE])
    expect(moved).toMatchObject({
      clocks: { deadline: NOON + 30 * MINUTE },
      assignment: {
        reviewers: ['U2'],
        startedAt: NOON,
        nudgesAt: [NOON + 15 * MINUTE, NOON + 24 * MINUTE],
        tried: [{ user: 'U2', level: 0 }],
      },
    })
    const exhausted = after(ASKED, TERMS, [exhaust('U1'), NOON + HOUR], [assign('U2', 'U1', 'delegated'), NOON + HOUR])
    expect(assignmentOf(exhausted)).toMatchObject({ exhausted: true, reviewers: ['U2'] })
    expect(dueAt(exhausted)).toBe(EXPIRY)
  })

  it('by hand has the whole time, at any moment and after the path is exhausted', () => {
    const end = after(ASKED, TERMS, [exhaust('U1'), NOON + HOUR], [assign('U9', 'U1', 'by_hand'), NOON + 2 * HOUR])
    expect(end).toMatchObject({
      clocks: { deadline: NOON + 150 * MINUTE },
      assignment: { reviewers: ['U9'], exhausted: false },
    })
    expect(refusal(ASKED, assign('U9', 'U1', 'by_hand'), TERMS, NOON)).toBe('accepted')
  })

  it('of who replaces somebody that can not decide any more counts as their attempt', () => {
    const next = after(ASKED, TERMS, [assign('U2', 'U1', 'not_eligible'), NOON + 15 * MINUTE])
    expect(next).toMatchObject({
      clocks: { deadline: NOON + 45 * MINUTE },
      assignment: { reviewers: ['U2'], tried: [{ user: 'U2', level: 0 }] },
    })
  })

  it('does not go to who was asked or has approved on this level already', () => {
    const two = termsOf(policyOf(', approvals_required: 2'))
    const held = after(ASKED, two, [approve('U5'), NOON], [assign('U2', 'U1'), NOON + 2 * HOUR])
    expect(spentOn(held, 0)).toEqual(new Set(['U1', 'U2', 'U5']))
    expect(spentOn(held, 1)).toEqual(new Set(['U5']))
  })
})

describe('a question', () => {
  const stopped = after(ASKED, TERMS, [ask('U9'), NOON + 10 * MINUTE])

  it('stops the deadline: nobody else is asked, and nobody is reminded', () => {
    for (const command of [assign('U2', 'U1'), assign('U2', 'U1', 'by_hand'), nudge, exhaust('U1')])
      expect(refusal(stopped, command, TERMS, NOON + 50 * MINUTE)).toBe(NOTHING_DUE)
    expect(dueAt(stopped)).toBe(NOON + 10 * MINUTE + DAY)
    expect(assigneeOf(stopped)).toBe('U1')
  })

  it('makes deadline and reminders later by as long as it lasted', () => {
    const resumed = after(stopped, TERMS, [answer(), NOON + 50 * MINUTE])
    expect(resumed).toMatchObject({
      clocks: { deadline: NOON + 70 * MINUTE },
      assignment: { reviewers: ['U1'], nudgesAt: [NOON + 55 * MINUTE, NOON + 64 * MINUTE] },
    })
    expect(dueAt(resumed)).toBe(NOON + 55 * MINUTE)
  })

  it('leaves no reminder after the deadline', () => {
    const brief = termsOf(policyOf(', approval_timeout_seconds: 14400, sla_minutes: 4, nudge_at: [0.9]'))
    const held = after(aDecision(), brief, [assign('U1', null), NOON], [ask('U9'), NOON + 3.5 * MINUTE])
    const resumed = after(held, brief, [answer(), NOON + 20 * MINUTE])
    expect(resumed).toMatchObject({ clocks: { deadline: NOON + 24 * MINUTE } })
    const nudges = assignmentOf(resumed)?.nudgesAt ?? []
    expect(nudges.every((at) => at < NOON + 24 * MINUTE)).toBe(true)
  })

  it('whose answer amends to a higher level has somebody new asked there, after who was tried before', () => {
    const amended = after(stopped, TERMS, [amend(stopped, 'clr_1'), NOON + 50 * MINUTE])
    expect(amended).toMatchObject({
      assignment: { role: 'team_lead', level: 1, reviewers: [], tried: [{ user: 'U1', level: 0 }], nudgesAt: [] },
    })
    expect([isUnassigned(amended), dueAt(amended)]).toEqual([true, NOON + 50 * MINUTE])
    const held = after(amended, TERMS, [assign('L1', null, 'submitted', 1), NOON + 50 * MINUTE])
    expect(held).toMatchObject({ clocks: { deadline: NOON + 80 * MINUTE }, assignment: { reviewers: ['L1'] } })
  })
})

describe('a reminder', () => {
  it('comes at half the time and at four fifths, once each', () => {
    expect(refusal(ASKED, nudge, TERMS, NOON + 15 * MINUTE - 1)).toBe(NOTHING_DUE)
    const once = after(ASKED, TERMS, [nudge, NOON + 15 * MINUTE])
    expect(assignmentOf(once)?.nudgesAt).toEqual([NOON + 24 * MINUTE])
    expect(refusal(once, nudge, TERMS, NOON + 15 * MINUTE)).toBe(NOTHING_DUE)
    const twice = after(once, TERMS, [nudge, NOON + 24 * MINUTE])
    expect(assignmentOf(twice)?.nudgesAt).toEqual([])
    expect(dueAt(twice)).toBe(NOON + 30 * MINUTE)
    expect(refusal(twice, nudge, TERMS, NOON + 29 * MINUTE)).toBe(NOTHING_DUE)
  })

  it('that came too late for the first comes once for both', () => {
    const late = after(ASKED, TERMS, [nudge, NOON + 25 * MINUTE])
    expect(assignmentOf(late)?.nudgesAt).toEqual([])
    expect(refusal(late, nudge, TERMS, NOON + 25 * MINUTE)).toBe(NOTHING_DUE)
  })

  it('names who is reminded and until when', () => {
    expect(transition(ASKED, nudge, TERMS, NOON + 16 * MINUTE)).toMatchObject({
      events: [{ type: 'assignment.nudged', actor: CLOCK, payload: { user: 'U1', deadline: NOON + 30 * MINUTE } }],
      intents: [{ kind: 'card.sync' }, { kind: 'copies.sync' }],
    })
  })

  it('comes in its order, whatever the order in the manifest', () => {
    const terms = termsOf(policyOf(', approval_timeout_seconds: 14400, sla_minutes: 30, nudge_at: [0.9, 0.1]'))
    const held = after(aDecision(), terms, [assign('U1', null), NOON])
    expect(assignmentOf(held)?.nudgesAt).toEqual([NOON + 3 * MINUTE, NOON + 27 * MINUTE])
  })

  it('does not come where the deadline was missed, where nobody is asked, or after the end', () => {
    expect(refusal(ASKED, nudge, TERMS, NOON + 30 * MINUTE)).toBe(NOTHING_DUE)
    expect(refusal(aDecision(), nudge, TERMS, NOON + HOUR)).toBe(NOTHING_DUE)
    expect(refusal(after(ASKED, TERMS, [deny('U1'), NOON]), nudge, TERMS, NOON + 15 * MINUTE)).toBe(NOTHING_DUE)
  })
})

describe('when nobody is left', () => {
  it('operations are told once, and the last one asked stays until the end', () => {
    const at = NOON + 30 * MINUTE
    expect(noticesOf(ASKED, exhaust('U1'), at)).toMatchObject([
      { key: `unassigned ${ASKED.id} 3`, notice: { about: 'unassigned', before: 'U1', because: 'path_exhausted' } },
    ])
    const end = after(ASKED, TERMS, [exhaust('U1'), at])
    expect(assigneeOf(end)).toBe('U1')
    expect(dueAt(end)).toBe(EXPIRY)
    expect(assignmentDue(end, EXPIRY - 1)).toBeNull()
    for (const command of [exhaust('U1'), assign('U2', 'U1'), nudge])
      expect(refusal(end, command, TERMS, EXPIRY - 1)).toBe(NOTHING_DUE)
  })

  it('from the start operations are told at once and once, and it is tried again when an attempt would be over', () => {
    expect(noticesOf(aDecision(), exhaust(null), NOON)).toMatchObject([
      { notice: { about: 'unassigned', before: null, because: 'nobody_available', expiresAt: EXPIRY } },
    ])
    const held = after(aDecision(), TERMS, [exhaust(null), NOON])
    expect([isUnassigned(held), dueAt(held)]).toEqual([false, NOON + 30 * MINUTE])
    expect(refusal(held, assign('U1', null), TERMS, NOON + 30 * MINUTE - 1)).toBe(NOTHING_DUE)
    expect(refusal(held, exhaust(null), TERMS, NOON + 30 * MINUTE - 1)).toBe(NOTHING_DUE)
    expect(noticesOf(held, exhaust(null), NOON + 30 * MINUTE)).toEqual([])
    const still = after(held, TERMS, [exhaust(null), NOON + 30 * MINUTE])
    expect(dueAt(still)).toBe(NOON + HOUR)
    expect(assigneeOf(after(still, TERMS, [assign('U1', null), NOON + HOUR]))).toBe('U1')
  })

  it('and the one who is asked can not decide any more, operations are told before the deadline', () => {
    expect(refusal(ASKED, exhaust('U1'), TERMS, NOON + 15 * MINUTE - 1)).toBe(NOTHING_DUE)
    expect(noticesOf(ASKED, exhaust('U1'), NOON + 15 * MINUTE)).toHaveLength(1)
    expect(dueAt(after(ASKED, TERMS, [exhaust('U1'), NOON + 15 * MINUTE]))).toBe(EXPIRY)
  })

  it('is nothing to tell about a decision that is over, or that has moved on', () => {
    expect(refusal(ASKED, exhaust('U1'), TERMS, EXPIRY)).toBe(NOTHING_DUE)
    expect(refusal(ASKED, exhaust(null), TERMS, NOON + HOUR)).toBe(NOTHING_DUE)
    expect(refusal(ASKED, exhaust('U2'), TERMS, NOON + HOUR)).toBe(NOTHING_DUE)
  })
})

describe('a decision for everybody in the channel', () => {
  const everybody = aDecision({ assignment: anAssignment(NOON, { everybody: true }) })

  it('is given to nobody in person, and operations are told when the time of an attempt is over', () => {
    expect(isUnassigned(everybody)).toBe(false)
    expect(refusal(everybody, assign('U1', null), TERMS, NOON)).toBe(NOTHING_DUE)
    expect(dueAt(everybody)).toBe(NOON + 30 * MINUTE)
    const told: Command = { type: 'exhaust', because: 'path_exhausted', before: null }
    expect(noticesOf(everybody, told, NOON + 30 * MINUTE)).toHaveLength(1)
    expect(dueAt(after(everybody, TERMS, [told, NOON + 30 * MINUTE]))).toBe(EXPIRY)
  })

  it('is that of one person once it is given to them by hand', () => {
    const given = after(everybody, TERMS, [assign('U1', null, 'by_hand'), NOON])
    expect(assignmentOf(given)).toMatchObject({ everybody: false, reviewers: ['U1'] })
    expect(dueAt(given)).toBe(NOON + 15 * MINUTE)
  })
})

describe('a quorum', () => {
  const two = termsOf(policyOf(', approval_timeout_seconds: 14400, sla_minutes: 30, approvals_required: 2'))

  it('asks somebody else once the one who was asked has approved, as the same attempt', () => {
    const half = after(ASKED, two, [approve('U1'), NOON + 10 * MINUTE])
    expect(half).toMatchObject({ status: 'pending', assignment: { reviewers: [], tried: [], nudgesAt: [] } })
    expect([isUnassigned(half), dueAt(half), spentOn(half, 0)]).toEqual([true, NOON + 10 * MINUTE, new Set(['U1'])])
    const whole = after(half, two, [assign('U2', null), NOON + 10 * MINUTE])
    expect(whole).toMatchObject({ clocks: { deadline: NOON + 40 * MINUTE }, assignment: { reviewers: ['U2'] } })
  })

  it('goes on asking the same person when somebody else has approved', () => {
    const half = after(ASKED, two, [approve('U7'), NOON + 10 * MINUTE])
    expect(half).toMatchObject({ assignment: { reviewers: ['U1'], tried: [{ user: 'U1' }] } })
  })
})

describe('time alone', () => {
  it.each<[string, Decision, Instant | null]>([
    ['asks somebody at once', aDecision(), NOON],
    ['reminds first', ASKED, NOON + 15 * MINUTE],
    ['ends a question', after(ASKED, TERMS, [ask('U9'), NOON + SECOND]), NOON + SECOND + DAY],
    ['does nothing to what has ended', after(ASKED, TERMS, [deny('U1'), NOON]), null],
    ['does nothing to what timed out', after(ASKED, TERMS, [expire, EXPIRY]), null],
    ['does nothing to what was approved automatically', aDecision({ route: 'auto_approve' }), null],
    ['does nothing to what is blocked', aDecision({ route: 'block' }), null],
  ])('%s', (_, decision, due) => {
    expect(dueAt(decision)).toBe(due)
  })
})
