import { z } from 'zod'
import { decisionRequest } from './decision-request.ts'
import { anyText, fields, httpUrl, jsonObject, pattern, text } from './field.ts'

/** Any id that fits into a path and a line of a log. */
const ID = 'a text of 1 to 64 letters, digits, `_`, `.` or `-`, starting with a letter or digit'
export const WORKFLOW_ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

const MOST_STEPS = 200

/** A step that acts: a decision request, without what belongs to the workflow as a whole. */
const actionStep = decisionRequest.omit({ workflow: true, checkpoint: true, callback_url: true }).meta({
  id: 'ActionStep',
  description: "An action, routed by the manifest when its turn comes and executed by the action's `executor`.",
})

const gateStep = fields({
  checkpoint: text(150).meta({ description: 'What people read, e.g. "before go-live".' }),
  required_role: text(128).meta({ description: 'A role of the manifest: who may let the plan go on.' }),
  description: anyText(20_000).optional(),
}).meta({ id: 'StageGate', description: 'A step without an action: the plan stops until a person lets it go on.' })

const aStep = 'a decision request with an `action`, or a stage gate with a `checkpoint` and a `required_role`'
const steps = 'a list of 1 to 200 steps, each a decision request or a stage gate'

/** The body of `POST /v1/workflows`. */
export const workflowRequest = fields({
  id: pattern(ID, WORKFLOW_ID)
    .optional()
    .meta({ description: 'Default: one is made. It names the workflow for good.' }),
  name: text(150).optional().meta({ description: 'What people call it.' }),
  steps: z
    .array(z.union([gateStep, actionStep], { error: aStep }), { error: steps })
    .min(1, { error: steps })
    .max(MOST_STEPS, { error: steps }),
  context: jsonObject().default({}).meta({ description: 'Handed to each executor; nothing is added to it.' }),
  callback_url: httpUrl(['https', 'http']).optional(),
  requested_by: text(320).optional().meta({ description: 'For each step that names nobody else.' }),
}).meta({ id: 'WorkflowRequest', description: 'A plan that Countersign carries out, step by step.' })

/** The body of `pause` and `cancel`. */
export const stopRequest = fields({ reason: text(2_000) }).meta({ id: 'StopRequest' })

/** The body of `resume`. */
export const resumeRequest = fields({}).meta({ id: 'ResumeRequest' })

const instant = z.string().meta({ format: 'date-time' })
const step = z.record(z.string(), z.unknown())

const completedStep = z
  .object({
    index: z.int().min(0),
    action: z.string().meta({ description: "The action, or a stage gate's `checkpoint`." }),
    outcome: z.enum(['auto_approved', 'human_approved', 'passed']).meta({ description: 'passed: a stage gate.' }),
    reviewer: z.string().nullable().meta({ description: 'The Slack user who approved it; null: nobody had to.' }),
    notes: z.string().nullable(),
    result: z.unknown().meta({ description: 'As the executor answered.' }),
    at: instant,
  })
  .meta({ id: 'CompletedWorkflowStep' })

/** A workflow as it stands. */
export const workflowResponse = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    status: z
      .enum(['running', 'suspended', 'awaiting_approval', 'approved', 'denied', 'completed', 'failed'])
      .meta({ description: 'approved: a person has approved the step at hand, and it is being executed.' }),
    step_index: z.int().min(0).meta({ description: 'The step at hand, from 0; their number once all are done.' }),
    completed_steps: z.array(completedStep),
    pending_action: step.nullable().meta({ description: 'The step that waits for a person, as it was sent.' }),
    context: step,
    approval_request_id: z.string().nullable().meta({ description: 'The decision that waits: `dec_...`.' }),
    reason: z.string().nullable().meta({ description: 'Why it is suspended, or why it ended before all was done.' }),
    created_at: instant,
    updated_at: instant,
    erased_at: instant.nullable().meta({
      description: 'When what people and agents wrote of it was erased, its results among it. null: it was not.',
    }),
    version: z.int().min(1),
    links: z.object({ self: z.string().meta({ format: 'uri' }), slack: z.string().nullable() }),
  })
  .meta({ id: 'Workflow', description: 'A plan and how far it has come.' })

export type WorkflowResponse = Readonly<z.infer<typeof workflowResponse>>
