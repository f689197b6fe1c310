import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findAction, type Manifest } from '../../src/domain/manifest.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

function actionOf(manifest: Manifest, name = 'pay') {
  const action = findAction(manifest, name)
  if (action === null) throw new Error(`no action ${name}`)
  return action
}

const roles =
  'roles: { lead: { members: [ana@example.com], fallback: team }, team: { members: [carol@example.com] }, operations: { members: [dana@example.com] } }'
const pay = (keys: string, more = '') =>
  actionOf(manifestOf(`${roles}\n${more}\nactions: { pay: { severity: low, reversible: true, ${keys} } }`))

describe('defaults', () => {
  it('fill in everything of an action that says nothing', () => {
    const {
      name: _,
      description: _text,
      ...action
    } = actionOf(manifestOf('actions: { pay: { severity: low, reversible: true } }'))
    expect(action).toEqual({
      severity: 'low',
      reversible: true,
      thresholds: { auto_approve_confidence: 0.95, escalate_confidence: 0.6, max_uncertainty_factors: 2 },
      approval_timeout_seconds: 86400,
      timeout_clock: 'elapsed',
      sla_minutes: { low: 240, normal: 60, high: 15, critical: 5 },
      attempts_per_level: 1,
      nudge_at: [0.5, 0.8],
      clarification_timeout_seconds: 86400,
      rollback_window_seconds: 900,
      grant_ttl_seconds: 900,
      approvals_required: 1,
      retention_days: null,
      audit: { sample_rate: 0.05, per_day: 20 },
      suggestions: { alpha: 0.05, delta: 0.05 },
      channel: '#agent-approvals',
      alerts: 'each',
      approval_required: false,
      required_role: null,
      escalation_path: ['operations'],
      calendar: null,
      conditions: null,
      limits: [],
      rules: [],
      parameters_schema: null,
      editable_parameters: [],
      identity_parameters: null,
      requires: [],
      redact: [],
      self_approval: false,
      approve_with: null,
      clarify: null,
      executor: null,
      rollback: null,
      monitoring: null,
      owner: null,
      accepted_risk: null,
      promotion: null,
      audit_log: true,
    })
  })

  it('hold for all actions, and an action overrides them key by key', () => {
    const defaults =
      'defaults: { thresholds: { auto_approve_confidence: 0.9 }, sla_minutes: 7.5, retention_days: 30, channel: "#x" }'
    const action = pay(
      'thresholds: { escalate_confidence: 0.5 }, sla_minutes: { high: 3 }, retention_days: null',
      defaults,
    )
    expect(action.thresholds).toEqual({
      auto_approve_confidence: 0.9,
      escalate_confidence: 0.5,
      max_uncertainty_factors: 2,
    })
    expect(action.sla_minutes).toEqual({ low: 7.5, normal: 7.5, high: 3, critical: 7.5 })
    expect(action.retention_days).toBeNull()
    expect(action.channel).toBe('#x')
  })

  it('put the name into words, unless there is a description', () => {
    expect(
      actionOf(manifestOf('actions: { process_refund: { severity: low, reversible: true } }'), 'process_refund')
        .description,
    ).toBe('Process refund')
    expect(pay('description: Pay a bill').description).toBe('Pay a bill')
  })

  it('read the amount from amount_usd', () => {
    expect(
      pay('approval_required: true, required_role: lead, conditions: { auto_approve_below_usd: 5 }').conditions,
    ).toEqual({
      amount_parameter: 'amount_usd',
      auto_approve_below_usd: 5,
      always_approve_above_usd: null,
    })
  })
})

describe('approval', () => {
  it.each([
    ['high', false, true],
    ['high', true, false],
    ['low', false, false],
    ['low', true, false],
  ])('of severity %s, reversible %s is required: %s', (severity, reversible, required) => {
    const manifest = manifestOf(`actions: { pay: { severity: ${severity}, reversible: ${reversible} } }`)
    expect(actionOf(manifest).approval_required).toBe(required)
  })

  it('as declared wins over the matrix', () => {
    expect(pay('approval_required: true, required_role: lead').approval_required).toBe(true)
  })

  it('that thresholds give is told once an hour, unless alerts are declared', () => {
    expect(pay('approval_required: true, required_role: lead').alerts).toBe('digest')
    expect(pay('approval_required: true, required_role: lead, alerts: each').alerts).toBe('each')
    expect(pay('approval_required: true, required_role: lead', 'defaults: { alerts: off }').alerts).toBe('off')
  })
})

describe('who decides', () => {
  it.each([
    ['a declared path', 'escalation_path: [team, lead]', '', 'team', ['team', 'lead']],
    ['a required role and its fallback', 'required_role: lead', '', 'lead', ['lead', 'team']],
    ['a required role without a fallback', 'required_role: team', '', 'team', ['team']],
    [
      'the default role and its fallback',
      'severity: low',
      'defaults: { required_role: lead }',
      'lead',
      ['lead', 'team'],
    ],
    ['administrators', 'severity: low', 'defaults: { administrators: team }', null, ['team']],
    [
      'a path before the default role',
      'escalation_path: [team]',
      'defaults: { required_role: lead }',
      'team',
      ['team'],
    ],
    [
      'a required role before a path that begins elsewhere',
      'required_role: operations, escalation_path: [lead, team]',
      '',
      'operations',
      ['operations', 'lead', 'team'],
    ],
    [
      'a required role before a path that has it later',
      'required_role: team, escalation_path: [lead, team]',
      '',
      'team',
      ['team', 'lead'],
    ],
  ])('%s', (_what, keys, more, role, path) => {
    const action = pay(keys.replace('severity: low', 'audit_log: true'), more)
    expect({ role: action.required_role, path: action.escalation_path }).toEqual({ role, path })
  })
})

describe('the digest', () => {
  const text = 'actions: { pay: { severity: low, reversible: true }, look: { severity: low, reversible: true } }'

  it('does not depend on order, comments, layout or written-out defaults', () => {
    const other = `# the same\nactions:\n  look: { reversible: true, severity: low }\n  pay:\n    reversible: true\n    severity: low\n    audit_log: true\n    approvals_required: 1\n`
    expect(manifestOf(other).digest).toBe(manifestOf(text).digest)
    expect(manifestOf(text).digest).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  it('changes with any policy', () => {
    const digests = [
      text,
      text.replace('severity: low', 'severity: high'),
      `${text}\nagents: {}`,
      `${text}\ndefaults: { approvals_required: 2 }`,
      `${text}\ndefaults: { channel: "#other" }`,
    ].map((each) => manifestOf(each).digest)
    expect(new Set(digests).size).toBe(digests.length)
  })
})

describe('agents', () => {
  it('absent and empty are different policies', () => {
    const text = 'actions: { pay: { severity: low, reversible: true } }'
    expect(manifestOf(text).agents).toBeNull()
    expect(manifestOf(`${text}\nagents: {}`).agents).toEqual({})
  })
})

describe('a manifest with every key', () => {
  const folder = new URL('../fixtures/manifests/every-key/', import.meta.url)
  const text = readdirSync(folder)
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n')

  it('keeps each value that was written', () => {
    const manifest = manifestOf(text, '2026-11-22')
    expect(actionOf(manifest, 'process_refund')).toMatchObject({
      description: "Refund a customer's payment",
      approval_timeout_seconds: 900,
      escalation_path: ['support_lead', 'team_lead'],
      calendar: 'emea',
      conditions: { amount_parameter: 'amount_usd', auto_approve_below_usd: 50, always_approve_above_usd: 500 },
      limits: [
        { count: 20, per: '1h', by: null },
        { sum: 'amount_usd', max: 500, per: '24h', by: 'customer_id' },
      ],
      editable_parameters: ['amount_usd'],
      identity_parameters: ['order_id'],
      requires: ['requested_by', 'rationale'],
      redact: ['card_number'],
      approve_with: 'confirm',
      executor: { url: 'https://billing.example.com/execute', timeout_seconds: 30, idempotent: true },
      rollback: { url: 'https://billing.example.com/rollback', tested_on: '2026-11-01' },
      accepted_risk: { until: '2027-01-31' },
      promotion: { to: 'on_the_loop', outcomes: 1000 },
    })
    expect(manifest.roles['support_lead']).toEqual({
      members: ['ana@example.com', 'U012ABCDEF'],
      usergroups: ['S012ABCDEF'],
      channels: ['#support-leads'],
      fallback: 'operations',
      capacity: 20,
    })
    expect(manifest.agents?.['billing-bot']).toEqual({
      owner: 'ana@example.com',
      actions: ['process_refund', 'query_crm'],
      max_urgency: 'high',
    })
  })
})
