import { z } from 'zod'

export const statuses = [
  'pending',
  'clarifying',
  'auto_approved',
  'approved',
  'denied',
  'timed_out',
  'blocked',
  'withdrawn',
] as const

const instant = z.string().meta({ format: 'date-time', examples: ['2026-11-22T10:00:00.000Z'] })
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
const slackUser = z.string().meta({ description: 'A Slack user id.' })
const json = z.record(z.string(), z.unknown())

const assignment = z
  .object({
    role: z.string(),
    level: z.int().min(0).meta({ description: 'Level of the escalation path, from 0.' }),
    reviewers: z.array(slackUser).meta({ description: 'Who is asked now; empty: everybody who holds the role.' }),
    deadline: instant.nullable().meta({ description: 'null while a question is open.' }),
  })
  .meta({ id: 'Assignment' })

const clarification = z
  .object({
    id: z.string(),
    state: z.enum(['open', 'answered', 'expired']).meta({
      description: 'expired: its time ran out, or the decision ended before it was answered.',
    }),
    question: z.string(),
    asked_by: slackUser,
    asked_at: instant,
    answer: z.string().nullable(),
    answered_at: instant.nullable(),
  })
  .meta({ id: 'Clarification' })

const change = z
  .object({
    parameter: z.string(),
    before: z.unknown().optional().meta({ description: 'Absent where there was no such parameter.' }),
    after: z.unknown(),
  })
  .meta({ id: 'Change' })

const verdict = z
  .object({
    user: slackUser,
    verdict: z.enum(['approved', 'denied']),
    at: instant,
    note: z.string().nullable(),
    changes: z.array(change).optional().meta({
      description:
        'What this person changed when approving: a reviewer may, where the policy says so. Absent: nothing.',
    }),
  })
  .meta({ id: 'Verdict' })

const execution = z
  .object({
    state: z.enum(['not_started', 'started', 'succeeded', 'failed', 'unknown']).meta({
      description: 'unknown: it was sent to the executor and may have run; a person has to say.',
    }),
    at: instant.optional(),
    result: z.unknown().optional().meta({ description: 'As the agent reported it.' }),
    error: z.string().nullable().optional(),
  })
  .meta({ id: 'Execution' })

const rollback = z
  .object({
    state: z.enum(['open', 'requested', 'rolled_back', 'failed', 'settled']).meta({
      description:
        'open: people can have it rolled back. requested: undo it, then report. rolled_back, failed: as reported. settled: the window ended, and nobody had asked.',
    }),
    until: instant.meta({ description: 'When the window ends.' }),
    by: slackUser.nullable().meta({ description: 'Who asked for it, a Slack user id; null: nobody.' }),
    reason: z.string().nullable().meta({ description: 'Why it should be undone.' }),
  })
  .meta({ id: 'Rollback' })

/** A decision as it stands. Fields that a decision has no value for are null, never left out. */
export const decisionResponse = z
  .object({
    id: z.string().meta({ examples: ['dec_01jd8xk3v5m9q2r7t4w6y8z0ab'] }),
    status: z.enum(statuses),
    approved: z.boolean().nullable().meta({
      description:
        'May the agent go ahead? true: approved, auto_approved. false: denied, timed_out, blocked, withdrawn. null: still open.',
    }),
    route: z.enum(['auto_approve', 'human_review', 'escalate', 'block']),
    oversight: z.enum(['in_the_loop', 'on_the_loop', 'log_and_alert', 'autonomous']).nullable().meta({
      description: 'null for a blocked decision, also where a changed parameter blocked it later.',
    }),
    reasons: z
      .array(z.object({ code: z.string(), message: z.string() }))
      .meta({ description: 'Why it has this route; those that decided it come first.' }),
    action: z.string(),
    parameters: json.meta({ description: 'As proposed.' }),
    effective_parameters: json.meta({
      description:
        'As they stand: run these. An answer of the agent may have changed them, or a reviewer who approved with changes.',
    }),
    nonce: z.string(),
    parameters_digest: digest.meta({ description: 'Binds the nonce, the action and the effective parameters.' }),
    assignment: assignment.nullable().meta({ description: 'null once the decision has ended.' }),
    clarification: clarification.nullable().meta({ description: 'The latest question, also after the end.' }),
    decided_by: z.array(verdict).nullable().meta({
      description: 'Who has decided so far; null while nobody has, or where no person did.',
    }),
    note: z.string().nullable().meta({
      description: "The denial's reason, the approval's note (the latest of several), or the withdrawal's reason.",
    }),
    grant: z.string().nullable().meta({
      description:
        'The signed, single-use proof for who runs the action: a JWS, the same text each time. Its time begins when the agent first reads the approved decision, or with the answer to its proposal where the action is of high severity. null: not approved, used, over, or run already; also in lists, and for the keys of other agents.',
    }),
    execution,
    rollback: rollback.nullable().meta({ description: 'null where people cannot have it rolled back.' }),
    manifest_digest: digest.meta({ description: 'The manifest that routed it.' }),
    created_at: instant,
    expires_at: instant.nullable().meta({
      description: 'When it times out, which is a denial. null while a question is open, and once it has ended.',
    }),
    remaining_seconds: z.int().min(0).optional().meta({
      description: 'Only while a question is open: how long it will have left when the clocks go on.',
    }),
    decided_at: instant.nullable(),
    erased_at: instant.nullable().meta({
      description:
        'When what people and agents wrote of it was erased: from then on its parameters, texts and results are empty. null: it was not.',
    }),
    version: z.int().min(1).meta({ description: 'Grows with each change; for `?wait=30&after=`.' }),
    links: z.object({
      self: z.string().meta({ format: 'uri' }),
      context: z.string().meta({
        format: 'uri',
        description: 'For people: says how they get to read everything about it. Of itself it shows nothing.',
      }),
      slack: z.string().nullable().meta({ format: 'uri', description: 'The card; null until Slack has it.' }),
      resubmitted_as: z.string().nullable().meta({
        format: 'uri',
        description: 'What a person had this timed-out decision asked again as; null: nobody did.',
      }),
      resubmission_of: z.string().nullable().meta({
        format: 'uri',
        description: 'The timed-out decision that a person had asked again as this one; null: its agent proposed it.',
      }),
    }),
    workflow: json.nullable().meta({ description: 'As sent; null where none was sent.' }),
    checkpoint: z.unknown().meta({ description: 'As sent; null where none was sent. Lists leave it out.' }),
  })
  .meta({ id: 'Decision', description: 'One proposal and what became of it.' })

export type DecisionResponse = Readonly<z.infer<typeof decisionResponse>>

/** A decision in a list: all of it but its checkpoint. */
export const decisionListItem = decisionResponse
  .omit({ checkpoint: true })
  .meta({ id: 'DecisionListItem', description: 'A decision without its `checkpoint`; read it alone to get that.' })

export type DecisionListItem = Readonly<z.infer<typeof decisionListItem>>

/** What a key that may label a decision, but not read it, is told. */
export const outcomeReceipt = z
  .object({
    id: z.string(),
    status: z.enum(statuses),
    version: z.int().min(1),
    outcome: z.object({ correct: z.boolean(), source: z.string() }).meta({ description: 'As it was sent.' }),
  })
  .meta({ id: 'OutcomeReceipt', description: 'The outcome is recorded; the key may not read the decision.' })

export type OutcomeReceipt = Readonly<z.infer<typeof outcomeReceipt>>

/** One page of decisions. */
export const decisionPage = z
  .object({
    data: z.array(decisionListItem),
    next_cursor: z.string().nullable().meta({ description: 'For `?cursor=`; null on the last page.' }),
  })
  .meta({ id: 'DecisionPage' })
