import { escapeMrkdwn } from '../../blocks/escape.ts'
import type { Word } from './command.ts'

const COMMANDS = [
  [
    'queue',
    'what is open that you could decide or asked for; `queue process_refund` or `queue support_lead` for one action or role',
  ],
  ['mine', 'what you are asked to decide'],
  ['overdue', 'answers that are late'],
  ['show dec_…', 'one request, with its buttons'],
  ['away until friday', 'nothing new is given to you until then; also `17:00`, `1 dec`, `for 2h`'],
  ['delegate @name until friday', 'somebody else gets what you would be asked, where they may decide it'],
  ['back', 'ends both'],
  [
    'freeze process_refund because …',
    'no more approvals of it, by people or by the policy; also `agent NAME`, `workflow ID` or `all`',
  ],
  ['unfreeze process_refund because …', 'lifts that; for administrators'],
  ['stats', 'how requests were decided, by everybody and by you'],
  ['calibration process_refund', 'what agents claimed of it, how it turned out, and what that says of the threshold'],
  ['help', 'this'],
] as const

/**
 * What `/approvals` knows, as mrkdwn.
 * @param unknown what stood where a word should, as it was typed; null: nothing, or `help`
 * @param nearest what it may have meant
 */
export function commandHelp(unknown: string | null = null, nearest: Word | null = null): string {
  const lines = COMMANDS.map(([words, what]) => `• \`/approvals ${words}\`: ${what}`)
  const paging = 'Lists go on with `page 2`. Times are read in your own time zone.'
  if (unknown === null) return [...lines, paging].join('\n')
  const shown = escapeMrkdwn(unknown.replaceAll('`', "'"))
  const meant = nearest === null ? '' : ` Did you mean \`/approvals ${nearest}\`?`
  return [`\`${shown}\` is no word that is known here.${meant}`, ...lines, paging].join('\n')
}

/** What can be said to the bot, as mrkdwn. */
export const MENTION_HELP = [
  "In a card's thread, a message that begins with my name does what the card's buttons do:",
  '• `@Countersign approve`, or `approve because …` with your reason',
  '• `@Countersign deny because …` with your reason; the agent reads it',
  '• `@Countersign ask …` with your question; the agent reads it',
  '• `@Countersign roll back because …` with your reason, where it runs already',
  'Everything else is yours to discuss. `/approvals help` tells what else there is.',
].join('\n')
