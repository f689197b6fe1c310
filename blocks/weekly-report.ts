import type { KnownBlock } from '@slack/types'
import type { Notice } from '../src/domain/intent.ts'
import type { Message } from './approval-card.ts'
import { escapeMrkdwn } from './escape.ts'
import {
  bold,
  bullets,
  code,
  emoji,
  italic,
  person,
  plain,
  preformatted,
  richText,
  say,
  section,
  words,
} from './rich-text.ts'
import { inUtc } from './when.ts'

type Report = Notice & { readonly about: 'weekly_report' }

/** A picture that Slack has. `alt`: what it shows, for who cannot see it. */
export type Picture = { readonly file: string; readonly alt: string }

/** What people read of a hundred actions. */
const MOST_LINES = 20
const MOST_SUGGESTIONS = 10
const MOST_TEXT = 600

/** How the last week went: five sentences, what is suggested and to whom, and figures as pictures or as a table. */
export function weeklyReport(report: Report, pictures: readonly Picture[] = []): Message {
  const { at, sentences, suggestions } = report
  const title = `The week up to ${inUtc(at)}`
  const fresh = suggestions.filter(({ isNew }) => isNew)
  const left = suggestions.length - fresh.length
  const blocks: KnownBlock[] = [
    { type: 'header', text: plain(title) },
    richText(bullets(sentences.map((each) => section(words(cut(each)))))),
    ...suggested(report),
    ...(pictures.length === 0
      ? [richText(preformatted(table(report)))]
      : pictures.map(({ file, alt }): KnownBlock => ({ type: 'image', slack_file: { id: file }, alt_text: alt }))),
  ]
  const count = fresh.length === 0 ? 'Nothing new is suggested' : `${fresh.length} new suggestions`
  return {
    blocks,
    text: escapeMrkdwn(`${title}: ${count}${left === 0 ? '' : `, ${left} as last week`}. ${sentences[0] ?? ''}`),
  }
}

function suggested({ suggestions }: Report): readonly KnownBlock[] {
  if (suggestions.length === 0) return [richText(section(say('Nothing is suggested.')))]
  const shown = suggestions.slice(0, MOST_SUGGESTIONS)
  const rest = suggestions.length - shown.length
  const items = shown.map(({ action, owner, text, isNew }) =>
    section(
      code(action),
      say(': '),
      words(cut(text)),
      say(' '),
      ...(owner === null
        ? [italic('Nobody owns this action.')]
        : [italic('Owner: '), /^[UW][A-Z0-9]{6,}$/.test(owner) ? person(owner) : words(owner), italic('.')]),
      ...(isNew ? [] : [italic(' As last week.')]),
    ),
  )
  const more = rest > 0 ? [section(italic(`and ${rest} more: /approvals calibration says them by action`))] : []
  const head = section(emoji('bulb'), bold(' For a person to decide; nothing changes by itself'))
  return [richText(head, bullets(items), ...more)]
}

function table({ lines }: Report): string {
  const share = (value: number | null) => (value === null ? '-' : `${Math.round(100 * value)}%`)
  const head = ['action', 'week', 'passed', 'labels', 'claimed', 'right']
  const rows = lines
    .slice(0, MOST_LINES)
    .map(({ action, decisions, passed, labels, claimed, right }) => [
      Array.from(action).slice(0, 30).join(''),
      String(decisions),
      String(passed),
      String(labels),
      share(claimed),
      share(right),
    ])
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)))
  const written = [head, ...rows].map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
  )
  return [...written, ...(lines.length > MOST_LINES ? [`and ${lines.length - MOST_LINES} more`] : [])].join('\n')
}

function cut(text: string): string {
  const letters = Array.from(text)
  return letters.length <= MOST_TEXT ? text : `${letters.slice(0, MOST_TEXT - 1).join('')}…`
}
