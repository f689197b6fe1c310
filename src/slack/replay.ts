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

/** Refuses requests stamped more than a minute ahead of our clock, before anything else looks at them. */
export function refuseFutureStamps(clock: Clock, next: Listener): Listener {
  return (request, response) => {
    const stamp = Number(request.headers['x-slack-request-timestamp']) * SECOND
    if (stamp > clock() + FUTURE_TOLERANCE) {
      response.writeHead(401).end()
      return
    }
    next(request, response)
  }
}
