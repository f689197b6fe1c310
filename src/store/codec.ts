import type { AttemptRefused } from '../domain/attempt.ts'
import { born, type Decision, isWaiting, nobodyAsked } from '../domain/decision.ts'
import type { DecisionEvent } from '../domain/event.ts'
import type { Recalled } from '../domain/story.ts'
import type { WorkflowEvent } from '../domain/workflow-event.ts'

/** A decision that only its first event has made says nothing more: `born` gives it again. */
const AS_BORN = ''

/**
 * A decision's state as JSON: what differs from the decision as its first event made it, `begun`, and what is `gone` of
 * that. Empty while that event is all there is.
 */
export function packState(decision: Decision, begun: Decision): string {
  if (decision.version === 1) return AS_BORN
  const before = new Map<string, unknown>(Object.entries(begun))
  // By identity: what nothing has changed is the very object of `begun`.
  const changed = Object.entries(decision).filter(([name, value]) => before.get(name) !== value)
  const gone = [...before.keys()].filter((name) => !(name in decision))
  return JSON.stringify({ ...Object.fromEntries(changed), ...(gone.length > 0 && { gone }) })
}

/** A decision as its tables have it: its packed state, and its first event. */
export type PackedDecision = { readonly state: string; readonly record: string; readonly sealed: string | null }

/**
 * The decision that `packState` packed, and as its first event made it.
 * @throws when what that has sealed was erased: the decision can't be shown any more
 */
export function unpackDecision({ state, record, sealed }: PackedDecision): {
  readonly decision: Decision
  readonly begun: Decision
} {
  if (sealed === null) throw new Error('the proposal was erased')
  const event = unpackEvent(record, sealed)
  if (event.type !== 'decision.submitted') throw new Error('a decision does not begin with its submission')
  const begun = born(event)
  return { decision: state === AS_BORN ? begun : unpackState(state, begun), begun }
}

function unpackState(state: string, begun: Decision): Decision {
  // What this very store has written is trusted to be what it was.
  const own = JSON.parse(state)
  if ('id' in own) return unpackWhole(own, begun)
  const { gone = [], ...changed } = own
  if (gone.length === 0) return { ...begun, ...changed }
  const kept = Object.fromEntries(Object.entries(begun).filter(([name]) => !gone.includes(name)))
  return { ...kept, ...changed }
}

/** States were whole once, but for what the first event has sealed. */
function unpackWhole(own: Decision, { proposal, reasons }: Decision): Decision {
  // Written before there were workflows, or anything could be rolled back, it says nothing of that.
  const older = { proposal, parameters: proposal.parameters, reasons, run: null, rollback: null }
  const decision: Decision = { ...older, ...own }
  // Written before anybody was asked in person.
  if (isWaiting(decision) && decision.assignment.tried === undefined)
    return { ...decision, assignment: { ...nobodyAsked('', 0, decision.createdAt), ...decision.assignment } }
  return decision
}

/** The event behind an entry of a decision's audit log. `sealed` is null where nothing was sealed, and where it was erased. */
export function unpackEvent(record: string, sealed: string | null): DecisionEvent {
  return unpacked(record, sealed)
}

/** An attempt that was refused, from such an entry. */
export function unpackAttempt(record: string): AttemptRefused {
  return unpacked(record, null)
}

/** The same of a workflow's. */
export function unpackWorkflowEvent(record: string, sealed: string | null): WorkflowEvent {
  return unpacked(record, sealed)
}

/** The event behind an entry of any chain, as far as it is not erased. */
export function unpackAny(record: string, sealed: string | null): Recalled {
  return unpacked(record, sealed)
}

function unpacked(record: string, sealed: string | null) {
  const { at, type, actor, payload } = JSON.parse(record)
  return { at: Date.parse(at), type, actor, payload, sealed: sealed === null ? null : JSON.parse(sealed) }
}
