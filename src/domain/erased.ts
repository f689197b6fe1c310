import type { Proposal } from './proposal.ts'
import { GATE_ACTION } from './stage-gate.ts'

/** Of a proposal what its agent claimed, in numbers; not what it said. */
export function claimOf({ action, confidence, recommended_review, urgency, agent_version, gate }: Proposal): Proposal {
  return {
    ...nothingSaid(action, urgency, gate?.required_role ?? ''),
    confidence,
    recommended_review,
    ...(agent_version !== undefined && { agent_version }),
  }
}

/** What stands for a proposal of which nothing is left but that it was made. @param role that of a stage gate */
export function nothingSaid(action: string, urgency: Proposal['urgency'], role: string): Proposal {
  return {
    action,
    parameters: {},
    confidence: 0,
    confidence_basis: '',
    uncertainty_factors: [],
    recommended_review: false,
    urgency,
    ...(action === GATE_ACTION && { gate: { checkpoint: GATE_ACTION, required_role: role } }),
  }
}
