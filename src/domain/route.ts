import { type Freeze, frozenBy, frozenText, reachOf } from './freeze.ts'
import { amountFault, capOf, exceeds, type LimitUsage, limitKeys, limitText, parameterValue } from './limits.ts'
import { type ActionPolicy, findAgent, type Limit, type Manifest, type Urgency, urgencies } from './manifest.ts'
import { evidenceRunOut } from './oversight-evidence.ts'
import type { Proposal } from './proposal.ts'
import type { Ruling } from './rule.ts'
import { policyOf, type StageGate } from './stage-gate.ts'

export type Route = 'auto_approve' | 'human_review' | 'escalate' | 'block'
export type Oversight = 'in_the_loop' | 'on_the_loop' | 'log_and_alert' | 'autonomous'

/** A code for programs, and a fragment of a sentence that a reviewer reads. Plain text: agents' words may be in it. */
export type Reason = { readonly code: string; readonly message: string }

type ReasonCode =
  | 'frozen'
  | 'stage_gate'
  | 'unknown_action'
  | 'action_not_allowed'
  | 'rule'
  | 'rule_error'
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
export type Controls = readonly Freeze[]

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

/** What is routed: a proposal, and whose it is. */
export type RouteInput = { readonly agent: string; readonly proposal: Proposal }

/** What the world adds to the manifest and the proposal. */
export type RouteFacts = {
  /** What was auto-approved so far, one entry for each key that `limitKeys` gives. */
  readonly usage: readonly LimitUsage[]
  /** What each rule of the action says of this proposal. */
  readonly rulings: readonly Ruling[]
  readonly controls: Controls
  /** `YYYY-MM-DD`, the day on which evidence has to hold. */
  readonly today: string
}

/** A fact about the decision, and the route it asks for. Facts that decide nothing are told all the same. */
export type Finding = { readonly code: ReasonCode; readonly message: string; readonly asks: Route }

/** One step of the way to a route, with the route that it asks for; null: it asks for none. */
export type RouteStep = {
  readonly step: 'controls' | 'manifest' | 'rules' | 'approval' | 'limits'
  readonly asks: Route | null
  readonly findings: readonly Finding[]
}

type Weighed = { readonly route: Route; readonly findings: readonly Finding[] }

const strictness: readonly Route[] = ['auto_approve', 'human_review', 'escalate', 'block']

/** What happens to a decision under a manifest. Pure: the same arguments give the same answer. */
export function route(manifest: Manifest, input: RouteInput, facts: RouteFacts): Routing {
  return traceRoute(manifest, input, facts).routing
}

/** The route, and every step that was taken on the way to it, in order; a step that could change nothing is not taken. */
export function traceRoute(
  manifest: Manifest,
  input: RouteInput,
  { usage, rulings, controls, today }: RouteFacts,
): { readonly routing: Routing; readonly steps: readonly RouteStep[] } {
  const urgency = cappedUrgency(manifest, input)
  const { proposal } = input
  const frozen = stepOf('controls', frozenFindings(input, controls))
  if (frozen.asks === 'block') return blocked([frozen], urgency)
  if (proposal.gate !== undefined) return atGate(frozen, proposal.gate, urgency)
  const action = policyOf(manifest, proposal)
  const listed = stepOf('manifest', manifestFindings(manifest, action, input))
  if (action === null || listed.asks === 'block') return blocked([frozen, listed], urgency)

  const rules = stepOf('rules', ruleFindings(action, rulings))
  const evidence = evidenceFindings(action, today)
  const required = action.approval_required || evidence.length > 0
  const { route: weighed, findings } = required ? weigh(action, proposal) : withoutApproval(proposal)
  const approval: RouteStep = { step: 'approval', asks: weighed, findings: [...findings, ...evidence] }
  const before = stricter(rules.asks ?? 'auto_approve', weighed)
  const limits = stepOf('limits', before === 'auto_approve' ? limitFindings(action, proposal, usage) : [])
  const final = stricter(limits.asks ?? 'auto_approve', before)
  const steps = [frozen, listed, rules, approval, ...(before === 'auto_approve' ? [limits] : [])]
  const routing: Routing = {
    route: final,
    oversight: oversightOf(action, final, required),
    reasons: inOrder([...limits.findings, ...rules.findings, ...approval.findings], final),
    level: final === 'escalate' && action.escalation_path.length > 1 ? 1 : 0,
    urgency: final === 'escalate' ? raised(urgency) : urgency,
  }
  return { routing, steps }
}

function atGate(frozen: RouteStep, { checkpoint }: StageGate, urgency: Urgency): ReturnType<typeof traceRoute> {
  const message = `the plan stops here: ${checkpoint}`
  const gate = stepOf('approval', [{ code: 'stage_gate', message, asks: 'human_review' }])
  const reasons = inOrder(gate.findings, 'human_review')
  return {
    routing: { route: 'human_review', oversight: 'in_the_loop', reasons, level: 0, urgency },
    steps: [frozen, gate],
  }
}

/** A step that asks for the strictest route that any of its findings asks for. */
function stepOf(step: RouteStep['step'], findings: readonly Finding[]): RouteStep {
  const [first, ...others] = findings.map(({ asks }) => asks)
  return { step, asks: first === undefined ? null : others.reduce(stricter, first), findings }
}

/** The stricter of two routes: `block` > `escalate` > `human_review` > `auto_approve`. */
export function stricter(a: Route, b: Route): Route {
  return strictness.indexOf(a) >= strictness.indexOf(b) ? a : b
}

function frozenFindings(input: RouteInput, controls: Controls): readonly Finding[] {
  const freezes = frozenBy(controls, reachOf(input))
  return freezes.map((freeze) => ({ code: 'frozen', message: frozenText(freeze), asks: 'block' }))
}

function manifestFindings(manifest: Manifest, action: ActionPolicy | null, input: RouteInput): readonly Finding[] {
  const { agent, proposal } = input
  if (action === null) {
    const message = `the action ${quoted(proposal.action)} is not in the manifest`
    return [{ code: 'unknown_action', message, asks: 'block' }]
  }
  if (mayPropose(manifest, input)) return []
  const message = `the agent ${quoted(agent)} may not propose ${quoted(proposal.action)}`
  return [{ code: 'action_not_allowed', message, asks: 'block' }]
}

function mayPropose(manifest: Manifest, { agent, proposal }: RouteInput): boolean {
  if (manifest.agents === null) return true
  return findAgent(manifest, agent)?.actions.includes(proposal.action) ?? false
}

// A rule that nobody evaluated may hold: like one that fails, it never lets a decision pass.
function ruleFindings({ rules }: ActionPolicy, rulings: readonly Ruling[]): readonly Finding[] {
  return rules.flatMap(({ route: asks, because }, index): readonly Finding[] => {
    const ruling = rulings.find((each) => each.index === index) ?? { index, error: 'it was not evaluated' }
    if ('holds' in ruling) return ruling.holds ? [{ code: 'rule', message: because, asks }] : []
    const message = `the rule "${because}" could not be applied: ${ruling.error}`
    return [{ code: 'rule_error', message, asks: 'escalate' }]
  })
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
function oversightOf(action: ActionPolicy, final: Route, required: boolean): Oversight | null {
  if (final === 'block') return null
  if (final !== 'auto_approve') return 'in_the_loop'
  if (required) return 'log_and_alert'
  if (action.promotion !== null) return action.promotion.to
  // High and irreversible without approval is possible under an accepted risk only.
  if (action.severity === 'high') return action.reversible ? 'on_the_loop' : 'log_and_alert'
  return action.reversible ? 'autonomous' : 'log_and_alert'
}

function cappedUrgency(manifest: Manifest, { agent, proposal }: RouteInput): Urgency {
  const cap = findAgent(manifest, agent)?.max_urgency ?? 'critical'
  return urgencies.indexOf(proposal.urgency) > urgencies.indexOf(cap) ? cap : proposal.urgency
}

function raised(urgency: Urgency): Urgency {
  return urgencies[urgencies.indexOf(urgency) + 1] ?? 'critical'
}

function blocked(steps: readonly RouteStep[], urgency: Urgency) {
  const findings = steps.flatMap((step) => step.findings)
  const routing: Routing = { route: 'block', oversight: null, reasons: inOrder(findings, 'block'), level: 0, urgency }
  return { routing, steps }
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
