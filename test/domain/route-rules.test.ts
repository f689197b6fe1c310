/*
 * Rules among the steps of a route. Broken builds that these sentences were seen to catch: the route of rules in
 * place of a stricter one; an error asks for nothing; a rule without a ruling passes.
 */
import { describe, expect, it } from 'vitest'
import { type Routing, route } from '../../src/domain/route.ts'
import type { Ruling } from '../../src/domain/rule.ts'
import { manifestOf, noFacts, proposalOf } from '../fixtures/manifest-of.ts'

const manifest = manifestOf(`
actions:
  query:
    severity: low
    reversible: true
    rules:
      - { when: "true", route: human_review, because: a person should look }
      - { when: "true", route: block, because: embargoed country }
      - { when: "true", route: escalate, because: a very large sum }
`)

function ruled(...rulings: readonly Ruling[]): Routing {
  const input = { agent: 'bot', proposal: proposalOf({ action: 'query' }) }
  return route(manifest, input, { ...noFacts, rulings })
}
const no = [0, 1, 2].map((index) => ({ index, holds: false }))
const but = (...changed: readonly Ruling[]) =>
  no.map((ruling) => changed.find(({ index }) => index === ruling.index) ?? ruling)

describe('rules', () => {
  it('change nothing where none holds', () => {
    expect(ruled(...no)).toMatchObject({ route: 'auto_approve', reasons: [{ code: 'approval_not_required' }] })
  })

  it('give the strictest route of those that hold, its reason first', () => {
    const both = ruled(...but({ index: 0, holds: true }, { index: 1, holds: true }, { index: 2, holds: true }))
    expect(both.route).toBe('block')
    expect(both.reasons.map(({ message }) => message)).toEqual([
      'embargoed country',
      'a person should look',
      'a very large sum',
      'this action needs no approval',
    ])
  })

  it('that fail ask for escalate, and say why', () => {
    expect(ruled(...but({ index: 0, error: 'it divides by zero' }))).toMatchObject({
      route: 'escalate',
      reasons: [
        { code: 'rule_error', message: 'the rule "a person should look" could not be applied: it divides by zero' },
        { code: 'approval_not_required' },
      ],
    })
  })

  it('loosen nothing that goes higher without them', () => {
    const mail = manifestOf(`actions: { mail: { severity: high, reversible: false, rules: [
      { when: "true", route: human_review, because: a person should look }] } }`)
    const input = { agent: 'bot', proposal: proposalOf({ action: 'mail', confidence: 0.1 }) }
    const { route: final } = route(mail, input, { ...noFacts, rulings: [{ index: 0, holds: true }] })
    expect(final).toBe('escalate')
  })

  it('that nobody evaluated do not pass', () => {
    expect(ruled(...no.slice(1))).toMatchObject({ route: 'escalate', reasons: [{ code: 'rule_error' }, {}] })
  })
})
