import type { SocketModeReceiver } from '@slack/bolt'
import type { Logger } from 'pino'
import { MINUTE, SECOND } from '../domain/time.ts'

/** How long Slack may take to greet a new connection. */
const HELLO_WITHIN = 30 * SECOND
const FIRST_RETRY = SECOND
const LAST_RETRY = MINUTE

/**
 * Keeps one Socket Mode connection open until it is stopped. The library's own reconnection gives up, and ends the
 * process, when Slack can't be reached; this one never does. Starting does not wait for Slack.
 */
export function keepConnected(
  receiver: SocketModeReceiver,
  log: Logger,
): { start: () => void; stop: () => Promise<void> } {
  const { client } = receiver
  let stopped = true
  let failures = 0
  let retry: NodeJS.Timeout | null = null
  let hello: NodeJS.Timeout | null = null

  function connect(): void {
    retry = null
    if (stopped) return
    hello = setTimeout(() => void client.disconnect().catch(() => undefined), HELLO_WITHIN)
    client.start().then(
      () => {
        if (failures > 0) log.info('Slack is connected again')
        failures = 0
        settle()
      },
      (error: unknown) => again(error),
    )
  }

  function again(error?: unknown): void {
    settle()
    if (stopped || retry !== null) return
    failures += 1
    if (error !== undefined) log.warn({ err: error }, 'Slack cannot be connected; trying again')
    retry = setTimeout(connect, Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1)))
  }

  function settle(): void {
    if (hello !== null) clearTimeout(hello)
    hello = null
  }

  // Slack closes connections now and then, with or without a warning.
  client.on('disconnected', () => again())
  return {
    start: () => {
      stopped = false
      connect()
    },
    stop: async () => {
      stopped = true
      settle()
      if (retry !== null) clearTimeout(retry)
      await receiver.stop()
    },
  }
}
