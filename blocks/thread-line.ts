import type { KnownBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import { replay } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { changesOf } from '../src/domain/edit.ts'
import type { Actor, DecisionEvent } from '../src/domain/event.ts'
import type { Message } from './approval-card.ts'
import { actName, spokenAct } from './approve-with.ts'
import { editText } from './edits.ts'
import { escapeMrkdwn } from './escape.ts'
import { grouped } from './exact-json.ts'
import { clipped } from './limits.ts'
import { proseOnCard } from './part-on-card.ts'
import { inMrkdwn, inRichText, type Phrase, rowName } from './phrase.ts'
import { bold, person, richText, say, section, words } from './rich-text.ts'
import { assignmentLine, changesParameters, turnsOf } from './turn.ts'
import { date, dateMrkdwn } from './when.ts'

/** The most of somebody's text in one line of the thread. */
const QUOTED = 1_200

type AssignmentExhausted = DecisionEvent & { readonly type: 'assignment.exhausted' }

/** A sentence in two writings: for the thread, and for notifications; and what somebody wrote, quoted below it. */
type Line = { readonly shown: readonly RichTextElement[]; readonly text: string; readonly quoted?: string | null }

/**
 * One event of the history for the card's thread.
 * @param view the decision after its whole history, which this event is part of
 * @param row which row of a shared card it is about; null: the card has one decision
 * @param namesStep does it say which step of a workflow it is about?
 */
export function threadLine(
  event: DecisionEvent,
  view: DecisionView,
  row: number | null = null,
  namesStep = true,
): Message {
  const { shown, text, quoted } = lineOf(event, view)
  const which =
    row === null ? stepPhrase(view, namesStep) : { shown: [bold(`${rowName(row)}: `)], text: `${rowName(row)}: ` }
  return { blocks: lineBlocks(section(...which.shown, ...shown), quoted ?? null), text: `${which.text}${text}` }
}

/** Which step of its workflow a line is about, where all of them stand in one thread; empty: it is of none. */
function stepPhrase(view: DecisionView, isNamed: boolean): Line {
  const { workflow } = view.decision.proposal
  if (workflow === undefined || !isNamed) return { shown: [], text: '' }
  const step = `Step ${grouped(workflow.step_index)}`
  return {
    shown: [bold(step), say(', '), words(clipped(actName(view), 120)), bold(': ')],
    text: `${step}, ${spokenAct(view)}: `,
  }
}

/** The card itself shows who is asked first, and a reminder is for one person. Operations are told once. */
export function isWorthALine(event: DecisionEvent, { history }: DecisionView): boolean {
  if (event.type === 'assignment.made') return event.payload.because !== 'submitted'
  if (event.type === 'assignment.exhausted') return !wasTold(history.slice(0, history.indexOf(event)))
  return event.type !== 'assignment.nudged' && event.type !== 'grant.issued' && event.type !== 'decision.erased'
}

/** Was nobody asked, and nothing changed for whom to ask, since operations were told? */
function wasTold(before: readonly DecisionEvent[]): boolean {
  const telling = ['assignment.exhausted', 'assignment.made', 'clarification.answered', 'decision.edited']
  return before.findLast(({ type }) => telling.includes(type))?.type === 'assignment.exhausted'
}

/** The same for several events in a row, with the time of each: the timeline of the full context. */
export function timelineBlock(event: DecisionEvent, view: DecisionView): RichTextBlockElement {
  const { shown } = lineOf(event, view)
  return section(date(event.at), say('  '), ...shown)
}

/** What somebody wrote with an event, whole; null: nothing. */
export function writtenWith(event: DecisionEvent, view: DecisionView): string | null {
  return lineOf(event, view).quoted ?? null
}

function lineBlocks(line: RichTextBlockElement, quoted: string | null): KnownBlock[] {
  if (quoted === null || quoted.trim() === '') return [richText(line)]
  return [richText(line, ...proseOnCard(quoted, QUOTED, 'in Full context'))]
}

function lineOf(event: DecisionEvent, view: DecisionView): Line {
  const { policy, decision } = view
  switch (event.type) {
    case 'decision.submitted': {
      const { assignment } = event.payload
      const goes = assignment === null ? '.' : `; ${assignment.role} decides.`
      return {
        shown: [actor(event.actor), say(' asked'), say(goes)],
        text: `The agent asked${escapeMrkdwn(goes)}`,
        quoted: null,
      }
    }
    case 'decision.approved': {
      const { approvals_required: needed } = policy ?? { approvals_required: 1 }
      const count = needed < 2 ? '' : ` (${approvalsUntil(event, view)} of ${needed})`
      return { ...says(event.actor, `approved${count}`), quoted: event.sealed.note }
    }
    case 'decision.edited':
      return editedLine(event, view)
    case 'decision.denied':
      return { ...says(event.actor, 'denied this'), quoted: event.sealed.reason }
    case 'decision.withdrawn':
      return { ...says(event.actor, 'withdrew this'), quoted: event.sealed.reason }
    case 'decision.timed_out':
      return ours('Nobody decided in time, so this counts as denied.')
    case 'decision.resubmitted':
      return says(event.actor, `had this asked again: it is ${event.payload.decision} now`)
    case 'clarification.requested':
      return {
        shown: [
          actor(event.actor),
          bold(' asked a question'),
          say('. The clocks are stopped until '),
          date(event.payload.until),
          say(' at the latest.'),
        ],
        text: `${spoken(event.actor)} asked a question. The clocks are stopped until ${dateMrkdwn(event.payload.until)} at the latest.`,
        quoted: event.sealed.question,
      }
    case 'clarification.answered':
      return answeredLine(
        event,
        decision.clarification?.id === event.payload.clarification ? decision.clarification.askedBy : null,
      )
    case 'clarification.expired':
      return {
        shown: [
          bold('No answer came in time'),
          say('; the clocks run again. Decide by '),
          date(event.payload.expiresAt),
          say(', or it is denied.'),
        ],
        text: `No answer came in time; the clocks run again. Decide by ${dateMrkdwn(event.payload.expiresAt)}, or it is denied.`,
      }
    case 'assignment.made':
      return told(assignmentLine(event))
    case 'assignment.nudged':
      return told(['Reminded ', { user: event.payload.user }, '.'])
    case 'assignment.exhausted':
      return told(exhaustedLine(event, view))
    case 'execution.reported':
      return { ...says(event.actor, EXECUTION[event.payload.state]), quoted: event.sealed.error }
    case 'execution.settled':
      return says(event.actor, SETTLED[event.payload.verdict])
    case 'rollback.requested':
      return { ...says(event.actor, 'asked to roll this back'), quoted: event.sealed.reason }
    case 'rollback.reported':
      return { ...says(event.actor, ROLLBACK[event.payload.state]), quoted: event.sealed.detail }
    case 'rollback.settled':
      return ours('Nobody asked to roll this back in time, so it stands.')
    case 'grant.issued':
      return ours('The agent has read the approval and holds its grant.')
    case 'grant.consumed':
      return says(event.actor, 'used the grant: this may run now, once')
    case 'decision.erased':
      return ours('What people and agents wrote of this was erased.')
    case 'outcome.recorded': {
      const label = event.payload.correct ? 'this was right' : 'this was wrong'
      return {
        ...says(event.actor, `recorded an outcome (${event.payload.source}): ${label}`),
        quoted: event.sealed.note,
      }
    }
  }
}

const EXECUTION = {
  not_started: 'has not started it',
  started: 'started it',
  succeeded: 'reports that it is done',
  failed: 'reports that it failed',
  unknown: 'does not know whether it ran',
} as const

const SETTLED = {
  ran: 'says that it ran',
  did_not_run: 'says that it did not run',
  try_again: 'has it tried again',
} as const

const ROLLBACK = {
  rolled_back: 'reports that it is rolled back',
  failed: 'reports that the rollback failed',
} as const

function answeredLine(event: DecisionEvent & { readonly type: 'clarification.answered' }, asker: string | null): Line {
  const { amendment, expiresAt } = event.payload
  const { answer, evidence } = event.sealed
  const added =
    evidence.length === 0
      ? ''
      : ` It added ${evidence.length === 1 ? '1 piece' : `${evidence.length} pieces`} of evidence.`
  const changed =
    amendment === null ? '' : ' It changed the parameters: the card shows them, and earlier approvals no longer count.'
  const blocked = amendment !== null && amendment.assignment === null
  const rest = blocked ? ' The policy blocks them, which ends this.' : ''
  const to = asker === null ? [] : [say(' to '), person(asker)]
  const end = blocked ? [] : [say(' The clocks run again: decide by '), date(expiresAt), say(', or it is denied.')]
  return {
    shown: [actor(event.actor), bold(' answered'), ...to, say(`.${added}${changed}${rest}`), ...end],
    text: `${spoken(event.actor)} answered${asker === null ? '' : ` to <@${asker}>`}.${added}${changed}${rest}${blocked ? '' : ` Decide by ${dateMrkdwn(expiresAt)}, or it is denied.`}`,
    quoted: answer,
  }
}

/** Who changed what, whose approvals count no more, and who decides it now where that are others. */
function editedLine(event: DecisionEvent & { readonly type: 'decision.edited' }, { history }: DecisionView): Line {
  const before = replay(history.slice(0, Math.max(1, history.indexOf(event))))
  const { assignment } = event.payload.amendment
  const moved = assignment !== null && 'assignment' in before && before.assignment.level !== assignment.level
  const phrase: Phrase = [
    ...(event.actor.kind === 'person' ? [{ user: event.actor.user }] : ['Countersign']),
    ' changed the parameters.',
    ...voided(before.approvals.map(({ user }) => user)),
    ...(moved ? [` ${assignment.role} decides now.`] : []),
  ]
  const changes = changesOf(before.parameters, event.sealed.parameters)
  return { ...told(phrase), quoted: editText({ changes }) }
}

function voided(users: readonly string[]): Phrase {
  if (users.length === 0) return []
  const names = users.flatMap((user, at): Phrase => (at === 0 ? [{ user }] : [' and ', { user }]))
  const what = users.length === 1 ? 'The approval of ' : 'The approvals of '
  return [
    ` ${what}`,
    ...names,
    users.length === 1
      ? ' was of other parameters and no longer counts.'
      : ' were of other parameters and no longer count.',
  ]
}

function says(by: Actor, what: string): Line {
  return { shown: [actor(by), bold(` ${what}`)], text: `${spoken(by)} ${what}.` }
}

function exhaustedLine(event: AssignmentExhausted, { history }: DecisionView): Phrase {
  if (event.payload.because === 'nobody_available') return ['Nobody who may decide is available; operations were told.']
  const before = turnsOf(history.slice(0, history.indexOf(event))).at(-1)
  const who: Phrase = before === undefined ? ['Everybody in this channel'] : [{ user: before.made.payload.user }]
  return ['Nobody is left to ask, and operations were told. ', ...who, ' can still decide.']
}

function told(phrase: Phrase): Line {
  return { shown: inRichText(phrase), text: inMrkdwn(phrase) }
}

function ours(text: string): Line {
  return { shown: [bold(text)], text }
}

function actor(by: Actor): RichTextElement {
  switch (by.kind) {
    case 'agent':
      return words(by.agent)
    case 'person':
      return person(by.user)
    case 'clock':
      return say('Time')
    case 'engine':
      return say('Countersign')
    case 'operator':
      return say('An operator')
    case 'system':
      return say('The system that was asked')
  }
}

// An agent's name is left out: what Slack reads as mrkdwn holds no word of an agent.
function spoken(by: Actor): string {
  switch (by.kind) {
    case 'agent':
      return 'The agent'
    case 'person':
      return `<@${by.user}>`
    case 'clock':
      return 'Time'
    case 'engine':
      return 'Countersign'
    case 'operator':
      return 'An operator'
    case 'system':
      return 'The system that was asked'
  }
}

/** Approvals of the same parameters up to and with this one: a change voids those before it. */
function approvalsUntil(
  event: DecisionEvent & { readonly type: 'decision.approved' },
  { history }: DecisionView,
): number {
  const at = history.findIndex(
    (each) => each === event || (each.type === event.type && each.at === event.at && sameActor(each, event)),
  )
  const before = at < 0 ? history : history.slice(0, at)
  // Back to what they once were, too: the approvals in between were of others.
  const changed = before.findLastIndex(changesParameters)
  return before.slice(changed + 1).filter(({ type }) => type === 'decision.approved').length + 1
}

function sameActor(a: DecisionEvent, b: DecisionEvent): boolean {
  return spoken(a.actor) === spoken(b.actor)
}
