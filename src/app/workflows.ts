import type { Freeze } from '../domain/freeze.ts'
import { newId } from '../domain/ids.ts'
import type { Intent } from '../domain/intent.ts'
import type { Rejection } from '../domain/rejection.ts'
import type { Workflow } from '../domain/workflow.ts'
import { workflowKey } from '../domain/workflow-ref.ts'
import type { WorkflowCommand } from '../domain/workflow-transition.ts'
import { changeWorkflow, goingOn, type WorkflowPorts } from './advance.ts'
import type { Caller, ChangedWorkflow, Plan, StartedWorkflow, WorkflowView } from './app.ts'
import type { AlreadyDenied, Idempotency, NewWorkflow, ReadAsks, ReadUsage } from './ports.ts'
import { deniedStep, draftStep, planFaults } from './workflow-step.ts'

/** Records a plan and begins its first step, in one transaction: the checkpoint is on disk before anybody is asked. */
export async function startWorkflow(
  ports: WorkflowPorts,
  caller: Caller,
  plan: Plan,
  idempotency: Idempotency,
): Promise<StartedWorkflow> {
  const now = ports.clock()
  const manifest = ports.policies.current()
  const id = plan.id ?? newId('wf', now, ports.random(10))
  const [first] = plan.steps
  if (first === undefined) throw new Error('a plan has a step')
  const begun = draftStep(ports, caller, { ...plan, id, completed: [] }, first, now)
  const faults = planFaults(ports, caller, plan, manifest, now)
  // A plan that was recorded is answered with, whatever the manifest of today says of it.
  const created = (usage: ReadUsage, freezes: readonly Freeze[], asks: ReadAsks): NewWorkflow | AlreadyDenied | null =>
    faults.length > 0 ? null : (deniedStep(asks, caller, plan, manifest) ?? create(usage, freezes, asks))
  const create = (usage: ReadUsage, freezes: readonly Freeze[], asks: ReadAsks): NewWorkflow => ({
    event: {
      type: 'workflow.started',
      at: now,
      actor: { kind: 'agent', agent: caller.agent, key: caller.apiKey },
      payload: { workflow: id, steps: plan.steps.length, decision: begun.id, manifestDigest: manifest.digest },
      sealed: {
        name: plan.name,
        steps: plan.steps,
        context: plan.context,
        callbackUrl: plan.callbackUrl,
        requestedBy: plan.requestedBy,
      },
    },
    first: begun.create(usage(begun.keys), freezes, asks),
  })
  const result = await ports.commit.startWorkflow(id, idempotency, now, created)
  if (result.kind === 'refused') return { kind: 'invalid', faults }
  if (result.kind === 'taken' || result.kind === 'already_denied' || result.kind === 'idempotency_mismatch')
    return result
  return { kind: result.kind, ...(await viewOf(ports, result.workflow)) }
}

/** A workflow of the caller's agent; null where there is none that it may see. */
export async function readWorkflow(
  ports: Pick<WorkflowPorts, 'store'>,
  caller: Caller,
  id: string,
): Promise<WorkflowView | null> {
  const workflow = await ports.store.workflow(id)
  if (workflow === null || (workflow.agent !== caller.agent && !caller.anyAgent)) return null
  return viewOf(ports, workflow)
}

/** Its agent stops a workflow before its next step. What waits for a person goes on waiting, and nothing follows from it. */
export async function pauseWorkflow(
  ports: WorkflowPorts,
  caller: Caller,
  id: string,
  reason: string,
): Promise<ChangedWorkflow> {
  const command = { type: 'suspend', by: agentOf(caller), because: 'paused', reason } as const
  return byAgent(ports, caller, id, command, () => [])
}

/** Its agent lets a paused workflow go on. One that is suspended for another reason stays so: that is not the agent's to say. */
export async function resumeWorkflow(ports: WorkflowPorts, caller: Caller, id: string): Promise<ChangedWorkflow> {
  const found = await readWorkflow(ports, { ...caller, anyAgent: false }, id)
  if (found !== null && found.workflow.stage === 'open') {
    const { suspension } = found.workflow
    if (suspension === null) return { kind: 'accepted', ...found }
    // What was done is the agent's to judge: it goes on, or gives the plan up.
    if (suspension.because === 'frozen' || suspension.because === 'unknown')
      return { kind: 'rejected', rejection: notYours(suspension.because) }
  }
  return byAgent(ports, caller, id, { type: 'resume', by: agentOf(caller) }, goingOn)
}

/** Its agent gives a workflow up. What waits for a person is withdrawn; what is being executed is not undone. */
export async function cancelWorkflow(
  ports: WorkflowPorts,
  caller: Caller,
  id: string,
  reason: string,
): Promise<ChangedWorkflow> {
  const command = { type: 'end', by: agentOf(caller), status: 'failed', code: 'cancelled', reason } as const
  return byAgent(ports, caller, id, command, ({ id: workflow }) => [{ kind: 'workflow.advance', workflow }])
}

async function byAgent(
  ports: WorkflowPorts,
  caller: Caller,
  id: string,
  command: WorkflowCommand,
  intents: (workflow: Workflow) => readonly Intent[],
): Promise<ChangedWorkflow> {
  // Reading across agents is one thing; to stop somebody else's work is another.
  const found = await readWorkflow(ports, { ...caller, anyAgent: false }, id)
  if (found === null) return { kind: 'not_found' }
  const result = await changeWorkflow(ports, id, [command], intents)
  if (result.kind === 'not_found') return result
  if (result.kind === 'rejected' && result.rejection.code !== 'nothing_due')
    return { kind: 'rejected', rejection: result.rejection }
  // Nothing to do is no failure: it is as the agent wants it.
  return { kind: 'accepted', ...(await viewOf(ports, result.workflow)) }
}

function notYours(because: 'frozen' | 'unknown'): Rejection {
  const why =
    because === 'frozen'
      ? 'People have frozen it, and an administrator has to lift that.'
      : 'Nobody knows whether its last step ran, and an administrator has to say.'
  return { kind: 'rejected', code: 'not_eligible', message: why }
}

/** A workflow with what belongs to it, to be shown. */
export async function viewOf({ store }: Pick<WorkflowPorts, 'store'>, workflow: Workflow): Promise<WorkflowView> {
  const { id, decision } = workflow
  const [head] = await store.posts(workflowKey({ id, agent: null }))
  return {
    workflow,
    decision: decision === null ? null : await store.decision(decision),
    slack: head?.state === 'posted' ? head.permalink : null,
  }
}

function agentOf({ agent, apiKey }: Caller) {
  return { kind: 'agent', agent, key: apiKey } as const
}
