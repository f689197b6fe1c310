import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { problem } from '../../src/protocol/problem.ts'
import { type Running, rawExchange, startServer } from './running-server.ts'
import { ID, request } from './sample-decision.ts'

let running: Running
beforeAll(async () => {
  running = await startServer()
})
afterAll(() => running.server.close())
beforeEach(() => {
  running.calls.length = 0
})

const without = (field: string) => Object.fromEntries(Object.entries(request).filter(([key]) => key !== field))
const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
const withParameters = (text: string) => JSON.stringify(request).replace('"amount_usd":120', text)

describe('bodies that are refused before anything is asked', () => {
  const cases: readonly [name: string, raw: string | Buffer, status: number, code: string, pointer: string | null][] = [
    ['nothing', '', 400, 'malformed_json', null],
    ['half an object', '{"action": ', 400, 'malformed_json', null],
    ['a trailing comma', '{"a":1,}', 400, 'malformed_json', null],
    ['a comment', '{"a":1 /* x */}', 400, 'malformed_json', null],
    ['NaN', '{"a":NaN}', 400, 'malformed_json', null],
    ['a byte order mark', `\ufeff${JSON.stringify(request)}`, 400, 'malformed_json', null],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'invalid_text', null],
    ['the same key twice', withParameters('"a":1,"a":2'), 400, 'duplicate_key', '/parameters/a'],
    ['the same key, once escaped', withParameters('"a":1,"\\u0061":2'), 400, 'duplicate_key', '/parameters/a'],
    ['__proto__', withParameters('"__proto__":{"x":1}'), 400, 'forbidden_key', '/parameters/__proto__'],
    ['33 levels', withParameters(`"a":${nested(31)}`), 400, 'too_deep', null],
    ['100,000 open brackets', '['.repeat(100_000), 400, 'too_deep', null],
    ['2^53', withParameters('"a":9007199254740992'), 400, 'unsafe_number', '/parameters/a'],
    ['2^53 + 1', withParameters('"a":[1,9007199254740993]'), 400, 'unsafe_number', '/parameters/a/1'],
    ['1e999', withParameters('"a":1e999'), 400, 'unsafe_number', '/parameters/a'],
    ['-1e30', withParameters('"a":-1e30'), 400, 'unsafe_number', '/parameters/a'],
    ['a lone surrogate', withParameters('"a":"\\ud800"'), 400, 'invalid_text', '/parameters/a'],
    ['a lone surrogate in a key', withParameters('"\\udc00":1'), 400, 'invalid_text', '/parameters'],
    ['a list', '[]', 422, 'invalid_fields', ''],
    ['null', 'null', 422, 'invalid_fields', ''],
    ['no action', JSON.stringify(without('action')), 422, 'invalid_fields', '/action'],
    ['no parameters', JSON.stringify(without('parameters')), 422, 'invalid_fields', '/parameters'],
    ['no confidence', JSON.stringify(without('confidence')), 422, 'invalid_fields', '/confidence'],
    ['no basis', JSON.stringify(without('confidence_basis')), 422, 'invalid_fields', '/confidence_basis'],
  ]
  it.each(cases)('%s', async (_name, raw, status, code, pointer) => {
    const reply = await running.propose({ raw })
    expect([reply.status, reply.body['code']]).toEqual([status, code])
    expect(problem.safeParse(reply.body).error).toBeUndefined()
    expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    expect(pointers(reply.body)).toEqual(pointer === null ? [] : [pointer])
    expect(running.calls).toEqual([])
  })
})

describe('fields that are refused', () => {
  const cases: readonly [name: string, change: Record<string, unknown>, pointer: string, code: string][] = [
    ['an action with a space', { action: 'process refund' }, '/action', 'not_allowed'],
    ['an action of 129 letters', { action: 'a'.repeat(129) }, '/action', 'not_allowed'],
    ['confidence as text', { confidence: '0.8' }, '/confidence', 'wrong_type'],
    ['confidence above 1', { confidence: 1.01 }, '/confidence', 'out_of_range'],
    ['confidence below 0', { confidence: -0.01 }, '/confidence', 'out_of_range'],
    ['a blank basis', { confidence_basis: ' ' }, '/confidence_basis', 'not_allowed'],
    ['parameters as a list', { parameters: [] }, '/parameters', 'wrong_type'],
    ['51 factors', { uncertainty_factors: Array(51).fill('x') }, '/uncertainty_factors', 'out_of_range'],
    ['an empty factor', { uncertainty_factors: ['x', ''] }, '/uncertainty_factors/1', 'not_allowed'],
    ['a null rationale', { rationale: null }, '/rationale', 'wrong_type'],
    ['a rationale of 20,001 characters', { rationale: 'x'.repeat(20_001) }, '/rationale', 'out_of_range'],
    [
      '101 pieces of evidence',
      { evidence: Array.from({ length: 101 }, () => ({ title: 'a', text: 'b' })) },
      '/evidence',
      'out_of_range',
    ],
    ['evidence without text and url', { evidence: [{ title: 'a' }] }, '/evidence/0', 'not_allowed'],
    ['a javascript link', { evidence: [{ title: 'a', url: 'javascript:alert(1)' }] }, '/evidence/0/url', 'not_allowed'],
    ['an unknown urgency', { urgency: 'urgent' }, '/urgency', 'not_allowed'],
    ['a step index below 0', { workflow: { id: 'w', step_index: -1 } }, '/workflow/step_index', 'out_of_range'],
    [
      'a step without action',
      { workflow: { id: 'w', completed_steps: [{}] } },
      '/workflow/completed_steps/0/action',
      'required',
    ],
    ['0 seconds', { expires_in_seconds: 0 }, '/expires_in_seconds', 'out_of_range'],
    ['half seconds', { expires_in_seconds: 1.5 }, '/expires_in_seconds', 'wrong_type'],
    ['a callback over http', { callback_url: 'http://agent.example.com/' }, '/callback_url', 'not_allowed'],
    ['a callback with a password', { callback_url: 'https://a:b@example.com/' }, '/callback_url', 'not_allowed'],
    ['a callback to this machine', { callback_url: 'https://127.0.0.1/' }, '/callback_url', 'not_allowed'],
    ['a callback to this machine, in disguise', { callback_url: 'https://0x7f.1/' }, '/callback_url', 'not_allowed'],
    ['a callback to a mapped address', { callback_url: 'https://[::ffff:10.0.0.1]/' }, '/callback_url', 'not_allowed'],
    ['a callback to a cloud’s metadata', { callback_url: 'https://169.254.169.254/' }, '/callback_url', 'not_allowed'],
    ['a callback to localhost.', { callback_url: 'https://localhost./' }, '/callback_url', 'not_allowed'],
    ['an unknown field', { colour: 1 }, '/colour', 'unknown_field'],
    [
      'an unknown field in evidence',
      { evidence: [{ title: 'a', text: 'b', link: 'c' }] },
      '/evidence/0/link',
      'unknown_field',
    ],
  ]
  it.each(cases)('%s', async (_name, change, pointer, code) => {
    const reply = await running.propose({ body: { ...request, ...change } })
    expect(reply.status).toBe(422)
    expect(reply.body['errors']).toMatchObject([{ pointer, code }])
    expect(running.calls).toEqual([])
  })

  it('takes what the table leaves at its edges', async () => {
    const edges = {
      action: 'a'.repeat(128),
      confidence: 1,
      uncertainty_factors: Array(50).fill('x'),
      evidence: [{ title: 'a', url: 'http://example.com/x' }],
      workflow: { id: 'w', completed_steps: [{ action: 'a', result: [1] }] },
      expires_in_seconds: 31_536_000,
      callback_url: 'http://agent.local:8080/hooks',
      checkpoint: null,
    }
    expect((await running.propose({ body: { ...request, ...edges } })).status).toBe(201)
    expect(running.calls).toHaveLength(1)
    expect((await running.propose({ raw: withParameters(`"a":${nested(30)}`) })).status).toBe(201)
    expect((await running.propose({ raw: withParameters('"a":9007199254740991') })).status).toBe(201)
  })

  it('names every fault at once, with the field that was probably meant', async () => {
    const { confidence: _, ...rest } = request
    const reply = await running.propose({ body: { ...rest, confidnce: 0.5, action: '' } })
    expect(reply.body).toMatchObject({
      detail: expect.stringMatching(/^`action` must be .*\. 2 more: see `errors`\.$/),
      errors: [
        { pointer: '/action', code: 'not_allowed' },
        { pointer: '/confidence', message: '`confidence` is missing; it must be a number from 0 to 1' },
        { pointer: '/confidnce', message: 'there is no field `confidnce`; the nearest is `confidence`' },
      ],
    })
  })

  it('never repeats what was sent', async () => {
    const reply = await running.propose({ body: { ...request, urgency: 'canary-1', callback_url: 'canary-2' } })
    expect(reply.text).not.toContain('canary')
  })
})

describe('requests that are refused by their headers', () => {
  it.each([
    ['no content type', { 'content-type': undefined }, 415, 'unsupported_media_type'],
    ['text/plain', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['a patch type', { 'content-type': 'application/merge-patch+json' }, 415, 'unsupported_media_type'],
    ['another charset', { 'content-type': 'application/json; charset=latin1' }, 415, 'unsupported_media_type'],
    ['a compressed body', { 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
    ['no idempotency key', { 'idempotency-key': undefined }, 400, 'idempotency_key_missing'],
    ['an empty idempotency key', { 'idempotency-key': '""' }, 400, 'idempotency_key_invalid'],
    ['an idempotency key of 256', { 'idempotency-key': 'x'.repeat(256) }, 400, 'idempotency_key_invalid'],
    ['half a quoted key', { 'idempotency-key': '"abc' }, 400, 'idempotency_key_invalid'],
    ['two keys', { 'idempotency-key': 'a, b' }, 400, 'idempotency_key_invalid'],
    ['no API key', { authorization: undefined }, 401, 'unauthorized'],
    ['basic authentication', { authorization: 'Basic YTpi' }, 401, 'unauthorized'],
  ])('%s', async (_name, headers, status, code) => {
    const reply = await running.propose({ raw: Buffer.from(JSON.stringify(request)), headers })
    expect([reply.status, reply.body['code']]).toEqual([status, code])
    expect(running.calls).toEqual([])
  })

  it('takes an ordinary charset, a quoted key and one of 255', async () => {
    expect((await running.propose({ headers: { 'content-type': 'application/json; charset="UTF-8"' } })).status).toBe(
      201,
    )
    expect((await running.propose({ headers: { 'idempotency-key': '"a \\"b\\", c"' } })).status).toBe(201)
    expect((await running.propose({ headers: { 'idempotency-key': 'x'.repeat(255) } })).status).toBe(201)
    expect(running.calls.map(({ args }) => args[2])).toMatchObject([{ key: 'k1' }, { key: 'a "b", c' }, {}])
  })
})

describe('bodies that are too large', () => {
  const head = (token: string, more: string) =>
    `POST /v1/decisions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nIdempotency-Key: a\r\nContent-Type: application/json\r\n${more}\r\n\r\n`

  it('refuses 300 KiB without a Content-Length', async () => {
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`
    const text = await rawExchange(running.port, head(running.token(), 'Transfer-Encoding: chunked'), chunk.repeat(5))
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
    expect(text).toContain('"code":"body_too_large"')
    expect(running.calls).toEqual([])
  })

  it('refuses a Content-Length of 300 KiB before the body comes', async () => {
    const text = await rawExchange(running.port, head(running.token(), 'Content-Length: 307200'))
    expect(text).toMatch(/^HTTP\/1\.1 413 /)
  })

  it('takes 256 KiB', async () => {
    const text = JSON.stringify(request)
    expect((await running.propose({ raw: text.padEnd(262_144) })).status).toBe(201)
    expect((await running.propose({ raw: text.padEnd(262_145) })).status).toBe(413)
  })
})

describe('paths, methods and queries', () => {
  it.each([
    ['GET', '/v1/nothing', 404, 'not_found'],
    ['POST', '/v1/nothing', 404, 'not_found'],
    ['GET', `/v1/decisions/${'x'.repeat(200)}`, 404, 'not_found'],
    ['GET', '/v1/decisions/%zz', 400, 'malformed_request'],
    ['GET', '/v1/decisions/nonsense', 404, 'decision_not_found'],
    ['POST', '/slack/events', 404, 'not_found'],
    ['GET', `/v1/decisions/${ID}?wait=61`, 400, 'invalid_query'],
    ['GET', `/v1/decisions/${ID}?wait=-1`, 400, 'invalid_query'],
    ['GET', `/v1/decisions/${ID}?wait=1&wait=2`, 400, 'invalid_query'],
    ['GET', `/v1/decisions/${ID}?wait=`, 400, 'invalid_query'],
    ['GET', `/v1/decisions/${ID}?wiat=30`, 400, 'invalid_query'],
    ['GET', `/v1/decisions/${ID}?after=1.5`, 400, 'invalid_query'],
    ['GET', '/v1/decisions?limit=0', 400, 'invalid_query'],
    ['GET', '/v1/decisions?limit=101', 400, 'invalid_query'],
    ['GET', '/v1/decisions?status=open', 400, 'invalid_query'],
    ['GET', '/v1/decisions?cursor=nonsense', 400, 'invalid_query'],
    ['GET', '/v1/queue?cursor=nonsense', 400, 'invalid_query'],
    ['GET', '/v1/queue?overdue=yes', 400, 'invalid_query'],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    const reply = await running.call(method, path)
    expect([reply.status, reply.body['code']]).toEqual([status, code])
    expect(running.calls).toEqual([])
  })

  it('says which methods a path takes', async () => {
    const reply = await running.call('PUT', `/v1/decisions/${ID}`, { raw: 'not json' })
    expect([reply.status, reply.body['code'], reply.headers.get('allow')]).toEqual([
      405,
      'method_not_allowed',
      'GET, HEAD',
    ])
    expect((await running.call('DELETE', '/v1/decisions')).headers.get('allow')).toBe('POST, GET, HEAD')
    expect((await running.call('POST', '/healthz')).status).toBe(405)
  })

  it('answers what is not HTTP with a problem, too', async () => {
    expect(await rawExchange(running.port, 'hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed_request"/)
    const large = `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`
    expect(await rawExchange(running.port, large)).toMatch(/^HTTP\/1\.1 431 [^]*"code":"headers_too_large"/)
  })
})

function pointers(body: Record<string, unknown>): unknown[] {
  const errors = body['errors']
  return Array.isArray(errors) ? errors.map(({ pointer }) => pointer) : ['no errors']
}
