import type { Pending } from '../src/domain/decision.ts'
import { isWaiting } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Message } from './approval-card.ts'
import { actName, spokenAct } from './approve-with.ts'
import { overLine } from './assignee-card.ts'
import { outcome } from './end-state.ts'
import { escapeMrkdwn } from './escape.ts'
import { clipped } from './limits.ts'
import { inMrkdwn, inRichText, oneLiner, type Phrase } from './phrase.ts'
import { bold, richText, say, section, words } from './rich-text.ts'
import type { Turn } from './turn.ts'

/**
 * The reminder to the person who is asked; one line once there is nothing to do any more.
 * @param link to the card in its channel, as Slack gave it; null: not known
 */
export function nudge(view: DecisionView, { over }: Turn, link: string | null): Message {
  const { decision } = view
  if (over !== null) return oneLiner(overLine(view, over))
  if (!isWaiting(decision)) {
    const isDecided = decision.status === 'approved' || decision.status === 'denied'
    return oneLiner([isDecided ? 'Decided: ' : 'Ended: ', ...outcome(decision), '.'])
  }
  const rest = decision.status === 'pending' ? decideBy(decision) : ['. The clocks are stopped for a question.']
  const act = words(clipped(actName(view), 200))
  const card = link === null ? [] : [say(' '), { type: 'link', url: link, text: CARD } as const]
  return {
    blocks: [richText(section(bold('Still waiting for you: '), act, ...inRichText(rest), ...card))],
    text: `Still waiting for you: ${spokenAct(view)}${inMrkdwn(rest)}${link === null ? '' : ` <${escapeMrkdwn(link)}|${CARD}>`}`,
  }
}

const CARD = 'Open the card'

function decideBy({ clocks, assignment }: Pending): Phrase {
  if (assignment.exhausted || clocks.deadline >= clocks.expiresAt)
    return ['. Decide by ', { at: clocks.expiresAt }, ', or it is denied.']
  return ['. Decide by ', { at: clocks.deadline }, ', then it goes to somebody else.']
}
