/*
 * What changed between two manifests, in words. The properties run over pairs of one manifest with random changes.
 *
 * Broken builds that these sentences were seen to catch: a threshold, an amount or a longer window with its effect turned
 * round; a default told on each action; limits paired only where they are equal; limits not told at all; a required role
 * left out although the path stayed; keys in another order taken for a change.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { same } from '../../src/domain/difference.ts'
import type { Manifest } from '../../src/domain/manifest.ts'
import { fillDefaults } from '../../src/domain/manifest-defaults.ts'
import { manifestChanges } from '../../src/domain/manifest-diff.ts'
import type { ActionDocument, DefaultsDocument, ManifestDocument } from '../../src/domain/manifest-document.ts'
import { type Route, route, stricter } from '../../src/domain/route.ts'
import { manifestOf, noFacts, proposalOf } from '../fixtures/manifest-of.ts'

const people = `roles:
  lead: { members: [ana@example.com, ben@example.com], fallback: operations }
  operations: { members: [dana@example.com] }
`
const pay = (keys: string) =>
  `${people}actions:\n  pay: { severity: high, reversible: false, required_role: lead, ${keys} }\n`

/** `effect path | message`, one line a change. */
function told(before: string, after: string): readonly string[] {
  return manifestChanges(manifestOf(before), manifestOf(after)).map(
    ({ effect, path, message }) => `${effect ?? '-'} ${path} | ${message}`,
  )
}

const rows: readonly (readonly [what: string, before: string, after: string, expected: readonly string[]])[] = [
  [
    'an amount',
    pay('conditions: { auto_approve_below_usd: 50 }'),
    pay('conditions: { auto_approve_below_usd: 80 }'),
    [
      'looser actions.pay.conditions.auto_approve_below_usd | small amounts of `pay` now pass without a person below 80, instead of 50',
    ],
  ],
  [
    'a limit in the middle, and one that is lower',
    pay('limits: [{ count: 9, per: 1h }, { sum: usd, max: 500, per: 24h }]'),
    pay('limits: [{ count: 9, per: 1h }, { count: 20, per: 24h }, { sum: usd, max: 400, per: 24h }]'),
    [
      'stricter actions.pay.limits[2] | `pay` may now pass without a person up to usd 400 per 24h, instead of usd 500 per 24h',
      'stricter actions.pay.limits[1] | `pay` may now pass without a person only up to 20 per 24h: that limit is new',
    ],
  ],
  [
    'a limit over a longer time, which fills sooner',
    pay('limits: [{ count: 9, per: 1h }]'),
    pay('limits: [{ count: 9, per: 24h }]'),
    ['stricter actions.pay.limits[0] | `pay` may now pass without a person up to 9 per 24h, instead of 9 per 1h'],
  ],
  [
    'a required role that is the one who was asked anyway',
    `${people}actions:\n  look: { severity: low, reversible: true }\n`,
    `${people}actions:\n  look: { severity: low, reversible: true, required_role: operations }\n`,
    ['- actions.look.required_role | the required role of `look` is now `operations`, instead of none'],
  ],
  [
    'what changed beside a schema in another order, and nothing of that order',
    pay('description: Pay, parameters_schema: { properties: { a: { type: string, title: A } } }'),
    pay('description: Pay a bill, parameters_schema: { properties: { a: { title: A, type: string } } }'),
    ['- actions.pay.description | `pay` is now described as "Pay a bill", instead of "Pay"'],
  ],
  [
    'what is required',
    pay('parameters_schema: { required: [a], properties: { a: { type: string } } }'),
    pay('parameters_schema: { required: [b], properties: { a: { type: number }, b: { type: string } } }'),
    [
      '- actions.pay.parameters_schema.required | `pay` now requires `b` and no longer requires `a`',
      '- actions.pay.parameters_schema.properties.a | the parameter `a` of `pay` now has type number, instead of type string',
      '- actions.pay.parameters_schema.properties.b | `pay` now describes the parameter `b`: {"type":"string"}',
    ],
  ],
  [
    'who is in a role, and whom it falls back to',
    pay('approve_with: confirm'),
    pay('approve_with: confirm').replace('ben@', 'eve@').replace('fallback: operations', 'fallback: null'),
    [
      '- roles.lead.members | eve@example.com joined `lead`',
      '- roles.lead.members | ben@example.com left `lead`',
      '- roles.lead.fallback | `lead` now falls back to nobody, instead of `operations`, also on the escalation path of `pay`',
    ],
  ],
  [
    'agents that are listed from now on',
    pay(''),
    `${pay('')}agents: { bot: { actions: [pay], max_urgency: high } }\n`,
    [
      'stricter agents | only the agents that are listed may propose anything now, instead of any agent with a key',
      '- agents.bot | the agent `bot` may propose `pay`, at most with high urgency',
    ],
  ],
  [
    'a default once, with the actions that inherit it',
    `${pay('')}  look: { severity: low, reversible: true }\n  own: { severity: low, reversible: true, approval_timeout_seconds: 60 }\n`,
    `${pay('')}  look: { severity: low, reversible: true }\n  own: { severity: low, reversible: true, approval_timeout_seconds: 60 }\ndefaults: { approval_timeout_seconds: 5400 }\n`,
    [
      '- defaults.approval_timeout_seconds | an action is now denied when nobody decides within 1 hour 30 minutes, instead of 1 day, for every action that sets no other: `pay` and `look`',
    ],
  ],
  [
    'actions that come and go',
    pay(''),
    `${people}actions:\n  look: { severity: low, reversible: true }\n`,
    [
      'stricter actions.pay | the action `pay` is gone: it is blocked from now on',
      'looser actions.look | the action `look` is new: low severity, reversible; it passes without a person',
    ],
  ],
]

describe('the difference of two manifests', () => {
  it.each(rows)('tells %s', (_what, before, after, expected) => {
    expect(told(before, after)).toEqual(expected)
  })

  it('tells nothing of comments and of keys in another order', () => {
    const a = `${people}actions:\n  pay: { severity: low, reversible: true }\n  look: { severity: low, reversible: true }\n`
    const b = `# the same\nactions:\n  look: { reversible: true, severity: low }\n  pay: { severity: low, reversible: true }\n${people}`
    expect(told(a, b)).toEqual([])
  })

  it('tells of rules that came, went or changed', () => {
    const block = { when: 'amount > 5', route: 'block', because: 'too much' } as const
    const small = { when: 'amount > 1', route: 'human_review', because: 'not small' } as const
    const withRules = (rules: ActionDocument['rules']) =>
      fillDefaults(documentOf({}, { severity: 'low', reversible: true, rules }))
    const changes = manifestChanges(withRules([block, small]), withRules([{ ...small, route: 'escalate' }]))
    expect(changes.map(({ effect, path, message }) => `${effect} ${path} | ${message}`)).toEqual([
      'stricter actions.a.rules[0] | the rule "not small" of `a` changed: it now asks for escalate, instead of human_review',
      'looser actions.a.rules[0] | the rule "too much" is gone: it blocks `a` no longer where `amount > 5`',
    ])
  })
})

function documentOf(defaults: DefaultsDocument, action: ActionDocument, agents: ManifestDocument['agents'] = null) {
  const roles = { lead: { members: ['ana@example.com'], fallback: 'ops' }, ops: { members: ['dana@example.com'] } }
  const other = { severity: 'high', reversible: false } as const
  return { defaults, roles, calendars: {}, agents, actions: { a: action, b: other, c: { ...other, ...defaults } } }
}

const cap = fc.constantFrom(0, 50, 80, 500)
const share = fc.constantFrom(0.5, 0.6, 0.9, 0.95)
const names = fc.subarray(['order_id', 'amount_usd', 'card'])
const tunables = {
  thresholds: fc.record(
    { auto_approve_confidence: share, escalate_confidence: share, max_uncertainty_factors: fc.nat(2) },
    { requiredKeys: [] },
  ),
  approval_timeout_seconds: fc.constantFrom(60, 900, 86_400),
  sla_minutes: fc.oneof(fc.constantFrom(5, 60), fc.record({ low: cap.map((n) => n + 1) })),
  required_role: fc.constantFrom('lead', 'ops'),
  attempts_per_level: fc.constantFrom(1, 2),
  nudge_at: fc.subarray([0.5, 0.8]),
  approvals_required: fc.constantFrom(1, 2),
  retention_days: fc.constantFrom(null, 30),
  audit: fc.record({ sample_rate: share, per_day: cap }, { requiredKeys: [] }),
  channel: fc.constantFrom('#one', '#agent-approvals'),
  alerts: fc.constantFrom('each' as const, 'digest' as const, 'off' as const),
}
const defaults: fc.Arbitrary<DefaultsDocument> = fc.record(
  { ...tunables, administrators: fc.constantFrom('ops', 'lead'), operations_channel: fc.constantFrom('#ops', '#o') },
  { requiredKeys: [] },
)
const limit = fc.oneof(
  fc.record({ count: cap, per: fc.constantFrom('1h', '2h') }),
  fc.record({ sum: fc.constant('amount_usd'), max: cap, per: fc.constantFrom('1h', '24h') }),
)
const actions: fc.Arbitrary<ActionDocument> = fc.record(
  {
    severity: fc.constantFrom('low' as const, 'high' as const),
    reversible: fc.boolean(),
    ...tunables,
    description: fc.constantFrom('Pay', 'Pay a bill'),
    approval_required: fc.boolean(),
    escalation_path: fc.constantFrom(['lead'], ['lead', 'ops'], ['ops']),
    conditions: fc.record(
      {
        amount_parameter: names.map(([name = 'usd']) => name),
        auto_approve_below_usd: cap,
        always_approve_above_usd: cap,
      },
      { requiredKeys: [] },
    ),
    limits: fc.array(limit, { maxLength: 3 }),
    parameters_schema: fc.record(
      {
        required: names,
        properties: fc.dictionary(
          names.map(([n = 'x']) => n),
          fc.constantFrom({ type: 'string' }, {}),
        ),
        title: fc.constantFrom('a', 'b'),
      },
      { requiredKeys: [] },
    ),
    editable_parameters: names,
    identity_parameters: names,
    redact: names,
    self_approval: fc.boolean(),
    approve_with: fc.constantFrom('confirm' as const, 'reason' as const),
    executor: fc.record({ url: fc.constantFrom('https://a', 'https://b'), idempotent: fc.boolean() }),
    rollback: fc.record({ tested_on: fc.constantFrom('2026-01-01', '2026-11-01') }, { requiredKeys: [] }),
    owner: fc.constantFrom('ana@example.com', 'dana@example.com'),
    accepted_risk: fc.record({
      owner: fc.constant('ana@example.com'),
      reason: fc.constantFrom('a', 'b'),
      until: fc.constantFrom('2026-11-01', '2027-01-01'),
    }),
    audit_log: fc.boolean(),
  },
  { requiredKeys: ['severity', 'reversible'] },
)
const agents = fc.constantFrom<ManifestDocument['agents']>(
  null,
  { bot: { actions: ['a'] } },
  { bot: { actions: ['b'] } },
  { x: { actions: [] } },
)
const documents = fc.tuple(defaults, actions, agents).map(([d, a, listed]) => documentOf(d, a, listed))

/** What decides about the route, and nothing else. */
const routed: fc.Arbitrary<ActionDocument> = fc.record({
  approval_required: fc.boolean(),
  thresholds: tunables.thresholds,
  conditions: fc.record({ auto_approve_below_usd: cap, always_approve_above_usd: cap }, { requiredKeys: [] }),
  limits: fc.array(limit, { maxLength: 2 }),
  severity: fc.constant('high' as const),
  reversible: fc.constant(false),
  alerts: fc.constant('each' as const),
})
const decisions = fc.array(
  fc.record({
    amount: fc.constantFrom(0, 49, 60, 79, 100, 501, undefined),
    confidence: fc.constantFrom(0.4, 0.55, 0.7, 0.92, 0.97),
    factors: fc.nat(3),
    used: fc.constantFrom(0, 40, 60, 400),
  }),
  { minLength: 10, maxLength: 10 },
)

/** `defaults.alerts`, `actions.a.limits`, ...: every key that differs. */
function differingPaths(before: Manifest, after: Manifest): readonly string[] {
  const of = (path: string, a: object, b: object) => {
    const now = new Map<string, unknown>(Object.entries(b))
    return Object.entries(a).flatMap(([key, value]) => (same(value, now.get(key)) ? [] : [`${path}.${key}`]))
  }
  const shared = Object.keys(before.actions).flatMap((name) => {
    const [a, b] = [before.actions[name], after.actions[name]]
    return a === undefined || b === undefined ? [] : of(`actions.${name}`, a, b)
  })
  return [
    ...of('defaults', before.defaults, after.defaults),
    ...(same(before.agents, after.agents) ? [] : ['agents']),
    ...shared,
  ]
}

describe('for any two manifests, the difference', () => {
  it('leaves nothing that differs untold', () => {
    let seen = 0
    fc.assert(
      fc.property(documents, documents, (first, second) => {
        const [before, after] = [fillDefaults(first), fillDefaults(second)]
        const changes = manifestChanges(before, after)
        expect(changes.length > 0).toBe(before.digest !== after.digest)
        for (const path of differingPaths(before, after)) {
          seen += 1
          const [, name = '', key = ''] = path.split('.')
          const aliases = key === 'required_role' ? [path, `actions.${name}.escalation_path`] : [path]
          const own = changes.some((change) => aliases.some((alias) => change.path.startsWith(alias)))
          const above = changes.some(
            (change) => /^(?:defaults|roles)\./.test(change.path) && change.message.includes(`\`${name}\``),
          )
          if (!own && !above) throw new Error(`${path} is not told: ${JSON.stringify(changes)}`)
        }
      }),
      { numRuns: 150 },
    )
    expect(seen).toBeGreaterThan(1000)
  })

  it('calls nothing stricter that lets a decision pass, and nothing looser that stops one', () => {
    const seen = { stricter: 0, looser: 0 }
    fc.assert(
      fc.property(routed, routed, agents, agents, fc.nat(5), decisions, (one, other, listed, relisted, pick, given) => {
        const [key = 'agents', value] = pick < 4 ? (Object.entries(other)[pick] ?? []) : []
        const before = fillDefaults(documentOf({}, one, listed))
        const after = fillDefaults(documentOf({}, { ...one, [key]: value }, key === 'agents' ? relisted : listed))
        const effects = new Set(manifestChanges(before, after).map(({ effect }) => effect))
        const [effect] = effects
        if (effects.size !== 1 || effect === null || effect === undefined) return
        for (const each of given) {
          const was = routeOf(before, each)
          const is = routeOf(after, each)
          if (was !== is) seen[effect] += 1
          expect(stricter(was, is)).toBe(effect === 'stricter' ? is : was)
        }
      }),
      { numRuns: 400 },
    )
    expect(Math.min(seen.stricter, seen.looser)).toBeGreaterThan(20)
  })
})

type Given = {
  readonly amount: number | undefined
  readonly confidence: number
  readonly factors: number
  readonly used: number
}

function routeOf(manifest: Manifest, { amount, confidence, factors, used }: Given): Route {
  const parameters = amount === undefined ? {} : { amount_usd: amount }
  const uncertainty_factors = Array.from({ length: factors }, (_, index) => `unsure ${index}`)
  const proposal = proposalOf({ action: 'a', parameters, confidence, uncertainty_factors })
  const usage = [0, 1, 2].map((index) => ({ index, used }))
  return route(manifest, { agent: 'bot', proposal }, { ...noFacts, usage }).route
}
