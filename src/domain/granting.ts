import type { Approved, AutoApproved, Decision, Execution, Grant, Rollback } from './decision.ts'
import type { Actor, DecisionEvent } from './event.ts'
import { type Execute, type GrantClaims, grantMismatch, isPast, saysTheSame } from './grant.ts'
import { type Rejection, reject } from './rejection.ts'
import { type Instant, SECOND, toIso } from './time.ts'

/** A decision that may run. */
type Runnable = Approved | AutoApproved

/** An approved decision is read for the first time by its agent, or for the executor that is to run it. `frozen`: what people have frozen, in words; null: nothing. */
export type IssueGrant = {
  readonly type: 'issue_grant'
  readonly by: Actor
  readonly grant: string
  readonly issuer: string
  readonly kid: string
  readonly approval: Approval
  readonly frozen: string | null
}

/** An executor wants to run this, and shows a grant whose signature is good. */
export type ConsumeGrant = {
  readonly type: 'consume_grant'
  readonly by: Actor
  readonly claims: GrantClaims
  readonly execute: Execute
  readonly frozen: string | null
}

/** Who approved, as grants name them, and the digest of the card that the last of them was shown. */
export type Approval = { readonly by: readonly string[]; readonly card: string | null }

/**
 * May this decision run, now or once it has its grant? What was reported as ended has run already, what is to be undone must
 * not begin, and a gate between the steps of a workflow runs nothing.
 */
export function isRunnable(decision: Decision): decision is Runnable {
  const { status, execution, proposal, rollback } = decision
  const isApproved = status === 'approved' || status === 'auto_approved'
  return isApproved && !isFinal(execution) && !isUndone(rollback) && proposal.gate === undefined
}

/** The grant that an executor would still take; null: none was issued, or it is used or over. */
export function liveGrant(decision: Decision, now: Instant): Grant | null {
  if (!isRunnable(decision) || decision.grant === undefined) return null
  const { consumedAt, expiresAt } = decision.grant
  return consumedAt === null && now < expiresAt ? decision.grant : null
}

/** Who approved a decision. @param history its events */
export function approvalOf({ approvals }: Decision, history: readonly DecisionEvent[]): Approval {
  // Earlier approvals were of other parameters.
  const given = history.flatMap((event) => (event.type === 'decision.approved' ? [event] : []))
  const counted = approvals.length === 0 ? [] : given.slice(-approvals.length)
  if (counted.length === 0) return { by: ['policy'], card: null }
  const by = counted.flatMap(({ actor }) => (actor.kind === 'person' ? [`slack:${actor.team}/${actor.user}`] : []))
  return { by, card: counted.at(-1)?.sealed.card ?? null }
}

/** What the grant of a decision says: the same whenever it is asked. */
export function claimsOf(decision: Decision, { id, issuer, issuedAt, expiresAt, by, card }: Grant): GrantClaims {
  return {
    iss: issuer,
    jti: id,
    iat: Math.floor(issuedAt / SECOND),
    exp: Math.floor(expiresAt / SECOND),
    sub: decision.id,
    act: decision.proposal.action,
    non: decision.nonce,
    dig: decision.parametersDigest,
    man: decision.manifestDigest,
    by,
    ...(card !== null && { card }),
  }
}

/** @param ttl seconds */
export function issueGrant(
  decision: Decision,
  { by, grant, issuer, kid, approval, frozen }: IssueGrant,
  ttl: number,
  now: Instant,
): DecisionEvent | Rejection {
  if (!isRunnable(decision)) return reject('not_approved', 'Only what is approved and has not run yet has a grant.')
  if (decision.grant !== undefined) return reject('nothing_due', 'This decision has its grant already.')
  if (frozen !== null) return reject('frozen', stopped(frozen))
  const expiresAt = (Math.floor(now / SECOND) + ttl) * SECOND
  return {
    type: 'grant.issued',
    at: now,
    actor: by,
    payload: { grant, issuer, kid, expiresAt, by: approval.by },
    sealed: approval.card === null ? null : { card: approval.card },
  }
}

/** Signature and form were checked before: here is what only the decision knows. */
export function consumeGrant(
  decision: Decision,
  { by, claims, execute, frozen }: ConsumeGrant,
  now: Instant,
): DecisionEvent | Rejection {
  const grant = 'grant' in decision ? decision.grant : undefined
  if (grant === undefined || !saysTheSame(claims, claimsOf(decision, grant)))
    return reject('grant_invalid', 'This is not the grant of its decision. Take `grant` from the decision, unchanged.')
  const mismatch = grantMismatch(claims, execute)
  if (mismatch === 'other_action')
    return reject('grant_invalid', 'This grant is for another action than `action`. Do not run it.')
  if (grant.consumedAt !== null)
    return reject(
      'consumed',
      `This grant was used at ${toIso(grant.consumedAt)}, and each is used once. Do not run it.`,
    )
  if (isFinal(decision.execution))
    return reject('consumed', 'The execution of this decision was reported as ended already. Do not run it again.')
  if (isUndone(decision.rollback))
    return reject('rollback_requested', 'Somebody has asked to roll this back. Do not run it any more.')
  if (isPast(claims, now / SECOND))
    return reject(
      'expired',
      `This grant was good until ${toIso(grant.expiresAt)}. Do not run it; the agent can propose it again.`,
    )
  if (mismatch === 'digest_mismatch')
    return reject(
      'digest_mismatch',
      'These are not the parameters that were approved. Do not run them; send `effective_parameters` of the decision unchanged.',
    )
  if (frozen !== null) return reject('frozen', stopped(frozen))
  return { type: 'grant.consumed', at: now, actor: by, payload: { grant: grant.id }, sealed: null }
}

function isFinal({ state }: Execution): boolean {
  return state === 'succeeded' || state === 'failed'
}

function isUndone(rollback: Rollback | null): boolean {
  return rollback !== null && rollback.state !== 'open' && rollback.state !== 'settled'
}

function stopped(frozen: string): string {
  return `Nothing of this may run now: ${frozen}. Administrators can unfreeze it.`
}
