import {
  counted,
  duration,
  group,
  joined,
  percent,
  rising,
  same,
  type Tell,
  type Tellers,
  value,
} from './difference.ts'
import type { Alerts, Tunables, Urgency } from './manifest.ts'

const alertsText: Readonly<Record<Alerts, string>> = { each: 'one by one', digest: 'once an hour', off: 'not at all' }

/** What may be declared for all actions and on each: the same words for both. */
export const tunableTellers: Tellers<Tunables> = {
  thresholds: group({
    auto_approve_confidence: value(
      (before, after, subject) =>
        `${subject} now passes without a person from a confidence of ${after} on, instead of ${before}`,
      rising('stricter'),
    ),
    escalate_confidence: value(
      (before, after, subject) => `${subject} now goes higher below a confidence of ${after}, instead of ${before}`,
      rising('stricter'),
    ),
    max_uncertainty_factors: value(
      (before, after, subject) =>
        `${subject} now goes higher with more than ${counted(after, 'uncertainty factor')}, instead of ${before}`,
      rising('looser'),
    ),
  }),
  approval_timeout_seconds: value(
    (before, after, subject) =>
      `${subject} is now denied when nobody decides within ${duration(after)}, instead of ${duration(before)}`,
  ),
  timeout_clock: value(
    (_before, after, subject) =>
      `the timeout of ${subject} now runs ${after === 'working' ? 'in working time only, instead of day and night' : 'day and night, instead of in working time only'}`,
  ),
  sla_minutes: sla(),
  required_role: value(
    (before, after, subject) =>
      `the required role of ${subject} is now ${roleText(after)}, instead of ${roleText(before)}`,
  ),
  attempts_per_level: value(
    (before, after, subject) =>
      `${subject} now tries ${counted(after, 'person', 'people')} on each level, instead of ${before}`,
  ),
  nudge_at: value(
    (before, after, subject) =>
      `whoever is asked about ${subject} is now reminded ${nudges(after)}, instead of ${nudges(before)}`,
  ),
  clarification_timeout_seconds: value(
    (before, after, subject) =>
      `a question to the agent about ${subject} now waits ${duration(after)} at most, instead of ${duration(before)}`,
  ),
  rollback_window_seconds: value(
    (before, after, subject) =>
      `${subject} can now be rolled back for ${duration(after)}, instead of ${duration(before)}`,
  ),
  grant_ttl_seconds: value(
    (before, after, subject) =>
      `a grant for ${subject} is now valid for ${duration(after)}, instead of ${duration(before)}`,
  ),
  approvals_required: value(
    (before, after, subject) =>
      `${subject} now needs ${counted(after, 'person', 'people')} to approve, instead of ${before}`,
    rising('stricter'),
  ),
  retention_days: value(
    (before, after, subject) =>
      `what was sent for ${subject} is now ${retention(after)}, instead of ${retention(before)}`,
  ),
  audit: group({
    sample_rate: value(
      (before, after, subject) =>
        `people now see ${percent(after)} of the automatic approvals of ${subject} afterwards, instead of ${percent(before)}`,
    ),
    per_day: value(
      (before, after, subject) =>
        `people now see at most ${after} automatic approvals of ${subject} a day afterwards, instead of ${before}`,
    ),
  }),
  suggestions: group({
    alpha: value(
      (before, after, subject) =>
        `suggested thresholds of ${subject} now allow ${percent(after)} of errors, instead of ${percent(before)}`,
    ),
    delta: value(
      (before, after, subject) =>
        `suggested thresholds of ${subject} may now be wrong with a chance of ${percent(after)}, instead of ${percent(before)}`,
    ),
  }),
  channel: value((before, after, subject) => `cards for ${subject} now appear in ${after}, instead of ${before}`),
  alerts: value(
    (before, after, subject) =>
      `automatic approvals of ${subject} are now told ${alertsText[after]}, instead of ${alertsText[before]}`,
  ),
}

// One number for all urgencies is told as one.
function sla(): Tell<Tunables['sla_minutes']> {
  const whole = value<Tunables['sla_minutes']>(
    (before, after, subject) =>
      `each person asked about ${subject} now has ${counted(after.normal, 'minute')}, instead of ${before.normal}`,
  )
  const each = group<Tunables['sla_minutes']>({
    low: urgency('low'),
    normal: urgency('normal'),
    high: urgency('high'),
    critical: urgency('critical'),
  })
  return (before, after, subject) => (isOne(before) && isOne(after) ? whole : each)(before, after, subject)
}

function urgency(name: Urgency): Tell<number> {
  return value(
    (before, after, subject) =>
      `each person asked about ${subject} with ${name} urgency now has ${counted(after, 'minute')}, instead of ${before}`,
  )
}

function isOne({ low, normal, high, critical }: Tunables['sla_minutes']): boolean {
  return same([low, low, low], [normal, high, critical])
}

function nudges(shares: readonly number[]): string {
  return shares.length === 0 ? 'never' : `at ${joined(shares.map(percent))} of the time`
}

function retention(days: number | null): string {
  return days === null ? 'kept' : `erased after ${counted(days, 'day')}`
}

function roleText(name: string | null): string {
  return name === null ? 'none' : `\`${name}\``
}
