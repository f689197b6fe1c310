import type { KnownBlock, RichTextBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import type { Ended, Execution, Verdict } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { EDITS, type Message } from './approval-card.ts'
import { consequence, isGate, spokenAct } from './approve-with.ts'
import { askedAgainLine } from './ask-again.ts'
import { consequenceLine, headerBlocks, parametersBlock } from './card-top.ts'
import { editElements } from './edits.ts'
import { MESSAGE_TEXT, weight } from './limits.ts'
import { LEAST, partOnCard, proseOnCard } from './part-on-card.ts'
import { inMrkdwn, type Phrase } from './phrase.ts'
import { ABOUT_GATE, type Part, requestParts } from './request-parts.ts'
import { bold, emoji, people, person, richText, say, section } from './rich-text.ts'
import { date, duration, inUtc, time } from './when.ts'

/** A view whose decision has ended. */
export type EndedView = DecisionView & { readonly decision: Ended }

/** The most that a note, a reason or an error takes on an end state; the rest is counted there. */
const NOTE = 1_200

/**
 * What every copy of the card shows once nobody can decide any more: what was asked, the parameters, who ended it, when
 * and why, and how the execution went. Nothing in it decides anything.
 * @param last what stands below it
 */
export function endState(view: EndedView, last: readonly KnownBlock[] = []): Message {
  const { decision } = view
  if (decision.erasedAt !== undefined) return { blocks: [...erasedBlocks(view)], text: sentence(view) }
  const edits = editElements(decision, EDITS, 'not shown here')
  const blocks: readonly KnownBlock[] = [
    ...headerBlocks(view),
    consequenceLine(view),
    result(view),
    ...executionBlocks(decision.execution),
    ...(isGate(view) ? [] : [parametersBlock(view, 'too long for the card')]),
    ...(edits.length === 0 ? [] : [richText(...edits)]),
  ]
  const why = requestParts(view).filter((part) => isKept(part, decision))
  let room = MESSAGE_TEXT - weight([...blocks, ...last])
  const parts = why.map((part, at) => {
    const block = partOnCard(part, room - (why.length - at - 1) * LEAST, 'not shown here')
    room -= weight([block])
    return block
  })
  return { blocks: [...blocks, ...parts, ...last], text: sentence(view) }
}

/** What is left of one that was erased: what it was, how it ended, and that there is nothing more to see. */
export function erasedBlocks(view: EndedView): readonly KnownBlock[] {
  const { erasedAt, execution } = view.decision
  const left =
    erasedAt === undefined
      ? []
      : [richText(section(emoji('wastebasket'), bold(' Erased '), date(erasedAt), say(`: ${ERASED}`)))]
  return [
    ...headerBlocks(view),
    consequenceLine(view),
    richText(section(...endLine(view.decision))),
    ...executionBlocks(execution),
    ...left,
  ]
}

const ERASED = 'what people and agents wrote of this, its parameters among it, is kept no longer.'

/** Of the request, the reason it was made stays; of the policy, why it blocked. */
function isKept(part: Part, decision: Ended): boolean {
  return (
    part.heading === 'Why' ||
    part.heading === ABOUT_GATE ||
    (decision.status === 'blocked' && part.heading === 'Why it is blocked')
  )
}

function result(view: EndedView): RichTextBlock {
  const { decision } = view
  return richText(section(...endLine(decision)), ...askedAgainLine(view), ...endWords(decision, NOTE))
}

/** Who ended it, or what, and when. */
export function endLine(decision: Ended): readonly RichTextElement[] {
  const { createdAt, decidedAt } = decision
  const when: readonly RichTextElement[] = [
    say(', '),
    time(decidedAt, createdAt),
    say(`, in ${duration(decidedAt - createdAt)}`),
  ]
  switch (decision.status) {
    case 'approved':
      return [
        emoji('white_check_mark'),
        bold(' Approved by '),
        ...people(decision.approvals.map(({ user }) => user)),
        ...when,
      ]
    case 'denied':
      return [emoji('no_entry'), bold(' Denied by '), person(decision.by), ...when]
    case 'timed_out':
      return [
        emoji('alarm_clock'),
        bold(' Timed out'),
        say(': nobody decided in time, so this counts as denied'),
        ...when,
      ]
    case 'withdrawn':
      return [emoji('leftwards_arrow_with_hook'), bold(' Withdrawn by the agent'), ...when]
    case 'blocked':
      return [
        emoji('no_entry_sign'),
        bold(' Blocked'),
        say(': the policy does not allow this'),
        ...changed(decision),
        ...when,
      ]
    case 'auto_approved':
      return [emoji('white_check_mark'), bold(' Approved by the policy'), ...when]
  }
}

/** What was written with it. @param space for all of it together, in characters */
export function endWords(decision: Ended, space: number): readonly RichTextBlockElement[] {
  switch (decision.status) {
    case 'approved':
      return noteElements(decision.approvals, space)
    case 'denied':
    case 'withdrawn':
      return proseOnCard(decision.reason, space, 'not shown here')
    case 'timed_out':
    case 'blocked':
    case 'auto_approved':
      return []
  }
}

function changed({ revision }: Ended): readonly RichTextElement[] {
  return revision > 0 ? [say(' with the parameters as the agent changed them')] : []
}

function noteElements(approvals: readonly Verdict[], all: number): readonly RichTextBlockElement[] {
  const space = Math.floor(all / Math.max(1, approvals.length))
  return approvals.flatMap(({ user, note }) => {
    if (note === null || note.trim() === '') return []
    const shown = proseOnCard(note, space, 'not shown here')
    return approvals.length === 1 ? shown : [section(person(user), say(':')), ...shown]
  })
}

/** How the execution went, once something is known of it. */
export function executionBlocks(execution: Execution): readonly RichTextBlock[] {
  const elements = executionElements(execution, NOTE)
  return elements.length === 0 ? [] : [richText(...elements)]
}

/** The same for a place with more beside it. @param space for an error, in characters */
export function executionElements(execution: Execution, space: number): readonly RichTextBlockElement[] {
  switch (execution.state) {
    case 'not_started':
      return []
    case 'started':
      return [
        section(emoji('hourglass_flowing_sand'), bold(' Running'), say(' since '), time(execution.at, execution.at)),
      ]
    case 'succeeded':
      return [section(emoji('checkered_flag'), bold(' Done'), say(', '), time(execution.at, execution.at))]
    case 'unknown': {
      const unknown = section(
        emoji('grey_question'),
        bold(' Nobody knows whether it ran'),
        say(', '),
        time(execution.at, execution.at),
      )
      return [unknown, ...(execution.error === null ? [] : proseOnCard(execution.error, space, 'not shown here'))]
    }
    case 'failed': {
      const failed = section(emoji('warning'), bold(' Failed'), say(', '), time(execution.at, execution.at))
      return [failed, ...(execution.error === null ? [] : proseOnCard(execution.error, space, 'not shown here'))]
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
