import { type Decision, isApproved, isRolledBack } from '../domain/decision.ts'
import type { DecisionEvent, SettledAs } from '../domain/event.ts'
import { frozenBy, reachOf } from '../domain/freeze.ts'
import { reject } from '../domain/rejection.ts'
import { type Instant, SECOND, toIso } from '../domain/time.ts'
import { transition } from '../domain/transition.ts'
import { unknownExecutions } from '../domain/unknown-execution.ts'
import type { Workflow } from '../domain/workflow.ts'
import { ENGINE, heldBy, transitionWorkflow } from '../domain/workflow-transition.ts'
import type { Changed, ExecutionOrder } from './app.ts'
import type { Commit } from './commit.ts'
import { type GrantPorts, grantToRun } from './grant.ts'
import type { Clock, Policies, Reviewers, Store } from './ports.ts'
import { termsOf } from './terms.ts'

type ExecutionPorts = {
  readonly store: Pick<Store, 'decision' | 'workflow' | 'history' | 'freezes'>
  readonly commit: Commit
  readonly policies: Policies
  readonly clock: Clock
}

/**
 * The order of an approved step that is still to be executed; null: there is none, or its workflow may not go on now. One
 * whose step is frozen is suspended here: lifting the freeze brings the order again.
 */
export async function executionOrder(ports: ExecutionPorts & GrantPorts, id: string): Promise<ExecutionOrder | null> {
  const decision = await ports.store.decision(id)
  if (decision?.run == null || isApproved(decision) !== true) return null
  // Asked to be undone before it ran: then it does not run.
  if (isRolledBack(decision)) return null
  const { state } = decision.execution
  if (state !== 'not_started' && state !== 'started') return null
  const { workflow: of, step } = decision.run
  const workflow = await ports.store.workflow(of)
  if (workflow === null || workflow.stage === 'ended' || workflow.decision !== id || isHeld(workflow, decision))
    return null
  if (frozenBy(await ports.store.freezes(), reachOf(decision)).length > 0)
    return (await suspend(ports, workflow.id, decision)) ? null : executionOrder(ports, id)
  const { policy } = await termsOf(ports.policies, decision)
  if (policy?.executor == null) return null
  const { url, timeout_seconds, idempotent } = policy.executor
  return {
    url,
    timeoutMs: timeout_seconds * SECOND,
    idempotent,
    key: `${of}/${step}`,
    begun: state === 'started',
    body: {
      workflow_id: of,
      step,
      decision_id: id,
      action: decision.proposal.action,
      parameters: decision.parameters,
      grant: await grantToRun(ports, decision),
      context: workflow.context,
    },
  }
}

/** @returns false: it has changed meanwhile, or what was frozen is not any more */
async function suspend(ports: ExecutionPorts, workflow: string, decision: Decision): Promise<boolean> {
  const now = ports.clock()
  const result = await ports.commit.updateWorkflow(workflow, now, (current, _usage, freezes) => {
    const frozen = frozenBy(freezes, reachOf(decision))
    if (frozen.length === 0) return reject('nothing_due', 'Nothing of this is frozen any more.')
    const taken = transitionWorkflow(current, heldBy(frozen), now)
    return taken.kind === 'rejected'
      ? taken
      : { ...taken, intents: [{ kind: 'workflow.sync', workflow, agent: null }], begun: null }
  })
  return result.kind === 'accepted'
}

/** What holds a workflow was lifted when the execution of which nobody knew is known again. */
export function isHeld({ suspension }: Workflow & { readonly stage: 'open' }, decision: Decision | null): boolean {
  if (suspension === null) return false
  return suspension.because !== 'unknown' || decision === null || decision.execution.state === 'unknown'
}

/** Records what became of an execution that Countersign has asked for. */
export async function recordExecution(
  ports: ExecutionPorts,
  id: string,
  report: {
    readonly state: 'started' | 'succeeded' | 'failed' | 'unknown'
    readonly result: unknown
    readonly error: string | null
  },
): Promise<void> {
  const decision = await ports.store.decision(id)
  if (decision === null) return
  const terms = await termsOf(ports.policies, decision)
  await ports.commit.update(id, null, ports.clock(), (current) =>
    transition(current, { type: 'report_execution', by: ENGINE, ...report }, terms, ports.clock()),
  )
}

/** An administrator says what became of an execution of which nobody knows. */
export async function settleExecution(
  ports: ExecutionPorts & { readonly reviewers: Reviewers },
  user: string,
  id: string,
  verdict: SettledAs,
  since: Instant,
): Promise<Changed> {
  const decision = await ports.store.decision(id)
  if (decision === null) return { kind: 'not_found' }
  const terms = await termsOf(ports.policies, decision)
  const current = ports.policies.current()
  const person = await ports.reviewers.person(user)
  const channel = current.defaults.operations_channel
  const roles = await ports.reviewers.rolesOf(person, terms.administrators, current, channel)
  const result = await ports.commit.update(id, null, ports.clock(), (now) =>
    transition(now, { type: 'settle_execution', by: { person, roles }, verdict, since }, terms, ports.clock()),
  )
  if (result.kind !== 'rejected' || result.rejection.code !== 'execution_known') return result
  const message = whoSaid(await ports.store.history(id), since)
  return message === null ? result : { ...result, rejection: { ...result.rejection, message } }
}

/** Who has settled it before, what they said, and when; null: nobody. */
function whoSaid(history: readonly DecisionEvent[], since: Instant): string | null {
  const settled = unknownExecutions(history).find(({ at }) => at === since)?.settled ?? null
  if (settled === null) return null
  const when = `on ${toIso(settled.at).slice(0, 16).replace('T', ' at ')} UTC`
  return `<@${settled.by}> ${SAID[settled.verdict]} ${when}. Nothing was changed.`
}

const SAID: Readonly<Record<SettledAs, string>> = {
  ran: 'has said already that it ran,',
  did_not_run: 'has said already that it did not run,',
  try_again: 'has had it tried again',
}
