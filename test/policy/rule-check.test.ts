/**
 * The rules of an action. Broken builds that these sentences were seen to catch: one budget for all rules -> "keeps no
 * other"; `requested_by` left undefined -> "an empty text"; nothing kept, or kept without end -> "compiled once".
 */
import { describe, expect, it, vi } from 'vitest'
import { findAction } from '../../src/domain/manifest.ts'
import type { Proposal } from '../../src/domain/proposal.ts'
import { compileCondition } from '../../src/policy/condition.ts'
import { createRuleCheck } from '../../src/policy/rule-check.ts'
import { manifestOf, proposalOf } from '../fixtures/manifest-of.ts'

vi.mock('../../src/policy/condition.ts', { spy: true })

function policyWith(...whens: readonly string[]) {
  const rules = whens.map((when) => ({ when, route: 'block', because: 'no' }))
  const text = `actions: { pay: { severity: low, reversible: true, rules: ${JSON.stringify(rules)} } }`
  const policy = findAction(manifestOf(text), 'pay')
  if (policy === null) throw new Error('the manifest has lost its action')
  return policy
}

const pay = (given: Partial<Proposal> = {}) => ({
  agent: 'billing-bot',
  proposal: proposalOf({ action: 'pay', ...given }),
})

describe('rules', () => {
  it('say nothing where there are none', () => {
    expect(createRuleCheck()(policyWith(), pay())).toEqual([])
  })

  it('are all evaluated, in their order', () => {
    const policy = policyWith('parameters.country == "KP"', 'parameters.amount_usd > 500', 'confidence < 0.5')
    expect(createRuleCheck()(policy, pay({ parameters: { country: 'KP' }, confidence: 0.8 }))).toEqual([
      { index: 0, holds: true },
      { index: 1, error: 'there is no `parameters.amount_usd` in the request' },
      { index: 2, holds: false },
    ])
  })

  it('read all that the agent sent about its proposal', () => {
    const when = `agent == "billing-bot" && urgency == "high" && recommended_review && confidence == 0.7 &&
      uncertainty_factors == ["new"] && requested_by.endsWith("@example.com")`
    const given = { urgency: 'high', recommended_review: true, confidence: 0.7, uncertainty_factors: ['new'] } as const
    const check = createRuleCheck()
    expect(check(policyWith(when), pay({ ...given, requested_by: 'ana@example.com' }))).toEqual([
      { index: 0, holds: true },
    ])
    expect(check(policyWith(when), pay({ ...given, requested_by: 'ana@example.org' }))).toEqual([
      { index: 0, holds: false },
    ])
  })

  it('see an empty text where the agent named nobody', () => {
    expect(createRuleCheck()(policyWith('requested_by == ""'), pay())).toEqual([{ index: 0, holds: true }])
  })

  it('of one action are not those of another', () => {
    const check = createRuleCheck()
    expect(check(policyWith('true'), pay())).toEqual([{ index: 0, holds: true }])
    expect(check(policyWith('false'), pay())).toEqual([{ index: 0, holds: false }])
  })

  it('that take too long keep no other from being evaluated', () => {
    const policy = policyWith('parameters.flat.all(i, parameters.flat.all(j, true))', 'parameters.flat.size() == 20000')
    const flat = Array.from({ length: 20_000 }, () => 1)
    expect(createRuleCheck()(policy, pay({ parameters: { flat } }))).toEqual([
      { index: 0, error: 'it would take too long on a request this large' },
      { index: 1, holds: true },
    ])
  })

  it('of a manifest that can no longer be read fail, each by itself', () => {
    const policy = policyWith('true')
    const rules = [{ when: 'a =', route: 'block', because: 'no' } as const, ...policy.rules]
    expect(createRuleCheck()({ ...policy, rules }, pay())).toEqual([
      { index: 0, error: 'one = compares nothing' },
      { index: 1, holds: true },
    ])
  })

  it('are compiled once, also where a reload keeps them, as long as there are not too many', () => {
    const check = createRuleCheck()
    const timesFor = (...whens: readonly string[]) => {
      const policy = policyWith(...whens)
      const before = vi.mocked(compileCondition).mock.calls.length
      check(policy, pay())
      return vi.mocked(compileCondition).mock.calls.length - before
    }
    expect(timesFor('confidence < 0.5', 'true')).toBe(2)
    expect(timesFor('false', 'confidence < 0.5', 'true')).toBe(1)
    const policy = policyWith('true')
    const rules = Array.from(
      { length: 2_000 },
      (_, index) => ({ when: `${index} == 0`, route: 'block', because: 'no' }) as const,
    )
    check({ ...policy, rules }, pay())
    expect(timesFor('confidence < 0.5')).toBe(1)
  })
})
