import type { Button, KnownBlock, RichTextBlock, RichTextBlockElement } from '@slack/types'
import type { Decision, Execution, Rollback, RollbackAsk } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Instant } from '../src/domain/time.ts'
import { ACTIONS, BLOCKS } from './action-ids.ts'
import type { Message } from './approval-card.ts'
import { consequence, spokenAct } from './approve-with.ts'
import { cardButton } from './card-button.ts'
import { consequenceLine, headerBlocks, parametersBlock, runningFieldsBlock } from './card-top.ts'
import { executionBlocks } from './end-state.ts'
import { MESSAGE_TEXT, weight } from './limits.ts'
import { LEAST, partOnCard, proseOnCard } from './part-on-card.ts'
import { inMrkdwn, type Phrase } from './phrase.ts'
import { basis, type Part, requestParts, routeReasons } from './request-parts.ts'
import { bold, emoji, italic, person, richText, say, section } from './rich-text.ts'
import { time } from './when.ts'

/** A view of what runs without anybody, while people can or could have it rolled back. */
export type RollbackView = DecisionView & { readonly decision: Decision & { readonly rollback: Rollback } }

/** The most that a reason, a detail or an error takes on the card. */
const NOTE = 1_200

/** Can or could people have it rolled back? Then it has this card. */
export function isRollbackView(view: DecisionView): view is RollbackView {
  return view.decision.rollback !== null
}

/**
 * The card of what runs already: what exactly, why it passed, and until when it can be rolled back, with the button that
 * asks for it. Afterwards what came of that, without the button. Other parts say how much of them does not fit.
 */
export function rollbackCard(view: RollbackView, now: Instant): Message {
  const { decision } = view
  const { rollback } = decision
  const isOpen = rollback.state === 'open' && now < rollback.until
  const isUnderWay = isOpen || rollback.state === 'requested'
  const elsewhere = isUnderWay ? 'in Full context' : 'not shown here'
  const top: readonly KnownBlock[] = [
    ...headerBlocks(view),
    consequenceLine(view),
    stateBlock(view, now, elsewhere),
    ...(isOpen ? [runningFieldsBlock(view)] : executionBlocks(decision.execution)),
    parametersBlock(view, isUnderWay ? 'open Full context to read them' : 'too long for the card'),
  ]
  const bottom = isUnderWay ? [buttons(view, isOpen)] : []
  const parts = isOpen ? allParts(view) : keptParts(view)
  let room = MESSAGE_TEXT - weight([...top, ...bottom])
  const shown = parts.map((part, at) => {
    // Each later part keeps at least its heading and the line that says where it stands.
    const block = partOnCard(part, room - (parts.length - at - 1) * LEAST, elsewhere)
    room -= weight([block])
    return block
  })
  return { blocks: [...top, ...shown, ...bottom], text: sentence(view, now) }
}

/** Why it passed comes first; what a denial would have meant is of no use any more. */
function allParts(view: RollbackView): readonly Part[] {
  const reasons = routeReasons(view.decision)
  const rest = requestParts(view).filter(
    ({ heading }) => heading !== 'If denied' && reasons.every((each) => each.heading !== heading),
  )
  return [...reasons, ...basis(view), ...rest]
}

/** Why it passed, and why it was wanted. */
function keptParts(view: RollbackView): readonly Part[] {
  return [...routeReasons(view.decision), ...requestParts(view).filter(({ heading }) => heading === 'Why')]
}

function stateBlock({ decision }: RollbackView, now: Instant, elsewhere: string): RichTextBlock {
  const { rollback, execution, createdAt } = decision
  const when = (at: Instant) => time(at, createdAt)
  const written = (text: string | null): readonly RichTextBlockElement[] =>
    text === null || text.trim() === '' ? [] : proseOnCard(text, NOTE, elsewhere)
  switch (rollback.state) {
    case 'open': {
      if (now >= rollback.until)
        return richText(
          section(emoji('lock'), bold(' The window to roll this back closed'), say(', '), when(rollback.until)),
        )
      const line = section(
        emoji(SIGNS[execution.state]),
        bold(` ${WORDS[execution.state]}`),
        say('; roll back until '),
        when(rollback.until),
      )
      return richText(line, ...(execution.state === 'failed' ? written(execution.error) : []))
    }
    case 'requested':
      return richText(
        section(
          emoji('rewind'),
          bold(' Rollback asked for by '),
          person(rollback.by),
          say(', '),
          when(rollback.askedAt),
        ),
        ...written(rollback.reason),
        section(italic('What came of it is not reported yet, and nothing is assumed until it is.')),
      )
    case 'rolled_back':
      return richText(
        section(emoji('leftwards_arrow_with_hook'), bold(' Rolled back'), say(', '), when(rollback.reportedAt)),
        ...written(rollback.detail),
        ...asked(rollback),
      )
    case 'failed':
      return richText(
        section(emoji('warning'), bold(' Rollback failed'), say(', '), when(rollback.reportedAt)),
        ...written(rollback.detail),
        ...asked(rollback),
      )
    case 'settled':
      return richText(
        section(
          emoji('white_check_mark'),
          bold(' Settled'),
          say(': nobody rolled it back until '),
          when(rollback.until),
        ),
      )
  }

  function asked({ by, askedAt, reason }: RollbackAsk): readonly RichTextBlockElement[] {
    return [section(say('Asked for by '), person(by), say(', '), when(askedAt)), ...written(reason)]
  }
}

// What passes runs at once, whether or not the agent says that it has begun.
const WORDS: Readonly<Record<Execution['state'], string>> = {
  not_started: 'Running',
  started: 'Running',
  succeeded: 'Done',
  failed: 'Failed',
  unknown: 'It may have run or not',
}
const SIGNS: Readonly<Record<Execution['state'], string>> = {
  not_started: 'hourglass_flowing_sand',
  started: 'hourglass_flowing_sand',
  succeeded: 'checkered_flag',
  failed: 'warning',
  unknown: 'grey_question',
}

function buttons(view: RollbackView, isOpen: boolean): KnownBlock {
  const rollBack: Button = { ...cardButton(view, ACTIONS.rollBack, 'Roll back'), style: 'danger' }
  return {
    type: 'actions',
    block_id: BLOCKS.buttons,
    elements: [...(isOpen ? [rollBack] : []), cardButton(view, ACTIONS.context, 'Full context')],
  }
}

function sentence(view: RollbackView, now: Instant): string {
  return `${spokenAct(view)}: ${inMrkdwn(spokenState(view.decision, now))}. ${consequence(view)}.`
}

function spokenState({ rollback, execution }: RollbackView['decision'], now: Instant): Phrase {
  switch (rollback.state) {
    case 'open':
      return now < rollback.until
        ? [`${WORDS[execution.state].toLowerCase()}, approved by the policy; roll back until `, { at: rollback.until }]
        : ['approved by the policy; the window to roll it back closed ', { at: rollback.until }]
    case 'requested':
      return ['rollback asked for by ', { user: rollback.by }]
    case 'rolled_back':
      return ['rolled back, asked for by ', { user: rollback.by }]
    case 'failed':
      return ['rollback failed, asked for by ', { user: rollback.by }]
    case 'settled':
      return ['settled, nobody rolled it back']
  }
}
