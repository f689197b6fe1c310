/**
 * Grants over HTTP, with the application and a store behind it. Broken builds that these sentences were seen to catch:
 * - a code answered with another status, a refusal that names no reason -> "is refused".
 * - the key of the route not asked for `consume`, or a grant shown to others -> the scopes.
 * - private parts, or no-store, at jwks.json -> the public keys.
 */
import { CompactSign, importJWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyGrant } from '../../src/client/verify.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { createSigner } from '../../src/grants/signer.ts'
import { openTeam, type Team } from '../app/team.ts'
import { aGrantKey, ISSUER } from '../fixtures/signer.ts'
import { type Reply, type Running, startServer } from './running-server.ts'
import { request } from './sample-decision.ts'

const YAML = `
actions:
  start_machine: { severity: high, reversible: true, grant_ttl_seconds: 60, redact: [password] }
  query_crm: { severity: low, reversible: true }
`
const PARAMETERS = { size: 'xl', count: 2, password: 'hunter2', disks: [{ gib: 10 }] }

const key = aGrantKey('k1')
const signer = await createSigner([key], ISSUER, 'the test')
let team: Team
let running: Running
beforeAll(async () => {
  team = openTeam(YAML, ':memory:', undefined, signer)
  running = await startServer(team.app, { store: team.store, jwks: signer.jwks })
})
afterAll(async () => {
  await running.server.close()
  await team.close()
})

type Json = Readonly<Record<string, unknown>>

let proposed = 0
async function propose(action = 'start_machine'): Promise<Json> {
  proposed += 1
  const body = { ...request, action, parameters: PARAMETERS }
  return (await running.propose({ body, headers: { 'idempotency-key': `p${proposed}` } })).body
}

async function consume(offer: Json, headers: Record<string, string> = {}): Promise<Reply> {
  return running.call('POST', '/v1/grants/consume', { body: offer, headers })
}

async function anOffer(): Promise<{ readonly grant: string; readonly action: string; readonly parameters: Json }> {
  const { grant } = await propose()
  return { grant: String(grant), action: 'start_machine', parameters: PARAMETERS }
}

const read = async (id: unknown, headers = {}) =>
  (await running.call('GET', `/v1/decisions/${String(id)}`, { headers })).body

async function signed(header: Json, grant: string, change: (claims: Json) => Json = (claims) => claims) {
  const secret = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: key.x, d: key.d ?? '' }, 'EdDSA')
  const claims = change(JSON.parse(Buffer.from(grant.split('.')[1] ?? '', 'base64url').toString()))
  return new CompactSign(Buffer.from(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'EdDSA', typ: 'countersign-grant+jwt', kid: 'k1', ...header })
    .sign(secret)
}

describe('a decision', () => {
  it('of high severity that passed carries its grant at once, the same that it carries later', async () => {
    const decision = await propose()
    expect(decision).toMatchObject({ status: 'auto_approved', grant: expect.stringMatching(/^ey/), version: 1 })
    expect(await read(decision['id'])).toEqual(decision)
    const { body } = await running.call('GET', '/v1/decisions')
    expect(body['data']).toMatchObject([{ id: decision['id'], grant: null }])
  })

  it('of low severity carries it when it is read', async () => {
    const decision = await propose('query_crm')
    expect(decision).toMatchObject({ status: 'auto_approved', grant: null, version: 1 })
    const { grant } = await read(decision['id'])
    expect(grant).toMatch(/^ey/)
    expect(await read(decision['id'])).toMatchObject({ grant })
  })

  it('carries none once it is used, or has run', async () => {
    const decision = await propose()
    const offer = { grant: decision['grant'], action: 'start_machine', parameters: PARAMETERS }
    const path = `/v1/decisions/${String(decision['id'])}/execution`
    const started = await running.call('POST', path, { body: { state: 'started' } })
    expect(started.body).toMatchObject({ grant: decision['grant'] })
    expect((await consume(offer)).status).toBe(200)
    expect(await read(decision['id'])).toMatchObject({ grant: null })
    const run = await propose()
    await running.call('POST', `/v1/decisions/${String(run['id'])}/execution`, { body: { state: 'failed' } })
    expect(await read(run['id'])).toMatchObject({ grant: null })
  })

  it('is still recorded and read when its grant cannot be', async () => {
    const broken = { ...team.app, granted: () => Promise.reject(new Error('disk full')) }
    const poor = await startServer(broken, { store: team.store })
    try {
      const body = { ...request, action: 'start_machine', parameters: PARAMETERS }
      const reply = await poor.propose({ body, headers: { 'idempotency-key': 'poor' } })
      expect(reply).toMatchObject({ status: 201, body: { status: 'auto_approved', grant: null } })
      expect(poor.logged()).toContain('A grant could not be issued')
    } finally {
      await poor.server.close()
    }
  })
})

describe('an executor', () => {
  it('uses a grant once', async () => {
    const offer = await anOffer()
    const reply = await consume({
      ...offer,
      parameters: { disks: [{ gib: 10 }], password: 'hunter2', count: 2, size: 'xl' },
    })
    expect(reply.status).toBe(200)
    expect(reply.body).toEqual({
      decision_id: expect.stringMatching(/^dec_/),
      action: 'start_machine',
      parameters: PARAMETERS,
      agent: 'billing-bot',
      approved_by: ['policy'],
      jti: expect.stringMatching(/^grt_/),
      issued_at: '2026-03-01T12:00:00.000Z',
      expires_at: '2026-03-01T12:01:00.000Z',
      consumed_at: '2026-03-01T12:00:00.000Z',
    })
    expect(await consume(offer)).toMatchObject({ status: 410, body: { code: 'consumed' } })
  })

  it('of fifty at once one gets it', async () => {
    const offer = await anOffer()
    const replies = await Promise.all(Array.from({ length: 50 }, () => consume(offer)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.filter(({ status, body }) => status === 410 && body['code'] === 'consumed')).toHaveLength(49)
  })

  it('asks again with its key for an answer that was lost', async () => {
    const offer = await anOffer()
    const once = { 'idempotency-key': 'run-1' }
    const replies = await Promise.all(Array.from({ length: 10 }, () => consume(offer, once)))
    expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(new Set(replies.map(({ text }) => text)).size).toBe(1)
    expect(replies.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(9)
    expect(await consume({ ...offer, parameters: { ...PARAMETERS, count: 3 } }, once)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_mismatch' },
    })
  })

  const refused: readonly [
    name: string,
    status: number,
    code: string,
    change: (offer: Json) => Json | Promise<Json>,
  ][] = [
    ['other parameters', 409, 'digest_mismatch', (o) => ({ ...o, parameters: { ...PARAMETERS, count: '2' } })],
    [
      'without what was hidden',
      409,
      'digest_mismatch',
      (o) => ({ ...o, parameters: { ...PARAMETERS, password: 'x' } }),
    ],
    ['another action', 422, 'grant_invalid', (o) => ({ ...o, action: 'query_crm' })],
    ['no grant', 422, 'grant_invalid', (o) => ({ ...o, grant: 'grant' })],
    ['a changed signature', 422, 'grant_invalid', (o) => ({ ...o, grant: `${String(o['grant']).slice(0, -6)}AAAAAA` })],
    [
      'an unknown key',
      422,
      'grant_invalid',
      async (o) => ({ ...o, grant: await signed({ kid: 'k9' }, String(o['grant'])) }),
    ],
    [
      'another type',
      422,
      'grant_invalid',
      async (o) => ({ ...o, grant: await signed({ typ: 'JWT' }, String(o['grant'])) }),
    ],
    [
      'more time',
      422,
      'grant_invalid',
      async (o) => ({ ...o, grant: await signed({}, String(o['grant']), (c) => ({ ...c, exp: 9e9 })) }),
    ],
    ['`alg: none`', 422, 'grant_invalid', (o) => ({ ...o, grant: withHeader(String(o['grant']), { alg: 'none' }) })],
    ['HS256', 422, 'grant_invalid', async (o) => ({ ...o, grant: await hs256(String(o['grant'])) })],
    ['a text as parameters', 422, 'invalid_fields', (o) => ({ ...o, parameters: 'x' })],
    ['no action', 422, 'invalid_fields', ({ grant, parameters }) => ({ grant, parameters })],
    ['more than asked', 422, 'invalid_fields', (o) => ({ ...o, now: 1 })],
  ]
  it.each(refused)('is refused %s with %i %s, and can still use the right one', async (_name, status, code, change) => {
    const offer = await anOffer()
    const reply = await consume(await change(offer))
    expect([reply.status, reply.body['code']]).toEqual([status, code])
    expect(reply.headers.get('content-type')).toContain('application/problem+json')
    expect(reply.text).not.toContain('hunter2')
    expect((await consume(offer)).status).toBe(200)
  })

  it('is refused what is ambiguous before it is looked at', async () => {
    const raw = (parameters: string) =>
      JSON.stringify({ grant: 'g', action: 'a', parameters: {} }).replace('{}', parameters)
    for (const [parameters, code] of [
      ['{"a":1,"a":2}', 'duplicate_key'],
      ['{"a":9007199254740993}', 'unsafe_number'],
      ['{"a":"\\ud800"}', 'invalid_text'],
    ] as const)
      expect(await running.call('POST', '/v1/grants/consume', { raw: raw(parameters) })).toMatchObject({
        status: 400,
        body: { code },
      })
  })

  it('is refused when the time is over', async () => {
    const offer = await anOffer()
    team.clock.now += MINUTE
    expect(await consume(offer)).toMatchObject({ status: 410, body: { code: 'expired' } })
  })

  it('needs a key with `consume`, which reads nothing; no other key gets the grant of another agent', async () => {
    const offer = await anOffer()
    const as = (scope: 'consume' | 'decide' | 'read' | 'admin') => ({
      authorization: `Bearer ${running.token([scope])}`,
    })
    for (const scope of ['decide', 'read', 'admin'] as const)
      expect(await consume(offer, as(scope))).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
    const reply = await consume(offer, as('consume'))
    expect(reply.status).toBe(200)
    const path = `/v1/decisions/${String(reply.body['decision_id'])}`
    expect((await running.call('GET', path, { headers: as('consume') })).status).toBe(403)
  })

  it('is told with 503 when nothing can be recorded', async () => {
    const broken = { ...team.app, consume: () => Promise.reject(new Error('disk full')) }
    const poor = await startServer(broken, { store: team.store })
    try {
      const reply = await poor.call('POST', '/v1/grants/consume', { body: await anOffer() })
      expect(reply).toMatchObject({ status: 503, body: { code: 'not_recorded' } })
      expect(reply.headers.get('retry-after')).toBe('1')
    } finally {
      await poor.server.close()
    }
  })
})

describe('the public keys', () => {
  it('need no key, may be kept, and hold nothing private', async () => {
    const reply = await running.call('GET', '/.well-known/jwks.json', { headers: { authorization: undefined } })
    expect(reply).toMatchObject({
      status: 200,
      body: { keys: [{ kty: 'OKP', crv: 'Ed25519', kid: 'k1', alg: 'EdDSA' }] },
    })
    expect(reply.headers.get('cache-control')).toBe('public, max-age=300')
    expect(reply.text).not.toContain('"d"')
    expect(reply.text).not.toContain(key.d)
  })

  it('let anybody check a grant without asking; only not whether it was used', async () => {
    const offer = await anOffer()
    const options = { ...offer, issuer: ISSUER, jwksUrl: `${running.url}/.well-known/jwks.json`, now: team.clock.now }
    expect(await verifyGrant(offer.grant, options)).toMatchObject({ ok: true, claims: { by: ['policy'] } })
    expect((await consume(offer)).status).toBe(200)
    expect(await verifyGrant(offer.grant, options)).toMatchObject({ ok: true })
    const changed = { ...options, parameters: { ...PARAMETERS, count: 3 } }
    expect(await verifyGrant(offer.grant, changed)).toMatchObject({ ok: false, code: 'digest_mismatch' })
  })
})

function withHeader(grant: string, header: Json): string {
  const [, body, signature] = grant.split('.')
  const head = JSON.stringify({ typ: 'countersign-grant+jwt', kid: 'k1', ...header })
  return `${Buffer.from(head).toString('base64url')}.${body}.${signature}`
}

function hs256(grant: string): Promise<string> {
  return new CompactSign(Buffer.from(grant.split('.')[1] ?? '', 'base64url'))
    .setProtectedHeader({ alg: 'HS256', typ: 'countersign-grant+jwt', kid: 'k1' })
    .sign(Buffer.from(key.x, 'base64url'))
}
