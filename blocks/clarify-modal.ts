import type { ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { CALLBACKS, INPUTS } from './action-ids.ts'
import { askingModal, textInput } from './modal.ts'

/** A question to the agent, which stops both clocks until it answers. */
export function clarifyModal(view: DecisionView): ModalView {
  const hint =
    'The clocks stop until the agent answers, as long as the policy allows. Anybody eligible can still decide.'
  const input = textInput(INPUTS.question, 'What do you need to know?', hint, true)
  return askingModal(view, { callback: CALLBACKS.clarify, title: 'Ask a question', submit: 'Ask', input })
}
