import { manifestDigest } from './digest.ts'
import type { ActionPolicy, AgentPolicy, Calendar, Conditions, Defaults, Limit, Manifest, Role } from './manifest.ts'
import type {
  ActionDocument,
  AgentDocument,
  CalendarDocument,
  DefaultsDocument,
  ManifestDocument,
  RoleDocument,
} from './manifest-document.ts'

/** What holds where the manifest says nothing. */
export const builtIn: Defaults = {
  thresholds: { auto_approve_confidence: 0.95, escalate_confidence: 0.6, max_uncertainty_factors: 2 },
  approval_timeout_seconds: 86_400,
  timeout_clock: 'elapsed',
  sla_minutes: { low: 240, normal: 60, high: 15, critical: 5 },
  required_role: null,
  attempts_per_level: 1,
  nudge_at: [0.5, 0.8],
  clarification_timeout_seconds: 86_400,
  rollback_window_seconds: 900,
  grant_ttl_seconds: 900,
  approvals_required: 1,
  retention_days: null,
  audit: { sample_rate: 0.05, per_day: 20 },
  suggestions: { alpha: 0.05, delta: 0.05 },
  channel: '#agent-approvals',
  operations_channel: '#agent-ops',
  alerts: 'each',
  administrators: 'operations',
}

/** The manifest that a document means: every default filled in, roles and paths resolved, and its digest. */
export function fillDefaults(document: ManifestDocument): Manifest {
  const defaults = tune(builtIn, document.defaults)
  const roles = mapValues(document.roles, role)
  const manifest = {
    defaults: {
      ...defaults,
      operations_channel: document.defaults.operations_channel ?? builtIn.operations_channel,
      administrators: document.defaults.administrators ?? builtIn.administrators,
    },
    roles,
    calendars: mapValues(document.calendars, calendar),
    agents: document.agents === null ? null : mapValues(document.agents, agent),
    actions: mapValues(document.actions, (action, name) => fillAction(name, action, document, roles)),
  }
  return { digest: manifestDigest(manifest), ...manifest }
}

function fillAction(
  name: string,
  action: ActionDocument,
  document: ManifestDocument,
  roles: Readonly<Record<string, Role>>,
): ActionPolicy {
  const defaults = tune(builtIn, document.defaults)
  const approvalRequired = action.approval_required ?? (action.severity === 'high' && !action.reversible)
  const requiredRole = action.required_role ?? action.escalation_path?.[0] ?? defaults.required_role
  const administrators = document.defaults.administrators ?? builtIn.administrators
  return {
    name,
    description: action.description ?? inWords(name),
    severity: action.severity,
    reversible: action.reversible,
    ...tune(defaults, action),
    // What a threshold or an amount let pass is many small lines: an hourly digest, unless somebody asked otherwise.
    alerts: action.alerts ?? document.defaults.alerts ?? (approvalRequired ? 'digest' : 'each'),
    approval_required: approvalRequired,
    required_role: requiredRole,
    escalation_path: pathOf(action, requiredRole, roles, administrators),
    calendar: action.calendar ?? null,
    conditions: action.conditions === undefined ? null : conditions(action.conditions),
    limits: (action.limits ?? []).map(limit),
    rules: action.rules ?? [],
    parameters_schema: action.parameters_schema ?? null,
    editable_parameters: action.editable_parameters ?? [],
    identity_parameters: action.identity_parameters ?? null,
    requires: action.requires ?? [],
    redact: action.redact ?? [],
    self_approval: action.self_approval ?? false,
    approve_with: action.approve_with ?? null,
    clarify: action.clarify ?? null,
    executor: action.executor === undefined ? null : executor(action.executor),
    rollback: action.rollback === undefined ? null : rollback(action.rollback),
    monitoring: action.monitoring ?? null,
    owner: action.owner ?? null,
    accepted_risk: action.accepted_risk ?? null,
    promotion: action.promotion ?? null,
    audit_log: action.audit_log ?? true,
  }
}

/** An action of which nothing is declared but that it is grave and can be undone. */
export function builtInAction(name: string): ActionPolicy {
  const document: ManifestDocument = { defaults: {}, roles: {}, calendars: {}, agents: null, actions: {} }
  return fillAction(name, { severity: 'high', reversible: true }, document, {})
}

type Tuned = Omit<Defaults, 'operations_channel' | 'administrators'>
type TuningDocument = Omit<DefaultsDocument, 'operations_channel' | 'administrators'>

function tune(base: Tuned, document: TuningDocument): Tuned {
  return {
    thresholds: over(base.thresholds, document.thresholds),
    approval_timeout_seconds: document.approval_timeout_seconds ?? base.approval_timeout_seconds,
    timeout_clock: document.timeout_clock ?? base.timeout_clock,
    sla_minutes: slaMinutes(base, document),
    required_role: document.required_role ?? base.required_role,
    attempts_per_level: document.attempts_per_level ?? base.attempts_per_level,
    nudge_at: document.nudge_at ?? base.nudge_at,
    clarification_timeout_seconds: document.clarification_timeout_seconds ?? base.clarification_timeout_seconds,
    rollback_window_seconds: document.rollback_window_seconds ?? base.rollback_window_seconds,
    grant_ttl_seconds: document.grant_ttl_seconds ?? base.grant_ttl_seconds,
    approvals_required: document.approvals_required ?? base.approvals_required,
    // A declared null keeps payloads of this action although the default erases them.
    retention_days: document.retention_days === undefined ? base.retention_days : document.retention_days,
    audit: over(base.audit, document.audit),
    suggestions: over(base.suggestions, document.suggestions),
    channel: document.channel ?? base.channel,
    alerts: document.alerts ?? base.alerts,
  }
}

function slaMinutes(base: Tuned, { sla_minutes: declared }: TuningDocument): Tuned['sla_minutes'] {
  if (typeof declared !== 'number') return over(base.sla_minutes, declared)
  return { low: declared, normal: declared, high: declared, critical: declared }
}

/** The escalation path of an action that declares none: its required role and that role's fallback, or `administrators`. */
export function inheritedPath(
  requiredRole: string | null,
  roles: Readonly<Record<string, Role>>,
  administrators: string,
): readonly string[] {
  if (requiredRole === null) return [administrators]
  const fallback = Object.hasOwn(roles, requiredRole) ? roles[requiredRole]?.fallback : null
  return fallback === null || fallback === undefined ? [requiredRole] : [requiredRole, fallback]
}

// Who was declared as required decides first, also where the declared path begins with somebody else.
function pathOf(
  action: ActionDocument,
  requiredRole: string | null,
  roles: Readonly<Record<string, Role>>,
  administrators: string,
): readonly string[] {
  if (requiredRole === null || action.escalation_path === undefined) {
    return inheritedPath(requiredRole, roles, administrators)
  }
  return [requiredRole, ...action.escalation_path.filter((name) => name !== requiredRole)]
}

function conditions(document: NonNullable<ActionDocument['conditions']>): Conditions {
  return {
    amount_parameter: document.amount_parameter ?? 'amount_usd',
    auto_approve_below_usd: document.auto_approve_below_usd ?? null,
    always_approve_above_usd: document.always_approve_above_usd ?? null,
  }
}

function limit(document: NonNullable<ActionDocument['limits']>[number]): Limit {
  const { count, sum, max, per } = document
  const by = document.by ?? null
  if (count !== undefined) return { count, per, by }
  if (sum === undefined || max === undefined) throw new Error('a limit of a checked document has a count, or a sum')
  return { sum, max, per, by }
}

function executor(document: NonNullable<ActionDocument['executor']>): NonNullable<ActionPolicy['executor']> {
  return {
    url: document.url,
    timeout_seconds: document.timeout_seconds ?? 30,
    idempotent: document.idempotent ?? true,
  }
}

function rollback(document: NonNullable<ActionDocument['rollback']>): NonNullable<ActionPolicy['rollback']> {
  return { url: document.url ?? null, tested_on: document.tested_on ?? null }
}

function role(document: RoleDocument): Role {
  return {
    members: document.members ?? [],
    usergroups: document.usergroups ?? [],
    channels: document.channels ?? [],
    fallback: document.fallback ?? null,
    capacity: document.capacity ?? null,
  }
}

function calendar(document: CalendarDocument): Calendar {
  return { timezone: document.timezone, hours: document.hours, holidays: document.holidays ?? null }
}

function agent(document: AgentDocument): AgentPolicy {
  return {
    owner: document.owner ?? null,
    actions: document.actions,
    max_urgency: document.max_urgency ?? 'critical',
  }
}

/** "process_refund" -> "Process refund" */
function inWords(name: string): string {
  const words = name.replaceAll(/[_.:-]+/g, ' ').trim()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function over<T extends object>(base: T, document: { [Key in keyof T]?: T[Key] | undefined } | undefined): T {
  const declared = Object.entries(document ?? {}).filter(([, value]) => value !== undefined)
  return { ...base, ...Object.fromEntries(declared) }
}

function mapValues<From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From, name: string) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, to(value, name)]))
}
