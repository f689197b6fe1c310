import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fastify } from 'fastify'
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { App } from '../app/app.ts'
import type { Clock, Store } from '../app/ports.ts'
import { createAgentApi } from './agent-api.ts'
import { send } from './answer.ts'
import { addAnswerLink } from './answer-link.ts'
import { addBodyParser } from './body.ts'
import { addContextPage, type ContextPages } from './context-page.ts'
import { addEdge, answerBrokenRequest, NOT_FOUND, refusalOf } from './edge.ts'
import { addEndpoints } from './endpoint-routes.ts'
import { createGate } from './gate.ts'
import { createHttpMetrics } from './http-metrics.ts'
import { MAX_BODY_BYTES } from './json.ts'
import { listenError } from './listen-error.ts'
import { collectRoutes, refuseOtherMethods } from './methods.ts'
import { openapiDocument } from './openapi.ts'
import { addOps, type ReadinessProblem } from './ops.ts'
import { createWorkflowApi } from './workflow-api.ts'

export type HttpPorts = {
  readonly app: App
  readonly keys: Pick<Store, 'apiKey'>
  readonly store: Pick<Store, 'posts' | 'counts' | 'probe'>
  readonly clock: Clock
  readonly log: Logger
  /** The public keys of grants, for everybody. */
  readonly jwks: unknown
  /** Used in links. */
  readonly publicUrl: string
  /** Gets this edge's metrics and is what `/metrics` shows; one registry a server. */
  readonly metrics: Registry
  readonly version: string
  readonly ready: () => Promise<readonly ReadinessProblem[]>
  readonly allowedCallbackHosts: readonly string[]
  /** Requests a second and API key. */
  readonly agentRateLimit: number
  /** For `openAnswerLink`. */
  readonly answerKey: Uint8Array
  /** For the people in Slack. */
  readonly pages: ContextPages
  /** Gets what is POSTed to `/slack/events` untouched; null: there is no such path. */
  readonly slackListener: ((request: IncomingMessage, response: ServerResponse) => void) | null
}

export type HttpServer = {
  /** All that is served, `GET /healthz`, what is handed to Slack's listener left out. */
  readonly routes: readonly string[]
  /** @throws an Error whose message an operator can act on, e.g. when the port is in use. Port 0: any free one */
  readonly listen: (port: number, host: string) => Promise<{ readonly port: number }>
  /** Answers waiting long-polls as things stand, lets running requests end, and resolves; 10 s at most. */
  readonly close: () => Promise<void>
}

const SECOND = 1_000
const CLOSE_WITHIN = 10 * SECOND
const SLACK_EVENTS = '/slack/events'

/** The HTTP edge: the agents' API, Slack's events, health and metrics on one port. */
export async function createHttpServer(ports: HttpPorts): Promise<HttpServer> {
  const { log, slackListener } = ports
  const publicUrl = ports.publicUrl.replace(/\/+$/, '')
  const metrics = createHttpMetrics(ports.metrics, ports.store, ports.clock)
  const gate = createGate(ports)
  const closing = new AbortController()

  const server = fastify({
    serverFactory: (handler) => createNodeServer(gate.before(handler), slackListener).on('connection', gate.connected),
    genReqId: () => randomUUID(),
    bodyLimit: MAX_BODY_BYTES,
    // A link that answers a question is longer than the usual 100.
    routerOptions: { maxParamLength: 128 },
    // The edge answers requests during shutdown itself, as problems.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    // A path that can't be decoded never reaches the hooks.
    frameworkErrors: (error, _request, reply) => void send(reply, refusalOf(error) ?? NOT_FOUND),
  })
  const routes = collectRoutes(server)
  addEdge(server, { log, metrics, isClosing: () => closing.signal.aborted })
  addBodyParser(server)
  const api = { ...ports, app: gate.app, publicUrl, onDecision: metrics.decision }
  const endpoints = [...createAgentApi(api), ...createWorkflowApi(api)]
  const openapi = () =>
    openapiDocument(
      endpoints.map(({ operation }) => operation),
      publicUrl,
      ports.version,
    )
  addOps(server, { ...ports, metrics, openapi })
  addContextPage(server, ports)
  addAnswerLink(server, ports)
  addEndpoints(server, endpoints, { ...ports, keyLimit: gate.keyLimit, closing: closing.signal })
  const served = [...routes].flatMap(([path, methods]) => [...methods].map((method) => `${method} ${path}`))
  // Slack's listener takes its POSTs before they come here; the rest of that path is refused like any other.
  refuseOtherMethods(server, slackListener === null ? routes : new Map([...routes, [SLACK_EVENTS, new Set(['POST'])]]))
  await server.ready()

  return {
    routes: served,
    listen: async (port, host) => {
      try {
        await server.listen({ port, host })
      } catch (error) {
        throw listenError(error, port, host)
      }
      const address = server.server.address()
      return { port: typeof address === 'object' && address !== null ? address.port : port }
    },
    close: async () => {
      closing.abort()
      // A client that sends half a request must not hold up the shutdown.
      const cut = setTimeout(() => server.server.closeAllConnections(), CLOSE_WITHIN)
      try {
        await server.close()
      } finally {
        clearTimeout(cut)
        metrics.stop()
      }
    },
  }
}

function createNodeServer(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  slackListener: HttpPorts['slackListener'],
): Server {
  return createServer(
    {
      // Slow senders are cut off; an answer may take as long as a long-poll does.
      headersTimeout: 15 * SECOND,
      requestTimeout: 30 * SECOND,
      connectionsCheckingInterval: 5 * SECOND,
      // Longer than load balancers keep idle connections (60 s), so that they never send into one that just closed.
      keepAliveTimeout: 75 * SECOND,
    },
    (request, response) => {
      // Bolt takes nothing but POST there; what else comes gets the edge's own 405.
      if (slackListener !== null && request.method === 'POST' && pathOf(request.url) === SLACK_EVENTS)
        slackListener(request, response)
      else handler(request, response)
    },
  )
}

function pathOf(url = ''): string {
  return url.split('?', 1)[0] ?? ''
}
