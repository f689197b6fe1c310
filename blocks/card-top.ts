import type { KnownBlock, RichTextBlockElement, RichTextElement, SectionBlock } from '@slack/types'
import type { Waiting } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Instant } from '../src/domain/time.ts'
import { actName, consequence, isGate, parametersFit, parametersText } from './approve-with.ts'
import { escapeMrkdwn, oneLine } from './escape.ts'
import { countedKeys, grouped } from './exact-json.ts'
import { clipped, HEADER_TEXT } from './limits.ts'
import { isShortBasis } from './request-parts.ts'
import { bold, emoji, italic, plain, preformatted, richText, say, section, words } from './rich-text.ts'
import { dateMrkdwn } from './when.ts'

type TextObject = NonNullable<SectionBlock['text']>

/** The act in the largest letters; a policy's longer words for it follow whole. */
export function headerBlocks(view: DecisionView): readonly KnownBlock[] {
  const act = actName(view)
  const header: KnownBlock = { type: 'header', text: plain(clipped(act, HEADER_TEXT)) }
  return act.length <= HEADER_TEXT ? [header] : [header, richText(section(say(clipped(act, 600))))]
}

/** One line: how bad it can be, which agent asks, and for whom. */
export function consequenceLine(view: DecisionView): KnownBlock {
  const { agent, proposal } = view.decision
  const asker: readonly RichTextElement[] =
    proposal.requested_by === undefined ? [] : [say(' for '), named(proposal.requested_by)]
  return richText(
    section(
      emoji(signal(view)),
      bold(` ${consequence(view)}`),
      say('  ·  asked by '),
      named(agent),
      ...asker,
      ...stepOf(view),
    ),
  )
}

/** Where in its plan it stands: who is asked by direct message sees no thread. */
function stepOf({ decision }: DecisionView): readonly RichTextElement[] {
  const { workflow } = decision.proposal
  return workflow === undefined
    ? []
    : [say(`  ·  step ${grouped(workflow.step_index)} of the plan `), named(workflow.id, 80)]
}

/** Action, deadline, confidence, and who is asked. */
export function fieldsBlock(view: DecisionView & { readonly decision: Waiting }, now: Instant): KnownBlock {
  const decideBy = ours('Decide by', deadlineText(view.decision, now))
  const assignedTo = ours('Assigned to', assignedText(view))
  if (isGate(view)) return { type: 'section', fields: [decideBy, assignedTo] }
  return {
    type: 'section',
    fields: [
      theirs('Action', view.decision.proposal.action),
      decideBy,
      ours('Confidence', confidenceText(view)),
      assignedTo,
    ],
  }
}

/** Action, confidence, and who may have it rolled back. */
export function runningFieldsBlock(view: DecisionView): KnownBlock {
  const roles = view.policy?.escalation_path.join(' or ') ?? ''
  const who = view.openToChannel ? 'everybody in this channel' : clipped(escapeMrkdwn(roles), 400)
  return {
    type: 'section',
    fields: [
      theirs('Action', view.decision.proposal.action),
      ours('Confidence', confidenceText(view)),
      ...(who === '' ? [] : [ours('Who may roll it back', who)]),
    ],
  }
}

/** "today at 10:40, or it is denied", as mrkdwn. */
export function deadlineText(decision: Waiting, now: Instant): string {
  if (decision.status === 'clarifying')
    return `The clocks are stopped for a question, until ${dateMrkdwn(decision.clarification.until)} at the latest`
  const { deadline, expiresAt } = decision.clocks
  if (now >= expiresAt) return 'The time has run out, so this counts as denied'
  const end = `${dateMrkdwn(expiresAt)}, or it is denied`
  const isRunning = deadline < expiresAt && !decision.assignment.exhausted
  return isRunning ? `${end}\n_answer expected: ${dateMrkdwn(deadline)}_` : end
}

/** Nobody defined roles yet: said on each card, so that nobody takes it for a restricted one. */
export function openNote(): KnownBlock {
  return richText(section(italic('No roles are defined in the manifest, so everybody in this channel can decide.')))
}

/** What is decided on: the parameters in force exactly, or how many there are and where they can be read; of a stage gate, that it is one. */
export function parametersBlock(view: DecisionView, elsewhere: string): KnownBlock {
  if (isGate(view)) return richText(section(say('The plan stops here until somebody lets it go on.')))
  return richText(section(bold('Exact parameters')), parametersElement(view, parametersFit(view), elsewhere))
}

/** The same without a heading. @param whole are they all shown? */
export function parametersElement(view: DecisionView, whole: boolean, elsewhere: string): RichTextBlockElement {
  const text = parametersText(view)
  if (text === '') return section(italic('none'))
  if (whole) return preformatted(text)
  const size = `${countedKeys(view.decision.parameters)}, ${grouped(text.length)} characters: ${elsewhere}`
  return section(emoji('lock'), bold(` ${size}`))
}

function confidenceText({ decision }: DecisionView): string {
  const { confidence, confidence_basis: basis } = decision.proposal
  return `${confidence}, ${escapeMrkdwn(isShortBasis(basis) ? basis : 'as the agent states it')}`
}

/** Where parameters that do not fit are read, and approved. */
export function readElsewhere({ frozen }: DecisionView): string {
  return frozen.length > 0 ? 'open Full context to read' : 'open Full context to read and approve'
}

function assignedText({ decision, openToChannel }: DecisionView & { readonly decision: Waiting }): string {
  const { role, reviewers, exhausted } = decision.assignment
  const [user] = reviewers
  const told = exhausted ? '; operations were told' : ''
  if (openToChannel) return `everybody in this channel${told}`
  const shown = clipped(escapeMrkdwn(role), 200)
  return user === undefined ? `${shown}${told}` : `<@${user}> (${shown})${told}`
}

/** A name that fills the line would push what matters out of sight; it stands whole in the record. */
export function named(name: string, most = 320): RichTextElement {
  return oneLine(name).length <= most ? words(name) : italic('a very long name (see Full context)')
}

/** An emoji's name: the more can go wrong, the redder. */
export function signal(view: DecisionView): string {
  const { policy } = view
  if (isGate(view)) return 'vertical_traffic_light'
  if (policy?.severity === 'low') return 'large_blue_circle'
  return policy?.reversible === true ? 'large_orange_circle' : 'red_circle'
}

function ours(label: string, value: string): TextObject {
  return { type: 'mrkdwn', text: `*${label}*\n${value}`, verbatim: true }
}

function theirs(label: string, value: string): TextObject {
  const inCode = /^[A-Za-z0-9_-]{1,128}$/.test(value)
  if (inCode) return ours(label, `\`${value}\``)
  return plain(`${label}\n${clipped(oneLine(value), 1_000)}`)
}
