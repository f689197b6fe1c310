import type { Clock, Post, Store } from '../app/ports.ts'
import { hasCard, isUnderWay } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import { freezeMark } from '../domain/freeze.ts'
import { type Instant, SECOND } from '../domain/time.ts'
import { type WorkflowRef, workflowOf } from '../domain/workflow-ref.ts'
import type { Ask, Trouble } from './ask.ts'
import type { Heads } from './heads.ts'
import { channelFor, noteFrozen, type Place, type Posted, type PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { DONE, isGone, LINES_LEFT, MORE, type Step, stuck } from './step.ts'

/** How cards and their threads look. */
export type RenderCards = {
  /** The card as the decision stands now: buttons while it is open, its end state afterwards. */
  readonly card: (view: DecisionView, now: Instant) => Message
  /** The same for decisions that share a card, a row each. */
  readonly sharedCard: (views: readonly DecisionView[], now: Instant) => Message
  /**
   * The events that made the versions `from` to `to`, both included, in one message; null: none is worth a line.
   * `row`: which row of a shared card it is about; null: the card has one decision.
   */
  readonly threadLines: (view: DecisionView, from: number, to: number, row: number | null) => Message | null
}

type World = {
  readonly store: Pick<Store, 'posts' | 'savePost' | 'onSameCard'>
  readonly slack: Pick<SlackPort, 'update' | 'permalink'>
  readonly ask: Ask
  readonly put: PutMessage
  readonly load: (id: string) => Promise<DecisionView | null>
  readonly render: RenderCards
  /** Where people see the decision, as the manifest names it. */
  readonly channelOf: (view: DecisionView) => string
  /** A channel as Slack knows it. */
  readonly channel: (named: string) => Promise<string | Trouble>
  readonly heads: Heads
  readonly clock: Clock
}

/** A decision on a card, and what is known of its messages. `row`: null on a card of its own. */
type Row = {
  readonly view: DecisionView
  readonly row: number | null
  readonly posts: readonly Post[]
  readonly card: Post | null
}

/** Where a card is to be sent. */
type Spot = Omit<Place, 'subject' | 'slot'>

/** A message in the thread of a card, and how it should look. */
type Line = { readonly post: Posted; readonly message: Message }

/** A message that a thread lacks. `post`: what is known of it, where sending it has begun. */
type Missing = {
  readonly decision: string
  readonly slot: string
  readonly to: number
  /** When the last event in it happened: the first may be worth no word. */
  readonly at: Instant
  readonly message: Message
  readonly post: Post | null
}

/** Each quotes up to 1,200 characters, and Slack refuses a message at about 13,000. */
const MOST_LINES = 5

/**
 * Takes the next step for the card that a decision stands on, whoever else stands on it, and for the thread below.
 * Repeating it is harmless, for any of them. Such a card is the first one's message; the others' posts say what of it
 * shows them.
 */
export function createCards(world: World): (decision: string, lines: boolean) => Promise<Step> {
  const { store, slack, ask, put, load, render, channelOf, channel, heads, clock } = world
  const underWay = new Set<string>()
  /** Lines that say which row they are about, while the others of their card wait for that. */
  const named = new Set<string>()

  return async (decision, lines) => {
    const ids = await store.onSameCard(decision)
    const [card = decision] = ids
    // Two of them stand in two lanes where a reload has named another channel in between.
    if (underWay.has(card)) return stuck({ kind: 'wait', until: clock() + SECOND }, null)
    underWay.add(card)
    try {
      return await syncCard(await rowsOf(ids), lines)
    } finally {
      underWay.delete(card)
    }
  }

  async function rowsOf(ids: readonly string[]): Promise<readonly Row[]> {
    const rows: Row[] = []
    for (const [index, id] of ids.entries()) {
      const view = await load(id)
      if (view === null || !hasCard(view.decision)) continue
      const posts = await store.posts(id)
      const card = posts.find(({ slot }) => slot === 'card') ?? null
      rows.push({ view, posts, card, row: ids.length === 1 ? null : index + 1 })
    }
    return rows
  }

  async function syncCard(rows: readonly Row[], lines: boolean): Promise<Step> {
    const [first] = rows
    if (first === undefined) return DONE
    const { card } = first
    if (card?.state !== 'posted') return postCard(first, rows)
    if (!rows.every((row) => isShown(row, card))) return updateCard(card, rows)
    return logNext(card, await threadOf(card, first), rows, lines)
  }

  async function postCard({ view, card }: Row, rows: readonly Row[]): Promise<Step> {
    const ref = workflowOf(view.decision)
    const where = ref === null ? await inChannel(view, card) : await inThread(ref, view)
    if (where === 'more') return MORE
    if ('kind' in where) return stuckWith(where, rows)
    const { id, version } = view.decision
    const frozen = freezeMark(view.frozen)
    const sent = await put(card, { ...where, subject: id, slot: 'card' }, draw(rows), { version, frozen })
    if (!sent.ok) {
      if (ref === null || !isGone(sent.trouble)) return stuckWith(sent.trouble, rows)
      await heads.gone(ref)
      return MORE
    }
    // It may be one that was sent before, with fewer rows: the other rows are not noted until it is drawn again.
    const linked = await withLink(sent.value)
    if (linked !== sent.value) await store.savePost(linked)
    return MORE
  }

  async function inChannel(view: DecisionView, card: Post | null): Promise<Spot | Trouble> {
    const id = await channel(channelFor(card, channelOf(view)))
    return typeof id === 'string' ? { channel: id, threadTs: null } : id
  }

  /** All cards of a workflow stand in one thread. The channel sees one that people can act on, too: nobody follows a thread for it. */
  async function inThread(ref: WorkflowRef, view: DecisionView): Promise<Spot | Trouble | 'more'> {
    const head = await heads.at(ref, channelOf(view))
    if (head === 'more' || !('ts' in head)) return head
    return { channel: head.channel, threadTs: head.ts, broadcast: isUnderWay(view.decision) }
  }

  /** The thread that a card heads, or the one that it stands in: there it came after the head. */
  async function threadOf(card: Posted, { view }: Row): Promise<string> {
    const ref = workflowOf(view.decision)
    const head = ref === null ? null : await heads.known(ref)
    return head !== null && head.channel === card.channel && Number(head.ts) < Number(card.ts) ? head.ts : card.ts
  }

  async function updateCard(card: Posted, rows: readonly Row[]): Promise<Step> {
    const unnamed = firstLines(card, rows).find(({ post }) => !named.has(post.ts))
    if (unnamed !== undefined) return nameRow(unnamed, rows)
    const message = draw(rows)
    for (const row of rows)
      if (row.card?.state === 'posted') await noteFrozen(store, row.card, freezeMark(row.view.frozen))
    const changed = await ask.call('chat.update', card.channel, () => slack.update(card.channel, card.ts, message))
    if (!changed.ok) return isGone(changed.trouble) ? repost(card, rows) : stuckWith(changed.trouble, rows)
    for (const { post } of firstLines(card, rows)) named.delete(post.ts)
    await noteShown(card, rows)
    const linked = await withLink(card)
    if (linked !== card) await noteShown(linked, rows)
    return MORE
  }

  function draw(rows: readonly Row[]): Message {
    const [first, ...others] = rows.map(({ view }) => view)
    if (first === undefined) throw new Error('a card shows a decision')
    return others.length === 0 ? render.card(first, clock()) : render.sharedCard([first, ...others], clock())
  }

  async function noteShown(card: Posted, rows: readonly Row[]): Promise<void> {
    for (const { view } of rows)
      await store.savePost({
        ...card,
        subject: view.decision.id,
        shownVersion: view.decision.version,
        shownFrozen: freezeMark(view.frozen),
      })
  }

  /** A link is a convenience: without it the card is as good, and the next change of the card asks again. */
  async function withLink(card: Posted): Promise<Posted> {
    if (card.permalink !== null) return card
    const { channel: where, ts } = card
    const given = await ask.call('chat.getPermalink', where, () => slack.permalink(where, ts))
    return given.ok ? { ...card, permalink: given.value } : card
  }

  /**
   * A line from when the first one had the card to itself says from now on which row it is about. Asked for again after
   * a restart; what Slack refuses stays as it is, since the rows of others must not wait for it.
   */
  async function nameRow({ post, message }: Line, rows: readonly Row[]): Promise<Step> {
    const { channel: where, ts } = post
    const changed = await ask.call('chat.update', where, () => slack.update(where, ts, message))
    const isRefused = !changed.ok && changed.trouble.kind === 'failed' && changed.trouble.failure.kind === 'refused'
    if (!changed.ok && !isRefused) return stuckWith(changed.trouble, rows)
    named.add(ts)
    return MORE
  }

  /** What was said in the thread of a card that nobody shared yet; empty once it shows others. */
  function firstLines(card: Posted, rows: readonly Row[]): readonly Line[] {
    const [first, ...others] = rows
    if (first === undefined || others.length === 0 || others.some((row) => standsOn(row, card))) return []
    return logsOf(first.posts).flatMap(({ post, range }) => {
      const message = render.threadLines(first.view, range.from, range.to, first.row)
      return post.state === 'posted' && message !== null ? [{ post, message }] : []
    })
  }

  /** Without a card nobody can decide them, or have them rolled back; once nothing is to come of any, they need none. */
  async function repost({ subject, slot, channel: where }: Posted, rows: readonly Row[]): Promise<Step> {
    if (!rows.some(({ view }) => isUnderWay(view.decision))) return DONE
    await store.savePost({ subject, slot, channel: where, startedAt: clock(), state: 'posting' })
    return MORE
  }

  /** Of several rows, what happened first is told first. */
  async function logNext(card: Posted, threadTs: string, rows: readonly Row[], lines: boolean): Promise<Step> {
    const [next] = rows.flatMap(missingLines).toSorted((one, other) => one.at - other.at)
    if (next === undefined) return DONE
    if (!lines) return LINES_LEFT
    const place = { subject: next.decision, slot: next.slot, channel: card.channel, threadTs }
    const sent = await put(next.post, place, next.message, { version: next.to, frozen: '' })
    // A card of the same channel may have come to wait meanwhile.
    if (sent.ok) return LINES_LEFT
    return isGone(sent.trouble) ? repost(card, rows) : stuckWith(sent.trouble, rows)
  }

  /** The next message that a row lacks in the thread; empty: none. */
  function missingLines({ view, row, posts }: Row): readonly Missing[] {
    const { decision, history } = view
    const last = Math.min(history.length, decision.version)
    const logs = logsOf(posts)
    const started = logs.find(({ post }) => post.state === 'posting')
    // The submission is the card itself.
    const covered = Math.max(1, ...logs.map(({ range }) => range.to))
    const ranges = started === undefined ? rangesBetween(covered + 1, last) : [started.range]
    for (const { from, to } of ranges) {
      const message = render.threadLines(view, from, to, row)
      if (message === null) continue
      const slot = from === to ? `log ${from}` : `log ${from}-${to}`
      const at = history[to - 1]?.at ?? 0
      return [{ decision: decision.id, slot, to, at, message, post: started?.post ?? null }]
    }
    return []
  }
}

/** Giving up has a price while people can act on any of them. */
function stuckWith(trouble: Trouble, rows: readonly Row[]): Step {
  return stuck(trouble, rows.map(({ view }) => view.decision).find(isUnderWay) ?? null)
}

/** Does this message show it as it stands? */
function isShown({ view, card }: Row, message: Posted): boolean {
  if (card?.state !== 'posted' || !isSame(card, message)) return false
  return card.shownVersion >= view.decision.version && card.shownFrozen === freezeMark(view.frozen)
}

/** Did this message ever show it? */
function standsOn({ card }: Row, message: Posted): boolean {
  return card?.state === 'posted' && isSame(card, message)
}

function isSame(a: Posted, b: Posted): boolean {
  return a.channel === b.channel && a.ts === b.ts
}

type Range = { readonly from: number; readonly to: number }

function logsOf(posts: readonly Post[]): readonly { readonly post: Post; readonly range: Range }[] {
  return posts.flatMap((post) => {
    const range = rangeOf(post.slot)
    return range === null ? [] : [{ post, range }]
  })
}

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
