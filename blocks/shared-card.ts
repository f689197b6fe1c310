import type { KnownBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import { type Ended, isWaiting, type Waiting } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { editsOf } from '../src/domain/edit.ts'
import type { Instant } from '../src/domain/time.ts'
import { ACTIONS } from './action-ids.ts'
import {
  decidingButtons,
  isWaitingView,
  type Message,
  questionElements,
  quorumLine,
  type WaitingView,
} from './approval-card.ts'
import { actName, consequence, parametersFit, parametersText, spokenAct } from './approve-with.ts'
import { askAgainButton, askedAgainLine } from './ask-again.ts'
import { named, openNote, parametersElement, readElsewhere, signal } from './card-top.ts'
import { editElements } from './edits.ts'
import { type EndedView, endLine, endWords, executionElements } from './end-state.ts'
import { oneLine } from './escape.ts'
import { frozenInRow } from './frozen.ts'
import { clipped, HEADER_TEXT, MESSAGE_TEXT, ROW_PARAMETERS, weight } from './limits.ts'
import { proseOnCard } from './part-on-card.ts'
import { inMrkdwn, inRichText, type Phrase, rowName } from './phrase.ts'
import { isShortBasis } from './request-parts.ts'
import { bold, code, divider, emoji, person, plain, richText, say, section } from './rich-text.ts'

/** What one text of a row may take where there is room. */
const QUOTED = 280
/** What the note beside a shortened text takes. */
const NOTE = 120
/** A row has at most a question, its answer, and why, and why it is frozen; or what was written at its end, and an error. */
const TEXTS = 3

/** How a row is drawn. `whole`: with its parameters. `space`: for each of its texts, in characters. */
type Drawing = { readonly whole: boolean; readonly space: number }

/**
 * A card that several decisions of one action and agent share, a row each: while it is open what it takes to decide it,
 * then how it ended. Parameters stand in a row whole or not at all, and where they do not, Approve opens them first.
 */
export function sharedCard(views: readonly DecisionView[], now: Instant): Message {
  const [first] = views
  if (first === undefined) return { blocks: [], text: '' }
  const top = topBlocks(first, views)
  const whole = wholeRows(views, now, MESSAGE_TEXT - weight(top))
  const draw = (space: number) =>
    views.flatMap((view, at) => rowBlocks(view, at + 1, { whole: whole.has(view), space }, now))
  const left = MESSAGE_TEXT - weight(top) - weight(draw(0))
  const more = [
    views.some(({ frozen }) => frozen.length > 0),
    views.some(({ decision }) => editsOf(decision).length > 0),
  ]
  const texts = TEXTS + more.filter(Boolean).length
  const space = Math.max(0, Math.min(QUOTED, Math.floor(left / (views.length * texts)) - NOTE))
  return { blocks: [...top, ...draw(space)], text: sentence(first, views, now) }
}

/** Of which rows the parameters are shown: the largest give way first where there is no room for all. */
function wholeRows(views: readonly DecisionView[], now: Instant, room: number): ReadonlySet<DecisionView> {
  const whole = views
    .filter((view) => parametersFit(view, ROW_PARAMETERS))
    .toSorted((a, b) => parametersText(a).length - parametersText(b).length)
  const taken = (shown: readonly DecisionView[]) =>
    weight(views.flatMap((view, at) => rowBlocks(view, at + 1, { whole: shown.includes(view), space: 0 }, now)))
  while (whole.length > 0 && taken(whole) > room) whole.pop()
  return new Set(whole)
}

function topBlocks(first: DecisionView, views: readonly DecisionView[]): readonly KnownBlock[] {
  const act = actName(first)
  const count = `: ${counted(views.length)}`
  const all = act.length + count.length <= HEADER_TEXT ? [] : [section(say(clipped(act, 300)))]
  const facts = section(
    emoji(signal(first)),
    bold(` ${consequence(first)}`),
    say('  ·  '),
    code(clipped(oneLine(first.decision.proposal.action), 100)),
    say('  ·  asked by '),
    named(first.decision.agent, 100),
  )
  return [
    { type: 'header', text: plain(clipped(act, HEADER_TEXT - count.length) + count) },
    richText(...all, facts, section(say(tally(views)))),
    ...(views.some(({ openToChannel }) => openToChannel) ? [openNote()] : []),
  ]
}

function rowBlocks(view: DecisionView, row: number, drawing: Drawing, now: Instant): readonly KnownBlock[] {
  const { decision } = view
  const blocks = isWaiting(decision)
    ? openRow({ ...view, decision }, row, drawing, now)
    : endedRow({ ...view, decision }, row, drawing)
  return [divider, ...blocks]
}

function openRow(view: WaitingView, row: number, { whole, space }: Drawing, now: Instant): readonly KnownBlock[] {
  const { decision } = view
  const { rationale = '' } = decision.proposal
  const quorum = quorumLine(view)
  const shown = richText(
    section(bold(rowName(row)), say('  ·  '), ...inRichText(timePhrase(decision, now))),
    ...frozenInRow(view, space),
    section(say(confidence(decision)), say('  ·  '), ...assigned(view), ...requester(decision)),
    parametersElement(view, whole, readElsewhere(view)),
    ...editElements(decision, space, ELSEWHERE),
    ...(quorum.length === 0 ? [] : [section(...quorum)]),
    ...(rationale.trim() === '' ? [] : [section(bold('Why')), ...proseOnCard(rationale, space, ELSEWHERE)]),
    ...questionElements(view, { question: space, answer: space }),
  )
  return [shown, decidingButtons(view, whole ? ACTIONS.approve : ACTIONS.approveUnread, row)]
}

function endedRow(view: EndedView, row: number, { whole, space }: Drawing): readonly KnownBlock[] {
  const { decision } = view
  return [
    richText(
      section(bold(rowName(row)), say('  ·  '), ...endLine(decision)),
      ...askedAgainLine(view),
      ...endWords(decision, space),
      ...blockedWhy(decision, space),
      ...executionElements(decision.execution, space),
      parametersElement(view, whole, 'too long for the card'),
      ...editElements(decision, space, 'not shown here'),
    ),
    ...askAgainButton(view, row),
  ]
}

const ELSEWHERE = 'in Full context'

function timePhrase(decision: Waiting, now: Instant): Phrase {
  if (decision.status === 'clarifying')
    return [
      'The clocks are stopped for a question, until ',
      { at: decision.clarification.until },
      ' at the latest; it can be decided all the same',
    ]
  const { deadline, expiresAt } = decision.clocks
  if (now >= expiresAt) return ['The time has run out, so this counts as denied']
  const isRunning = deadline < expiresAt && !decision.assignment.exhausted
  return [
    'Decide by ',
    { at: expiresAt },
    ', or it is denied',
    ...(isRunning ? ['  ·  answer expected ', { at: deadline }] : []),
  ]
}

function confidence({ proposal }: Waiting): string {
  const { confidence: stated, confidence_basis: basis } = proposal
  return `Confidence ${stated}, ${isShortBasis(basis) ? basis : 'as the agent states it'}`
}

function assigned({ decision, openToChannel }: WaitingView): readonly RichTextElement[] {
  const { role, reviewers, exhausted } = decision.assignment
  const [user] = reviewers
  const told = exhausted ? '; operations were told' : ''
  if (openToChannel) return [say(`Assigned to everybody in this channel${told}`)]
  const shown = clipped(role, 80)
  if (user === undefined) return [say(`Assigned to ${shown}${told}`)]
  return [say('Assigned to '), person(user), say(` (${shown})${told}`)]
}

function requester({ proposal }: Waiting): readonly RichTextElement[] {
  return proposal.requested_by === undefined ? [] : [say('  ·  for '), named(proposal.requested_by, 80)]
}

function blockedWhy({ status, reasons }: Ended, space: number): readonly RichTextBlockElement[] {
  return status === 'blocked'
    ? proseOnCard(reasons.map(({ message }) => message).join('\n'), space, 'not shown here')
    : []
}

function sentence(first: DecisionView, views: readonly DecisionView[], now: Instant): string {
  const open = views.filter(isWaitingView)
  const start = `${spokenAct(first)}${open.length > 0 ? '?' : ':'} ${counted(views.length)}, ${tally(views)}.`
  const soonest = open.map(({ decision }) => decision).toSorted((a, b) => endOf(a) - endOf(b))[0]
  const time = soonest === undefined ? '' : ` ${inMrkdwn(timePhrase(soonest, now)).split('  ·  ')[0]}.`
  return `${start} ${consequence(first)}.${time}`
}

function endOf(decision: Waiting): Instant {
  return decision.status === 'clarifying' ? decision.clarification.until : decision.clocks.expiresAt
}

/** "2 to decide, 1 approved, 1 timed out" */
function tally(views: readonly DecisionView[]): string {
  const of = (status: Ended['status']) => views.filter(({ decision }) => decision.status === status).length
  const counts: readonly (readonly [number, string])[] = [
    [views.filter(isWaitingView).length, 'to decide'],
    [of('approved') + of('auto_approved'), 'approved'],
    [of('denied'), 'denied'],
    [of('timed_out'), 'timed out'],
    [of('withdrawn'), 'withdrawn'],
    [of('blocked'), 'blocked'],
  ]
  return counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`])).join(', ')
}

function counted(count: number): string {
  return count === 1 ? '1 request' : `${count} requests`
}
