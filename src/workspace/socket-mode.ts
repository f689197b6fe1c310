/** Socket Mode: hello, envelopes, acknowledgements, and the request to reconnect (docs.slack.dev/apis/events-api/using-socket-mode). */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import { isObject } from './check.ts'
import type { Delivery, DeliveryKind } from './events.ts'
import { appId } from './people.ts'
import type { State } from './state.ts'

const ackWithinMs = 3000
const pingEveryMs = 10_000

export type Sockets = ReturnType<typeof createSockets>
export type Retry = { readonly attempt: number; readonly reason: string }

export function createSockets(state: State) {
  const server = new WebSocketServer({ noServer: true })
  const open = new Set<WebSocket>()
  const tickets = new Set<string>()
  const pending = new Map<string, (ack: Delivery) => void>()
  const turn = { next: 0 }

  const onMessage = (data: string): void => {
    const ack = parse(data)
    if (!isObject(ack) || typeof ack.envelope_id !== 'string') return
    const empty = !isObject(ack.payload) || Object.keys(ack.payload).length === 0
    pending.get(ack.envelope_id)?.({ status: 200, body: empty ? '' : JSON.stringify(ack.payload) })
    pending.delete(ack.envelope_id)
  }

  const accept = (socket: WebSocket): void => {
    open.add(socket)
    const ping = setInterval(() => socket.ping(), pingEveryMs)
    ping.unref()
    socket.on('message', (data) => {
      if (Buffer.isBuffer(data)) onMessage(data.toString('utf8'))
    })
    socket.on('close', () => {
      open.delete(socket)
      clearInterval(ping)
    })
    socket.on('error', () => socket.terminate())
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: open.size,
        debug_info: { host: 'local-workspace', build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: appId },
      }),
    )
    socket.ping()
  }

  /** Sends one envelope, `copies` times over the open sockets, and waits for its first acknowledgement. */
  const send = (kind: DeliveryKind, payload: unknown, copies: number, retry?: Retry): Promise<Delivery> => {
    const sockets = [...open].filter((each) => each.readyState === WebSocket.OPEN)
    const envelopeId = state.newId('', 24).toLowerCase()
    const envelope = JSON.stringify({
      envelope_id: envelopeId,
      type: kind,
      payload,
      accepts_response_payload: kind !== 'events_api',
      ...(kind === 'events_api' ? { retry_attempt: retry?.attempt ?? 0, retry_reason: retry?.reason ?? '' } : {}),
    })
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        pending.delete(envelopeId)
        resolve({ status: 0, body: 'operation_timeout' })
      }, ackWithinMs)
      pending.set(envelopeId, (ack) => {
        clearTimeout(timer)
        resolve(ack)
      })
      for (let copy = 0; copy < copies; copy += 1) {
        turn.next += 1
        sockets[turn.next % sockets.length]?.send(envelope)
      }
    })
  }

  return {
    send,
    connected: (): boolean => [...open].some((each) => each.readyState === WebSocket.OPEN),
    count: (): number => open.size,
    /** A fresh path for one connection, as `apps.connections.open` hands it out. */
    ticket: (): string => {
      const ticket = state.random(16).toString('hex')
      tickets.add(ticket)
      return `/link/?ticket=${ticket}&app_id=${appId}`
    },
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1')
      const ticket = url.searchParams.get('ticket') ?? ''
      if (url.pathname !== '/link/' || !tickets.delete(ticket)) return void socket.destroy()
      server.handleUpgrade(request, socket, head, accept)
    },
    /** Asks the `most` oldest connections to come back anew. */
    refresh: (reason: 'warning' | 'refresh_requested' | 'link_disabled', most: number): void => {
      for (const socket of [...open].slice(0, most)) {
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'local-workspace' } }))
      }
    },
    /** Says goodbye to every connection; one that does not answer within half a second is cut. */
    close: async (): Promise<void> => {
      const gone = [...open].map(
        (socket) =>
          new Promise<void>((resolve) => {
            const cut = setTimeout(() => socket.terminate(), 500)
            socket.once('close', () => {
              clearTimeout(cut)
              resolve()
            })
            socket.close(1001)
          }),
      )
      await Promise.all(gone)
      server.close()
    },
  }
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data) as unknown
  } catch {
    return undefined
  }
}
