/** conversations.*: channels, their members and what was said in them. */
import { isRefusal, shownMessage } from './chat-methods.ts'
import type { JsonObject } from './check.ts'
import { botUserId, teamId } from './people.ts'
import { type Method, missing, pageOf, type Reply, readFlag, readString, refuse } from './reply.ts'
import type { Channel, Message, State } from './state.ts'

type Right = 'read' | 'history' | 'write'

/** Which scope a channel asks for depends on its kind. */
const forChannel =
  (right: Right) =>
  (args: JsonObject, state: State): readonly string[] => {
    const channel = state.channels.get(readString(args, 'channel') ?? '')
    if (channel === undefined) return []
    if (channel.im !== undefined) return [`im:${right}`]
    return [`${channel.is_private ? 'groups' : 'channels'}:${right}`]
  }

export const conversationMethods: Readonly<Record<string, Method>> = {
  'conversations.list': { scopes: scopesOfTypes, pace: 20, run: listConversations },
  'conversations.info': { scopes: forChannel('read'), pace: 50, run: conversationInfo },
  'conversations.members': { scopes: forChannel('read'), pace: 100, run: conversationMembers },
  'conversations.history': { scopes: forChannel('history'), pace: 50, run: conversationHistory },
  'conversations.replies': { scopes: forChannel('history'), pace: 50, run: conversationReplies },
  'conversations.open': { scopes: () => ['im:write'], pace: 50, run: openConversation },
  'conversations.join': { scopes: () => ['channels:join'], pace: 50, run: joinConversation },
}

const scopeOfType: Readonly<Record<string, string>> = {
  public_channel: 'channels:read',
  private_channel: 'groups:read',
  im: 'im:read',
  mpim: 'mpim:read',
}

function typesOf(args: JsonObject): readonly string[] {
  return (readString(args, 'types') ?? 'public_channel').split(',').map((each) => each.trim())
}

function scopesOfTypes(args: JsonObject): readonly string[] {
  return typesOf(args).flatMap((type) => scopeOfType[type] ?? [])
}

function kindOf(channel: Channel): string {
  if (channel.im !== undefined) return 'im'
  return channel.is_private ? 'private_channel' : 'public_channel'
}

/** Private channels and direct messages exist for the app only when it is in them. */
function visible(channel: Channel): boolean {
  return !channel.is_private || channel.members.has(botUserId)
}

function shownChannel(channel: Channel, state: State): JsonObject {
  const common = { id: channel.id, created: channel.created, is_archived: channel.is_archived, context_team_id: teamId }
  if (channel.im !== undefined) {
    return { ...common, is_im: true, is_org_shared: false, user: channel.im, is_user_deleted: false, priority: 0 }
  }
  const external = [...channel.members].some((id) => (state.people.get(id)?.team_id ?? teamId) !== teamId)
  return {
    ...common,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: !channel.is_private,
    is_group: channel.is_private,
    is_im: false,
    is_mpim: false,
    is_private: channel.is_private,
    is_general: channel.name === 'general',
    is_shared: external,
    is_ext_shared: external,
    is_org_shared: false,
    is_pending_ext_shared: false,
    is_member: channel.members.has(botUserId),
    num_members: channel.members.size,
    creator: [...channel.members][0] ?? botUserId,
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
  }
}

function listConversations(args: JsonObject, state: State): Reply {
  const types = typesOf(args)
  if (types.some((type) => !Object.hasOwn(scopeOfType, type))) return refuse('invalid_types')
  const withoutArchived = readFlag(args, 'exclude_archived') === true
  const found = [...state.channels.values()].filter(
    (channel) => types.includes(kindOf(channel)) && visible(channel) && !(withoutArchived && channel.is_archived),
  )
  const page = pageOf(found, args, 100, 999)
  if (page === undefined) return refuse('invalid_cursor')
  return {
    ok: true,
    channels: page.items.map((channel) => shownChannel(channel, state)),
    response_metadata: { next_cursor: page.next },
  }
}

function readable(args: JsonObject, state: State): Channel | Reply {
  const named = readString(args, 'channel')
  if (named === undefined) return missing('channel')
  const channel = state.channels.get(named)
  return channel === undefined || !visible(channel) ? refuse('channel_not_found') : channel
}

function conversationInfo(args: JsonObject, state: State): Reply {
  const channel = readable(args, state)
  return isRefusal(channel) ? channel : { ok: true, channel: shownChannel(channel, state) }
}

function conversationMembers(args: JsonObject, state: State): Reply {
  const channel = readable(args, state)
  if (isRefusal(channel)) return channel
  const page = pageOf([...channel.members], args, 100, 999)
  if (page === undefined) return refuse('invalid_cursor')
  return { ok: true, members: page.items, response_metadata: { next_cursor: page.next } }
}

function within(args: JsonObject): (message: Message) => boolean {
  const oldest = Number(readString(args, 'oldest') ?? 0)
  const latest = Number(readString(args, 'latest') ?? Number.POSITIVE_INFINITY)
  const inclusive = readFlag(args, 'inclusive') === true
  return ({ ts }) => {
    const at = Number(ts)
    return inclusive ? at >= oldest && at <= latest : at > oldest && at < latest
  }
}

function readPast(args: JsonObject, state: State, messages: readonly Message[]): Reply {
  const page = pageOf(messages, args, 100, 999)
  if (page === undefined) return refuse('invalid_cursor')
  const withMetadata = readFlag(args, 'include_all_metadata') === true
  return {
    ok: true,
    messages: page.items.map((message) => shownMessage(state, message, withMetadata)),
    has_more: page.next !== '',
    ...(page.next === '' ? {} : { response_metadata: { next_cursor: page.next } }),
  }
}

/** Newest first; replies are left out unless they were sent to the channel too. */
function conversationHistory(args: JsonObject, state: State): Reply {
  const channel = readable(args, state)
  if (isRefusal(channel)) return channel
  if (!channel.members.has(botUserId)) return refuse('not_in_channel')
  const top = state.inChannel(channel.id).filter(isTopLevel).filter(within(args))
  return readPast(args, state, top.toReversed())
}

/** The parent first, then the replies, oldest first. */
function conversationReplies(args: JsonObject, state: State): Reply {
  const channel = readable(args, state)
  if (isRefusal(channel)) return channel
  if (!channel.members.has(botUserId)) return refuse('not_in_channel')
  const ts = readString(args, 'ts')
  if (ts === undefined) return missing('ts')
  const found = threadOf(state, channel.id, ts)
  if (found.length === 0) return refuse('thread_not_found')
  return readPast(
    args,
    state,
    found.filter((message) => message.ts === ts || within(args)(message)),
  )
}

function isTopLevel(message: Message): boolean {
  return message.thread_ts === undefined || message.thread_ts === message.ts || message.reply_broadcast === true
}

/** A message and its replies, oldest first; empty when there is no such message. */
export function threadOf(state: State, channel: string, ts: string): readonly Message[] {
  return state.inChannel(channel).filter((message) => message.ts === ts || message.thread_ts === ts)
}

function openConversation(args: JsonObject, state: State): Reply {
  const existing = readString(args, 'channel')
  if (existing !== undefined) {
    const channel = state.channels.get(existing)
    return channel?.im === undefined ? refuse('channel_not_found') : { ok: true, channel: { id: channel.id } }
  }
  const users = (readString(args, 'users') ?? '').split(',').filter((each) => each !== '')
  const [user] = users
  if (user === undefined) return refuse('users_list_not_supplied')
  if (users.length > 8) return refuse('too_many_users')
  // Group direct messages are not kept here; the app never opens one.
  if (users.length > 1) return refuse('method_not_supported_for_channel_type')
  const person = state.people.get(user)
  if (person === undefined) return refuse('user_not_found')
  if (person.deleted === true) return refuse('user_disabled')
  if (user === botUserId) return refuse('cannot_dm_bot')
  const known = [...state.channels.values()].some((channel) => channel.im === user)
  const im = state.openIm(user)
  const full = readFlag(args, 'return_im') === true
  return {
    ok: true,
    ...(known ? { no_op: true, already_open: true } : {}),
    channel: full ? shownChannel(im, state) : { id: im.id },
  }
}

function joinConversation(args: JsonObject, state: State): Reply {
  const channel = readable(args, state)
  if (isRefusal(channel)) return channel
  if (channel.is_archived) return refuse('is_archived')
  if (channel.is_private) return refuse('method_not_supported_for_channel_type')
  const joined: Channel = { ...channel, members: new Set([...channel.members, botUserId]) }
  state.channels.set(channel.id, joined)
  state.changed()
  return { ok: true, channel: shownChannel(joined, state) }
}
