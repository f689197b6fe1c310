/**
 * Every route against every kind of key, with the application and a store behind it. A route that the table does not
 * name fails. Broken builds that these sentences were seen to catch:
 * - `withdraw` and its like open to `read`, or reaching every agent's -> the cells of that column.
 * - revoked, expired or wrong secrets let through -> "none". `admin` of workflows given to `read` -> "other".
 * - a queue of everybody's -> the lists. A call that approves -> "no key decides". A route nobody has written down -> the table.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newApiKey } from '../../src/app/api-key.ts'
import type { App } from '../../src/app/app.ts'
import type { Scope } from '../../src/app/ports.ts'
import { SECOND } from '../../src/domain/time.ts'
import { openTeam, type Team } from '../app/team.ts'
import { NOON } from '../fixtures/decisions.ts'
import { type Reply, type Running, SCOPES, startServer } from './running-server.ts'
import { request } from './sample-decision.ts'

/**
 * What a key is answered that holds one scope alone, and is the agent's own. `other`: another agent's key with all scopes
 * but `admin`, on what is this agent's. `none`: no key, one that expired, one that was revoked, one with a wrong secret.
 */
const TABLE = `
  route                              none  decide  read  label  consume  admin  other
  POST /v1/decisions                 401   201     403   403    403      403    201
  GET  /v1/decisions                 401   403     200   403    403      200    200
  GET  /v1/decisions/:id             401   403     200   403    403      200    404
  POST /v1/decisions/:id/answer      401   200     403   403    403      403    404
  POST /v1/decisions/:id/withdraw    401   200     403   403    403      403    404
  POST /v1/decisions/:id/execution   401   200     403   403    403      403    404
  POST /v1/decisions/:id/rollback    401   200     403   403    403      403    404
  POST /v1/decisions/:id/outcome     401   403     403   200    403      403    200
  POST /v1/answers/:link             404   404     404   404    404      404    404
  GET  /v1/queue                     401   403     200   403    403      200    200
  GET  /v1/calibration/:action       401   403     403   403    403      200    403
  POST /v1/grants/consume            401   403     403   403    200      403    200
  POST /v1/workflows                 401   201     403   403    403      403    201
  GET  /v1/workflows/:id             401   200     200   403    403      200    404
  POST /v1/workflows/:id/pause       401   200     403   403    403      403    404
  POST /v1/workflows/:id/resume      401   200     403   403    403      403    404
  POST /v1/workflows/:id/cancel      401   200     403   403    403      403    404
  GET  /d/:id                        403   403     403   403    403      403    403
  GET  /healthz                      200   200     200   200    200      200    200
  GET  /readyz                       200   200     200   200    200      200    200
  GET  /metrics                      200   200     200   200    200      200    200
  GET  /v1/openapi.json              200   200     200   200    200      200    200
  GET  /.well-known/jwks.json        200   200     200   200    200      200    200
`

/** All that a request to any of these routes may ask of the application: nothing here decides for people. */
const ASKED: readonly (keyof App)[] = [
  'submit',
  'answer',
  'withdraw',
  'reportExecution',
  'reportRollback',
  'recordOutcome',
  'read',
  'list',
  'waiting',
  'calibration',
  'granted',
  'consume',
  'startWorkflow',
  'workflow',
  'pauseWorkflow',
  'resumeWorkflow',
  'cancelWorkflow',
]

const ANA = 'U000000ANA'
const YAML = `
roles: { lead: { members: [${ANA}] } }
actions:
  pay: { severity: low, reversible: false, approval_required: true, escalation_path: [lead] }
  start_machine: { severity: high, reversible: true, escalation_path: [lead], rollback_window_seconds: 600 }
  look: { severity: low, reversible: true }
  wire: { severity: low, reversible: false, approval_required: true, escalation_path: [lead], executor: { url: "https://pay.example.com/" } }
`

type Row = { readonly route: string; readonly status: ReadonlyMap<string, number> }
const rows = readTable(TABLE)
const columns = [...(rows[0]?.status.keys() ?? [])]

let team: Team
let running: Running
/** A key of the agent's with all scopes. */
let mine = ''
const asked = new Set<string>()
const tokens = new Map<string, readonly string[]>()
beforeAll(async () => {
  team = openTeam(YAML)
  const watched = new Proxy(team.app, {
    get: (app, name: keyof App) => {
      const call = app[name]
      return (...args: readonly unknown[]) => {
        asked.add(name)
        return Reflect.apply(call, app, args)
      }
    },
  })
  running = await startServer(watched, { store: team.store, clock: () => team.clock.now })
  mine = running.token()
  for (const scope of SCOPES) tokens.set(scope, [running.token([scope])])
  tokens.set('other', [foreignKey()])
  tokens.set('none', ['', running.token(SCOPES, NOON), revoked(running.token()), `${mine.slice(0, -2)}__`])
})
afterAll(async () => {
  await running.server.close()
  await team.close()
})

describe('the table', () => {
  it('names every route that is served, and no other', () => {
    const served = running.server.routes.filter((route) => !route.startsWith('HEAD '))
    expect(rows.map(({ route }) => route).toSorted()).toEqual(served.toSorted())
  })
})

describe.each(rows)('$route', ({ route, status }) => {
  it.each(columns)('with %s', async (column) => {
    for (const token of tokens.get(column) ?? []) {
      const reply = await send(route, token)
      expect(reply.status, reply.text).toBe(status.get(column))
    }
  })
})

describe('lists', () => {
  it.each(['/v1/decisions', '/v1/queue'])(
    '%s shows an agent its own, and everybody’s to `admin` alone',
    async (path) => {
      team.clock.now += SECOND // it is the newest, and so on the first page
      const id = await pend()
      const [other = '', admin = ''] = [...(tokens.get('other') ?? []), ...(tokens.get('admin') ?? [])]
      const listed = async (token: string) => (await call('GET', `${path}?limit=100`, token)).text.includes(id)
      expect(await listed(other)).toBe(false)
      expect(await listed(admin)).toBe(true)
      expect((await call('GET', '/v1/decisions?agent=billing-bot', other)).body['data']).toEqual([])
    },
  )
})

describe('no key', () => {
  it('decides anything, whatever its scopes and whatever it sends', async () => {
    const id = await pend()
    const before = await team.read(id)
    const token = running.token()
    const [, , ...posts] = rows.filter(({ route }) => route.startsWith('POST /v1/decisions'))
    for (const body of [{ verdict: 'approved' }, { approved: true }, { decided_by: [{ user: ANA }] }, { user: ANA }])
      for (const { route } of posts) await call('POST', route.slice(5).replace(':id', id), token, body)
    for (const verb of ['approve', 'deny', 'clarify', 'assign', 'freeze', 'decide'])
      expect((await call('POST', `/v1/decisions/${id}/${verb}`, token, { note: 'yes' })).status).toBe(404)
    expect(await team.read(id)).toEqual(before)
    // Withdrawing is all that an agent can end, and that approves nothing.
    expect((await call('POST', `/v1/decisions/${id}/withdraw`, token, { reason: 'x' })).body).toMatchObject({
      status: 'withdrawn',
      approved: false,
    })
  })

  it('reached anything of the application that people do, in all of the above', () => {
    expect([...asked].filter((name) => !ASKED.some((allowed) => allowed === name))).toEqual([])
    expect(asked.size).toBe(ASKED.length)
  })
})

/** Sends what this route takes, about a decision or a workflow of `billing-bot` that is as it has to be for it. */
async function send(route: string, token: string): Promise<Reply> {
  const { id, body } = await prepared(route)
  const [method = '', path = ''] = route.split(' ')
  return call(method, path.replace(/:(id|action)/, id), token, body)
}

type Prepared = { readonly id: string; readonly body?: unknown }

async function prepared(route: string): Promise<Prepared> {
  switch (route.slice(route.indexOf('/'))) {
    case '/v1/decisions':
      return route.startsWith('GET') ? { id: '' } : { id: '', body: proposal('pay') }
    case '/d/:id':
    case '/v1/decisions/:id':
      return { id: await pend() }
    case '/v1/decisions/:id/answer': {
      const id = await pend()
      const { revision } = await team.read(id)
      await team.app.clarify({ decision: id, revision, user: ANA }, 'Which one?')
      const { clarification } = await team.read(id)
      return { id, body: { clarification_id: clarification?.id, answer: 'That one.' } }
    }
    case '/v1/decisions/:id/withdraw':
      return { id: await pend(), body: { reason: 'Not needed.' } }
    case '/v1/decisions/:id/execution':
      return { id: await pass('look'), body: { state: 'succeeded' } }
    case '/v1/decisions/:id/rollback': {
      const id = await pass('start_machine')
      await team.app.rollBack({ decision: id, revision: 0, user: ANA }, 'Wrong region.')
      return { id, body: { state: 'rolled_back' } }
    }
    case '/v1/calibration/:action':
      return { id: 'pay' }
    case '/v1/decisions/:id/outcome':
      return { id: await pass('look'), body: { correct: true, source: 'audit' } }
    case '/v1/grants/consume': {
      const id = await pass('look')
      const { action, parameters } = proposal('look')
      const { body } = await call('GET', `/v1/decisions/${id}`, mine)
      return { id: '', body: { grant: body['grant'], action, parameters } }
    }
    case '/v1/workflows':
      return { id: '', body: { steps: [proposal('wire')] } }
    case '/v1/workflows/:id':
      return { id: await begin() }
    case '/v1/workflows/:id/resume': {
      const id = await begin()
      await call('POST', `/v1/workflows/${id}/pause`, mine, { reason: 'Wait.' })
      return { id, body: {} }
    }
    case '/v1/workflows/:id/pause':
    case '/v1/workflows/:id/cancel':
      return { id: await begin(), body: { reason: 'Wait.' } }
    default:
      return { id: '' }
  }
}

const proposal = (action: string) => ({ ...request, action })

/** A decision that waits for people. */
const pend = () => propose('pay', 'pending')
/** A decision that nobody is asked about. */
const pass = (action: string) => propose(action, 'auto_approved')

async function propose(action: string, status: string): Promise<string> {
  const { body } = await call('POST', '/v1/decisions', mine, proposal(action))
  expect(body).toMatchObject({ status })
  await team.settled()
  return String(body['id'])
}

async function begin(): Promise<string> {
  const { body } = await call('POST', '/v1/workflows', mine, { steps: [proposal('wire')] })
  await team.settled()
  return String(body['id'])
}

let sent = 0
/** @param token empty: none is sent */
function call(method: string, path: string, token: string, body?: unknown): Promise<Reply> {
  sent += 1
  const authorization = token === '' ? undefined : `Bearer ${token}`
  return running.call(method, path, { body, headers: { authorization, 'idempotency-key': `k${sent}` } })
}

function foreignKey(): string {
  const scopes: readonly Scope[] = SCOPES.filter((scope) => scope !== 'admin')
  const key = newApiKey({ agent: 'other-bot', scopes, expiresAt: null, now: NOON, random: randomBytes })
  running.keys.set(key.record.id, key.record)
  return key.token
}

function revoked(token: string): string {
  const id = `key_${token.split('_')[1] ?? ''}`
  const record = running.keys.get(id)
  if (record === undefined) throw new Error('no such key')
  running.keys.set(id, { ...record, revokedAt: NOON - 1 })
  return token
}

function readTable(text: string): readonly Row[] {
  const [head = '', ...lines] = text.trim().split('\n')
  const [, ...names] = head.trim().split(/\s+/)
  return lines.map((line) => {
    const [method = '', path = '', ...statuses] = line.trim().split(/\s+/)
    return { route: `${method} ${path}`, status: new Map(names.map((name, n) => [name, Number(statuses[n])])) }
  })
}
