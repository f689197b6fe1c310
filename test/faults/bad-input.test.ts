/**
 * What agents should not send, to the real process with its real database: each is refused by status and code, and
 * nothing is recorded.
 *
 * Each was seen to fail with the product broken so:
 * - json.ts allows any depth; takes the last of two keys, a body of 1 MiB, or numbers that lose digits.
 * - edge.ts lets a compressed body through.
 * - decision-request.ts drops unknown fields, or takes a confidence above 1.
 * - auth.ts compares no secret, or no scope; queries.ts gives everybody every decision.
 * - idempotency-key.ts makes up a missing key; sqlite/idempotency.ts ignores the body's hash.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createScene, type Init, refund, type Scene, type Service } from './scene.ts'

const undo: (() => Promise<void>)[] = []
let scene: Scene
let service: Service
let known = ''
let foreign = ''
const tokens = { reader: '', other: '', expired: '' }

beforeAll(async () => {
  scene = await createScene((each) => undo.push(each))
  tokens.reader = await scene.newKey('billing-bot', ['read'])
  tokens.other = await scene.newKey('other-bot', ['decide', 'read'])
  service = await scene.start()
  known = await service.propose('known')
  const reply = await service.call('POST', '/v1/decisions', { key: 'k', token: tokens.other, body: refund('A-2') })
  foreign = String(reply.body['id'])
  await service.quiet()
})
afterAll(async () => {
  for (const each of undo) await each()
})

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
const whole = JSON.stringify(refund('A-1'))
const without = (name: string) => {
  const { [name]: _left, ...rest } = refund('A-1')
  return rest
}
const wrongSecret = () => `${scene.token.slice(0, -4)}${scene.token.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`
const proposal = (init: Init) => ({ method: 'POST', path: '/v1/decisions', init: { key: 'new', ...init } })

type Case = readonly [
  name: string,
  status: number,
  code: string,
  request: () => { readonly method: string; readonly path: string; readonly init: Init },
]

const CASES: readonly Case[] = [
  ['broken JSON', 400, 'malformed_json', () => proposal({ raw: whole.slice(0, -1) })],
  ['an empty body', 400, 'malformed_json', () => proposal({ raw: '' })],
  ['300 KiB', 413, 'body_too_large', () => proposal({ body: refund('A-1', { rationale: 'x'.repeat(300 * 1024) }) })],
  ['depth 100', 400, 'too_deep', () => proposal({ raw: whole.replace('{', `{"evidence":${nested(100)},`) })],
  ['two equal keys', 400, 'duplicate_key', () => proposal({ raw: whole.replace('{', '{"confidence":0.99,') })],
  [
    'a number that would lose digits',
    400,
    'unsafe_number',
    () => proposal({ raw: whole.replace('75', '9007199254740993') }),
  ],
  ['confidence 1.2', 422, 'invalid_fields', () => proposal({ body: refund('A-1', { confidence: 1.2 }) })],
  ['no action', 422, 'invalid_fields', () => proposal({ body: without('action') })],
  ['no parameters', 422, 'invalid_fields', () => proposal({ body: without('parameters') })],
  ['no confidence', 422, 'invalid_fields', () => proposal({ body: without('confidence') })],
  [
    'no parameter that the policy requires',
    422,
    'invalid_fields',
    () => proposal({ body: refund('A-1', { parameters: { amount_usd: 75 } }) }),
  ],
  ['an unknown field', 422, 'invalid_fields', () => proposal({ body: refund('A-1', { approved: true }) })],
  [
    'a parameter that the policy refuses',
    422,
    'invalid_fields',
    () =>
      proposal({
        body: refund('A-1', { parameters: { order_id: 'A-1', amount_usd: -75 } }),
      }),
  ],
  ['an array', 422, 'invalid_fields', () => proposal({ raw: `[${whole}]` })],
  ['no API key', 401, 'unauthorized', () => proposal({ raw: whole, headers: { authorization: '' } })],
  [
    'an unknown API key',
    401,
    'unauthorized',
    () => proposal({ raw: whole, token: `csk_${'0'.repeat(26)}_${'A'.repeat(43)}` }),
  ],
  ['a wrong secret', 401, 'unauthorized', () => proposal({ raw: whole, token: wrongSecret() })],
  ['a key that may only read', 403, 'insufficient_scope', () => proposal({ raw: whole, token: tokens.reader })],
  [
    'another agent’s decision',
    404,
    'decision_not_found',
    () => ({ method: 'GET', path: `/v1/decisions/${foreign}`, init: {} }),
  ],
  [
    'a withdrawal of another agent’s decision',
    404,
    'decision_not_found',
    () => ({ method: 'POST', path: `/v1/decisions/${foreign}/withdraw`, init: { body: { reason: 'not mine' } } }),
  ],
  [
    'an unknown id',
    404,
    'decision_not_found',
    () => ({ method: 'GET', path: '/v1/decisions/dec_00000000000000000000000000', init: {} }),
  ],
  [
    'something that is no id',
    404,
    'decision_not_found',
    () => ({ method: 'GET', path: '/v1/decisions/%27%20OR%201=1', init: {} }),
  ],
  [
    'no Idempotency-Key',
    400,
    'idempotency_key_missing',
    () => ({ method: 'POST', path: '/v1/decisions', init: { raw: whole } }),
  ],
  [
    'a key used for another body',
    422,
    'idempotency_mismatch',
    () => proposal({ key: 'known', body: refund('known', { confidence: 0.9 }) }),
  ],
  [
    'a form',
    415,
    'unsupported_media_type',
    () => proposal({ raw: whole, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  ],
  [
    'a compressed body',
    415,
    'unsupported_media_type',
    () => proposal({ raw: whole, headers: { 'content-encoding': 'gzip' } }),
  ],
]

/** Everything that could have changed. */
async function recorded() {
  const filter = { agent: null, status: null, action: null, before: null, limit: 1000 }
  const listed = await service.call('GET', '/v1/decisions')
  return {
    listed: listed.body['data'],
    stored: await scene.inStore((store) => store.decisions(filter)),
    calls: scene.workspace.calls().length,
  }
}

describe('an agent that sends', () => {
  test.for(CASES)('%s is answered %i %s and nothing is recorded', async ([, status, code, request]) => {
    const before = await recorded()
    const { method, path, init } = request()
    const reply = await service.call(method, path, init)
    expect(reply.body).toMatchObject({ status, code })
    expect(reply.status).toBe(status)
    expect(reply.headers.get('content-type')).toContain('application/problem+json')
    expect(await recorded()).toEqual(before)
  })

  test('all that and then a good proposal gets its 201', async () => {
    const before = await recorded()
    const reply = await service.call('POST', '/v1/decisions', { key: 'new', raw: whole })
    expect(reply.status).toBe(201)
    expect(reply.headers.get('idempotency-replayed')).toBeNull()
    expect((await recorded()).stored).toHaveLength(before.stored.length + 1)
    expect(await service.read(known)).toMatchObject({ status: 'pending', version: 2 })
  })
})
