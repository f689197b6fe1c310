import { z } from 'zod'
import { anyText, choice, fields, flag, httpUrl, jsonObject, list, pattern, text, whole } from './field.ts'

export const urgency = choice(['low', 'normal', 'high', 'critical'])

export const evidence = fields({
  title: text(300),
  text: anyText(50_000).optional(),
  url: httpUrl(['https', 'http']).optional(),
})
  .refine((piece) => piece.url !== undefined || (piece.text !== undefined && piece.text !== ''), {
    error: 'an object with a `text`, a `url`, or both, besides its `title`',
  })
  .meta({ id: 'Evidence', description: 'Something a reviewer should see: a title, and a text, a link, or both.' })

const completedStep = z
  .looseObject({ action: text(128), summary: anyText(2_000).optional() }, { error: 'an object with an `action`' })
  .meta({ description: 'What was done before, as the agent tells it. Other fields are kept.' })

export const workflowPosition = fields({
  id: text(128),
  step_index: whole(0, 1_000_000).default(0).meta({ description: 'Counts from 0.' }),
  completed_steps: list(completedStep, 500).default([]),
  context: jsonObject().default({}),
}).meta({ id: 'WorkflowPosition', description: 'Where in a multi-step plan this decision stands.' })

const probability = 'a number from 0 to 1'

/** The body of `POST /v1/decisions`. */
export const decisionRequest = fields({
  action: pattern('1 to 128 letters, digits, `_`, `.`, `:` or `-`', /^[A-Za-z0-9_.:-]{1,128}$/).meta({
    description: 'A name that the manifest classifies. One that it does not know is recorded as blocked.',
  }),
  parameters: jsonObject().meta({ description: 'What the action would run with; exactly these are approved.' }),
  confidence: z
    .number({ error: probability })
    .min(0, { error: probability })
    .max(1, { error: probability })
    .meta({ description: 'How sure the agent is, 0 to 1.' }),
  confidence_basis: text(20_000).meta({ description: 'What the confidence rests on.' }),
  uncertainty_factors: list(text(2_000), 50).default([]).meta({ description: 'What speaks against it.' }),
  recommended_review: flag().default(false).meta({ description: 'The agent wants a person to look at it.' }),
  rationale: anyText(20_000).optional(),
  expected_outcome: anyText(20_000).optional(),
  if_denied: anyText(20_000).optional().meta({ description: 'What the agent will do instead.' }),
  evidence: list(evidence, 100).optional(),
  urgency: urgency.default('normal').meta({ description: "Capped by the agent's `max_urgency`." }),
  requested_by: text(320).optional().meta({
    description:
      'The person who asked the agent, best as an e-mail address or a Slack id: unless the manifest allows it, they cannot approve it themselves.',
  }),
  agent_version: text(200).optional(),
  workflow: workflowPosition.optional(),
  checkpoint: z
    .unknown()
    .optional()
    .meta({ description: "The agent's own state, any JSON; given back with the decision." }),
  callback_url: httpUrl(['https', 'http']).optional().meta({
    description: 'Where to send what becomes of it. https, unless the operator allows the host.',
  }),
  expires_in_seconds: whole(1, 31_536_000)
    .optional()
    .meta({ description: "Shortens the manifest's timeout; it cannot lengthen it." }),
}).meta({ id: 'DecisionRequest', description: 'A proposal of an agent.' })
