import { describe, expect, it } from 'vitest'
import type { Decision } from '../../src/domain/decision.ts'
import { decisionJson, listItemJson } from '../../src/http/decision-json.ts'
import { decisionListItem, decisionResponse } from '../../src/protocol/decision-response.ts'
import { approved, autoApproved, clarifying, denied, ID, pending, withdrawn } from './sample-decision.ts'

const json = (decision: Decision) => decisionJson(decision, 'https://c.example.com', null, null)

const FIELDS = [
  'id status approved route oversight reasons action parameters effective_parameters nonce parameters_digest',
  'assignment clarification decided_by note grant execution rollback manifest_digest created_at expires_at decided_at erased_at',
  'version links workflow checkpoint',
].join(' ')

const bare: Decision = { ...pending, proposal: { ...pending.proposal, workflow: undefined, checkpoint: undefined } }
const timedOut: Decision = { ...autoApproved, status: 'timed_out' }
const blocked: Decision = { ...autoApproved, status: 'blocked', route: 'block', oversight: null }
const until = Date.UTC(2026, 10, 22, 9, 15)
const watched: Decision = { ...autoApproved, oversight: 'on_the_loop', rollback: { state: 'open', until } }
const ask = { until, by: 'U012', askedAt: until - 1, reason: 'Wrong region.' }
const asked: Decision = { ...watched, rollback: { state: 'requested', ...ask } }
const undone: Decision = { ...watched, rollback: { state: 'rolled_back', ...ask, reportedAt: until, detail: 'Gone.' } }
const all = [
  pending,
  clarifying,
  approved,
  denied,
  withdrawn,
  autoApproved,
  bare,
  timedOut,
  blocked,
  watched,
  asked,
  undone,
]

describe('a decision as JSON', () => {
  it.each(all)('has every field and keeps to its schema: %#, $status', (decision) => {
    const { remaining_seconds: _, ...rest } = json(decision)
    expect(Object.keys(rest).toSorted()).toEqual(FIELDS.split(' ').toSorted())
    expect(decisionResponse.safeParse(JSON.parse(JSON.stringify(json(decision)))).error).toBeUndefined()
  })

  it('says who is asked and until when while it is pending', () => {
    expect(json(pending)).toMatchObject({
      approved: null,
      assignment: { role: 'support_lead', level: 0, reviewers: ['U012'], deadline: '2026-11-22T09:05:00.000Z' },
      expires_at: '2026-11-22T09:15:00.000Z',
      decided_at: null,
      decided_by: null,
      clarification: null,
      links: {
        self: `https://c.example.com/v1/decisions/${ID}`,
        context: `https://c.example.com/d/${ID}`,
        slack: null,
        resubmitted_as: null,
        resubmission_of: null,
      },
      workflow: { id: 'wf-77', step_index: 3 },
      checkpoint: { at: 4 },
    })
    expect(json(pending)).not.toHaveProperty('remaining_seconds')
    expect(json(bare)).toMatchObject({ workflow: null, checkpoint: null })
  })

  it('stops its clocks while a question is open', () => {
    expect(json(clarifying)).toMatchObject({
      assignment: { deadline: null },
      expires_at: null,
      remaining_seconds: 899,
      clarification: { state: 'open', question: 'Which order?', asked_by: 'U012', answer: null, answered_at: null },
    })
  })

  it('tells who approved, what was answered, and what became of it', () => {
    expect(json(approved)).toMatchObject({
      approved: true,
      assignment: null,
      expires_at: null,
      note: 'looks right',
      decided_at: '2026-11-22T09:00:06.000Z',
      decided_by: [
        { user: 'U012', verdict: 'approved', at: '2026-11-22T09:00:05.000Z', note: 'looks right' },
        { user: 'U013', verdict: 'approved', at: '2026-11-22T09:00:06.000Z', note: null },
      ],
      clarification: { state: 'answered', answer: 'A-1', answered_at: '2026-11-22T09:00:02.000Z' },
      execution: { state: 'succeeded', at: '2026-11-22T09:00:07.000Z', result: { refund: 'r1' } },
    })
  })

  it('tells who denied and why; a question nobody answered is expired', () => {
    expect(json(denied)).toMatchObject({
      approved: false,
      note: 'wrong customer',
      decided_by: [{ user: 'U012', verdict: 'denied', at: '2026-11-22T09:00:05.000Z', note: 'wrong customer' }],
      clarification: { state: 'expired' },
    })
    expect(json(withdrawn)).toMatchObject({ approved: false, note: 'not needed', decided_by: null })
  })

  it('has no oversight once it is blocked, also where people were asked before', () => {
    const asked: Decision = { ...autoApproved, status: 'blocked', route: 'block', oversight: 'in_the_loop' }
    expect(json(asked).oversight).toBeNull()
    expect(json(denied).oversight).toBe('in_the_loop')
  })

  it('says until when it can be rolled back, and who asked for that and why', () => {
    const end = '2026-11-22T09:15:00.000Z'
    expect(json(watched).rollback).toEqual({ state: 'open', until: end, by: null, reason: null })
    expect(json(asked).rollback).toEqual({ state: 'requested', until: end, by: 'U012', reason: 'Wrong region.' })
    expect(json(undone)).toMatchObject({ approved: true, rollback: { state: 'rolled_back', by: 'U012' } })
    expect(json(denied).rollback).toBeNull()
  })

  it('is in lists without its checkpoint', () => {
    const { checkpoint: _, ...rest } = json(pending)
    const item = listItemJson(pending, 'https://c.example.com', null)
    expect(item).toEqual(rest)
    expect(decisionListItem.strict().safeParse(JSON.parse(JSON.stringify(item))).error).toBeUndefined()
  })

  it('says no for silence and blocks, and yes for what the policy approves', () => {
    expect([timedOut, blocked, autoApproved].map((decision) => json(decision).approved)).toEqual([false, false, true])
  })
})
