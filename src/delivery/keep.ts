import type { Post, Store } from '../app/ports.ts'
import type { Ask, Asked, Trouble } from './ask.ts'
import { channelFor, createFindMessage, NOWHERE, noteFrozen, type PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { isGone } from './step.ts'

/** A message of its own, outside of threads, as it should be. */
export type Kept = {
  readonly subject: string
  readonly slot: string
  /** Of what it shows; a message that shows an older one is changed. */
  readonly version: number
  /** The `freezeMark` of what it says is frozen; absent: nothing. */
  readonly frozen?: string
  /** Should it be sent if it is not there? */
  readonly wanted: boolean
  readonly draw: () => Message
}

/** `channel` says where it belongs, and is asked only before it is sent. `post`: what is known of it. */
export type Keep = (
  kept: Kept,
  post: Post | null,
  channel: () => Promise<Asked<string>>,
) => Promise<'as_it_should' | 'changed' | Trouble>

type World = {
  readonly store: Pick<Store, 'savePost'>
  readonly slack: Pick<SlackPort, 'update' | 'history'>
  readonly ask: Ask
  readonly put: PutMessage
}

/** Takes the next step towards one message being as it should. One that somebody deleted counts as never sent. */
export function createKeep({ store, slack, ask, put }: World): Keep {
  const find = createFindMessage(slack, store, ask)
  return async ({ subject, slot, version, frozen = '', wanted, draw }, post, channel) => {
    if (post?.state === 'posted') {
      if (post.shownVersion >= version && post.shownFrozen === frozen) return 'as_it_should'
      await noteFrozen(store, post, frozen)
      const changed = await ask.call('chat.update', post.channel, () => slack.update(post.channel, post.ts, draw()))
      if (changed.ok) await store.savePost({ ...post, shownVersion: version, shownFrozen: frozen })
      else if (isGone(changed.trouble)) await store.savePost(nowhere(post))
      else return changed.trouble
      return 'changed'
    }
    const place = { subject, slot, threadTs: null }
    if (wanted) {
      const named = await channel()
      if (!named.ok) return named.trouble
      const at = { ...place, channel: channelFor(post, named.value) }
      const sent = await put(post, at, draw(), { version, frozen })
      return sent.ok ? 'changed' : sent.trouble
    }
    if (post === null || post.channel === NOWHERE) return 'as_it_should'
    // It may have arrived although nobody heard of it, and then it says what is true no longer.
    const found = await find({ ...place, channel: post.channel }, post.startedAt)
    if (!found.ok) return found.trouble
    if (typeof found.value === 'string') await store.savePost(nowhere(post))
    return 'changed'
  }
}

/** A message that certainly is in no channel. */
export function nowhere({ subject, slot, startedAt }: Post): Post {
  return { subject, slot, startedAt, channel: NOWHERE, state: 'posting' }
}
