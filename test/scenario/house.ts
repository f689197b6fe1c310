import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, vi } from 'vitest'
import { newApiKey } from '../../src/app/api-key.ts'
import type { Store } from '../../src/app/ports.ts'
import { type Countersign, openStore, realTimer, startCountersign } from '../../src/compose.ts'
import type { Config, SlackConfig } from '../../src/config.ts'
import type { SetTimer } from '../../src/delivery/worker.ts'
import { toDay } from '../../src/domain/time.ts'
import type { Delivery, Message, View, Workspace, WorkspaceOptions } from '../../src/workspace/server.ts'
import { startWorkspace } from '../../src/workspace/server.ts'
import { renderedText } from '../blocks/rendered-text.ts'
import { expectAudited } from '../fixtures/audit.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

export const ANA = 'U0ANA00001'
export const BEN = 'U0BEN00001'
export const CAROL = 'U0CAROL001'
export const DANA = 'U0DANA0001'
export const GUS = 'U0GUS00001'
export const OLU = 'U0OLU00001'
export const BOT = 'U0BOT00001'
export const APPROVALS = 'C0APPROVAL'
export const OPS = 'C0AGENTOPS'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** Where everybody but the guests works; a refund waits an hour, its first level being Ana and Ben. */
export const MANIFEST = `
roles:
  support_lead: { members: [ana@example.com, ${BEN}], fallback: team_lead }
  team_lead: { members: [carol@example.com] }
  operations: { members: [dana@example.com] }
agents:
  billing-bot: { owner: owner@example.com, actions: [process_refund, send_email, wire_money, rename_ticket] }
actions:
  process_refund:
    description: Refund a customer's payment
    severity: high
    reversible: false
    approval_timeout_seconds: 3600
    escalation_path: [support_lead, team_lead]
    conditions: { always_approve_above_usd: 500 }
  send_email:
    description: Send an e-mail to a customer
    severity: low
    reversible: false
    approval_required: true
    required_role: support_lead
    approval_timeout_seconds: 120
  wire_money:
    description: Wire money
    severity: low
    reversible: true
    approval_required: true
    approvals_required: 2
    escalation_path: [support_lead]
  rename_ticket: { severity: low, reversible: true }
`

export type Json = Readonly<Record<string, unknown>>
export type Reply = { readonly status: number; readonly body: Json }

export type HouseOptions = Pick<WorkspaceOptions, 'people' | 'channels' | 'usergroups' | 'scopes' | 'subscriptions'> & {
  readonly manifest?: string
  readonly mode?: 'http' | 'socket'
  /** When the sweep should run; it hardly ever does by itself unless told so. */
  readonly sweepCron?: string
  /** When the weekly report is due; hardly ever unless told so. */
  readonly reportCron?: string
  readonly webhookSecret?: string
  /** Where roots over the audit log are sent. */
  readonly auditRootUrl?: string
  /** The lot, 0 to 1, by which automatic approvals are drawn for a later look; by itself it draws none of them. */
  readonly lot?: number
  /** How long other systems' answers are waited for; by itself as long as a service does. */
  readonly setAnswerTimer?: SetTimer
  /** What its log keeps. */
  readonly logLevel?: 'warn' | 'trace'
}

export type House = Awaited<ReturnType<typeof openHouse>>

/** The whole product in this process: a workspace, Countersign, an agent, and a clock that only tests turn. */
export async function openHouse(options: HouseOptions = {}) {
  // Bolt compares signatures with the wall clock, so that the virtual one starts there.
  const clock = { now: Math.floor(Date.now() / SECOND) * SECOND }
  const {
    manifest: _,
    mode = 'http',
    sweepCron = '0 0 29 2 *',
    reportCron = '0 0 29 2 *',
    webhookSecret = null,
    auditRootUrl = null,
    lot = 0.5,
    setAnswerTimer = realTimer,
    logLevel = 'warn',
    ...inhabitants
  } = options
  const folder = mkdtempSync(join(tmpdir(), 'countersign-house-'))
  const databaseFile = join(folder, 'house.db')
  const manifestsDir = join(folder, 'manifests')
  mkdirSync(manifestsDir)
  const workspace = await startWorkspace({ port: 0, now: () => clock.now, signedAt: Date.now, ...inhabitants })
  const logged: string[] = []
  const log = pino({ level: logLevel }, { write: (line: string) => void logged.push(line) })
  const store: Store = openStore({ databaseFile }, randomBytes)
  const { token, record } = newApiKey({
    agent: 'billing-bot',
    scopes: ['decide', 'read', 'label', 'consume'],
    expiresAt: null,
    now: clock.now,
    random: randomBytes,
  })
  await store.saveApiKey(record)
  const unhandled: unknown[] = []
  const onUnhandled = (reason: unknown) => void unhandled.push(reason)
  process.on('unhandledRejection', onUnhandled)

  async function start(manifest: string): Promise<Countersign> {
    const running = await startCountersign(
      {
        config: {
          ...configOf(workspace, { databaseFile, manifestsDir, sweepCron }, mode),
          webhookSecret,
          auditRootUrl,
          reportCron,
        },
        manifest: manifestOf(manifest),
        version: '0.0.0',
        log,
      },
      {
        clock: () => clock.now,
        random: randomBytes,
        chance: () => lot,
        setTimer: () => () => undefined,
        setAnswerTimer,
      },
    )
    workspace.setRequestUrl(`http://127.0.0.1:${running.port}/slack/events`)
    if (mode === 'socket') await vi.waitFor(() => expect(workspace.sockets()).toBe(2))
    return running
  }
  let running = await start(options.manifest ?? MANIFEST)

  async function call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    const response = await fetch(`http://127.0.0.1:${running.port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    return { status: response.status, body: objectOf(answer) }
  }

  /** Delivers all that is to be delivered, a second for each message of a channel. */
  async function show(): Promise<void> {
    for (let seconds = 0; seconds < 300; seconds += 1) {
      await running.deliver()
      if ((await store.counts(clock.now)).outboxWaiting === 0) return
      clock.now += SECOND
    }
    throw new Error(`Slack was never brought up to date:\n${logged.join('')}`)
  }

  /**
   * Slack is answered before people are told anything, so their words come a little after a click. Nothing under way
   * outlives several round trips in which nothing new was asked of Slack.
   */
  async function quiet(): Promise<void> {
    for (let calm = 0, asked = -1; calm < 5; ) {
      await (await fetch(`http://127.0.0.1:${running.port}/healthz`)).text()
      await (await fetch(`${workspace.pageUrl}nothing`)).text()
      const now = workspace.calls().length
      calm = now === asked ? calm + 1 : 0
      asked = now
    }
  }

  const afterwards = async (act: Promise<Delivery>): Promise<Delivery> => {
    const delivery = await act
    await quiet()
    return delivery
  }

  const decision = async (id: string): Promise<Json> => (await call('GET', `/v1/decisions/${id}`)).body

  function card(id: string, channel = APPROVALS): Message {
    const cards = workspace
      .messages(channel)
      .filter(({ metadata, blocks }) => isCardOf(metadata, id) || (isCard(metadata) && hasButtonsOf(blocks ?? [], id)))
    const [only] = cards
    if (only === undefined || cards.length > 1) throw new Error(`${id} has ${cards.length} cards in ${channel}`)
    return only
  }

  return {
    workspace,
    store,
    databaseFile,
    /** The agent's own API key. */
    token,
    logged,
    unhandled,
    call,
    show,
    quiet,
    decision,
    card,
    manifestFile: join(manifestsDir, 'manifest.yaml'),
    get url() {
      return `http://127.0.0.1:${running.port}`
    },
    get app() {
      return running.app
    },
    deliver: () => running.deliver(),
    root: () => running.root(),
    now: () => clock.now,
    /** Turns the clock, and does what the next sweep and the delivery worker do then. */
    advance: async (ms: number): Promise<void> => {
      clock.now += ms
      await running.sweep()
      await show()
    },
    /** Turns the clock and does nothing else. */
    turn: (ms: number): void => {
      clock.now += ms
    },
    /** Writes the manifest's file anew and has it read again. */
    reload: async (manifest: string): Promise<void> => {
      writeFileSync(join(manifestsDir, 'manifest.yaml'), manifest)
      await running.reload()
      await show()
    },
    /** Stops Countersign and starts it again on the same database. */
    restart: async (manifest: string): Promise<void> => {
      await running.stop()
      running = await start(manifest)
    },

    /** What the agent proposes: recorded, and on a card where people are asked. */
    propose: async (request: Json = {}): Promise<Json> => {
      const { status, body } = await call('POST', '/v1/decisions', proposal(request), {
        'idempotency-key': randomBytes(8).toString('hex'),
      })
      expect(body).toMatchObject({ id: expect.stringMatching(/^dec_/) })
      expect(status).toBe(201)
      await show()
      return body
    },
    /** A long-poll under way; the promise in it ends with the decision. */
    poll: async (id: string): Promise<{ readonly answer: Promise<Json> }> => {
      const answer = call('GET', `/v1/decisions/${id}?wait=30`).then(({ body }) => body)
      // Requests that come later are answered later: the poll waits by the time this one is answered.
      await decision(id)
      return { answer }
    },
    post: (id: string, what: string, body: Json): Promise<Reply> => call('POST', `/v1/decisions/${id}/${what}`, body),

    /** Presses a button of the card as it stands, or of its row where several share it. */
    press: (user: string, id: string, button: string, channel = APPROVALS): Promise<Delivery> => {
      const { ts, blocks = [] } = card(id, channel)
      const row = blocks.length > 0 && hasButtonsOf(blocks, id) ? buttonIn(blocks, button, id) : {}
      return afterwards(workspace.click(user, { channel, ts, actionId: `countersign.${button}`, ...row }))
    },
    /** Presses a button of the open modal. */
    turnPage: (user: string, to: 'next' | 'previous'): Promise<Delivery> =>
      afterwards(workspace.clickInView(user, { actionId: `countersign.context.${to}` })),
    /** Sends an interaction as Slack would, signed, whatever is in it. */
    send: (payload: unknown): Promise<Delivery> => {
      const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
      return afterwards(workspace.sendRaw(body, { ...FORM, ...workspace.sign(body) }))
    },
    submit: (user: string): Promise<Delivery> => afterwards(workspace.submitView(user, {})),
    /** Types `/approvals` and what follows it. */
    command: (user: string, text: string, channel = APPROVALS): Promise<Delivery> =>
      afterwards(workspace.command(user, channel, '/approvals', text)),
    /** What a command was answered, or a press on that answer made of it: the last that only this person sees. */
    answer: (user: string) => workspace.ephemerals(user).at(-1),
    /** Presses a button of that answer. @param id the decision whose row it stands in, where there are several */
    pressAnswer: (user: string, button: string, id?: string): Promise<Delivery> => {
      const last = workspace.ephemerals(user).at(-1)
      if (last === undefined) throw new Error(`${user} was answered nothing`)
      const target = { channel: last.channel, ts: last.ts, ...buttonIn(last.blocks ?? [], button, id) }
      return afterwards(workspace.click(user, target))
    },
    openHome: (user: string): Promise<Delivery> => afterwards(workspace.openHome(user)),
    /** Presses a button of the App Home. @param id the decision whose row it stands in */
    pressHome: (user: string, button: string, id?: string): Promise<Delivery> =>
      afterwards(workspace.clickInHome(user, buttonIn(workspace.home(user)?.blocks ?? [], button, id))),
    /** Fills the open modal, by input, and submits it. */
    fill: (user: string, texts: Readonly<Record<string, string>>): Promise<Delivery> => {
      const entries = Object.entries(texts).map(([input, text]) => {
        const name = `countersign.${input}`
        return [name, { [name]: text }] as const
      })
      return afterwards(workspace.submitView(user, Object.fromEntries(entries)))
    },
    /** Says something in the thread of a card. */
    reply: (user: string, id: string, text: string): Promise<Delivery> =>
      afterwards(workspace.say(user, APPROVALS, text, card(id).ts)),
    /** Types one text into the open modal and submits it. */
    type: (user: string, input: string, text: string): Promise<Delivery> => {
      const name = `countersign.${input}`
      return afterwards(workspace.submitView(user, { [name]: { [name]: text } }))
    },
    thread: (id: string): readonly Message[] =>
      workspace.thread(APPROVALS, card(id).ts).filter(({ ts }) => ts !== card(id).ts),
    /** What only this person was told, oldest first. */
    told: (user: string): readonly string[] => workspace.ephemerals(user).map(({ text }) => text),

    close: async (): Promise<void> => {
      await running.stop()
      await workspace.close()
      try {
        await expectAudited(store)
      } finally {
        await store.close()
        process.off('unhandledRejection', onUnhandled)
      }
      rmSync(folder, { recursive: true })
      expect(unhandled).toEqual([])
    },
  }
}

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

/** The payload of a button press as Slack documents it (docs.slack.dev/reference/interaction-payloads/block_actions-payload). */
export function pressPayload(user: string, decision: unknown, button = 'approve'): Json {
  return {
    type: 'block_actions',
    user: { id: user, username: 'ana', name: 'ana', team_id: 'T0LOCAL001' },
    api_app_id: 'A0LOCAL001',
    token: 'Shh_its_a_seekrit',
    container: { type: 'message', message_ts: '1548261231.000200', channel_id: APPROVALS, is_ephemeral: false },
    trigger_id: '12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3',
    team: { id: 'T0LOCAL001', domain: 'local-workspace' },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: APPROVALS, name: 'agent-approvals' },
    message: { type: 'message', user: BOT, ts: '1548261231.000200', text: 'A card', blocks: [] },
    state: { values: {} },
    response_url: 'http://127.0.0.1:9/actions/nobody/listens',
    actions: [
      {
        type: 'button',
        action_id: `countersign.${button}`,
        block_id: 'countersign.buttons',
        text: { type: 'plain_text', text: 'Approve', emoji: true },
        value: JSON.stringify({ decision, revision: 0 }),
        style: 'primary',
        action_ts: '1548426417.840180',
      },
    ],
  }
}

/** A proposal with nothing remarkable, that people have to decide. */
export function proposal(given: Json = {}): Json {
  return {
    action: 'process_refund',
    parameters: { order_id: 'A-1', amount_usd: 120 },
    confidence: 0.82,
    confidence_basis: 'The order and policy 4.2 match.',
    ...given,
  }
}

/** What stands at a path inside a JSON answer. */
export function within(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((at, key) => objectOf(at)[key], value)
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}

/** What is read on a message or in a modal. */
export function textOf(shown: Message | View | undefined): string {
  return shown === undefined ? '' : renderedText(shown.blocks)
}

/** Which buttons can be pressed there. */
export function buttonsOf(shown: Message | View | undefined): readonly string[] {
  return [...JSON.stringify(shown?.blocks ?? []).matchAll(/"action_id":"countersign\.([\w.]+)"/g)].map(
    ([, name = '']) => name,
  )
}

/** Where a button stands among blocks of which several have it: the row that names the decision. */
function buttonIn(blocks: View['blocks'], button: string, id = '') {
  const actionId = `countersign.${button}`
  const found = blocks.filter((block) => {
    const shown = JSON.stringify(block)
    return shown.includes(`"action_id":"${actionId}"`) && shown.includes(id)
  })
  const [only] = found
  if (only === undefined || found.length > 1) throw new Error(`${found.length} rows have the button ${button} ${id}`)
  return { actionId, blockId: only.block_id }
}

/** Does the clock stand so that another day begins within `ms`? */
export function untilTomorrow(now: number): number {
  const day = Date.parse(`${toDay(now)}T00:00:00Z`)
  return day + 24 * HOUR - now
}

function isCard(metadata: Message['metadata']): boolean {
  return metadata?.event_payload['slot'] === 'card'
}

function isCardOf(metadata: Message['metadata'], id: string): boolean {
  return isCard(metadata) && metadata?.event_payload['subject'] === id
}

function hasButtonsOf(blocks: View['blocks'], id: string): boolean {
  return blocks.some((block) => block.type === 'actions' && JSON.stringify(block).includes(id))
}

function configOf(
  workspace: Workspace,
  given: Pick<Config, 'databaseFile' | 'manifestsDir' | 'sweepCron'>,
  mode: 'http' | 'socket',
): Config {
  const { botToken, signingSecret, appToken, apiUrl } = workspace
  const slack: SlackConfig =
    mode === 'http' ? { mode, botToken, signingSecret, apiUrl } : { mode, botToken, appToken, apiUrl }
  return {
    host: '127.0.0.1',
    port: 0,
    publicUrl: 'http://127.0.0.1',
    ...given,
    slack,
    grantKeys: null,
    workspacePort: 0,
    allowedCallbackHosts: new Set(['127.0.0.1']),
    webhookSecret: null,
    linkSecret: null,
    agentRateLimit: 1_000,
    // Never: a test makes one itself.
    auditRootCron: '0 0 29 2 *',
    reportCron: '0 0 29 2 *',
    reportTimeZone: 'UTC',
    auditRootUrl: null,
    logLevel: 'warn',
    logFormat: 'json',
  }
}
