/**
 * The real client against servers that misbehave. Seen to fail: with the library's `retries` left at its default the
 * reset case (the library goes on asking); without `timeout` the silence and the half answer; with ECONNREFUSED taken
 * out of the list the refused connection; with debug lines passed on the canary; without `rejectRateLimitedCalls` the
 * 429; with any word taken for a code the proxy's page; with every app's metadata read the history.
 */
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createSlackClient, createSlackPort } from '../../src/delivery/slack.ts'

const message = { text: 'canary-parameter', blocks: [] }
const mark = { subject: 'dec_1', slot: 'card', version: 1 }
const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

describe('a call to Slack', () => {
  it('answers with the timestamp and the channel’s id, and marks the message', async () => {
    const { port, bodies } = await slackThat((_request, response) =>
      json(response, { ok: true, ts: '1.2', channel: 'C1' }),
    )
    expect(await port.post('#named', '1.1', message, mark)).toEqual({ ok: true, value: { ts: '1.2', channel: 'C1' } })
    const sent = new URLSearchParams(bodies[0])
    expect(sent.get('thread_ts')).toBe('1.1')
    expect(JSON.parse(sent.get('metadata') ?? '')).toEqual({ event_type: 'countersign_post', event_payload: mark })
  })

  it('opens the direct messages of one person', async () => {
    const { port, bodies } = await slackThat((_request, response) =>
      json(response, { ok: true, channel: { id: 'D1' } }),
    )
    expect(await port.openDm('U1')).toEqual({ ok: true, value: 'D1' })
    expect(new URLSearchParams(bodies[0]).get('users')).toBe('U1')
  })

  it('says how long a 429 asks to wait', async () => {
    const { port, bodies } = await slackThat((_request, response) =>
      response.writeHead(429, { 'retry-after': '7' }).end(),
    )
    expect(await port.post('C1', null, message, mark)).toEqual(failed({ kind: 'rate_limited', retryAfterMs: 7000 }))
    expect(bodies).toHaveLength(1)
  })

  it('names the refusal of an answer that is not ok', async () => {
    const { port } = await slackThat((_request, response) => json(response, { ok: false, error: 'not_in_channel' }))
    expect(await port.update('C1', '1.2', message)).toEqual(failed({ kind: 'refused', error: 'not_in_channel' }))
  })

  it.each([
    ['an HTTP 500', (_request, response) => response.writeHead(500).end()],
    ['an HTTP 503', (_request, response) => response.writeHead(503).end('<html>')],
    ['a page of a proxy', (_request, response) => response.writeHead(200).end('<html>Sign in to the Wi-Fi</html>')],
    ['a reset after the request arrived', (request) => request.socket.destroy()],
    ['half an answer', (_request, response) => response.writeHead(200, { 'content-length': '99' }).write('{"ok"')],
    ['silence', () => undefined],
  ] satisfies [string, RequestListener][])('does not know what became of it after %s', async (_name, listener) => {
    const { port, bodies } = await slackThat(listener)
    expect(await port.post('C1', null, message, mark)).toEqual(failed({ kind: 'ambiguous' }))
    expect(bodies).toHaveLength(1)
  })

  it('knows that nothing was sent when nobody listens', async () => {
    const { url, server } = await listening(() => undefined)
    await new Promise((resolve) => server.close(resolve))
    const { port } = portTo(url)
    expect(await port.post('C1', null, message, mark)).toEqual(failed({ kind: 'not_sent' }))
  })

  it('reads marks and the next page of a history', async () => {
    const { port } = await slackThat((_request, response) =>
      json(response, {
        ok: true,
        messages: [
          { ts: '1.2', metadata: { event_type: 'countersign_post', event_payload: mark } },
          { ts: '1.1', metadata: { event_type: 'somebody_else', event_payload: mark } },
        ],
        response_metadata: { next_cursor: 'abc' },
      }),
    )
    const messages = [
      { ts: '1.2', mark },
      { ts: '1.1', mark: null },
    ]
    expect(await port.history('C1', null, '1.0', null)).toEqual({ ok: true, value: { messages, next: 'abc' } })
  })

  it('writes neither token nor content to the log', async () => {
    const { port, lines } = await slackThat((_request, response) => response.writeHead(500).end())
    await port.post('C1', null, message, mark)
    expect(JSON.stringify(lines)).not.toMatch(/canary|xoxb/)
  })
})

function failed(failure: unknown) {
  return { ok: false, failure }
}

async function slackThat(listener: RequestListener) {
  const bodies: string[] = []
  const { url } = await listening((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      bodies.push(body)
      listener(request, response)
    })
  })
  return { ...portTo(url), bodies }
}

function portTo(apiUrl: string) {
  const lines: unknown[] = []
  const note = (...line: unknown[]) => void lines.push(line)
  const client = createSlackClient({ token: 'xoxb-canary', apiUrl, log: { debug: note, error: note }, timeoutMs: 300 })
  return { port: createSlackPort(client), lines }
}

async function listening(listener: RequestListener) {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening')
  return { server, url: `http://127.0.0.1:${address.port}/api/` }
}

function json(response: Parameters<RequestListener>[1], body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
