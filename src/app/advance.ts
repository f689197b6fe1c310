import { type Decision, isRolledBack } from '../domain/decision.ts'
import { type Freeze, frozenBy } from '../domain/freeze.ts'
import type { Intent } from '../domain/intent.ts'
import type { Instant } from '../domain/time.ts'
import { webhooksOfEnd } from '../domain/webhook.ts'
import { isGate, reachAtHand, stepAtHand, stepName, type Workflow } from '../domain/workflow.ts'
import { ENGINE, heldBy, transitionWorkflow, type WorkflowCommand } from '../domain/workflow-transition.ts'
import type { Caller } from './app.ts'
import type { Commit } from './commit.ts'
import { isHeld } from './execution.ts'
import type { GoOn, ReadAsks, ReadUsage, Store, WorkflowChange } from './ports.ts'
import { alreadyDenied, type Draft, type DraftPorts } from './submit.ts'
import { draftStep, stepFaults } from './workflow-step.ts'

export type WorkflowPorts = DraftPorts & {
  readonly store: Pick<Store, 'workflow' | 'decision' | 'posts' | 'freezes'>
  readonly commit: Commit
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
    if (workflow.stage === 'ended') return letGo(ports, workflow, decision)
    const wasFrozen = workflow.suspension?.because === 'frozen'
    if (wasFrozen ? await isFrozen(ports, workflow) : isHeld(workflow, decision)) return
    const lifted: WorkflowCommand = { type: 'resume', by: ENGINE }
    const commands = workflow.suspension === null ? nextCommands(workflow, decision) : [lifted]
    if (commands === 'waits') return
    const result = await changeWorkflow(ports, workflow.id, commands, wasFrozen ? goingOn : undefined)
    // Somebody else was faster: look again.
    if (result.kind !== 'accepted' && result.kind !== 'rejected') return
    if (result.kind === 'accepted' && result.begun !== null) return
  }
}

/** Stops a plan of which a step is being rolled back: its agent says whether it goes on. */
export async function halt(ports: WorkflowPorts, id: string, of: string): Promise<void> {
  const decision = await ports.store.decision(of)
  if (decision?.run == null || decision.rollback === null || decision.rollback.state === 'open') return
  const by = decision.rollback.state === 'settled' ? null : decision.rollback.by
  const reason = `Step ${decision.run.step} is being rolled back${by === null ? '' : `, as <@${by}> has asked`}.`
  await changeWorkflow(ports, id, [{ type: 'suspend', by: ENGINE, because: 'rolled_back', reason }])
}

/**
 * The same for the moment at which the decision of the step at hand changes, so that both are one transaction: nobody
 * waits for a second one, and no crash comes in between. What is held, given up, being undone or elsewhere by now is left to
 * `advance`.
 */
export function goOn(ports: DraftPorts): GoOn {
  return (workflow, decision, usage, freezes, asks) => {
    if (workflow.stage === 'ended' || workflow.suspension !== null || workflow.decision !== decision.id) return 'later'
    if (isRolledBack(decision)) return 'later'
    const commands = nextCommands(workflow, decision)
    if (commands === 'waits') return 'waits'
    return applied(ports, workflow, commands, () => [], { usage, freezes, asks }, ports.clock())
  }
}

async function isFrozen({ store }: WorkflowPorts, workflow: Workflow): Promise<boolean> {
  return frozenBy(await store.freezes(), reachAtHand(workflow)).length > 0
}

/** The workflow goes on, and so does what its executor was to do. */
export function goingOn({ id, decision }: Workflow): readonly Intent[] {
  const advancing: Intent = { kind: 'workflow.advance', workflow: id }
  return decision === null ? [advancing] : [advancing, { kind: 'executor.call', decision }]
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
      // Nothing will ever execute it.
      return isRolledBack(decision)
        ? [ending(workflow, 'failed', 'rolled_back', 'it was rolled back before it ran')]
        : 'waits'
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
  const end = /[.!?…]$/.test(why) ? '' : '.'
  const reason = `Step ${completed.length} of ${steps.length} (${name}): ${why}${end} ${toldOf(completed.length)}`
  return { type: 'end', by: ENGINE, status, code, reason }
}

function toldOf(completed: number): string {
  if (completed === 0) return 'No step had been completed.'
  return completed === 1 ? 'Step 0 had been completed.' : `Steps 0 to ${completed - 1} had been completed.`
}

/** Commits commands together; `begin_step` among them drafts the decision of the step that it begins. */
export function changeWorkflow(
  ports: WorkflowPorts,
  id: string,
  commands: readonly WorkflowCommand[],
  intents: (workflow: Workflow) => readonly Intent[] = () => [],
) {
  const now = ports.clock()
  return ports.commit.updateWorkflow(id, now, (before, usage, freezes, asks) =>
    applied(ports, before, commands, intents, { usage, freezes, asks }, now),
  )
}

/** What is known at the moment of the change. */
type Known = { readonly usage: ReadUsage; readonly freezes: readonly Freeze[]; readonly asks: ReadAsks }

function applied(
  ports: DraftPorts,
  before: Workflow,
  commands: readonly WorkflowCommand[],
  intents: (workflow: Workflow) => readonly Intent[],
  { usage, freezes, asks }: Known,
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
    const step = command.type === 'begin_step' ? begin(ports, workflow, freezes, asks, now) : null
    const taken = transitionWorkflow(workflow, step?.command ?? command, now)
    if (taken.kind === 'rejected') return taken
    result = {
      kind: 'accepted',
      workflow: taken.workflow,
      events: [...events, ...taken.events],
      intents: [...intents(taken.workflow), headOf(taken.workflow), ...webhooksOfEnd(taken.workflow, now)],
      begun: step?.draft === undefined ? begun : step.draft.create(usage(step.draft.keys), freezes, asks),
    }
  }
  return result
}

/** What heads its thread shows it as it stands. */
function headOf({ id }: Workflow): Intent {
  return { kind: 'workflow.sync', workflow: id, agent: null }
}

/**
 * A step is checked under the manifest of today; one that can't be proposed any more ends the workflow. One that is frozen
 * waits: to be blocked would be its end.
 */
function begin(
  ports: DraftPorts,
  workflow: Workflow,
  freezes: readonly Freeze[],
  asks: ReadAsks,
  now: Instant,
): { readonly command: WorkflowCommand; readonly draft?: Draft } {
  const step = stepAtHand(workflow)
  if (step === null) return { command: done() }
  const frozen = frozenBy(freezes, reachAtHand(workflow))
  if (frozen.length > 0) return { command: heldBy(frozen) }
  const caller: Caller = { agent: workflow.agent, apiKey: workflow.apiKey, anyAgent: false }
  const drafted = draftStep(ports, caller, workflow, step, now)
  const [fault] = stepFaults(ports.policies.current(), step, drafted)
  if (fault !== undefined)
    return { command: ending(workflow, 'failed', 'invalid_step', `the policy of today refuses it: ${fault.message}`) }
  const refused = alreadyDenied(asks, drafted.ask, workflow.completed.length)
  if (refused !== null) {
    const { by, decision, reason } = refused.denial
    const why = `<@${by}> has denied exactly this already (${decision}): ${reason}`
    return { command: ending(workflow, 'denied', 'denied', why) }
  }
  return { command: { type: 'begin_step', decision: drafted.id }, draft: drafted }
}
