import { z } from 'zod'
import { statuses } from './decision-response.ts'
import { choice, fields, text } from './field.ts'

/** A whole number written in decimal digits, as query parameters carry it. */
function digits(min: number, max: number) {
  const allowed = `a whole number from ${min} to ${max}`
  return z
    .string({ error: allowed })
    .regex(/^\d{1,16}$/, { error: allowed })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: allowed })
    .meta({ override: { type: 'integer', minimum: min, maximum: max, pattern: undefined } })
}

/** The query of `GET /v1/decisions/{id}`. */
export const readQuery = fields({
  wait: digits(0, 60)
    .optional()
    .describe('Seconds to wait for news. Without `after`: until it has ended or a question is open.'),
  after: digits(0, Number.MAX_SAFE_INTEGER).optional().describe('Wait until `version` is above this.'),
})

/** The query of `GET /v1/decisions`. */
export const listQuery = fields({
  status: choice(statuses).optional(),
  action: text(128).optional(),
  agent: text(64).optional().describe('Another agent than the own one needs the scope `admin`.'),
  cursor: text(200).optional().describe('`next_cursor` of the page before.'),
  limit: digits(1, 100).optional().describe('Default 25.'),
})

/** The query of `GET /v1/queue`. */
export const queueQuery = fields({
  action: text(128).optional(),
  role: text(128).optional().describe('Only what this role is asked.'),
  overdue: choice(['true', 'false']).optional().describe('`true`: only what nobody has decided by its deadline.'),
  cursor: text(200).optional().describe('`next_cursor` of the page before.'),
  limit: digits(1, 100).optional().describe('Default 25.'),
})

export const noQuery = fields({})
