import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, vi } from 'vitest'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { newApiKey } from '../../src/app/api-key.ts'
import type { Scope, Store } from '../../src/app/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { type Message, startWorkspace, type Workspace, type WorkspaceOptions } from '../../src/workspace/server.ts'
import { type Child, type Ended, holdMain, type Program, runMain } from './child.ts'

export const APPROVALS = 'C0APPROVAL'
export const ANA = 'U0ANA00001'
export const BEN = 'U0BEN00001'
export const AGENT = 'billing-bot'

const MANIFESTS = fileURLToPath(new URL('../../manifests', import.meta.url))

export type Reply = {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}
export type Init = {
  readonly body?: unknown
  readonly raw?: string
  readonly key?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** The service as a real process in HTTP mode. */
export type Service = {
  readonly url: string
  readonly child: Child
  readonly call: (method: string, path: string, init?: Init) => Promise<Reply>
  /** Proposes with this Idempotency-Key and gives the id. */
  readonly propose: (key: string) => Promise<string>
  readonly read: (id: string) => Promise<Readonly<Record<string, unknown>>>
  /** Until everything that Slack should show was sent. */
  readonly quiet: (soon?: typeof WAIT) => Promise<void>
  /** kill -9. */
  readonly kill: () => Promise<Ended>
}

export type Prepared = {
  readonly child: Child
  /** Rejects when it ends before it listens. */
  readonly start: () => Promise<Service>
}

/** A database, a workspace that outlives the service, and keys. */
export type Scene = {
  readonly folder: string
  readonly databaseFile: string
  readonly workspace: Workspace
  readonly token: string
  readonly start: (env?: Readonly<Record<string, string>>) => Promise<Service>
  /** A process that has loaded its modules only; `start` lets it go on. `program`: the built one, unless another is given */
  readonly prepare: (env?: Readonly<Record<string, string>>, program?: Program) => Prepared
  /** Looks into the database from outside; the service may run or be dead. */
  readonly inStore: <Result>(look: (store: Store) => Promise<Result>) => Promise<Result>
  readonly newKey: (agent: string, scopes: readonly Scope[]) => Promise<string>
  /** The cards of a decision that stand in the workspace. */
  readonly cards: (id: string) => readonly Message[]
  /** The decision's only card, once it is there. */
  readonly card: (id: string) => Promise<Message>
}

/**
 * Sets up a fault test, undone by `onEnd`: there everything that a service printed is searched for secrets and for errors
 * that nobody caught.
 */
export async function createScene(
  onEnd: (undo: () => Promise<void>) => void,
  options: Partial<WorkspaceOptions> & { readonly manifests?: string } = {},
): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-faults-'))
  const databaseFile = join(folder, 'data', 'countersign.db')
  const { manifests = MANIFESTS, ...workspaceOptions } = options
  const workspace = await startWorkspace({ port: 0, ...workspaceOptions })
  const children: Child[] = []
  const tokens: string[] = []

  const inStore = async <Result>(look: (store: Store) => Promise<Result>): Promise<Result> => {
    const store = openSqliteStore({ file: databaseFile, random: randomBytes })
    try {
      return await look(store)
    } finally {
      await store.close()
    }
  }

  const newKey = async (agent: string, scopes: readonly Scope[]): Promise<string> => {
    const key = newApiKey({ agent, scopes, expiresAt: null, now: Date.now(), random: randomBytes })
    await inStore((store) => store.saveApiKey(key.record))
    tokens.push(key.token)
    return key.token
  }

  onEnd(async () => {
    await Promise.all(children.map((child) => child.end('SIGKILL')))
    await workspace.close()
    rmSync(folder, { recursive: true })
    for (const child of children) {
      const printed = child.stdout() + child.stderr()
      expect(printed.toLowerCase()).not.toContain('unhandled')
      for (const secret of [workspace.botToken, workspace.signingSecret, ...tokens.map(secretOf)])
        expect(printed).not.toContain(secret)
    }
  })

  mkdirSync(join(folder, 'data'))
  const token = await newKey(AGENT, ['decide', 'read', 'label'])

  const environment = {
    PORT: '0',
    HOST: '127.0.0.1',
    PUBLIC_URL: 'http://countersign.example.com',
    DATABASE_URL: `sqlite:${databaseFile}`,
    MANIFESTS_DIR: manifests,
    SLACK_BOT_TOKEN: workspace.botToken,
    SLACK_SIGNING_SECRET: workspace.signingSecret,
    SLACK_API_URL: workspace.apiUrl,
    // No root at the full hour, in the middle of a test, unless it asks for one.
    AUDIT_ROOT_CRON: '0 0 29 2 *',
  }
  const listening = async (child: Child): Promise<Service> => {
    const [, port] = await child.printed(/"port":(\d+).*Countersign is running/)
    workspace.setRequestUrl(`http://127.0.0.1:${port}/slack/events`)
    return serviceOf(child, `http://127.0.0.1:${port}`, token)
  }

  const cards = (id: string) => workspace.messages(APPROVALS).filter((message) => isCardOf(message, id))
  return {
    folder,
    databaseFile,
    workspace,
    token,
    inStore,
    newKey,
    cards,
    card: (id) => vi.waitFor(() => only(cards(id)), WAIT),
    start: async (env = {}) => {
      const child = runMain(['start'], { ...environment, ...env }, folder)
      children.push(child)
      return listening(child)
    },
    prepare: (env = {}, program) => {
      const child = holdMain(['start'], { ...environment, ...env }, folder, program)
      children.push(child)
      return {
        child,
        start: () => {
          child.release()
          return listening(child)
        },
      }
    },
  }
}

/** How long something may take that should happen soon; a loaded machine is slow. */
export const WAIT = { timeout: 25_000, interval: 20 }

function serviceOf(child: Child, url: string, ownToken: string): Service {
  const call = async (method: string, path: string, init: Init = {}): Promise<Reply> => {
    const { token = ownToken, key, body, raw = body === undefined ? null : JSON.stringify(body), signal = null } = init
    const response = await fetch(`${url}${path}`, {
      method,
      body: raw,
      signal,
      headers: {
        authorization: `Bearer ${token}`,
        ...(raw === null ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...init.headers,
      },
    })
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
  }
  return {
    url,
    child,
    call,
    propose: async (key) => {
      const { status, body } = await call('POST', '/v1/decisions', { body: refund(key), key })
      expect(status, JSON.stringify(body)).toBe(201)
      return String(body['id'])
    },
    read: async (id) => (await call('GET', `/v1/decisions/${id}`)).body,
    quiet: (soon = WAIT) =>
      vi.waitFor(async () => {
        const metrics = await (await fetch(`${url}/metrics`)).text()
        expect(/^countersign_outbox_waiting (\d+)$/m.exec(metrics)?.[1]).toBe('0')
      }, soon),
    kill: () => child.end('SIGKILL'),
  }
}

/** A proposal that a person has to look at, with one click. */
export function refund(order: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    action: 'process_refund',
    parameters: { order_id: order, customer_id: `c-${order}`, amount_usd: 75 },
    confidence: 0.8,
    confidence_basis: 'matched the order and the policy',
    rationale: 'The parcel was lost',
    expected_outcome: '75 USD back on the card',
    if_denied: 'The customer waits for the carrier',
    ...changes,
  }
}

export function isCardOf({ metadata }: Message, id: string): boolean {
  return metadata?.event_payload['subject'] === id && metadata.event_payload['slot'] === 'card'
}

/** Can one still decide on it? */
export function isOpenCard(message: Message): boolean {
  return JSON.stringify(message.blocks).includes(`"${ACTIONS.approve}"`)
}

export function only<Item>(items: readonly Item[]): Item {
  const [item] = items
  expect(items).toHaveLength(1)
  if (item === undefined) throw new Error('there is none')
  return item
}

function secretOf(token: string): string {
  return token.split('_').slice(2).join('_')
}
