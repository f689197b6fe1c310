import type { Rejection } from '../domain/rejection.ts'

export const NOT_RECORDED =
  'This was *not recorded*: the database could not save it just now. Nothing has changed; please try again.'
export const UNREADABLE =
  'This was *not recorded*: what Slack sent could not be read. Nothing has changed; please try again.'
export const UNKNOWN_DECISION = 'This card is about a decision that is not in this database, so nothing was recorded.'

/** Why a click did nothing, as mrkdwn for the person who clicked. */
export function explain(rejection: Rejection): string {
  return rejection.message
}
