import { type FreezeSubject, subjectWords } from '../src/domain/freeze.ts'
import type { Notice } from '../src/domain/intent.ts'
import type { Message } from './approval-card.ts'
import { nameOr } from './escape.ts'
import { freezer, subjectElements } from './frozen.ts'
import { proseOnCard } from './part-on-card.ts'
import { bold, code, emoji, italic, richText, say, section } from './rich-text.ts'
import { date } from './when.ts'

/** A reason is never longer. */
const WHOLE = 2_000
const ELSEWHERE = 'in the record'

/** Something is frozen: what, by whom, since when, why, and how it is lifted. */
export function freezeSet({ subject, by, at, reason }: Notice & { readonly about: 'freeze_set' }): Message {
  const what = section(
    emoji('snowflake'),
    bold(' Frozen: '),
    ...subjectElements(subject),
    say(', by '),
    freezer(by),
    say(' since '),
    date(at),
  )
  const then = section(
    italic('New requests are blocked, and open ones cannot be approved. Administrators lift it with '),
    code(`/approvals unfreeze ${subjectWords(subject)} because …`),
  )
  return {
    blocks: [richText(what, ...proseOnCard(reason, WHOLE, ELSEWHERE), then)],
    text: `Frozen: ${spoken(subject)}. New requests are blocked, and open ones cannot be approved.`,
  }
}

/** It is not frozen any more: since when it was, by whom and why; and who has lifted it, when and why. */
export function freezeLifted({ freeze, by, at, reason }: Notice & { readonly about: 'freeze_lifted' }): Message {
  const what = section(
    emoji('sunny'),
    bold(' No longer frozen: '),
    ...subjectElements(freeze.subject),
    say(', lifted by '),
    freezer(by),
    say(', '),
    date(at),
  )
  const was = section(say('It was frozen by '), freezer(freeze.by), say(' since '), date(freeze.at))
  return {
    blocks: [
      richText(what, ...proseOnCard(reason, WHOLE, ELSEWHERE), was, ...proseOnCard(freeze.reason, WHOLE, ELSEWHERE)),
    ],
    text: `No longer frozen: ${spoken(freeze.subject)}.`,
  }
}

/** A workflow's id is in an agent's words. */
function spoken(subject: FreezeSubject): string {
  if (subject.kind === 'all') return 'everything'
  return subject.kind === 'workflow'
    ? 'a workflow'
    : `the ${subject.kind} ${nameOr(subject.name, 'with an unusual name')}`
}
