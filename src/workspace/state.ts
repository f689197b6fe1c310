/** What the workspace remembers. Everything is kept in memory and is gone when the process ends. */
import { randomBytes } from 'node:crypto'
import { isObject, type JsonObject } from './check.ts'
import {
  botPerson,
  botUserId,
  defaultChannels,
  defaultPeople,
  defaultUsergroups,
  teamId,
  type WorkspaceChannel,
  type WorkspacePerson,
  type WorkspaceUsergroup,
} from './people.ts'

export type Block = JsonObject & { readonly type: string; readonly block_id: string }
export type Metadata = { readonly event_type: string; readonly event_payload: JsonObject }

export type Message = {
  readonly type: 'message'
  readonly channel: string
  readonly ts: string
  readonly user: string
  readonly team: string
  readonly text: string
  readonly bot_id?: string
  readonly app_id?: string
  readonly username?: string
  readonly blocks?: readonly Block[]
  readonly thread_ts?: string
  /** True for a reply that was also sent to the channel. */
  readonly reply_broadcast?: boolean
  readonly metadata?: Metadata
  readonly edited?: { readonly user: string; readonly ts: string }
  /** User ids, group ids, and `here`, `channel`, `everyone`: whom this message notifies. */
  readonly mentions: readonly string[]
}

/** A message that one person sees, and nobody else. */
export type Ephemeral = Message & { readonly to: string }

export type StoredFile = {
  readonly id: string
  readonly name: string
  readonly length: number
  readonly alt: string
  /** null: they have not come. */
  bytes: Buffer | null
  title: string
  /** Only then it may stand in a message. */
  completed: boolean
}

export type Channel = {
  readonly id: string
  readonly name: string
  readonly members: ReadonlySet<string>
  readonly is_private: boolean
  readonly is_archived: boolean
  /** The person whose direct message with the app this is. */
  readonly im?: string
  readonly created: number
}

/** Answers per block and action, in the form Slack reports them in `view.state.values`. */
export type ViewValues = Readonly<Record<string, Readonly<Record<string, JsonObject>>>>

export type View = {
  readonly id: string
  readonly type: 'modal' | 'home'
  readonly hash: string
  readonly blocks: readonly Block[]
  readonly title?: JsonObject
  readonly submit?: JsonObject
  readonly close?: JsonObject
  readonly private_metadata: string
  readonly callback_id: string
  readonly external_id: string
  readonly clear_on_close: boolean
  readonly notify_on_close: boolean
  readonly root_view_id: string
  readonly previous_view_id: string | null
  readonly values: ViewValues
  /** By block id: what the app, or Slack's own form, said against the last submission. */
  readonly errors: Readonly<Record<string, string>>
}

export type Trigger = { readonly userId: string; readonly issuedAt: number; used: boolean }

export type ResponseUrl = {
  readonly channel: string
  readonly userId: string
  readonly issuedAt: number
  /** The message it belongs to, for replace_original and delete_original. */
  readonly message?: { readonly ts: string; readonly ephemeral: boolean }
  readonly thread?: string
  used: number
}

export type Call = { readonly method: string; readonly at: number; readonly args: JsonObject }

export type StateOptions = {
  readonly now: () => number
  readonly random: (bytes: number) => Buffer
  readonly appName: string
  readonly people?: readonly WorkspacePerson[] | undefined
  readonly channels?: readonly WorkspaceChannel[] | undefined
  readonly usergroups?: readonly WorkspaceUsergroup[] | undefined
}

export type State = ReturnType<typeof createState>

/** An empty workspace with its people and channels. `now` is in ms; `random` gives the bytes of ids and secrets. */
export function createState(options: StateOptions) {
  const { now, random } = options
  const people = new Map(
    [...(options.people ?? defaultPeople), botPerson(options.appName)].map((each) => [each.id, each]),
  )
  const channels = new Map((options.channels ?? defaultChannels).map((each) => [each.id, channelOf(each, now())]))
  const usergroups = new Map((options.usergroups ?? defaultUsergroups).map((each) => [each.id, each]))
  const messages = new Map<string, Message[]>()
  const ephemerals: Ephemeral[] = []
  const modals = new Map<string, View[]>()
  const homes = new Map<string, View>()
  const reads = new Map<string, string>()
  const triggers = new Map<string, Trigger>()
  const responseUrls = new Map<string, ResponseUrl>()
  const calls: Call[] = []
  const files = new Map<string, StoredFile>()
  const listeners = new Set<() => void>()
  let lastMicros = 0

  const newId = (prefix: string, length = 8): string =>
    prefix + [...random(length)].map((byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[byte % 32]).join('')

  /** Slack's message timestamp: seconds and microseconds, and never the same twice. */
  const nextTs = (): string => {
    lastMicros = Math.max(lastMicros + 1, now() * 1000)
    return `${Math.floor(lastMicros / 1_000_000)}.${String(lastMicros % 1_000_000).padStart(6, '0')}`
  }

  const changed = (): void => {
    for (const listener of listeners) listener()
  }

  const inChannel = (channel: string): Message[] => {
    const known = messages.get(channel)
    if (known !== undefined) return known
    const fresh: Message[] = []
    messages.set(channel, fresh)
    return fresh
  }

  const named = (element: unknown): unknown =>
    !isObject(element) || element.type === 'image' || typeof element.action_id === 'string'
      ? element
      : { ...element, action_id: newId('', 5) }

  /** Blocks and their interactive elements get the ids that the app left out, as Slack gives them. */
  const withBlockIds = (blocks: readonly JsonObject[]): readonly Block[] =>
    blocks.map((block) => ({
      ...block,
      type: String(block.type),
      block_id: typeof block.block_id === 'string' ? block.block_id : newId('', 5),
      ...(block.accessory === undefined ? {} : { accessory: named(block.accessory) }),
      ...(block.element === undefined ? {} : { element: named(block.element) }),
      ...((block.type === 'actions' || block.type === 'context_actions') && Array.isArray(block.elements)
        ? { elements: block.elements.map(named) }
        : {}),
    }))

  const openIm = (userId: string): Channel => {
    const existing = [...channels.values()].find((each) => each.im === userId)
    if (existing !== undefined) return existing
    const im: Channel = {
      id: `D${userId.slice(1)}`,
      name: '',
      members: new Set([userId, botUserId]),
      is_private: true,
      is_archived: false,
      im: userId,
      created: Math.floor(now() / 1000),
    }
    channels.set(im.id, im)
    changed()
    return im
  }

  const issueTrigger = (userId: string): string => {
    const id = `${now()}.${teamId}.${random(16).toString('hex')}`
    triggers.set(id, { userId, issuedAt: now(), used: false })
    return id
  }

  const issueResponseUrl = (about: Omit<ResponseUrl, 'issuedAt' | 'used'>): string => {
    const key = random(24).toString('hex')
    responseUrls.set(key, { ...about, issuedAt: now(), used: 0 })
    return key
  }

  return {
    now,
    random,
    people,
    channels,
    usergroups,
    messages,
    ephemerals,
    modals,
    homes,
    reads,
    triggers,
    responseUrls,
    calls,
    files,
    listeners,
    newId,
    nextTs,
    changed,
    inChannel,
    withBlockIds,
    openIm,
    issueTrigger,
    issueResponseUrl,
  }
}

function channelOf(channel: WorkspaceChannel, nowMs: number): Channel {
  return {
    id: channel.id,
    name: channel.name,
    members: new Set(channel.members),
    is_private: channel.is_private === true,
    is_archived: channel.is_archived === true,
    created: Math.floor(nowMs / 1000),
  }
}

export const secureRandom = (bytes: number): Buffer => randomBytes(bytes)
