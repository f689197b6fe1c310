import type { ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { CALLBACKS, INPUTS } from './action-ids.ts'
import { askingModal, textInput } from './modal.ts'

/** Denying takes a reason: it goes to the agent, and one denial ends the decision. */
export function denyModal(view: DecisionView): ModalView {
  const input = textInput(INPUTS.reason, 'Why not?', 'The agent gets this reason. One denial ends the decision.', true)
  return askingModal(view, { callback: CALLBACKS.deny, title: 'Deny', submit: 'Deny', input })
}
