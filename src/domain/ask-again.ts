import type { Decision } from './decision.ts'
import { alreadyDecided, type Rejection, reject } from './rejection.ts'
import { type Interested, refusalToResubmit, type Standing } from './reviewer.ts'

/** Is it offered to ask for it again? A step of a plan is not: the plan has ended with it. */
export function isForAskingAgain(decision: Decision): boolean {
  return (
    decision.status === 'timed_out' &&
    decision.run === null &&
    decision.resubmittedAs === undefined &&
    decision.erasedAt === undefined
  )
}

/** May this person have a request made again that nobody decided in time? null: yes. */
export function mayNotAskAgain(
  decision: Decision,
  by: Standing,
  interested: Interested,
  administrators: readonly string[],
): Rejection | null {
  if (decision.resubmittedAs !== undefined)
    return reject('asked_again', `This was asked again already: it is ${decision.resubmittedAs} now.`)
  if (decision.status === 'pending' || decision.status === 'clarifying')
    return reject('nothing_due', 'This can still be decided, so there is nothing to ask again.')
  if (decision.status !== 'timed_out') return alreadyDecided(decision)
  if (decision.erasedAt !== undefined) return reject('nothing_due', 'What this asked for was erased.')
  if (decision.run !== null)
    return reject('nothing_due', 'The plan that this was a step of has ended; its agent can begin it anew.')
  const refusal = refusalToResubmit(by, administrators, interested)
  return refusal === null ? null : reject(refusal.code, refusal.message)
}
