import type { Button } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { encodeValue } from './action-ids.ts'
import { actName } from './approve-with.ts'
import { ACCESSIBILITY_LABEL, clipped } from './limits.ts'
import { shownCard } from './modal.ts'
import { plain } from './rich-text.ts'

/** A button of a card, which says what it is about to who hears it. @param act what that is called; usually the act's name */
export function cardButton(view: DecisionView, actionId: string, label: string, act = actName(view)): Button {
  return {
    type: 'button',
    action_id: actionId,
    text: plain(label),
    value: encodeValue(shownCard(view)),
    accessibility_label: clipped(`${label}: ${act}`, ACCESSIBILITY_LABEL),
  }
}
