import type { Clock } from '../app/ports.ts'
import { type Instant, MINUTE, SECOND } from '../domain/time.ts'

/** The methods that delivery calls. */
export type SlackMethod =
  | 'chat.postMessage'
  | 'chat.update'
  | 'chat.getPermalink'
  | 'conversations.open'
  | 'conversations.history'
  | 'conversations.replies'

/** How fast Slack may be called; all of it in memory, since a restart takes longer than any of its waits is worth. */
export type Pace = {
  /** When this channel may get its next message; now or earlier: at once. */
  readonly channelFreeAt: (channel: string) => Instant
  /** When this method may be called, for this channel; now or earlier: at once. */
  readonly methodFreeAt: (method: SlackMethod, channel: string) => Instant
  readonly began: (method: SlackMethod, channel: string) => void
  readonly ended: (method: SlackMethod, channel: string) => void
  /** Slack said 429. @returns when this method may be called again for this channel */
  readonly limited: (method: SlackMethod, channel: string, retryAfterMs: number) => Instant
}

/** One message a second and channel. Source: docs.slack.dev/apis/web-api/rate-limits, "Posting messages". */
const MESSAGE_EVERY = SECOND

/** Calls a minute that Slack promises to take: tier 3 is 50, and posting has its own rule, by channel. Same source. */
const BUDGETS: ReadonlyMap<SlackMethod, number> = new Map([
  ['chat.update', 50],
  ['conversations.open', 50],
  ['conversations.history', 50],
  ['conversations.replies', 50],
])

const isMessage = (method: SlackMethod) => method === 'chat.postMessage' || method === 'chat.update'

export function createPace(clock: Clock): Pace {
  const lastMessage = new Map<string, Instant>()
  const recent = new Map<SlackMethod, Instant[]>()
  const pausedMethods = new Map<SlackMethod, Instant>()
  /** Posting is limited channel by channel. */
  const pausedChannels = new Map<string, Instant>()

  function budgetFreeAt(method: SlackMethod): Instant {
    const budget = BUDGETS.get(method)
    const calls = recent.get(method) ?? []
    if (budget === undefined || calls.length < budget) return 0
    return (calls.at(-budget) ?? 0) + MINUTE
  }

  function touch(method: SlackMethod, channel: string): void {
    if (isMessage(method)) lastMessage.set(channel, clock())
  }

  function forget(now: Instant): void {
    // A process that runs for months meets every channel there is.
    for (const [channel, at] of lastMessage) if (at + MINUTE < now) lastMessage.delete(channel)
    for (const [channel, until] of pausedChannels) if (until < now) pausedChannels.delete(channel)
  }

  return {
    channelFreeAt: (channel) => {
      const last = lastMessage.get(channel)
      return last === undefined ? 0 : last + MESSAGE_EVERY
    },
    methodFreeAt: (method, channel) => {
      const channelPause = method === 'chat.postMessage' ? (pausedChannels.get(channel) ?? 0) : 0
      return Math.max(channelPause, pausedMethods.get(method) ?? 0, budgetFreeAt(method))
    },
    began: (method, channel) => {
      const now = clock()
      if (lastMessage.size > 1000) forget(now)
      const calls = recent.get(method) ?? []
      if (BUDGETS.has(method)) recent.set(method, [...calls.filter((at) => at + MINUTE > now), now])
      touch(method, channel)
    },
    // Counted from the answer too: a slow request reaches Slack later than it was sent.
    ended: touch,
    limited: (method, channel, retryAfterMs) => {
      const now = clock()
      const until = now + retryAfterMs
      const others = [...pausedChannels].some(([other, end]) => other !== channel && end > now)
      // A second channel that is refused while the first one pauses: it is the workspace's limit, not the channel's.
      if (method === 'chat.postMessage') pausedChannels.set(channel, until)
      if (method !== 'chat.postMessage' || others) pausedMethods.set(method, until)
      return until
    },
  }
}
