/** What one person sees of the workspace: the data of the page. Types only are shared with the page itself. */
import { botUserId, teamId, timeZoneOf } from './people.ts'
import type { Block, Message, State, View } from './state.ts'

export type SeenPerson = {
  readonly id: string
  readonly name: string
  readonly realName: string
  /** `guest`, `external` or `app`; absent for members. */
  readonly note?: string
  readonly canAct: boolean
}

export type SeenMessage = {
  readonly ts: string
  readonly user: string
  readonly text: string
  readonly blocks?: readonly Block[]
  readonly thread?: string
  readonly edited: boolean
  readonly onlyYou: boolean
  readonly inChannel: boolean
  readonly replies: number
  readonly lastReply?: string
}

export type SeenChannel = {
  readonly id: string
  readonly name: string
  readonly kind: 'channel' | 'private' | 'dm'
  readonly members: number
  readonly unread: number
  readonly messages: readonly SeenMessage[]
}

export type SeenView = Pick<View, 'id' | 'hash' | 'blocks' | 'values' | 'errors'> & {
  readonly title: string
  readonly submit?: string
  readonly close: string
}

export type Snapshot = {
  readonly appName: string
  /** The person's own, an IANA name: Slack shows them every time in it. */
  readonly timeZone: string
  readonly people: readonly SeenPerson[]
  readonly usergroups: readonly { readonly id: string; readonly handle: string; readonly name: string }[]
  readonly channels: readonly SeenChannel[]
  readonly view?: SeenView
  readonly home?: SeenView
}

/** Everything `userId` may see; direct messages of others and private channels are left out. */
export function snapshot(state: State, userId: string): Snapshot {
  const view = state.modals.get(userId)?.at(-1)
  const home = state.homes.get(userId)
  const people = [...state.people.values()].map((person): SeenPerson => {
    const external = (person.team_id ?? teamId) !== teamId
    const guest = person.is_restricted === true || person.is_ultra_restricted === true
    const note = person.is_bot === true ? 'app' : external ? 'external' : guest ? 'guest' : undefined
    return {
      id: person.id,
      name: person.name,
      realName: person.real_name,
      ...(note === undefined ? {} : { note }),
      canAct: person.is_bot !== true && person.deleted !== true,
    }
  })
  return {
    appName: state.people.get(botUserId)?.real_name ?? 'App',
    timeZone: timeZoneOf(state.people.get(userId)),
    people,
    usergroups: [...state.usergroups.values()].map(({ id, handle, name }) => ({ id, handle, name })),
    channels: [...state.channels.values()]
      .filter((channel) => channel.members.has(userId) && !channel.is_archived)
      .map((channel) => seenChannel(state, channel.id, userId)),
    ...(view === undefined ? {} : { view: seenView(view) }),
    ...(home === undefined ? {} : { home: seenView(home) }),
  }
}

function seenChannel(state: State, id: string, userId: string): SeenChannel {
  const channel = state.channels.get(id)
  const said = state.inChannel(id)
  const whispered = state.ephemerals.filter((each) => each.to === userId && each.channel === id)
  const read = state.reads.get(`${userId} ${id}`) ?? ''
  const messages = [...said, ...whispered].toSorted((a, b) => (a.ts < b.ts ? -1 : 1))
  return {
    id,
    name: channel?.im === undefined ? (channel?.name ?? id) : (state.people.get(botUserId)?.real_name ?? 'App'),
    kind: channel?.im !== undefined ? 'dm' : channel?.is_private === true ? 'private' : 'channel',
    members: channel?.members.size ?? 0,
    unread: messages.filter((each) => each.ts > read && each.user !== userId && inChannel(each)).length,
    messages: messages.map((message) => seenMessage(message, said)),
  }
}

function inChannel(message: Message): boolean {
  return message.thread_ts === undefined || message.thread_ts === message.ts || message.reply_broadcast === true
}

function seenMessage(message: Message, said: readonly Message[]): SeenMessage {
  const replies = said.filter((each) => each.thread_ts === message.ts && each.ts !== message.ts)
  const last = replies.at(-1)?.ts
  return {
    ts: message.ts,
    user: message.user,
    text: message.text,
    ...(message.blocks === undefined ? {} : { blocks: message.blocks }),
    ...(message.thread_ts === undefined ? {} : { thread: message.thread_ts }),
    edited: message.edited !== undefined,
    onlyYou: 'to' in message,
    inChannel: inChannel(message),
    replies: replies.length,
    ...(last === undefined ? {} : { lastReply: last }),
  }
}

function seenView(view: View): SeenView {
  const { id, hash, blocks, values, errors } = view
  const label = (object: View['title'], fallback: string): string =>
    typeof object?.text === 'string' ? object.text : fallback
  return {
    id,
    hash,
    blocks,
    values,
    errors,
    title: label(view.title, ''),
    close: label(view.close, 'Cancel'),
    ...(view.submit === undefined ? {} : { submit: label(view.submit, 'Submit') }),
  }
}
