import type { Button, HomeView, KnownBlock } from '@slack/types'
import type { Freeze } from '../src/domain/freeze.ts'
import type { Instant } from '../src/domain/time.ts'
import { ACTIONS, CALLBACKS } from './action-ids.ts'
import { frozenNow } from './frozen.ts'
import { decidableRow, type ListPage, pageButtons, queueRow } from './queue.ts'
import { divider, mrkdwn, plain } from './rich-text.ts'
import { dateMrkdwn, duration } from './when.ts'

/** What a person's App Home shows. */
export type HomeContent = {
  /** What they are asked. */
  readonly mine: ListPage
  /** The beginning of what they could decide or asked for. */
  readonly team: ListPage
  readonly availability: Absence
  readonly week: Week
  /** All that is frozen, for who may know. */
  readonly frozen: readonly Freeze[]
}

/** When a person is not to be asked; what has passed is left out. */
export type Absence = {
  readonly awayUntil: Instant | null
  readonly delegate: { readonly to: string; readonly until: Instant } | null
}

/** What became of the requests of seven days. `medianMs`: from request to answer. */
export type Week = {
  readonly approved: number
  readonly denied: number
  readonly timedOut: number
  readonly medianMs: number | null
}

/** A person's App Home: what they are asked, with the buttons to decide it; whether they are there; what the team has. */
export function homeView({ mine, team, availability, week, frozen }: HomeContent, now: Instant): HomeView {
  return {
    type: 'home',
    callback_id: CALLBACKS.home,
    blocks: [
      ...frozenNow(frozen),
      header('You are asked'),
      ...mineBlocks(mine, now),
      header('Are you there?'),
      mrkdwn(absenceText(availability)),
      absenceButtons(availability),
      header('Everything you could decide or asked for'),
      ...teamBlocks(team, now),
      header('The last seven days'),
      mrkdwn(weekText(week)),
    ],
  }
}

function mineBlocks(mine: ListPage, now: Instant): readonly KnownBlock[] {
  if (mine.items.length === 0) return [mrkdwn('Nothing waits for you.')]
  return [...mine.items.flatMap((view) => [...decidableRow(view, now), divider]), ...pageButtons(mine)]
}

function teamBlocks(team: ListPage, now: Instant): readonly KnownBlock[] {
  if (team.items.length === 0) return [mrkdwn('Nothing is open.')]
  const rows = team.items.flatMap((view) => queueRow(view, now))
  return team.more ? [...rows, mrkdwn('There are more: `/approvals queue page 2` goes on.')] : rows
}

function absenceText({ awayUntil, delegate }: Absence): string {
  const away = awayUntil === null ? [] : [`You are away until ${dateMrkdwn(awayUntil)}: nothing new is given to you.`]
  const handed =
    delegate === null
      ? []
      : [`Until ${dateMrkdwn(delegate.until)}, <@${delegate.to}> gets what you would be asked and they may decide.`]
  const lines = [...away, ...handed]
  return lines.length === 0 ? 'You are there: requests can be given to you.' : lines.join('\n')
}

function absenceButtons({ awayUntil, delegate }: Absence): KnownBlock {
  const isHere = awayUntil === null && delegate === null
  return {
    type: 'actions',
    elements: [
      button(ACTIONS.away, "I'm away…"),
      button(ACTIONS.delegate, 'Delegate…'),
      ...(isHere ? [] : [button(ACTIONS.back, "I'm back")]),
    ],
  }
}

/** What became of the requests of seven days, as mrkdwn. */
export function weekText({ approved, denied, timedOut, medianMs }: Week): string {
  if (approved + denied + timedOut === 0) return 'No request to people has ended.'
  const counts = `${approved} approved  ·  ${denied} denied  ·  ${timedOut} without an answer in time`
  return medianMs === null ? counts : `${counts}\nHalf of the answers came within ${duration(medianMs)}.`
}

function button(actionId: string, label: string): Button {
  return { type: 'button', action_id: actionId, text: plain(label) }
}

function header(text: string): KnownBlock {
  return { type: 'header', text: plain(text) }
}
