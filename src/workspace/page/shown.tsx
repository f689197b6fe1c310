/** Text and everything else that is only shown, drawn by slack-blocks-to-jsx; and what all blocks have in common. */
import { createContext, type ReactNode, useContext } from 'react'
import { type Block as LibraryBlock, Message } from 'slack-blocks-to-jsx'
import { isObject, type JsonObject, objectOf, wordOf } from '../check.ts'
import type { Snapshot } from '../snapshot.ts'
import type { Block } from '../state.ts'
import { formatDate } from './time.ts'

/** What mentions are called, and the zone that times are shown in. */
export const Names = createContext<Pick<Snapshot, 'people' | 'usergroups' | 'channels' | 'timeZone'>>({
  people: [],
  usergroups: [],
  channels: [],
  timeZone: 'Etc/UTC',
})

/** Acts on an element; `chosen` for menus and the like. */
export type OnAction = (block: Block, element: JsonObject, chosen?: string | readonly string[]) => void

export type Form = {
  readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly errors: Readonly<Record<string, string>>
  readonly enter: (blockId: string, actionId: string, value: string | readonly string[]) => void
}

export function objects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The text of a text object, with the three escapes undone. */
export function textOf(object: unknown): string {
  return unescapeText(wordOf(objectOf(object).text))
}

export function unescapeText(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** A block that only shows something. */
export function Shown({ block }: { readonly block: Block }): ReactNode {
  const names = useContext(Names)
  const data = {
    users: names.people.map(({ id, realName }) => ({ id, name: realName })),
    channels: names.channels.map(({ id, name }) => ({ id, name })),
    user_groups: names.usergroups.map(({ id, name, handle }) => ({ id, name, handle })),
  }
  return (
    <Message
      withoutWrapper
      theme="light"
      name=""
      logo=""
      blocks={[withoutVerbatim(block)]}
      data={data}
      hooks={{
        user: ({ id, name }) => (
          <span className="mention">@{names.people.find((each) => each.id === id)?.realName ?? name}</span>
        ),
        usergroup: ({ id, name }) => (
          <span className="mention">@{names.usergroups.find((each) => each.id === id)?.handle ?? name}</span>
        ),
        channel: ({ id, name }) => (
          <span className="mention">#{names.channels.find((each) => each.id === id)?.name ?? name}</span>
        ),
        atHere: () => <span className="mention loud">@here</span>,
        atChannel: () => <span className="mention loud">@channel</span>,
        atEveryone: () => <span className="mention loud">@everyone</span>,
        date: ({ timestamp, format, link }) => (
          <LocalDate seconds={Number(timestamp)} format={format} link={link ?? undefined} />
        ),
      }}
    />
  )
}

/** The library shows verbatim text raw; Slack formats it and only leaves plain words unlinked. */
function withoutVerbatim(block: Block): LibraryBlock {
  return JSON.parse(JSON.stringify(block, (key, value: unknown) => (key === 'verbatim' ? undefined : value)))
}

function LocalDate({
  seconds,
  format,
  link,
}: {
  readonly seconds: number
  readonly format: string
  readonly link: string | undefined
}): ReactNode {
  const { timeZone } = useContext(Names)
  const date = new Date(seconds * 1000)
  const shown = (
    <time dateTime={date.toISOString()} title={date.toLocaleString([], { timeZone })}>
      {formatDate(seconds, format, Date.now(), timeZone)}
    </time>
  )
  return link === undefined ? shown : <a href={link}>{shown}</a>
}

/** A message without blocks is mrkdwn of its own. */
export function MrkdwnText({ text }: { readonly text: string }): ReactNode {
  if (text.trim() === '') return null
  return <Shown block={{ type: 'section', block_id: 'text', text: { type: 'mrkdwn', text } }} />
}
