import type { Decision } from '../domain/decision.ts'
import type { DecisionEvent } from '../domain/event.ts'

/** What the first event has sealed: the proposal and the first reasons. The only place where the body is stored. */
export type Submission = (DecisionEvent & { readonly type: 'decision.submitted' })['sealed']

/** A decision's state as JSON, without what its first event has sealed. */
export function packState(decision: Decision, submission: Submission): string {
  const { proposal: _, parameters, reasons, ...own } = decision
  return JSON.stringify({
    ...own,
    ...(parameters === submission.proposal.parameters ? {} : { parameters }),
    ...(reasons === submission.reasons ? {} : { reasons }),
  })
}

/**
 * The decision that `packState` packed. What it left out is the very object of `submission` again, so that packing
 * it once more leaves it out once more.
 */
export function unpackState(state: string, submission: Submission): Decision {
  const { proposal, reasons } = submission
  // What this very store has written is trusted to be what it was.
  const decision: Decision = { proposal, parameters: proposal.parameters, reasons, ...JSON.parse(state) }
  return decision
}

/** @throws when it was erased: the decision can't be shown any more */
export function unpackSubmission(sealed: string | null): Submission {
  if (sealed === null) throw new Error('the proposal was erased')
  const submission: Submission = JSON.parse(sealed)
  return submission
}

/** The event behind an entry of the audit log. `sealed` is null where nothing was sealed, and where it was erased. */
export function unpackEvent(record: string, sealed: string | null): DecisionEvent {
  const { at, type, actor, payload } = JSON.parse(record)
  return { at: Date.parse(at), type, actor, payload, sealed: sealed === null ? null : JSON.parse(sealed) }
}
