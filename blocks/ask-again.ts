import type { KnownBlock, RichTextSection } from '@slack/types'
import { isForAskingAgain } from '../src/domain/ask-again.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { ACTIONS, BLOCKS, encodeValue } from './action-ids.ts'
import { actName } from './approve-with.ts'
import { ACCESSIBILITY_LABEL, clipped } from './limits.ts'
import { bold, emoji, person, plain, say, section } from './rich-text.ts'

/** Who had it asked again, and what it is now. Nothing where nobody did. */
export function askedAgainLine({ history }: DecisionView): readonly RichTextSection[] {
  const again = history.find((event) => event.type === 'decision.resubmitted')
  if (again?.type !== 'decision.resubmitted') return []
  const by = again.actor.kind === 'person' ? [say(' by '), person(again.actor.user)] : []
  return [section(emoji('repeat'), bold(' Asked again'), ...by, say(`: ${again.payload.decision}`))]
}

/**
 * The button to ask for it again where nobody has decided in time. Nothing where that is not offered.
 * @param row which row of a shared card it belongs to; null: the card is its own
 */
export function askAgainButton(view: DecisionView, row: number | null = null): readonly KnownBlock[] {
  const { decision } = view
  if (!isForAskingAgain(decision)) return []
  const label = 'Ask again'
  const act = row === null ? actName(view) : `row ${row}, ${actName(view)}`
  return [
    {
      type: 'actions',
      ...(row === null && { block_id: BLOCKS.buttons }),
      elements: [
        {
          type: 'button',
          action_id: ACTIONS.askAgain,
          text: plain(label),
          value: encodeValue({ decision: decision.id, revision: decision.revision }),
          accessibility_label: clipped(`${label}: ${act}`, ACCESSIBILITY_LABEL),
        },
      ],
    },
  ]
}
