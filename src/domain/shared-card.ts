import type { ActionPolicy } from './manifest.ts'
import type { Proposal } from './proposal.ts'
import type { Route } from './route.ts'
import { MINUTE } from './time.ts'

/** How many requests stand on one card at most, a row each. */
export const MOST_ROWS = 5

/** In ms: how far from the first request on a card another one may come. */
export const SHARED_WITHIN = MINUTE

/**
 * May it stand on one card with others of the same action and agent? What is grave has a card of its own, and so has
 * the step of a workflow, which is read along with the steps before it.
 */
export function mayShareCard(policy: ActionPolicy | null, proposal: Proposal, route: Route): boolean {
  return policy?.severity === 'low' && route === 'human_review' && proposal.workflow === undefined
}
