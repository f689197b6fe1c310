import { z } from 'zod'
import { requirableFields, urgencies } from './manifest.ts'

/*
 * The YAML document as a policy owner writes it: everything optional that has a default, nothing else allowed.
 * The error texts of leaves say what is allowed there; the loader puts the place and what was found before them.
 */

const number = (allowed: string) => z.number({ error: allowed })
const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed })
const pattern = (allowed: string, regex: RegExp) => z.string({ error: allowed }).regex(regex, { error: allowed })

function whole(from: number, upTo: number, allowed = `a whole number from ${from} to ${upTo}`) {
  return z.int({ error: allowed }).min(from, { error: allowed }).max(upTo, { error: allowed })
}

function between(from: number, upTo: number, allowed = `a number from ${from} to ${upTo}`) {
  return number(allowed).min(from, { error: allowed }).max(upTo, { error: allowed })
}

function list<Item extends z.ZodType>(item: Item, allowed: string) {
  return z.array(item, { error: allowed })
}

const tenYears = 315_360_000
const seconds = whole(1, tenYears, 'a whole number of seconds, at least 1')
const minutesText = 'a number of minutes above 0'
const minutes = number(minutesText).gt(0, { error: minutesText }).max(5_256_000, { error: minutesText })
const share = between(0, 1)
const dollars = between(0, 1e12, 'an amount of at least 0')

/** What roles, actions, agents and calendars may be called. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/
const roleName = pattern('the name of a role, never a person', namePattern)
const actionName = pattern('the name of an action', namePattern)
const parameter = pattern('the name of a parameter', /^.{1,200}$/)
const person = pattern(
  'an e-mail address or a Slack user id (U012ABCDEF)',
  /^(?:[UW][A-Z0-9]{2,20}|[^\s@<>]{1,64}@[^\s@<>]{1,190})$/,
)
const usergroup = pattern('the id of a Slack user group (S012ABCDEF)', /^S[A-Z0-9]{2,20}$/)
const channel = pattern(
  'a channel in quotes ("#agent-approvals") or its id (C012ABCDEF)',
  /^(?:#[^\s#@<>A-Z]{1,80}|[CG][A-Z0-9]{2,20})$/,
)
const day = z.iso.date({ error: 'a day that exists, as YYYY-MM-DD' })
const url = z.url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' })
const duration = pattern('a time such as 30m, 1h or 7d', /^[1-9][0-9]{0,4}[mhd]$/)

const slaText = 'a number of minutes above 0, or one for each of low, normal, high, critical'
const sla = z.union(
  [minutes, z.strictObject({ low: minutes, normal: minutes, high: minutes, critical: minutes }).partial()],
  { error: slaText },
)

const tunables = {
  thresholds: z
    .strictObject({
      auto_approve_confidence: share,
      escalate_confidence: share,
      max_uncertainty_factors: whole(0, 1000),
    })
    .partial(),
  approval_timeout_seconds: seconds,
  timeout_clock: z.enum(['elapsed', 'working']),
  sla_minutes: sla,
  required_role: roleName.nullable(),
  attempts_per_level: whole(1, 100),
  nudge_at: z.array(between(0.01, 0.99, 'a share of the SLA from 0.01 to 0.99')),
  clarification_timeout_seconds: seconds,
  rollback_window_seconds: seconds,
  grant_ttl_seconds: seconds,
  approvals_required: whole(1, 100),
  retention_days: whole(1, 36_500, 'a whole number of days, at least 1, or null').nullable(),
  audit: z.strictObject({ sample_rate: share, per_day: between(0, 1_000_000) }).partial(),
  suggestions: z.strictObject({ alpha: share, delta: share }).partial(),
  channel,
  alerts: z.enum(['each', 'digest', 'off']),
}

export const defaultsSchema = z
  .strictObject({ ...tunables, operations_channel: channel, administrators: roleName })
  .partial()

export const roleSchema = z
  .strictObject({
    members: list(person, 'a list of e-mail addresses or Slack user ids'),
    usergroups: list(usergroup, 'a list of ids of Slack user groups'),
    channels: list(channel, 'a list of channels'),
    fallback: roleName.nullable(),
    capacity: whole(1, 100_000).nullable(),
  })
  .partial()

const weekday = '(?:mon|tue|wed|thu|fri|sat|sun)'
const hoursKey = pattern('a day or days such as mon or mon-fri', new RegExp(`^${weekday}(?:-${weekday})?$`))
const hoursText = 'hours in quotes such as "09:00-18:00", the first before the second'
const hours = pattern(hoursText, /^(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$/).refine(
  (range) => range.slice(0, 5) < range.slice(6),
  { error: hoursText },
)

export const calendarSchema = z.strictObject({
  timezone: z
    .string({ error: 'the name of a time zone such as Europe/Berlin' })
    .refine(isTimezone, { error: 'the name of a time zone such as Europe/Berlin' }),
  hours: z.record(hoursKey, hours),
  holidays: pattern('a country code such as DE or DE-BY', /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/).nullish(),
})

export const agentSchema = z.strictObject({
  owner: person.optional(),
  actions: list(actionName, 'a list of actions'),
  max_urgency: z.enum(urgencies).optional(),
})

const limitText = 'either count and per, or sum, max and per'
const limit = z
  .strictObject({
    count: whole(0, 1_000_000_000).optional(),
    sum: parameter.optional(),
    max: dollars.optional(),
    per: duration,
    by: parameter.optional(),
  })
  .refine(
    ({ count, sum, max }) =>
      count === undefined ? sum !== undefined && max !== undefined : sum === undefined && max === undefined,
    {
      error: limitText,
    },
  )

const conditions = z.strictObject({
  amount_parameter: parameter.optional(),
  auto_approve_below_usd: dollars.optional(),
  always_approve_above_usd: dollars.optional(),
})

const rule = z.strictObject({
  when: text('a condition in CEL, at most 2000 characters').max(2000, {
    error: 'a condition in CEL, at most 2000 characters',
  }),
  route: z.enum(['human_review', 'escalate', 'block']),
  because: text('a reason in words, at most 300 characters').max(300, {
    error: 'a reason in words, at most 300 characters',
  }),
})

const acceptedRisk = z.strictObject({ owner: person, reason: text('a reason in words'), until: day })

const promotion = z.strictObject({
  to: z.enum(['on_the_loop', 'autonomous']),
  date: day,
  owner: person,
  outcomes: whole(0, 1_000_000_000),
  lower_bound: share,
  target: share,
  evidence: pattern('the digest of the evidence, sha256:...', /^sha256:.{1,64}$/),
})

export const actionSchema = z.strictObject({
  severity: z.enum(['low', 'high']),
  reversible: z.boolean(),
  ...z.strictObject(tunables).partial().shape,
  description: text('a text of at most 150 characters')
    .max(150, { error: 'a text of at most 150 characters' })
    .optional(),
  approval_required: z.boolean().optional(),
  escalation_path: z
    .array(roleName, { error: 'a list of roles' })
    .min(1, { error: 'a list of at least one role' })
    .optional(),
  calendar: pattern('the name of a calendar', namePattern).optional(),
  conditions: conditions.optional(),
  limits: z.array(limit).max(20, { error: 'a list of at most 20 limits' }).optional(),
  rules: z.array(rule).max(50, { error: 'a list of at most 50 rules' }).optional(),
  parameters_schema: z.record(z.string(), z.unknown(), { error: 'a JSON Schema' }).optional(),
  editable_parameters: z.array(parameter).optional(),
  identity_parameters: z.array(parameter).optional(),
  requires: z.array(z.enum(requirableFields)).optional(),
  redact: z.array(parameter).optional(),
  self_approval: z.boolean().optional(),
  approve_with: z.enum(['one_click', 'confirm', 'reason']).optional(),
  clarify: z.strictObject({ url }).optional(),
  executor: z
    .strictObject({ url, timeout_seconds: whole(1, 3600).optional(), idempotent: z.boolean().optional() })
    .optional(),
  rollback: z.strictObject({ url: url.optional(), tested_on: day.optional() }).optional(),
  monitoring: z.strictObject({ alert: text('the name of an alert') }).optional(),
  owner: person.optional(),
  accepted_risk: acceptedRisk.optional(),
  promotion: promotion.optional(),
  audit_log: z.boolean().optional(),
})

export type DefaultsDocument = z.infer<typeof defaultsSchema>
export type RoleDocument = z.infer<typeof roleSchema>
export type CalendarDocument = z.infer<typeof calendarSchema>
export type AgentDocument = z.infer<typeof agentSchema>
export type ActionDocument = z.infer<typeof actionSchema>

/** All files together, each entry of a known shape; `agents` absent: any agent may propose any action. */
export type ManifestDocument = {
  readonly defaults: DefaultsDocument
  readonly roles: Readonly<Record<string, RoleDocument>>
  readonly calendars: Readonly<Record<string, CalendarDocument>>
  readonly agents: Readonly<Record<string, AgentDocument>> | null
  readonly actions: Readonly<Record<string, ActionDocument>>
}

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
