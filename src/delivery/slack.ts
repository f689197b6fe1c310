// oxlint-disable unicorn/require-post-message-target-origin -- Slack's postMessage, not the browser's
import type { KnownBlock } from '@slack/types'
import { LogLevel, type Logger as SlackLogger, WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { type Answer, classify } from './failure.ts'

/** What Slack shows of a message: `text` is what notifications and screen readers give. */
export type Message = { readonly text: string; readonly blocks: readonly KnownBlock[] }

/** How a post is found again: metadata is invisible to people and survives updates. */
export type PostMark = {
  readonly subject: string
  readonly slot: string
  readonly version: number
  /** The `freezeMark` of what it says is frozen; absent: nothing. */
  readonly frozen?: string
}

export type FoundMessage = { readonly ts: string; readonly mark: PostMark | null }
export type FoundPage = { readonly messages: readonly FoundMessage[]; readonly next: string | null }

/** The few calls that delivery makes. They never reject: what went wrong is part of the answer. */
export type SlackPort = {
  readonly post: (
    channel: string,
    threadTs: string | null,
    message: Message,
    mark: PostMark,
    /** Does the channel see it too, of a message in a thread? */
    broadcast?: boolean,
  ) => Promise<Answer<{ readonly ts: string; readonly channel: string }>>
  readonly update: (channel: string, ts: string, message: Message) => Promise<Answer<null>>
  readonly permalink: (channel: string, ts: string) => Promise<Answer<string>>
  /** The channel of a person's direct messages, opened if there was none. */
  readonly openDm: (user: string) => Promise<Answer<string>>
  /** Messages of the channel, or of one thread. @param oldest a Slack timestamp, e.g. `1700000000.000000` */
  readonly history: (
    channel: string,
    threadTs: string | null,
    oldest: string,
    cursor: string | null,
  ) => Promise<Answer<FoundPage>>
}

const MARK = 'countersign_post'
const PAGE = 200
const TIMEOUT_MS = 10_000

/**
 * A Web API client that tries once and says what happened: with the library's own retries a connection that was reset
 * posts twice, and one 429 would pause every method.
 * @param timeoutMs how long one call may take
 */
export function createSlackClient(options: {
  readonly token: string
  readonly apiUrl: string
  readonly log: Pick<Logger, 'debug' | 'error'>
  readonly timeoutMs?: number
}): WebClient {
  return new WebClient(options.token, {
    slackApiUrl: options.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    allowAbsoluteUrls: false,
    logger: slackLogger(options.log),
  })
}

export function createSlackPort(client: WebClient): SlackPort {
  return {
    post: (channel, threadTs, message, { subject, slot, version, frozen }, broadcast = false) =>
      answer(async () => {
        const sent = await client.chat.postMessage({
          channel,
          text: message.text,
          blocks: [...message.blocks],
          metadata: {
            event_type: MARK,
            event_payload: { subject, slot, version, ...(frozen !== undefined && { frozen }) },
          },
          unfurl_links: false,
          unfurl_media: false,
          ...threadArguments(threadTs, broadcast),
        })
        return { ts: sent.ts ?? '', channel: sent.channel ?? channel }
      }),
    // Text without blocks would remove the blocks, so both are always sent.
    update: (channel, ts, message) =>
      answer(async () => {
        await client.chat.update({ channel, ts, text: message.text, blocks: [...message.blocks] })
        return null
      }),
    permalink: (channel, ts) =>
      answer(async () => (await client.chat.getPermalink({ channel, message_ts: ts })).permalink ?? ''),
    openDm: (user) => answer(async () => (await client.conversations.open({ users: user })).channel?.id ?? ''),
    history: (channel, threadTs, oldest, cursor) =>
      answer(async () => {
        const args = {
          channel,
          oldest,
          inclusive: true,
          limit: PAGE,
          include_all_metadata: true,
          ...(cursor === null ? {} : { cursor }),
        }
        const page =
          threadTs === null
            ? await client.conversations.history(args)
            : await client.conversations.replies({ ...args, ts: threadTs })
        const messages = (page.messages ?? []).map(({ ts, metadata }) => ({ ts: ts ?? '', mark: markOf(metadata) }))
        return { messages, next: page.response_metadata?.next_cursor || null }
      }),
  }
}

function threadArguments(threadTs: string | null, broadcast: boolean) {
  if (threadTs === null) return {}
  return broadcast ? { thread_ts: threadTs, reply_broadcast: true as const } : { thread_ts: threadTs }
}

async function answer<T>(call: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    return { ok: false, failure: classify(error) }
  }
}

function markOf(metadata: { event_type?: string; event_payload?: object } | undefined): PostMark | null {
  if (metadata?.event_type !== MARK || metadata.event_payload === undefined) return null
  const marked: { subject?: unknown; slot?: unknown; version?: unknown; frozen?: unknown } = metadata.event_payload
  const { subject, slot, version, frozen } = marked
  if (typeof subject !== 'string' || typeof slot !== 'string') return null
  return {
    subject,
    slot,
    version: typeof version === 'number' ? version : 0,
    ...(typeof frozen === 'string' && { frozen }),
  }
}

/** The library's debug lines hold whole messages, parameters included: they go nowhere. */
function slackLogger(log: Pick<Logger, 'debug' | 'error'>): SlackLogger {
  const nothing = () => undefined
  return {
    debug: nothing,
    info: nothing,
    warn: (message) => log.debug({ library: '@slack/web-api' }, String(message)),
    error: (message) => log.error({ library: '@slack/web-api' }, String(message)),
    setLevel: nothing,
    getLevel: () => LogLevel.WARN,
    setName: nothing,
  }
}
