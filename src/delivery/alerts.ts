import type { Store } from '../app/ports.ts'
import type { AlertCount, AlertLine, AlertsTold, AlertWindow } from '../domain/alert-window.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import { intentKey } from '../domain/intent.ts'
import type { Ask, Trouble } from './ask.ts'
import { channelFor, type Posted, type PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { DONE, isGone, MORE, type Step, stuck } from './step.ts'

type World = {
  readonly store: Pick<Store, 'posts' | 'savePost' | 'alerts'>
  readonly slack: Pick<SlackPort, 'update'>
  readonly ask: Ask
  readonly put: PutMessage
  readonly load: (id: string) => Promise<DecisionView | null>
  readonly render: (alerts: AlertsTold) => Message
  /** The operations channel as Slack knows it. */
  readonly channel: (named: string) => Promise<string | Trouble>
  readonly operations: () => string
}

const MOST_LINES: Readonly<Record<AlertWindow['every'], number>> = { minute: 5, hour: 20 }

/**
 * Takes the next step for one window. A message's version is how many it tells of: one that tells of fewer than are
 * counted by now is changed, so that none is missed and none told twice, whenever the process ends.
 */
export function createAlerts(world: World): (window: AlertWindow) => Promise<Step> {
  const { store, slack, ask, put, load, render, channel, operations } = world

  return async (window) => {
    const counts = await store.alerts(window)
    const passed = counts.reduce((sum, { count }) => sum + count, 0)
    if (passed === 0) return DONE
    const key = intentKey({ kind: 'alerts.post', window })
    const [post = null] = await store.posts(key)
    if (post?.state === 'posted') return post.shownVersion < passed ? update(post, window, counts, passed) : DONE
    const resolved = await channel(channelFor(post, operations()))
    if (typeof resolved !== 'string') return stuck(resolved, null)
    const place = { subject: key, slot: 'alerts', channel: resolved, threadTs: null }
    const sent = await put(post, place, await drawn(window, counts), { version: passed, frozen: '' })
    return sent.ok ? MORE : stuck(sent.trouble, null)
  }

  async function update(post: Posted, window: AlertWindow, counts: readonly AlertCount[], passed: number) {
    const message = await drawn(window, counts)
    const changed = await ask.call('chat.update', post.channel, () => slack.update(post.channel, post.ts, message))
    if (!changed.ok) return isGone(changed.trouble) ? DONE : stuck(changed.trouble, null)
    await store.savePost({ ...post, shownVersion: passed })
    return MORE
  }

  async function drawn(window: AlertWindow, counts: readonly AlertCount[]): Promise<Message> {
    const most = MOST_LINES[window.every]
    const inOrder = counts.toSorted(window.every === 'minute' ? byTime : byCount)
    const lines = await Promise.all(inOrder.slice(0, most).map(withDecision))
    return render({ window, lines, others: inOrder.slice(most) })
  }

  async function withDecision(alert: AlertCount): Promise<AlertLine> {
    const view = await load(alert.decision)
    return { ...alert, does: view?.policy?.description ?? null, why: view?.decision.reasons[0]?.message ?? null }
  }
}

/** Ids sort by when they were made. */
function byTime(a: AlertCount, b: AlertCount): number {
  return a.decision < b.decision ? -1 : 1
}

function byCount(a: AlertCount, b: AlertCount): number {
  return b.count - a.count
}
