import { isWaiting } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Instant } from '../src/domain/time.ts'
import { approvalCard, type Message } from './approval-card.ts'
import { askAgainButton } from './ask-again.ts'
import { endState } from './end-state.ts'
import { isRollbackView, rollbackCard } from './rollback-card.ts'

/** The card as the decision stands: with its buttons while people can act on it, and afterwards how it ended, with a button to ask again where nobody decided. */
export function card(view: DecisionView, now: Instant): Message {
  const { decision } = view
  if (isRollbackView(view) && decision.erasedAt === undefined) return rollbackCard(view, now)
  return isWaiting(decision)
    ? approvalCard({ ...view, decision }, now)
    : endState({ ...view, decision }, askAgainButton(view))
}
