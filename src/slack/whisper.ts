import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Press } from './parse.ts'

/** Tells one person something only they see, where they clicked. It is a courtesy: a failure is logged, never thrown. */
export type Whisper = (press: Press, text: string) => Promise<void>

const TIMEOUT_MS = 3_000

export function createWhisper(client: WebClient, log: Logger): Whisper {
  return async (press, text) => {
    if (press.responseUrl !== null && (await postTo(press.responseUrl, text))) return
    if (press.place === null) return
    const { channel, thread } = press.place
    try {
      await client.chat.postEphemeral({
        channel,
        user: press.user,
        text,
        ...(thread !== null && { thread_ts: thread }),
      })
    } catch (error) {
      log.warn({ err: error }, 'could not tell a person why their click did nothing')
    }
  }
}

async function postTo(url: string, text: string): Promise<boolean> {
  if (!isSafe(url)) return false
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text }),
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
