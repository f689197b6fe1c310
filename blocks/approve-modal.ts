import type { ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { CALLBACKS, INPUTS } from './action-ids.ts'
import { askingModal, textInput } from './modal.ts'

/**
 * Approving with a written reason. Only for parameters that fit on the card (`approveWith` says `reason`): otherwise
 * the full context carries the note.
 */
export function approveModal(view: DecisionView): ModalView {
  const input = textInput(INPUTS.note, 'Why is this right?', 'It goes on the card and into the record.', true)
  return askingModal(view, { callback: CALLBACKS.approve, title: 'Approve', submit: 'Approve', input })
}
