import type { Answer, Failure } from '../../src/delivery/failure.ts'
import type { SlackMethod } from '../../src/delivery/pace.ts'
import type { Message, PostMark, SlackPort } from '../../src/delivery/slack.ts'

export type Shown = {
  readonly channel: string
  readonly ts: string
  readonly threadTs: string | null
  /** Does the channel see it, too? */
  readonly broadcast: boolean
  readonly mark: PostMark
  text: string
  blocks: Message['blocks']
  edits: number
}

export type Call = { readonly method: SlackMethod; readonly channel: string; readonly at: number; readonly ok: boolean }

/** What goes wrong with a call. `recorded`: Slack did it all the same, only its answer was lost. */
export type Fault = { readonly failure: Failure; readonly recorded?: boolean }

/** Slack as delivery sees it, with faults by order. `fault` is asked before each call; null: all is well. */
export function createFakeSlack(clock: () => number) {
  const messages: Shown[] = []
  const calls: Call[] = []
  let serial = 0
  const world = {
    messages,
    calls,
    fault: (_method: SlackMethod, _channel: string, _at: number): Fault | null => null,
    /** Pages this long, so that tests meet a second one. */
    pageSize: 200,
    /** Awaited in each call; a test holds a call back with it. */
    hang: async (_method: SlackMethod, _channel: string): Promise<void> => undefined,
    of: (method: SlackMethod) => calls.filter((call) => call.method === method),
    cards: (subject: string) => messages.filter(({ mark }) => mark.subject === subject && mark.slot === 'card'),
    lines: (subject: string) => messages.filter(({ mark }) => mark.subject === subject && mark.slot.startsWith('log')),
    /** Direct messages that show this slot; all of the decision without one. */
    direct: (subject: string, slot = '') =>
      messages.filter(
        ({ mark, channel }) => mark.subject === subject && channel.startsWith('D-') && mark.slot.includes(slot),
      ),
    remove: (ts: string) =>
      void messages.splice(
        messages.findIndex((message) => message.ts === ts),
        1,
      ),
  }

  async function answered<T>(method: SlackMethod, channel: string, act: () => Answer<T>): Promise<Answer<T>> {
    const at = clock()
    const fault = world.fault(method, channel, at)
    await world.hang(method, channel)
    const answer = fault === null || fault.recorded === true ? act() : null
    calls.push({ method, channel, at, ok: fault === null && answer?.ok === true })
    return fault !== null || answer === null ? { ok: false, failure: fault?.failure ?? ambiguous } : answer
  }

  const slack: SlackPort = {
    post: (channel, threadTs, message, mark, broadcast = false) =>
      answered<{ readonly ts: string; readonly channel: string }>('chat.postMessage', channel, () => {
        if (channel.startsWith('#')) return refused('channel_not_found')
        if (threadTs !== null && !messages.some(({ ts }) => ts === threadTs)) return refused('thread_not_found')
        serial += 1
        const ts = `${Math.floor(clock() / 1000)}.${String(serial).padStart(6, '0')}`
        messages.push({ channel, ts, threadTs, broadcast, mark, text: message.text, blocks: message.blocks, edits: 0 })
        return { ok: true, value: { ts, channel } }
      }),
    update: (channel, ts, message) =>
      answered<null>('chat.update', channel, () => {
        const shown = messages.find((each) => each.channel === channel && each.ts === ts)
        if (shown === undefined) return refused('message_not_found')
        shown.text = message.text
        shown.blocks = message.blocks
        shown.edits += 1
        return { ok: true, value: null }
      }),
    permalink: (channel, ts) =>
      answered('chat.getPermalink', channel, () => ({ ok: true, value: `https://slack.example/${channel}/${ts}` })),
    openDm: (user) => answered('conversations.open', user, () => ({ ok: true, value: `D-${user}` })),
    history: (channel, threadTs, oldest, cursor) =>
      answered(threadTs === null ? 'conversations.history' : 'conversations.replies', channel, () => {
        const found = messages.filter(
          (each) => each.channel === channel && each.threadTs === threadTs && Number(each.ts) >= Number(oldest),
        )
        const from = Number(cursor ?? 0)
        const page = found.slice(from, from + world.pageSize)
        const next = from + world.pageSize < found.length ? String(from + world.pageSize) : null
        return { ok: true, value: { messages: page.map(({ ts, mark }) => ({ ts, mark })), next } }
      }),
  }
  return Object.assign(world, { slack })
}

export const ambiguous: Failure = { kind: 'ambiguous' }
export const silence: Fault = { failure: ambiguous }
export const lostAnswer: Fault = { failure: ambiguous, recorded: true }

export function refusal(error: string): Fault {
  return { failure: { kind: 'refused', error } }
}

export function tooMany(seconds: number): Fault {
  return { failure: { kind: 'rate_limited', retryAfterMs: seconds * 1000 } }
}

function refused(error: string): Answer<never> {
  return { ok: false, failure: { kind: 'refused', error } }
}
