import type { RichTextSection } from '@slack/types'
import type { Notice, OverdueRequest } from '../src/domain/intent.ts'
import type { Message } from './approval-card.ts'
import { grouped } from './exact-json.ts'
import { bold, bullets, code, emoji, italic, person, richText, say, section, words } from './rich-text.ts'
import { date } from './when.ts'

/** The open requests that nobody has decided by their deadline, the longest overdue first. */
export function overdueNotice({ total, requests }: Notice & { readonly about: 'overdue' }): Message {
  const count = total === 1 ? '1 open request is' : `${grouped(total)} open requests are`
  const rest = total - requests.length
  const more = section(italic(`and ${grouped(rest)} more: `), code('/approvals overdue'), italic(' shows all of them'))
  const title = section(emoji('alarm_clock'), bold(` ${count} overdue`), say(', and denied unless somebody decides.'))
  return {
    blocks: [richText(title, bullets(requests.map(line)), ...(rest > 0 ? [more] : []))],
    text: `${count} overdue, and denied unless somebody decides.`,
  }
}

function line({ decision, action, agent, role, reviewer, deadline, expiresAt }: OverdueRequest): RichTextSection {
  return section(
    words(action),
    say(' for '),
    words(agent),
    say(': '),
    ...(reviewer === null ? [say('whoever is '), code(role), say(' is asked')] : [person(reviewer), say(' is asked')]),
    say(', due '),
    date(deadline),
    say(', denied '),
    date(expiresAt),
    italic(`  ${decision}`),
  )
}
