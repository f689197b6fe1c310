import type { Decision } from '../domain/decision.ts'
import { parametersDigest } from '../domain/digest.ts'
import type { Amendment } from '../domain/event.ts'
import { NOTHING_FROZEN } from '../domain/freeze.ts'
import { newId } from '../domain/ids.ts'
import { limitKeys } from '../domain/limits.ts'
import { type ActionPolicy, type Manifest, type Urgency, urgencies } from '../domain/manifest.ts'
import type { Evidence } from '../domain/proposal.ts'
import { type Reason, type RouteInput, type Routing, route, stricter } from '../domain/route.ts'
import { policyOf } from '../domain/stage-gate.ts'
import { toDay } from '../domain/time.ts'
import { transition } from '../domain/transition.ts'
import type { Caller, Changed, Click } from './app.ts'
import { act, type DecidePorts } from './decide.ts'
import type { Idempotency, Random, RuleCheck, SchemaCheck } from './ports.ts'
import { assignmentAt, proposalFaults } from './submit.ts'
import { type DecisionTerms, termsOf } from './terms.ts'

type ClarifyPorts = DecidePorts & {
  readonly random: Random
  readonly schemaCheck: SchemaCheck
  readonly ruleCheck: RuleCheck
}

/** A person asks the agent something; both clocks stop until it answers. */
export function clarify(ports: ClarifyPorts, click: Click, question: string): Promise<Changed> {
  const clarification = newId('clr', ports.clock(), ports.random(10))
  return act(ports, click, (by) => ({ type: 'clarify', by, revision: click.revision, clarification, question }))
}

export type Answer = {
  readonly clarification: string
  readonly answer: string
  readonly evidence: readonly Evidence[]
  /** The whole new parameters; null: unchanged. */
  readonly parameters: Readonly<Record<string, unknown>> | null
}

/**
 * The agent answers, and may change its parameters. Changed ones are routed again under the manifest that routed them
 * first and under the one in force; the strictest result holds.
 */
export async function answer(
  ports: ClarifyPorts,
  caller: Caller,
  decision: Decision,
  given: Answer,
  idempotency: Idempotency | null,
): Promise<Changed> {
  const terms = await termsOf(ports.policies, decision)
  const amended = given.parameters === null ? null : { ...decision.proposal, parameters: given.parameters }
  if (amended !== null && terms.policy !== null) {
    const faults = proposalFaults(terms.policy, amended, ports.schemaCheck)
    if (faults.length > 0) return { kind: 'invalid', faults }
  }
  const by = { kind: 'agent', agent: caller.agent, key: caller.apiKey } as const
  const { clarification, answer: text, evidence } = given
  return ports.commit.update(decision.id, idempotency, ports.clock(), (current) =>
    transition(
      current,
      {
        type: 'answer',
        by,
        clarification,
        answer: text,
        evidence,
        amended: amend(ports, current, given.parameters, terms),
      },
      terms,
      ports.clock(),
    ),
  )
}

function amend(
  ports: ClarifyPorts,
  decision: Decision,
  parameters: Readonly<Record<string, unknown>> | null,
  terms: DecisionTerms,
): { parameters: Readonly<Record<string, unknown>>; amendment: Amendment; reasons: readonly Reason[] } | null {
  if (parameters === null || !('assignment' in decision)) return null
  const today = toDay(ports.clock())
  const input = { agent: decision.agent, proposal: { ...decision.proposal, parameters } }
  const [first, ...others] = [terms.manifest, ports.policies.current()].map((manifest) =>
    routeAgain(manifest, input, ports.ruleCheck, today),
  )
  if (first === undefined) throw new Error('there is always a manifest')
  const found = others.reduce((held, next) => (stricter(held.route, next.route) === held.route ? held : next), first)
  const strictest = neverLooser(decision, found)
  const { nonce, proposal } = decision
  const policy = terms.policy ?? policyOf(ports.policies.current(), proposal)
  return {
    parameters,
    reasons: strictest.reasons,
    amendment: {
      parametersDigest: parametersDigest(nonce, proposal.action, parameters),
      route: strictest.route,
      urgency: higher(strictest.urgency, decision.urgency),
      assignment:
        strictest.route === 'block' || policy === null
          ? null
          : assigned(terms.manifest, decision, policy, strictest.level),
    },
  }
}

const STAYS = {
  code: 'stays_with_people',
  message: 'people were asked already, and changed parameters never bring a decision back down',
}

/** A decision that people were asked about stays with them, at least as high as it stands. */
function neverLooser(
  decision: Decision & { readonly assignment: { readonly level: number } },
  found: Rerouting,
): Rerouting {
  const final = stricter(decision.route, found.route)
  const level = Math.max(decision.assignment.level, found.level, final === 'escalate' ? 1 : 0)
  const reasons = final === found.route ? found.reasons : [STAYS, ...found.reasons]
  return { route: final, reasons, level, urgency: found.urgency }
}

type Rerouting = Pick<Routing, 'route' | 'reasons' | 'level' | 'urgency'>

function routeAgain(manifest: Manifest, input: RouteInput, ruleCheck: RuleCheck, today: string): Rerouting {
  const action = policyOf(manifest, input.proposal)
  // Usage limits cap what passes without a person; here a person decides, so nothing counts as used.
  const usage = action === null ? [] : limitKeys(action, input.proposal).keys.map(({ index }) => ({ index, used: 0 }))
  const rulings = action === null ? [] : ruleCheck(action, input)
  // A freeze passes: it keeps the decision from being approved, and must not end it.
  return route(manifest, input, { usage, rulings, controls: NOTHING_FROZEN, today })
}

function assigned(
  manifest: Manifest,
  decision: Decision & { readonly assignment: { readonly role: string; readonly level: number } },
  policy: ActionPolicy,
  level: number,
) {
  const { assignment } = decision
  const reached = Math.min(level, policy.escalation_path.length - 1)
  return reached > assignment.level
    ? assignmentAt(manifest, policy, reached)
    : { role: assignment.role, level: assignment.level }
}

function higher(a: Urgency, b: Urgency): Urgency {
  return urgencies.indexOf(a) >= urgencies.indexOf(b) ? a : b
}
