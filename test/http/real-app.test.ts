/*
 * The API with the application and a store behind it. Broken once each to see it fail: a key that is not looked for (a
 * decision for each proposal).
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createChanges } from '../../src/app/changes.ts'
import { createApp } from '../../src/app/create-app.ts'
import type { Store } from '../../src/app/ports.ts'
import { parseManifest } from '../../src/policy/load.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { submit } from '../contract/open-store.ts'
import { submittedEvent } from '../fixtures/decisions.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { aSigner } from '../fixtures/signer.ts'
import { type Running, startServer } from './running-server.ts'
import { request, T0 } from './sample-decision.ts'

const text = `
defaults: { channel: "#approvals" }
actions:
  process_refund:
    description: Refunds a customer
    severity: high
    reversible: false
    approval_required: true
`

/** Proposals; 100,000 with DEEP=1. */
const DUPLICATES = tries(1_000, 100_000)

let running: Running
let store: Store
let folder: string
beforeEach(async () => {
  const loaded = parseManifest([{ path: 'm.yaml', text }])
  if (!loaded.ok) throw new Error(loaded.problems.map(({ path, message }) => `${path} ${message}`).join('\n'))
  const { manifest } = loaded
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const random = (count: number) => randomBytes(count)
  store = openSqliteStore({ file: join(folder, 'test.db'), random })
  const app = createApp({
    store,
    policies: { current: () => manifest, byDigest: async () => manifest },
    reviewers: {
      person: async () => Promise.reject(new Error('unused')),
      rolesOf: async () => new Set(),
      membersOf: async () => [],
      unreachable: async () => new Set(),
      timeZone: async () => 'UTC',
    },
    schemaCheck: () => [],
    ruleCheck: () => [],
    grants: await aSigner(),
    drawCard: () => null,
    changes: createChanges(),
    clock: () => T0,
    random,
    chance: () => 1,
    wake: () => {},
    // Nobody is asked: each version counts what the agent did.
    background: () => {},
  })
  running = await startServer(app, { store, agentRateLimit: 1_000_000 })
})
afterEach(async () => {
  await running.server.close()
  await store.close()
  rmSync(folder, { recursive: true })
})

it('records a proposal once, whoever asks how often, and lets its agent end it', async () => {
  const replies = await Promise.all(Array.from({ length: 20 }, () => running.propose()))
  expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(201))
  const ids = new Set(replies.map(({ body }) => String(body['id'])))
  expect(ids.size).toBe(1)
  expect(replies.filter(({ headers }) => headers.has('idempotency-replayed'))).toHaveLength(19)
  expect(await running.propose({ body: { ...request, confidence: 0.1 } })).toMatchObject({ status: 422 })

  const [id = ''] = ids
  expect(await running.call('GET', '/v1/decisions')).toMatchObject({
    body: { data: [{ id, status: 'pending' }], next_cursor: null },
  })
  const path = `/v1/decisions/${id}`
  expect(await running.call('POST', `${path}/execution`, { body: { state: 'started' } })).toMatchObject({
    status: 409,
    body: { code: 'not_approved' },
  })
  const answer = { clarification_id: `clr_${'0'.repeat(26)}`, answer: 'x' }
  expect(await running.call('POST', `${path}/answer`, { body: answer })).toMatchObject({
    status: 404,
    body: { code: 'clarification_unknown' },
  })

  const waiting = running.call('GET', `${path}?wait=60`)
  const end = { body: { reason: 'not needed' }, headers: { 'idempotency-key': 'w' } }
  expect(await running.call('POST', `${path}/withdraw`, end)).toMatchObject({
    status: 200,
    body: { status: 'withdrawn', version: 2 },
  })
  expect(await waiting).toMatchObject({ status: 200, body: { status: 'withdrawn' } })
  const again = await running.call('POST', `${path}/withdraw`, end)
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true'])
  expect(await running.call('POST', `${path}/withdraw`, { body: { reason: 'x' } })).toMatchObject({
    status: 409,
    body: { code: 'already_decided' },
  })
  expect(await running.call('POST', `${path}/outcome`, { body: { correct: true, source: 'audit' } })).toMatchObject({
    status: 200,
  })
  expect((await running.call('GET', '/readyz')).status).toBe(200)
})

it(
  `of ${DUPLICATES} proposals, fifty at once under each key, one decision a key is recorded, and all get the same answer`,
  async () => {
    const seen = new Set<string>()
    for (let n = 0; n < DUPLICATES / 50; n += 1) {
      const headers = { 'idempotency-key': `round-${n}` }
      const replies = await Promise.all(Array.from({ length: 50 }, () => running.propose({ headers })))
      const [id, ...others] = new Set(replies.map(({ body }) => String(body['id'])))
      expect([replies.map(({ status }) => status), others]).toEqual([Array(50).fill(201), []])
      expect(replies.filter((reply) => reply.headers.has('idempotency-replayed'))).toHaveLength(49)
      seen.add(id ?? '')
    }
    expect(seen.size).toBe(DUPLICATES / 50)
    expect(await store.countSince(0)).toBe(DUPLICATES / 50)
  },
  patience(60_000),
)

it('lists what waits for people, page by page, to an agent its own', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n += 1) {
    const body = { ...request, expires_in_seconds: 3_600 - 60 * n }
    const reply = await running.propose({ body, headers: { 'idempotency-key': `k-${n}` } })
    ids.push(String(reply.body['id']))
  }
  const [first = ''] = ids
  await running.call('POST', `/v1/decisions/${first}/withdraw`, { body: { reason: 'not needed' } })
  const listed: string[] = []
  let cursor: string | null = null
  do {
    const page = await running.call('GET', `/v1/queue?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`)
    const { data, next_cursor: next } = Object(page.body)
    listed.push(...data.map(({ id }: { readonly id: string }) => id))
    cursor = next
  } while (cursor !== null)
  expect(listed.toSorted()).toEqual(ids.slice(1).toSorted())
  expect((await running.call('GET', '/v1/queue?action=other')).body['data']).toEqual([])
  expect((await running.call('GET', '/v1/queue?role=nobody')).body['data']).toEqual([])
  expect((await running.call('GET', '/v1/queue?overdue=true')).body['data']).toEqual([])
  await submit(store, submittedEvent({ agent: 'other-bot' }))
  const own = { authorization: `Bearer ${running.token(['read'])}` }
  expect((await running.call('GET', '/v1/queue', { headers: own })).body['data']).toHaveLength(4)
  expect((await running.call('GET', '/v1/queue')).body['data']).toHaveLength(5)
})
