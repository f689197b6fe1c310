import { auditProbability } from '../domain/audit-look.ts'
import { scalesOf } from '../domain/calendar.ts'
import { parametersDigest } from '../domain/digest.ts'
import type { AssignmentStart, DecisionEvent, Run } from '../domain/event.ts'
import type { Freeze } from '../domain/freeze.ts'
import { newId } from '../domain/ids.ts'
import { type LimitKey, type LimitUsage, limitKeys } from '../domain/limits.ts'
import type { ActionPolicy, Manifest } from '../domain/manifest.ts'
import type { Proposal } from '../domain/proposal.ts'
import { type Routing, route } from '../domain/route.ts'
import { mayShareCard } from '../domain/shared-card.ts'
import { startClocks } from '../domain/sla-clock.ts'
import { policyOf } from '../domain/stage-gate.ts'
import { type Instant, SECOND, toDay } from '../domain/time.ts'
import { isEverybody } from '../domain/who-may-approve.ts'
import type { Caller, Submitted } from './app.ts'
import type { Commit } from './commit.ts'
import { firstIntents } from './first-intents.ts'
import type { Clock, FieldFault, Idempotency, NewDecision, Policies, Random, RuleCheck, SchemaCheck } from './ports.ts'

export type DraftPorts = {
  readonly policies: Policies
  readonly schemaCheck: SchemaCheck
  readonly ruleCheck: RuleCheck
  readonly clock: Clock
  readonly random: Random
  /** The lot, 0 to 1 (not included), by which automatic approvals are drawn for a later look. */
  readonly chance: () => number
  /** About how many of an action passed in the last day. */
  readonly passed: (action: string) => number
}

type Ports = DraftPorts & { readonly commit: Commit }

/** Routes an agent's proposal by the manifest in force and records it, whatever the route. */
export async function submit(
  ports: Ports,
  caller: Caller,
  proposal: Proposal,
  idempotency: Idempotency,
): Promise<Submitted> {
  const now = ports.clock()
  const { faults, keys, create } = draft(ports, caller, proposal, null, now)
  const created: typeof create | (() => null) = faults.length > 0 ? () => null : create
  const result = await ports.commit.submit(idempotency, keys, now, created)
  return result.kind === 'refused' ? { kind: 'invalid', faults } : result
}

/** A decision that is about to be recorded. */
export type Draft = {
  readonly id: string
  /** What is wrong with the proposal: with any of these there is nothing to record. */
  readonly faults: readonly FieldFault[]
  /** The usage windows that it would count in. */
  readonly keys: readonly LimitKey[]
  readonly create: (usage: readonly LimitUsage[], controls: readonly Freeze[]) => NewDecision
}

/** Prepares a decision under the manifest in force. @param run the step of a workflow that it is for; null: none */
export function draft(ports: DraftPorts, caller: Caller, proposal: Proposal, run: Run | null, now: Instant): Draft {
  const manifest = ports.policies.current()
  const policy = policyOf(manifest, proposal)
  const faults = policy === null ? [] : proposalFaults(policy, proposal, ports.schemaCheck)
  const id = newId('dec', now, ports.random(10))
  const nonce = Buffer.from(ports.random(16)).toString('base64url')
  const input = { agent: caller.agent, proposal }
  const rulings = policy === null || faults.length > 0 ? [] : ports.ruleCheck(policy, input)
  const keys = policy === null ? [] : limitKeys(policy, proposal).keys
  const lot = ports.chance()
  const create = (usage: readonly LimitUsage[], controls: readonly Freeze[]): NewDecision => {
    const routing = route(manifest, input, { usage, rulings, controls, today: toDay(now) })
    const audited = auditOf(policy, routing, ports.passed, lot)
    const event = submitted({ id, nonce, now, caller, manifest, policy, proposal, routing, run, audited })
    return {
      event,
      intents: firstIntents(event, caller.agent, manifest, policy, now),
      counted: routing.route === 'auto_approve' ? keys : [],
      sharesCard: run === null && mayShareCard(policy, proposal, routing.route),
    }
  }
  return { id, faults, keys, create }
}

/** What the action's own rules refuse: missing fields that it `requires`, parameters outside `parameters_schema`. */
export function proposalFaults(
  policy: ActionPolicy,
  proposal: Proposal,
  schemaCheck: SchemaCheck,
): readonly FieldFault[] {
  const missing = policy.requires
    .filter((field) => isMissing(proposal[field]))
    .map((field) => ({
      pointer: `/${field}`,
      code: 'required_by_policy',
      message: `the policy requires \`${field}\` for ${proposal.action}`,
    }))
  return [...missing, ...schemaCheck(policy, proposal.parameters)]
}

function isMissing(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === ''
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
}

type Submission = {
  readonly id: string
  readonly nonce: string
  readonly now: Instant
  readonly caller: Caller
  readonly manifest: Manifest
  readonly policy: ActionPolicy | null
  readonly proposal: Proposal
  readonly routing: Routing
  readonly run: Run | null
  /** With which probability it was drawn for a later look; null: it was not. */
  readonly audited: number | null
}

function submitted(submission: Submission): DecisionEvent & { readonly type: 'decision.submitted' } {
  const { id, nonce, now, caller, manifest, proposal, routing, run, audited } = submission
  return {
    type: 'decision.submitted',
    at: now,
    actor: { kind: 'agent', agent: caller.agent, key: caller.apiKey },
    payload: {
      decision: id,
      action: proposal.action,
      route: routing.route,
      oversight: routing.oversight,
      urgency: routing.urgency,
      assignment: firstAssignment(submission),
      nonce,
      parametersDigest: parametersDigest(nonce, proposal.action, proposal.parameters),
      manifestDigest: manifest.digest,
      ...(run !== null && { run }),
      ...rollbackWindow(submission),
      ...(audited !== null && { auditProbability: audited }),
    },
    sealed: { proposal, reasons: routing.reasons },
  }
}

/** Only of what passes some is drawn: what people decide, people have looked at. */
function auditOf(
  policy: ActionPolicy | null,
  { route }: Routing,
  passed: DraftPorts['passed'],
  lot: number,
): number | null {
  if (policy === null || route !== 'auto_approve') return null
  const probability = auditProbability(policy.audit, passed(policy.name))
  return lot < probability ? probability : null
}

/** What runs at once while people watch can be rolled back for a while. */
function rollbackWindow({ policy, routing, now }: Submission): { readonly rollbackUntil?: Instant } {
  if (policy === null || routing.oversight !== 'on_the_loop') return {}
  return { rollbackUntil: now + policy.rollback_window_seconds * SECOND }
}

function firstAssignment({ policy, routing, proposal, manifest, now }: Submission): AssignmentStart | null {
  if (policy === null || routing.route === 'auto_approve' || routing.route === 'block') return null
  const scales = scalesOf(manifest, policy)
  const clocks = startClocks(policy, routing.urgency, proposal.expires_in_seconds, scales, now)
  return { ...assignmentAt(manifest, policy, routing.level), ...clocks }
}

/** Who is asked on a level of the escalation path. @throws on a level that the path does not have (a bug) */
export function assignmentAt(
  manifest: Manifest,
  policy: ActionPolicy,
  level: number,
): Pick<AssignmentStart, 'role' | 'level' | 'everybody'> {
  const role = policy.escalation_path[level]
  if (role === undefined) throw new Error(`the escalation path of ${policy.name} has no level ${level}`)
  return { role, level, ...(isEverybody(manifest, role) && { everybody: true }) }
}
