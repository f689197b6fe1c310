import { type ActionPolicy, findAction, type Manifest } from './manifest.ts'
import { builtInAction, inheritedPath } from './manifest-defaults.ts'
import type { Proposal } from './proposal.ts'

/** A step of a workflow that acts on nothing: a person of this role lets the plan go on, or ends it. */
export type StageGate = {
  /** What people read, e.g. "before go-live". */
  readonly checkpoint: string
  readonly required_role: string
  readonly description?: string | undefined
}

/** What a decision about a stage gate is called where decisions have actions; no manifest can declare it. */
export const GATE_ACTION = 'stage gate'

const builtIn = builtInAction(GATE_ACTION)

/** The policy of a stage gate: the manifest's defaults, and the role that the gate names with its fallback. */
export function gatePolicy(manifest: Manifest, { checkpoint, required_role: role }: StageGate): ActionPolicy {
  const { operations_channel: _, administrators, ...tunables } = manifest.defaults
  return {
    ...builtIn,
    ...tunables,
    description: checkpoint,
    approval_required: true,
    required_role: role,
    escalation_path: inheritedPath(role, manifest.roles, administrators),
    approve_with: 'confirm',
  }
}

/** What the manifest says of a proposal; null: it does not know the action. */
export function policyOf(manifest: Manifest, proposal: Pick<Proposal, 'action' | 'gate'>): ActionPolicy | null {
  return proposal.gate === undefined ? findAction(manifest, proposal.action) : gatePolicy(manifest, proposal.gate)
}
