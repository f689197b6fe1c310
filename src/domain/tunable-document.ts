import { z } from 'zod'
import { between, channel, minutes, roleName, seconds, share, whole } from './manifest-field.ts'

const slaText = 'a number of minutes above 0, or one for each of low, normal, high, critical'

/** What may stand under `defaults` and again on each action. */
export const tunables = {
  thresholds: z
    .strictObject({
      auto_approve_confidence: share.describe('From this confidence on, an action passes without a person. 0 to 1.'),
      escalate_confidence: share.describe('Below this confidence, a decision goes to the next level at once. 0 to 1.'),
      max_uncertainty_factors: whole(0, 1000).describe(
        'With more uncertainty factors than this, a decision goes to the next level at once.',
      ),
    })
    .partial()
    .describe('How sure the agent has to be.'),
  approval_timeout_seconds: seconds.describe(
    'What nobody has decided after this many seconds is denied. 3600 is an hour, 86400 a day.',
  ),
  timeout_clock: z
    .enum(['elapsed', 'working'])
    .describe('Whether the timeout runs day and night, or in working time only, which needs a calendar.'),
  sla_minutes: z
    .union([minutes, z.strictObject({ low: minutes, normal: minutes, high: minutes, critical: minutes }).partial()], {
      error: slaText,
    })
    .describe('Minutes that each person has before somebody else is asked: one number, or one for each urgency.'),
  required_role: roleName.nullable().describe('The role that decides: never a person.'),
  attempts_per_level: whole(1, 100).describe('How many people are tried on one level before the next.'),
  nudge_at: z
    .array(between(0.01, 0.99, 'a share of the SLA from 0.01 to 0.99'))
    .describe('When whoever is asked is reminded, as shares of their time: 0.5 is half of it.'),
  clarification_timeout_seconds: seconds.describe(
    'How long questions to the agent may stop the clocks of a decision, all of them together.',
  ),
  rollback_window_seconds: seconds.describe(
    'How long people can have an action rolled back that runs at once while they watch.',
  ),
  grant_ttl_seconds: seconds.describe('How long an agent may use an approval.'),
  approvals_required: whole(1, 100).describe('How many different people have to approve.'),
  retention_days: whole(1, 36_500, 'a whole number of days, at least 1, or null')
    .nullable()
    .describe('Days after which what was sent for a decision is erased; null keeps it. The audit chain stays whole.'),
  audit: z
    .strictObject({
      sample_rate: share.describe('The share of automatic approvals that is shown. 0.05 is 5%.'),
      per_day: between(0, 1_000_000).describe('The most that are shown in a day, for each action.'),
    })
    .partial()
    .describe('Automatic approvals that people are shown afterwards.'),
  suggestions: z
    .strictObject({
      alpha: share.describe('The share of errors that a suggested threshold may let pass.'),
      delta: share.describe('The chance that a suggested threshold lets more errors pass than that.'),
    })
    .partial()
    .describe('How careful suggested thresholds are.'),
  channel: channel.describe('Where cards appear: a channel in quotes, such as "#agent-approvals", or its id.'),
  alerts: z
    .enum(['each', 'digest', 'off'])
    .describe('How the operations channel hears of automatic approvals: one by one, once an hour, or not at all.'),
}
