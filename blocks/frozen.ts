import type { KnownBlock, RichTextElement, RichTextSection } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Freeze, Freezer, FreezeSubject } from '../src/domain/freeze.ts'
import { bold, code, emoji, italic, person, richText, say, section, words } from './rich-text.ts'
import { date } from './when.ts'

/** Each reason may take 500 characters, and what is asked has to stay in sight. */
const MOST_ON_CARD = 3
const MOST_NAMED = 5

const COVERS: Readonly<Record<FreezeSubject['kind'], string>> = {
  action: 'this action',
  agent: 'this agent',
  workflow: 'this workflow',
  all: 'everything',
}

/** Why a card has no Approve: who froze what, since when and why. Nothing where it is not frozen. */
export function frozenOnCard({ frozen }: DecisionView): readonly KnownBlock[] {
  if (frozen.length === 0) return []
  const rest = frozen.length - MOST_ON_CARD
  const more = rest > 0 ? [section(italic(`and ${rest} more that ${rest === 1 ? 'covers' : 'cover'} it`))] : []
  return [richText(...frozen.slice(0, MOST_ON_CARD).map(line), ...more, section(italic(until(frozen))))]
}

function line({ subject, by, at, reason }: Freeze): RichTextSection {
  const since = [say(' since '), date(at), say(` (${COVERS[subject.kind]}): `)]
  return section(emoji('snowflake'), bold(' Frozen'), say(' by '), freezer(by), ...since, words(reason))
}

/**
 * The same in a row of a shared card: that it is frozen and by whom; why where there is room.
 * @param space for a reason, in characters
 */
export function frozenInRow({ frozen }: DecisionView, space: number): readonly RichTextSection[] {
  const [first] = frozen
  if (first === undefined) return []
  const { by, at, reason } = first
  const why = reason.length <= space ? [say(': '), words(reason)] : []
  const more = frozen.length > 1 ? [say(`, and ${frozen.length - 1} more`)] : []
  return [
    section(emoji('snowflake'), bold(' Frozen'), say(' by '), freezer(by), say(' since '), date(at), ...more, ...why),
    section(italic(until(frozen))),
  ]
}

function until({ length }: readonly Freeze[]): string {
  return `It cannot be approved until an administrator lifts ${length === 1 ? 'it' : 'all of them'}.`
}

/** What is frozen just now, whatever it covers, in one line. Nothing where nothing is. */
export function frozenNow(freezes: readonly Freeze[]): readonly KnownBlock[] {
  if (freezes.length === 0) return []
  const named = freezes.slice(0, MOST_NAMED).flatMap(({ subject, by }, at) => {
    const comma = at === 0 ? [] : [say(', ')]
    return [...comma, ...subjectElements(subject), say(' (by '), freezer(by), say(')')]
  })
  const rest = freezes.length - MOST_NAMED
  const end = `${rest > 0 ? ` and ${rest} more` : ''}. There, new requests are blocked and open ones cannot be approved.`
  return [richText(section(emoji('snowflake'), bold(' Frozen now: '), ...named, say(end)))]
}

/** "the action `process_refund`" */
export function subjectElements(subject: FreezeSubject): readonly RichTextElement[] {
  return subject.kind === 'all' ? [say('everything')] : [say(`the ${subject.kind} `), code(subject.name)]
}

/** A person by mention, or whoever runs the service. */
export function freezer(by: Freezer): RichTextElement {
  return by.kind === 'person' ? person(by.user) : say('an operator at the command line')
}
