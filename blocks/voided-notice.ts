import { isWaiting } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Message } from './approval-card.ts'
import { actName, spokenAct } from './approve-with.ts'
import { overLine } from './assignee-card.ts'
import { escapeMrkdwn } from './escape.ts'
import { clipped } from './limits.ts'
import { inMrkdwn, inRichText, oneLiner, type Phrase } from './phrase.ts'
import { bold, richText, say, section, words } from './rich-text.ts'

/** Somebody's approval that counts no more, because the parameters were changed after it. */
export type Voided = {
  /** Of the event that changed them. */
  readonly version: number
  readonly user: string
  /** The reviewer who changed them; null: the agent. */
  readonly changedBy: string | null
}

/**
 * To somebody whose approval was of other parameters than there are now; one line once the decision has ended. What was
 * changed stands on the card and in its thread, where everything else of it stands.
 * @param link to the card in its channel, as Slack gave it; null: not known
 */
export function voidedNotice(view: DecisionView, { changedBy, version }: Voided, link: string | null): Message {
  if (!isWaiting(view.decision)) return oneLiner(overLine(view, { kind: 'approved', version, voided: true }))
  const why: Phrase = [
    '. ',
    ...(changedBy === null ? ['The agent'] : [{ user: changedBy }]),
    ' changed the parameters after you approved it. You can approve it again, deny it, or ask.',
  ]
  const act = words(clipped(actName(view), 200))
  const card = link === null ? [] : [say(' '), { type: 'link', url: link, text: CARD } as const]
  return {
    blocks: [richText(section(bold('Your approval no longer counts: '), act, ...inRichText(why), ...card))],
    text: `Your approval no longer counts: ${spokenAct(view)}${inMrkdwn(why)}${link === null ? '' : ` <${escapeMrkdwn(link)}|${CARD}>`}`,
  }
}

const CARD = 'Open the card'
