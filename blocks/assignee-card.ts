import { isWaiting } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Instant } from '../src/domain/time.ts'
import { approvalCard, type Message } from './approval-card.ts'
import { endState, outcome } from './end-state.ts'
import { inMrkdwn, inRichText, oneLiner, type Phrase } from './phrase.ts'
import { richText, section } from './rich-text.ts'
import { movedTo, type Over, type Turn, whyYou } from './turn.ts'

/**
 * The direct message to a person who is or was asked: the card under a line that says why them, its end state, or one
 * line once it went to somebody else. Nothing stays of a request that is not theirs any more.
 */
export function assigneeCard(view: DecisionView, { made, over }: Turn, now: Instant): Message {
  const { decision } = view
  if (over !== null) return oneLiner(overLine(view, over))
  if (!isWaiting(decision)) return endState({ ...view, decision })
  const why = whyYou(made)
  const card = approvalCard({ ...view, decision }, now, [richText(section(...inRichText(why)))])
  return { ...card, text: `${card.text} ${inMrkdwn(why)}` }
}

/** "Moved to @ben: the time to decide had run out. In the end: approved by @ben." */
export function overLine({ decision }: DecisionView, over: Over): Phrase {
  const start = over.kind === 'moved' ? movedTo(over) : [over.voided ? VOIDED : APPROVED]
  if (isWaiting(decision)) return [...start, '.']
  return [...start, '. In the end: ', ...outcome(decision), '.']
}

const APPROVED = 'You have approved this; it needs somebody else as well'
const VOIDED = 'You had approved this before the parameters were changed, so your approval no longer counts'
