import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { vi } from 'vitest'
import type { SetTimer } from '../../src/delivery/worker.ts'
import { type Json, SECOND } from './house.ts'

/** What the receiver verified, as it came. `signedAt`: ms */
export type Got = { readonly id: string; readonly signedAt: number; readonly text: string; readonly body: Json }

/** A system that is told by webhook; a test says how it behaves. */
export type Receiver = {
  readonly url: string
  readonly got: () => readonly Got[]
  behave: (response: ServerResponse, got: Got) => unknown
  readonly close: () => void
}

/**
 * Takes only what the public library verifies; anything else is answered with 400 and not noted.
 * @param now the receiver's own clock: a signature of five minutes ago is too old
 */
export async function openReceiver(secret: string, now: () => number): Promise<Receiver> {
  const webhook = new Webhook(secret)
  const got: Got[] = []
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
      vi.setSystemTime(now())
      try {
        webhook.verify(text, headers)
      } catch {
        return response.writeHead(400).end()
      } finally {
        vi.useRealTimers()
      }
      const { 'webhook-id': id = '', 'webhook-timestamp': seconds } = headers
      const one = { id, signedAt: Number(seconds) * SECOND, text, body: JSON.parse(text) }
      got.push(one)
      return receiver.behave(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${address.port}/hooks`,
    got: () => got,
    behave: (response) => response.end(),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
  return receiver
}

/**
 * How long answers are waited for, without waiting: once all that is waited for are answers that come too late, that time
 * has passed. @param turn lets it pass on the clock
 */
export function openPatience(turn: (ms: number) => void) {
  const waits = new Set<{ readonly giveUp: () => void; readonly ms: number }>()
  let late: ServerResponse[] = []

  function pass(): void {
    if (late.length === 0 || late.length < waits.size) return
    const [given, answers] = [[...waits], late]
    late = []
    waits.clear()
    turn(Math.max(...given.map(({ ms }) => ms)))
    for (const { giveUp } of given) giveUp()
    for (const answer of answers) answer.end()
  }

  const setTimer: SetTimer = (giveUp, ms) => {
    const wait = { giveUp, ms }
    waits.add(wait)
    return () => {
      waits.delete(wait)
      pass()
    }
  }
  return {
    setTimer,
    /** Answers only when nobody waits for it any more. */
    outlast: (response: ServerResponse): void => {
      late.push(response)
      pass()
    },
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
