/**
 * What a grant says, and when it is taken. Broken builds that these sentences were seen to catch:
 * - the parameters as proposed instead of those in force, a time in ms -> what it says, what it is for.
 * - approvals from before a change counted, the policy named for people -> who approved.
 * - a second grant, one for what has run -> "issued once". The old one kept when something is tried again -> that sentence.
 * - consumed, expired, final, rolled back or frozen not looked at; good at its end; another decision's claims -> what is refused.
 */
import { describe, expect, it } from 'vitest'
import { appendToChain, chainFault, GENESIS } from '../../src/domain/audit.ts'
import { type Decision, evolve, type Grant, replay } from '../../src/domain/decision.ts'
import { parametersDigest } from '../../src/domain/digest.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { type GrantClaims, isExactJson, readClaims } from '../../src/domain/grant.ts'
import { approvalOf, claimsOf, isRunnable, liveGrant } from '../../src/domain/granting.ts'
import { type Instant, MINUTE, SECOND } from '../../src/domain/time.ts'
import { type Command, transition } from '../../src/domain/transition.ts'
import { aDecision, aDecisionId, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { TERMS as ROLLBACK, reportRollback, rollBack, running, UNTIL } from './rollback-cases.ts'
import {
  AGENT,
  after,
  amend,
  answer,
  approve,
  ask,
  deny,
  policyOf,
  refusal,
  report,
  standing,
  termsOf,
} from './transition-cases.ts'

const TERMS = termsOf(policyOf(', grant_ttl_seconds: 60'))
const QUORUM = termsOf(policyOf(', approvals_required: 2'))
const CARD = `sha256:${'c'.repeat(64)}`
const LATER = NOON + MINUTE

function issue(fields: Partial<Command & { readonly type: 'issue_grant' }> = {}): Command {
  return {
    type: 'issue_grant',
    by: AGENT,
    grant: 'grt_1',
    issuer: 'https://countersign.example.com',
    kid: 'k1',
    approval: { by: ['slack:T1/U1'], card: CARD },
    frozen: null,
    ...fields,
  }
}

function shownCard(user: string): Command {
  return { type: 'approve', by: standing(user), revision: 0, note: null, freezes: [], card: CARD }
}

function consume(decision: Decision, fields: Partial<Command & { readonly type: 'consume_grant' }> = {}): Command {
  const { proposal, parameters } = decision
  const execute = { action: proposal.action, parameters }
  return { type: 'consume_grant', by: AGENT, claims: claims(decision), execute, frozen: null, ...fields }
}

function grantOf(decision: Decision): Grant {
  const grant = 'grant' in decision ? decision.grant : undefined
  if (grant === undefined) throw new Error('it has no grant')
  return grant
}

function claims(decision: Decision): GrantClaims {
  return claimsOf(decision, grantOf(decision))
}

const approved = (at: Instant = NOON) => after(aDecision(), TERMS, [approve('U1'), at])
const issued = (at: Instant = LATER) => after(approved(), TERMS, [issue(), at])

/** The decision after commands, and all its events. */
function lived(...commands: readonly Command[]): { readonly decision: Decision; readonly events: DecisionEvent[] } {
  const first = submittedEvent()
  const events: DecisionEvent[] = [first]
  let decision = replay([first])
  for (const command of commands) {
    const outcome = transition(decision, command, QUORUM, NOON)
    if (outcome.kind === 'rejected') throw new Error(outcome.message)
    events.push(...outcome.events)
    decision = outcome.decision
  }
  return { decision, events }
}

describe('a grant', () => {
  it('says what was approved, by whom, and until when', () => {
    const decision = issued(LATER + 999)
    expect(claims(decision)).toEqual({
      iss: 'https://countersign.example.com',
      jti: 'grt_1',
      iat: LATER / SECOND,
      exp: LATER / SECOND + 60,
      sub: decision.id,
      act: 'process_refund',
      non: decision.nonce,
      dig: parametersDigest(decision.nonce, 'process_refund', { customer_id: 'cus_81', amount_usd: 240 }),
      man: decision.manifestDigest,
      by: ['slack:T1/U1'],
      card: CARD,
    })
  })

  it('is for the parameters as they were changed', () => {
    const changed = after(aDecision(), TERMS, [ask('U1'), NOON], [amend(aDecision(), 'clr_1'), NOON])
    const granted = after(
      changed,
      TERMS,
      [{ type: 'approve', by: standing('U1', ['team_lead']), revision: 1, note: null, freezes: [] }, NOON],
      [issue(), NOON],
    )
    expect(claims(granted)).toMatchObject({ dig: granted.parametersDigest, non: aDecision().nonce })
    expect(granted.parametersDigest).not.toBe(aDecision().parametersDigest)
    const execute = { action: 'process_refund', parameters: aProposal().parameters }
    expect(refusal(granted, consume(granted, { execute }), TERMS, NOON)).toContain('digest_mismatch')
    expect(refusal(granted, consume(granted), TERMS, NOON)).toBe('accepted')
  })

  it('names everybody whose approval counted, and the card of the last; the policy where nobody was asked', () => {
    const shown = shownCard('U2')
    const both = lived(approve('U1'), shown)
    expect(approvalOf(both.decision, both.events)).toEqual({ by: ['slack:T1/U1', 'slack:T1/U2'], card: CARD })
    const again = (user: string): Command => ({
      type: 'approve',
      by: standing(user, ['team_lead']),
      revision: 1,
      note: null,
      freezes: [],
    })
    const voided = lived(shown, ask('U3'), amend(aDecision(), 'clr_1'), again('U4'), again('U5'))
    expect(approvalOf(voided.decision, voided.events)).toEqual({ by: ['slack:T1/U4', 'slack:T1/U5'], card: null })
    const passed = submittedEvent({ route: 'auto_approve' })
    expect(approvalOf(replay([passed]), [passed])).toEqual({ by: ['policy'], card: null })
  })

  it('has no card where nobody was shown one', () => {
    const passed = aDecision({ route: 'auto_approve' })
    const granted = after(passed, TERMS, [issue({ approval: { by: ['policy'], card: null } }), NOON])
    expect(claims(granted)).not.toHaveProperty('card')
    expect(readClaims(claims(granted))).toEqual(claims(granted))
  })

  it('is issued once, and only for what is approved and has not run', () => {
    expect(refusal(issued(), issue({ grant: 'grt_2' }), TERMS, LATER)).toContain('nothing_due')
    expect(refusal(aDecision(), issue(), TERMS, NOON)).toContain('not_approved')
    expect(refusal(aDecision({ route: 'block' }), issue(), TERMS, NOON)).toContain('not_approved')
    expect(refusal(after(aDecision(), TERMS, [deny('U1'), NOON]), issue(), TERMS, NOON)).toContain('not_approved')
    for (const state of ['succeeded', 'failed'] as const) {
      const run = after(approved(), TERMS, [report(state), NOON])
      expect(refusal(run, issue(), TERMS, NOON)).toContain('not_approved')
      expect(isRunnable(run)).toBe(false)
    }
    expect(refusal(after(approved(), TERMS, [report('started'), NOON]), issue(), TERMS, NOON)).toBe('accepted')
    expect(refusal(approved(), issue({ frozen: 'everything is frozen' }), TERMS, NOON)).toContain('frozen')
  })

  it('is worth nothing once somebody has asked to roll back, and good again in no case', () => {
    const held = after(running(), ROLLBACK, [issue({ approval: { by: ['policy'], card: null } }), NOON])
    expect(refusal(held, consume(held), ROLLBACK, NOON)).toBe('accepted')
    const asked = after(held, ROLLBACK, [rollBack('U1'), NOON])
    const undone = after(asked, ROLLBACK, [reportRollback('rolled_back'), NOON])
    const failed = after(asked, ROLLBACK, [reportRollback('failed'), NOON])
    for (const decision of [asked, undone, failed]) {
      expect(liveGrant(decision, NOON)).toBeNull()
      expect(refusal(decision, consume(held), ROLLBACK, NOON)).toMatch(/^rollback_requested: .*Do not run it/)
    }
    const never = after(running(), ROLLBACK, [rollBack('U1'), NOON])
    expect(refusal(never, issue(), ROLLBACK, NOON)).toContain('not_approved')
    const closed = after(held, ROLLBACK, [{ type: 'expire' }, UNTIL])
    expect(refusal(closed, consume(held), ROLLBACK, UNTIL - 1)).toBe('accepted')
  })

  it('is not there for a gate between the steps of a workflow, which runs nothing', () => {
    const gate = aDecision({
      proposal: aProposal({ gate: { checkpoint: 'before go-live', required_role: 'team_lead' } }),
      route: 'auto_approve',
    })
    expect(refusal(gate, issue(), TERMS, NOON)).toContain('not_approved')
  })

  it('is issued anew where a person has the action tried again, and the one before is worth nothing', () => {
    const terms = { ...TERMS, administrators: ['operations'] }
    const unknown: Command = {
      type: 'report_execution',
      by: { kind: 'engine' },
      state: 'unknown',
      result: null,
      error: null,
    }
    const used = after(issued(), terms, [consume(issued()), LATER], [unknown, LATER])
    const again: Command = {
      type: 'settle_execution',
      by: standing('U9', ['operations']),
      verdict: 'try_again',
      since: LATER,
    }
    const tried = after(used, terms, [again, LATER])
    expect(liveGrant(tried, LATER)).toBeNull()
    expect(refusal(tried, consume(issued()), terms, LATER)).toContain('grant_invalid')
    const fresh = after(tried, terms, [issue({ grant: 'grt_2' }), LATER])
    expect(refusal(fresh, consume(issued()), terms, LATER)).toContain('grant_invalid')
    expect(refusal(fresh, consume(fresh), terms, LATER)).toBe('accepted')
  })

  it('tells Slack nothing when it is read, and of its use', () => {
    const read = transition(approved(), issue(), TERMS, LATER)
    expect(read).toMatchObject({ kind: 'accepted', intents: [] })
    const used = transition(issued(), consume(issued()), TERMS, LATER)
    expect(used).toMatchObject({ kind: 'accepted', intents: [{ kind: 'card.sync' }, { kind: 'copies.sync' }] })
  })

  it('is live until its last second, or until it is used or the action has run', () => {
    const decision = issued()
    const end = LATER + 60 * SECOND
    expect(liveGrant(approved(), LATER)).toBeNull()
    expect(liveGrant(decision, end - 1)).toMatchObject({ id: 'grt_1' })
    expect(liveGrant(decision, end)).toBeNull()
    expect(liveGrant(after(decision, TERMS, [consume(decision), LATER]), LATER)).toBeNull()
    expect(liveGrant(after(decision, TERMS, [report('failed'), LATER]), LATER)).toBeNull()
  })
})

describe('an executor', () => {
  const end = LATER + 60 * SECOND
  const used = after(issued(), TERMS, [consume(issued()), LATER])
  const refused: readonly [name: string, decision: Decision, command: Command, at: Instant, code: string][] = [
    ['another action', issued(), consume(issued(), { execute: { action: 'x', parameters: {} } }), LATER, 'invalid'],
    [
      'other parameters',
      issued(),
      consume(issued(), { execute: { action: 'process_refund', parameters: { amount_usd: 240 } } }),
      LATER,
      'digest_mismatch',
    ],
    ['a second time', used, consume(used), LATER, 'consumed'],
    ['a second time, too late', used, consume(used), end, 'consumed'],
    ['too late', issued(), consume(issued()), end, 'expired'],
    ['what has run', after(issued(), TERMS, [report('succeeded'), LATER]), consume(issued()), LATER, 'consumed'],
    ['what is frozen', issued(), consume(issued(), { frozen: 'the action is frozen' }), LATER, 'frozen'],
    ['a grant that was never issued', approved(), consume(issued()), LATER, 'grant_invalid'],
    ['a decision that is open', aDecision(), consume(issued()), LATER, 'grant_invalid'],
    [
      'a decision that was answered',
      after(aDecision(), TERMS, [ask('U1'), NOON], [answer(), NOON]),
      consume(issued()),
      LATER,
      'grant_invalid',
    ],
    [
      'another decision’s grant',
      issued(),
      consume(issued(), { claims: { ...claims(issued()), sub: aDecisionId(2) } }),
      LATER,
      'grant_invalid',
    ],
    [
      'more time than it had',
      issued(),
      consume(issued(), { claims: { ...claims(issued()), exp: 9e9 } }),
      LATER,
      'invalid',
    ],
    ['an older name', issued(), consume(issued(), { claims: { ...claims(issued()), jti: 'grt_0' } }), LATER, 'invalid'],
  ]
  it.each(refused)('is refused %s, and nothing changes', (_name, decision, command, at, code) => {
    const before = structuredClone(decision)
    expect(refusal(decision, command, TERMS, at)).toContain(code)
    expect(decision).toEqual(before)
  })

  it('may run it at the last moment, once', () => {
    const decision = issued()
    const taken = after(decision, TERMS, [consume(decision), end - 1])
    expect(grantOf(taken).consumedAt).toBe(end - 1)
    expect(refusal(taken, consume(taken), TERMS, end - 1)).toContain(`used at ${new Date(end - 1).toISOString()}`)
  })

  it('may run what was reported as started', () => {
    expect(refusal(after(issued(), TERMS, [report('started'), LATER]), consume(issued()), TERMS, LATER)).toBe(
      'accepted',
    )
  })
})

describe('the record', () => {
  it('replays to the grant, verifies, and still verifies once what was sealed is erased', () => {
    const { decision, events } = lived(approve('U1'), shownCard('U2'), issue())
    const { events: last } = lived(approve('U1'), shownCard('U2'), issue(), consume(decision))
    expect(grantOf(replay(last))).toEqual({ ...grantOf(decision), consumedAt: NOON })
    expect(last.slice(0, -1)).toEqual(events)
    const { entries, head } = appendToChain(GENESIS, last, decision.id, decision.manifestDigest, () => 'salt')
    expect(chainFault(entries, head)).toBeNull()
    const erased = entries.map((entry) => ({ ...entry, sealed: null, salt: null }))
    expect(chainFault(erased, head)).toBeNull()
    // A digest of what was on the card tells who can guess it: it goes with the card.
    expect(JSON.stringify(erased)).not.toContain(CARD)
    const used = entries.at(-1)
    if (used === undefined) throw new Error('no entry')
    expect(
      chainFault([...entries.slice(0, -1), { ...used, record: used.record.replace('grt_1', 'grt_2') }], head),
    ).toBe(`entry ${entries.length} was changed`)
  })

  it('makes nothing of a grant where there is no approval', () => {
    const { events } = lived(approve('U1'), approve('U2'), issue())
    const last = events.slice(-1).reduce(evolve, aDecision())
    expect(last).toEqual({ ...aDecision(), version: 2 })
  })
})

describe('what is read from outside', () => {
  const good = claims(issued())
  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['a time as text', { ...good, exp: String(good.exp) }],
    ['half a second', { ...good, iat: 0.5 }],
    ['nobody who approved', { ...good, by: [] }],
    ['an approver who is a number', { ...good, by: [1] }],
    ['no nonce', { ...good, non: undefined }],
    ['a card that is no text', { ...good, card: 1 }],
  ])('is no grant with %s', (_name, payload) => {
    expect(readClaims(payload)).toBeNull()
  })

  it('is a grant without what it does not know', () => {
    expect(readClaims({ ...good, more: 1 })).toEqual(good)
  })

  it.each<[string, unknown, boolean]>([
    ['JSON', { a: [1, 'ä', null, true, { b: -0.5 }] }, true],
    ['a bare object', Object.assign(Object.create(null), { a: 1 }), true],
    ['undefined', { a: undefined }, false],
    ['a date', { a: new Date(0) }, false],
    ['a map', { a: new Map() }, false],
    ['a big integer', { a: 1n }, false],
    ['an unsafe integer', { a: 2 ** 53 }, false],
    ['NaN', { a: Number.NaN }, false],
    ['a lone surrogate', { a: ['\ud800'] }, false],
    ['a lone surrogate in a key', { '\udc00': 1 }, false],
    ['a list with a hole', { a: [1, , 2] }, false], // oxlint-disable-line no-sparse-arrays
    ['what prints itself', { toJSON: () => ({}) }, false],
    ['a list that prints itself', Object.assign([1], { toJSON: () => [] }), false],
    ['what contains itself', itself(), false],
  ])('%s is exact: %s', (_name, value, exact) => {
    expect(isExactJson(value)).toBe(exact)
  })
})

function itself(): unknown {
  const round: Record<string, unknown> = {}
  round['round'] = round
  return round
}
