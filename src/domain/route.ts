import { amountFault, capOf, exceeds, type LimitUsage, limitKeys, limitText, parameterValue } from './limits.ts'
import {
  type ActionPolicy,
  findAction,
  findAgent,
  type Limit,
  type Manifest,
  type Urgency,
  urgencies,
} from './manifest.ts'
import { evidenceRunOut } from './oversight-evidence.ts'
import type { Proposal } from './proposal.ts'

export type Route = 'auto_approve' | 'human_review' | 'escalate' | 'block'
export type Oversight = 'in_the_loop' | 'on_the_loop' | 'log_and_alert' | 'autonomous'

/** A code for programs, and a fragment of a sentence that a reviewer reads. Plain text: agents' words may be in it. */
export type Reason = { readonly code: string; readonly message: string }

type ReasonCode =
  | 'frozen'
  | 'unknown_action'
  | 'action_not_allowed'
  | 'approval_not_required'
  | 'evidence_run_out'
  | 'agent_requested_review'
  | 'amount_invalid'
  | 'amount_above_limit'
  | 'amount_below_limit'
  | 'confidence_high'
  | 'confidence_below_auto_approve'
  | 'confidence_low'
  | 'too_uncertain'
  | 'limit_reached'

/** What people have frozen at this moment. */
export type Controls = {
  readonly frozenAll: boolean
  readonly frozenAgents: ReadonlySet<string>
  readonly frozenActions: ReadonlySet<string>
}

export type Routing = {
  readonly route: Route
  /** `null` for a block: nobody oversees what does not happen. */
  readonly oversight: Oversight | null
  /** At least one; those that asked for the final route come first. */
  readonly reasons: readonly Reason[]
  /** Level of the escalation path at which people are asked, from 0. */
  readonly level: number
  /** Capped by the agent's `max_urgency`, then raised one step for `escalate`. */
  readonly urgency: Urgency
}

type Input = { readonly agent: string; readonly proposal: Proposal }

/** A fact about the decision, and the route it asks for. Facts that decide nothing are told all the same. */
type Finding = { readonly code: ReasonCode; readonly message: string; readonly asks: Route }

type Weighed = { readonly route: Route; readonly findings: readonly Finding[] }

const strictness: readonly Route[] = ['auto_approve', 'human_review', 'escalate', 'block']

/**
 * What happens to a decision under a manifest. Pure: the same arguments give the same answer.
 * @param usage what was auto-approved so far, one entry for each key that `limitKeys` gives
 * @param today `YYYY-MM-DD`, the day on which evidence has to hold
 */
export function route(
  manifest: Manifest,
  input: Input,
  usage: readonly LimitUsage[],
  controls: Controls,
  today: string,
): Routing {
  const urgency = cappedUrgency(manifest, input)
  const action = findAction(manifest, input.proposal.action)
  const frozen = frozenFindings(input, controls)
  if (frozen.length > 0) return blocked(frozen, urgency)
  if (action === null) return blocked([unknownAction(input.proposal.action)], urgency)
  if (!mayPropose(manifest, input)) return blocked([notAllowed(input)], urgency)

  const evidence = evidenceFindings(action, today)
  const required = action.approval_required || evidence.length > 0
  const weighed = required ? weigh(action, input.proposal) : withoutApproval(input.proposal)
  const limits = weighed.route === 'auto_approve' ? limitFindings(action, input.proposal, usage) : []
  const final = limits.length > 0 ? stricter(weighed.route, 'human_review') : weighed.route
  return {
    route: final,
    oversight: final === 'auto_approve' ? automaticOversight(action, required) : 'in_the_loop',
    reasons: inOrder([...limits, ...weighed.findings, ...evidence], final),
    level: final === 'escalate' && action.escalation_path.length > 1 ? 1 : 0,
    urgency: final === 'escalate' ? raised(urgency) : urgency,
  }
}

/** The stricter of two routes: `block` > `escalate` > `human_review` > `auto_approve`. */
export function stricter(a: Route, b: Route): Route {
  return strictness.indexOf(a) >= strictness.indexOf(b) ? a : b
}

function frozenFindings({ agent, proposal }: Input, controls: Controls): readonly Finding[] {
  const messages: string[] = []
  if (controls.frozenAll) messages.push('everything is frozen')
  if (controls.frozenAgents.has(agent)) messages.push(`the agent ${quoted(agent)} is frozen`)
  if (controls.frozenActions.has(proposal.action)) messages.push(`the action ${quoted(proposal.action)} is frozen`)
  return messages.map((message) => ({ code: 'frozen', message, asks: 'block' }))
}

function unknownAction(action: string): Finding {
  return { code: 'unknown_action', message: `the action ${quoted(action)} is not in the manifest`, asks: 'block' }
}

function notAllowed({ agent, proposal }: Input): Finding {
  const message = `the agent ${quoted(agent)} may not propose ${quoted(proposal.action)}`
  return { code: 'action_not_allowed', message, asks: 'block' }
}

function mayPropose(manifest: Manifest, { agent, proposal }: Input): boolean {
  if (manifest.agents === null) return true
  return findAgent(manifest, agent)?.actions.includes(proposal.action) ?? false
}

// Evidence that ran out tightens the action without a reload: the day comes with each decision.
function evidenceFindings(action: ActionPolicy, today: string): readonly Finding[] {
  if (action.approval_required) return []
  return evidenceRunOut(action, today).map(({ message }) => ({
    code: 'evidence_run_out',
    message: `${message}, so approval is required`,
    asks: 'human_review',
  }))
}

function withoutApproval(proposal: Proposal): Weighed {
  const review = requestedReview(proposal)
  const free: Finding = {
    code: 'approval_not_required',
    message: 'this action needs no approval',
    asks: 'auto_approve',
  }
  return { route: review.length > 0 ? 'human_review' : 'auto_approve', findings: [free, ...review] }
}

/** Where approval is required: what speaks for and against passing without a person, in the article's order. */
function weigh(action: ActionPolicy, proposal: Proposal): Weighed {
  const amount = amountFindings(action, proposal)
  const doubts = doubtFindings(action, proposal)
  const confidence = confidenceFinding(action, proposal)
  const review = requestedReview(proposal)
  const findings = [...amount, ...doubts, confidence, ...review]

  const objections = [...amount, ...review].some(({ asks }) => asks === 'human_review')
  const small = amount.some(({ code }) => code === 'amount_below_limit') && doubts.length === 0
  if (!objections && (small || confidence.code === 'confidence_high')) return { route: 'auto_approve', findings }
  return { route: doubts.length > 0 ? 'escalate' : 'human_review', findings }
}

function amountFindings({ conditions, redact }: ActionPolicy, proposal: Proposal): readonly Finding[] {
  if (conditions === null) return []
  const name = conditions.amount_parameter
  const value = parameterValue(proposal.parameters, name)
  const redacted = redact.includes(name)
  const fault = amountFault(value, redacted)
  if (fault !== null || typeof value !== 'number') {
    const message = `${name} ${fault ?? 'is not a number'}, so a person decides`
    return [{ code: 'amount_invalid', message, asks: 'human_review' }]
  }
  const shown = redacted ? name : `${name} ${value}`
  const findings: Finding[] = []
  const { always_approve_above_usd: above, auto_approve_below_usd: below } = conditions
  if (above !== null && value > above) {
    const message = `${shown} is above ${above}, where a person always decides`
    findings.push({ code: 'amount_above_limit', message, asks: 'human_review' })
  }
  if (below !== null && value < below) {
    findings.push({ code: 'amount_below_limit', message: `${shown} is below ${below}`, asks: 'auto_approve' })
  }
  return findings
}

function doubtFindings({ thresholds }: ActionPolicy, proposal: Proposal): readonly Finding[] {
  const findings: Finding[] = []
  const { escalate_confidence: lowest, max_uncertainty_factors: most } = thresholds
  // Negated, so that a confidence which is not a number at all counts as low.
  if (!(proposal.confidence >= lowest)) {
    const message = `confidence ${proposal.confidence} is below ${lowest}, where it goes higher`
    findings.push({ code: 'confidence_low', message, asks: 'escalate' })
  }
  const factors = proposal.uncertainty_factors.length
  if (factors > most) {
    const named = factors === 1 ? '1 uncertainty factor is' : `${factors} uncertainty factors are`
    findings.push({ code: 'too_uncertain', message: `${named} named, more than ${most}`, asks: 'escalate' })
  }
  return findings
}

function confidenceFinding({ thresholds }: ActionPolicy, { confidence }: Proposal): Finding {
  const enough = thresholds.auto_approve_confidence
  if (confidence >= enough) {
    return { code: 'confidence_high', message: `confidence ${confidence} is at least ${enough}`, asks: 'auto_approve' }
  }
  const message = `confidence ${confidence} is below ${enough}`
  return { code: 'confidence_below_auto_approve', message, asks: 'human_review' }
}

function requestedReview(proposal: Proposal): readonly Finding[] {
  if (!proposal.recommended_review) return []
  return [{ code: 'agent_requested_review', message: 'the agent asks for a review', asks: 'human_review' }]
}

function limitFindings(action: ActionPolicy, proposal: Proposal, usage: readonly LimitUsage[]): readonly Finding[] {
  const { keys, faults } = limitKeys(action, proposal)
  const messages = faults.map(({ message }) => message)
  for (const { index, amount } of keys) {
    const limit = action.limits[index]
    if (limit === undefined) continue
    const used = usage.find((entry) => entry.index === index)?.used
    // A window nobody has read may be full: it never lets a decision pass.
    if (used === undefined) messages.push(`the limit of ${limitText(limit)} could not be read`)
    else if (exceeds(limit, used, amount)) messages.push(reachedText(limit, used, amount, action.redact))
  }
  return messages.map((message) => ({ code: 'limit_reached', message, asks: 'human_review' }))
}

function reachedText(limit: Limit, used: number, amount: number, redact: readonly string[]): string {
  if (capOf(limit) === 0) return 'none of this action may pass without a person'
  const alone = 'without a person'
  if ('count' in limit) return `${used} of the ${limitText(limit)} that may pass ${alone} are used up`
  // Nor the running total: the difference of two totals is a value.
  if (redact.includes(limit.sum)) return `this ${limit.sum} would exceed the ${limitText(limit)} that may pass ${alone}`
  return `${limit.sum} ${amount} on top of ${tidy(used)} would exceed the ${limitText(limit)} that may pass ${alone}`
}

/** The severity x reversibility matrix, for what passes without a person. */
function automaticOversight(action: ActionPolicy, required: boolean): Oversight {
  if (required) return 'log_and_alert'
  if (action.promotion !== null) return action.promotion.to
  // High and irreversible without approval is possible under an accepted risk only.
  if (action.severity === 'high') return action.reversible ? 'on_the_loop' : 'log_and_alert'
  return action.reversible ? 'autonomous' : 'log_and_alert'
}

function cappedUrgency(manifest: Manifest, { agent, proposal }: Input): Urgency {
  const cap = findAgent(manifest, agent)?.max_urgency ?? 'critical'
  return urgencies.indexOf(proposal.urgency) > urgencies.indexOf(cap) ? cap : proposal.urgency
}

function raised(urgency: Urgency): Urgency {
  return urgencies[urgencies.indexOf(urgency) + 1] ?? 'critical'
}

function blocked(findings: readonly Finding[], urgency: Urgency): Routing {
  return { route: 'block', oversight: null, reasons: inOrder(findings, 'block'), level: 0, urgency }
}

function inOrder(findings: readonly Finding[], final: Route): readonly Reason[] {
  const first = findings.filter(({ asks }) => asks === final)
  const rest = findings.filter(({ asks }) => asks !== final)
  return [...first, ...rest].map(({ code, message }) => ({ code, message }))
}

// A name that an agent made up must not fill the card.
function quoted(text: string): string {
  return text.length <= 80 ? `"${text}"` : `"${text.slice(0, 79)}…"`
}

// 0.1 + 0.2 reads as 0.3.
function tidy(sum: number): number {
  return Number(sum.toPrecision(12))
}
