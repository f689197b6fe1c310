import type { KnownBlock } from '@slack/types'
import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { messageModal } from '../../blocks/message-modal.ts'
import type { Press } from './parse.ts'

/** Whom to tell something, and where they are. */
export type Recipient = Pick<Press, 'user' | 'place' | 'responseUrl' | 'trigger' | 'view'>

/** What is told; `blocks` are shown instead of the text where there are some. `replaces`: stands where the pressed message stood. */
export type Words = { readonly text: string; readonly blocks?: readonly KnownBlock[]; readonly replaces?: boolean }

/**
 * Tells one person something only they see, where they clicked or typed: in the channel; in a window where they are in
 * none. It is a courtesy: a failure is logged, never thrown.
 */
export type Whisper = (to: Recipient, words: string | Words) => Promise<void>

const TIMEOUT_MS = 3_000

export function createWhisper(client: WebClient, log: Logger): Whisper {
  async function tell(to: Recipient, { text, blocks, replaces = false }: Words): Promise<unknown> {
    const content = { text, ...(blocks !== undefined && { blocks: [...blocks] }) }
    if (to.responseUrl !== null && (await postTo(to.responseUrl, { ...content, replace_original: replaces }))) return
    const { user, place } = to
    if (place === null) return showWindow(to, text)
    const { channel, thread } = place
    return client.chat.postEphemeral({ channel, user, ...content, ...(thread !== null && { thread_ts: thread }) })
  }

  /** Over the window that is open, if one is; as a direct message where the click is too long ago for a window. */
  async function showWindow({ user, trigger, view }: Recipient, text: string): Promise<unknown> {
    const opened = { trigger_id: trigger, view: messageModal('Not recorded', text) }
    try {
      return await (view?.type === 'modal' ? client.views.push(opened) : client.views.open(opened))
    } catch (error) {
      log.info({ err: error }, 'a person is told by direct message, for want of a window')
      return client.chat.postMessage({ channel: user, text })
    }
  }

  return async (to, words) => {
    try {
      await tell(to, typeof words === 'string' ? { text: words } : words)
    } catch (error) {
      log.warn({ err: error }, 'could not tell a person what came of their click or command')
    }
  }
}

async function postTo(url: string, content: object): Promise<boolean> {
  if (!isSafe(url)) return false
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ response_type: 'ephemeral', ...content }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    return response.ok
  } catch {
    return false
  }
}

/** Slack gives https addresses; plain http only for something on this machine that stands in for it. */
function isSafe(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}
