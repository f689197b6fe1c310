import type { ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { CALLBACKS, INPUTS } from './action-ids.ts'
import { askingModal } from './modal.ts'
import { plain } from './rich-text.ts'

/** Who is to be asked about a request that nobody was left for. */
export function assignModal(view: DecisionView): ModalView {
  return askingModal(view, {
    callback: CALLBACKS.assign,
    title: 'Assign somebody',
    submit: 'Assign',
    input: {
      type: 'input',
      block_id: INPUTS.to,
      label: plain('Who is asked?'),
      hint: plain('Somebody who may decide it: of the assigned role, or of one further up its escalation path.'),
      element: { type: 'users_select', action_id: INPUTS.to, placeholder: plain('Choose somebody') },
    },
  })
}
