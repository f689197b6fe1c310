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

/** How a turn went to somebody else. */
export type Over = {
  readonly version: number
  /** Who was asked next; null: nobody yet, on a level that this role decides. */
  readonly next: AssignmentMade | null
  readonly role: string
}

/** Everybody who was asked, one after the other. */
export function turnsOf(history: readonly DecisionEvent[]): readonly Turn[] {
  return history.reduce<readonly Turn[]>((turns, event, index) => {
    const version = index + 1
    const last = turns.at(-1)
    if (event.type === 'assignment.made') {
      const begun: Turn = { version, made: event, nudges: [], over: null }
      if (last === undefined) return [begun]
      const over: Over = { version, next: event, role: event.payload.role }
      return [...turns.slice(0, -1), { ...last, over }, begun]
    }
    if (last === undefined) return turns
    if (event.type === 'assignment.nudged')
      return [...turns.slice(0, -1), { ...last, nudges: [...last.nudges, version] }]
    const higher = otherLevel(event, last)
    return higher === null ? turns : [...turns.slice(0, -1), { ...last, over: { version, next: null, role: higher } }]
  }, [])
}

/** Changed parameters may belong to another level, where nobody is asked yet. */
function otherLevel(event: DecisionEvent, { made }: Turn): string | null {
  if (event.type !== 'clarification.answered') return null
  const assignment = event.payload.amendment?.assignment ?? null
  return assignment === null || assignment.level === made.payload.level ? null : assignment.role
}

/** "Moved to @ben: the time to decide had run out" */
export function movedTo({ next, role }: Over): Phrase {
  if (next === null) return [`Moved to ${role}: ${PARAMETERS_CHANGED}`]
  return ['Moved to ', { user: next.payload.user }, ': ', ...moveReason(next)]
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
