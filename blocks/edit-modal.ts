import type { ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Instant } from '../src/domain/time.ts'
import { CALLBACKS, encodeValue } from './action-ids.ts'
import { EDITS } from './approval-card.ts'
import { parametersFit } from './approve-with.ts'
import { consequenceLine, headerBlocks, parametersBlock } from './card-top.ts'
import { APPROVE_CHANGED, changeBlocks, contextModal, noteInput } from './context-modal.ts'
import { editElements } from './edits.ts'
import { shownCard } from './modal.ts'
import { plain, richText } from './rich-text.ts'

/**
 * Approving with changes: an input for each parameter that the policy lets reviewers change, below all parameters as they
 * are. Where those do not fit here they have to be read first, in the full context.
 */
export function editModal(view: DecisionView, now: Instant): ModalView {
  if (!parametersFit(view)) return contextModal(view, { page: 1, approving: 'changes', now })
  const edits = editElements(view.decision, EDITS, 'in Full context')
  return {
    type: 'modal',
    callback_id: CALLBACKS.edit,
    title: plain(APPROVE_CHANGED),
    submit: plain(APPROVE_CHANGED),
    close: plain('Cancel'),
    private_metadata: encodeValue(shownCard(view)),
    blocks: [
      ...headerBlocks(view),
      consequenceLine(view),
      parametersBlock(view, ''),
      ...(edits.length === 0 ? [] : [richText(...edits)]),
      ...changeBlocks(view),
      noteInput(view),
    ],
  }
}
