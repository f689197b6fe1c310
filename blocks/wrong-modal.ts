import type { ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { CALLBACKS, INPUTS } from './action-ids.ts'
import { askingModal, textInput } from './modal.ts'

/** That something which passed was wrong; the note is for those who look why. */
export function wrongModal(view: DecisionView): ModalView {
  const input = textInput(INPUTS.note, 'What was wrong?', 'It goes on the card and into the record.', false)
  return askingModal(view, { callback: CALLBACKS.wrong, title: 'This was wrong', submit: 'Record it', input })
}
