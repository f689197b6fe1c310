/**
 * Calls of other systems against servers that misbehave. Seen to fail: with the lookup left to the system the name that
 * leads inside; with redirects followed the second server's hit; without a signature `verify`; without `maxResponseSize`
 * the endless answer; without the timeout, or with its timer left running, the silence.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { createHttpPort, type HttpPort, type Resolve } from '../../src/delivery/http-call.ts'

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

describe('a call of another system', () => {
  it('sends JSON under a signature that the public library verifies, and gives the answer', async () => {
    const got: { body: string; headers: IncomingMessage['headers'] }[] = []
    const url = await serverThat((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString()
      })
      request.on('end', () => {
        got.push({ body, headers: request.headers })
        response.writeHead(202).end('{"done":true}')
      })
    })
    const reply = await port().call({ ...call, url, headers: { 'idempotency-key': 'wf/1' } })
    expect(reply).toEqual({ kind: 'answered', status: 202, body: '{"done":true}', retryAfterMs: null })
    const [sent] = got
    expect(sent?.headers).toMatchObject({ 'idempotency-key': 'wf/1', 'webhook-id': 'msg_1' })
    const headers = Object.fromEntries(
      Object.entries(sent?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    )
    expect(new Webhook(SECRET).verify(sent?.body ?? '', headers)).toEqual({ amount: 12 })
  })

  it('follows no redirect', async () => {
    let hits = 0
    const elsewhere = await serverThat((_request, response) => {
      hits += 1
      response.end()
    })
    const url = await serverThat((_request, response) => response.writeHead(302, { location: elsewhere }).end())
    expect(await port().call({ ...call, url })).toMatchObject({ kind: 'answered', status: 302 })
    expect(hits).toBe(0)
  })

  it('is not made where the name leads to an address that is not public, though it did not when it was checked', async () => {
    let hits = 0
    const url = await serverThat((_request, response) => {
      hits += 1
      response.end()
    })
    const { port: at } = new URL(url)
    const rebound = createHttpPort({ ...world, allowedHosts: new Set(), resolve: inside })
    ends.push(rebound.close)
    const reply = await rebound.call({ ...call, url: `https://agent.example.com:${at}/` })
    expect(reply).toEqual({ kind: 'not_allowed', why: 'not lead to a private, loopback or link-local address' })
    expect(hits).toBe(0)
  })

  it('is not made to an address that the URL itself gives away', async () => {
    expect(await port(new Set()).call({ ...call, url: 'https://127.0.0.1/' })).toMatchObject({ kind: 'not_allowed' })
  })

  it.each([
    ['a reset', (request: IncomingMessage) => request.socket.destroy(), 'UND_ERR_SOCKET'],
    ['silence', () => waits.get(200)?.(), 'ETIMEDOUT'],
  ])('has no answer after %s', async (_name, behave, error) => {
    const url = await serverThat((request) => behave(request))
    expect(await port().call({ ...call, url, timeoutMs: 200 })).toEqual({ kind: 'no_answer', error })
    expect(waits.size).toBe(0)
  })

  it('has no answer where nobody listens', async () => {
    expect(await port().call({ ...call, url: 'http://127.0.0.1:9/' })).toEqual({
      kind: 'no_answer',
      error: 'ECONNREFUSED',
    })
  })

  it('keeps the status of an answer that is too large to be kept', async () => {
    const url = await serverThat((_request, response) => response.end('x'.repeat(300 * 1024)))
    expect(await port().call({ ...call, url })).toEqual({
      kind: 'answered',
      status: 200,
      body: null,
      retryAfterMs: null,
    })
  })

  it('tells when the receiver wants to be asked again', async () => {
    const url = await serverThat((_request, response) => response.writeHead(503, { 'retry-after': '7' }).end())
    expect(await port().call({ ...call, url })).toMatchObject({ status: 503, retryAfterMs: 7_000 })
  })
})

const call = { url: '', body: { amount: 12 }, id: 'msg_1', headers: {}, timeoutMs: 5_000 }

/** When, by how many ms it was to be, an answer is waited for no longer; a test says so. */
const waits = new Map<number, () => void>()

const world = {
  secret: SECRET,
  clock: Date.now,
  setTimer: (giveUp: () => void, ms: number) => {
    waits.set(ms, giveUp)
    return () => waits.delete(ms)
  },
}

const inside: Resolve = async () => [
  { address: '93.184.216.34', family: 4 },
  { address: '127.0.0.1', family: 4 },
]

function port(allowedHosts: ReadonlySet<string> = new Set(['127.0.0.1'])): HttpPort {
  const made = createHttpPort({ ...world, allowedHosts })
  ends.push(made.close)
  return made
}

async function serverThat(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return `http://127.0.0.1:${address.port}/`
}
