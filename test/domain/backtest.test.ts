/**
 * Decisions of the past under another manifest. Broken builds that these sentences were seen to catch: windows that are
 * never emptied; what passes not counted; warmed up with everything; frozen ones compared.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBacktest, mostTelling, type Past } from '../../src/domain/backtest.ts'
import { limitKeys } from '../../src/domain/limits.ts'
import { findAction, type Manifest } from '../../src/domain/manifest.ts'
import { route } from '../../src/domain/route.ts'
import { HOUR, MINUTE, toDay } from '../../src/domain/time.ts'
import { createRuleCheck } from '../../src/policy/rule-check.ts'
import { aDecisionId, NOON } from '../fixtures/decisions.ts'
import { tries } from '../fixtures/depth.ts'
import { manifestOf, proposalOf } from '../fixtures/manifest-of.ts'

const policy = (below: number, count = 2) => `
actions:
  refund:
    severity: high
    reversible: false
    approval_required: true
    required_role: lead
    conditions: { amount_parameter: amount_usd, auto_approve_below_usd: ${below} }
    limits:
      - { count: ${count}, per: 1h, by: customer }
      - { count: ${count}, per: 1h, by: customer }
      - { sum: amount_usd, max: 400, per: 4h }
    rules: [{ when: "parameters.customer == 'c2'", route: human_review, because: "c2 is looked at" }]
  look: { severity: low, reversible: true, required_role: lead }
roles: { lead: { members: [ana@example.com] } }
`

type Step = {
  readonly minutes: number
  readonly action: string
  readonly amount: number
  readonly customer: string
  readonly confidence: number
  readonly review: boolean
}

const step: fc.Arbitrary<Step> = fc.record({
  minutes: fc.nat(25),
  action: fc.constantFrom('refund', 'refund', 'refund', 'look', 'unheard of'),
  amount: fc.constantFrom(1, 10, 49.99, 50, 80, 300),
  customer: fc.constantFrom('c1', 'c2', 'c3'),
  confidence: fc.constantFrom(0.5, 0.8, 0.99),
  review: fc.constantFrom(false, false, false, true),
})

const look: Step = { minutes: 0, action: 'look', amount: 1, customer: 'c1', confidence: 0.9, review: false }

/** A history as a service would have made it, with windows that are read by looking at everything each time. */
function historyOf(manifest: Manifest, steps: readonly Step[]): readonly Past[] {
  const rules = createRuleCheck()
  const passed: { readonly at: number; readonly key: string; readonly amount: number }[] = []
  let at = NOON
  return steps.map(({ minutes, action, amount, customer, confidence, review }, n) => {
    at += minutes * MINUTE
    const now = at
    const proposal = proposalOf({
      action,
      parameters: { amount_usd: amount, customer },
      confidence,
      recommended_review: review,
    })
    const found = findAction(manifest, action)
    const keys = found === null ? [] : limitKeys(found, proposal).keys
    const usage = keys.map(({ index, key, windowMs }) => {
      const inside = passed.filter((entry) => entry.key === key && entry.at > now - windowMs)
      return { index, used: inside.reduce((sum, entry) => sum + entry.amount, 0) }
    })
    const input = { agent: 'bot', proposal }
    const rulings = found === null ? [] : rules(found, input)
    const routing = route(manifest, input, { usage, rulings, controls: [], today: toDay(now) })
    if (routing.route === 'auto_approve')
      for (const key of new Set(keys.map((each) => each.key)))
        passed.push({ at: now, key, amount: keys.find((each) => each.key === key)?.amount ?? 0 })
    const asked = routing.route === 'human_review' || routing.route === 'escalate'
    return {
      id: aDecisionId(n + 1),
      at: now,
      agent: 'bot',
      proposal,
      route: routing.route,
      reasons: routing.reasons,
      status: asked ? 'denied' : routing.route === 'block' ? 'blocked' : 'auto_approved',
      decidedAt: asked ? now + MINUTE : null,
      labels: [],
    }
  })
}

function under(manifest: Manifest, history: readonly Past[], from = 0) {
  const checks = { rulings: createRuleCheck(), refuses: () => false }
  const { warmUp, take, result } = createBacktest(manifest, checks, NOON + 1_000 * HOUR)
  history.forEach((past, n) => (n < from ? warmUp : take)(past))
  return result()
}

describe('a backtest', () => {
  it('finds nothing where nothing has changed, from whatever decision on', () => {
    const manifest = manifestOf(policy(50))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(60), (steps, from) => {
        const { changes, compared } = under(manifest, historyOf(manifest, steps), from)
        expect(changes).toEqual([])
        expect(compared).toBe(Math.max(0, steps.length - from))
      }),
      { numRuns: tries(200, 5_000) },
    )
  })

  it('names each decision that the candidate would have routed elsewhere, had it been in force all the time', () => {
    const [before, after] = [manifestOf(policy(50)), manifestOf(policy(100, 3))]
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const [was, would] = [historyOf(before, steps), historyOf(after, steps)]
        const moved = was.flatMap(({ id, route: from }, n) => {
          const to = would[n]?.route
          return to === from ? [] : [{ id, from, to }]
        })
        expect(under(after, was).changes.map(({ id, from, to }) => ({ id, from, to }))).toEqual(moved)
      }),
      { numRuns: tries(200, 5_000) },
    )
  })

  it('says what would pass that people denied or that was wrong, and what that is in time', () => {
    const [held, denied, wrong] = historyOf(
      manifestOf(policy(50, 9)),
      [1, 2, 3].map((n) => ({
        minutes: 1,
        action: 'refund',
        amount: 60 + n,
        customer: 'c1',
        confidence: 0.8,
        review: false,
      })),
    )
    if (held === undefined || denied === undefined || wrong === undefined) throw new Error('there are three')
    const label = { correct: false, source: 'downstream', observedAt: NOON, recorded: 1 } as const
    const history: readonly Past[] = [
      { ...held, status: 'approved', decidedAt: held.at + 2 * HOUR, labels: [{ ...label, correct: true }] },
      denied,
      { ...wrong, status: 'timed_out', decidedAt: null, labels: [label] },
    ]
    const result = under(manifestOf(policy(100, 9)), history)
    expect(result).toMatchObject({
      compared: 3,
      labelled: 2,
      asked: { more: 0, fewer: 3 },
      waitedMs: { more: 0, fewer: 3 * MINUTE },
      moves: [{ action: 'refund', from: 'human_review', to: 'auto_approve', n: 3, denied: 1, wrong: 1, labelled: 2 }],
    })
    expect(result.moves[0]?.amount).toBe(186)
    expect(mostTelling(result.changes, 2).map(({ id }) => id)).toEqual([wrong.id, denied.id])
  })

  it('leaves out what a freeze had blocked: no manifest changes that', () => {
    const manifest = manifestOf(policy(50))
    const [past] = historyOf(manifest, [look])
    if (past === undefined) throw new Error('there is one')
    const blocked: Past = { ...past, route: 'block', status: 'blocked', reasons: [{ code: 'frozen' }] }
    expect(under(manifest, [blocked])).toMatchObject({ compared: 0, frozen: 1, changes: [] })
  })

  it('tells what the candidate would not even take', () => {
    const manifest = manifestOf(policy(50))
    const { take, result } = createBacktest(manifest, { rulings: () => [], refuses: () => true }, NOON)
    for (const past of historyOf(manifest, [look])) take(past)
    expect(result().moves).toMatchObject([{ from: 'auto_approve', to: 'refused', n: 1 }])
  })
})
