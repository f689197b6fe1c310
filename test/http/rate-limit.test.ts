/**
 * How often one key may call. Broken builds that these sentences were seen to catch:
 * - endpoint-routes.ts counts before the secret is checked -> "is not used up by somebody who knows the key's id".
 * - one count for all keys -> "leaves other keys alone". Windows that never end -> "begins anew".
 * - gate.ts asks the limit for every path -> "never keeps".
 * - rate-limit.ts forgets no header -> "remembers one header a key"; trusts a clock set back -> the sentence that says so.
 */
import { afterEach, describe, expect, it } from 'vitest'
import { createRateLimit } from '../../src/http/rate-limit.ts'
import { problem } from '../../src/protocol/problem.ts'
import { type Running, startServer } from './running-server.ts'
import { ID, T0 } from './sample-decision.ts'

describe('a key that calls too often', () => {
  let running: Running
  let now = T0
  const start = async (agentRateLimit: number) => {
    now = T0
    running = await startServer({}, { agentRateLimit, clock: () => now })
  }
  afterEach(() => running.server.close())
  const read = (headers = {}) => running.call('GET', `/v1/decisions/${ID}`, { headers })

  it('is told so, whatever it asks for, and when to come again', async () => {
    await start(2)
    expect([(await read()).status, (await running.propose()).status]).toEqual([200, 201])
    // The first is refused after its key was checked, the others before.
    const refused = [await running.propose(), await running.propose(), await read()]
    for (const { status, headers, body } of refused) {
      expect([status, body['code']]).toEqual([429, 'rate_limited'])
      expect(problem.safeParse(body).error).toBeUndefined()
      expect(body['detail']).toContain('may send 2 requests a second')
      expect(headers.get('retry-after')).toBe('1')
      expect(headers.get('ratelimit-policy')).toBe('"key";q=2;w=1')
      expect(headers.get('ratelimit')).toBe('"key";r=0;t=1')
      expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
      expect(body['instance']).toBe(`urn:uuid:${headers.get('x-request-id') ?? ''}`)
    }
    expect(running.calls).toHaveLength(2)
    const { text } = await running.call('GET', '/metrics')
    expect(text).toContain('countersign_requests_shed_total{reason="rate_limit"} 3')
  })

  it('begins anew after a second', async () => {
    await start(1)
    expect([(await read()).status, (await read()).status]).toEqual([200, 429])
    now += 999
    expect((await read()).status).toBe(429)
    now += 1
    expect([(await read()).status, (await read()).status]).toEqual([200, 429])
  })

  it('leaves other keys alone', async () => {
    await start(1)
    expect([(await read()).status, (await read()).status]).toEqual([200, 429])
    expect((await read({ authorization: `Bearer ${running.token()}` })).status).toBe(200)
  })

  it('is not used up by somebody who knows the key’s id', async () => {
    await start(1)
    const token = running.token()
    const forged = token.replace(/.{4}$/, (end) => (end === 'AAAA' ? 'BBBB' : 'AAAA'))
    for (let n = 0; n < 5; n += 1) expect((await read({ authorization: `Bearer ${forged}` })).status).toBe(401)
    expect((await read({ authorization: `Bearer ${token}` })).status).toBe(200)
  })

  it('never keeps an operator from looking', async () => {
    await start(1)
    expect([(await read()).status, (await read()).status]).toEqual([200, 429])
    for (const path of ['/healthz', '/readyz', '/metrics', '/v1/openapi.json'])
      expect((await running.call('GET', path)).status, path).toBe(200)
  })
})

describe('the count', () => {
  it('remembers one header a key, however it is spelled', () => {
    const limit = createRateLimit(1, () => T0)
    expect(limit.take('k', 'Bearer a')).toBe(true)
    expect(limit.take('k', 'Bearer a')).toBe(false)
    expect(limit.take('k', 'bearer a')).toBe(false)
    expect([limit.isOver('Bearer a'), limit.isOver('bearer a'), limit.isOver(undefined)]).toEqual([false, true, false])
  })

  it('does not stand still when the clock is set back', () => {
    let now = T0
    const limit = createRateLimit(1, () => now)
    expect([limit.take('k', 'a'), limit.take('k', 'a'), limit.isOver('a')]).toEqual([true, false, true])
    now -= 3_600_000
    expect([limit.isOver('a'), limit.take('k', 'a')]).toEqual([false, true])
  })
})
