import type { Clock, OutboxRow, Post, Store } from '../app/ports.ts'
import type { AlertsTold } from '../domain/alert-window.ts'
import { hasCard, isUnderWay } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { Notice } from '../domain/intent.ts'
import type { Instant } from '../domain/time.ts'
import { createAlerts } from './alerts.ts'
import type { Ask, Trouble } from './ask.ts'
import { createCopies, type RenderCopies } from './copies.ts'
import { channelFor, type Posted, type PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { DONE, isGone, LINES_LEFT, MORE, type Step, stuck } from './step.ts'

/** How things look; delivery itself knows no block. */
export type Render = RenderCopies & {
  /** The card as the decision stands now: buttons while it is open, its end state afterwards. */
  readonly card: (view: DecisionView, now: Instant) => Message
  /** The events that made the versions `from` to `to`, both included, in one message; null: none is worth a line. */
  readonly threadLines: (view: DecisionView, from: number, to: number) => Message | null
  readonly notice: (notice: Notice) => Message
  readonly alerts: (alerts: AlertsTold) => Message
}

/** `#name` or an id, as the manifest says. */
export type Channels = {
  readonly ofDecision: (view: DecisionView) => string
  readonly operations: () => string
  /** What Slack knows it by. A rejection counts as Slack not being reached. */
  readonly resolve: (named: string) => Promise<string>
}

type World = {
  readonly store: Pick<Store, 'posts' | 'savePost' | 'alerts'>
  readonly slack: SlackPort
  readonly ask: Ask
  readonly put: PutMessage
  readonly load: (id: string) => Promise<DecisionView | null>
  readonly render: Render
  readonly channels: Channels
  readonly clock: Clock
}

/** Each quotes up to 1,200 characters, and Slack refuses a message at about 13,000. */
const MOST_LINES = 5

/**
 * Takes the next step for one intent. Repeating it is harmless: it compares what Slack shows with what it should.
 * `lines` false: a step that would be a line in a thread is told instead of taken.
 */
export function createSync(world: World): (row: OutboxRow, lines: boolean) => Promise<Step> {
  const { store, slack, ask, put, load, render, channels, clock } = world
  const { operations } = channels
  const syncCopies = createCopies(world)
  const tellAlerts = createAlerts({ ...world, render: render.alerts, channel: resolved, operations })
  return async ({ intent }, lines) => {
    switch (intent.kind) {
      case 'card.sync': {
        const view = await load(intent.decision)
        return view === null || !hasCard(view.decision) ? DONE : syncCard(view, lines)
      }
      case 'copies.sync': {
        const view = await load(intent.decision)
        return view === null ? DONE : syncCopies(view)
      }
      case 'notice.post':
        return postNotice(intent.key, intent.notice)
      case 'alerts.post':
        return tellAlerts(intent.window)
      // Another lane's.
      case 'workflow.advance':
      case 'workflow.halt':
      case 'executor.call':
      case 'webhook.send':
      case 'rollback.call':
        return DONE
    }
  }

  async function syncCard(view: DecisionView, lines: boolean): Promise<Step> {
    const { decision } = view
    const posts = await store.posts(decision.id)
    const card = posts.find((post) => post.slot === 'card') ?? null
    if (card?.state !== 'posted') return postCard(view, card)
    if (card.shownVersion < decision.version) return updateCard(view, card)
    return logNext(view, card, posts, lines)
  }

  async function postCard(view: DecisionView, post: Post | null): Promise<Step> {
    const { decision } = view
    const channel = await resolved(channelFor(post, channels.ofDecision(view)))
    if (typeof channel !== 'string') return stuck(channel, decision)
    const place = { subject: decision.id, slot: 'card', channel, threadTs: null }
    const sent = await put(post, place, render.card(view, clock()), decision.version)
    if (!sent.ok) return stuck(sent.trouble, decision)
    await link(sent.value)
    return MORE
  }

  /** A link is a convenience: without it the card is as good, and the next change of the card asks again. */
  async function link(card: Posted): Promise<void> {
    if (card.permalink !== null) return
    const { channel, ts } = card
    const given = await ask.call('chat.getPermalink', channel, () => slack.permalink(channel, ts))
    if (given.ok) await store.savePost({ ...card, permalink: given.value })
  }

  async function updateCard(view: DecisionView, card: Posted): Promise<Step> {
    const { decision } = view
    const { channel, ts } = card
    const message = render.card(view, clock())
    const changed = await ask.call('chat.update', channel, () => slack.update(channel, ts, message))
    if (!changed.ok) return isGone(changed.trouble) ? repost(view, card) : stuck(changed.trouble, decision)
    const updated: Posted = { ...card, shownVersion: decision.version }
    await store.savePost(updated)
    await link(updated)
    return MORE
  }

  /** Without a card nobody can decide it, or have it rolled back; once nothing is to come of it, it needs none. */
  async function repost(view: DecisionView, { subject, slot, channel }: Posted): Promise<Step> {
    if (!isUnderWay(view.decision)) return DONE
    await store.savePost({ subject, slot, channel, startedAt: clock(), state: 'posting' })
    return MORE
  }

  async function logNext(view: DecisionView, card: Posted, posts: readonly Post[], lines: boolean): Promise<Step> {
    const { decision, history } = view
    const last = Math.min(history.length, decision.version)
    const logs = posts.flatMap((post) => {
      const range = rangeOf(post.slot)
      return range === null ? [] : [{ post, range }]
    })
    const started = logs.find(({ post }) => post.state === 'posting')
    // The submission is the card itself.
    const covered = Math.max(1, ...logs.map(({ range }) => range.to))
    const ranges = started === undefined ? rangesBetween(covered + 1, last) : [started.range]
    for (const { from, to } of ranges) {
      const message = render.threadLines(view, from, to)
      if (message === null) continue
      if (!lines) return LINES_LEFT
      const slot = from === to ? `log ${from}` : `log ${from}-${to}`
      const place = { subject: decision.id, slot, channel: card.channel, threadTs: card.ts }
      const sent = await put(started?.post ?? null, place, message, to)
      // A card of the same channel may have come to wait meanwhile.
      if (sent.ok) return LINES_LEFT
      return isGone(sent.trouble) ? repost(view, card) : stuck(sent.trouble, decision)
    }
    return DONE
  }

  async function postNotice(key: string, notice: Notice): Promise<Step> {
    const [post = null] = await store.posts(key)
    if (post?.state === 'posted') return DONE
    const channel = await resolved(channelFor(post, channels.operations()))
    if (typeof channel !== 'string') return stuck(channel, null)
    const place = { subject: key, slot: 'notice', channel, threadTs: null }
    const sent = await put(post, place, render.notice(notice), 1)
    return sent.ok ? DONE : stuck(sent.trouble, null)
  }

  async function resolved(named: string): Promise<string | Trouble> {
    try {
      return await channels.resolve(named)
    } catch {
      ask.unreachable()
      return { kind: 'failed', failure: { kind: 'not_sent' } }
    }
  }
}

type Range = { readonly from: number; readonly to: number }

function rangeOf(slot: string): Range | null {
  const [, from, to = from] = /^log (\d+)(?:-(\d+))?$/.exec(slot) ?? []
  return from === undefined ? null : { from: Number(from), to: Number(to) }
}

function rangesBetween(from: number, last: number): readonly Range[] {
  const count = Math.max(0, Math.ceil((last - from + 1) / MOST_LINES))
  return Array.from({ length: count }, (_, at) => {
    const start = from + at * MOST_LINES
    return { from: start, to: Math.min(last, start + MOST_LINES - 1) }
  })
}
