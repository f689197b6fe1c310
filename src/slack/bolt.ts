import type { IncomingMessage, ServerResponse } from 'node:http'
import { App as Bolt, type Logger as BoltLogger, HTTPReceiver, LogLevel, SocketModeReceiver } from '@slack/bolt'
import type { Logger } from 'pino'
import type { Clock } from '../app/ports.ts'
import { refuseNullBodies } from './null-body.ts'
import { createSeen, refuseForgedStamps } from './replay.ts'
import { keepConnected } from './socket.ts'

/** How Slack reaches us. */
export type Connection =
  | { readonly mode: 'http'; readonly signingSecret: string }
  | { readonly mode: 'socket'; readonly appToken: string }

export type SlackEdge = {
  /** For requests to `/slack/events`; null in Socket Mode. */
  readonly listener: ((request: IncomingMessage, response: ServerResponse) => void) | null
  /** Does not wait for Slack, which may be down. */
  readonly start: () => void
  readonly stop: () => Promise<void>
}

type Options = {
  readonly connection: Connection
  readonly botToken: string
  readonly apiUrl: string
  readonly clock: Clock
  readonly log: Logger
  /** Adds the listeners. */
  readonly register: (bolt: Bolt) => void
  /** Is told of a request that came once more. */
  readonly twice: (body: unknown) => void
}

// Slack closes a connection now and then; with two of them one is always open.
const SOCKETS = 2

/** A Bolt app that acts on each signed request, and on each Socket Mode envelope, once. */
export async function createBolt(options: Options): Promise<SlackEdge> {
  const { connection, botToken, apiUrl, clock, register, twice } = options
  const log = options.log.child({ module: 'slack' })
  const logger = boltLogger(log)
  const clientOptions = {
    slackApiUrl: apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 10_000,
    logger,
  }
  const http =
    connection.mode === 'http'
      ? new HTTPReceiver({
          signingSecret: connection.signingSecret,
          logger,
          customPropertiesExtractor: signatureOf,
          // Bolt throws on shapes that it does not know. An empty 200 would let a modal close as if it were recorded.
          processEventErrorHandler: async ({ error, response }) => {
            log.warn({ err: error }, 'a request of Slack could not be read, so it did nothing')
            if (!response.headersSent) response.writeHead(400).end()
            return false
          },
        })
      : null
  const sockets =
    connection.mode === 'socket'
      ? Array.from({ length: SOCKETS }, () => {
          const { appToken } = connection
          const receiver = new SocketModeReceiver({
            appToken,
            logger,
            customPropertiesExtractor: envelopeOf,
            autoReconnectEnabled: false,
            installerOptions: { clientOptions },
          })
          return receiver
        })
      : []
  const [firstSocket] = sockets
  const receiver = http ?? firstSocket
  if (receiver === undefined) throw new Error('no receiver')
  const bolt = new Bolt({
    receiver,
    // Slack may be down when we start; who we are is asked when somebody first decides.
    authorize: async () => ({ botToken }),
    clientOptions,
    logger,
    convoStore: false,
    ignoreSelf: false,
    deferInitialization: true,
  })
  await bolt.init()
  for (const socket of sockets) socket.init(bolt)

  const seen = createSeen(clock)
  bolt.use(async ({ context, next, ...args }) => {
    // An event that Slack took for lost comes again under its own id, in another request.
    const event = 'event_id' in args.body ? `event ${String(args.body.event_id)}` : null
    const once = context['once']
    if ((typeof once === 'string' && !seen(once)) || (event !== null && !seen(event))) {
      log.warn('a request of Slack came twice; the second one did nothing')
      twice(args.body)
      if ('ack' in args && typeof args.ack === 'function') await args.ack()
      return
    }
    await next()
  })
  bolt.error(async (error) => log.error({ err: error }, 'a Slack interaction failed'))
  register(bolt)
  acknowledgeTheRest(bolt)

  const connections = sockets.map((socket) => keepConnected(socket, log))

  return {
    listener: http === null ? null : refuseForgedStamps(clock, refuseNullBodies(http.requestListener)),
    start: () => {
      for (const connection of connections) connection.start()
    },
    stop: async () => {
      await Promise.all(connections.map((connection) => connection.stop()))
    },
  }
}

/** What no listener takes would leave Slack waiting for three seconds, and then show the person an error. */
function acknowledgeTheRest(bolt: Bolt): void {
  const processEvent = bolt.processEvent.bind(bolt)
  bolt.processEvent = async (event) => {
    let acknowledged = false
    await processEvent({
      ...event,
      ack: async (response) => {
        acknowledged = true
        await event.ack(response)
      },
    })
    if (!acknowledged) await event.ack()
  }
}

/** A signature is valid for one body at one second only, so it names the request. Asked after it was verified. */
function signatureOf(request: IncomingMessage) {
  return {
    once: `signature ${String(request.headers['x-slack-request-timestamp'])} ${String(request.headers['x-slack-signature'])}`,
  }
}

function envelopeOf(args: unknown) {
  const id = typeof args === 'object' && args !== null && 'envelope_id' in args ? args.envelope_id : undefined
  return typeof id === 'string' ? { once: `envelope ${id}` } : {}
}

/** Bolt's own lines go to our log; its debug lines, which hold whole payloads, go nowhere. */
function boltLogger(log: Logger): BoltLogger {
  return {
    debug: () => {},
    info: (...parts) => log.debug(parts.map(String).join(' ')),
    warn: (...parts) => log.warn(parts.map(String).join(' ')),
    error: (...parts) => log.error(parts.map(String).join(' ')),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  }
}
