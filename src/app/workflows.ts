import type { Decision } from '../domain/decision.ts'
import type { Run } from '../domain/event.ts'
import { newId } from '../domain/ids.ts'
import type { Intent } from '../domain/intent.ts'
import { findAction, findRole, type Manifest } from '../domain/manifest.ts'
import type { Proposal } from '../domain/proposal.ts'
import type { Rejection } from '../domain/rejection.ts'
import { GATE_ACTION } from '../domain/stage-gate.ts'
import type { Instant } from '../domain/time.ts'
import { isEverybody } from '../domain/who-may-approve.ts'
import { isGate, stepAtHand, stepName, type Workflow, type WorkflowStep } from '../domain/workflow.ts'
import { ENGINE, transitionWorkflow, type WorkflowCommand } from '../domain/workflow-transition.ts'
import type { Caller } from './app.ts'
import type { Commit } from './commit.ts'
import { isHeld } from './execution.ts'
import type { FieldFault, Idempotency, ReadUsage, Store, WorkflowChange } from './ports.ts'
import { type Draft, type DraftPorts, draft } from './submit.ts'

export type WorkflowPorts = DraftPorts & {
  readonly store: Pick<Store, 'workflow' | 'decision'>
  readonly commit: Commit
}

/** A validated request to carry out a plan. */
export type Plan = {
  /** null: one is made. */
  readonly id: string | null
  readonly name: string | null
  readonly steps: readonly WorkflowStep[]
  readonly context: Readonly<Record<string, unknown>>
  readonly callbackUrl: string | null
  readonly requestedBy: string | null
}

/** A workflow with the decision of the step at hand; null: there is none just now. */
export type WorkflowView = { readonly workflow: Workflow; readonly decision: Decision | null }

export type StartedWorkflow =
  | ({ readonly kind: 'created' | 'replayed' } & WorkflowView)
  | { readonly kind: 'invalid'; readonly faults: readonly FieldFault[] }
  | { readonly kind: 'taken' }
  | { readonly kind: 'idempotency_mismatch' }

export type ChangedWorkflow =
  | ({ readonly kind: 'accepted' } & WorkflowView)
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'not_found' }

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
  if (faults.length > 0) return { kind: 'invalid', faults }
  const result = await ports.commit.startWorkflow(id, idempotency, now, (usage) => ({
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
    first: begun.create(usage(begun.keys)),
  }))
  if (result.kind === 'taken' || result.kind === 'idempotency_mismatch') return result
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
    if (suspension.because !== 'paused') return { kind: 'rejected', rejection: notYours(suspension.because) }
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

/**
 * Takes a workflow as far as it goes by itself: counts a step that was done, begins the next, ends it. Idempotent, and
 * safe at any instant: what is done is read off the decision of the step at hand.
 */
export async function advance(ports: WorkflowPorts & { readonly withdraw: Withdraw }, id: string): Promise<void> {
  for (;;) {
    const workflow = await ports.store.workflow(id)
    if (workflow === null) return
    const decision = workflow.decision === null ? null : await ports.store.decision(workflow.decision)
    if (workflow.stage === 'ended') return void (await letGo(ports, workflow, decision))
    if (isHeld(workflow, decision)) return
    const lifted: WorkflowCommand = { type: 'resume', by: ENGINE }
    const commands = workflow.suspension === null ? nextCommands(workflow, decision) : [lifted]
    if (commands === 'waits') return
    const result = await change(ports, workflow.id, commands)
    // Somebody else was faster: look again.
    if (result.kind !== 'accepted' && result.kind !== 'rejected') return
    if (result.kind === 'accepted' && result.begun !== null) return
  }
}

/** Withdraws a decision that still waits for people. */
export type Withdraw = (decision: Decision, reason: string) => Promise<unknown>

/** Nobody has to decide for a workflow that its agent has given up. */
async function letGo(
  { withdraw }: { readonly withdraw: Withdraw },
  workflow: Workflow,
  decision: Decision | null,
): Promise<void> {
  if (decision === null || workflow.stage !== 'ended' || workflow.code !== 'cancelled') return
  if (decision.status === 'pending' || decision.status === 'clarifying')
    await withdraw(decision, `The workflow was cancelled: ${workflow.reason ?? 'no reason was given'}`)
}

/** What is to happen now, by what became of the step at hand; `waits`: nothing before somebody else has acted. */
function nextCommands(
  workflow: Workflow & { readonly stage: 'open' },
  decision: Decision | null,
): readonly WorkflowCommand[] | 'waits' {
  const step = stepAtHand(workflow)
  if (decision === null || step === null) return [step === null ? done() : { type: 'begin_step', decision: '' }]
  switch (decision.status) {
    case 'pending':
    case 'clarifying':
      return 'waits'
    case 'denied':
      return [ending(workflow, 'denied', 'denied', `<@${decision.by}> denied it: ${decision.reason}`)]
    case 'timed_out':
      return [ending(workflow, 'denied', 'timed_out', 'nobody decided in time, which is a denial')]
    case 'withdrawn':
      return [ending(workflow, 'denied', 'withdrawn', `it was withdrawn: ${decision.reason}`)]
    case 'blocked':
      return [
        ending(workflow, 'failed', 'blocked', `the policy blocks it: ${decision.reasons[0]?.message ?? 'no reason'}`),
      ]
    case 'approved':
    case 'auto_approved':
      return isGate(step) ? [completing(decision, null), ...following(workflow)] : afterExecution(workflow, decision)
  }
}

function afterExecution(
  workflow: Workflow & { readonly stage: 'open' },
  decision: Decision,
): readonly WorkflowCommand[] | 'waits' {
  const { execution } = decision
  switch (execution.state) {
    case 'not_started':
    case 'started':
      return 'waits'
    case 'succeeded':
      return [completing(decision, execution.result), ...following(workflow)]
    case 'failed':
      return [
        ending(
          workflow,
          'failed',
          'execution_failed',
          `its execution failed: ${execution.error ?? 'no reason was given'}`,
        ),
      ]
    case 'unknown':
      return [
        {
          type: 'suspend',
          by: ENGINE,
          because: 'unknown',
          reason: `Nobody knows whether step ${workflow.completed.length} ran: ${execution.error ?? 'no answer came'}`,
        },
      ]
  }
}

/** What comes with the completion of a step, in the same transaction. */
function following({ completed, steps }: Workflow): readonly WorkflowCommand[] {
  return [completed.length + 1 < steps.length ? { type: 'begin_step', decision: '' } : done()]
}

function done(): WorkflowCommand {
  return { type: 'end', by: ENGINE, status: 'completed', code: 'all_done', reason: null }
}

function completing(decision: Decision, result: unknown): WorkflowCommand {
  const approval = decision.approvals.at(-1) ?? null
  const notes = decision.approvals.findLast(({ note }) => note !== null)?.note ?? null
  return { type: 'complete_step', decision: decision.id, reviewer: approval?.user ?? null, notes, result }
}

function ending(
  workflow: Workflow,
  status: 'denied' | 'failed',
  code: Extract<WorkflowCommand, { type: 'end' }>['code'],
  why: string,
): WorkflowCommand {
  const { completed, steps } = workflow
  const step = stepAtHand(workflow)
  const name = step === null ? 'the end' : stepName(step)
  const reason = `Step ${completed.length} of ${steps.length} (${name}): ${why}. ${toldOf(completed.length)}`
  return { type: 'end', by: ENGINE, status, code, reason }
}

function toldOf(completed: number): string {
  if (completed === 0) return 'No step had been completed.'
  return completed === 1 ? 'Step 0 had been completed.' : `Steps 0 to ${completed - 1} had been completed.`
}

/** Commits commands together; `begin_step` among them drafts the decision of the step that it begins. */
function change(
  ports: WorkflowPorts,
  id: string,
  commands: readonly WorkflowCommand[],
  intents: (workflow: Workflow) => readonly Intent[] = () => [],
) {
  const now = ports.clock()
  return ports.commit.updateWorkflow(id, now, (before, usage) => applied(ports, before, commands, intents, usage, now))
}

function applied(
  ports: WorkflowPorts,
  before: Workflow,
  commands: readonly WorkflowCommand[],
  intents: (workflow: Workflow) => readonly Intent[],
  usage: ReadUsage,
  now: Instant,
): WorkflowChange {
  let result: Extract<WorkflowChange, { kind: 'accepted' }> = {
    kind: 'accepted',
    workflow: before,
    events: [],
    intents: [],
    begun: null,
  }
  for (const command of commands) {
    const { workflow, events, begun } = result
    const step = command.type === 'begin_step' ? begin(ports, workflow, now) : null
    const taken = transitionWorkflow(workflow, step?.command ?? command, now)
    if (taken.kind === 'rejected') return taken
    result = {
      kind: 'accepted',
      workflow: taken.workflow,
      events: [...events, ...taken.events],
      intents: intents(taken.workflow),
      begun: step?.draft === undefined ? begun : step.draft.create(usage(step.draft.keys)),
    }
  }
  return result
}

/** A step is checked under the manifest of today; one that can't be proposed any more ends the workflow. */
function begin(
  ports: WorkflowPorts,
  workflow: Workflow,
  now: Instant,
): { readonly command: WorkflowCommand; readonly draft?: Draft } {
  const step = stepAtHand(workflow)
  if (step === null) return { command: done() }
  const caller: Caller = { agent: workflow.agent, apiKey: workflow.apiKey, anyAgent: false }
  const drafted = draftStep(ports, caller, workflow, step, now)
  const [fault = noExecutor(ports.policies.current(), step)] = drafted.faults
  if (fault !== undefined)
    return { command: ending(workflow, 'failed', 'invalid_step', `the policy of today refuses it: ${fault.message}`) }
  return { command: { type: 'begin_step', decision: drafted.id }, draft: drafted }
}

type Position = Pick<Workflow, 'id' | 'completed' | 'steps' | 'context' | 'requestedBy'>

/** The decision of a step, with what was done before it; the plan's context stays with the workflow. */
function draftStep(ports: DraftPorts, caller: Caller, plan: Position, step: WorkflowStep, now: Instant): Draft {
  const index = plan.completed.length
  const run: Run = { workflow: plan.id, step: index }
  const requestedBy = plan.requestedBy === null ? {} : { requested_by: plan.requestedBy }
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
        ...requestedBy,
        gate: step,
        workflow,
        ...(step.description !== undefined && { rationale: step.description }),
      }
    : { ...requestedBy, ...step, workflow }
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
function planFaults(
  ports: DraftPorts,
  caller: Caller,
  plan: Plan,
  manifest: Manifest,
  now: Instant,
): readonly FieldFault[] {
  return plan.steps.flatMap((step, index) => {
    const at = `/steps/${index}`
    if (isGate(step)) return gateFaults(manifest, step.required_role, at)
    const { faults } = draftStep(ports, caller, { ...plan, id: '', completed: [] }, step, now)
    const missing = noExecutor(manifest, step)
    return [...faults, ...(missing === undefined ? [] : [missing])].map((fault) => ({
      ...fault,
      pointer: `${at}${fault.pointer}`,
    }))
  })
}

function noExecutor(manifest: Manifest, step: WorkflowStep): FieldFault | undefined {
  // An unknown action is blocked when its turn comes, as everywhere.
  const policy = isGate(step) ? null : findAction(manifest, step.action)
  if (policy === null || policy.executor !== null) return undefined
  return {
    pointer: '/action',
    code: 'no_executor',
    message: `\`action\` must be one that Countersign can execute: the policy names no \`executor\` for ${policy.name}`,
  }
}

function gateFaults(manifest: Manifest, role: string, at: string): readonly FieldFault[] {
  if (findRole(manifest, role) !== null || isEverybody(manifest, role) || role === manifest.defaults.administrators)
    return []
  const known = Object.keys(manifest.roles).join(', ')
  return [
    {
      pointer: `${at}/required_role`,
      code: 'unknown_role',
      message: `\`required_role\` must be a role of the manifest: ${known}`,
    },
  ]
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
  const result = await change(ports, id, [command], intents)
  if (result.kind === 'not_found') return result
  if (result.kind === 'rejected' && result.rejection.code !== 'nothing_due')
    return { kind: 'rejected', rejection: result.rejection }
  // Nothing to do is no failure: it is as the agent wants it.
  return { kind: 'accepted', ...(await viewOf(ports, result.workflow)) }
}

/** The workflow goes on, and so does what its executor was to do. */
function goingOn(workflow: Workflow): readonly Intent[] {
  const { id, decision } = workflow
  const advancing: Intent = { kind: 'workflow.advance', workflow: id }
  return decision === null ? [advancing] : [advancing, { kind: 'executor.call', decision }]
}

function notYours(because: 'frozen' | 'unknown' | 'paused'): Rejection {
  const why =
    because === 'frozen'
      ? 'People have frozen it, and an administrator has to lift that.'
      : 'Nobody knows whether its last step ran, and an administrator has to say.'
  return { kind: 'rejected', code: 'not_eligible', message: why }
}

async function viewOf(ports: Pick<WorkflowPorts, 'store'>, workflow: Workflow): Promise<WorkflowView> {
  return { workflow, decision: workflow.decision === null ? null : await ports.store.decision(workflow.decision) }
}

function agentOf({ agent, apiKey }: Caller) {
  return { kind: 'agent', agent, key: apiKey } as const
}
