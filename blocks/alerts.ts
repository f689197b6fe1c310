import type { RichTextSection } from '@slack/types'
import { type AlertCount, type AlertLine, type AlertsTold, beginOf } from '../src/domain/alert-window.ts'
import type { Message } from './approval-card.ts'
import { oneLine } from './escape.ts'
import { grouped } from './exact-json.ts'
import { clipped } from './limits.ts'
import { bold, bullets, code, emoji, italic, richText, say, section, words } from './rich-text.ts'
import { time } from './when.ts'

const LONGEST_REASON = 300

/** What passed without a person in a minute, an act a line with its reason, or in an hour, counted. */
export function alerts({ window, lines, others }: AlertsTold): Message {
  const begin = beginOf(window)
  const rest = passed(others)
  const all = counted(passed(lines) + rest)
  const title = section(
    emoji('white_check_mark'),
    bold(` ${all} passed without a person`),
    say(' between '),
    time(begin, begin),
    say(' and '),
    time(window.until, begin),
    say('.'),
  )
  const line = window.every === 'minute' ? told : summed
  const more = section(italic(`and ${grouped(rest)} more, of other actions or by other agents; all are in the record`))
  return {
    blocks: [richText(title, bullets(lines.map(line)), ...(rest === 0 ? [] : [more]))],
    text: `${all} passed without a person.`,
  }
}

function told({ does, action, agent, why, count }: AlertLine): RichTextSection {
  return section(
    ...(does === null ? [] : [words(does), say(' · ')]),
    code(action),
    say(' by '),
    words(agent),
    ...(why === null ? [] : [say(': '), words(clipped(oneLine(why), LONGEST_REASON))]),
    ...(count === 1 ? [] : [italic(` and ${grouped(count - 1)} more of the same`)]),
  )
}

function summed({ action, agent, count }: AlertCount): RichTextSection {
  return section(code(action), say(' by '), words(agent), say(`: ${grouped(count)}`))
}

function passed(counts: readonly AlertCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0)
}

function counted(count: number): string {
  return count === 1 ? '1 act' : `${grouped(count)} acts`
}
