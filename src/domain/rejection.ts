import type { Ended } from './decision.ts'
import type { Freeze } from './freeze.ts'
import type { Reason } from './route.ts'
import { type Instant, toIso } from './time.ts'

/** Nothing changed; `message` says why, in words for the person or agent who asked. */
export type Rejection = {
  readonly kind: 'rejected'
  readonly code: RejectionCode
  readonly message: string
  /** What keeps it from being approved, with the code `frozen` only. People's words are in here and not in `message`. */
  readonly freezes?: readonly Freeze[]
  /** Why the policy blocks it, with the code `edit_blocked` only. Agents' words may be in it. */
  readonly reasons?: readonly Reason[]
}
export type RejectionCode =
  | 'already_decided'
  | 'timed_out'
  | 'outdated_card'
  | 'not_editable'
  | 'nothing_changed'
  | 'edit_blocked'
  | 'not_a_member'
  | 'not_eligible'
  | 'self_approval'
  | 'already_approved_by_you'
  | 'clarification_open'
  | 'clarifications_used_up'
  | 'clarification_unknown'
  | 'clarification_closed'
  | 'not_approved'
  | 'execution_final'
  | 'no_rollback'
  | 'rollback_requested'
  | 'rollback_closed'
  | 'rollback_not_requested'
  | 'rollback_final'
  | 'grant_invalid'
  | 'consumed'
  | 'expired'
  | 'digest_mismatch'
  | 'frozen'
  | 'nothing_due'
  | 'executed_here'
  | 'execution_known'
  | 'not_drawn'
  | 'already_judged'
  | 'asked_again'
  | 'not_askable'
  | 'workflow_ended'
  | 'not_ended'
  | 'erased'

/** A refusal with its reason. */
export function reject(code: RejectionCode, message: string): Rejection {
  return { kind: 'rejected', code, message }
}

/** What a reviewer wants to approve instead would be blocked: nothing happens, and the decision goes on as it was. */
export function isBlocked(reasons: readonly Reason[]): Rejection {
  const message = 'The policy blocks these parameters, so nothing was recorded; the request is as it was before.'
  return { kind: 'rejected', code: 'edit_blocked', message, reasons }
}

/** Nothing more is recorded of what was erased. */
export function isErased(at: Instant): Rejection {
  return reject('erased', `What people and agents wrote of this was erased on ${spokenInstant(at)}.`)
}

/** The person was shown other parameters than there are now. @param by who changed them; null: the agent */
export function outdatedCard(by: string | null): Rejection {
  const who = by === null ? 'The agent' : `<@${by}>`
  return reject(
    'outdated_card',
    `${who} has changed the parameters since. Nothing was recorded; please look at the card as it is now.`,
  )
}

/** Why nothing can be decided any more: what became of it, by whom, and when. */
export function alreadyDecided(decision: Ended): Rejection {
  const when = `on ${spokenInstant(decision.decidedAt)}`
  switch (decision.status) {
    case 'approved': {
      const people = decision.approvals.map((given) => `<@${given.user}>`).join(' and ')
      return reject('already_decided', `This was approved by ${people} ${when}.`)
    }
    case 'denied':
      return reject('already_decided', `This was denied by <@${decision.by}> ${when}.`)
    case 'timed_out':
      return timedOut()
    case 'withdrawn':
      return reject('already_decided', `The agent withdrew this ${when}.`)
    case 'blocked':
      return reject('already_decided', 'The policy has blocked this.')
    case 'auto_approved':
      return reject('already_decided', 'The policy has approved this; nobody has to decide it.')
  }
}

/** "2026-11-22 at 10:40 UTC" */
export function spokenInstant(at: Instant): string {
  return `${toIso(at).slice(0, 16).replace('T', ' at ')} UTC`
}

/** Silence is never consent. */
export function timedOut(): Rejection {
  return reject('timed_out', 'The time to decide has run out, so this counts as denied.')
}

/** It may not be approved for now; everything else goes on. */
export function isFrozen(freezes: readonly Freeze[]): Rejection {
  const message =
    'This is frozen, so nothing was approved. It can be denied, and the agent can be asked, as before; an administrator lifts the freeze.'
  return { kind: 'rejected', code: 'frozen', message, freezes }
}
