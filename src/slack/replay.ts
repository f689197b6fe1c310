import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../app/ports.ts'
import { MINUTE, SECOND } from '../domain/time.ts'

type Listener = (request: IncomingMessage, response: ServerResponse) => void

/** Says of each key whether it is seen for the first time in ten minutes. */
export type Seen = (key: string) => boolean

// Slack's own requests are refused when older than five minutes; twice that leaves no gap at either end.
const REMEMBER = 10 * MINUTE
const FUTURE_TOLERANCE = 60 * SECOND

export function createSeen(clock: Clock): Seen {
  const until = new Map<string, number>()
  return (key) => {
    const now = clock()
    // Insertion order is age order, so the old ones stand first.
    for (const [old, end] of until) {
      if (end > now) break
      until.delete(old)
    }
    if (until.has(key)) return false
    until.set(key, now + REMEMBER)
    return true
  }
}

/**
 * Refuses, before the body is read, what Slack never sends: a stamp more than a minute ahead of our clock, and any other
 * spelling of stamp or signature. Bolt would take `1700000000.0` or a signature with a tail for the same request, and
 * each spelling would count as a request of its own.
 */
export function refuseForgedStamps(clock: Clock, next: Listener): Listener {
  return (request, response) => {
    const { 'x-slack-request-timestamp': stamp = '', 'x-slack-signature': signature = '' } = request.headers
    // Without both it is Slack's check of the certificate, or nothing that Bolt lets pass.
    const isUnsigned = stamp === '' && signature === ''
    const isSlacks =
      isUnsigned || (/^[1-9]\d{0,11}$/.test(String(stamp)) && /^v0=[0-9a-f]{64}$/.test(String(signature)))
    if (!isSlacks || Number(stamp) * SECOND > clock() + FUTURE_TOLERANCE) {
      response.writeHead(401, { connection: 'close' }).end()
      return
    }
    next(request, response)
  }
}
