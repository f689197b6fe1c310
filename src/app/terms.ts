import type { Decision } from '../domain/decision.ts'
import { type ActionPolicy, findAction, findAgent, type Manifest } from '../domain/manifest.ts'
import type { Terms } from '../domain/transition.ts'
import type { Policies } from './ports.ts'

/** The manifest that routed a decision, what it says of the action, and who may not decide their own case. */
export type DecisionTerms = Terms & { readonly manifest: Manifest }

/** A decision keeps the terms it was submitted under, whatever the manifest in force says now. */
export async function termsOf(policies: Policies, decision: Decision): Promise<DecisionTerms> {
  const manifest = await policies.byDigest(decision.manifestDigest)
  return {
    manifest,
    policy: findAction(manifest, decision.proposal.action),
    interested: {
      requestedBy: decision.proposal.requested_by ?? null,
      agentOwner: findAgent(manifest, decision.agent)?.owner ?? null,
    },
  }
}

/** Where the decision's card stands. */
export function channelOf(manifest: Manifest, policy: ActionPolicy | null): string {
  return policy?.channel ?? manifest.defaults.channel
}
