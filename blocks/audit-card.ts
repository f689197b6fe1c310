import type { KnownBlock, RichTextBlock } from '@slack/types'
import type { Audit } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { ACTIONS, BLOCKS } from './action-ids.ts'
import type { Message } from './approval-card.ts'
import { consequence, spokenAct } from './approve-with.ts'
import { cardButton } from './card-button.ts'
import { consequenceLine, headerBlocks, parametersBlock } from './card-top.ts'
import { executionBlocks } from './end-state.ts'
import { MESSAGE_TEXT, weight } from './limits.ts'
import { LEAST, partOnCard, proseOnCard } from './part-on-card.ts'
import { inMrkdwn, inRichText, type Phrase } from './phrase.ts'
import { type Part, requestParts, routeReasons } from './request-parts.ts'
import { bold, emoji, italic, richText, say, section } from './rich-text.ts'

/** An automatic approval that was drawn for a later look. */
export type AuditView = DecisionView & { readonly decision: { readonly audit: Audit } }

/** The most of a person's note. */
const NOTE = 1_200

export function isAuditView(view: DecisionView): view is AuditView {
  return view.decision.audit !== undefined
}

/**
 * Asks people whether an automatic approval was right. What would tell how sure the agent was is left out until somebody
 * has said: who knows it, agrees with it. Afterwards who said what, and how sure the agent had been.
 */
export function auditCard(view: AuditView): Message {
  const { verdict } = view.decision.audit
  const isOpen = verdict === null
  const elsewhere = isOpen ? 'in Full context' : 'not shown here'
  const top: readonly KnownBlock[] = [
    ...headerBlocks(view),
    consequenceLine(view),
    isOpen ? richText(section(emoji('mag'), bold(' Was this right?'), say(` ${WHAT_FOR}`))) : saidBlock(view, verdict),
    ...executionBlocks(view.decision.execution),
    parametersBlock(view, isOpen ? 'open Full context to read them' : 'too long for the card'),
  ]
  const bottom = isOpen ? [richText(section(italic(IF_UNSURE))), buttons(view)] : []
  const parts = isOpen ? judgedParts(view) : judgedParts(view).filter(({ heading }) => heading === 'Why')
  let room = MESSAGE_TEXT - weight([...top, ...bottom])
  const shown = parts.map((part, at) => {
    // Each later part keeps at least its heading and the line that says where it stands.
    const block = partOnCard(part, room - (parts.length - at - 1) * LEAST, elsewhere)
    room -= weight([block])
    return block
  })
  return { blocks: [...top, ...shown, ...bottom], text: sentence(view) }
}

/** What the agent said for its proposal, without what tells how sure it or the policy was. */
export function judgedParts(view: DecisionView): readonly Part[] {
  const claims = ['If denied', 'What is uncertain', ...routeReasons(view.decision).map(({ heading }) => heading)]
  return requestParts(view).filter(({ heading }) => !claims.includes(heading))
}

const WHAT_FOR = 'It passed without a person, and was drawn by lot for a look. What the agent claimed is left out.'
const IF_UNSURE = 'If you cannot tell, leave it: no answer counts as none.'

function saidBlock({ decision, history }: AuditView, verdict: NonNullable<Audit['verdict']>): RichTextBlock {
  const event = history.find((each) => each.type === 'outcome.recorded' && each.at === verdict.at)
  const note = event?.type === 'outcome.recorded' ? (event.sealed?.note ?? null) : null
  const sign = emoji(verdict.correct ? 'white_check_mark' : 'x')
  return richText(
    section(
      sign,
      say(' '),
      ...inRichText(saidPhrase(verdict)),
      say(` The agent's confidence was ${decision.proposal.confidence}.`),
    ),
    ...(note === null || note.trim() === '' ? [] : proseOnCard(note, NOTE, 'not shown here')),
  )
}

/** "@ana said today at 10:50 that this was right." */
function saidPhrase({ by, at, correct }: NonNullable<Audit['verdict']>): Phrase {
  return [{ user: by }, ' said ', { at }, ` that this was ${correct ? 'right' : 'wrong'}.`]
}

function sentence(view: AuditView): string {
  const { verdict } = view.decision.audit
  if (verdict !== null) return `${spokenAct(view)}: ${inMrkdwn(saidPhrase(verdict))}`
  return `Was this right? ${spokenAct(view)}: it passed without a person. ${consequence(view)}.`
}

// None of the two looks like the answer that is hoped for.
function buttons(view: AuditView): KnownBlock {
  return {
    type: 'actions',
    block_id: BLOCKS.buttons,
    elements: [
      cardButton(view, ACTIONS.right, 'Right'),
      cardButton(view, ACTIONS.wrong, 'Wrong'),
      cardButton(view, ACTIONS.auditContext, 'Full context'),
    ],
  }
}
