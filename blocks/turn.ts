import type { DecisionEvent } from '../src/domain/event.ts'
import type { Phrase } from './phrase.ts'

export type AssignmentMade = DecisionEvent & { readonly type: 'assignment.made' }

/** One person's time of being asked, as the history tells it. A version counts events: the first event is 1. */
export type Turn = {
  /** Of the event that began it. */
  readonly version: number
  readonly made: AssignmentMade
  /** Of each reminder. */
  readonly nudges: readonly number[]
  /** null: it is the last one. */
  readonly over: Over | null
}

/** How a turn was over before the decision has ended. */
export type Over = Moved | Approved

/** It went to somebody else. */
export type Moved = {
  readonly kind: 'moved'
  readonly version: number
  /** Who was asked next; null: nobody yet, on a level that this role decides. */
  readonly next: AssignmentMade | null
  readonly role: string
  /** The reviewer whose changes have moved it; null: the agent's have, or nobody's. */
  readonly changedBy: string | null
}

/** They approved, and a quorum needs others as well. `voided`: of other parameters than there are now. */
type Approved = { readonly kind: 'approved'; readonly version: number; readonly voided: boolean }

/** Everybody who was asked, one after the other. */
export function turnsOf(history: readonly DecisionEvent[]): readonly Turn[] {
  return history.reduce<readonly Turn[]>((turns, event, index) => {
    const version = index + 1
    const last = turns.at(-1)
    if (event.type === 'assignment.made') {
      const begun: Turn = { version, made: event, nudges: [], over: null }
      if (last === undefined) return [begun]
      if (last.over?.kind === 'approved') return [...turns, begun]
      const changedBy = last.over?.changedBy ?? null
      const over: Over = { kind: 'moved', version, next: event, role: event.payload.role, changedBy }
      return [...turns.slice(0, -1), { ...last, over }, begun]
    }
    if (last === undefined) return turns
    if (event.type === 'assignment.nudged')
      return [...turns.slice(0, -1), { ...last, nudges: [...last.nudges, version] }]
    if (event.type === 'decision.approved')
      return isTheirs(event, last) && !event.payload.complete
        ? [...turns.slice(0, -1), { ...last, over: { kind: 'approved', version, voided: false } }]
        : turns
    return changesParameters(event) ? turns.map((turn) => afterChange(turn, event, version)) : turns
  }, [])
}

/** Does it give the decision other parameters? */
export function changesParameters(event: DecisionEvent): event is Changing {
  return (
    event.type === 'decision.edited' || (event.type === 'clarification.answered' && event.payload.amendment !== null)
  )
}

type Changing = DecisionEvent & { readonly type: 'decision.edited' | 'clarification.answered' }

function isTheirs({ actor }: DecisionEvent, { made }: Turn): boolean {
  return actor.kind === 'person' && actor.user === made.payload.user
}

/** Changed parameters may belong to another level, where nobody is asked yet, and approvals were of others. */
function afterChange(turn: Turn, event: Changing, version: number): Turn {
  const { over, made } = turn
  if (over?.kind === 'approved') return { ...turn, over: { ...over, version, voided: true } }
  const assignment = event.payload.amendment?.assignment ?? null
  if (over !== null || assignment === null || assignment.level === made.payload.level) return turn
  const changedBy = event.actor.kind === 'person' ? event.actor.user : null
  return { ...turn, over: { kind: 'moved', version, next: null, role: assignment.role, changedBy } }
}

/** "Moved to @ben: the time to decide had run out" */
export function movedTo({ next, role, changedBy }: Moved): Phrase {
  if (next === null) return [`Moved to ${role}: `, ...parametersChanged(changedBy)]
  const because = next.payload.because === 'submitted' ? parametersChanged(changedBy) : moveReason(next)
  return ['Moved to ', { user: next.payload.user }, ': ', ...because]
}

function parametersChanged(by: string | null): Phrase {
  return by === null ? [PARAMETERS_CHANGED] : [{ user: by }, ' changed the parameters']
}

/** "Moved from @ana to @ben: the time to decide had run out." */
export function assignmentLine(made: AssignmentMade): Phrase {
  const { user, role, before, because } = made.payload
  if (before !== null) return ['Moved from ', { user: before }, ' to ', { user }, ': ', ...moveReason(made), '.']
  if (because === 'by_hand') return ['Assigned to ', { user }, ...byWhom(made), '.']
  return ['Assigned to ', { user }, ` (${role}).`]
}

function moveReason(made: AssignmentMade): Phrase {
  const { because, before } = made.payload
  switch (because) {
    case 'submitted':
      return [PARAMETERS_CHANGED]
    case 'deadline_missed':
      return ['the time to decide had run out']
    case 'not_eligible':
      return [...whoever(before), ' cannot decide any more']
    case 'delegated':
      return [...whoever(before), ' has delegated it']
    case 'by_hand':
      return ['assigned', ...byWhom(made)]
  }
}

const PARAMETERS_CHANGED = 'the agent changed the parameters'

/** To the person who is asked: why them, and whose turn it was. */
export function whyYou(made: AssignmentMade): Phrase {
  const { because, before, role } = made.payload
  const you = `You are asked to decide this as ${role}.`
  switch (because) {
    case 'submitted':
      return [you]
    case 'deadline_missed':
      return ['This was with ', ...whoever(before), `, who did not decide in time. ${you}`]
    case 'not_eligible':
      return ['This was with ', ...whoever(before), `, who cannot decide any more. ${you}`]
    case 'delegated':
      return [...whoever(before), ' has delegated this to you.']
    case 'by_hand':
      return [
        'Assigned to you',
        ...byWhom(made),
        '.',
        ...(before === null ? [] : [' It was with ', { user: before }, '.']),
      ]
  }
}

function whoever(user: string | null): Phrase {
  return user === null ? ['somebody'] : [{ user }]
}

function byWhom({ actor }: AssignmentMade): Phrase {
  return actor.kind === 'person' ? [' by ', { user: actor.user }] : [' by hand']
}
