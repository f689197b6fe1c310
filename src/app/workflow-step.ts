import { askOf } from '../domain/ask.ts'
import type { Run } from '../domain/event.ts'
import { findAction, findRole, type Manifest } from '../domain/manifest.ts'
import type { Proposal } from '../domain/proposal.ts'
import { GATE_ACTION } from '../domain/stage-gate.ts'
import type { Instant } from '../domain/time.ts'
import { isEverybody } from '../domain/who-may-approve.ts'
import { isGate, stepName, type Workflow, type WorkflowStep } from '../domain/workflow.ts'
import type { Caller } from './app.ts'
import type { AlreadyDenied, FieldFault, ReadAsks } from './ports.ts'
import { alreadyDenied, type Draft, type DraftPorts, draft } from './submit.ts'

/** A plan, and how far it has come. */
type Position = Pick<Workflow, 'id' | 'completed' | 'steps' | 'context' | 'requestedBy' | 'callbackUrl'>

/** The decision of a step, with what was done before it; the plan's context stays with the workflow. */
export function draftStep(ports: DraftPorts, caller: Caller, plan: Position, step: WorkflowStep, now: Instant): Draft {
  const index = plan.completed.length
  const run: Run = { workflow: plan.id, step: index }
  // What the plan says for all steps; a step may name somebody else.
  const usual = {
    ...(plan.requestedBy !== null && { requested_by: plan.requestedBy }),
    ...(plan.callbackUrl !== null && { callback_url: plan.callbackUrl }),
  }
  const workflow = {
    id: plan.id,
    step_index: index,
    completed_steps: plan.completed.map((each) => ({
      action: stepName(plan.steps[each.index] ?? step),
      summary: summaryOf(each.outcome),
    })),
    context: {},
  }
  const proposal: Proposal = isGate(step)
    ? {
        ...GATE,
        ...usual,
        gate: step,
        workflow,
        ...(step.description !== undefined && { rationale: step.description }),
      }
    : { ...usual, ...step, workflow }
  return draft(ports, caller, proposal, run, now)
}

const GATE: Proposal = {
  action: GATE_ACTION,
  parameters: {},
  confidence: 1,
  confidence_basis: 'the plan stops here for a person',
  uncertainty_factors: [],
  recommended_review: true,
  urgency: 'normal',
}

function summaryOf(outcome: 'auto_approved' | 'human_approved' | 'passed'): string {
  switch (outcome) {
    case 'auto_approved':
      return 'done; the policy approved it'
    case 'human_approved':
      return 'done; a person approved it'
    case 'passed':
      return 'a person let the plan go on'
  }
}

/** What is wrong with the plan as a whole, step by step: better said before the first one runs. */
export function planFaults(
  ports: DraftPorts,
  caller: Caller,
  plan: Omit<Position, 'id' | 'completed'>,
  manifest: Manifest,
  now: Instant,
): readonly FieldFault[] {
  return plan.steps.flatMap((step, index) => {
    const drafted = draftStep(ports, caller, { ...plan, id: '', completed: [] }, step, now)
    return stepFaults(manifest, step, drafted).map((fault) => ({
      ...fault,
      pointer: `/steps/${index}${fault.pointer}`,
      message: `step ${index}: ${fault.message}`,
    }))
  })
}

/** The first step that a person has denied already: better said before anything runs. */
export function deniedStep(
  asks: ReadAsks,
  { agent }: Caller,
  { steps }: Pick<Position, 'steps'>,
  manifest: Manifest,
): AlreadyDenied | null {
  for (const [index, step] of steps.entries()) {
    if (isGate(step)) continue
    const denied = alreadyDenied(asks, askOf(agent, step, findAction(manifest, step.action)), index)
    if (denied !== null) return denied
  }
  return null
}

/** What keeps a step from being taken: its proposal, a role that nobody can hold, an action that nobody executes. */
export function stepFaults(manifest: Manifest, step: WorkflowStep, drafted: Draft): readonly FieldFault[] {
  return isGate(step) ? unknownRole(manifest, step.required_role) : [...drafted.faults, ...noExecutor(manifest, step)]
}

/** An action that nobody is known to execute can't be a step. */
function noExecutor(manifest: Manifest, { action }: { readonly action: string }): readonly FieldFault[] {
  // An unknown action is blocked when its turn comes, as everywhere.
  const policy = findAction(manifest, action)
  if (policy === null || policy.executor !== null) return []
  return [
    {
      pointer: '/action',
      code: 'no_executor',
      message: `\`action\` must be one that Countersign can execute: the policy names no \`executor\` for ${policy.name}`,
    },
  ]
}

function unknownRole(manifest: Manifest, role: string): readonly FieldFault[] {
  if (findRole(manifest, role) !== null || isEverybody(manifest, role) || role === manifest.defaults.administrators)
    return []
  const known = Object.keys(manifest.roles).join(', ')
  return [
    {
      pointer: '/required_role',
      code: 'unknown_role',
      message: `\`required_role\` must be a role of the manifest: ${known}`,
    },
  ]
}
