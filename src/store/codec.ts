import type { AttemptRefused } from '../domain/attempt.ts'
import { born, type Decision, isWaiting, nobodyAsked } from '../domain/decision.ts'
import { nothingSaid } from '../domain/erased.ts'
import type { DecisionEvent } from '../domain/event.ts'
import type { Urgency } from '../domain/manifest.ts'
import type { Recalled } from '../domain/story.ts'
import type { WorkflowEvent } from '../domain/workflow-event.ts'

/** A decision that only its first event has made says nothing more: `born` gives it again. */
const AS_BORN = ''

/**
 * A decision's state as JSON: what differs from the decision as its first event made it, `begun`, and what is `gone` of
 * that. Empty while that event is all there is.
 */
export function packState(decision: Decision, begun: Decision): string {
  // Its first event has no words any more that it could differ from.
  if (decision.erasedAt !== undefined) return JSON.stringify(decision)
  if (decision.version === 1) return AS_BORN
  const before = new Map<string, unknown>(Object.entries(begun))
  // By identity: what nothing has changed is the very object of `begun`.
  const changed = Object.entries(decision).filter(([name, value]) => before.get(name) !== value)
  const gone = [...before.keys()].filter((name) => !(name in decision))
  return JSON.stringify({ ...Object.fromEntries(changed), ...(gone.length > 0 && { gone }) })
}

/** A decision as its tables have it: its packed state, and its first event. */
export type PackedDecision = { readonly state: string; readonly record: string; readonly sealed: string | null }

/** The decision that `packState` packed, and as its first event made it: without words where they were erased. */
export function unpackDecision({ state, record, sealed }: PackedDecision): {
  readonly decision: Decision
  readonly begun: Decision
} {
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

/**
 * The event behind an entry of a decision's audit log.
 * @param sealed null where nothing was sealed, and where it was erased: then nothing is what was written
 */
export function unpackEvent(record: string, sealed: string | null): DecisionEvent {
  const event = unpacked(record, sealed)
  return sealed === null && hadSealed(record) ? { ...event, sealed: wordless(event) } : event
}

/** Does the entry commit to something that was sealed? */
function hadSealed(record: string): boolean {
  return JSON.parse(record).sealed !== null
}

/** Stands for what any event of a decision has sealed. */
function wordless({ payload }: { readonly payload: Readonly<Record<string, unknown>> }) {
  const { action, urgency, assignment, amendment } = Object.assign(
    { action: '', urgency: 'normal' as const, assignment: null, amendment: null },
    payload,
  ) as WordlessPayload
  return {
    proposal: nothingSaid(action, urgency, assignment?.role ?? ''),
    reasons: [],
    parameters: amendment === null ? null : {},
    evidence: [],
    answer: '',
    question: '',
    reason: '',
    note: null,
    detail: null,
    error: null,
    result: null,
  }
}

type WordlessPayload = {
  readonly action: string
  readonly urgency: Urgency
  readonly assignment: { readonly role: string } | null
  readonly amendment: unknown
}

/** An attempt that was refused, from such an entry. */
export function unpackAttempt(record: string): AttemptRefused {
  return unpacked(record, null)
}

/** The same of a workflow's. */
export function unpackWorkflowEvent(record: string, sealed: string | null): WorkflowEvent {
  const event = unpacked(record, sealed)
  return sealed === null && hadSealed(record) ? { ...event, sealed: wordlessPlan(event) } : event
}

/** Stands for what an event of a workflow has sealed. */
function wordlessPlan({ type, payload }: Pick<WorkflowEvent, 'type' | 'payload'>) {
  switch (type) {
    case 'workflow.started': {
      const steps = 'steps' in payload ? payload.steps : 0
      const step = nothingSaid('', 'normal', '')
      const none = { name: null, context: {}, callbackUrl: null, requestedBy: null }
      return { ...none, steps: Array.from({ length: steps }, () => step) }
    }
    case 'workflow.step_completed':
      return { notes: null, result: null }
    case 'workflow.suspended':
      return { reason: '' }
    case 'workflow.ended':
      return { reason: null }
    case 'workflow.step_begun':
    case 'workflow.resumed':
    case 'workflow.erased':
      return null
  }
}

/** The event behind an entry of any chain, as far as it is not erased. */
export function unpackAny(record: string, sealed: string | null): Recalled {
  return unpacked(record, sealed)
}

function unpacked(record: string, sealed: string | null) {
  const { at, type, actor, payload } = JSON.parse(record)
  return { at: Date.parse(at), type, actor, payload, sealed: sealed === null ? null : JSON.parse(sealed) }
}
