import { afterEach, describe, expect, it } from 'vitest'
import type { App } from '../../src/app/app.ts'
import type { Post, Scope } from '../../src/app/ports.ts'
import type { RejectionCode } from '../../src/domain/rejection.ts'
import { decisionResponse } from '../../src/protocol/decision-response.ts'
import { type Running, startServer } from './running-server.ts'
import { autoApproved, ID, OTHER_ID, pending, request, T0 } from './sample-decision.ts'

let running: Running
const start: typeof startServer = async (...args) => {
  running = await startServer(...args)
  return running
}
afterEach(() => running.server.close())

const proposed = { ...request, urgency: 'normal' }
const caller = { agent: 'billing-bot', apiKey: expect.stringMatching(/^key_/), anyAgent: false }
const clr = `clr_${'0'.repeat(26)}`
const writes: readonly [name: keyof App, path: string, body: Record<string, unknown>][] = [
  ['answer', 'answer', { clarification_id: clr, answer: 'A-1' }],
  ['withdraw', 'withdraw', { reason: 'not needed' }],
  ['reportExecution', 'execution', { state: 'succeeded', result: { refund: 'r1' } }],
  ['reportRollback', 'rollback', { state: 'failed', detail: 'It is locked.' }],
  ['recordOutcome', 'outcome', { correct: true, source: 'audit', observed_at: '2026-11-22T10:00:00+01:00' }],
]

describe('proposing', () => {
  it('answers 201 with the decision and where it is', async () => {
    await start()
    const reply = await running.propose()
    expect(reply.status).toBe(201)
    expect(reply.headers.get('location')).toBe(`https://countersign.example.com/v1/decisions/${ID}`)
    expect(reply.headers.get('idempotency-replayed')).toBeNull()
    expect(decisionResponse.safeParse(reply.body).error).toBeUndefined()
    expect(running.calls).toEqual([{ name: 'submit', args: [caller, proposed, expect.anything()] }])
  })

  it('says when an answer is a replay', async () => {
    await start({ submit: async () => ({ kind: 'replayed', decision: pending }) })
    const reply = await running.propose()
    expect([reply.status, reply.headers.get('idempotency-replayed')]).toEqual([201, 'true'])
  })

  it('takes the fingerprint of a body to the byte', async () => {
    await start()
    const raw = JSON.stringify(request)
    const bodies = [raw, raw, `${raw} `, JSON.stringify({ ...request, confidence: 0.83 })]
    for (const body of bodies) await running.propose({ raw: body })
    const [first, second, ...others] = running.calls.map(({ args }) => args[2])
    expect(first).toEqual({
      apiKey: caller.apiKey,
      key: 'k1',
      bodyHash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    })
    expect(second).toEqual(first)
    expect(others).toHaveLength(2)
    for (const other of others) expect(other).not.toEqual(first)
  })

  it('passes on what the manifest refuses', async () => {
    const fault = { pointer: '/parameters/amount_usd', code: 'minimum', message: 'must be >= 0' }
    await start({ submit: async () => ({ kind: 'invalid', faults: [fault] }) })
    const reply = await running.propose()
    expect(reply).toMatchObject({ status: 422, body: { code: 'invalid_fields', errors: [fault] } })
  })

  it('refuses a key that was used for something else', async () => {
    await start({ submit: async () => ({ kind: 'idempotency_mismatch' }) })
    expect(await running.propose()).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } })
  })

  it('says that nothing was recorded when the application fails, and logs why', async () => {
    await start({ submit: async () => Promise.reject(new Error('disk full')) })
    const reply = await running.propose()
    expect(reply).toMatchObject({ status: 503, body: { code: 'not_recorded' } })
    expect(reply.headers.get('retry-after')).toBe('1')
    expect(reply.text).not.toContain('disk full')
    expect(running.logged()).toContain('disk full')
  })

  it('tells nothing of its insides when it has a bug', async () => {
    // @ts-expect-error: a decision that breaks the contract
    await start({ submit: async () => ({ kind: 'created', decision: { id: 'secret-id' } }) })
    const reply = await running.propose()
    expect(reply).toMatchObject({ status: 500, body: { code: 'internal_error' } })
    expect(reply.text).not.toMatch(/secret-id|TypeError|undefined|\.ts/)
    expect(running.logged()).toContain('TypeError')
  })

  it('answers fifty at once', async () => {
    await start()
    const replies = await Promise.all(Array.from({ length: 50 }, () => running.propose()))
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(replies.map(({ headers }) => headers.get('x-request-id'))).size).toBe(50)
    expect(running.calls).toHaveLength(50)
  })
})

describe('writing to a decision', () => {
  it('hands the application what was sent', async () => {
    await start()
    for (const [, path, body] of writes)
      expect((await running.call('POST', `/v1/decisions/${ID}/${path}`, { body })).status).toBe(200)
    expect(running.calls.map(({ name, args }) => [name, ...args])).toEqual([
      ['answer', caller, ID, { clarification: clr, answer: 'A-1', evidence: [], parameters: null }, null],
      ['withdraw', caller, ID, 'not needed', null],
      ['reportExecution', caller, ID, { state: 'succeeded', result: { refund: 'r1' }, error: null }, null],
      ['reportRollback', caller, ID, { state: 'failed', detail: 'It is locked.' }, null],
      [
        'recordOutcome',
        { ...caller, anyAgent: true },
        ID,
        { correct: true, source: 'audit', observedAt: T0, note: null, ref: null },
        null,
      ],
    ])
  })

  it('takes the same key and body for two decisions as two requests', async () => {
    await start()
    const init = { body: { reason: 'x' }, headers: { 'idempotency-key': 'k' } }
    for (const id of [ID, ID, OTHER_ID]) await running.call('POST', `/v1/decisions/${id}/withdraw`, init)
    const hashes = running.calls.map(({ args }) => JSON.stringify(args[3]))
    expect(hashes[0]).toContain('sha256:')
    expect(hashes[1]).toBe(hashes[0])
    expect(hashes[2]).not.toBe(hashes[0])
  })

  it.each(writes)('%s: refuses a body of the wrong shape', async (_name, path, body) => {
    await start()
    const wrong = await running.call('POST', `/v1/decisions/${ID}/${path}`, { body: { ...body, extra: 1 } })
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ pointer: '/extra' }] } })
    expect((await running.call('POST', `/v1/decisions/${ID}/${path}`, { body: {} })).status).toBe(422)
    expect((await running.call('POST', `/v1/decisions/${ID}/${path}`)).status).toBe(400)
    expect(running.calls).toEqual([])
  })

  const rejections: readonly [RejectionCode, number][] = [
    ['already_decided', 409],
    ['timed_out', 409],
    ['not_approved', 409],
    ['execution_final', 409],
    ['rollback_not_requested', 409],
    ['rollback_final', 409],
    ['clarification_unknown', 404],
    ['clarification_closed', 410],
  ]
  it.each(rejections)('answers a rejection %s with %i', async (code, status) => {
    const rejection = { kind: 'rejected', code, message: 'It was so.' } as const
    await start({ withdraw: async () => ({ kind: 'rejected', rejection, decision: pending }) })
    const reply = await running.call('POST', `/v1/decisions/${ID}/withdraw`, { body: { reason: 'x' } })
    expect(reply).toMatchObject({ status, body: { code, status, detail: expect.stringMatching(/^It was so\. /) } })
  })

  it('answers an unknown id and another agent’s decision with the same 404', async () => {
    await start({ withdraw: async () => ({ kind: 'not_found' }) })
    const theirs = await running.call('POST', `/v1/decisions/${ID}/withdraw`, { body: { reason: 'x' } })
    const unknown = await running.call('GET', `/v1/decisions/${OTHER_ID}`)
    const nonsense = await running.call('GET', '/v1/decisions/nonsense')
    const { instance: _, ...body } = theirs.body
    expect(theirs.status).toBe(404)
    for (const other of [unknown, nonsense]) expect(other).toMatchObject({ status: 404, body })
  })
})

describe('reading', () => {
  const card = { subject: ID, slot: 'card', channel: 'C1', startedAt: T0 }
  const posted: Post = {
    ...card,
    state: 'posted',
    ts: '1.2',
    shownVersion: 1,
    shownFrozen: '',
    permalink: 'https://slack.example.com/p1',
  }
  const counts = async () => ({ open: 0, overdue: 0, outboxWaiting: 0, outboxDead: 0, frozen: 0 })

  it('links to the card', async () => {
    const log = { ...posted, slot: 'log 1', permalink: 'https://slack.example.com/p2' }
    await start({}, { store: { posts: async () => [log, posted], counts, probe: async () => {} } })
    expect(await running.call('GET', `/v1/decisions/${ID}`)).toMatchObject({
      status: 200,
      body: { links: { slack: 'https://slack.example.com/p1' } },
    })
  })

  it('does not lose a recorded decision when the link to its card can’t be read', async () => {
    const posts = async () => Promise.reject(new Error('locked'))
    await start({}, { store: { posts, counts, probe: async () => {} } })
    expect(await running.propose()).toMatchObject({ status: 201, body: { links: { slack: null } } })
    expect(running.logged()).toContain('locked')
  })

  it('pages through a list, the newest first', async () => {
    const all = Array.from({ length: 60 }, (_, i) => ({
      ...autoApproved,
      id: `dec_${String(60 - i).padStart(26, '0')}`,
    }))
    await start({
      list: async (_caller, { before, limit }) =>
        all.filter(({ id }) => before === null || id < before).slice(0, limit),
    })
    const ids: unknown[] = []
    const sizes: number[] = []
    for (let cursor = ''; cursor !== 'null'; ) {
      const { body } = await running.call('GET', `/v1/decisions${cursor === '' ? '' : `?cursor=${cursor}`}`)
      const { data } = body
      if (!Array.isArray(data)) throw new Error('no data')
      ids.push(...data.map(({ id }) => id))
      sizes.push(data.length)
      cursor = JSON.stringify(body['next_cursor']).replaceAll('"', '')
    }
    expect(sizes).toEqual([25, 25, 10])
    expect(ids).toEqual(all.map(({ id }) => id))
  })

  it('hands on the filters', async () => {
    await start()
    await running.call('GET', '/v1/decisions?status=timed_out&action=a&agent=other&limit=100')
    const filter = { agent: 'other', status: 'timed_out', action: 'a', before: null, limit: 101 }
    expect(running.calls).toEqual([{ name: 'list', args: [{ ...caller, anyAgent: true }, filter] }])
  })

  it('lists nothing of other agents without the scope admin', async () => {
    await start()
    const headers = { authorization: `Bearer ${running.token(['read'])}` }
    expect((await running.call('GET', '/v1/decisions?agent=other', { headers })).body).toEqual({
      data: [],
      next_cursor: null,
    })
    expect(running.calls).toEqual([])
    await running.call('GET', '/v1/decisions', { headers })
    expect(running.calls[0]?.args).toEqual([
      caller,
      { agent: 'billing-bot', status: null, action: null, before: null, limit: 26 },
    ])
  })

  it('leaves checkpoints out of lists', async () => {
    await start()
    const { body } = await running.call('GET', '/v1/decisions')
    expect(body['data']).toMatchObject([{ id: ID, workflow: { id: 'wf-77' } }])
    expect(JSON.stringify(body)).not.toContain('checkpoint')
    expect((await running.call('GET', `/v1/decisions/${ID}`)).body['checkpoint']).toEqual({ at: 4 })
  })

  it('says that it can’t read when it can’t', async () => {
    await start({ read: async () => Promise.reject(new Error('gone')) })
    expect(await running.call('GET', `/v1/decisions/${ID}`)).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    })
  })
})

describe('labelling', () => {
  const receipt = { id: ID, status: 'pending', version: 1, outcome: { correct: true, source: 'audit' } }
  const cases: readonly [whose: string, scopes: readonly Scope[], whole: boolean][] = [
    ['an own', ['label'], false],
    ['an own', ['label', 'consume'], false],
    ['an own', ['label', 'read'], true],
    ['an own', ['label', 'decide'], true],
    ['an own', ['label', 'admin'], true],
    ['another agent’s', ['label'], false],
    ['another agent’s', ['label', 'read', 'decide'], false],
    ['another agent’s', ['label', 'admin'], true],
  ]
  it.each(cases)('%s decision with the scopes %j: is it told whole? %s', async (whose, scopes, whole) => {
    const decision = whose === 'an own' ? pending : { ...pending, agent: 'other-bot' }
    await start({ recordOutcome: async () => ({ kind: 'accepted', decision }) })
    const reply = await running.call('POST', `/v1/decisions/${ID}/outcome`, {
      body: { correct: true, source: 'audit', note: 'n' },
      headers: { authorization: `Bearer ${running.token(scopes)}` },
    })
    expect(reply.status).toBe(200)
    if (whole) expect(decisionResponse.safeParse(reply.body).error).toBeUndefined()
    else expect(reply.body).toEqual(receipt)
  })
})

describe('API keys', () => {
  const tried: readonly [method: string, path: string, body: unknown, scopes: readonly Scope[]][] = [
    ['POST', '/v1/decisions', request, ['decide']],
    ['GET', '/v1/decisions', undefined, ['read', 'admin']],
    ['GET', `/v1/decisions/${ID}`, undefined, ['read', 'admin']],
    ['POST', `/v1/decisions/${ID}/answer`, { clarification_id: clr, answer: 'a' }, ['decide']],
    ['POST', `/v1/decisions/${ID}/withdraw`, { reason: 'x' }, ['decide']],
    ['POST', `/v1/decisions/${ID}/execution`, { state: 'started' }, ['decide']],
    ['POST', `/v1/decisions/${ID}/outcome`, { correct: false, source: 'reviewer' }, ['label']],
    ['POST', '/v1/grants/consume', { grant: 'a.b.c', action: 'a', parameters: {} }, ['consume']],
  ]
  it.each(tried)('%s %s needs its scope', async (method, path, body, scopes) => {
    await start()
    for (const scope of ['decide', 'read', 'label', 'consume', 'admin'] as const) {
      running.calls.length = 0
      const headers = { authorization: `Bearer ${running.token([scope])}`, 'idempotency-key': 'k' }
      const reply = await running.call(method, path, { body, headers })
      if (scopes.includes(scope)) {
        expect(reply.status).toBeLessThan(300)
        expect(running.calls).toHaveLength(1)
        expect(running.calls[0]?.args[0]).toMatchObject({ anyAgent: ['admin', 'label', 'consume'].includes(scope) })
      } else {
        expect(reply).toMatchObject({ status: 403, body: { code: 'insufficient_scope' } })
        expect(reply.headers.get('www-authenticate')).toContain(`scope="${scopes.join(' ')}"`)
        expect(running.calls).toEqual([])
      }
    }
  })

  it('takes neither a wrong secret, nor an expired key, nor a revoked one', async () => {
    await start()
    const good = running.token()
    const expired = running.token(['read'], T0)
    const revoked = running.token()
    const id = `key_${revoked.split('_')[1] ?? ''}`
    const record = running.keys.get(id)
    if (record === undefined) throw new Error('no such key')
    running.keys.set(id, { ...record, revokedAt: T0 })
    const wrong = `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`
    const unknown = good.replace(/csk_.{26}/, `csk_${'z'.repeat(26)}`)
    const details: unknown[] = []
    for (const token of [wrong, unknown, revoked, expired, 'csk_x', good.slice(4)]) {
      const reply = await running.call('GET', '/v1/decisions', { headers: { authorization: `Bearer ${token}` } })
      expect(reply).toMatchObject({ status: 401, body: { code: 'unauthorized' } })
      expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer realm="countersign", error="invalid_token"$/)
      details.push(reply.body['detail'])
    }
    expect(details[0]).toBe(details[1])
    expect(details.slice(2, 4)).toEqual([
      expect.stringContaining('revoked'),
      expect.stringContaining('expired on 2026-11-22'),
    ])
    expect(running.calls).toEqual([])
    const almost = running.token(['read'], T0 + 1)
    expect(
      (await running.call('GET', '/v1/decisions', { headers: { authorization: `bearer  ${almost}` } })).status,
    ).toBe(200)
  })

  it('answers 503 when keys can’t be read', async () => {
    await start({}, { keys: { apiKey: async () => Promise.reject(new Error('locked')) } })
    expect(await running.propose()).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  })
})

it('logs who asked for what, and nothing that was said', async () => {
  await start()
  const secret = 'canary'
  await running.propose({ body: { ...request, rationale: secret }, headers: { 'idempotency-key': secret } })
  await running.propose({ body: { ...request, [secret]: secret } })
  await running.call('GET', `/v1/decisions?action=${secret}`)
  await running.call('GET', `/v1/${secret}`)
  await running.call('GET', `/v1/decisions/${secret}`, { headers: { authorization: `Bearer ${secret}` } })
  const lines = running
    .logged()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(5)
  expect(lines[0]).toMatchObject({
    method: 'POST',
    route: '/v1/decisions',
    status: 201,
    agent: 'billing-bot',
    ms: expect.any(Number),
    request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
  })
  expect(lines[3]).toMatchObject({ route: 'none', status: 404 })
  expect(running.logged()).not.toMatch(/canary|csk_/)
})
