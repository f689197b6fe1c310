import { z } from 'zod'
import { requirableFields } from './manifest.ts'
import {
  day,
  dollars,
  duration,
  namePattern,
  parameter,
  pattern,
  person,
  roleName,
  share,
  text,
  url,
  whole,
} from './manifest-field.ts'
import { tunables } from './tunable-document.ts'

const limit = z
  .strictObject({
    count: whole(0, 1_000_000_000).describe('How many may pass; 0: none.').optional(),
    sum: parameter.describe('The parameter that is summed up, such as amount_usd.').optional(),
    max: dollars.describe('What the sum may reach.').optional(),
    per: duration.describe('How long each one counts, such as 30m, 1h or 7d.'),
    by: parameter.describe('The parameter that each have a limit of their own, such as customer_id.').optional(),
  })
  .refine(
    ({ count, sum, max }) =>
      count === undefined ? sum !== undefined && max !== undefined : sum === undefined && max === undefined,
    { error: 'either count and per, or sum, max and per' },
  )
  .meta({
    description: 'Either a count, or a sum and its max; both with per.',
    anyOf: [
      { required: ['count'], not: { anyOf: [{ required: ['sum'] }, { required: ['max'] }] } },
      { required: ['sum', 'max'], not: { required: ['count'] } },
    ],
  })

const conditions = z.strictObject({
  amount_parameter: parameter
    .meta({ description: 'The parameter that holds the amount.', default: 'amount_usd' })
    .optional(),
  auto_approve_below_usd: dollars.describe('Amounts below this pass without a person, unless in doubt.').optional(),
  always_approve_above_usd: dollars.describe('Above this a person always decides.').optional(),
})

const rule = z.strictObject({
  when: text('a condition in CEL, at most 1000 characters')
    .max(1000, { error: 'a condition in CEL, at most 1000 characters' })
    .describe('A condition in CEL over parameters, confidence, urgency and the like: parameters.country in ["KP"]'),
  route: z.enum(['human_review', 'escalate', 'block']).describe('What a decision that it holds for gets at least.'),
  because: text('a reason in words, at most 300 characters')
    .max(300, { error: 'a reason in words, at most 300 characters' })
    .describe('The reason, as reviewers read it on the card.'),
})

const acceptedRisk = z.strictObject({
  owner: person.describe('Who answers for it: an e-mail address or a Slack user id.'),
  reason: text('a reason in words').describe('Why the risk is acceptable.'),
  until: day.describe('The last day on which it holds, as YYYY-MM-DD. After it, approval is required.'),
})

const promotion = z.strictObject({
  to: z.enum(['on_the_loop', 'autonomous']).describe('The oversight that is left.'),
  date: day.describe('The day of the decision, as YYYY-MM-DD.'),
  owner: person.describe('Who answers for it.'),
  outcomes: whole(0, 1_000_000_000).describe('How many outcomes were looked at.'),
  lower_bound: share.describe('The lower bound of the share that went well.'),
  target: share.describe('The share that had to go well.'),
  evidence: pattern('the digest of the evidence, sha256:...', /^sha256:.{1,64}$/).describe(
    'The digest of the evidence.',
  ),
})

/** One action, as it is written. */
export const actionSchema = z.strictObject({
  severity: z.enum(['low', 'high']).describe('How bad is the worst case?'),
  reversible: z.boolean().describe('Can it be undone?'),
  ...z.strictObject(tunables).partial().shape,
  description: text('a text of at most 150 characters')
    .max(150, { error: 'a text of at most 150 characters' })
    .describe("The card's header, such as: Refund a customer's payment")
    .optional(),
  approval_required: z
    .boolean()
    .describe('Whether a person has to approve. Left out: true when of high severity and irreversible.')
    .optional(),
  escalation_path: z
    .array(roleName, { error: 'a list of roles' })
    .min(1, { error: 'a list of at least one role' })
    .describe('The roles that are asked, one after the other. Left out: required_role, then its fallback.')
    .optional(),
  calendar: pattern('the name of a calendar', namePattern)
    .describe('The calendar whose working hours the SLA counts. Left out: day and night.')
    .optional(),
  conditions: conditions.describe('Amounts that pass without a person, or never do.').optional(),
  limits: z
    .array(limit)
    .max(20, { error: 'a list of at most 20 limits' })
    .describe('Caps on what passes without a person.')
    .optional(),
  rules: z
    .array(rule)
    .max(10, { error: 'a list of at most 10 rules' })
    .describe('Extra strictness: where a condition holds, the decision gets at least its route.')
    .optional(),
  parameters_schema: z
    .record(z.string(), z.unknown(), { error: 'a JSON Schema' })
    .describe('A JSON Schema (2020-12) of the parameters; a request that does not fit is refused.')
    .optional(),
  editable_parameters: z
    .array(parameter)
    .describe(
      'Parameters that a reviewer may change when approving: texts, numbers, true or false, and values of an enum. Each is checked against `parameters_schema`, and what comes of it is routed again; it never gets looser.',
    )
    .optional(),
  identity_parameters: z
    .array(parameter)
    .describe(
      'Parameters that make two requests the same: the card of one says how often it was asked and denied. Left out: all of them.',
    )
    .optional(),
  requires: z
    .array(z.enum(requirableFields))
    .describe('Optional fields of a request that this action insists on.')
    .optional(),
  redact: z.array(parameter).describe('Parameters that are never shown, logged, or sent to Slack.').optional(),
  self_approval: z
    .boolean()
    .meta({ description: 'Whether who requested it, or owns the agent, may decide.', default: false })
    .optional(),
  approve_with: z
    .enum(['one_click', 'confirm', 'reason'])
    .describe('What approving takes. Left out: what severity and route call for.')
    .optional(),
  clarify: z
    .strictObject({ url: url.describe('Where they are posted.') })
    .describe("Another system that is asked reviewers' questions as well, and can answer them.")
    .optional(),
  executor: z
    .strictObject({
      url: url.describe('Where the approved action is posted.'),
      timeout_seconds: whole(1, 3600).meta({ description: 'How long it may take.', default: 30 }).optional(),
      idempotent: z
        .boolean()
        .meta({ description: 'Whether it may be called again when its answer is lost.', default: true })
        .optional(),
    })
    .describe('The system that carries the action out.')
    .optional(),
  rollback: z
    .strictObject({
      url: url.describe('Where it is asked for.').optional(),
      tested_on: day.describe('When it was last tried, as YYYY-MM-DD. It counts for 180 days.').optional(),
    })
    .describe('How the action is undone.')
    .optional(),
  monitoring: z
    .strictObject({ alert: text('the name of an alert').describe('The name of the alert.') })
    .describe('What would tell that the action goes wrong.')
    .optional(),
  owner: person.describe('Who answers for this action: an e-mail address or a Slack user id.').optional(),
  accepted_risk: acceptedRisk
    .describe('Who answers for an action of high severity that is irreversible and runs without approval.')
    .optional(),
  promotion: promotion.describe('The evidence on which the oversight of this action was reduced.').optional(),
  audit_log: z.boolean().meta({ description: 'Every decision is in the audit log.', default: true }).optional(),
})
