import { botUserId } from '../../src/workspace/people.ts'
import { ANA, BEN } from './scene.ts'

/** An action and the channel of its cards. */
export type Desk = { readonly action: string; readonly name: string; readonly channel: string }

/** A channel each, since Slack takes one message a second and channel. */
export const DESKS: readonly Desk[] = Array.from({ length: 24 }, (_, n) => ({
  action: `refund_${n}`,
  name: `desk-${n}`,
  channel: `C0DESK${String(n).padStart(4, '0')}`,
}))

export const CHANNELS = DESKS.map(({ channel, name }) => ({ id: channel, name, members: [ANA, BEN, botUserId] }))

/** Below it no person is asked while the limits allow it, from it on always. */
export const SMALL_USD = 50

/** Questions run out soon, decisions where their proposal says so; the limits are reached now and then. */
export const MANIFEST = `
defaults: { channel: "#desk-0", operations_channel: "#desk-0", clarification_timeout_seconds: 3 }
roles:
  support_lead: { members: [ana@example.com, ben@example.com] }
actions:
${DESKS.map(
  ({ action, name }) => `  ${action}:
    { severity: high, reversible: false, approval_required: true, channel: "#${name}", required_role: support_lead,
      conditions: { auto_approve_below_usd: ${SMALL_USD} },
      limits: [ { count: 9, per: 24h }, { sum: amount_usd, max: 150, per: 24h, by: customer_id } ] }`,
).join('\n')}
`
