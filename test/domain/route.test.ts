import { describe, expect, it } from 'vitest'
import { findAction } from '../../src/domain/manifest.ts'
import type { Proposal } from '../../src/domain/proposal.ts'
import { type Controls, route } from '../../src/domain/route.ts'
import { action, aFreeze, agent, EVERYTHING, workflow } from '../fixtures/freezes.ts'
import { manifestOf, noFacts, nothingFrozen, proposalOf } from '../fixtures/manifest-of.ts'

const manifest = manifestOf(`
roles:
  support_lead: { members: [ana@example.com, ben@example.com], fallback: operations }
  operations: { members: [dana@example.com] }
agents:
  billing-bot:
    owner: ana@example.com
    max_urgency: high
    actions: [refund, email, deploy, wipe, tag, note, query, provision, promoted, calm, pay, tested, single, unlisted_amount]
  other-bot: { actions: [query] }
actions:
  refund:
    severity: high
    reversible: false
    approval_required: true
    escalation_path: [support_lead, operations]
    conditions: { auto_approve_below_usd: 50, always_approve_above_usd: 500 }
    thresholds: { auto_approve_confidence: 0.97 }
  unlisted_amount:
    severity: high
    reversible: false
    required_role: support_lead
    conditions: { amount_parameter: total, always_approve_above_usd: 500 }
  email: { severity: high, reversible: false, required_role: support_lead }
  single: { severity: high, reversible: false, required_role: operations }
  deploy: { severity: high, reversible: true, approval_required: true, required_role: operations, thresholds: { max_uncertainty_factors: 0 } }
  wipe:
    severity: high
    reversible: false
    approval_required: false
    accepted_risk: { owner: ana@example.com, reason: test data only, until: 2026-12-31 }
  promoted:
    severity: high
    reversible: false
    approval_required: false
    promotion: { to: on_the_loop, date: 2026-11-20, owner: ana@example.com, outcomes: 1000, lower_bound: 0.962, target: 0.95, evidence: "sha256:ab" }
    rollback: { url: "https://billing.example.com/rollback", tested_on: 2026-06-01 }
  calm:
    severity: high
    reversible: true
    promotion: { to: autonomous, date: 2026-11-20, owner: ana@example.com, outcomes: 1000, lower_bound: 0.962, target: 0.95, evidence: "sha256:ab" }
  provision: { severity: high, reversible: true }
  note: { severity: low, reversible: false }
  query: { severity: low, reversible: true }
  tag: { severity: low, reversible: true, approval_required: true, required_role: support_lead }
  pay:
    severity: low
    reversible: true
    limits:
      - { count: 2, per: 1h }
      - { sum: amount_usd, max: 500, per: 24h, by: customer_id }
  tested: { severity: high, reversible: true, rollback: { tested_on: 2026-06-01 } }
  private: { severity: low, reversible: true }
`)

const today = '2026-11-22'
type Given = Partial<Proposal> & {
  readonly agent?: string
  readonly frozen?: Controls
  readonly used?: readonly number[]
  readonly today?: string
}

function routed(action: string, given: Given) {
  const { agent = 'billing-bot', frozen = nothingFrozen, used = [], today: day = today, ...proposal } = given
  const usage = used.map((amount, index) => ({ index, used: amount }))
  const input = { agent, proposal: proposalOf({ ...proposal, action }) }
  return route(manifest, input, { ...noFacts, usage, controls: frozen, today: day })
}

const step = (id: string) => ({ id, step_index: 1, completed_steps: [], context: {} })
const usd = (amount_usd: unknown) => ({ parameters: { amount_usd } })
const factors = (count: number) => ({ uncertainty_factors: Array.from({ length: count }, (_, i) => `unsure ${i}`) })
const paid = (amount_usd: unknown, customer_id: unknown = 'c9') => ({ parameters: { amount_usd, customer_id } })
const review = { recommended_review: true }

/** Action, what is special about the decision, and the expected route with all codes in order. */
type Row = readonly [what: string, action: string, given: Given, route: string, codes: string]

const rows: readonly Row[] = [
  // 1. frozen
  ['everything frozen blocks', 'query', { frozen: [aFreeze(EVERYTHING)] }, 'block', 'frozen'],
  ['a frozen agent is blocked', 'query', { frozen: [aFreeze(agent('billing-bot'))] }, 'block', 'frozen'],
  [
    'another agent frozen changes nothing',
    'query',
    { frozen: [aFreeze(agent('other-bot')), aFreeze(agent('query'))] },
    'auto_approve',
    'approval_not_required',
  ],
  ['a frozen action is blocked', 'query', { frozen: [aFreeze(action('query'))] }, 'block', 'frozen'],
  [
    'another action frozen changes nothing',
    'query',
    { frozen: [aFreeze(action('refund')), aFreeze(action('billing-bot'))] },
    'auto_approve',
    'approval_not_required',
  ],
  [
    'a frozen workflow is blocked at each of its steps',
    'query',
    { frozen: [aFreeze(workflow('wf-1'))], workflow: step('wf-1') },
    'block',
    'frozen',
  ],
  [
    'another workflow frozen changes nothing, nor is one without a workflow covered',
    'query',
    { frozen: [aFreeze(workflow('wf-2')), aFreeze(workflow(''))] },
    'auto_approve',
    'approval_not_required',
  ],
  ['frozen comes before unknown', 'fly', { frozen: [aFreeze(EVERYTHING)] }, 'block', 'frozen'],
  [
    'all that covers it is told, and nothing else',
    'query',
    { frozen: [aFreeze(EVERYTHING), aFreeze(action('refund')), aFreeze(action('query'))] },
    'block',
    'frozen frozen',
  ],
  // 2. unknown, not allowed
  ['an unknown action is blocked', 'fly', { confidence: 1 }, 'block', 'unknown_action'],
  ['an inherited name is no action', 'constructor', { confidence: 1 }, 'block', 'unknown_action'],
  [
    'an action that another agent may propose',
    'refund',
    { agent: 'other-bot', confidence: 1 },
    'block',
    'action_not_allowed',
  ],
  ['an agent that is not declared', 'query', { agent: 'stranger' }, 'block', 'action_not_allowed'],
  ['an action that no agent may propose', 'private', {}, 'block', 'action_not_allowed'],
  // 4. approval not required
  ['no approval needed', 'query', {}, 'auto_approve', 'approval_not_required'],
  [
    'no approval needed, even without confidence',
    'query',
    { confidence: 0, ...factors(9) },
    'auto_approve',
    'approval_not_required',
  ],
  [
    'no approval needed, but the agent asks',
    'query',
    review,
    'human_review',
    'agent_requested_review approval_not_required',
  ],
  // 4a. amounts
  ['missing amount', 'refund', { confidence: 1 }, 'human_review', 'amount_invalid confidence_high'],
  ['amount null', 'refund', { confidence: 1, ...usd(null) }, 'human_review', 'amount_invalid confidence_high'],
  ['amount as text', 'refund', { confidence: 1, ...usd('20') }, 'human_review', 'amount_invalid confidence_high'],
  ['amount NaN', 'refund', { confidence: 1, ...usd(Number.NaN) }, 'human_review', 'amount_invalid confidence_high'],
  [
    'amount infinite',
    'refund',
    { confidence: 1, ...usd(Number.POSITIVE_INFINITY) },
    'human_review',
    'amount_invalid confidence_high',
  ],
  ['amount negative', 'refund', { confidence: 1, ...usd(-1) }, 'human_review', 'amount_invalid confidence_high'],
  [
    'amount negative infinite',
    'refund',
    { confidence: 1, ...usd(Number.NEGATIVE_INFINITY) },
    'human_review',
    'amount_invalid confidence_high',
  ],
  ['amount in a list', 'refund', { confidence: 1, ...usd([20]) }, 'human_review', 'amount_invalid confidence_high'],
  [
    'invalid amount and low confidence',
    'refund',
    { confidence: 0.5 },
    'escalate',
    'confidence_low amount_invalid confidence_below_auto_approve',
  ],
  [
    'above the upper limit',
    'refund',
    { confidence: 1, ...usd(500.01) },
    'human_review',
    'amount_above_limit confidence_high',
  ],
  ['exactly at the upper limit, sure', 'refund', { confidence: 1, ...usd(500) }, 'auto_approve', 'confidence_high'],
  [
    'above the upper limit, in doubt',
    'refund',
    { confidence: 1, ...usd(501), ...factors(3) },
    'escalate',
    'too_uncertain amount_above_limit confidence_high',
  ],
  [
    'a declared amount parameter: right one above',
    'unlisted_amount',
    { confidence: 1, parameters: { total: 501 } },
    'human_review',
    'amount_above_limit confidence_high',
  ],
  [
    'a declared amount parameter: the usual name does not count',
    'unlisted_amount',
    { confidence: 1, ...usd(20) },
    'human_review',
    'amount_invalid confidence_high',
  ],
  [
    'no lower limit: a small amount alone is not enough',
    'unlisted_amount',
    { parameters: { total: 1 } },
    'human_review',
    'confidence_below_auto_approve',
  ],
  // 4b. small amounts
  [
    'just below the lower limit',
    'refund',
    usd(49.99),
    'auto_approve',
    'amount_below_limit confidence_below_auto_approve',
  ],
  ['zero', 'refund', usd(0), 'auto_approve', 'amount_below_limit confidence_below_auto_approve'],
  ['exactly at the lower limit', 'refund', usd(50), 'human_review', 'confidence_below_auto_approve'],
  [
    'small, but the agent asks',
    'refund',
    { ...usd(20), ...review },
    'human_review',
    'confidence_below_auto_approve agent_requested_review amount_below_limit',
  ],
  [
    'small, confidence exactly at the lowest',
    'refund',
    { ...usd(20), confidence: 0.6 },
    'auto_approve',
    'amount_below_limit confidence_below_auto_approve',
  ],
  [
    'small, confidence below the lowest',
    'refund',
    { ...usd(20), confidence: 0.59 },
    'escalate',
    'confidence_low amount_below_limit confidence_below_auto_approve',
  ],
  [
    'small, two factors',
    'refund',
    { ...usd(20), ...factors(2) },
    'auto_approve',
    'amount_below_limit confidence_below_auto_approve',
  ],
  [
    'small, three factors',
    'refund',
    { ...usd(20), ...factors(3) },
    'escalate',
    'too_uncertain amount_below_limit confidence_below_auto_approve',
  ],
  [
    'small, three factors, sure',
    'refund',
    { ...usd(20), ...factors(3), confidence: 0.99 },
    'auto_approve',
    'amount_below_limit confidence_high too_uncertain',
  ],
  // 4c. the article
  ['confidence exactly at the threshold', 'email', { confidence: 0.95 }, 'auto_approve', 'confidence_high'],
  [
    'confidence just below the threshold',
    'email',
    { confidence: 0.9499 },
    'human_review',
    'confidence_below_auto_approve',
  ],
  [
    'an own threshold, just below',
    'refund',
    { ...usd(100), confidence: 0.96 },
    'human_review',
    'confidence_below_auto_approve',
  ],
  ['an own threshold, reached', 'refund', { ...usd(100), confidence: 0.97 }, 'auto_approve', 'confidence_high'],
  [
    'sure, but the agent asks',
    'email',
    { confidence: 1, ...review },
    'human_review',
    'agent_requested_review confidence_high',
  ],
  [
    'sure, with three factors',
    'email',
    { confidence: 1, ...factors(3) },
    'auto_approve',
    'confidence_high too_uncertain',
  ],
  [
    'sure, three factors, and the agent asks',
    'email',
    { confidence: 1, ...factors(3), ...review },
    'escalate',
    'too_uncertain confidence_high agent_requested_review',
  ],
  ['confidence exactly at the lowest', 'email', { confidence: 0.6 }, 'human_review', 'confidence_below_auto_approve'],
  [
    'confidence below the lowest',
    'email',
    { confidence: 0.5999 },
    'escalate',
    'confidence_low confidence_below_auto_approve',
  ],
  [
    'confidence that is no number',
    'email',
    { confidence: Number.NaN },
    'escalate',
    'confidence_low confidence_below_auto_approve',
  ],
  ['two factors', 'email', factors(2), 'human_review', 'confidence_below_auto_approve'],
  ['three factors', 'email', factors(3), 'escalate', 'too_uncertain confidence_below_auto_approve'],
  ['an own number of factors', 'deploy', factors(1), 'escalate', 'too_uncertain confidence_below_auto_approve'],
  [
    'in the middle, and the agent asks',
    'email',
    review,
    'human_review',
    'confidence_below_auto_approve agent_requested_review',
  ],
  [
    'low, many factors, and the agent asks',
    'email',
    { confidence: 0.1, ...factors(4), ...review },
    'escalate',
    'confidence_low too_uncertain confidence_below_auto_approve agent_requested_review',
  ],
  // 5. limits
  ['room in both windows', 'pay', { ...paid(100), used: [0, 0] }, 'auto_approve', 'approval_not_required'],
  ['the last one that the count allows', 'pay', { ...paid(1), used: [1, 0] }, 'auto_approve', 'approval_not_required'],
  ['one above the count', 'pay', { ...paid(1), used: [2, 0] }, 'human_review', 'limit_reached approval_not_required'],
  ['exactly at the sum', 'pay', { ...paid(100), used: [0, 400] }, 'auto_approve', 'approval_not_required'],
  [
    'a cent above the sum',
    'pay',
    { ...paid(100.01), used: [0, 400] },
    'human_review',
    'limit_reached approval_not_required',
  ],
  [
    'both windows full',
    'pay',
    { ...paid(100.01), used: [2, 400] },
    'human_review',
    'limit_reached limit_reached approval_not_required',
  ],
  [
    'a summed parameter that is missing',
    'pay',
    { parameters: { customer_id: 'c9' }, used: [0, 0] },
    'human_review',
    'limit_reached approval_not_required',
  ],
  [
    'a summed parameter that is text',
    'pay',
    { ...paid('5'), used: [0, 0] },
    'human_review',
    'limit_reached approval_not_required',
  ],
  [
    'a summed parameter that is NaN',
    'pay',
    { ...paid(Number.NaN), used: [0, 0] },
    'human_review',
    'limit_reached approval_not_required',
  ],
  [
    'a summed parameter that is negative',
    'pay',
    { ...paid(-5), used: [0, 0] },
    'human_review',
    'limit_reached approval_not_required',
  ],
  ['a key that is missing', 'pay', { ...usd(5), used: [0, 0] }, 'human_review', 'limit_reached approval_not_required'],
  [
    'a key that is null',
    'pay',
    { ...paid(5, null), used: [0, 0] },
    'human_review',
    'limit_reached approval_not_required',
  ],
  [
    'a key that is a list',
    'pay',
    { ...paid(5, ['c9']), used: [0, 0] },
    'human_review',
    'limit_reached approval_not_required',
  ],
  [
    'a key that is a group',
    'pay',
    { ...paid(5, { id: 9 }), used: [0, 0] },
    'human_review',
    'limit_reached approval_not_required',
  ],
  ['a key that is a number', 'pay', { ...paid(5, 9), used: [0, 0] }, 'auto_approve', 'approval_not_required'],
  ['a key that is a boolean', 'pay', { ...paid(5, true), used: [0, 0] }, 'auto_approve', 'approval_not_required'],
  ['a window that nobody read', 'pay', paid(5), 'human_review', 'limit_reached limit_reached approval_not_required'],
  [
    'limits say nothing where a person decides anyway',
    'pay',
    { ...paid(5), ...review, used: [2, 0] },
    'human_review',
    'agent_requested_review approval_not_required',
  ],
  // evidence
  ['the last day of an accepted risk', 'wipe', { today: '2026-12-31' }, 'auto_approve', 'approval_not_required'],
  ['the day after', 'wipe', { today: '2027-01-01' }, 'human_review', 'confidence_below_auto_approve evidence_run_out'],
  [
    'the day after, sure',
    'wipe',
    { today: '2027-01-01', confidence: 1 },
    'auto_approve',
    'confidence_high evidence_run_out',
  ],
  ['a rollback tested 180 days ago', 'tested', { today: '2026-11-28' }, 'auto_approve', 'approval_not_required'],
  [
    'a rollback tested 181 days ago',
    'tested',
    { today: '2026-11-29' },
    'human_review',
    'confidence_below_auto_approve evidence_run_out',
  ],
  [
    'a promotion whose rollback test is too old',
    'promoted',
    { today: '2026-11-29' },
    'human_review',
    'confidence_below_auto_approve evidence_run_out',
  ],
]

describe('the route', () => {
  it.each(rows)('%s (%s)', (_what, action, given, expected, codes) => {
    const { route, reasons } = routed(action, given)
    expect({ route, codes: reasons.map(({ code }) => code).join(' ') }).toEqual({ route: expected, codes })
  })
})

describe('oversight', () => {
  it.each<readonly [string, string, Given, string | null]>([
    ['a person decides: in the loop', 'email', {}, 'in_the_loop'],
    ['escalated: in the loop', 'email', { confidence: 0.1 }, 'in_the_loop'],
    ['an agent asks although none is required: in the loop', 'query', review, 'in_the_loop'],
    ['a limit stops it: in the loop', 'pay', paid(1), 'in_the_loop'],
    ['blocked: nobody', 'fly', {}, null],
    ['high, reversible: on the loop', 'provision', {}, 'on_the_loop'],
    ['low, irreversible: log and alert', 'note', {}, 'log_and_alert'],
    ['low, reversible: autonomous', 'query', {}, 'autonomous'],
    ['promoted to on the loop', 'promoted', {}, 'on_the_loop'],
    ['promoted to autonomous', 'calm', {}, 'autonomous'],
    ['high, irreversible under an accepted risk: log and alert', 'wipe', {}, 'log_and_alert'],
    ['approval required, passed by amount: log and alert', 'refund', usd(20), 'log_and_alert'],
    ['approval required, passed by confidence: log and alert', 'deploy', { confidence: 1 }, 'log_and_alert'],
    ['low and reversible, approval required, passed: log and alert', 'tag', { confidence: 1 }, 'log_and_alert'],
    [
      'evidence ran out, passed by confidence: log and alert',
      'tested',
      { confidence: 1, today: '2027-01-01' },
      'log_and_alert',
    ],
  ])('%s', (_what, action, given, expected) => {
    expect(routed(action, given).oversight).toBe(expected)
  })
})

describe('level and urgency', () => {
  it.each<readonly [string, string, Given, number, string]>([
    ['a review starts at the bottom with its own urgency', 'email', { urgency: 'low' }, 0, 'low'],
    ['an escalation starts one level up and one step more urgent', 'email', { confidence: 0.1 }, 1, 'high'],
    ['a path of one level is escalated at that level', 'single', { confidence: 0.1, urgency: 'low' }, 0, 'normal'],
    ['urgency is capped by the agent', 'email', { urgency: 'critical' }, 0, 'high'],
    ['an escalation goes one step above the cap', 'email', { urgency: 'critical', confidence: 0.1 }, 1, 'critical'],
    ['a block keeps its urgency', 'fly', { urgency: 'low' }, 0, 'low'],
  ])('%s', (_what, action, given, level, urgency) => {
    expect(routed(action, given)).toMatchObject({ level, urgency })
  })

  it('does not go above critical', () => {
    const open = manifestOf('actions: { email: { severity: high, reversible: false } }')
    const input = { agent: 'any', proposal: proposalOf({ action: 'email', confidence: 0, urgency: 'critical' }) }
    expect(route(open, input, noFacts)).toMatchObject({ urgency: 'critical', route: 'escalate' })
  })
})

describe('agents', () => {
  it('may propose anything where no agents are declared', () => {
    const open = manifestOf('actions: { look: { severity: low, reversible: true } }')
    const input = { agent: 'anybody', proposal: proposalOf({ action: 'look' }) }
    expect(route(open, input, noFacts).route).toBe('auto_approve')
  })

  it('may propose nothing where agents are declared and empty', () => {
    const closed = manifestOf('agents: {}\nactions: { look: { severity: low, reversible: true } }')
    const input = { agent: 'anybody', proposal: proposalOf({ action: 'look' }) }
    expect(route(closed, input, noFacts).reasons[0]?.code).toBe('action_not_allowed')
  })

  it('are not found by the names that every object inherits', () => {
    const input = { agent: 'constructor', proposal: proposalOf({ action: 'query' }) }
    expect(route(manifest, input, noFacts).route).toBe('block')
    expect(findAction(manifest, 'toString')).toBeNull()
  })
})

describe('sentences', () => {
  const sentence = (action: string, given: Given) => routed(action, given).reasons[0]?.message

  it('say what was found and where the limit is', () => {
    expect(sentence('refund', { ...usd(100), confidence: 0.82 })).toBe('confidence 0.82 is below 0.97')
    expect(sentence('refund', { ...usd(600), confidence: 1 })).toBe(
      'amount_usd 600 is above 500, where a person always decides',
    )
    expect(sentence('refund', { confidence: 1 })).toBe('amount_usd is missing, so a person decides')
    expect(sentence('refund', { confidence: 1, ...usd('20') })).toBe(
      'amount_usd is a text, not a number, so a person decides',
    )
    expect(sentence('email', factors(3))).toBe('3 uncertainty factors are named, more than 2')
    expect(sentence('pay', { ...paid(1), used: [2, 0] })).toBe(
      '2 of the 2 per 1h that may pass without a person are used up',
    )
    expect(sentence('pay', { ...paid(120), used: [0, 400.1] })).toBe(
      'amount_usd 120 on top of 400.1 would exceed the amount_usd 500 per 24h for each customer_id that may pass without a person',
    )
    expect(sentence('wipe', { today: '2027-01-01' })).toBe('confidence 0.8 is below 0.95')
    expect(sentence('fly', {})).toBe('the action "fly" is not in the manifest')
  })

  it('leave a redacted value out, and the total that would give it away', () => {
    const salaries = manifestOf(`
roles: { lead: { members: [ana@example.com] } }
actions:
  raise:
    severity: high
    reversible: false
    approval_required: true
    required_role: lead
    redact: [salary]
    conditions: { amount_parameter: salary, auto_approve_below_usd: 400, always_approve_above_usd: 500 }
    limits: [{ sum: salary, max: 450, per: 24h }]
`)
    const said = (salary: unknown, used = 0) => {
      const proposal = proposalOf({ action: 'raise', parameters: { salary }, confidence: 1 })
      const routing = route(salaries, { agent: 'bot', proposal }, { ...noFacts, usage: [{ index: 0, used }] })
      return routing.reasons.map(({ message }) => message)
    }
    expect(said(73991)).toContain('salary is above 500, where a person always decides')
    expect(said(-73991)).toContain('salary is negative, so a person decides')
    expect(said(399)).toContain('salary is below 400')
    expect(said(399, 52)[0]).toBe('this salary would exceed the salary 450 per 24h that may pass without a person')
  })

  it('keep a long name short', () => {
    expect(sentence('x'.repeat(5000), {})?.length).toBeLessThan(130)
  })
})
