import type { Actor } from './event.ts'
import type { RejectionCode } from './rejection.ts'
import type { Person } from './reviewer.ts'
import { HOUR, type Instant } from './time.ts'

/**
 * What a person tried to do to a decision. `edit`: to approve other parameters; `settle`: to say whether it ran; `judge`:
 * to say whether it was right; `ask_again`: to have a request made again that timed out.
 */
export type AttemptedAct = 'approve' | 'edit' | 'deny' | 'clarify' | 'roll_back' | 'settle' | 'judge' | 'ask_again'

/** `replayed`: the very request of Slack came before; what it is about was done then, or refused then. */
export type AttemptCode = RejectionCode | 'replayed'

/**
 * A person was refused what they wanted to do to a decision. It stands in the decision's chain and changes nothing of the
 * decision: it counts in no version, and leads to no state.
 */
export type AttemptRefused = {
  readonly type: 'attempt.refused'
  readonly at: Instant
  readonly actor: Actor & { readonly kind: 'person' }
  readonly payload: {
    readonly act: AttemptedAct
    readonly code: AttemptCode
    /** Why this account can never decide; absent: it can. */
    readonly barred?: NonNullable<Person['barred']>
  }
  readonly sealed: null
}

/** @param code why it was refused */
export function attemptRefused(person: Person, act: AttemptedAct, code: AttemptCode, at: Instant): AttemptRefused {
  const { id: user, team, barred } = person
  const payload = { act, code, ...(barred !== null && { barred }) }
  return { type: 'attempt.refused', at, actor: { kind: 'person', team, user }, payload, sealed: null }
}

/** The same refusal of the same person is kept once in this time: hammering a button says nothing new. */
const ALIKE_WITHIN = HOUR
/** So many of one person are kept of a decision. */
const OF_ONE_PERSON = 20
/** So many of everybody together are. */
const OF_EVERYBODY = 200

/**
 * Is there room for one more in the chain of its decision? At most one of a kind (person, act and code) in an hour, twenty of
 * a person, two hundred in all, so that nobody makes a chain grow without end.
 * @param kept those that stand there already
 */
export function hasRoomFor(attempt: AttemptRefused, kept: readonly AttemptRefused[]): boolean {
  const own = kept.filter(({ actor }) => actor.user === attempt.actor.user && actor.team === attempt.actor.team)
  if (kept.length >= OF_EVERYBODY || own.length >= OF_ONE_PERSON) return false
  const { act, code } = attempt.payload
  return !own.some(({ at, payload }) => payload.act === act && payload.code === code && attempt.at - at < ALIKE_WITHIN)
}
