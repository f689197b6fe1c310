import { born, type Decision, isWaiting, nobodyAsked } from '../domain/decision.ts'
import type { DecisionEvent } from '../domain/event.ts'
import type { WorkflowEvent } from '../domain/workflow-event.ts'

/** What the first event has sealed: the proposal and the first reasons. The only place where the body is stored. */
export type Submission = (DecisionEvent & { readonly type: 'decision.submitted' })['sealed']

/** A decision that only its first event has made says nothing more: `born` gives it again. */
const AS_BORN = ''

/** A decision's state as JSON, without what its first event has sealed; empty while that event is all there is. */
export function packState(decision: Decision, submission: Submission): string {
  if (decision.version === 1) return AS_BORN
  const { proposal: _, parameters, reasons, ...own } = decision
  return JSON.stringify({
    ...own,
    ...(parameters === submission.proposal.parameters ? {} : { parameters }),
    ...(reasons === submission.reasons ? {} : { reasons }),
  })
}

/** A decision as its tables have it: its packed state, and its first event. */
export type PackedDecision = { readonly state: string; readonly record: string; readonly sealed: string | null }

/**
 * The decision that `packState` packed, and what its first event has sealed.
 * @throws when that was erased: the decision can't be shown any more
 */
export function unpackDecision({ state, record, sealed }: PackedDecision): {
  readonly decision: Decision
  readonly submission: Submission
} {
  if (sealed === null) throw new Error('the proposal was erased')
  if (state !== AS_BORN) {
    const submission: Submission = JSON.parse(sealed)
    return { decision: unpackState(state, submission), submission }
  }
  const event = unpackEvent(record, sealed)
  if (event.type !== 'decision.submitted') throw new Error('a decision does not begin with its submission')
  return { decision: born(event), submission: event.sealed }
}

/**
 * The decision of a packed state. What it left out is the very object of `submission` again, so that packing
 * it once more leaves it out once more.
 */
function unpackState(state: string, submission: Submission): Decision {
  const { proposal, reasons } = submission
  // What this very store has written is trusted to be what it was.
  const own = JSON.parse(state)
  // Written before there were workflows, or anything could be rolled back, it says nothing of that.
  const decision: Decision = { proposal, parameters: proposal.parameters, reasons, run: null, rollback: null, ...own }
  // Written before anybody was asked in person.
  if (isWaiting(decision) && decision.assignment.tried === undefined)
    return { ...decision, assignment: { ...nobodyAsked('', 0, decision.createdAt), ...decision.assignment } }
  return decision
}

/** The event behind an entry of a decision's audit log. `sealed` is null where nothing was sealed, and where it was erased. */
export function unpackEvent(record: string, sealed: string | null): DecisionEvent {
  return unpacked(record, sealed)
}

/** The same of a workflow's. */
export function unpackWorkflowEvent(record: string, sealed: string | null): WorkflowEvent {
  return unpacked(record, sealed)
}

function unpacked(record: string, sealed: string | null) {
  const { at, type, actor, payload } = JSON.parse(record)
  return { at: Date.parse(at), type, actor, payload, sealed: sealed === null ? null : JSON.parse(sealed) }
}
