import type { ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { CALLBACKS, INPUTS } from './action-ids.ts'
import { askingModal, textInput } from './modal.ts'

/** Denying takes a reason: it goes to the agent, and one denial ends the decision. */
export function denyModal(view: DecisionView): ModalView {
  const ends = view.decision.run === null ? 'the decision' : 'the plan'
  const input = textInput(INPUTS.reason, 'Why not?', `The agent gets this reason. One denial ends ${ends}.`, true)
  return askingModal(view, { callback: CALLBACKS.deny, title: 'Deny', submit: 'Deny', input })
}
