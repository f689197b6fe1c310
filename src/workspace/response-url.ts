/** Posts to a response_url: five of them, within thirty minutes (docs.slack.dev/interactivity/handling-user-interaction). */
import { byTheApp, isRefusal, mentionsOf, readContent, shownMessage } from './chat-methods.ts'
import type { JsonObject } from './check.ts'
import { type Reply, readFlag, readString, refuse } from './reply.ts'
import type { Message, State } from './state.ts'

const lifeMs = 30 * 60_000
const mostUses = 5

/** Carries out what the app posted to the response_url with this key. */
export function answerInteraction(state: State, key: string, args: JsonObject): Reply {
  const place = state.responseUrls.get(key)
  if (place === undefined) return refuse('invalid_url')
  if (state.now() - place.issuedAt > lifeMs) return refuse('expired_url')
  if (place.used >= mostUses) return refuse('used_url')
  const original = place.message
  if (readFlag(args, 'delete_original') === true) {
    if (original === undefined) return refuse('message_not_found')
    place.used += 1
    const list: Message[] = original.ephemeral ? state.ephemerals : state.inChannel(place.channel)
    const index = list.findIndex((each) => each.ts === original.ts)
    if (index >= 0) list.splice(index, 1)
    state.changed()
    return { ok: true }
  }
  const content = readContent(args, state, 40_000)
  if (isRefusal(content)) return content
  place.used += 1
  const mentions = mentionsOf(content, state, false)
  if (readFlag(args, 'replace_original') === true && original !== undefined) {
    return replaceOriginal(state, place.channel, original, { ...content, mentions })
  }
  const thread = readString(args, 'thread_ts') ?? place.thread
  const message: Message = {
    ...byTheApp(),
    channel: place.channel,
    ts: state.nextTs(),
    ...content,
    mentions,
    ...(thread === undefined ? {} : { thread_ts: thread }),
  }
  if (readString(args, 'response_type') === 'in_channel') state.inChannel(place.channel).push(message)
  else state.ephemerals.push({ ...message, to: place.userId })
  state.changed()
  return { ok: true, message: shownMessage(state, message, false) }
}

function replaceOriginal(
  state: State,
  channel: string,
  original: { readonly ts: string; readonly ephemeral: boolean },
  content: Pick<Message, 'text' | 'blocks' | 'mentions'>,
): Reply {
  if (original.ephemeral) {
    const index = state.ephemerals.findIndex((each) => each.ts === original.ts)
    const old = state.ephemerals[index]
    if (old === undefined) return refuse('message_not_found')
    const { blocks: _blocks, ...kept } = old
    state.ephemerals[index] = { ...kept, ...content }
  } else {
    const index = state.inChannel(channel).findIndex((each) => each.ts === original.ts)
    const old = state.inChannel(channel)[index]
    if (old === undefined) return refuse('message_not_found')
    const { blocks: _blocks, ...kept } = old
    state.inChannel(channel)[index] = { ...kept, ...content, edited: { user: old.user, ts: state.nextTs() } }
  }
  state.changed()
  return { ok: true }
}
