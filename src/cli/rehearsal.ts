import type { FieldFault } from '../app/ports.ts'
import { assignmentAt, proposalFaults } from '../app/submit.ts'
import { NOTHING_FROZEN } from '../domain/freeze.ts'
import { limitKeys } from '../domain/limits.ts'
import { type ActionPolicy, findAction, findAgent, type Manifest } from '../domain/manifest.ts'
import type { Proposal } from '../domain/proposal.ts'
import type { Interested } from '../domain/reviewer.ts'
import { type Route, type RouteStep, type Routing, traceRoute } from '../domain/route.ts'
import { check } from '../http/field-faults.ts'
import { createRuleCheck } from '../policy/rule-check.ts'
import { createSchemaCheck } from '../policy/schema-check.ts'
import { decisionRequest } from '../protocol/decision-request.ts'

/** A decision as it would be proposed, and the world it would meet. */
export type Scene = {
  readonly agent: string
  /** The body of `POST /v1/decisions`. */
  readonly body: unknown
  /** What the window of each of the action's limits holds already, in their order; left out: nothing. */
  readonly used: readonly number[]
  /** `YYYY-MM-DD` */
  readonly today: string
  /** `ignored`: fields that the action `requires` and that decide nothing about the route may be missing. */
  readonly requires: 'checked' | 'ignored'
}

export type Rehearsed =
  | { readonly kind: 'refused'; readonly faults: readonly FieldFault[] }
  | {
      readonly kind: 'routed'
      readonly proposal: Proposal
      /** null: the manifest does not know the action. */
      readonly policy: ActionPolicy | null
      readonly routing: Routing
      readonly steps: readonly Step[]
      /** Who is asked first; null where nobody is. */
      readonly role: string | null
      readonly interested: Interested
    }

export type Step = RouteStep & {
  /** Asks for the route that was taken. */
  readonly decided: boolean
}

/**
 * What would become of decisions, without a database, a Slack or a service: the same checks and the same route. What
 * only a running service knows is left out: frozen agents, and hosts that a `callback_url` may name.
 */
export function createRehearsal(manifest: Manifest): (scene: Scene) => Rehearsed {
  const schemaCheck = createSchemaCheck()
  const ruleCheck = createRuleCheck()

  return ({ agent, body, used, today, requires }) => {
    const checked = check(decisionRequest, body)
    if (!checked.ok) return { kind: 'refused', faults: checked.errors }
    const proposal = checked.value
    const policy = findAction(manifest, proposal.action)
    const asked = requires === 'checked' || policy === null ? policy : { ...policy, requires: [] }
    const faults = asked === null ? [] : proposalFaults(asked, proposal, schemaCheck)
    if (faults.length > 0) return { kind: 'refused', faults }

    const input = { agent, proposal }
    const keys = policy === null ? [] : limitKeys(policy, proposal).keys
    const { routing, steps } = traceRoute(manifest, input, {
      usage: keys.map(({ index }) => ({ index, used: used[index] ?? 0 })),
      rulings: policy === null ? [] : ruleCheck(policy, input),
      controls: NOTHING_FROZEN,
      today,
    })
    const asksPeople = policy !== null && waits(routing.route)
    return {
      kind: 'routed',
      proposal,
      policy,
      routing,
      steps: steps.map((step) => ({ ...step, decided: step.asks === routing.route })),
      role: asksPeople ? assignmentAt(manifest, policy, routing.level).role : null,
      interested: {
        requestedBy: proposal.requested_by ?? null,
        agentOwner: findAgent(manifest, agent)?.owner ?? null,
      },
    }
  }
}

function waits(route: Route): boolean {
  return route === 'human_review' || route === 'escalate'
}
