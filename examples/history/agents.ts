import type { Evidence, Proposal } from '../../src/domain/proposal.ts'
import type { Chance } from './chance.ts'

/** What an agent proposes, and whether it is right: nobody in the story knows that before it shows. */
export type Deed = { readonly proposal: Proposal; readonly right: boolean }

/** An agent and the one action that it proposes. */
export type Agent = {
  readonly name: string
  /** Proposals on a working day, about. */
  readonly perDay: number
  /** The share of what passed or was approved of which it is known later how it turned out. */
  readonly labelled: number
  /** Days until that is known, about. */
  readonly knownAfter: number
  /** @param day from 0: the first of the quarter */
  readonly act: (chance: Chance, day: number) => Deed
}

/** When the second version of the e-mail agent came. */
const NEW_VERSION_ON = 40

export const AGENTS: readonly Agent[] = [
  {
    name: 'refund-agent',
    perDay: 60,
    labelled: 0.96,
    knownAfter: 2,
    act: (chance) => {
      const confidence = claim(chance, { low: 0.62, often: 0.98, share: 0.76 })
      return {
        right: chance.happens(confidence < 0.9 ? confidence : 1 - 0.65 * (1 - confidence)),
        proposal: refund(chance, confidence),
      }
    },
  },
  {
    name: 'mail-agent',
    perDay: 16,
    labelled: 0.7,
    knownAfter: 2,
    act: (chance, day) => {
      const isNew = day >= NEW_VERSION_ON
      const confidence = claim(chance, { low: 0.55, often: isNew ? 0.93 : 0.86, share: isNew ? 0.7 : 0.4 })
      // The new version writes with more assurance, and no better.
      const right = chance.happens(isNew ? confidence - 0.17 : confidence)
      return { right, proposal: email(chance, confidence, isNew ? '2.0' : '1.4') }
    },
  },
  {
    name: 'subscription-agent',
    perDay: 26,
    labelled: 0.9,
    knownAfter: 4,
    act: (chance) => {
      const confidence = claim(chance, { low: 0.9, often: 0.975, share: 0.85 })
      return { right: chance.happens(0.998), proposal: subscription(chance, confidence) }
    },
  },
]

/** A confidence with two digits: a `share` of them about `often`, the others anywhere from `low` on. */
function claim(
  chance: Chance,
  { low, often, share }: { readonly low: number; readonly often: number; readonly share: number },
): number {
  const near = often + (chance.share() - 0.5) * 0.06
  const value = chance.happens(share) ? near : low + chance.share() * (0.99 - low)
  return Math.min(0.99, Math.round(100 * value) / 100)
}

const COMMON = { recommended_review: false, urgency: 'normal' } as const

function refund(chance: Chance, confidence: number): Proposal {
  const order = `A-${chance.between(1000, 9999)}`
  const amount = Math.round(100 * Math.min(900, chance.around(45, 0.9))) / 100
  const cause = chance.pick(['was lost', 'came late', 'came damaged', 'was sent twice'])
  return {
    ...COMMON,
    action: 'process_refund',
    parameters: { order_id: order, customer_id: `c-${chance.between(10, 400)}`, amount_usd: amount },
    confidence,
    confidence_basis: 'matched the order, the carrier and policy 4.2',
    uncertainty_factors: doubts(chance, confidence, ['two open orders', 'no photo', 'an address in another country']),
    rationale: `The parcel of ${order} ${cause}.`,
    expected_outcome: `${amount} USD are back on the card in three days.`,
    if_denied: 'The customer waits for the carrier.',
    evidence: papers(chance, order),
    requested_by: 'support@example.com',
    agent_version: '4.1',
  }
}

function email(chance: Chance, confidence: number, version: string): Proposal {
  const topic = chance.pick(['the renewal', 'a late parcel', 'an invoice', 'a returned item', 'a changed address'])
  const sentences = chance.between(2, 14)
  const body = Array.from({ length: sentences }, () => chance.pick(SENTENCES)).join(' ')
  return {
    ...COMMON,
    action: 'send_customer_email',
    parameters: { to: `customer-${chance.between(10, 400)}@example.com`, subject: `About ${topic}`, body },
    confidence,
    confidence_basis: `answers like those on ${topic}`,
    uncertainty_factors: doubts(chance, confidence, ['a price agreed by phone', 'an angry customer', 'two contacts']),
    rationale: `The customer wrote about ${topic}.`,
    expected_outcome: 'The customer knows what happens next.',
    agent_version: version,
  }
}

const SENTENCES: readonly string[] = [
  'Thank you for writing to us.',
  'We have looked into it this morning.',
  'The parcel is on its way and arrives on Thursday.',
  'Your contract renews at the price of last year.',
  'You will find the corrected invoice attached.',
  'Please send the item back within two weeks; the label is attached.',
  'We have changed the address on all open orders.',
  'Write to us again at any time.',
]

function subscription(chance: Chance, confidence: number): Proposal {
  const plan = chance.pick(['basic', 'team', 'business'])
  const customer = `c-${chance.between(10, 400)}`
  return {
    ...COMMON,
    action: 'change_subscription',
    parameters: { customer_id: customer, plan, seats: chance.between(1, 60), from: 'next_invoice' },
    confidence,
    confidence_basis: 'the customer asked for it in the portal',
    uncertainty_factors: [],
    rationale: `${customer} asked for the ${plan} plan.`,
    expected_outcome: `The next invoice is for the ${plan} plan.`,
    agent_version: '7',
  }
}

function doubts(chance: Chance, confidence: number, all: readonly string[]): readonly string[] {
  return confidence > 0.85 ? [] : all.slice(0, chance.between(0, 2))
}

function papers(chance: Chance, order: string): readonly Evidence[] {
  const all: readonly Evidence[] = [
    { title: 'Order', text: `${order}, paid by card, shipped the day after.` },
    {
      title: 'Carrier',
      text: 'The claim is accepted: item lost in transit, liability accepted, to be paid in 14 days.',
    },
    { title: 'Customer', text: 'Wrote twice in three days; no earlier refund in twelve months.' },
  ]
  return all.slice(0, chance.between(0, all.length))
}
