import type { ModalView } from '@slack/types'
import { CALLBACKS } from './action-ids.ts'
import { mrkdwn, plain } from './rich-text.ts'
import { untilInput } from './until-input.ts'

/** Until when a person is not to be asked anything new. @param timeZone theirs, an IANA name */
export function awayModal(timeZone: string): ModalView {
  return {
    type: 'modal',
    callback_id: CALLBACKS.away,
    title: plain('Away'),
    submit: plain("I'm away"),
    close: plain('Cancel'),
    blocks: [
      mrkdwn('Nothing new is given to you until then. What you are asked already stays with you until its deadline.'),
      untilInput(timeZone),
    ],
  }
}
