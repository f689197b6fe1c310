import { scalesOf } from '../domain/calendar.ts'
import type { Decision } from '../domain/decision.ts'
import { type ActionPolicy, findAgent, type Manifest } from '../domain/manifest.ts'
import { rollbackRoles } from '../domain/rollback.ts'
import { policyOf } from '../domain/stage-gate.ts'
import { elapsed } from '../domain/time-scale.ts'
import type { Terms } from '../domain/transition.ts'
import type { Policies } from './ports.ts'

/** The manifest that routed a decision, what it says of the action, and who may not decide their own case today. */
export type DecisionTerms = Terms & { readonly manifest: Manifest }

/**
 * A decision keeps the terms it was submitted under, whatever the manifest in force says now. People are today's: an
 * agent that has got another owner is that person's case.
 */
export async function termsOf(policies: Policies, decision: Decision): Promise<DecisionTerms> {
  const manifest = await policies.byDigest(decision.manifestDigest)
  const current = policies.current()
  const policy = policyOf(manifest, decision.proposal)
  return {
    manifest,
    policy,
    administrators: [current.defaults.administrators],
    scales: policy === null ? { deadline: elapsed, expiry: elapsed } : scalesOf(manifest, policy),
    rollbackRoles: rollbackRoles(policy, current),
    interested: {
      requestedBy: decision.proposal.requested_by ?? null,
      agentOwner: ownerOf(current, decision.agent) ?? ownerOf(manifest, decision.agent),
    },
  }
}

/**
 * Where people see the decision, by the manifest in force: a channel that was wrong can be mended for open decisions.
 * An action that is gone from it keeps its channel.
 * @param policy as the decision's own manifest says
 */
export function channelOf(current: Manifest, decision: Decision, policy: ActionPolicy | null): string {
  const today = policyOf(current, decision.proposal) ?? policy
  return today?.channel ?? current.defaults.channel
}

function ownerOf(manifest: Manifest, agent: string): string | null {
  return findAgent(manifest, agent)?.owner ?? null
}
