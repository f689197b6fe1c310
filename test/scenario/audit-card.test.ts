/*
 * A later look at what passed, through the whole product. Broken once each to see it fail: every automatic approval drawn,
 * or none; the card with the agent's confidence, its doubts or the route's reasons, or the Full context with them; judged
 * by anybody, by the agent's owner, or twice; a verdict that is not the source `audit`; a card that is not brought up to
 * date.
 */
import { afterEach, expect, it } from 'vitest'
import {
  ANA,
  APPROVALS,
  BEN,
  buttonsOf,
  DANA,
  GUS,
  type House,
  type Json,
  openHouse,
  pressPayload,
  SECOND,
  textOf,
} from './house.ts'

const MANIFEST = `
defaults: { audit: { sample_rate: 0.2, per_day: 20 } }
roles:
  support_lead: { members: [${ANA}, ${BEN}] }
  operations: { members: [${DANA}] }
agents:
  billing-bot: { owner: ${BEN}, actions: [issue_credit, restart] }
actions:
  issue_credit:
    description: Credit a customer
    severity: low
    reversible: false
    required_role: support_lead
    redact: [card]
  restart: { description: Restart a service, severity: high, reversible: true, required_role: support_lead }
`
const CREDIT = {
  action: 'issue_credit',
  parameters: { customer: 'cus_7', amount: 20, card: 'canary-4242' },
  confidence: 0.973,
  confidence_basis: 'looks like ninety others',
  uncertainty_factors: ['a second account of the same name'],
  rationale: 'The parcel was late.',
  if_denied: 'I tell the customer to wait.',
}

let house: House
afterEach(() => house.close())

const cardOf = (id: string) =>
  house.workspace
    .messages(APPROVALS)
    .find(({ metadata }) => metadata?.event_payload['subject'] === id && metadata.event_payload['slot'] === 'audit')
const shown = (id: string) => textOf(cardOf(id)).replace(/\s+/g, ' ')

async function credit(more: Json = {}): Promise<string> {
  const proposed = await house.propose({ ...CREDIT, ...more })
  expect(proposed).toMatchObject({ status: 'auto_approved' })
  return String(proposed['id'])
}

async function press(user: string, id: string, button: string): Promise<void> {
  await house.workspace.click(user, {
    channel: APPROVALS,
    ts: cardOf(id)?.ts ?? '',
    actionId: `countersign.audit.${button}`,
  })
  await house.quiet()
}

const labels = async () => (await house.store.judged('issue_credit', 0)).map(({ labels }) => labels)

it('asks whether it was right, and shows nothing of how sure the agent was', async () => {
  house = await openHouse({ manifest: MANIFEST, lot: 0.1 })
  const id = await credit()
  expect(shown(id)).toContain('Was this right?')
  expect(shown(id)).toContain('customer: "cus_7"')
  expect(shown(id)).toContain('The parcel was late.')
  expect(buttonsOf(cardOf(id))).toEqual(['audit.right', 'audit.wrong', 'audit.context'])
  await press(ANA, id, 'context')
  const context = textOf(house.workspace.view(ANA))
  expect(context).toContain('The parcel was late.')
  for (const said of [JSON.stringify(cardOf(id)), context, JSON.stringify(house.workspace.view(ANA))])
    expect(said).not.toMatch(/0\.973|97 ?%|ninety others|second account|auto_approve|threshold|canary/i)
})

it('records what the first of them says who may judge it, shows it on the card, and tells the others', async () => {
  house = await openHouse({ manifest: MANIFEST, lot: 0.1 })
  const id = await credit()
  await press(GUS, id, 'right')
  await press(BEN, id, 'right')
  await press(DANA, id, 'wrong')
  expect(house.told(GUS)).toEqual([expect.stringContaining('Guests')])
  expect(house.told(BEN)).toEqual([expect.stringContaining('You own the agent')])
  expect(house.told(DANA)).toEqual(['Only support_lead can judge this.'])
  expect(await labels()).toEqual([[]])
  await press(ANA, id, 'wrong')
  await house.type(ANA, 'note', 'It was the other account.')
  await house.show()
  expect(shown(id)).toMatch(/said .* that this was wrong\. The agent's confidence was 0\.973\./)
  expect(shown(id)).toContain('It was the other account.')
  expect(buttonsOf(cardOf(id))).toEqual([])
  expect(await labels()).toMatchObject([[{ correct: false, source: 'audit' }]])
})

it('counts one word only, also of two who press at once', async () => {
  house = await openHouse({ manifest: MANIFEST.replace(`owner: ${BEN}`, `owner: ${DANA}`), lot: 0 })
  const id = await credit()
  await Promise.all([press(ANA, id, 'right'), press(BEN, id, 'right')])
  const told = [...house.told(ANA), ...house.told(BEN)]
  expect(told).toEqual([expect.stringMatching(/^<@U0.*> said on .* that this was right\. Nothing was changed\.$/)])
  expect(await labels()).toMatchObject([[{ correct: true, source: 'audit' }]])
})

it('draws the share that the policy asks for, with its probability, and only of what passes without a person', async () => {
  house = await openHouse({ manifest: MANIFEST, lot: 0.1999 })
  const drawn = await credit()
  house.turn(SECOND)
  const asked = await house.propose({ ...CREDIT, recommended_review: true })
  expect(await house.store.judged('issue_credit', 0)).toMatchObject([
    { id: drawn, auditProbability: 0.2 },
    { id: asked['id'], auditProbability: null },
  ])
  await house.close()
  house = await openHouse({ manifest: MANIFEST, lot: 0.2 })
  const id = await credit()
  expect(await house.store.judged('issue_credit', 0)).toMatchObject([{ id, auditProbability: null }])
  expect(cardOf(id)).toBeUndefined()
  await house.send(pressPayload(ANA, id, 'audit.right'))
  expect(house.told(ANA)).toEqual(['Nobody is asked whether this was right. Nothing was recorded.'])
  expect(await labels()).toEqual([[]])
})

it('asks of what people could have rolled back as well, beside its card', async () => {
  house = await openHouse({ manifest: MANIFEST, lot: 0 })
  const { id } = await house.propose({ ...CREDIT, action: 'restart', confidence: 0.99 })
  expect(textOf(house.card(String(id)))).toContain('Restart a service')
  expect(shown(String(id))).toContain('Was this right?')
})
