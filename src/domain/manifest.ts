import type { Rule } from './rule.ts'

/**
 * The manifest: the policy that is in force, merged from all files, with every default filled in. Nobody else merges
 * or defaults. Field names are those of the YAML document; `null` means "not declared, and there is no default".
 */
export type Manifest = {
  /** `sha256:<hex>` of the RFC 8785 JSON of everything else in here. */
  readonly digest: string
  readonly defaults: Defaults
  /** Empty: no roles are defined, and each role that is named means the full members of the action's channel. */
  readonly roles: Readonly<Record<string, Role>>
  readonly calendars: Readonly<Record<string, Calendar>>
  /** `null`: not declared, so any agent may propose any action. */
  readonly agents: Readonly<Record<string, AgentPolicy>> | null
  readonly actions: Readonly<Record<string, ActionPolicy>>
}

export type Severity = 'low' | 'high'
export const urgencies = ['low', 'normal', 'high', 'critical'] as const
export type Urgency = (typeof urgencies)[number]

/** What may be declared for all actions at once and again on each of them. */
export type Tunables = {
  readonly thresholds: Thresholds
  readonly approval_timeout_seconds: number
  readonly timeout_clock: 'elapsed' | 'working'
  /** Minutes an assignee has, by urgency; fractions allowed. */
  readonly sla_minutes: Readonly<Record<Urgency, number>>
  readonly required_role: string | null
  /** People tried on one level before the next. */
  readonly attempts_per_level: number
  /** Shares (0..1) of the SLA at which the assignee is reminded. */
  readonly nudge_at: readonly number[]
  readonly clarification_timeout_seconds: number
  readonly rollback_window_seconds: number
  readonly grant_ttl_seconds: number
  readonly approvals_required: number
  readonly retention_days: number | null
  readonly audit: { readonly sample_rate: number; readonly per_day: number }
  readonly suggestions: { readonly alpha: number; readonly delta: number }
  /** `#name` or a channel id. */
  readonly channel: string
  readonly alerts: Alerts
}

export type Defaults = Tunables & {
  readonly operations_channel: string
  /** A role; where it is not defined it means the full members of the operations channel. */
  readonly administrators: string
}

/** How `log_and_alert` tells the operations channel: a line a minute, a message an hour, or not at all. */
export type Alerts = 'each' | 'digest' | 'off'

export type Thresholds = {
  /** 0..1 */
  readonly auto_approve_confidence: number
  /** 0..1 */
  readonly escalate_confidence: number
  readonly max_uncertainty_factors: number
}

export type Role = {
  /** E-mail addresses or Slack user ids. */
  readonly members: readonly string[]
  readonly usergroups: readonly string[]
  /** `#name` or channel ids; their full members. */
  readonly channels: readonly string[]
  readonly fallback: string | null
  /** Open assignments per person before others are preferred; `null`: any number. */
  readonly capacity: number | null
}

export type Calendar = {
  readonly timezone: string
  /** `mon` or `mon-fri` -> `09:00-18:00`. */
  readonly hours: Readonly<Record<string, string>>
  /** A country code, `DE` or `DE-BY`. */
  readonly holidays: string | null
}

export type AgentPolicy = {
  readonly owner: string | null
  readonly actions: readonly string[]
  readonly max_urgency: Urgency
}

export type ActionPolicy = Tunables & {
  readonly name: string
  /** The card's header; the name in words where none is declared ("Process refund"). */
  readonly description: string
  readonly severity: Severity
  readonly reversible: boolean
  /** As declared, or derived from severity and reversibility. `route` also asks whether the evidence has run out. */
  readonly approval_required: boolean
  /** Declared, or the first role of the declared path, or the default; `null`: only `administrators` are left. */
  readonly required_role: string | null
  /** Never empty: declared, or the required role and its fallback, or `administrators`. */
  readonly escalation_path: readonly string[]
  readonly calendar: string | null
  readonly conditions: Conditions | null
  readonly limits: readonly Limit[]
  readonly rules: readonly Rule[]
  /** A JSON Schema 2020-12 that is known to compile. */
  readonly parameters_schema: JsonObject | null
  /** What a reviewer may change when approving. */
  readonly editable_parameters: readonly string[]
  /** What makes two asks the same; `null`: all parameters. */
  readonly identity_parameters: readonly string[] | null
  /** Optional fields of a decision that this action insists on. */
  readonly requires: readonly RequirableField[]
  /** Parameters never shown, logged, or sent to Slack. */
  readonly redact: readonly string[]
  /** May the requester or the agent's owner decide? */
  readonly self_approval: boolean
  /** `null`: derived from severity and route where the card is drawn. */
  readonly approve_with: ApproveWith | null
  readonly clarify: { readonly url: string } | null
  readonly executor: { readonly url: string; readonly timeout_seconds: number; readonly idempotent: boolean } | null
  readonly rollback: { readonly url: string | null; readonly tested_on: string | null } | null
  readonly monitoring: { readonly alert: string } | null
  readonly owner: string | null
  readonly accepted_risk: AcceptedRisk | null
  readonly promotion: Promotion | null
  readonly audit_log: boolean
}

export type JsonObject = { readonly [key: string]: unknown }

export type ApproveWith = 'one_click' | 'confirm' | 'reason'

export type Conditions = {
  readonly amount_parameter: string
  readonly auto_approve_below_usd: number | null
  readonly always_approve_above_usd: number | null
}

/** A cap on what passes without a person in a sliding window; `by` keys the window by a parameter. */
export type Limit = CountLimit | SumLimit
export type CountLimit = { readonly count: number; readonly per: string; readonly by: string | null }
export type SumLimit = {
  readonly sum: string
  readonly max: number
  readonly per: string
  readonly by: string | null
}

export type RequirableField = (typeof requirableFields)[number]
export const requirableFields = [
  'rationale',
  'expected_outcome',
  'if_denied',
  'evidence',
  'urgency',
  'requested_by',
  'agent_version',
  'workflow',
  'checkpoint',
  'callback_url',
  'expires_in_seconds',
] as const

/** Days are `YYYY-MM-DD`. */
export type AcceptedRisk = { readonly owner: string; readonly reason: string; readonly until: string }

export type Promotion = {
  readonly to: 'on_the_loop' | 'autonomous'
  readonly date: string
  readonly owner: string
  readonly outcomes: number
  readonly lower_bound: number
  readonly target: number
  readonly evidence: string
}

/** The action of that name, or `null`: names that every object inherits ("constructor") are not actions. */
export function findAction(manifest: Manifest, name: string): ActionPolicy | null {
  if (!Object.hasOwn(manifest.actions, name)) return null
  return manifest.actions[name] ?? null
}

/** The agent of that name, or `null` where it is not declared. */
export function findAgent(manifest: Manifest, name: string): AgentPolicy | null {
  if (manifest.agents === null || !Object.hasOwn(manifest.agents, name)) return null
  return manifest.agents[name] ?? null
}

/** The role of that name, or `null` where it is not defined. */
export function findRole(manifest: Manifest, name: string): Role | null {
  if (!Object.hasOwn(manifest.roles, name)) return null
  return manifest.roles[name] ?? null
}

/** The calendar of that name, or `null` where it is not defined. */
export function findCalendar(manifest: Manifest, name: string): Calendar | null {
  if (!Object.hasOwn(manifest.calendars, name)) return null
  return manifest.calendars[name] ?? null
}
