import { type AttemptCode, type AttemptedAct, attemptRefused, hasRoomFor } from '../domain/attempt.ts'
import type { Changed, Click, Edited } from './app.ts'
import type { Clock, Reviewers, Store } from './ports.ts'

type AttemptPorts = {
  readonly store: Pick<Store, 'recordAttempt'>
  readonly reviewers: Pick<Reviewers, 'person'>
  readonly clock: Clock
  readonly background: (work: () => Promise<unknown>) => void
}

/** Why a refusal is not on record. The refusal stands all the same. */
export class AttemptNotRecorded extends Error {
  constructor(decision: string, cause: unknown) {
    super(`an attempt on ${decision} could not be recorded`, { cause })
  }
}

/**
 * Records that a person was refused what they wanted to do to a decision, where there is room for it (`hasRoomFor`). Nobody
 * waits for it: the person has been told already, or is told meanwhile.
 */
export function noteRefused(
  { store, reviewers, clock, background }: AttemptPorts,
  { decision, user }: Pick<Click, 'decision' | 'user'>,
  act: AttemptedAct,
  code: AttemptCode,
): void {
  const at = clock()
  background(async () => {
    try {
      const attempt = attemptRefused(await reviewers.person(user), act, code, at)
      await store.recordAttempt(decision, (kept) => (hasRoomFor(attempt, kept) ? attempt : null))
    } catch (error) {
      throw new AttemptNotRecorded(decision, error)
    }
  })
}

/** What came of an act, noted where it was refused. */
export async function noted<Result extends Changed | Edited>(
  ports: AttemptPorts,
  click: Pick<Click, 'decision' | 'user'>,
  act: AttemptedAct,
  work: Promise<Result>,
): Promise<Result> {
  const result = await work
  if (result.kind === 'rejected' && !isNoRefusal(click.user, result))
    noteRefused(ports, click, act, result.rejection.code)
  return result
}

/** Of a double click the first one did what was wanted; inputs that change nothing are corrected in their window. */
function isNoRefusal(user: string, { rejection, decision }: Extract<Changed, { kind: 'rejected' }>): boolean {
  if (rejection.code === 'nothing_changed') return true
  return rejection.code === 'already_decided' && decision.approvals.some((given) => given.user === user)
}
