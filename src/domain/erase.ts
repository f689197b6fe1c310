import { type Decision, evolve, hasCard, isWaiting } from './decision.ts'
import type { Actor, ErasedBecause } from './event.ts'
import { liveGrant } from './granting.ts'
import type { Intent } from './intent.ts'
import { isErased, type Rejection, reject } from './rejection.ts'
import { type Instant, toIso } from './time.ts'
import type { Transition } from './transition.ts'
import type { Workflow } from './workflow.ts'

/**
 * Erases what people and agents wrote of a decision that has ended, for good. Nothing more can be recorded of it then.
 * What is named to be erased is also taken from its cards in Slack; of what is only old they stay as they are: Slack would
 * have nothing else to do for hours.
 * @param workflow the plan that it is a step of; null: of none that Countersign carries out
 */
export function erase(
  decision: Decision,
  by: Actor,
  because: ErasedBecause,
  workflow: Workflow | null,
  now: Instant,
): Transition {
  const refused = mayNotErase(decision, workflow, now)
  if (refused !== null) return refused
  const event = { type: 'decision.erased', at: now, actor: by, payload: { because }, sealed: null } as const
  const { id, audit } = decision
  const shown: readonly Intent[] = [
    ...(hasCard(decision) ? ([{ kind: 'card.sync', decision: id }] as const) : []),
    ...(hasCard(decision) && decision.rollback === null ? ([{ kind: 'copies.sync', decision: id }] as const) : []),
    ...(audit === undefined ? [] : ([{ kind: 'audit.sync', decision: id }] as const)),
  ]
  return {
    kind: 'accepted',
    decision: evolve(decision, event),
    events: [event],
    intents: because === 'named' ? shown : [],
  }
}

/** Why something is still to come of it; null: nothing is, so it can be erased. */
function mayNotErase(decision: Decision, workflow: Workflow | null, now: Instant): Rejection | null {
  if (decision.erasedAt !== undefined) return isErased(decision.erasedAt)
  if (isWaiting(decision)) return reject('not_ended', 'It is still open. Only what has ended can be erased.')
  const { rollback, execution } = decision
  if (rollback?.state === 'open')
    return reject('not_ended', `It can be rolled back until ${toIso(rollback.until)}. It can be erased after that.`)
  if (rollback?.state === 'requested')
    return reject('not_ended', 'Somebody has asked to roll it back, and nobody has reported yet what came of that.')
  if (execution.state === 'unknown')
    return reject('not_ended', 'Nobody knows whether it ran; an administrator has to say that first.')
  const grant = liveGrant(decision, now)
  if (grant !== null)
    return reject('not_ended', `Its grant may be used until ${toIso(grant.expiresAt)}. It can be erased after that.`)
  if (workflow?.stage === 'open')
    return reject('not_ended', `The workflow ${workflow.id} that it is a step of has not ended.`)
  return null
}
