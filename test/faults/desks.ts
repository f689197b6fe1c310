import { botUserId, defaultPeople } from '../../src/workspace/people.ts'
import { ANA, BEN } from './scene.ts'

/** An action and the channel of its cards. */
export type Desk = { readonly action: string; readonly name: string; readonly channel: string }

/** A channel each, since Slack takes one message a second and channel. */
export const DESKS: readonly Desk[] = Array.from({ length: 12 }, (_, n) => ({
  action: `refund_${n}`,
  name: `desk-${n}`,
  channel: `C0DESK${String(n).padStart(4, '0')}`,
}))

/** They are asked in person and leave it to the others: each person can get one message a second only. */
const QUIET = ['finn', 'ines', 'kofi', 'mai'].map((name, n) => ({
  id: `U0QUIET00${n}`,
  name,
  real_name: name,
  email: `${name}@example.com`,
}))

export const PEOPLE = [...defaultPeople, ...QUIET]

export const CHANNELS = DESKS.map(({ channel, name }) => ({
  id: channel,
  name,
  members: [ANA, BEN, ...QUIET.map(({ id }) => id), botUserId],
}))

/** Below it no person is asked while the limits allow it, from it on always. */
export const SMALL_USD = 50

/** What a plan does besides; nobody is asked. */
export const LOOK = 'look_up'

/**
 * Questions run out soon, decisions where their proposal says so; the limits are reached now and then.
 * @param executor the URL of the system that carries out the steps of plans
 */
export function manifestWith(executor: string): string {
  const executing = `executor: { url: "${executor}", timeout_seconds: 20, idempotent: true }`
  return `
defaults: { channel: "#desk-0", operations_channel: "#desk-0", clarification_timeout_seconds: 3 }
roles:
  support_lead: { members: [ana@example.com, ben@example.com, ${QUIET.map(({ email }) => email).join(', ')}] }
actions:
  ${LOOK}: { severity: low, reversible: true, ${executing} }
${DESKS.map(
  ({ action, name }) => `  ${action}:
    { severity: high, reversible: false, approval_required: true, channel: "#${name}", required_role: support_lead,
      ${executing},
      conditions: { auto_approve_below_usd: ${SMALL_USD} },
      limits: [ { count: 16, per: 24h }, { sum: amount_usd, max: 150, per: 24h, by: customer_id } ] }`,
).join('\n')}
`
}
