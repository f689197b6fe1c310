/** chat.*: messages are posted, changed and deleted (docs.slack.dev/reference/methods/chat.postMessage and on). */

import { isObject, type JsonObject } from './check.ts'
import { unknownFiles } from './file-methods.ts'
import { blocksTooLong, validateBlocks } from './limits.ts'
import { mentionsByName, mentionsInBlocks, mentionsInText } from './mentions.ts'
import { appId, botId, botUserId, teamId } from './people.ts'
import {
  asObjects,
  type Method,
  missing,
  type Reply,
  readFlag,
  readJson,
  readString,
  refuse,
  refuseFor,
} from './reply.ts'
import type { Block, Channel, Message, Metadata, State } from './state.ts'

const writes = (): readonly string[] => ['chat:write']

export const chatMethods: Readonly<Record<string, Method>> = {
  'chat.postMessage': { scopes: writes, pace: 'post', run: postMessage },
  'chat.postEphemeral': { scopes: writes, pace: 100, run: postEphemeral },
  'chat.update': { scopes: writes, pace: 50, run: updateMessage },
  'chat.delete': { scopes: writes, pace: 50, run: deleteMessage },
  'chat.getPermalink': { scopes: () => [], pace: 1000, run: getPermalink },
}

type Content = { readonly text: string; readonly blocks?: readonly Block[] }

/** The channel that `channel` names: an id, #name, or a person who is still here, whose direct message it then is. */
function findChannel(state: State, named: string | undefined): Channel | undefined {
  if (named === undefined) return undefined
  const person = state.people.get(named)
  if (person !== undefined && person.deleted !== true && named !== botUserId) return state.openIm(named)
  const byId = state.channels.get(named)
  if (byId !== undefined) return byId
  const name = named.replace(/^#/, '')
  return [...state.channels.values()].find((channel) => channel.im === undefined && channel.name === name)
}

/** What Slack shows the app of a message: our own notes on it left out, replies counted. */
export function shownMessage(state: State, message: Message, withMetadata: boolean): JsonObject {
  const { channel, mentions: _mentions, metadata, ...shown } = message
  const replies = state.inChannel(channel).filter((each) => each.thread_ts === message.ts && each.ts !== message.ts)
  const latest = replies.at(-1)
  return {
    ...shown,
    ...(withMetadata && metadata !== undefined ? { metadata } : {}),
    ...(latest === undefined
      ? {}
      : {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users: [...new Set(replies.map((reply) => reply.user))],
          latest_reply: latest.ts,
        }),
  }
}

/** The text and blocks of a post, or the refusal they earn. */
export function readContent(args: JsonObject, state: State, mostText: number): Content | Reply {
  const text = readString(args, 'text') ?? ''
  if (text.length > mostText) return refuse('msg_too_long')
  const read = readJson(args, 'blocks')
  if (read === undefined) return text.trim() === '' ? refuse('no_text') : { text }
  if (read === 'malformed' || !Array.isArray(read.value)) return refuse('invalid_blocks_format')
  const problems = validateBlocks(read.value, 'message')
  if (problems.length > 0) return refuseFor('invalid_blocks', problems)
  const [unknown] = unknownFiles(state, read.value)
  if (unknown !== undefined)
    return refuseFor('invalid_blocks', [{ pointer: `/blocks/${unknown}/slack_file`, message: 'invalid slack file' }])
  if (blocksTooLong(read.value)) return refuse('msg_blocks_too_long')
  if (read.value.length === 0) return text.trim() === '' ? refuse('no_text') : { text }
  return { text, blocks: state.withBlockIds(asObjects(read.value)) }
}

export function isRefusal(value: object): value is Reply {
  return 'ok' in value
}

export function mentionsOf(content: Content, state: State, byName: boolean): readonly string[] {
  const handles = new Map([
    ...[...state.people.values()].map((person) => [person.name, person.id] as const),
    ...[...state.usergroups.values()].map((group) => [group.handle, group.id] as const),
  ])
  const named = byName ? mentionsByName(content.text, handles) : []
  return [...new Set([...mentionsInText(content.text), ...named, ...mentionsInBlocks(content.blocks ?? [])])]
}

/** Fields of every message that the app itself sends. */
export function byTheApp(): Pick<Message, 'type' | 'user' | 'team' | 'bot_id' | 'app_id'> {
  return { type: 'message', user: botUserId, team: teamId, bot_id: botId, app_id: appId }
}

function readMetadata(args: JsonObject): { readonly metadata: Metadata | 'none' | 'absent' } | Reply {
  const read = readJson(args, 'metadata')
  if (read === undefined) return { metadata: 'absent' }
  if (read === 'malformed' || !isObject(read.value)) return refuse('invalid_metadata_format')
  const { event_type, event_payload, ...rest } = read.value
  if (Object.keys(read.value).length === 0) return { metadata: 'none' }
  if (typeof event_type !== 'string' || event_type === '' || !isObject(event_payload)) {
    return refuse('invalid_metadata_format')
  }
  if (Object.keys(rest).some((key) => key !== 'entities')) return refuse('invalid_metadata_format')
  if (JSON.stringify(read.value).length > 16_000) return refuse('metadata_too_large')
  return { metadata: { event_type, event_payload } }
}

function namesAreLinked(args: JsonObject): boolean {
  return readFlag(args, 'link_names') === true || readString(args, 'parse') === 'full'
}

function writable(state: State, named: string | undefined): Channel | Reply {
  if (named === undefined) return missing('channel')
  const channel = findChannel(state, named)
  if (channel === undefined) return refuse('channel_not_found')
  if (channel.is_archived) return refuse('is_archived')
  if (!channel.members.has(botUserId)) return refuse(channel.is_private ? 'channel_not_found' : 'not_in_channel')
  return channel
}

function threadProblem(state: State, channel: Channel, thread: string | undefined): Reply | undefined {
  if (thread === undefined) return undefined
  if (!/^\d+\.\d{6}$/.test(thread)) return refuse('invalid_thread_ts')
  const parent = state.inChannel(channel.id).find((message) => message.ts === thread)
  if (parent === undefined) return refuse('thread_not_found')
  return parent.thread_ts === undefined || parent.thread_ts === parent.ts
    ? undefined
    : refuse('cannot_reply_to_message')
}

function postMessage(args: JsonObject, state: State): Reply {
  const channel = writable(state, readString(args, 'channel'))
  if (isRefusal(channel)) return channel
  const content = readContent(args, state, 40_000)
  if (isRefusal(content)) return content
  const read = readMetadata(args)
  if (isRefusal(read)) return read
  const thread = readString(args, 'thread_ts')
  const problem = threadProblem(state, channel, thread)
  if (problem !== undefined) return problem
  const message: Message = {
    ...byTheApp(),
    channel: channel.id,
    ts: state.nextTs(),
    ...content,
    mentions: mentionsOf(content, state, namesAreLinked(args)),
    ...(thread === undefined ? {} : { thread_ts: thread }),
    ...(thread !== undefined && readFlag(args, 'reply_broadcast') === true ? { reply_broadcast: true } : {}),
    ...(typeof read.metadata === 'string' ? {} : { metadata: read.metadata }),
  }
  state.inChannel(channel.id).push(message)
  state.changed()
  return { ok: true, channel: channel.id, ts: message.ts, message: shownMessage(state, message, true) }
}

function postEphemeral(args: JsonObject, state: State): Reply {
  const channel = writable(state, readString(args, 'channel'))
  if (isRefusal(channel)) return channel
  const user = readString(args, 'user')
  if (user === undefined) return missing('user')
  if (!channel.members.has(user)) return refuse('user_not_in_channel')
  const content = readContent(args, state, 40_000)
  if (isRefusal(content)) return content
  const thread = readString(args, 'thread_ts')
  const ts = state.nextTs()
  state.ephemerals.push({
    ...byTheApp(),
    channel: channel.id,
    ts,
    to: user,
    ...content,
    mentions: mentionsOf(content, state, namesAreLinked(args)),
    ...(thread === undefined ? {} : { thread_ts: thread }),
  })
  state.changed()
  return { ok: true, message_ts: ts }
}

type Found = { readonly channel: Channel; readonly index: number; readonly message: Message }

function ownMessage(args: JsonObject, state: State, notOurs: string): Found | Reply {
  const named = readString(args, 'channel')
  if (named === undefined) return missing('channel')
  const ts = readString(args, 'ts')
  if (ts === undefined) return missing('ts')
  // Unlike posting, changing takes a channel's id and nothing else.
  const channel = state.channels.get(named)
  if (channel === undefined) return refuse('channel_not_found')
  if (channel.is_archived) return refuse('is_archived')
  const index = state.inChannel(channel.id).findIndex((each) => each.ts === ts)
  const message = state.inChannel(channel.id)[index]
  if (message === undefined) return refuse('message_not_found')
  return message.user === botUserId ? { channel, index, message } : refuse(notOurs)
}

/** Text without blocks removes the blocks; metadata that is left out stays, `{}` removes it. */
function updateMessage(args: JsonObject, state: State): Reply {
  const found = ownMessage(args, state, 'cant_update_message')
  if (isRefusal(found)) return found
  const content = readContent(args, state, 4000)
  if (isRefusal(content)) return content
  const read = readMetadata(args)
  if (isRefusal(read)) return read
  const { blocks: _blocks, metadata: before, ...kept } = found.message
  const metadata = read.metadata === 'absent' ? before : read.metadata === 'none' ? undefined : read.metadata
  const message: Message = {
    ...kept,
    ...content,
    mentions: mentionsOf(content, state, namesAreLinked(args)),
    edited: { user: botUserId, ts: state.nextTs() },
    ...(metadata === undefined ? {} : { metadata }),
  }
  state.inChannel(found.channel.id)[found.index] = message
  state.changed()
  return {
    ok: true,
    channel: found.channel.id,
    ts: message.ts,
    text: message.text,
    message: shownMessage(state, message, true),
  }
}

function deleteMessage(args: JsonObject, state: State): Reply {
  const found = ownMessage(args, state, 'cant_delete_message')
  if (isRefusal(found)) return found
  state.inChannel(found.channel.id).splice(found.index, 1)
  state.changed()
  return { ok: true, channel: found.channel.id, ts: found.message.ts }
}

function getPermalink(args: JsonObject, state: State, apiBase: string): Reply {
  const channel = state.channels.get(readString(args, 'channel') ?? '')
  if (channel === undefined) return refuse('channel_not_found')
  const ts = readString(args, 'message_ts')
  if (ts === undefined) return missing('message_ts')
  const message = state.inChannel(channel.id).find((each) => each.ts === ts)
  if (message === undefined) return refuse('message_not_found')
  const thread = message.thread_ts === undefined ? '' : `?thread_ts=${message.thread_ts}&cid=${channel.id}`
  return {
    ok: true,
    channel: channel.id,
    permalink: `${apiBase}/archives/${channel.id}/p${ts.replace('.', '')}${thread}`,
  }
}
