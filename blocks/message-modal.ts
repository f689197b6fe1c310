import type { ModalView } from '@slack/types'
import { CALLBACKS } from './action-ids.ts'
import { BLOCK_TEXT, clipped } from './limits.ts'
import { mrkdwn, plain } from './rich-text.ts'

/**
 * Tells a person, in place of the modal they have open, that it is too late or not theirs to decide.
 * @param message our own words, such as those of a rejection: mrkdwn, so that `<@U1>` becomes a name. Never an agent's.
 */
export function messageModal(title: 'Not recorded' | 'Recorded', message: string): ModalView {
  return {
    type: 'modal',
    callback_id: CALLBACKS.message,
    title: plain(title),
    close: plain('Close'),
    blocks: [mrkdwn(clipped(message, BLOCK_TEXT))],
  }
}
