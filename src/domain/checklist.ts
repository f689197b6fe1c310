import { type Decision, isWaiting, type Waiting } from './decision.ts'
import type { Instant } from './time.ts'
import { type EndedWorkflow, isGate, stepAtHand, type Workflow, type WorkflowStep } from './workflow.ts'
import type { EndedCode, EndedStatus, SuspendedBecause } from './workflow-event.ts'
import type { WorkflowRef } from './workflow-ref.ts'

/** A workflow as people read it: what it is, how it stands, and each of its steps. */
export type Checklist = {
  readonly ref: WorkflowRef
  /** As its agent calls it; null: it has no name. */
  readonly name: string | null
  readonly agent: string
  readonly requestedBy: string | null
  /** Grows with everything that can change what is read here. */
  readonly version: number
  readonly standing: Standing
  /** In order. */
  readonly steps: readonly ChecklistStep[]
  /** How many of `steps` lie behind, one that was rolled back since among them. */
  readonly reached: number
  /** How many steps there are before those in `steps`, of which too many were recorded to list them. */
  readonly before: number
}

/** `written`: what somebody wrote of it, not to be interpreted; null: nothing. */
export type Standing =
  | { readonly kind: 'running' | 'waiting' | 'approved' | 'completed' }
  | { readonly kind: 'suspended'; readonly because: SuspendedBecause; readonly written: string | null }
  | {
      readonly kind: 'ended'
      readonly status: Exclude<EndedStatus, 'completed'>
      readonly code: EndedCode
      readonly written: string | null
    }
  /** Its agent carries it out: how it goes is known only where people or the policy decided. */
  | { readonly kind: 'told' }

export type ChecklistStep = {
  /** From 0; null: its agent has not said. */
  readonly index: number | null
  /** The policy's words for the action, or the agent's own: not to be interpreted. */
  readonly name: string
  /** What its agent tells of it; null: nothing. */
  readonly told: string | null
  readonly state: StepState
}

/** `by`: who approved it, by Slack id; empty: the policy did. */
export type StepState =
  | { readonly kind: 'done' | 'approved' | 'running' | 'passed'; readonly by: readonly string[] }
  | {
      readonly kind: 'waiting'
      readonly role: string
      /** Who is asked in person; null: whoever holds the role, or everybody. */
      readonly user: string | null
      readonly everybody: boolean
      readonly until: Instant
    }
  /** A question is open. */
  | { readonly kind: 'asked'; readonly by: string; readonly until: Instant }
  | { readonly kind: 'denied'; readonly by: string }
  /** Somebody has asked for it to be undone, and nobody has reported that it is. */
  | { readonly kind: 'rolling_back'; readonly by: string }
  | { readonly kind: 'timed_out' | 'withdrawn' | 'blocked' | 'failed' | 'unknown' | 'rolled_back' | 'ahead' }
  /** Its agent says that it is done; nobody here knows. */
  | { readonly kind: 'told' }

/** Of a workflow no more decisions than this are looked at; the last ones. */
export const MOST_DECISIONS = 50

/** No decision has as many events. */
const MOST_EVENTS = 10_000

/**
 * A workflow that Countersign carries out, read off its state and the decision of the step at hand.
 * @param decisions of its steps, the last of them: one that was done may have been rolled back since
 * @param nameOf what a step is called
 */
export function checklistOf(
  workflow: Workflow,
  decision: Decision | null,
  decisions: readonly Decision[],
  nameOf: (step: WorkflowStep) => string,
): Checklist {
  const { id, name, agent, requestedBy, completed, steps } = workflow
  const undone = new Map(decisions.map((each) => [each.run?.step, rollbackState(each)]))
  const stateOf = (step: WorkflowStep, index: number): StepState => {
    const done = completed[index]
    if (done !== undefined)
      return (
        undone.get(index) ?? {
          kind: done.outcome === 'passed' ? 'passed' : 'done',
          by: done.reviewer === null ? [] : [done.reviewer],
        }
      )
    return index === completed.length ? stateAtHand(workflow, decision, step) : { kind: 'ahead' }
  }
  return {
    ref: { id, agent: null },
    name,
    agent,
    requestedBy,
    version: workflow.version * MOST_DECISIONS * MOST_EVENTS + versionsOf(decisions),
    standing: standingOf(workflow, decision),
    steps: steps.map((step, index) => ({ index, name: nameOf(step), told: null, state: stateOf(step, index) })),
    reached: completed.length,
    before: 0,
  }
}

/** Fewer than a workflow's next version outweighs. */
function versionsOf(decisions: readonly Decision[]): number {
  return decisions.reduce((sum, { version }) => sum + version, 0)
}

function stateAtHand(workflow: Workflow, decision: Decision | null, step: WorkflowStep): StepState {
  if (decision !== null) return stateOfDecision(decision, isGate(step))
  // It could not be proposed any more.
  return workflow.stage === 'ended' && workflow.code === 'invalid_step' ? { kind: 'failed' } : { kind: 'ahead' }
}

function standingOf(workflow: Workflow, decision: Decision | null): Standing {
  if (workflow.stage === 'ended') {
    const { status, code } = workflow
    return status === 'completed'
      ? { kind: status }
      : { kind: 'ended', status, code, written: writtenAtEnd(workflow, decision) }
  }
  if (workflow.suspension !== null) {
    const { because, reason } = workflow.suspension
    return { kind: 'suspended', because, written: because === 'unknown' ? errorOf(decision) : reason }
  }
  if (decision === null || stepAtHand(workflow) === null) return { kind: 'running' }
  if (isWaiting(decision)) return { kind: 'waiting' }
  return { kind: decision.status === 'approved' && decision.proposal.gate === undefined ? 'approved' : 'running' }
}

/** What was written of why it ended so, beside what is said in our own words; null: nothing. */
function writtenAtEnd({ code, reason }: EndedWorkflow, decision: Decision | null): string | null {
  switch (code) {
    case 'denied':
    case 'withdrawn':
      return decision?.status === 'denied' || decision?.status === 'withdrawn' ? decision.reason : null
    case 'blocked':
      return decision?.reasons[0]?.message ?? null
    case 'execution_failed':
      return errorOf(decision)
    case 'cancelled':
    case 'invalid_step':
      return reason
    case 'timed_out':
    case 'rolled_back':
    case 'all_done':
      return null
  }
}

function errorOf(decision: Decision | null): string | null {
  const { execution } = decision ?? { execution: null }
  return execution?.state === 'failed' || execution?.state === 'unknown' ? execution.error : null
}

/**
 * A workflow that its agent carries out: what was decided of it here, and what the agent tells of the steps before.
 * @param decisions the last of them at most, the oldest first; at least one
 * @param count how many there are in all
 * @param nameOf what the act of a decision is called
 */
export function checklistTold(
  ref: WorkflowRef,
  decisions: readonly Decision[],
  count: number,
  nameOf: (decision: Decision) => string,
): Checklist | null {
  const last = decisions.at(-1)
  if (last === undefined) return null
  const decided = decisions.map((decision): ChecklistStep => {
    const index = decision.proposal.workflow?.step_index ?? null
    return { index, name: nameOf(decision), told: null, state: stateOfDecision(decision, false) }
  })
  const before = count - decisions.length
  const steps = before > 0 ? decided : inOrder([...toldSteps(last, decided), ...decided])
  const open = steps.findIndex(({ state }) => !isBehind(state))
  return {
    ref,
    name: null,
    agent: last.agent,
    requestedBy: last.proposal.requested_by ?? null,
    version: count * MOST_DECISIONS * MOST_EVENTS + versionsOf(decisions),
    standing: { kind: 'told' },
    steps,
    reached: open < 0 ? steps.length : open,
    before,
  }
}

function isBehind({ kind }: StepState): boolean {
  return kind === 'done' || kind === 'passed' || kind === 'told'
}

/** What the agent tells of steps of which nothing was decided here. Their place is their number, if it names all. */
function toldSteps({ proposal }: Decision, decided: readonly ChecklistStep[]): readonly ChecklistStep[] {
  const { step_index: at = 0, completed_steps: told = [] } = proposal.workflow ?? {}
  const isNumbered = told.length === at
  const known = new Set(decided.map(({ index }) => index))
  return told.flatMap(({ action, summary }, place) =>
    isNumbered && known.has(place)
      ? []
      : [{ index: isNumbered ? place : null, name: action, told: summary ?? null, state: { kind: 'told' } }],
  )
}

/** By their numbers; what has none comes first, as it was told. Sorting keeps the order of equals. */
function inOrder(steps: readonly ChecklistStep[]): readonly ChecklistStep[] {
  return steps.toSorted((one, other) => (one.index ?? -1) - (other.index ?? -1))
}

function stateOfDecision(decision: Decision, gate: boolean): StepState {
  const by = decision.approvals.map(({ user }) => user)
  switch (decision.status) {
    case 'pending':
    case 'clarifying':
      return waitingState(decision)
    case 'denied':
      return { kind: 'denied', by: decision.by }
    case 'timed_out':
    case 'withdrawn':
    case 'blocked':
      return { kind: decision.status }
    case 'approved':
    case 'auto_approved':
      return gate ? { kind: 'passed', by } : (rollbackState(decision) ?? executionState(decision, by))
  }
}

function rollbackState({ rollback }: Decision): StepState | null {
  switch (rollback?.state) {
    case 'requested':
      return { kind: 'rolling_back', by: rollback.by }
    case 'rolled_back':
      return { kind: 'rolled_back' }
    // What could not be undone is as it was.
    case 'failed':
    case 'open':
    case 'settled':
    case undefined:
      return null
  }
}

function waitingState(decision: Waiting): StepState {
  if (decision.status === 'clarifying') {
    const { askedBy, until } = decision.clarification
    return { kind: 'asked', by: askedBy, until }
  }
  const { role, reviewers, everybody } = decision.assignment
  return { kind: 'waiting', role, user: reviewers[0] ?? null, everybody, until: decision.clocks.expiresAt }
}

function executionState({ execution }: Decision, by: readonly string[]): StepState {
  switch (execution.state) {
    case 'not_started':
      return { kind: 'approved', by }
    case 'started':
      return { kind: 'running', by }
    case 'succeeded':
      return { kind: 'done', by }
    case 'failed':
    case 'unknown':
      return { kind: execution.state }
  }
}
