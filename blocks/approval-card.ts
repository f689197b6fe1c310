import type { ActionsBlock, Button, KnownBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import { isWaiting, type Waiting } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { editsOf } from '../src/domain/edit.ts'
import type { Instant } from '../src/domain/time.ts'
import { ACTIONS, BLOCKS } from './action-ids.ts'
import { actName, approveWith, consequence, isGate, spokenAct } from './approve-with.ts'
import { askedBeforeOnCard } from './asked-before.ts'
import { cardButton } from './card-button.ts'
import {
  consequenceLine,
  deadlineText,
  fieldsBlock,
  headerBlocks,
  openNote,
  parametersBlock,
  readElsewhere,
} from './card-top.ts'
import { editInputs } from './edit-input.ts'
import { editElements } from './edits.ts'
import { frozenOnCard } from './frozen.ts'
import { CONFIRM_TEXT, clipped, MESSAGE_TEXT, weight } from './limits.ts'
import { LEAST, partOnCard, proseOnCard } from './part-on-card.ts'
import { basis, requestParts } from './request-parts.ts'
import { bold, emoji, italic, people, person, plain, richText, say, section } from './rich-text.ts'
import { date } from './when.ts'

/** A message: its blocks, and the sentence that notifications and screen readers give instead of them. */
export type Message = { readonly blocks: KnownBlock[]; readonly text: string }

/** A view whose decision still waits. */
export type WaitingView = DecisionView & { readonly decision: Waiting }

const ELSEWHERE = 'in Full context'

/** The most that changes of reviewers take on a card, in characters. */
export const EDITS = 700

/** Can people still decide it? Then it has an approval card, and an end state otherwise. */
export function isWaitingView(view: DecisionView): view is WaitingView {
  return isWaiting(view.decision)
}

/**
 * The card of a decision that waits for people: what will happen, how bad it can be, by when, why; then the buttons.
 * One that is frozen says so and has no Approve. Parameters stand on it whole or not at all; other parts say how much of them is only in the full context.
 * @param first what stands above it, e.g. why this person is asked
 */
export function approvalCard(view: WaitingView, now: Instant, first: readonly KnownBlock[] = []): Message {
  const top: readonly KnownBlock[] = [
    ...first,
    ...headerBlocks(view),
    consequenceLine(view),
    ...frozenOnCard(view),
    ...askedBeforeOnCard(view),
    ...(view.openToChannel ? [openNote()] : []),
    fieldsBlock(view, now),
  ]
  const question = [...questionElements(view, { question: 700, answer: 1_200 }), ...stoppedLine(view.decision)]
  const quorum = quorumLine(view)
  const bottom = [
    ...(question.length === 0 ? [] : [richText(...question)]),
    ...(quorum.length === 0 ? [] : [richText(section(...quorum))]),
    { ...decidingButtons(view, ACTIONS.approve), block_id: BLOCKS.buttons },
  ]
  const edits = editElements(view.decision, EDITS, ELSEWHERE)
  const parameters = [parametersBlock(view, readElsewhere(view)), ...(edits.length === 0 ? [] : [richText(...edits)])]
  const parts = [
    ...basis(view).map((part) => ({ part, before: true })),
    ...requestParts(view).map((part) => ({ part, before: false })),
  ]
  let room = MESSAGE_TEXT - weight([...top, ...parameters, ...bottom])
  const shown = parts.map(({ part, before }, at) => {
    // Each later part keeps at least its heading and the line that says where it stands.
    const kept = (parts.length - at - 1) * LEAST
    const block = partOnCard(part, room - kept, ELSEWHERE)
    room -= weight([block])
    return { block, before }
  })
  const blocksOf = (before: boolean) => shown.filter((each) => each.before === before).map(({ block }) => block)
  return {
    blocks: [...top, ...blocksOf(true), ...parameters, ...blocksOf(false), ...bottom],
    text: sentence(view, now),
  }
}

function sentence(view: WaitingView, now: Instant): string {
  const { decision } = view
  const by = decision.status === 'pending' && now < decision.clocks.expiresAt ? 'Decide by ' : ''
  const until = deadlineText(decision, now).split('\n')[0] ?? ''
  const frozen = view.frozen.length > 0 ? ' It is frozen, and cannot be approved for now.' : ''
  return `${spokenAct(view)}? ${consequence(view)}. ${by}${until}.${frozen}`
}

/** The latest question and its answer, where there is one. @param space for each of the two, in characters */
export function questionElements(
  { decision }: WaitingView,
  space: { readonly question: number; readonly answer: number },
): readonly RichTextBlockElement[] {
  const { clarification } = decision
  if (clarification === null) return []
  const asked = section(emoji('speech_balloon'), say(' '), person(clarification.askedBy), bold(' asked'))
  const question = proseOnCard(clarification.question, space.question, ELSEWHERE)
  switch (clarification.state) {
    case 'open':
      return [asked, ...question]
    case 'answered': {
      const changed =
        decision.revision > 0 && editsOf(decision).length === 0
          ? [section(italic('The parameters above are as the agent changed them.'))]
          : []
      const answer = proseOnCard(clarification.answer, space.answer, ELSEWHERE)
      return [asked, ...question, section(bold('The agent answered')), ...answer, ...changed]
    }
    case 'expired':
      return [asked, ...question, section(italic('The agent has not answered in time; the clocks run again.'))]
    case 'moot':
      return []
  }
}

function stoppedLine({ clarification }: Waiting): readonly RichTextBlockElement[] {
  if (clarification?.state !== 'open') return []
  const until = date(clarification.until)
  return [
    section(
      italic('The clocks are stopped until the agent answers, or until '),
      until,
      italic('. You can decide all the same.'),
    ),
  ]
}

/** "1 of 2 approvals: @ana"; empty where one is enough. */
export function quorumLine({ decision, policy }: WaitingView): readonly RichTextElement[] {
  const needed = policy?.approvals_required ?? 1
  if (needed < 2) return []
  const given = decision.approvals.map(({ user }) => user)
  const count = bold(`${given.length} of ${needed} approvals`)
  return given.length === 0 ? [count] : [count, say(': '), ...people(given)]
}

/**
 * The buttons that decide it, or lead to where it is decided.
 * @param approving what Approve does: `ACTIONS.approve`, or `ACTIONS.approveUnread` beside parameters that are not all there
 * @param row which row of a shared card they belong to; null: the card is theirs alone
 */
export function decidingButtons(
  view: WaitingView,
  approving: typeof ACTIONS.approve | typeof ACTIONS.approveUnread,
  row: number | null = null,
): ActionsBlock {
  const act = row === null ? actName(view) : `row ${row}, ${actName(view)}`
  const button = (actionId: string, label: string) => cardButton(view, actionId, label, act)
  const approve: Button = { ...button(approving, 'Approve'), style: 'primary' }
  const asksFirst = approving === ACTIONS.approve && approveWith(view) === 'confirm'
  return {
    type: 'actions',
    elements: [
      ...(view.frozen.length > 0 ? [] : [asksFirst ? { ...approve, confirm: confirmation(view) } : approve]),
      button(ACTIONS.deny, 'Deny'),
      button(ACTIONS.clarify, 'Ask a question'),
      button(ACTIONS.context, 'Full context'),
      ...(view.frozen.length > 0 || editInputs(view).length === 0
        ? []
        : [button(ACTIONS.edit, 'Approve with changes')]),
    ],
  }
}

function whatFollows(view: WaitingView): string {
  if (isGate(view)) return 'The plan then goes on with its next step.'
  const who = view.decision.run === null ? 'The agent may then run' : 'Countersign then executes'
  return `${who} exactly these parameters.`
}

function confirmation(view: WaitingView): NonNullable<Button['confirm']> {
  const warning = `\n${consequence(view)}. ${whatFollows(view)}`
  return {
    title: plain('Approve this?'),
    text: plain(clipped(actName(view), CONFIRM_TEXT - warning.length) + warning),
    confirm: plain('Approve'),
    deny: plain('Not yet'),
  }
}
