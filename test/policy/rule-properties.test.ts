/*
 * What must hold for every decision under every manifest with rules: 1,500 generated pairs (10,000 with DEEP=1). Rules
 * are drawn from conditions that hold, fail, take too long, or depend on what was sent. With rules written either way, strictness is not
 * monotonous in the confidence: that is asked of manifests without rules (test/domain/route-properties.test.ts).
 *
 * Broken builds that these properties were seen to catch: a rule's route taken in place of a stricter one; a failing rule
 * that asks for nothing.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillDefaults } from '../../src/domain/manifest-defaults.ts'
import type { ActionDocument } from '../../src/domain/manifest-document.ts'
import { type Route, type Routing, route, stricter } from '../../src/domain/route.ts'
import { compileCondition, conditionBudget, evaluateCondition } from '../../src/policy/condition.ts'
import { createRuleCheck } from '../../src/policy/rule-check.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { nothingFrozen, proposalOf } from '../fixtures/manifest-of.ts'

const runs = { numRuns: tries(1_500, 10_000) }

const atoms = fc.oneof(
  fc.constantFrom('parameters.amount_usd', 'parameters.country', 'parameters.list', 'parameters.absent', 'confidence'),
  fc.constantFrom('uncertainty_factors', 'recommended_review', 'urgency', 'agent', 'requested_by', 'true', 'false'),
  fc.constantFrom('1', '0', '2.5', '"KP"', '""', 'null', '[1, 2]', '{"a": 1}', '9223372036854775807'),
)
const condition = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    atoms,
    fc
      .tuple(tie('any'), fc.constantFrom('==', '!=', '<', '>=', '+', '-', '*', '/', '%', 'in', '&&', '||'), tie('any'))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie('any').map((each) => `!(${each})`),
    tie('any').map((each) => `size(${each})`),
    fc.tuple(tie('any'), tie('any'), tie('any')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc
      .tuple(tie('any'), fc.constantFrom('all', 'exists', 'exists_one', 'map', 'filter'), tie('any'))
      .map(([list, macro, body]) => `(${list}).${macro}(x, ${body})`),
    fc.tuple(tie('any'), fc.constantFrom('contains', 'startsWith')).map(([text, name]) => `(${text}).${name}("a")`),
    fc.constantFrom('has(parameters.absent)', 'parameters.list.all(x, parameters.list.all(y, x + y >= 0.0))'),
  ),
})).any

const rules = fc.array(
  fc.record({
    when: condition,
    route: fc.constantFrom('human_review' as const, 'escalate' as const, 'block' as const),
    because: fc.constantFrom('embargoed country', 'a very large sum'),
  }),
  { maxLength: 4 },
)
const cases = fc.record({
  action: fc.record(
    {
      severity: fc.constantFrom('low' as const, 'high' as const),
      reversible: fc.boolean(),
      approval_required: fc.boolean(),
      conditions: fc.constant({ auto_approve_below_usd: 50, always_approve_above_usd: 500 }),
    },
    { requiredKeys: ['severity', 'reversible'] },
  ),
  rules,
  extra: rules,
  parameters: fc.record(
    {
      amount_usd: fc.oneof(fc.constantFrom(0, 50, 501, 'a lot', null), fc.double({ noNaN: true, min: 0, max: 1000 })),
      country: fc.constantFrom('KP', 'DE', 5, null),
      list: fc.oneof(
        { weight: 60, arbitrary: fc.array(fc.nat(5), { maxLength: 5 }) },
        { weight: 1, arbitrary: fc.constant(Array.from({ length: 3000 }, () => 1)) },
      ),
    },
    { requiredKeys: [] },
  ),
  confidence: fc.constantFrom(0, 0.59, 0.6, 0.95, 1),
  review: fc.boolean(),
})
type Case = typeof cases extends fc.Arbitrary<infer Value> ? Value : never

function routed(given: Case, name = 'pay'): Routing {
  const action: ActionDocument = { ...given.action, rules: given.rules }
  const manifest = fillDefaults({ defaults: {}, roles: {}, calendars: {}, agents: null, actions: { pay: action } })
  const { parameters, confidence, review: recommended_review } = given
  const input = { agent: 'bot', proposal: proposalOf({ action: name, parameters, confidence, recommended_review }) }
  const policy = manifest.actions['pay']
  if (policy === undefined) throw new Error('the manifest has lost its action')
  const rulings = createRuleCheck()(policy, input)
  expect(rulings.map(({ index }) => index)).toEqual(given.rules.map((_, index) => index))
  return route(manifest, input, { usage: [], rulings, controls: nothingFrozen, today: '2026-11-22' })
}

describe('decisions under manifests with rules', () => {
  it(
    'are never routed looser by one more rule, alike each time, for reasons that people can read',
    () => {
      const seen = new Map<string, number>()
      let moved = 0
      const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
      fc.assert(
        fc.property(cases, (given) => {
          const before = routed(given)
          const more = { ...given, rules: [...given.extra, ...given.rules] }
          const after = routed(more)
          expect(stricter(after.route, before.route)).toBe(after.route)
          expect(routed(structuredClone(more))).toEqual(after)
          expect(routed(more, 'unknown')).toMatchObject({ route: 'block', reasons: [{ code: 'unknown_action' }] })
          expect(after.reasons.length).toBeGreaterThan(0)
          for (const { code, message } of after.reasons) {
            count(code)
            expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/)
            expect(message.length).toBeGreaterThan(10)
            expect(message).not.toMatch(/undefined|\[object|NaN/)
          }
          if (after.reasons.some(({ code }) => code === 'rule_error'))
            expect(stricter(after.route, 'escalate')).toBe(after.route)
          if (before.route !== after.route) moved += 1
          const routes: readonly Route[] = [before.route, after.route]
          routes.forEach(count)
        }),
        runs,
      )
      for (const what of ['rule', 'rule_error', 'auto_approve', 'human_review', 'escalate', 'block'])
        expect(seen.get(what) ?? 0).toBeGreaterThan(runs.numRuns / 100)
      expect(moved).toBeGreaterThan(runs.numRuns / 10)
    },
    patience(300_000),
  )

  it(
    'have no condition that uses more than its budget, and none that throws',
    () => {
      let spent = 0
      fc.assert(
        fc.property(condition, cases, (when, { parameters, confidence }) => {
          const compiled = compileCondition(when)
          if (!compiled.ok) return
          const variables = {
            parameters,
            confidence,
            uncertainty_factors: [],
            urgency: 'low',
            agent: 'bot',
            requested_by: '',
          }
          const verdict = evaluateCondition(compiled.condition, variables)
          expect(verdict.work).toBeLessThanOrEqual(conditionBudget)
          if (verdict.work === conditionBudget) spent += 1
        }),
        // Few conditions use all of it.
        { numRuns: tries(5_000, 10_000) },
      )
      expect(spent).toBeGreaterThan(0)
    },
    patience(300_000),
  )
})
