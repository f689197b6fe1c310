import {
  type Difference,
  type Effect,
  group,
  list,
  names,
  optional,
  rising,
  type Tell,
  type Tellers,
  value,
} from './difference.ts'
import { tellLimits } from './limit-diff.ts'
import type { ActionPolicy, ApproveWith, Conditions } from './manifest.ts'
import { tellRules } from './rule-diff.ts'
import { tellSchema } from './schema-diff.ts'
import { tunableTellers } from './tunable-diff.ts'

/** Everything that changed in one action, also what it only inherits from the defaults and from its role. */
export function actionDifferences(before: ActionPolicy, after: ActionPolicy): readonly Difference[] {
  const told = tellAction(before, after, `\`${after.name}\``)
  const idle = !before.approval_required && !after.approval_required
  const newPath = told.some(({ key }) => key === 'escalation_path')
  return told
    .filter(({ key }) => key !== 'required_role' || !newPath) // The path begins with the role.
    .map((each) => (idle ? whileIdle(each) : each))
    .map((each) => (idle ? each : withoutEvidence(each)))
}

/** "high severity, irreversible; `support_lead`, then `team_lead` decide", of an action that is new. */
export function actionInShort(action: ActionPolicy): string {
  const kind = `${action.severity} severity, ${reversibility(action.reversible)}`
  if (!action.approval_required) return `${kind}; it passes without a person`
  const below = action.conditions?.auto_approve_below_usd ?? null
  const small = below === null ? '' : `, and amounts below ${below} pass without a person`
  return `${kind}; it asks ${pathText(action.escalation_path)}${small}`
}

const approveWith: Readonly<Record<ApproveWith, string>> = {
  one_click: 'one click',
  confirm: 'a confirmation',
  reason: 'a reason',
}

const conditionTellers: Tellers<Conditions> = {
  amount_parameter: value(
    (before, after, subject) => `the amount of ${subject} is now read from \`${after}\`, instead of \`${before}\``,
  ),
  auto_approve_below_usd: value(
    belowText,
    // Nothing is below 0: that is what no threshold means.
    (before, after) => rising('looser')(before ?? 0, after ?? 0),
  ),
  always_approve_above_usd: value(aboveText, (before, after) =>
    rising('looser')(before ?? Infinity, after ?? Infinity),
  ),
}

const tellAction: Tell<ActionPolicy> = group<ActionPolicy>({
  ...tunableTellers,
  name: value((before, after) => `\`${before}\` is now called \`${after}\``),
  description: value((before, after, subject) => `${subject} is now described as "${after}", instead of "${before}"`),
  severity: value((before, after, subject) => `the severity of ${subject} is now ${after}, instead of ${before}`),
  reversible: value((_before, after, subject) => `${subject} is now ${reversibility(after)}`),
  approval_required: value(
    (_before, after, subject) => (after ? `${subject} now needs approval` : `${subject} no longer needs approval`),
    (_before, after) => (after ? 'stricter' : 'looser'),
  ),
  escalation_path: value(
    (before, after, subject) => `${subject} now asks ${pathText(after)}, instead of ${pathText(before)}`,
  ),
  calendar: value(
    (before, after, subject) =>
      `${subject} now counts its SLA ${calendarText(after)}, instead of ${calendarText(before)}`,
  ),
  conditions: conditions(),
  limits: tellLimits,
  rules: tellRules,
  parameters_schema: tellSchema,
  editable_parameters: list(
    (items, subject) => `reviewers may now change ${names(items)} of ${subject}`,
    (items, subject) => `reviewers may no longer change ${names(items)} of ${subject}`,
    'the parameters that reviewers may change',
  ),
  identity_parameters: value(
    (before, after, subject) =>
      `two requests of ${subject} are now the same when ${identity(after)}, instead of when ${identity(before)}`,
  ),
  requires: list(
    (items, subject) => `${subject} now insists on ${names(items)} in a request`,
    (items, subject) => `${subject} no longer insists on ${names(items)} in a request`,
    'the required fields',
  ),
  redact: list(
    (items, subject) => `${names(items)} of ${subject} ${items.length === 1 ? 'is' : 'are'} now never shown or logged`,
    (items, subject) => `${names(items)} of ${subject} may now be shown and logged`,
    'the redacted parameters',
  ),
  self_approval: value(
    (_before, after, subject) =>
      `who requested ${subject}, or owns its agent, ${after ? 'may now decide' : 'may no longer decide'}`,
    (_before, after) => (after ? 'looser' : 'stricter'),
  ),
  approve_with: value(
    (before, after, subject) => `approving ${subject} now takes ${clicks(after)}, instead of ${clicks(before)}`,
  ),
  clarify: optional(
    { url: address("reviewers' questions about") },
    ({ url }, subject) => `reviewers' questions about ${subject} now also go to ${url}`,
    ({ url }, subject) => `reviewers' questions about ${subject} no longer go to ${url}`,
  ),
  executor: optional(
    {
      url: address('the execution of'),
      timeout_seconds: value(
        (before, after, subject) =>
          `the execution of ${subject} is now given ${after} seconds, instead of ${before} seconds`,
      ),
      idempotent: value(
        (_before, after, subject) =>
          `the executor of ${subject} ${after ? 'may now be called again' : 'must now not be called again'} when its answer is lost`,
      ),
    },
    ({ url, timeout_seconds, idempotent }, subject) =>
      `${subject} is now executed by ${url}, within ${timeout_seconds} seconds${idempotent ? '' : ', and called only once'}`,
    ({ url }, subject) => `${subject} is no longer executed by ${url}`,
  ),
  rollback: optional(
    {
      url: address('the rollback of'),
      tested_on: value(
        (before, after, subject) =>
          `the rollback of ${subject} is now recorded as tested on ${after ?? 'no day'}, instead of ${before ?? 'no day'}`,
        dayEffect,
      ),
    },
    ({ url, tested_on }, subject) =>
      `${subject} can now be rolled back${url === null ? '' : ` by ${url}`}, tested on ${tested_on ?? 'no day yet'}`,
    (_before, subject) => `${subject} no longer names a rollback`,
  ),
  monitoring: optional(
    { alert: value((before, after, subject) => `the alert on ${subject} is now "${after}", instead of "${before}"`) },
    ({ alert }, subject) => `${subject} is now watched by the alert "${alert}"`,
    ({ alert }, subject) => `${subject} no longer names its alert "${alert}"`,
  ),
  owner: value(
    (before, after, subject) => `the owner of ${subject} is now ${after ?? 'nobody'}, instead of ${before ?? 'nobody'}`,
  ),
  accepted_risk: optional(
    {
      owner: value(
        (before, after, subject) => `the risk of ${subject} is now accepted by ${after}, instead of ${before}`,
      ),
      reason: value(
        (before, after, subject) => `the risk of ${subject} is now accepted because "${after}", instead of "${before}"`,
      ),
      until: value(
        (before, after, subject) => `the risk of ${subject} is now accepted until ${after}, instead of ${before}`,
        dayEffect,
      ),
    },
    ({ owner, until, reason }, subject) => `${owner} accepts the risk of ${subject} until ${until}: "${reason}"`,
    ({ owner }, subject) => `${owner} no longer accepts the risk of ${subject}`,
  ),
  promotion: optional(
    {
      to: promoted('oversight'),
      date: promoted('day'),
      owner: promoted('owner'),
      outcomes: promoted('number of outcomes'),
      lower_bound: promoted('lower bound'),
      target: promoted('target'),
      evidence: promoted('evidence'),
    },
    ({ to, owner, date, outcomes, lower_bound, target, evidence }, subject) =>
      `${owner} promoted ${subject} to ${to} on ${date}: ${outcomes} outcomes, lower bound ${lower_bound}, target ${target}, evidence ${evidence}`,
    ({ to }, subject) => `the promotion of ${subject} to ${to} is taken back`,
  ),
  audit_log: value((before, after, subject) => `the audit_log of ${subject} is now ${after}, instead of ${before}`),
})

// Missing conditions are conditions without thresholds, but for an amount that is no number: that one then needs a person.
function conditions(): Tell<ActionPolicy['conditions']> {
  const inside = group(conditionTellers)
  const none = { auto_approve_below_usd: null, always_approve_above_usd: null }
  return (before, after, subject) => {
    const filled = after ?? before
    if (filled === null) return []
    const told = inside(before ?? { ...filled, ...none }, after ?? { ...filled, ...none }, subject)
    if (before !== null && after !== null) return told
    const effect: Effect = after !== null ? 'stricter' : 'looser'
    const message = `${subject} ${after === null ? 'may now' : 'can no longer'} pass without a person when \`${filled.amount_parameter}\` is missing or no amount`
    // What lets more pass, and the amount that has to be there, pull in two directions.
    const split = told.some((each) => each.effect !== null && each.effect !== effect)
    return [...told, { key: '', message, effect: split ? null : effect, step: '' }]
  }
}

function address<Url extends string | null>(noun: string): Tell<Url> {
  return value(
    (before, after, subject) =>
      `${noun} ${subject} now goes to ${after ?? 'no address'}, instead of ${before ?? 'no address'}`,
  )
}

function promoted(noun: string): Tell<string | number> {
  return value(
    (before, after, subject) => `the ${noun} in the promotion of ${subject} is now ${after}, instead of ${before}`,
  )
}

// Thresholds and amounts say nothing while everything passes; the two come back once evidence has run out.
function whileIdle(each: Difference): Difference {
  if (!/^(?:thresholds|conditions)(?:\.|$)/.test(each.key)) return each
  return { ...each, message: `${each.message}, should it come to need approval`, effect: null }
}

// Evidence counts only where it stands in for approval.
function withoutEvidence(each: Difference): Difference {
  return /^(?:accepted_risk|rollback)\./.test(each.key) ? { ...each, effect: null } : each
}

// A later day lets more pass without a person, once the earlier one would have run out.
function dayEffect(before: string | null, after: string | null): Effect {
  if (before === null || after === null) return null
  return after > before ? 'looser' : 'stricter'
}

function belowText(before: number | null, after: number | null, subject: string): string {
  if (after === null) return `small amounts of ${subject} no longer pass without a person, as they did below ${before}`
  if (before === null) return `amounts of ${subject} below ${after} now pass without a person`
  return `small amounts of ${subject} now pass without a person below ${after}, instead of ${before}`
}

function aboveText(before: number | null, after: number | null, subject: string): string {
  if (after === null) return `large amounts of ${subject} no longer always need a person, as they did above ${before}`
  if (before === null) return `amounts of ${subject} above ${after} now always need a person`
  return `large amounts of ${subject} now always need a person above ${after}, instead of ${before}`
}

function reversibility(reversible: boolean): string {
  return reversible ? 'reversible' : 'irreversible'
}

function pathText(path: readonly string[]): string {
  return path.map((name) => `\`${name}\``).join(', then ')
}

function calendarText(name: string | null): string {
  return name === null ? 'day and night' : `by the calendar \`${name}\``
}

function identity(parameters: readonly string[] | null): string {
  if (parameters === null) return 'all their parameters are'
  return parameters.length === 0
    ? 'they are for the same action'
    : `${names(parameters)} ${parameters.length === 1 ? 'is' : 'are'}`
}

function clicks(how: ApproveWith | null): string {
  return how === null ? 'what its severity calls for' : approveWith[how]
}
