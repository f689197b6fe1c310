import { type Ask, type AskedBefore, askOf } from '../domain/ask.ts'
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
import type {
  AlreadyDenied,
  Clock,
  FieldFault,
  Idempotency,
  NewDecision,
  Policies,
  Random,
  ReadAsks,
  RuleCheck,
  SchemaCheck,
} from './ports.ts'

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

/**
 * Routes an agent's proposal by the manifest in force and records it, whatever the route. What a person has denied within a
 * day is not asked again, whatever the route would be.
 */
export async function submit(
  ports: Ports,
  caller: Caller,
  proposal: Proposal,
  idempotency: Idempotency,
): Promise<Submitted> {
  const now = ports.clock()
  const { faults, keys, ask, create } = draft(ports, caller, proposal, null, now)
  const created = (usage: readonly LimitUsage[], controls: readonly Freeze[], asks: ReadAsks) =>
    faults.length > 0 ? null : (alreadyDenied(asks, ask, null) ?? create(usage, controls, asks))
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
  /** What it asks for; null: nothing that could be denied as such. */
  readonly ask: Ask | null
  readonly create: (usage: readonly LimitUsage[], controls: readonly Freeze[], asks: ReadAsks) => NewDecision
}

/** The denial that refuses an ask; null: none. @param step of the plan that it is for; null: there is no plan */
export function alreadyDenied(asks: ReadAsks, ask: Ask | null, step: number | null): AlreadyDenied | null {
  const denial = ask === null ? null : asks.denialOf(ask)
  return denial === null ? null : { kind: 'already_denied', denial, step }
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
  const ask = faults.length > 0 ? null : askOf(caller.agent, proposal, policy)
  const create = (usage: readonly LimitUsage[], controls: readonly Freeze[], asks: ReadAsks): NewDecision => {
    const routing = route(manifest, input, { usage, rulings, controls, today: toDay(now) })
    const asksPeople = routing.route === 'human_review' || routing.route === 'escalate'
    const before = asksPeople && ask !== null ? asks.before(ask) : null
    const audited = auditOf(policy, routing, ports.passed, lot)
    const event = submitted({ id, nonce, now, caller, manifest, policy, proposal, routing, run, before, audited })
    return {
      event,
      intents: firstIntents(event, caller.agent, manifest, policy, now),
      counted: routing.route === 'auto_approve' ? keys : [],
      // What was denied before is said on a card; a row has no room for it.
      sharesCard: run === null && before === null && mayShareCard(policy, proposal, routing.route),
      ask,
    }
  }
  return { id, faults, keys, ask, create }
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
  readonly before: AskedBefore | null
  /** With which probability it was drawn for a later look; null: it was not. */
  readonly audited: number | null
}

function submitted(submission: Submission): DecisionEvent & { readonly type: 'decision.submitted' } {
  const { id, nonce, now, caller, manifest, proposal, routing, run, before, audited } = submission
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
      ...(before !== null && { askedBefore: before }),
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
