import { z } from 'zod'
import { evidence } from './decision-request.ts'
import { anyText, choice, fields, flag, jsonObject, list, pattern, text } from './field.ts'

/** The body of `POST /v1/decisions/{id}/answer`. */
export const answerRequest = fields({
  clarification_id: pattern('the `clarification.id` of the decision', /^clr_[0-9a-z]{26}$/),
  answer: text(20_000),
  evidence: list(evidence, 100).default([]),
  parameters: jsonObject().optional().meta({
    description: 'The whole changed parameters. They are routed again, never more loosely than before.',
  }),
}).meta({ id: 'AnswerRequest' })

/** The body of `POST /v1/answers/{link}`. */
export const linkedAnswer = answerRequest
  .omit({ clarification_id: true })
  .meta({ id: 'LinkedAnswer', description: 'An answer to the one question that the link is about.' })

/** What who has answered by a link is told. */
export const answerReceipt = z
  .object({ decision_id: z.string(), clarification_id: z.string(), state: z.literal('answered') })
  .meta({ id: 'AnswerReceipt' })

/** The body of `POST /v1/decisions/{id}/withdraw`. */
export const withdrawRequest = fields({ reason: text(20_000) }).meta({ id: 'WithdrawRequest' })

/** The body of `POST /v1/decisions/{id}/execution`. */
export const executionRequest = fields({
  state: choice(['started', 'succeeded', 'failed']),
  result: z.unknown().optional().meta({ description: 'Any JSON.' }),
  error: anyText(20_000).optional(),
}).meta({ id: 'ExecutionRequest' })

/** The body of `POST /v1/decisions/{id}/rollback`. */
export const rollbackRequest = fields({
  state: choice(['rolled_back', 'failed']),
  detail: anyText(20_000).optional().meta({ description: 'For people: what was undone, or why it could not be.' }),
}).meta({ id: 'RollbackRequest' })

const instant = 'a time like 2026-11-22T10:00:00Z'

/** The body of `POST /v1/decisions/{id}/outcome`. */
export const outcomeRequest = fields({
  correct: flag().meta({ description: 'Was the action right?' }),
  source: choice(['downstream', 'audit', 'reviewer']),
  observed_at: z.iso.datetime({ offset: true, error: instant }).optional().meta({ description: 'Default: now.' }),
  note: anyText(20_000).optional(),
  ref: anyText(2_000).optional().meta({ description: 'Where this can be looked up.' }),
}).meta({ id: 'OutcomeRequest' })
