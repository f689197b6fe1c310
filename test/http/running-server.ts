import { once } from 'node:events'
import { connect } from 'node:net'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { newApiKey } from '../../src/app/api-key.ts'
import type { App } from '../../src/app/app.ts'
import type { ActionCalibration } from '../../src/app/calibration.ts'
import type { ApiKey, Scope } from '../../src/app/ports.ts'
import { calibrationReport } from '../../src/domain/calibration-report.ts'
import { DAY } from '../../src/domain/time.ts'
import { createHttpServer, type HttpPorts, type HttpServer } from '../../src/http/server.ts'
import { granted, pending, plan, request, T0 } from './sample-decision.ts'

const NOTHING_LABELLED: ActionCalibration = {
  action: 'process_refund',
  days: 30,
  since: T0 - 30 * DAY,
  until: T0,
  report: calibrationReport(
    [],
    { bucketing: 'left_closed' },
    { tolerance: { alpha: 0.05, delta: 0.05 }, autoApprove: 0.95 },
    T0,
  ),
  autoApprove: 0.95,
}

export type FakeApp = {
  readonly app: App
  readonly calls: { readonly name: string; readonly args: readonly unknown[] }[]
}

/** An application that remembers what it was asked and answers what a test told it to. */
export function fakeApp(answers: Partial<App> = {}): FakeApp {
  const calls: { name: string; args: readonly unknown[] }[] = []
  const noted =
    <Args extends readonly unknown[], Result>(name: string, answer: (...args: Args) => Result) =>
    (...args: Args): Result => {
      calls.push({ name, args })
      return answer(...args)
    }
  const created: App['submit'] = async () => ({ kind: 'created', decision: pending })
  const accepted = async () => ({ kind: 'accepted' as const, decision: pending })
  const planned = async () => ({ kind: 'accepted' as const, ...plan })
  const consumed: App['consume'] = async () => ({ kind: 'accepted', decision: granted, grant: granted.grant })
  const app: App = {
    submit: noted('submit', answers.submit ?? created),
    answer: noted('answer', answers.answer ?? accepted),
    withdraw: noted('withdraw', answers.withdraw ?? accepted),
    reportExecution: noted('reportExecution', answers.reportExecution ?? accepted),
    reportRollback: noted('reportRollback', answers.reportRollback ?? accepted),
    recordOutcome: noted('recordOutcome', answers.recordOutcome ?? accepted),
    read: noted('read', answers.read ?? (async (_caller, id) => (id === pending.id ? pending : null))),
    wait: noted('wait', answers.wait ?? (async () => pending)),
    list: noted('list', answers.list ?? (async () => [pending])),
    // Part of every answer that shows a decision, so not worth noting.
    granted: answers.granted ?? (async (_caller, decision) => ({ decision, grant: null })),
    consume: noted('consume', answers.consume ?? consumed),
    approve: noted('approve', accepted),
    approveEdited: noted('approveEdited', accepted),
    edited: noted('edited', async () => ({ kind: 'not_found' as const })),
    deny: noted('deny', accepted),
    clarify: noted('clarify', accepted),
    rollBack: noted('rollBack', accepted),
    clarifyOrder: async () => null,
    answerByLink: noted('answerByLink', accepted),
    askAgain: noted('askAgain', accepted),
    judge: noted('judge', accepted),
    refusal: noted('refusal', async () => null),
    couldApprove: noted('couldApprove', async () => true),
    cameTwice: noted('cameTwice', () => undefined),
    queue: noted('queue', async () => ({ items: [], next: null })),
    waiting: noted('waiting', answers.waiting ?? (async () => ({ items: [], next: null }))),
    viewFor: noted('viewFor', async () => null),
    contextFor: noted('contextFor', answers.contextFor ?? (async () => null)),
    cardAt: noted('cardAt', async () => ({ kind: 'none' as const })),
    cardsOf: noted('cardsOf', async () => []),
    availability: noted('availability', async () => ({ awayUntil: null, delegate: null })),
    goAway: noted('goAway', async () => {}),
    comeBack: noted('comeBack', async () => {}),
    delegate: noted('delegate', async () => ({ kind: 'refused' as const, why: 'yourself' as const })),
    refusalToAssign: noted('refusalToAssign', async () => null),
    assignByHand: noted('assignByHand', async () => null),
    freezes: noted('freezes', async () => []),
    freezesFor: noted('freezesFor', async () => []),
    freeze: noted('freeze', async () => ({ kind: 'frozen' as const })),
    unfreeze: noted('unfreeze', async () => ({ kind: 'not_frozen' as const, frozen: [] })),
    lastWeek: noted('lastWeek', async () => ({ approved: 0, denied: 0, timedOut: 0, medianMs: null })),
    statsFor: noted('statsFor', async () => null),
    calibration: noted('calibration', answers.calibration ?? (async () => NOTHING_LABELLED)),
    calibrationFor: noted('calibrationFor', async () => ({ kind: 'barred' as const })),
    sweep: noted('sweep', async () => 0),
    view: noted('view', async () => null),
    startWorkflow: noted(
      'startWorkflow',
      answers.startWorkflow ?? (async () => ({ kind: 'created' as const, ...plan })),
    ),
    workflow: noted('workflow', answers.workflow ?? (async () => plan)),
    pauseWorkflow: noted('pauseWorkflow', answers.pauseWorkflow ?? planned),
    resumeWorkflow: noted('resumeWorkflow', answers.resumeWorkflow ?? planned),
    cancelWorkflow: noted('cancelWorkflow', answers.cancelWorkflow ?? planned),
    halt: noted('halt', async () => {}),
    advance: noted('advance', async () => {}),
    executionOrder: noted('executionOrder', async () => null),
    recordExecution: noted('recordExecution', async () => {}),
    rollbackOrder: noted('rollbackOrder', async () => null),
    recordRollback: noted('recordRollback', async () => {}),
    settleExecution: noted('settleExecution', accepted),
    checklist: noted('checklist', async () => null),
  }
  return { app, calls }
}

/** Pages that say what they were drawn from; links are signed with nothing. */
const PAGES: HttpPorts['pages'] = {
  key: new Uint8Array(32),
  team: async () => 'T1',
  page: ({ view }, until) => `<style></style>${view.decision.id} until ${until}`,
  refusal: (title) => `<style></style>${title}`,
  style: '',
}

export const SCOPES: readonly Scope[] = ['decide', 'read', 'label', 'consume', 'admin']

export type Running = {
  readonly url: string
  readonly port: number
  readonly server: HttpServer
  readonly calls: FakeApp['calls']
  readonly logged: () => string
  readonly keys: Map<string, ApiKey>
  /** A new key's token. */
  readonly token: (scopes?: readonly Scope[], expiresAt?: number | null) => string
  readonly call: (method: string, path: string, init?: Init) => Promise<Reply>
  readonly propose: (init?: Init) => Promise<Reply>
}
type Init = {
  readonly body?: unknown
  readonly raw?: string | Buffer
  readonly headers?: Record<string, string | undefined>
}
export type Reply = {
  readonly status: number
  readonly headers: Headers
  readonly body: Record<string, unknown>
  readonly text: string
}

export async function startServer(
  answers: Partial<App> = {},
  overrides: Partial<HttpPorts> = {},
  wanted = 0,
): Promise<Running> {
  const { app, calls } = fakeApp(answers)
  const keys = new Map<string, ApiKey>()
  const lines: string[] = []
  let made = 0
  const random = (count: number) => new Uint8Array(count).fill(++made)
  const server = await createHttpServer({
    app,
    keys: { apiKey: async (id) => keys.get(id) ?? null },
    store: {
      posts: async () => [],
      counts: async () => ({ open: 3, overdue: 0, outboxWaiting: 1, outboxDead: 0, frozen: 0 }),
      probe: async () => {},
    },
    clock: () => T0,
    jwks: { keys: [] },
    log: pino({ level: 'debug' }, { write: (line) => lines.push(line) }),
    publicUrl: 'https://countersign.example.com/',
    metrics: new Registry(),
    version: '0.1.0',
    ready: async () => [],
    allowedCallbackHosts: ['agent.local'],
    agentRateLimit: 1_000,
    pages: PAGES,
    slackListener: null,
    answerKey: new Uint8Array(32),
    ...overrides,
  })
  const { port } = await server.listen(wanted, '127.0.0.1')
  const url = `http://127.0.0.1:${port}`
  const token = (scopes: readonly Scope[] = SCOPES, expiresAt: number | null = null) => {
    const key = newApiKey({ agent: 'billing-bot', scopes, expiresAt, now: T0, random })
    keys.set(key.record.id, key.record)
    return key.token
  }
  const all = token()
  const call = async (method: string, path: string, init: Init = {}): Promise<Reply> => {
    const hasBody = init.body !== undefined || init.raw !== undefined
    const headers = new Headers()
    const merged = {
      authorization: `Bearer ${all}`,
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...init.headers,
    }
    for (const [name, value] of Object.entries(merged)) if (value !== undefined) headers.set(name, value)
    const sent = init.raw ?? (init.body === undefined ? null : JSON.stringify(init.body))
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      body: sent === null ? null : new Uint8Array(Buffer.from(sent)),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== ''
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} }
  }
  const propose = (init: Init = {}) =>
    call('POST', '/v1/decisions', { body: request, ...init, headers: { 'idempotency-key': 'k1', ...init.headers } })
  return { url, port, server, calls, logged: () => lines.join(''), keys, token, call, propose }
}

/** Sends bytes as they are and gives back all that comes until the server closes. */
export async function rawExchange(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (chunk) => received.push(chunk))
  socket.on('error', () => {}) // a server that refuses early resets what is still being sent
  await once(socket, 'connect')
  for (const part of parts) socket.write(part)
  if (!socket.closed) await once(socket, 'close')
  return Buffer.concat(received).toString('utf8')
}
