/**
 * Approving with changes, and quorums. Broken builds that these sentences were seen to catch:
 * - earlier approvals kept -> "is the first of a quorum".
 * - the level of the changed parameters not looked at -> "where it belongs to others".
 * - redacted parameters, those that no manifest names, or such as are gone let through -> "where it changes".
 * - a change that is blocked recorded, or one that changes nothing -> their refusals.
 * - the digest of the old parameters approved -> "is of the changed parameters".
 * - an attempt that began while a question was open counted from later -> "asks the next person at once".
 */
import { describe, expect, it } from 'vitest'
import { type Decision, replay } from '../../src/domain/decision.ts'
import { parametersDigest } from '../../src/domain/digest.ts'
import { changesOf, forbiddenChanges } from '../../src/domain/edit.ts'
import { claimsOf } from '../../src/domain/granting.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { type Command, transition } from '../../src/domain/transition.ts'
import { aDecision, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { action, aFreeze } from '../fixtures/freezes.ts'
import { after, amend, approve, ask, deny, edit, policyOf, refusal, standing, termsOf } from './transition-cases.ts'

const EDITABLE = ', approval_timeout_seconds: 14400, editable_parameters: [amount_usd]'
const ONE = termsOf(policyOf(EDITABLE))
const TWO = termsOf(policyOf(`${EDITABLE}, approvals_required: 2`))
const LATER = NOON + 5 * MINUTE
const EXPIRY = NOON + 4 * HOUR
const ASKED_LOW: Command = {
  type: 'approve',
  by: standing('U2', ['support_lead']),
  revision: 1,
  note: null,
  freezes: [],
}

const withEdit = (decision: Decision, parameters: Decision['parameters']): Command => {
  const command = edit(decision, standing('U1'), 80)
  return command.edit === undefined ? command : { ...command, edit: { ...command.edit, parameters } }
}

describe('an approval with changes', () => {
  it('is of the changed parameters, under the same nonce, and says what they were', () => {
    const before = aDecision()
    const outcome = transition(before, edit(before, standing('U1'), 80), ONE, LATER)
    const parameters = { customer_id: 'cus_81', amount_usd: 80 }
    const digest = parametersDigest(before.nonce, 'process_refund', parameters)
    expect(outcome).toMatchObject({
      kind: 'accepted',
      decision: {
        status: 'approved',
        revision: 1,
        version: 3,
        parameters,
        parametersDigest: digest,
        nonce: before.nonce,
        proposal: { parameters: { amount_usd: 240 } },
        reasons: [{ code: 'routed_again' }],
        approvals: [{ user: 'U1' }],
        edits: [{ by: 'U1', at: LATER, changes: [{ name: 'amount_usd', before: 240, after: 80 }] }],
      },
      events: [
        { type: 'decision.edited', actor: { kind: 'person', user: 'U1' }, sealed: { parameters } },
        { type: 'decision.approved', payload: { complete: true, parametersDigest: digest } },
      ],
    })
  })

  it('is what a grant is for', () => {
    const approved = after(aDecision(), ONE, [edit(aDecision(), standing('U1'), 80), LATER])
    const grant = {
      id: 'grt_1',
      issuer: 'i',
      kid: 'k',
      issuedAt: 0,
      expiresAt: 0,
      by: [],
      card: null,
      consumedAt: null,
    }
    expect(claimsOf(approved, grant)).toMatchObject({ dig: approved.parametersDigest, non: aDecision().nonce })
    expect(approved.parametersDigest).not.toBe(aDecision().parametersDigest)
  })

  it('is the first of a quorum, whoever had approved before, the same person included', () => {
    for (const editor of ['U1', 'U2']) {
      const first = after(aDecision(), TWO, [approve('U1'), LATER])
      const edited = after(first, TWO, [edit(first, standing(editor), 80), LATER + MINUTE])
      expect(edited).toMatchObject({ status: 'pending', approvals: [{ user: editor }] })
      expect(refusal(edited, approve(editor, 1), TWO, LATER + MINUTE)).toMatch(/^already_approved_by_you: /)
      expect(after(edited, TWO, [approve('U3', 1), LATER + 2 * MINUTE])).toMatchObject({
        status: 'approved',
        approvals: [{ user: editor }, { user: 'U3' }],
      })
    }
  })

  it('can be given again by somebody whose approval it has voided', () => {
    const first = after(aDecision(), TWO, [approve('U1'), LATER])
    const edited = after(first, TWO, [edit(first, standing('U2'), 80), LATER])
    expect(after(edited, TWO, [approve('U1', 1), LATER])).toMatchObject({ status: 'approved' })
  })

  it('can be changed once more, which voids it in turn; each says what it changed', () => {
    const first = after(aDecision(), TWO, [edit(aDecision(), standing('U1'), 80), LATER])
    const second = after(first, TWO, [edit(first, standing('U2'), 60), LATER + MINUTE])
    expect(second).toMatchObject({
      status: 'pending',
      approvals: [{ user: 'U2' }],
      edits: [
        { by: 'U1', changes: [{ before: 240, after: 80 }] },
        { by: 'U2', changes: [{ before: 80, after: 60 }] },
      ],
    })
  })

  it('back to what it was voids what approved that before, and old cards stay old', () => {
    const first = after(aDecision(), TWO, [approve('U1'), LATER], [edit(aDecision(), standing('U2'), 80), LATER])
    const back = after(first, TWO, [edit(first, standing('U3'), 240), LATER])
    expect(back.parametersDigest).toBe(aDecision().parametersDigest)
    expect(back.approvals.map(({ user }) => user)).toEqual(['U3'])
    expect(refusal(back, approve('U1', 0), TWO, LATER)).toMatch(/^outdated_card: /)
  })

  it('is possible while a question is open, and an answer that changes the parameters voids it', () => {
    const asked = after(aDecision(), TWO, [ask('U1'), LATER])
    const edited = after(asked, TWO, [edit(asked, standing('U2'), 80), LATER])
    expect(edited).toMatchObject({ status: 'clarifying', approvals: [{ user: 'U2' }] })
    const amended = after(edited, TWO, [amend(edited, 'clr_1'), LATER + MINUTE])
    expect(amended).toMatchObject({ status: 'pending', approvals: [], edits: [], revision: 2 })
  })

  it('that belongs to a higher level asks there, as one who may decide there approves it', () => {
    const decision = aDecision()
    const edited = after(decision, TWO, [edit(decision, standing('U1', ['team_lead']), 900, 1), LATER])
    expect(edited).toMatchObject({
      status: 'pending',
      route: 'escalate',
      assignment: { role: 'team_lead', level: 1, reviewers: [], startedAt: LATER },
    })
    expect(refusal(edited, ASKED_LOW, TWO, LATER)).toMatch(/^not_eligible: /)
  })

  it('is the state that its events give', () => {
    const outcome = transition(aDecision(), edit(aDecision(), standing('U1'), 80), TWO, LATER)
    if (outcome.kind === 'rejected') throw new Error(outcome.message)
    expect(replay([submittedEvent(), ...outcome.events])).toEqual(outcome.decision)
  })
})

describe('an approval with changes is refused', () => {
  const decision = aDecision()

  it('where the policy blocks them, with its reasons; and nothing happens', () => {
    expect(transition(decision, edit(decision, standing('U1'), 80, null), ONE, LATER)).toEqual({
      kind: 'rejected',
      code: 'edit_blocked',
      message: 'The policy blocks these parameters, so nothing was recorded; the request is as it was before.',
      reasons: [{ code: 'routed_again', message: 'The amount is another one.' }],
    })
  })

  it('where it belongs to others', () => {
    expect(refusal(decision, edit(decision, standing('U1'), 900, 1), ONE, LATER)).toBe(
      'not_eligible: With these changes only team_lead can decide this, so nothing was recorded. You can approve it as it stands, or deny it.',
    )
  })

  it('to the requester and to the owner of the agent, but for a policy that lets them decide', () => {
    const own = edit(decision, standing('U1'), 80)
    for (const interested of [{ requestedBy: 'U1' }, { agentOwner: 'U1' }]) {
      expect(refusal(decision, own, termsOf(policyOf(EDITABLE), interested), LATER)).toMatch(/^self_approval: /)
      const lenient = termsOf(policyOf(`${EDITABLE}, self_approval: true`), interested)
      expect(refusal(decision, own, lenient, LATER)).toBe('accepted')
    }
  })

  it.each([
    ['another parameter', { customer_id: 'cus_9', amount_usd: 80 }],
    ['a new parameter', { customer_id: 'cus_81', amount_usd: 80, memo: 'x' }],
    ['one that is left out', { amount_usd: 80 }],
  ])('where it changes %s', (_, parameters) => {
    expect(refusal(decision, withEdit(decision, parameters), ONE, LATER)).toBe(
      'not_editable: The policy does not let reviewers change that parameter. Nothing was recorded.',
    )
  })

  it('where nothing is changed', () => {
    expect(refusal(decision, edit(decision, standing('U1'), 240), ONE, LATER)).toMatch(
      /^nothing_changed: Nothing is ch/,
    )
  })

  it('where the policy lets nobody change anything', () => {
    expect(refusal(decision, edit(decision, standing('U1'), 80), termsOf(policyOf()), LATER)).toMatch(/^not_editable: /)
  })

  it('of parameters that the person was not shown, and who changed them is said', () => {
    const edited = after(decision, TWO, [edit(decision, standing('U2'), 80), LATER])
    const words =
      'outdated_card: <@U2> has changed the parameters since. Nothing was recorded; please look at the card as it is now.'
    expect(refusal(edited, edit(decision, standing('U1'), 60), TWO, LATER)).toBe(words)
    expect(refusal(edited, approve('U1'), TWO, LATER)).toBe(words)
    expect(refusal(edited, deny('U1'), TWO, LATER)).toBe(words)
    expect(refusal(edited, ask('U1'), TWO, LATER)).toBe(words)
  })

  it('while it is frozen, and from its end on', () => {
    const frozen = { ...edit(decision, standing('U1'), 80), freezes: [aFreeze(action('process_refund'))] }
    expect(refusal(decision, frozen, ONE, LATER)).toMatch(/^frozen: /)
    expect(refusal(decision, edit(decision, standing('U1'), 80), ONE, EXPIRY)).toMatch(/^timed_out: /)
    expect(refusal(decision, edit(decision, standing('U1'), 80), ONE, EXPIRY - 1)).toBe('accepted')
  })
})

describe('changes', () => {
  it('are told apart by what JSON tells apart, a parameter that was not there included', () => {
    const before = { a: 1, b: '1', c: true, d: { x: 1, y: 2 }, e: null }
    const now = { a: '1', b: '1', c: true, d: { y: 2, x: 1 }, e: false, f: 0 }
    expect(changesOf(before, now)).toEqual([
      { name: 'a', before: 1, after: '1' },
      { name: 'e', before: null, after: false },
      { name: 'f', after: 0 },
    ])
  })

  it('of what is redacted are forbidden, though it is named as editable', () => {
    const policy = { ...policyOf(EDITABLE), editable_parameters: ['amount_usd', 'card'], redact: ['card'] }
    expect(forbiddenChanges({ card: '1', amount_usd: 1 }, { card: '2', amount_usd: 2 }, policy)).toEqual(['card'])
  })

  it('of names that every object inherits are seen', () => {
    const named = (value: number) => JSON.parse(`{"__proto__": ${value}, "constructor": 1}`)
    expect(changesOf(named(1), named(2))).toEqual([{ name: '__proto__', before: 1, after: 2 }])
    expect(changesOf({}, { constructor: 1 })).toEqual([{ name: 'constructor', after: 1 }])
  })
})

describe('a quorum', () => {
  it('is ended by one denial, whatever was approved before', () => {
    const denied = after(aDecision(), TWO, [approve('U1'), LATER], [deny('U2'), LATER])
    expect(denied).toMatchObject({ status: 'denied', by: 'U2', approvals: [{ user: 'U1' }] })
  })

  it('that is not complete in time is no approval', () => {
    const late = after(aDecision(), TWO, [approve('U1'), LATER], [{ type: 'expire' }, EXPIRY])
    expect(late.status).toBe('timed_out')
    expect(refusal(after(aDecision(), TWO, [approve('U1'), LATER]), approve('U2'), TWO, EXPIRY)).toMatch(/^timed_out: /)
  })

  it('asks the next person at once where the one who was asked approves while a question is open', () => {
    const proposal = aProposal()
    const asked = after(
      aDecision({ proposal }),
      TWO,
      [
        {
          type: 'assign',
          by: { kind: 'clock' },
          to: { user: 'U1', role: 'support_lead', level: 0 },
          because: 'submitted',
          before: null,
        },
        NOON,
      ],
      [ask('U2'), NOON + MINUTE],
    )
    const approved = after(asked, TWO, [approve('U1'), NOON + 31 * MINUTE])
    const answered = after(approved, TWO, [
      {
        type: 'answer',
        by: { kind: 'agent', agent: 'a', key: 'k' },
        clarification: 'clr_1',
        answer: 'x',
        evidence: [],
        amended: null,
      },
      NOON + 41 * MINUTE,
    ])
    expect(answered).toMatchObject({ status: 'pending', assignment: { reviewers: [], startedAt: NOON + 41 * MINUTE } })
  })
})
