import { createHmac } from 'node:crypto'
import { ACTIONS, encodeValue } from '../blocks/action-ids.ts'
import { get, post, type Wire } from './driver.ts'

/** What agents and reviewers send to a server, as bytes on the wire. */
export type Traffic = {
  /** A look-up that passes without a person. */
  readonly automatic: (n: number) => Wire
  /** A refund that a person has to decide. */
  readonly waiting: (n: number) => Wire
  readonly poll: (id: string) => Wire
  /** A plan of one step, which waits for a person. */
  readonly plan: (n: number) => Wire
  readonly workflow: (id: string) => Wire
  /** A reviewer presses Approve, signed as Slack signs. */
  readonly approve: (id: string) => Wire
}

const automatic = {
  action: 'query_crm',
  parameters: { customer_id: 'c-20417', fields: ['name', 'plan', 'last_invoice'], reason: 'the customer asked why' },
  confidence: 0.91,
  confidence_basis: 'the customer was matched by e-mail and by the last four digits',
  uncertainty_factors: ['two accounts share the phone number'],
  rationale: 'The customer asks about the last invoice; the answer needs the plan and the invoice',
  expected_outcome: 'The plan and the last invoice are known',
  if_denied: 'The customer is asked to write to billing',
}

const waiting = {
  ...automatic,
  action: 'process_refund',
  parameters: { order_id: 'A-20417', customer_id: 'c-20417', amount_usd: 75 },
  confidence: 0.8,
}

/** What a plan is about, the same for all who carry it out. */
export const CONTEXT = {
  order_id: 'A-20417',
  customer_id: 'c-20417',
  amount_usd: 75,
  findings: ['the parcel was lost', 'the customer has asked twice'],
}

const plan = {
  name: 'Refund order A-20417',
  steps: [{ checkpoint: 'before the refund', required_role: 'support_lead' }],
  context: CONTEXT,
}

/** Each call with another `n` is another decision, or workflow. @param run makes the keys of one run differ from those of the next */
export function createTraffic(token: string, signingSecret: string, run: string): Traffic {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const send = (path: string, body: string) => (n: number) =>
    post(path, { ...headers, 'Idempotency-Key': `${run}-${n}` }, body)
  const read = (path: string) => get(path, { Authorization: `Bearer ${token}` })
  return {
    automatic: send('/v1/decisions', JSON.stringify(automatic)),
    waiting: send('/v1/decisions', JSON.stringify(waiting)),
    poll: (id) => read(`/v1/decisions/${id}?wait=30`),
    plan: send('/v1/workflows', JSON.stringify(plan)),
    workflow: (id) => read(`/v1/workflows/${id}`),
    approve: (id) => {
      const body = new URLSearchParams({ payload: JSON.stringify(press(id)) }).toString()
      const at = String(Math.floor(Date.now() / 1_000))
      const signature = createHmac('sha256', signingSecret).update(`v0:${at}:${body}`).digest('hex')
      const signed = { 'X-Slack-Request-Timestamp': at, 'X-Slack-Signature': `v0=${signature}` }
      return post('/slack/events', { ...signed, 'Content-Type': 'application/x-www-form-urlencoded' }, body)
    },
  }
}

const REVIEWER = 'U0ANA00001'
const TEAM = 'T0LOCAL001'

function press(id: string) {
  return {
    type: 'block_actions',
    team: { id: TEAM, domain: 'bench' },
    user: { id: REVIEWER, username: 'ana', team_id: TEAM },
    api_app_id: 'A0LOCAL001',
    container: { type: 'message', message_ts: '1700000000.000100', channel_id: 'C0APPROVAL' },
    trigger_id: '1.2.3',
    channel: { id: 'C0APPROVAL', name: 'agent-approvals' },
    response_url: '',
    actions: [
      {
        type: 'button',
        action_id: ACTIONS.approve,
        block_id: 'countersign.buttons',
        action_ts: '1700000000.000100',
        value: encodeValue({ decision: id, revision: 0 }),
      },
    ],
  }
}
