import { approvalCard, type Message } from '../../blocks/approval-card.ts'
import { endState } from '../../blocks/end-state.ts'
import { isWaiting } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { Instant } from '../domain/time.ts'

/** The card as it stands, for one person's own eyes: with its buttons, or how it ended. */
export function currentCard(view: DecisionView, now: Instant): Message {
  const { decision } = view
  return isWaiting(decision) ? approvalCard({ ...view, decision }, now) : endState({ ...view, decision })
}
