import type { Decision } from '../domain/decision.ts'
import { parametersDigest } from '../domain/digest.ts'
import { NOTHING_FROZEN } from '../domain/freeze.ts'
import { limitKeys } from '../domain/limits.ts'
import { type ActionPolicy, type Manifest, type Urgency, urgencies } from '../domain/manifest.ts'
import { type RouteInput, type Routing, route, stricter } from '../domain/route.ts'
import { policyOf } from '../domain/stage-gate.ts'
import { toDay } from '../domain/time.ts'
import type { Amended } from '../domain/transition.ts'
import type { Clock, Policies, RuleCheck } from './ports.ts'
import { assignmentAt } from './submit.ts'
import type { DecisionTerms } from './terms.ts'

type AmendPorts = { readonly policies: Policies; readonly ruleCheck: RuleCheck; readonly clock: Clock }

/**
 * What changed parameters, of an agent or a reviewer, do to an open decision: they are routed again under the manifest that
 * routed it first and under the one in force, and the strictest result holds. null: nothing is changed, or it has ended.
 */
export function amend(
  ports: AmendPorts,
  decision: Decision,
  parameters: Readonly<Record<string, unknown>> | null,
  terms: DecisionTerms,
): Amended | null {
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
