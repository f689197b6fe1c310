import { type FreezeSubject, parseSubject, REASON_TEXT, tidyReason } from '../domain/freeze.ts'
import { nearest } from './nearest.ts'
import { typed } from './typed.ts'

/** The words that `/approvals` knows. */
export const WORDS = [
  'help',
  'queue',
  'mine',
  'overdue',
  'show',
  'away',
  'back',
  'delegate',
  'freeze',
  'unfreeze',
  'stats',
  'calibration',
] as const
export type Word = (typeof WORDS)[number]

/** What somebody asked of `/approvals`. Pages count from 1; `until` is for `parseUntil`. */
export type Command =
  /** `unknown`: what stood where a word should, at most 40 characters as they were typed; `nearest`: what it may have meant. */
  | { readonly kind: 'help'; readonly unknown: string | null; readonly nearest: Word | null }
  /** `of`: an action or a role; null for everything. */
  | { readonly kind: 'queue'; readonly of: string | null; readonly page: number }
  | { readonly kind: 'mine' | 'overdue'; readonly page: number }
  | { readonly kind: 'show'; readonly id: string }
  | { readonly kind: 'away'; readonly until: string }
  | { readonly kind: 'back' }
  | { readonly kind: 'stats' }
  | { readonly kind: 'calibration'; readonly action: string }
  /** `to`: a Slack user id. */
  | { readonly kind: 'delegate'; readonly to: string; readonly until: string }
  | { readonly kind: 'freeze' | 'unfreeze'; readonly subject: FreezeSubject; readonly reason: string }
  /** A known word with what does not go with it. `why`: what does, as mrkdwn that repeats nothing that was typed. */
  | { readonly kind: 'misread'; readonly word: Word; readonly why: string }

const MAX_UNKNOWN = 40
const USER = /^<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>/

/** Reads what stands after `/approvals`, as Slack sends it with `should_escape`: people are `<@U123|name>`. */
export function parseCommand(text: string): Command {
  const [first, rest] = cut(text)
  if (first === '') return { kind: 'help', unknown: null, nearest: null }
  const word = WORDS.find((each) => each === first.toLowerCase())
  if (word === undefined) return unknown(typed(first))
  switch (word) {
    case 'help':
      return { kind: 'help', unknown: null, nearest: null }
    case 'queue':
      return parseQueue(rest)
    case 'mine':
    case 'overdue': {
      const page = parsePage(rest)
      if (page === null) return misread(word, `Say \`/approvals ${word}\`, or \`/approvals ${word} page 2\`.`)
      return { kind: word, page }
    }
    case 'show':
      return parseShow(rest)
    case 'away': {
      const until = withoutUntil(rest)
      if (until === '')
        return misread(word, 'Say until when: `/approvals away until friday`, or `/approvals away for 2h`.')
      return { kind: 'away', until }
    }
    case 'back':
      return rest === '' ? { kind: 'back' } : misread(word, 'Say `/approvals back`, with nothing after it.')
    case 'delegate':
      return parseDelegate(rest)
    case 'stats':
      return rest === '' ? { kind: 'stats' } : misread(word, 'Say `/approvals stats`, with nothing after it.')
    case 'calibration':
      return parseCalibration(rest)
    case 'freeze':
    case 'unfreeze':
      return parseFreeze(word, typed(rest))
  }
}

function parseQueue(rest: string): Command {
  const [first, more] = cut(rest)
  const isFilter = first !== '' && first.toLowerCase() !== 'page'
  const page = parsePage(isFilter ? more : rest)
  if (page === null)
    return misread(
      'queue',
      'Say `/approvals queue`, one action or role after it where you like, and a page: `/approvals queue refund page 2`.',
    )
  return { kind: 'queue', of: isFilter ? typed(first) : null, page }
}

/** null: neither nothing nor a page. */
function parsePage(text: string): number | null {
  if (text === '') return 1
  const [, page] = /^page\s+([1-9]\d{0,5})$/i.exec(text) ?? []
  return page === undefined ? null : Number(page)
}

function parseShow(rest: string): Command {
  const [id, more] = cut(rest)
  if (id === '' || more !== '') return misread('show', 'Say which one, by its id: `/approvals show dec_…`.')
  return { kind: 'show', id: typed(id).toLowerCase() }
}

function parseCalibration(rest: string): Command {
  const [action, more] = cut(rest)
  if (action === '' || more !== '')
    return misread('calibration', 'Say of which action: `/approvals calibration process_refund`.')
  return { kind: 'calibration', action: typed(action) }
}

function parseDelegate(rest: string): Command {
  const [match, to] = USER.exec(rest) ?? []
  if (match === undefined || to === undefined)
    return misread(
      'delegate',
      'Say to whom, and pick the person from the list that Slack shows after the @: `/approvals delegate @name until friday`. A name that is not picked, or a group, says nothing.',
    )
  const until = withoutUntil(rest.slice(match.length).trim())
  if (until === '')
    return misread(
      'delegate',
      'Say until when: `/approvals delegate @name until friday`, or `/approvals delegate @name for 2h`.',
    )
  return { kind: 'delegate', to, until }
}

function parseFreeze(word: 'freeze' | 'unfreeze', rest: string): Command {
  const [, named = rest, why = ''] = /^(.*?)(?:^|\s+)because(?:[:,]?\s+(.*))?$/is.exec(rest) ?? []
  const subject = parseSubject(named)
  if (subject === null)
    return misread(
      word,
      `Nothing was changed. Say what, and why: \`/approvals ${word} process_refund because …\`; \`agent NAME\`, \`workflow ID\` or \`all\` in place of an action.`,
    )
  const reason = tidyReason(why)
  if (reason !== null) return { kind: word, subject, reason }
  const wrong = why.trim() === '' ? 'Say why as well' : `Say it in at most ${REASON_TEXT} characters`
  return misread(
    word,
    `Nothing was changed. ${wrong}: \`because\` and your reason at the end. It stands on every card.`,
  )
}

function withoutUntil(text: string): string {
  return typed(text.replace(/^(until|till)(\s+|$)/i, ''))
}

function misread(word: Word, why: string): Command {
  return { kind: 'misread', word, why }
}

function unknown(word: string): Command {
  const shown = Array.from(word).slice(0, MAX_UNKNOWN).join('')
  return { kind: 'help', unknown: shown, nearest: nearest(shown.toLowerCase(), WORDS) }
}

/** The first word, and the rest, without the space around them. */
function cut(text: string): readonly [string, string] {
  const [, first = '', rest = ''] = /^(\S*)\s*(.*)$/s.exec(text.trim()) ?? []
  return [first, rest]
}
