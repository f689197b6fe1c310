/**
 * Health, readiness, metrics and Slack’s path. Broken builds that these sentences were seen to catch:
 * - a probe for each caller, or one for ever -> "probes the disk once". Disk or Slack not looked at, the reason shown ->
 *   "is not ready, and says why".
 * - metrics that fail with the store, ids in labels -> the sentence that says so.
 * - Node’s own words for a busy port -> "says what to do". Every path below Slack’s handed on -> "only those".
 */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listenError } from '../../src/http/listen-error.ts'
import { type Running, rawExchange, startServer } from './running-server.ts'
import { ID } from './sample-decision.ts'

let running: Running
const start: typeof startServer = async (...args) => {
  running = await startServer(...args)
  return running
}
afterEach(() => running.server.close())

const open = { headers: { authorization: undefined } }
const counts = async () => ({ open: 3, overdue: 0, outboxWaiting: 1, outboxDead: 0, frozen: 2 })

describe('operating', () => {
  it('needs no key for health, readiness and the description of the API', async () => {
    await start()
    expect(await running.call('GET', '/healthz', open)).toMatchObject({
      status: 200,
      body: { status: 'ok', version: '0.1.0' },
    })
    expect(await running.call('GET', '/readyz', open)).toMatchObject({
      status: 200,
      body: { ready: true, problems: [] },
    })
    expect(await running.call('GET', '/v1/openapi.json', open)).toMatchObject({
      status: 200,
      body: { openapi: '3.1.0' },
    })
  })

  it('is not ready, and says why, when the disk takes no writes or something else is wrong', async () => {
    const probe = async () => Promise.reject(new Error('disk full at /secret/path'))
    const slack = { check: 'slack', message: 'The token is not valid.' }
    await start({}, { store: { posts: async () => [], counts, probe }, ready: async () => [slack] })
    const reply = await running.call('GET', '/readyz', open)
    expect(reply).toMatchObject({ status: 503, body: { ready: false, problems: [{ check: 'store' }, slack] } })
    expect(reply.text).not.toContain('secret')
  })

  it('probes the disk once for callers at the same time', async () => {
    let probes = 0
    let finish = () => {}
    const probe = () => {
      probes += 1
      return new Promise<void>((resolve) => {
        finish = resolve
      })
    }
    await start({}, { store: { posts: async () => [], counts, probe } })
    const first = running.call('GET', '/readyz', open)
    const second = running.call('GET', '/readyz', open)
    await running.call('GET', '/healthz', open) // by then both have arrived
    await running.call('GET', '/healthz', open)
    finish()
    expect([(await first).status, (await second).status]).toEqual([200, 200])
    expect(probes).toBe(1)
    const third = running.call('GET', '/readyz', open)
    await vi.waitFor(() => expect(probes).toBe(2))
    finish()
    expect((await third).status).toBe(200)
  })

  it('counts requests and decisions, without ids', async () => {
    await start()
    await running.propose()
    await running.call('GET', `/v1/decisions/${ID}`)
    await running.call('GET', '/nothing')
    const { text, headers } = await running.call('GET', '/metrics', open)
    expect(headers.get('content-type')).toMatch(/^text\/plain/)
    expect(text).toContain('countersign_http_requests_total{method="POST",route="/v1/decisions",status="201"} 1')
    expect(text).toContain('countersign_http_requests_total{method="GET",route="/v1/decisions/:id",status="200"} 1')
    expect(text).toContain('countersign_http_requests_total{method="GET",route="none",status="404"} 1')
    expect(text).toContain('countersign_decisions_total{route="human_review",status="pending"} 1')
    expect(text).toMatch(/countersign_event_loop_lag_seconds \d/)
    expect(text).toContain('countersign_decisions_open 3')
    expect(text).not.toContain(ID)
  })

  it('still gives metrics when the store does not answer', async () => {
    const broken = async () => Promise.reject(new Error('locked'))
    await start({}, { store: { posts: async () => [], counts: broken, probe: async () => {} } })
    const { status, text } = await running.call('GET', '/metrics', open)
    expect(status).toBe(200)
    expect(text).toContain('countersign_store_up 0')
  })

  it('sends every answer as data that nobody may cache, frame or sniff', async () => {
    await start()
    const bad = await running.call('GET', '/v1/decisions/%zz')
    const replies = [
      await running.propose(),
      await running.call('GET', '/x'),
      await running.call('GET', '/metrics'),
      bad,
    ]
    for (const { headers } of replies) {
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
    expect(bad.body['instance']).toBe(`urn:uuid:${bad.headers.get('x-request-id') ?? ''}`)
  })

  it('says what to do when the port is taken or forbidden', async () => {
    await start()
    const taken = `Port ${running.port} is in use. Stop the other program or set PORT.`
    await expect(startServer({}, {}, running.port)).rejects.toThrow(taken)
    expect(listenError(Object.assign(new Error(), { code: 'EACCES' }), 80, '::').message).toBe(
      'Port 80 may not be opened by this user. Set PORT to 1024 or above.',
    )
  })
})

describe('Slack’s events', () => {
  it('go to Slack’s listener as they came, and only those', async () => {
    const got: string[] = []
    await start(
      {},
      {
        slackListener: (request, response) => {
          const chunks: Buffer[] = []
          request.on('data', (chunk: Buffer) => chunks.push(chunk))
          request.on('end', () => {
            got.push(`${request.url ?? ''} ${Buffer.concat(chunks).toString()}`)
            response.end('raw')
          })
        },
      },
    )
    const form = { raw: 'payload=%7B%7D', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
    expect((await running.call('POST', '/slack/events?x=1', form)).text).toBe('raw')
    expect(got).toEqual(['/slack/events?x=1 payload=%7B%7D'])
    for (const path of ['/slack/events/', '/slack/events/x', '/slack/eventsx', '/slack/%65vents'])
      expect((await running.call('POST', path, form)).status).toBe(404)
    expect(got).toHaveLength(1)
  })

  it('refuse every method but POST, and say so', async () => {
    await start({}, { slackListener: (_request, response) => response.end('raw') })
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      const reply = await running.call(method, '/slack/events?x=1')
      expect(reply, method).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } })
      expect(reply.headers.get('allow')).toBe('POST')
    }
    expect((await running.call('HEAD', '/slack/events')).status).toBe(405)
  })

  it('lead nowhere without a listener', async () => {
    await start()
    expect(
      await rawExchange(running.port, 'GET /slack/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
    ).toContain('404')
  })
})
