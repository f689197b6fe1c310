import { calendarFindings } from './calendar-checks.ts'
import { capOf, limitText } from './limits.ts'
import { type ActionPolicy, findRole, type Manifest, type Role, urgencies } from './manifest.ts'
import type { ManifestDocument } from './manifest-document.ts'
import type { Finding } from './manifest-finding.ts'
import { evidenceRunOut } from './oversight-evidence.ts'
import { parameterFindings } from './parameter-checks.ts'
import { attemptMs, timeoutMs } from './sla-clock.ts'
import { MINUTE, SECOND } from './time.ts'

/** The names that files define, also where the entry itself was too broken to be read. */
export type Known = {
  readonly roles: ReadonlySet<string>
  readonly calendars: ReadonlySet<string>
  readonly actions: ReadonlySet<string>
}

type Path = readonly (string | number)[]

/**
 * Names that are used and not defined. Reads the document, not the filled manifest, so that each use is found where
 * it was written. Where no roles are defined at all, each role means the members of a channel, and none is unknown.
 */
export function undefinedNames(document: ManifestDocument, known: Known): readonly Finding[] {
  const findings: Finding[] = []
  const need = (kind: 'role' | 'calendar' | 'action', name: string | null | undefined, path: Path) => {
    const defined = kind === 'role' ? known.roles : kind === 'calendar' ? known.calendars : known.actions
    if (name === null || name === undefined || defined.has(name)) return
    if (kind === 'role' && defined.size === 0) return
    findings.push({
      severity: 'error',
      code: `unknown_${kind}`,
      path,
      message: `the ${kind} \`${name}\` is not defined`,
      misspelt: { name, among: [...defined] },
    })
  }
  need('role', document.defaults.required_role, ['defaults', 'required_role'])
  for (const [name, role] of Object.entries(document.roles)) need('role', role.fallback, ['roles', name, 'fallback'])
  for (const [name, agent] of Object.entries(document.agents ?? {})) {
    agent.actions.forEach((action, index) => {
      need('action', action, ['agents', name, 'actions', index])
    })
  }
  for (const [name, action] of Object.entries(document.actions)) {
    const at = ['actions', name]
    need('role', action.required_role, [...at, 'required_role'])
    action.escalation_path?.forEach((role, level) => {
      need('role', role, [...at, 'escalation_path', level])
    })
    need('calendar', action.calendar, [...at, 'calendar'])
  }
  return findings
}

/**
 * Policies that can't work, or that do less than they seem to say.
 * @param today `YYYY-MM-DD`; `null`: evidence is not compared with a day
 */
export function impossiblePolicies(
  document: ManifestDocument,
  manifest: Manifest,
  today: string | null,
): readonly Finding[] {
  return [
    ...manifestFindings(document, manifest),
    ...Object.entries(manifest.roles).flatMap(([name, role]) => roleFindings(name, role)),
    ...Object.entries(manifest.calendars).flatMap(([name, calendar]) => calendarFindings(name, calendar)),
    ...Object.values(manifest.actions).flatMap((action) => [
      ...pathFindings(document, manifest, action),
      ...riskFindings(action, today),
      ...thresholdFindings(document, action),
      ...limitFindings(action),
      ...parameterFindings(action),
      ...timeFindings(action),
    ]),
  ]
}

function manifestFindings(document: ManifestDocument, manifest: Manifest): readonly Finding[] {
  const { administrators, operations_channel: channel } = manifest.defaults
  const findings: Finding[] = []
  if (Object.keys(manifest.actions).length === 0) {
    findings.push({
      severity: 'warning',
      code: 'no_actions',
      path: ['actions'],
      message: 'no actions are defined, so everything that an agent asks for is blocked',
      advice: 'List at least one under `actions`.',
    })
  }
  if (Object.keys(manifest.roles).length === 0) {
    findings.push({
      severity: 'warning',
      code: 'no_roles',
      path: ['roles'],
      message: `no roles are defined, so each role that an action names means all full members of the action's channel, and \`${administrators}\` means those of ${channel}`,
      advice: 'Define `roles` with the people who may decide.',
    })
  } else if (findRole(manifest, administrators) === null) {
    findings.push({
      severity: 'warning',
      code: 'no_administrators',
      path: ['defaults', 'administrators'],
      message: `administrators is the role \`${administrators}\`, which is not defined, so it means all full members of ${channel}`,
      misspelt: { name: administrators, among: Object.keys(manifest.roles) },
    })
  }
  const thresholds = document.defaults.thresholds ?? {}
  const { auto_approve_confidence: auto, escalate_confidence: escalate } = manifest.defaults.thresholds
  if (Object.keys(thresholds).length > 0 && escalate > auto) {
    findings.push(thresholdsCrossed(['defaults', 'thresholds', 'escalate_confidence'], escalate, auto))
  }
  return findings
}

function roleFindings(name: string, role: Role): readonly Finding[] {
  const findings: Finding[] = []
  if (role.fallback === name) {
    findings.push({
      severity: 'error',
      code: 'own_fallback',
      path: ['roles', name, 'fallback'],
      message: `the role \`${name}\` names itself as its fallback`,
      advice: 'Name another role, or drop the line.',
    })
  }
  if (peopleOf(role) === 0) {
    findings.push({
      severity: 'warning',
      code: 'empty_role',
      path: ['roles', name],
      message: `nobody can ever be a \`${name}\`: it has no members, usergroups or channels`,
    })
  }
  return findings
}

function pathFindings(document: ManifestDocument, manifest: Manifest, action: ActionPolicy): readonly Finding[] {
  const findings: Finding[] = []
  const at = ['actions', action.name]
  const declared = document.actions[action.name]?.escalation_path ?? []
  declared.forEach((role, level) => {
    if (declared.indexOf(role) === level) return
    findings.push({
      severity: 'error',
      code: 'repeated_role',
      path: [...at, 'escalation_path', level],
      message: `the escalation path names \`${role}\` a second time`,
      advice: 'Name each role once: a level that nobody answered is not asked again.',
    })
  })
  const first = declared[0]
  if (first !== undefined && action.required_role !== null && first !== action.required_role) {
    findings.push({
      severity: 'warning',
      code: 'role_before_path',
      path: [...at, 'required_role'],
      message: `required_role is \`${action.required_role}\`, but the escalation path begins with \`${first}\`; \`${action.required_role}\` is asked first`,
      advice: `Begin escalation_path with \`${action.required_role}\`, or drop required_role.`,
    })
  }
  if (Object.keys(manifest.roles).length === 0) return findings
  if (action.approval_required && action.required_role === null) {
    findings.push({
      severity: 'error',
      code: 'no_role',
      path: at,
      message: `\`${action.name}\` needs approval, but nothing says whose`,
      advice: 'Add required_role or escalation_path here, or required_role under defaults.',
    })
    return findings
  }
  return [...findings, ...quorumFindings(manifest, action)]
}

// Eligible at a level: its role, that role's fallback, and everybody further up. Groups and channels are resolved
// live, so only a list of members alone proves that there are too few.
function quorumFindings(manifest: Manifest, action: ActionPolicy): readonly Finding[] {
  const path = action.escalation_path
  return path.flatMap((name, level): readonly Finding[] => {
    const fallback = findRole(manifest, name)?.fallback ?? null
    const names = [...path.slice(level), ...(fallback === null ? [] : [fallback])]
    const roles = names.map((each) => findRole(manifest, each))
    if (roles.includes(null)) return []
    const people = peopleOfAll(roles.filter((role) => role !== null))
    if (people >= action.approvals_required) return []
    const found = people === 0 ? 'nobody' : people === 1 ? 'only 1 person' : `only ${people} people`
    return [
      {
        severity: 'error',
        code: 'quorum_unreachable',
        path: ['actions', action.name, 'approvals_required'],
        message: `\`${action.name}\` needs ${counted(action.approvals_required, 'person', 'people')} to approve, but at the level of \`${name}\` ${found} may`,
        advice: `Add members to \`${name}\`, or lower approvals_required.`,
      },
    ]
  })
}

function riskFindings(action: ActionPolicy, today: string | null): readonly Finding[] {
  const at = ['actions', action.name]
  const findings: Finding[] = []
  const grave = action.severity === 'high' && !action.reversible
  if (grave && !action.approval_required && action.accepted_risk === null && action.promotion === null) {
    findings.push({
      severity: 'error',
      code: 'risk_not_accepted',
      path: [...at, 'approval_required'],
      message: `\`${action.name}\` is of high severity and irreversible, and may run without approval, but nobody answers for that`,
      advice: 'Set approval_required: true, or add accepted_risk or promotion.',
    })
  }
  if (!action.approval_required && action.conditions !== null) {
    findings.push({
      severity: 'warning',
      code: 'conditions_unused',
      path: [...at, 'conditions'],
      message: `the conditions of \`${action.name}\` do nothing, since it needs no approval`,
      advice: 'Set approval_required: true if the amounts should decide.',
    })
  }
  if (action.approval_required || today === null) return findings
  for (const { key, message } of evidenceRunOut(action, today)) {
    findings.push({
      severity: 'warning',
      code: 'evidence_run_out',
      path: [...at, ...key.split('.')],
      message: `${message}, so \`${action.name}\` requires approval until that is renewed`,
    })
  }
  return findings
}

function thresholdFindings(document: ManifestDocument, action: ActionPolicy): readonly Finding[] {
  const at = ['actions', action.name]
  const findings: Finding[] = []
  const { auto_approve_confidence: auto, escalate_confidence: escalate } = action.thresholds
  // Inherited ones are reported once, where the defaults declare them.
  const own = document.actions[action.name]?.thresholds !== undefined
  if (own && escalate > auto)
    findings.push(thresholdsCrossed([...at, 'thresholds', 'escalate_confidence'], escalate, auto))
  const below = action.conditions?.auto_approve_below_usd ?? null
  const above = action.conditions?.always_approve_above_usd ?? null
  if (below !== null && above !== null && below > above) {
    findings.push({
      severity: 'error',
      code: 'amounts_crossed',
      path: [...at, 'conditions', 'auto_approve_below_usd'],
      message: `auto_approve_below_usd is ${below}, which is more than always_approve_above_usd (${above})`,
      advice: `Amounts from ${above} to ${below} would pass alone and need a person at once; lower the first or raise the second.`,
    })
  }
  return findings
}

function thresholdsCrossed(path: Path, escalate: number, auto: number): Finding {
  return {
    severity: 'error',
    code: 'thresholds_crossed',
    path,
    message: `escalate_confidence is ${escalate}, which is more than auto_approve_confidence (${auto})`,
    advice: 'Below the first a decision goes higher, from the second on it passes; the first must not be the larger.',
  }
}

// The agent chooses the parameter that keys the window: with a new value each time, no window ever fills.
function limitFindings(action: ActionPolicy): readonly Finding[] {
  if (action.limits.some(({ by }) => by === null)) return []
  return action.limits.flatMap((limit, index): readonly Finding[] => {
    if (!('sum' in limit)) return []
    return [
      {
        severity: 'warning',
        code: 'limit_by_agent_choice',
        path: ['actions', action.name, 'limits', index],
        message: `the agent itself supplies ${limit.by}, so the limit of ${limitText(limit)} can be spread over many values, and nothing caps the whole`,
        advice: `Add a limit without \`by\`, such as { sum: ${limit.sum}, max: ${capOf(limit) * 10}, per: ${limit.per} }.`,
      },
    ]
  })
}

function timeFindings(action: ActionPolicy): readonly Finding[] {
  const at = ['actions', action.name]
  const findings: Finding[] = []
  if (action.timeout_clock === 'working' && action.calendar === null) {
    findings.push({
      severity: 'error',
      code: 'no_calendar',
      path: [...at, 'timeout_clock'],
      message: `the timeout of \`${action.name}\` runs in working time, but it has no calendar`,
      advice: 'Add calendar, or set timeout_clock: elapsed.',
    })
  }
  const timeout = timeoutMs(action, undefined)
  const late = urgencies.filter((urgency) => attemptMs(action, urgency, timeout) < action.sla_minutes[urgency] * MINUTE)
  const [worst] = late
  if (worst === undefined) return findings
  const slas = late.map((urgency) => `${urgency} ${action.sla_minutes[urgency]}`).join(', ')
  const shared = Math.round((attemptMs(action, worst, timeout) / MINUTE) * 10) / 10
  findings.push({
    severity: 'warning',
    code: 'sla_does_not_fit',
    path: [...at, 'approval_timeout_seconds'],
    message: `the timeout of ${timeout / SECOND} seconds is too short to give everybody on the escalation path of \`${action.name}\` their whole SLA (${slas} minutes), so each person gets ${shared} minutes`,
    advice: 'Raise approval_timeout_seconds or lower sla_minutes.',
  })
  return findings
}

// How many distinct people a role can have; Infinity where Slack decides that.
function peopleOf(role: Role): number {
  return peopleOfAll([role])
}

function peopleOfAll(roles: readonly Role[]): number {
  if (roles.some(({ usergroups, channels }) => usergroups.length + channels.length > 0)) return Infinity
  return new Set(roles.flatMap(({ members }) => members.map((member) => member.toLowerCase()))).size
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
