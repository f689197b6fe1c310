/**
 * The local workspace: a stand-in for Slack on loopback, for trying the app and for testing it.
 * It is not Slack, keeps everything in memory, and listens on 127.0.0.1 only.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type ClickTarget, createActs, type EnteredValues } from './acts.ts'
import { createAdministration } from './administration.ts'
import { isObject, type JsonObject } from './check.ts'
import { threadOf } from './conversation-methods.ts'
import { createDeliveries, type Delivery } from './events.ts'
import { createFaults, createPace, type Fault } from './faults.ts'
import { takeUpload } from './file-methods.ts'
import { createPageServer } from './page-server.ts'
import {
  appId,
  botUserId,
  teamId,
  type WorkspaceChannel,
  type WorkspacePerson,
  type WorkspaceUsergroup,
} from './people.ts'
import { readJson } from './reply.ts'
import { answerInteraction } from './response-url.ts'
import { createSockets } from './socket-mode.ts'
import { type Call, createState, type Ephemeral, type Message, secureRandom, type View } from './state.ts'
import { answer, createWebApi, fail, readBody } from './web-api.ts'

export type { ClickTarget, EnteredValues } from './acts.ts'
export type { Delivery } from './events.ts'
export type { Fault } from './faults.ts'
export type { WorkspaceChannel, WorkspacePerson, WorkspaceUsergroup } from './people.ts'
export type { Call, Ephemeral, Message, View } from './state.ts'

/** Every scope of the app's own manifest, the optional ones included. */
export const allScopes: readonly string[] = [
  'app_mentions:read',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'dnd:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:write',
  'usergroups:read',
  'users:read',
  'users:read.email',
]

/** Every bot event of the app's own manifest. */
export const allEvents: readonly string[] = [
  'app_home_opened',
  'app_mention',
  'subteam_members_changed',
  'subteam_updated',
  'user_change',
]

export type WorkspaceOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** ms since 1970. */
  readonly now?: () => number
  readonly random?: (bytes: number) => Buffer
  /** ms since 1970; the clock of request signatures, when it has to differ from `now`. */
  readonly signedAt?: () => number
  /** Where events, commands and interactions are sent when no socket is connected. */
  readonly requestUrl?: string
  readonly people?: readonly WorkspacePerson[]
  readonly channels?: readonly WorkspaceChannel[]
  readonly usergroups?: readonly WorkspaceUsergroup[]
  /** The app's display name; people mention it by this name. */
  readonly appName?: string
  /** Granted bot scopes; all of `allScopes` when left out. */
  readonly scopes?: readonly string[]
  /** Bot events the app listens to; all of `allEvents` when left out. */
  readonly subscriptions?: readonly string[]
  /** Slash commands the app has registered, such as `/approvals`; none when left out. The page refuses all others. */
  readonly commands?: readonly string[]
}

export type Workspace = {
  readonly pageUrl: string
  /** Ends in `/api/`; for SLACK_API_URL. */
  readonly apiUrl: string
  readonly botToken: string
  readonly appToken: string
  readonly signingSecret: string
  readonly teamId: string
  readonly appId: string
  readonly botUserId: string
  setRequestUrl(url: string): void
  close(): Promise<void>

  messages(channel: string): readonly Message[]
  ephemerals(userId: string): readonly Ephemeral[]
  thread(channel: string, ts: string): readonly Message[]
  /** The modal on top for that person. */
  view(userId: string): View | undefined
  home(userId: string): View | undefined
  click(userId: string, target: ClickTarget): Promise<Delivery>
  clickInView(
    userId: string,
    target: { readonly actionId: string; readonly blockId?: string; readonly chosen?: ClickTarget['chosen'] },
    entered?: EnteredValues,
  ): Promise<Delivery>
  clickInHome(userId: string, target: { readonly actionId: string; readonly blockId?: string }): Promise<Delivery>
  /** Status 0 with body `not_sent`: Slack's own form refused it; see `view(userId).errors`. */
  submitView(userId: string, values: EnteredValues): Promise<Delivery>
  closeView(userId: string): Promise<Delivery>
  say(userId: string, channel: string, text: string, threadTs?: string): Promise<Delivery>
  command(userId: string, channel: string, name: string, text: string): Promise<Delivery>
  openHome(userId: string): Promise<Delivery>
  verifyUrl(challenge: string): Promise<Delivery>
  /** The direct message channel between that person and the app. */
  dm(userId: string): string

  fault(fault: Fault): void
  rateLimits(on: boolean): void
  /** Each of the next `times` deliveries arrives twice. */
  repeatNext(times: number): void
  calls(): readonly Call[]
  sendRaw(body: string, headers: Readonly<Record<string, string>>): Promise<Delivery>
  /** `timestamp` in seconds. */
  sign(body: string, timestamp?: number): Readonly<Record<string, string>>
  sockets(): number
  /** `most`: how many of the connections, the oldest first; every one when left out. */
  refreshSockets(reason?: 'warning' | 'refresh_requested' | 'link_disabled', most?: number): void
  /** Changes what is known of a person: a guest made a member, somebody deactivated, away, snoozed. */
  setPerson(userId: string, changes: Partial<WorkspacePerson>): Promise<Delivery>
  setUsergroup(id: string, users: readonly string[]): Promise<Delivery>
  setMembers(channel: string, members: readonly string[]): void
  archive(channel: string): void
}

/** Starts the workspace; resolves once it listens. Rejects when the port is taken. */
export async function startWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const now = options.now ?? Date.now
  const random = options.random ?? secureRandom
  const { people, channels, usergroups } = options
  const state = createState({ now, random, appName: options.appName ?? 'Countersign', people, channels, usergroups })
  const botToken = `xoxb-local-${random(20).toString('hex')}`
  const appToken = `xapp-local-${random(20).toString('hex')}`
  const signingSecret = random(16).toString('hex')
  const address = { base: '', requestUrl: options.requestUrl }
  const base = (): string => address.base
  const sockets = createSockets(state)
  const faults = createFaults()
  const pace = createPace(now)
  const deliveries = createDeliveries({
    sockets,
    signingSecret,
    signedAt: options.signedAt ?? now,
    requestUrl: () => address.requestUrl,
  })
  const scopes = options.scopes ?? allScopes
  const subscriptions = options.subscriptions ?? allEvents
  const acts = createActs(state, deliveries, base, subscriptions)
  const withEmail = scopes.includes('users:read.email')
  const administration = createAdministration(state, deliveries, subscriptions, withEmail)
  const page = createPageServer(state, acts, base, options.commands ?? [])
  const webApi = createWebApi({
    state,
    botToken,
    appToken,
    scopes,
    faults,
    pace,
    base,
    socketUrl: () => `${address.base.replace('http:', 'ws:')}${sockets.ticket()}`,
  })

  const respond = async (key: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const args = readForm(await readBody(request, 1_000_000))
    state.calls.push({ method: 'response_url', at: now(), args })
    const fault = faults.next('response_url')
    if (fault !== undefined && fault.kind !== 'reset_after_accept') return fail(fault, request, response)
    const reply = answerInteraction(state, key, args)
    if (fault !== undefined) return void request.socket.destroy()
    answer(response, reply.ok ? 200 : 404, reply)
  }

  const upload = async (id: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
    const status = takeUpload(state, id, Buffer.concat(chunks))
    response.writeHead(status, { 'content-type': 'text/plain' }).end(status === 200 ? 'OK' : 'The upload was refused')
  }

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    const method = /^\/api\/([\w.]+)$/.exec(path)?.[1]
    if (method !== undefined) return webApi(method, request, response)
    const key = /^\/(?:actions|commands)\/\w+\/(\w+)$/.exec(path)?.[1]
    if (key !== undefined && request.method === 'POST') return respond(key, request, response)
    const file = /^\/upload\/(\w+)$/.exec(path)?.[1]
    if (file !== undefined && request.method === 'POST') return upload(file, request, response)
    if (path === '/' || path.startsWith('/page/')) return page.handle(request, response)
    answer(response, 404, { error: 'not_found', note: 'This is a local workspace, not Slack.' })
  }

  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy()
      answer(response, 500, { error: error instanceof Error ? error.message : 'failed' })
    })
  })
  server.on('upgrade', sockets.upgrade)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const bound = server.address()
  address.base = `http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : options.port}`

  return {
    pageUrl: `${address.base}/`,
    apiUrl: `${address.base}/api/`,
    botToken,
    appToken,
    signingSecret,
    teamId,
    appId,
    botUserId,
    setRequestUrl: (url) => {
      address.requestUrl = url
    },
    close: async () => {
      page.close()
      await sockets.close()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
    messages: (channel) => [...state.inChannel(channel)],
    ephemerals: (userId) => state.ephemerals.filter((each) => each.to === userId),
    thread: (channel, ts) => threadOf(state, channel, ts),
    view: (userId) => state.modals.get(userId)?.at(-1),
    home: (userId) => state.homes.get(userId),
    ...acts,
    ...administration,
    dm: (userId) => state.openIm(userId).id,
    fault: faults.add,
    rateLimits: pace.switch,
    repeatNext: deliveries.repeatNext,
    calls: () => [...state.calls],
    sendRaw: deliveries.sendRaw,
    sign: deliveries.sign,
    sockets: sockets.count,
    refreshSockets: (reason = 'refresh_requested', most = Infinity) => sockets.refresh(reason, most),
  }
}

function readForm(body: string | undefined): JsonObject {
  const read = readJson({ body }, 'body')
  if (read === 'malformed') {
    const payload = new URLSearchParams(body ?? '')
    return Object.fromEntries(payload) as JsonObject
  }
  return isObject(read?.value) ? read.value : {}
}
