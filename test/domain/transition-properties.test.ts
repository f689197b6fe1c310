/**
 * What must hold for every decision, whatever people, agents and time do to it: 2,000 generated lives (20,000 with
 * DEEP=1) of up to 25 commands, now and then at the very edge of a clock. Broken builds that these were seen to catch:
 * - the expiry not looked at, or a millisecond late -> "nobody approves from the expiry on".
 * - an ended decision ended again -> "one end state". One person counted twice -> "a quorum, each once".
 * - pauses not added up, or a question that lasts until the sweep -> "all pauses together".
 * - no five minutes after a question; approvals kept when the parameters change -> the sentences that say so.
 * - an edit without its approval, or one that is kept at its old level -> the sentences that say so.
 * - the use of a grant, or its end, not looked at -> "used once at most".
 * - a freeze of the agent not looked at -> "while it is frozen".
 * - events in the wrong order, or `evolve` changing the state that it is given -> replaying, and the last sentence.
 */
import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { assignmentDue } from '../../src/domain/assignment.ts'
import { assigneeOf, type Decision, dueAt, evolve, isApproved, isWaiting, replay } from '../../src/domain/decision.ts'
import { parametersDigest } from '../../src/domain/digest.ts'
import type { AssignedBecause, DecisionEvent } from '../../src/domain/event.ts'
import type { Freeze } from '../../src/domain/freeze.ts'
import { claimsOf } from '../../src/domain/granting.ts'
import { attemptMs, timeoutMs } from '../../src/domain/sla-clock.ts'
import { HOUR, type Instant, MINUTE } from '../../src/domain/time.ts'
import { type Command, type Terms, transition } from '../../src/domain/transition.ts'
import { anAssignment, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { action, aFreeze, agent, EVERYTHING, workflow } from '../fixtures/freezes.ts'
import { AGENT, amend, answer, edit, policyOf, report, standing, termsOf, withdraw } from './transition-cases.ts'

const runs = { numRuns: tries(2_000, 20_000) }

vi.setConfig({ testTimeout: patience(30_000) })

/** The shortest time is shorter than the five minutes that an answer leaves. */
const POLICIES = [1, 2, 3].flatMap((quorum) =>
  [120, 900, 14_400].map((timeout) =>
    policyOf(
      `, approvals_required: ${quorum}, approval_timeout_seconds: ${timeout}, clarification_timeout_seconds: 1800, editable_parameters: [amount_usd]`,
    ),
  ),
)

const WORKFLOW = { id: 'wf-1', step_index: 0, completed_steps: [], context: {} }

type Act =
  | 'approve'
  | 'edit'
  | 'deny'
  | 'ask'
  | 'answer'
  | 'amend'
  | 'block'
  | 'withdraw'
  | 'expire'
  | 'assign'
  | 'hand_over'
  | 'delegate'
  | 'nudge'
  | 'exhaust'
  | 'run'
  | 'read'
  | 'use'
  | 'label'

const EDGES = {
  before: ['end', -1],
  at: ['end', 0],
  after: ['end', 1],
  next: ['next', 0],
} as const

/** `wait`: ms until the next command, or until just before, at or just after the end, or until what time does next. */
type Step = {
  readonly act: Act
  readonly user: string
  readonly wait: number | keyof typeof EDGES
  readonly frozen: readonly Freeze[]
}

/** Every life is of one action, agent and workflow: each of the first covers it. */
const COVERING = [action('process_refund'), agent('support-agent'), workflow('wf-1'), EVERYTHING].map((each) => [
  aFreeze(each),
])
const NOT_COVERING = [[aFreeze(action('support-agent')), aFreeze(agent('process_refund')), aFreeze(workflow('wf-2'))]]

/** One life: the decision after each command that was accepted, with the moment and the events. */
type Moment = {
  readonly now: Instant
  readonly before: Decision
  readonly after: Decision
  readonly command: Command
  readonly frozen: readonly Freeze[]
}
type Life = { readonly terms: Terms; readonly events: readonly DecisionEvent[]; readonly moments: readonly Moment[] }

const steps: fc.Arbitrary<Step> = fc.record({
  act: fc.oneof(
    // Three people have to approve before the time is over: rarer approvals would leave a quorum of three to luck.
    { weight: 9, arbitrary: fc.constantFrom<Act>('approve', 'approve', 'approve', 'ask', 'answer', 'amend') },
    { weight: 2, arbitrary: fc.constant<Act>('edit') },
    { weight: 3, arbitrary: fc.constantFrom<Act>('expire', 'run', 'label', 'read', 'use') },
    {
      weight: 8,
      arbitrary: fc.constantFrom<Act>('assign', 'assign', 'assign', 'nudge', 'exhaust', 'hand_over', 'delegate'),
    },
    { weight: 1, arbitrary: fc.constantFrom<Act>('deny', 'withdraw', 'block') },
  ),
  user: fc.constantFrom('U1', 'U2', 'U3'),
  wait: fc.oneof(
    { weight: 30, arbitrary: fc.integer({ min: 0, max: MINUTE }) },
    { weight: 3, arbitrary: fc.constantFrom('before' as const, 'at' as const, 'after' as const) },
    { weight: 6, arbitrary: fc.constant('next' as const) },
    { weight: 1, arbitrary: fc.constantFrom(30 * MINUTE, 6 * HOUR) },
  ),
  frozen: fc.oneof(
    { weight: 14, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.constantFrom(...COVERING, ...NOT_COVERING) },
  ),
})

const lives: fc.Arbitrary<Life> = fc
  .record({
    policy: fc.constantFrom(...POLICIES),
    wish: fc.option(fc.integer({ min: 60, max: 600 }), { nil: undefined }),
    plan: fc.array(steps, { minLength: 1, maxLength: 25, size: 'max' }),
  })
  .map(({ policy, wish, plan }) => {
    const timeout = timeoutMs(policy, wish)
    const assignment = anAssignment(NOON, {
      deadline: Math.round(NOON + attemptMs(policy, 'normal', timeout)),
      expiresAt: NOON + timeout,
    })
    const first = submittedEvent({ proposal: aProposal({ expires_in_seconds: wish, workflow: WORKFLOW }), assignment })
    return live(first, termsOf(policy), plan)
  })

function live(first: DecisionEvent, terms: Terms, plan: readonly Step[]): Life {
  let decision = replay([first])
  let now = NOON
  const events = [first]
  const moments: Moment[] = []
  for (const step of plan) {
    now = waited(decision, step, now)
    const command = commandOf(decision, step, now)
    const outcome = transition(decision, command, terms, now)
    if (outcome.kind === 'rejected') continue
    moments.push({ now, before: decision, after: outcome.decision, command, frozen: step.frozen })
    events.push(...outcome.events)
    decision = outcome.decision
  }
  return { terms, events, moments }
}

function waited(decision: Decision, { wait }: Step, now: Instant): Instant {
  if (typeof wait === 'number') return now + wait
  const end = decision.status === 'pending' ? decision.clocks.expiresAt : (dueAt(decision) ?? now)
  const [moment, late] = EDGES[wait]
  const due = moment === 'next' ? (dueAt(decision) ?? now) : end
  return Math.max(now, due + late)
}

function commandOf(decision: Decision, { act, user, frozen }: Step, now: Instant): Command {
  const by = standing(user, ['support_lead', 'team_lead'])
  const { revision } = decision
  const question = decision.clarification?.id ?? 'clr_none'
  switch (act) {
    case 'approve':
      return { type: 'approve', by, revision, note: null, freezes: frozen }
    case 'edit': {
      const level = 'assignment' in decision ? decision.assignment.level : 0
      const higher = level === 1 || now % 3 === 0
      return { ...edit(decision, by, 300 + decision.version, higher ? 1 : 0), freezes: frozen }
    }
    case 'deny':
      return { type: 'deny', by, revision, reason: 'No.' }
    case 'ask':
      return { type: 'clarify', by, revision, clarification: `clr_${decision.version}`, question: 'Why?' }
    case 'answer':
      return answer(question)
    case 'amend':
      return amend(decision, question)
    case 'block':
      return amend(decision, question, true)
    case 'withdraw':
      return withdraw
    case 'expire':
      return { type: 'expire' }
    case 'assign':
      return given(decision, user, assignmentDue(decision, now) === 'missed' ? 'deadline_missed' : 'submitted')
    case 'hand_over':
      return given(decision, user, 'by_hand')
    case 'delegate':
      return given(decision, user, 'delegated')
    case 'nudge':
      return { type: 'nudge' }
    case 'exhaust':
      return exhausted(decision)
    case 'run':
      return report(decision.execution.state === 'started' ? 'succeeded' : 'started')
    case 'read':
      return issue(now)
    case 'use':
      return use(decision)
    case 'label':
      return {
        type: 'record_outcome',
        by: AGENT,
        correct: true,
        source: 'audit',
        observedAt: now,
        note: null,
        ref: null,
      }
  }
}

function issue(now: Instant): Command {
  const approval = { by: ['slack:T1/U1'], card: null }
  return { type: 'issue_grant', by: AGENT, grant: `grt_${now}`, issuer: 'i', kid: 'k', approval, frozen: null }
}

/** With the good claims where there is a grant, whatever has happened to it. */
function use(decision: Decision): Command {
  const { proposal, parameters } = decision
  const grant = 'grant' in decision ? decision.grant : undefined
  const claims = claimsOf(decision, grant ?? NO_GRANT)
  const execute = { action: proposal.action, parameters }
  return { type: 'consume_grant', by: AGENT, claims, execute, frozen: null }
}

const NO_GRANT = { id: '', issuer: '', kid: '', issuedAt: 0, expiresAt: 0, by: ['x'], card: null, consumedAt: null }

function given(decision: Decision, user: string, because: AssignedBecause): Command {
  const level = 'assignment' in decision ? decision.assignment.level : 0
  const to = { user, role: level === 0 ? 'support_lead' : 'team_lead', level }
  return { type: 'assign', by: { kind: 'clock' }, to, because, before: assigneeOf(decision) }
}

function exhausted(decision: Decision): Command {
  const before = assigneeOf(decision)
  return { type: 'exhaust', because: before === null ? 'nobody_available' : 'path_exhausted', before }
}

/** What the sweep does with a decision that is due. */
function handled(decision: Decision, terms: Terms, now: Instant, nobody: boolean): Decision {
  const ended = transition(decision, { type: 'expire' }, terms, now)
  if (ended.kind === 'accepted') return ended.decision
  const due = assignmentDue(decision, now)
  if (due === null) return decision
  const because = due === 'first' ? 'submitted' : 'deadline_missed'
  const found = nobody ? exhausted(decision) : given(decision, 'U9', because)
  const outcome = transition(decision, due === 'nudge' ? { type: 'nudge' } : found, terms, now)
  return outcome.kind === 'accepted' ? outcome.decision : decision
}

/** Checks every generated life; `seen` counts what a check needs to have met, so that it is never empty. */
function always(check: (life: Life, seen: (what: string) => void) => void, ...needed: readonly string[]) {
  const met = new Map<string, number>()
  // Chance may leave something out once.
  for (let round = 0; round < 5 && (round === 0 || needed.some((what) => !met.has(what))); round += 1)
    fc.assert(
      fc.property(lives, (life) => check(life, (what) => met.set(what, (met.get(what) ?? 0) + 1))),
      runs,
    )
  for (const what of needed) expect(met.get(what) ?? 0, what).toBeGreaterThan(0)
}

it('a decision has one end state, ever', () => {
  always(
    ({ moments }, seen) => {
      for (const { before, after } of moments) {
        if (isWaiting(before)) continue
        expect(after.status).toBe(before.status)
        seen(before.status)
      }
    },
    'approved',
    'denied',
    'timed_out',
    'withdrawn',
    'blocked',
  )
})

it('replaying the events gives the state, and the version counts them', () => {
  always(
    ({ events, moments }, seen) => {
      const last = moments.at(-1)?.after
      if (last === undefined) return
      expect(replay(events)).toEqual(last)
      expect(last.version).toBe(events.length)
      for (const event of events) seen(event.type)
    },
    'decision.approved',
    'decision.edited',
    'decision.denied',
    'decision.withdrawn',
    'decision.timed_out',
    'clarification.requested',
    'clarification.answered',
    'clarification.expired',
    'assignment.made',
    'assignment.nudged',
    'assignment.exhausted',
    'execution.reported',
    'grant.issued',
    'grant.consumed',
    'outcome.recorded',
  )
})

it('events are written in the order of their moments', () => {
  always(({ events }) => {
    const moments = events.map(({ at }) => at)
    expect(moments).toEqual(moments.toSorted((a, b) => a - b))
  })
})

it.each([false, true])(
  'an open decision always has a later moment once its due one is done (nobody left: %s)',
  (nobody) => {
    always(
      ({ terms, moments }, seen) => {
        for (const { after } of moments) {
          let decision = after
          for (let steps = 0; isWaiting(decision); steps += 1) {
            const due = dueAt(decision)
            if (due === null) throw new Error('an open decision that time forgets')
            const status = decision.status
            const now = Math.max(due, NOON)
            let rounds = 0
            do {
              decision = handled(decision, terms, now, nobody)
              rounds += 1
              // A question that is over may leave a missed deadline behind, whose step is the next.
            } while ((dueAt(decision) ?? Infinity) <= now && rounds < 3)
            expect(dueAt(decision) ?? Infinity).toBeGreaterThan(now)
            expect(steps).toBeLessThan(1_000)
            seen(`${status} to ${decision.status}`)
          }
        }
      },
      'pending to pending',
      'pending to timed_out',
      'clarifying to pending',
    )
  },
)

it('who is asked is the last of those whose attempts count, and an ended decision asks nobody', () => {
  always(
    ({ moments }, seen) => {
      for (const { after } of moments) {
        const user = assigneeOf(after)
        if (!isWaiting(after)) expect(user).toBeNull()
        if (user === null || !isWaiting(after)) continue
        const { tried, nudgesAt } = after.assignment
        expect(tried.at(-1)?.user).toBe(user)
        expect(nudgesAt).toEqual(nudgesAt.toSorted((a, b) => a - b))
        seen(after.approvals.length > 0 ? 'part of a quorum' : 'the first')
      }
    },
    'part of a quorum',
    'the first',
  )
})

it('nobody approves it while it is frozen, and everything else goes on', () => {
  const covering: readonly (readonly Freeze[])[] = COVERING
  always(
    ({ moments }, seen) => {
      for (const { command, frozen } of moments) {
        if (command.type === 'approve') expect(covering).not.toContain(frozen)
        if (frozen.length > 0)
          seen(`${command.type}, ${covering.includes(frozen) ? 'frozen' : 'something else frozen'}`)
      }
    },
    'approve, something else frozen',
    ...(['deny', 'clarify', 'answer', 'withdraw', 'expire', 'assign'] as const).map((type) => `${type}, frozen`),
  )
})

it('nobody approves from the expiry on, whatever the sweep has or has not done', () => {
  always(
    ({ events }, seen) => {
      // The history says when the decision was over, without asking the state that refused or allowed it.
      let expiresAt = Infinity
      for (const event of events) {
        if (event.type === 'decision.submitted') expiresAt = event.payload.assignment?.expiresAt ?? 0
        if (event.type === 'clarification.requested') expiresAt = Infinity
        if (event.type === 'clarification.answered' || event.type === 'clarification.expired')
          ({ expiresAt } = event.payload)
        if (event.type === 'decision.approved' || event.type === 'decision.denied') {
          expect(event.at).toBeLessThan(expiresAt)
          seen(event.at === expiresAt - 1 ? 'the last millisecond' : 'earlier')
        }
      }
    },
    'the last millisecond',
    'earlier',
  )
})

it('nothing approves but the people of a quorum, each once, for the parameters in force', () => {
  always(
    ({ terms, events, moments }, seen) => {
      for (const { before, after, command } of moments)
        if (isApproved(after) === true && isApproved(before) !== true) expect(command.type).toBe('approve')
      const last = moments.at(-1)?.after
      if (last?.status !== 'approved') return
      const users = last.approvals.map(({ user }) => user)
      expect(users).toHaveLength(terms.policy?.approvals_required ?? 0)
      expect(new Set(users).size).toBe(users.length)
      const given = events.filter((event) => event.type === 'decision.approved').slice(-users.length)
      for (const { payload } of given) expect(payload.parametersDigest).toBe(last.parametersDigest)
      seen(`quorum of ${users.length}`)
      if (last.revision > 0) seen('changed parameters')
    },
    'quorum of 1',
    'quorum of 2',
    'quorum of 3',
    'changed parameters',
  )
})

it('all pauses of a decision together last no longer than the policy allows', () => {
  always(
    ({ terms, events, moments }, seen) => {
      const allowed = (terms.policy?.clarification_timeout_seconds ?? 0) * 1000
      let total = 0
      let askedAt: Instant | null = null
      for (const event of events) {
        if (event.type === 'clarification.requested') askedAt = event.at
        const isOver = event.type === 'clarification.answered' || event.type === 'clarification.expired'
        if (askedAt !== null && isOver) {
          total += event.at - askedAt
          askedAt = null
        }
      }
      expect(total).toBeLessThanOrEqual(allowed)
      if (total === allowed) seen('all of it')
      const last = moments.at(-1)?.after
      if (last?.status === 'pending') {
        expect(last.pausedMs).toBe(total)
        if (total > 0) seen('some of it')
      }
    },
    'all of it',
    'some of it',
  )
})

it('after a question both clocks are five minutes away, or the whole time where that is shorter', () => {
  always(
    ({ terms: { policy }, moments, events }, seen) => {
      if (policy === null) return
      const proposal = moments[0]?.before.proposal
      const timeout = timeoutMs(policy, proposal?.expires_in_seconds)
      for (const event of events) {
        if (event.type !== 'clarification.answered' && event.type !== 'clarification.expired') continue
        const { deadline, expiresAt } = event.payload
        expect(expiresAt - event.at).toBeGreaterThanOrEqual(Math.min(5 * MINUTE, timeout))
        // The attempt's share is not always whole milliseconds.
        const attempt = Math.min(attemptMs(policy, 'normal', timeout), attemptMs(policy, 'high', timeout))
        expect(deadline - event.at).toBeGreaterThanOrEqual(Math.min(5 * MINUTE, attempt) - 1)
        expect(deadline).toBeLessThanOrEqual(expiresAt)
        seen(timeout < 5 * MINUTE ? 'shorter' : 'longer')
      }
    },
    'shorter',
    'longer',
  )
})

it('a change of the parameters leaves no approval standing but that of the reviewer who made it', () => {
  always(
    ({ moments }, seen) => {
      for (const { before, after, command } of moments) {
        if (after.revision === before.revision) continue
        const editor = command.type === 'approve' ? [command.by.person.id] : []
        expect(after.approvals.map(({ user }) => user)).toEqual(editor)
        seen(`${command.type}, ${before.approvals.length > 0 ? 'some were given' : 'none was given'}`)
        if (before.approvals.some(({ user }) => editor.includes(user))) seen('approve, by one of them')
      }
    },
    'answer, some were given',
    'answer, none was given',
    'approve, some were given',
    'approve, none was given',
    'approve, by one of them',
  )
})

it('a change of the parameters never brings a decision to a lower level, and a grant says what it came to', () => {
  always(
    ({ moments }, seen) => {
      for (const { before, after, command } of moments) {
        if (!isWaiting(before) || after.revision === before.revision) continue
        if (isWaiting(after)) {
          expect(after.assignment.level).toBeGreaterThanOrEqual(before.assignment.level)
          if (after.assignment.level > before.assignment.level) seen(`${command.type}, higher`)
          continue
        }
        if (after.status !== 'approved') continue
        const { proposal, nonce, parameters } = after
        expect(after.parametersDigest).toBe(parametersDigest(nonce, proposal.action, parameters))
        expect(after.parametersDigest).not.toBe(before.parametersDigest)
        expect(nonce).toBe(before.nonce)
        seen('approved with changes')
      }
    },
    'answer, higher',
    'approve, higher',
    'approved with changes',
  )
})

it('a reviewer changes nothing without approving it in the same moment', () => {
  always(({ events }, seen) => {
    for (const [index, event] of events.entries()) {
      if (event.type !== 'decision.edited') continue
      expect(events[index + 1]).toMatchObject({ type: 'decision.approved', at: event.at, actor: event.actor })
      seen('edited')
    }
  }, 'edited')
})

it('a grant is issued once, of what is approved, and used once at most, before its end and before the action has run', () => {
  always(
    ({ events }, seen) => {
      const at = (type: DecisionEvent['type']) => events.findIndex((event) => event.type === type)
      const count = (type: DecisionEvent['type']) => events.filter((event) => event.type === type).length
      const [issued, used] = [at('grant.issued'), at('grant.consumed')]
      expect(count('grant.issued')).toBeLessThanOrEqual(1)
      expect(count('grant.consumed')).toBeLessThanOrEqual(1)
      if (issued < 0) {
        expect(used).toBe(-1)
        return
      }
      expect(isApproved(replay(events.slice(0, issued)))).toBe(true)
      seen('issued')
      if (used < 0) return
      const before = replay(events.slice(0, used))
      const grant = 'grant' in before ? before.grant : undefined
      expect(events[used]?.at).toBeLessThan(grant?.expiresAt ?? 0)
      expect(before.execution.state).not.toMatch(/succeeded|failed/)
      seen('used')
    },
    'issued',
    'used',
  )
})

it('what is refused changes nothing, and any event can follow any other without an error', () => {
  fc.assert(
    fc.property(lives, lives, (one, other) => {
      const held = structuredClone(one.moments.map(({ before }) => before))
      for (const { before } of one.moments)
        for (const event of other.events) {
          const next = evolve(before, event)
          expect(next.version).toBe(event.type === 'decision.submitted' ? 1 : before.version + 1)
        }
      expect(one.moments.map(({ before }) => before)).toEqual(held)
    }),
    { numRuns: tries(200, 2_000) },
  )
})
