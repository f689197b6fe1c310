import type { Clock, Post, Store } from '../app/ports.ts'
import { type Instant, MINUTE } from '../domain/time.ts'
import type { Ask, Asked } from './ask.ts'
import { isMomentary, mayHaveWorked } from './failure.ts'
import type { FoundPage, Message, PostMark, SlackPort } from './slack.ts'

export type Posted = Post & { readonly state: 'posted' }

/** The channel of a message noted as `posting` that certainly is in no channel, since every try was refused. */
export const NOWHERE = ''

/** Where a message belongs. `threadTs` null: in the channel itself. `broadcast`: in a thread, and in the channel as well. */
export type Place = {
  readonly subject: string
  readonly slot: string
  readonly channel: string
  readonly threadTs: string | null
  readonly broadcast?: boolean
}

/** What a message shows: the version of its decision, and the `freezeMark` of what it says is frozen. */
export type Shown = { readonly version: number; readonly frozen: string }

/** Of a message that was to be changed: it may say by now that something is frozen, or no longer. No `freezeMark` is this. */
const UNSURE = '?'

/**
 * To be called before a message is changed. What is frozen goes back to what it was, unlike versions: if the answer is
 * lost and the freeze lifted meanwhile, the message must not pass for one that never changed.
 */
export async function noteFrozen(store: Pick<Store, 'savePost'>, post: Posted, frozen: string): Promise<void> {
  if (post.shownFrozen !== frozen && post.shownFrozen !== UNSURE) await store.savePost({ ...post, shownFrozen: UNSURE })
}

/** Makes one message exist, once. `post`: what the store knows of it. */
export type PutMessage = (post: Post | null, place: Place, message: Message, shown: Shown) => Promise<Asked<Posted>>

/**
 * Looks for a message noted as `posting`, and notes it as posted where it is.
 * @param startedAt when posting it was first tried
 */
export type FindMessage = (place: Place, startedAt: Instant) => Promise<Asked<Posted | 'not_there' | 'unreadable'>>

/** Slack's clock and ours may differ by this much. Too small misses the post and sends it twice. */
const CLOCK_SKEW = 2 * MINUTE
/** 200 messages each. A channel that had more since the try is not read to its end: the message is sent again. */
const MOST_PAGES = 25

/**
 * Where to send a message, and where to look for it first. One that may be in Slack stays where it may be; any other
 * goes where it belongs now, so that correcting a channel's name brings out what waited for it.
 * @param named the channel of today, `#name` or an id
 */
export function channelFor(post: Post | null, named: string): string {
  if (post === null || post.channel === NOWHERE) return named
  // A name that nobody could turn into an id: Slack has no such channel, and takes no name for looking into one.
  return post.channel.startsWith('#') ? named : post.channel
}

function shownBy(mark: PostMark | null): Shown {
  return { version: mark?.version ?? 0, frozen: mark?.frozen ?? '' }
}

function markOf({ subject, slot }: Place, { version, frozen }: Shown): PostMark {
  return { subject, slot, version, ...(frozen !== '' && { frozen }) }
}

/** For whom only looks: a message that is not there is not sent. */
export function createFindMessage(
  slack: Pick<SlackPort, 'history'>,
  store: Pick<Store, 'savePost'>,
  ask: Ask,
): FindMessage {
  return async function find(place, startedAt): ReturnType<FindMessage> {
    const method = place.threadTs === null ? 'conversations.history' : 'conversations.replies'
    const oldest = (Math.max(0, startedAt - CLOCK_SKEW) / 1000).toFixed(6)
    let cursor: string | null = null
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const from: string | null = cursor
      const page: Asked<FoundPage> = await ask.call(method, place.channel, () =>
        slack.history(place.channel, place.threadTs, oldest, from),
      )
      if (!page.ok) {
        // Not allowed to read is an answer. A fault of the moment is not: sending now might send it twice.
        if (page.trouble.kind === 'wait' || isMomentary(page.trouble.failure)) return page
        return { ok: true, value: 'unreadable' }
      }
      const hit = page.value.messages.find(({ mark }) => mark?.subject === place.subject && mark.slot === place.slot)
      if (hit !== undefined)
        return { ok: true, value: await savePosted(store, place, startedAt, hit.ts, shownBy(hit.mark)) }
      if (page.value.next === null) return { ok: true, value: 'not_there' }
      cursor = page.value.next
    }
    return { ok: true, value: 'not_there' }
  }
}

/**
 * Posting is not repeatable at Slack, so it is written down first (`posting`), and whoever finds that note later looks
 * for the message before sending it again.
 */
export function createPutMessage(slack: SlackPort, store: Pick<Store, 'savePost'>, ask: Ask, clock: Clock): PutMessage {
  const find = createFindMessage(slack, store, ask)
  return async (post, place, message, shown) => {
    const { subject, slot, channel } = place
    const free = ask.freeAt('chat.postMessage', channel)
    if (free > clock()) return { ok: false, trouble: { kind: 'wait', until: free } }

    let certain = post === null || post.channel === NOWHERE
    const startedAt = post === null || certain ? clock() : post.startedAt
    const note = (at: string) => store.savePost({ subject, slot, channel: at, startedAt, state: 'posting' })
    if (post?.channel !== channel) await note(channel)
    if (!certain) {
      const found = await find(place, startedAt)
      if (!found.ok) return found
      if (typeof found.value !== 'string') return { ok: true, value: found.value }
      certain = found.value === 'not_there'
    }
    const sent = await ask.call('chat.postMessage', channel, () =>
      slack.post(channel, place.threadTs, message, markOf(place, shown), place.broadcast ?? false),
    )
    if (sent.ok) {
      // Slack gives the id of a channel that was named; updates take nothing else.
      const at = { ...place, channel: sent.value.channel }
      return { ok: true, value: await savePosted(store, at, startedAt, sent.value.ts, shown) }
    }
    const maybe = sent.trouble.kind === 'failed' && mayHaveWorked(sent.trouble.failure)
    if (certain && !maybe) await note(NOWHERE)
    return sent
  }
}

async function savePosted(
  store: Pick<Store, 'savePost'>,
  { subject, slot, channel }: Place,
  startedAt: Instant,
  ts: string,
  { version, frozen }: Shown,
): Promise<Posted> {
  const shown = { shownVersion: version, shownFrozen: frozen }
  const posted: Posted = { subject, slot, channel, startedAt, state: 'posted', ts, ...shown, permalink: null }
  await store.savePost(posted)
  return posted
}
