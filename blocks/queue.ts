import type { ActionsBlock, Button, ContextBlock, KnownBlock } from '@slack/types'
import type { Waiting } from '../src/domain/decision.ts'
import type { Freeze } from '../src/domain/freeze.ts'
import type { Instant } from '../src/domain/time.ts'
import { ACTIONS, encodeList, encodeValue, type Listed, type ListValue } from './action-ids.ts'
import { approvalCard, type Message, type WaitingView } from './approval-card.ts'
import { actName, consequence, parametersText, spokenAct } from './approve-with.ts'
import { deadlineText, parametersBlock, readElsewhere } from './card-top.ts'
import { escapeMrkdwn, nameOr } from './escape.ts'
import { frozenNow } from './frozen.ts'
import { ACCESSIBILITY_LABEL, clipped } from './limits.ts'
import { shownCard } from './modal.ts'
import { mrkdwn, plain } from './rich-text.ts'

/** How many decisions stand on a page of a list: with two blocks for each, well within Slack's 50 a message. */
export const ROWS = 10

/** A page of open decisions, the soonest deadline first. `more`: there is another page. */
export type ListPage = ListValue & { readonly items: readonly WaitingView[]; readonly more: boolean }

/**
 * A list as a message: a row for each decision, with a button that opens all of it.
 * @param frozen all that is frozen, for who may know
 */
export function queueMessage(shown: ListPage, frozen: readonly Freeze[], now: Instant): Message {
  const title = titleOf(shown.list)
  if (shown.items.length === 0) {
    const empty = emptyText(shown.list)
    return { text: empty, blocks: [...frozenNow(frozen), mrkdwn(empty)] }
  }
  const place = shown.page > 1 || shown.more ? `, page ${shown.page}` : ''
  return {
    text: `${title}${place}: ${counted(shown.items.length)}.`,
    blocks: [
      ...frozenNow(frozen),
      mrkdwn(`*${title}*${place}`),
      ...shown.items.flatMap((view) => queueRow(view, now)),
      ...pageButtons(shown),
    ],
  }
}

/**
 * A decision in short: the act, how bad it can be, who is asked, until when, what it begins with, since ten of them may
 * be of one act, and a button that opens all of it.
 */
export function queueRow(view: WaitingView, now: Instant): readonly KnownBlock[] {
  const open: Button = {
    type: 'button',
    action_id: ACTIONS.open,
    text: plain('Open'),
    value: encodeValue(shownCard(view)),
    accessibility_label: clipped(`Open: ${actName(view)}`, ACCESSIBILITY_LABEL),
  }
  return [{ ...mrkdwn(rowText(view, now)), accessory: open }, ...parametersInShort(view)]
}

/** A decision to be decided on the spot: with its exact parameters, or behind the full context, as on its card. */
export function decidableRow(view: WaitingView, now: Instant): readonly KnownBlock[] {
  return [mrkdwn(rowText(view, now)), parametersBlock(view, readElsewhere(view)), ...cardButtons(view, now)]
}

/** The buttons that turn a list's pages; none where there is one page. */
export function pageButtons({ list, page, more }: ListPage): readonly KnownBlock[] {
  const to = (actionId: string, label: string, target: number): Button => ({
    type: 'button',
    action_id: actionId,
    text: plain(label),
    value: encodeList({ list, page: target }),
    accessibility_label: `${label}, ${target}`,
  })
  const elements = [
    ...(page > 1 ? [to(ACTIONS.previousRows, 'Previous page', page - 1)] : []),
    ...(more ? [to(ACTIONS.nextRows, 'Next page', page + 1)] : []),
  ]
  return elements.length === 0 ? [] : [{ type: 'actions', elements }]
}

/** None where there are no parameters. They tell one row from the next, and are not what anybody approves. */
function parametersInShort(view: WaitingView): readonly ContextBlock[] {
  const text = parametersText(view).replace(/\n *(?:│ )?/g, '  ')
  return text === '' ? [] : [{ type: 'context', elements: [plain(clipped(text, 150))] }]
}

function rowText(view: WaitingView, now: Instant): string {
  const { decision } = view
  const agent = nameOr(decision.agent, 'an agent')
  return [
    `*${spokenAct(view)}*`,
    `${consequence(view)}  ·  asked by ${clipped(agent, 130)}  ·  ${askedText(view)}`,
    timeText(decision, now),
    ...frozenText(view),
  ].join('\n')
}

function askedText({ decision, openToChannel }: WaitingView): string {
  if (openToChannel) return 'everybody in the channel is asked'
  const { role, reviewers } = decision.assignment
  const [asked] = reviewers
  const shown = clipped(escapeMrkdwn(role), 130)
  return asked === undefined ? `${shown}, nobody in person yet` : `${shown}: <@${asked}>`
}

function frozenText({ frozen }: WaitingView): readonly string[] {
  return frozen.length > 0 ? [':snowflake: *Frozen:* it cannot be approved for now.'] : []
}

function timeText(decision: Waiting, now: Instant): string {
  const text = deadlineText(decision, now)
  if (decision.status === 'clarifying' || now >= decision.clocks.expiresAt) return text
  const late = now >= decision.clocks.deadline ? ':hourglass: *The answer is late.* ' : ''
  return `${late}Decide by ${text.replace('\n', '  ·  ')}`
}

/** The card's own, so that pressing one here is pressing it there; many rows of them stand in one view. */
function cardButtons(view: WaitingView, now: Instant): readonly ActionsBlock[] {
  return approvalCard(view, now)
    .blocks.filter((block) => block.type === 'actions')
    .map(({ type, elements }) => ({ type, elements }))
}

function titleOf(list: Listed): string {
  switch (list.kind) {
    case 'mine':
      return 'What you are asked to decide'
    case 'overdue':
      return 'Late answers that you could give or asked for'
    case 'team':
      return list.named === null
        ? 'Open requests that you could decide or asked for'
        : `Open requests for ${clipped(nameOr(list.named, 'that name'), 130)} that you could decide or asked for`
  }
}

function emptyText(list: Listed): string {
  switch (list.kind) {
    case 'mine':
      return 'Nothing waits for you.'
    case 'overdue':
      return 'No answer is late, of what you could decide or asked for.'
    case 'team': {
      if (list.named === null) return 'Nothing is open that you could decide or asked for.'
      const name = clipped(nameOr(list.named, 'that name'), 130)
      return `Nothing is open for ${name} that you could decide or asked for. The name is that of an action or of a role, as in the manifest.`
    }
  }
}

function counted(count: number): string {
  return count === 1 ? '1 request' : `${count} requests`
}
