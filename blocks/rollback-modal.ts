import type { ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { CALLBACKS, INPUTS } from './action-ids.ts'
import { askingModal, textInput } from './modal.ts'

/** Rolling back takes a reason: it goes to whoever has to undo the act. */
export function rollbackModal(view: DecisionView): ModalView {
  const who = view.policy?.rollback?.url == null ? 'The agent' : 'A system that the manifest names'
  const hint = `${who} has to undo it, and gets this reason. It goes on the card and into the record.`
  const input = textInput(INPUTS.reason, 'Why should it be undone?', hint, true)
  return askingModal(view, { callback: CALLBACKS.rollBack, title: 'Roll back', submit: 'Roll back', input })
}
