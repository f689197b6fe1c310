import type { KnownBlock, RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import type { Ended, Execution, Verdict } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Message } from './approval-card.ts'
import { consequence, spokenAct } from './approve-with.ts'
import { consequenceLine, headerBlocks, parametersBlock } from './card-top.ts'
import { MESSAGE_TEXT, weight } from './limits.ts'
import { LEAST, partOnCard, proseOnCard } from './part-on-card.ts'
import { inMrkdwn, type Phrase } from './phrase.ts'
import { type Part, requestParts } from './request-parts.ts'
import { bold, emoji, people, person, richText, say, section } from './rich-text.ts'
import { duration, inUtc, time } from './when.ts'

/** A view whose decision has ended. */
export type EndedView = DecisionView & { readonly decision: Ended }

/** The most that a note, a reason or an error takes on an end state; the rest is counted there. */
const NOTE = 1_200

/**
 * What every copy of the card shows once nobody can decide any more: what was asked, the parameters, who ended it, when
 * and why, and how the execution went. No buttons.
 */
export function endState(view: EndedView): Message {
  const { decision } = view
  const blocks: readonly KnownBlock[] = [
    ...headerBlocks(view),
    consequenceLine(view),
    result(view),
    ...executionBlocks(decision.execution),
    parametersBlock(view, 'too long for the card'),
  ]
  const why = requestParts(view).filter((part) => isKept(part, decision))
  let room = MESSAGE_TEXT - weight(blocks)
  const parts = why.map((part, at) => {
    const block = partOnCard(part, room - (why.length - at - 1) * LEAST, 'not shown here')
    room -= weight([block])
    return block
  })
  return { blocks: [...blocks, ...parts], text: sentence(view) }
}

/** Of the request, the reason it was made stays; of the policy, why it blocked. */
function isKept(part: Part, decision: Ended): boolean {
  return part.heading === 'Why' || (decision.status === 'blocked' && part.heading === 'Why it is blocked')
}

function result({ decision }: EndedView): RichTextBlock {
  const { createdAt, decidedAt } = decision
  const when: readonly RichTextElement[] = [
    say(', '),
    time(decidedAt, createdAt),
    say(`, in ${duration(decidedAt - createdAt)}`),
  ]
  switch (decision.status) {
    case 'approved':
      return richText(
        section(
          emoji('white_check_mark'),
          bold(' Approved by '),
          ...people(decision.approvals.map(({ user }) => user)),
          ...when,
        ),
        ...noteElements(decision.approvals),
      )
    case 'denied':
      return richText(
        section(emoji('no_entry'), bold(' Denied by '), person(decision.by), ...when),
        ...proseOnCard(decision.reason, NOTE, 'not shown here'),
      )
    case 'timed_out':
      return richText(
        section(
          emoji('alarm_clock'),
          bold(' Timed out'),
          say(': nobody decided in time, so this counts as denied'),
          ...when,
        ),
      )
    case 'withdrawn':
      return richText(
        section(emoji('leftwards_arrow_with_hook'), bold(' Withdrawn by the agent'), ...when),
        ...proseOnCard(decision.reason, NOTE, 'not shown here'),
      )
    case 'blocked':
      return richText(
        section(
          emoji('no_entry_sign'),
          bold(' Blocked'),
          say(': the policy does not allow this'),
          ...changed(decision),
          ...when,
        ),
      )
    case 'auto_approved':
      return richText(section(emoji('white_check_mark'), bold(' Approved by the policy'), ...when))
  }
}

function changed({ revision }: Ended): readonly RichTextElement[] {
  return revision > 0 ? [say(' with the parameters as the agent changed them')] : []
}

function noteElements(approvals: readonly Verdict[]): readonly RichTextBlockElement[] {
  const space = Math.floor(NOTE / Math.max(1, approvals.length))
  return approvals.flatMap(({ user, note }) => {
    if (note === null || note.trim() === '') return []
    const shown = proseOnCard(note, space, 'not shown here')
    return approvals.length === 1 ? shown : [section(person(user), say(':')), ...shown]
  })
}

/** How the execution went, once something is known of it. */
export function executionBlocks(execution: Execution): readonly RichTextBlock[] {
  switch (execution.state) {
    case 'not_started':
      return []
    case 'started':
      return [
        richText(
          section(emoji('hourglass_flowing_sand'), bold(' Running'), say(' since '), time(execution.at, execution.at)),
        ),
      ]
    case 'succeeded':
      return [richText(section(emoji('checkered_flag'), bold(' Done'), say(', '), time(execution.at, execution.at)))]
    case 'unknown': {
      const unknown = section(
        emoji('grey_question'),
        bold(' Nobody knows whether it ran'),
        say(', '),
        time(execution.at, execution.at),
      )
      return [
        execution.error === null
          ? richText(unknown)
          : richText(unknown, ...proseOnCard(execution.error, NOTE, 'not shown here')),
      ]
    }
    case 'failed': {
      const failed = section(emoji('warning'), bold(' Failed'), say(', '), time(execution.at, execution.at))
      return [
        execution.error === null
          ? richText(failed)
          : richText(failed, ...proseOnCard(execution.error, NOTE, 'not shown here')),
      ]
    }
  }
}

function sentence(view: EndedView): string {
  return `${spokenAct(view)}: ${inMrkdwn(outcome(view.decision))}. ${consequence(view)}. ${inUtc(view.decision.decidedAt)}.`
}

/** "approved by @ana and @ben": what became of it, for the end of a sentence; no word of what anybody wrote. */
export function outcome(decision: Ended): Phrase {
  switch (decision.status) {
    case 'approved':
      return [
        'approved by ',
        ...decision.approvals.flatMap(({ user }, at) => (at === 0 ? [{ user }] : [' and ', { user }])),
      ]
    case 'denied':
      return ['denied by ', { user: decision.by }]
    case 'timed_out':
      return ['nobody decided in time, so this counts as denied']
    case 'withdrawn':
      return ['withdrawn by the agent']
    case 'blocked':
      return ['blocked by the policy']
    case 'auto_approved':
      return ['approved by the policy']
  }
}
