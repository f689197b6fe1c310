import { expect, it, onTestFinished } from 'vitest'
import { MANIFEST, openHouse, textOf } from './house.ts'

/* Broken once each to see it fail: reasons leave out rules that hold; a condition that fails quotes what was sent. */

const manifest = MANIFEST.replace(
  'conditions: { always_approve_above_usd: 500 }',
  `redact: [card_number]
    rules:
      - { when: 'has(parameters.tier) && parameters.tier == "vip"', route: escalate, because: refunds to VIPs go to the team lead }
      - { when: parameters.card_number > 5, route: human_review, because: the card is checked }`,
)

it("tells the agent and the reviewers a rule's reason, and never a redacted value", async () => {
  const house = await openHouse({ manifest })
  onTestFinished(() => house.close())
  const parameters = { order_id: 'A-1', amount_usd: 20, tier: 'vip', card_number: '4929-1111' }
  const answer = await house.propose({ parameters })
  const because = 'refunds to VIPs go to the team lead'
  expect(answer).toMatchObject({ route: 'escalate' })
  expect(answer['reasons']).toContainEqual({ code: 'rule', message: because })
  expect(JSON.stringify(answer['reasons'])).toContain('rule_error')
  await house.show()
  const card = textOf(house.card(String(answer['id'])))
  expect(card).toContain(because)
  expect(card).toContain('could not be applied')
  expect(JSON.stringify(answer['reasons']) + card).not.toContain('4929')
})
