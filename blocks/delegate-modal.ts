import type { ModalView } from '@slack/types'
import { CALLBACKS, INPUTS } from './action-ids.ts'
import { mrkdwn, plain } from './rich-text.ts'
import { untilInput } from './until-input.ts'

/** Who gets what a person would be asked, and until when. @param timeZone the person's, an IANA name */
export function delegateModal(timeZone: string): ModalView {
  return {
    type: 'modal',
    callback_id: CALLBACKS.delegate,
    title: plain('Delegate'),
    submit: plain('Delegate'),
    close: plain('Cancel'),
    blocks: [
      mrkdwn('What you are asked now, and would be asked until then, goes to somebody who may decide it anyway.'),
      {
        type: 'input',
        block_id: INPUTS.to,
        label: plain('To whom?'),
        element: { type: 'users_select', action_id: INPUTS.to, placeholder: plain('Choose somebody') },
      },
      untilInput(timeZone),
    ],
  }
}
