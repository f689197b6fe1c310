import { isWaiting } from '../domain/decision.ts'
import { alreadyDecided, type Rejection, reject } from '../domain/rejection.ts'
import { refusalFor } from '../domain/reviewer.ts'
import { type AssignPorts, handOver } from './assign.ts'

/** Why this person may not give requests to others; null: they may, as one of the manifest's administrators. */
export async function refusalToAssign(
  { policies, reviewers }: Pick<AssignPorts, 'policies' | 'reviewers'>,
  user: string,
): Promise<Rejection | null> {
  const current = policies.current()
  const { administrators, operations_channel } = current.defaults
  const person = await reviewers.person(user)
  const roles = await reviewers.rolesOf(person, [administrators], current, operations_channel)
  const refusal = refusalFor({ person, roles }, [administrators], { requestedBy: null, agentOwner: null }, true)
  if (refusal === null) return null
  return refusal.code === 'not_eligible'
    ? reject('not_eligible', `Only ${administrators} can say who is asked.`)
    : reject(refusal.code, refusal.message)
}

/** An administrator names who is asked. @returns why nothing was recorded; null: that person is asked now */
export async function assignByHand(
  ports: AssignPorts,
  user: string,
  id: string,
  to: string,
): Promise<Rejection | null> {
  const refusal = await refusalToAssign(ports, user)
  if (refusal !== null) return refusal
  const decision = await ports.store.decision(id)
  if (decision === null) return reject('nothing_due', 'This decision is not known here.')
  if (!isWaiting(decision)) return alreadyDecided(decision)
  if (decision.status === 'clarifying')
    return reject(
      'clarification_open',
      'The agent has been asked a question; once it has answered somebody can be asked.',
    )
  const { team } = await ports.reviewers.person(user)
  const isGiven = await handOver(ports, decision, to, { kind: 'person', team, user }, 'by_hand')
  return isGiven ? null : reject('not_eligible', `<@${to}> may not decide this, or somebody has just decided it.`)
}
