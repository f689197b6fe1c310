import type { Changed } from '../app/app.ts'
import type { Rejection } from '../domain/rejection.ts'
import { frozenMrkdwn, inCode } from './freezes.ts'

export const NOT_RECORDED =
  'This was *not recorded*: the database could not save it just now. Nothing has changed; please try again.'
export const UNREADABLE =
  'This was *not recorded*: what Slack sent could not be read. Nothing has changed; please try again.'
export const UNKNOWN_DECISION = 'This card is about a decision that is not in this database, so nothing was recorded.'

/** Nothing is said of what was or was not done: it may have been begun. */
export const NOT_ANSWERED = 'That did not work just now. Please try again.'

/** Why an act was not recorded, as mrkdwn for the person; null: it was. */
export function whyNot(result: Changed): string | null {
  switch (result.kind) {
    case 'accepted':
    case 'replayed':
      return null
    case 'not_found':
      return UNKNOWN_DECISION
    case 'rejected':
      return explain(result.rejection)
    case 'invalid':
    case 'idempotency_mismatch':
      return NOT_RECORDED
  }
}

/** Why a click did nothing, as mrkdwn for the person who clicked. */
export function explain(rejection: Rejection): string {
  const { message, freezes = [], reasons = [] } = rejection
  // Those that block come first, and one is enough.
  const why = reasons.slice(0, 1).map((reason) => inCode(reason.message))
  return [message, ...freezes.map(frozenMrkdwn), ...why].join('\n')
}
