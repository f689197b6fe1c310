/**
 * What is too much is refused at once, and what people wait for goes on. Broken builds that these sentences were seen to
 * catch:
 * - gate.ts admits everything -> "refuses a proposal"; it asks for every path -> "goes on".
 * - admission.ts forgets what is being recorded -> "refuses a proposal"; never counts it down -> "takes proposals again".
 * - admission.ts begins everything at once -> "begins a few in each turn"; counts no waiting work -> "refuses what";
 *   begins nothing that waits -> both.
 * - admission.ts takes no notice of how long a turn was -> "begins half as much"; of new connections -> "begins the least".
 * - gate.ts reads a refused connection on at once -> "does not read".
 * - shed.ts logs each refusal -> "says so".
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { App, Submitted } from '../../src/app/app.ts'
import { createAdmission } from '../../src/http/admission.ts'
import { problem } from '../../src/protocol/problem.ts'
import { type Reply, type Running, startServer } from './running-server.ts'
import { ID, pending } from './sample-decision.ts'

/** As many as may be recorded at once. */
const MOST = 500

let running: Running
afterEach(() => running?.server.close())

/** A store that stands still: proposals wait until they are released. */
async function startStuck(overrides: Parameters<typeof startServer>[1] = {}) {
  const stuck: ((submitted: Submitted) => void)[] = []
  const submit: App['submit'] = () => new Promise((resolve) => stuck.push(resolve))
  running = await startServer({ submit }, { agentRateLimit: 10_000, ...overrides })
  const replies: Promise<Reply>[] = []
  for (let n = 0; n < MOST; n += 1) replies.push(running.propose({ headers: { 'idempotency-key': `k${n}` } }))
  await vi.waitFor(() => expect(stuck).toHaveLength(MOST), { timeout: 25_000 })
  return {
    stuck,
    release: async () => {
      for (const resolve of stuck.splice(0)) resolve({ kind: 'created', decision: pending })
      return (await Promise.all(replies)).map(({ status }) => status)
    },
  }
}

const open = { headers: { authorization: undefined } }

describe('when more comes in than can be recorded', () => {
  it('refuses a proposal and a list at once, as a problem that says when to come again', async () => {
    const { stuck, release } = await startStuck()
    for (const reply of [await running.propose(), await running.call('GET', '/v1/decisions')]) {
      expect(reply).toMatchObject({ status: 503, body: { code: 'overloaded' } })
      expect(problem.safeParse(reply.body).error).toBeUndefined()
      expect(reply.headers.get('retry-after')).toBe('1')
      expect(reply.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
      expect(reply.headers.get('cache-control')).toBe('no-store')
      expect(reply.body['instance']).toBe(`urn:uuid:${reply.headers.get('x-request-id') ?? ''}`)
    }
    expect(stuck).toHaveLength(MOST)
    expect(running.calls.filter(({ name }) => name === 'list')).toEqual([])
    expect(new Set(await release())).toEqual(new Set([201]))
  })

  it('refuses without looking a key up', async () => {
    const { release } = await startStuck()
    const look = vi.spyOn(running.keys, 'get')
    expect((await running.propose({ headers: { authorization: 'Bearer csk_nobody' } })).status).toBe(503)
    expect((await running.propose()).status).toBe(503)
    expect(look).not.toHaveBeenCalled()
    await release()
  })

  it('goes on with what exists: reads, reports, Slack, health, metrics', async () => {
    const { release } = await startStuck({ slackListener: (_request, response) => void response.end('recorded') })
    expect((await running.call('GET', `/v1/decisions/${ID}`)).status).toBe(200)
    const withdrawal = { body: { reason: 'not needed' } }
    expect((await running.call('POST', `/v1/decisions/${ID}/withdraw`, withdrawal)).status).toBe(200)
    expect((await running.call('POST', '/slack/events', { ...open, raw: 'x' })).text).toBe('recorded')
    expect((await running.call('GET', '/healthz', open)).status).toBe(200)
    // A balancer that took it out of service would send its load to nobody.
    expect((await running.call('GET', '/readyz', open)).status).toBe(200)
    expect((await running.call('GET', '/metrics', open)).status).toBe(200)
    await release()
  })

  it('takes proposals again once there is room', async () => {
    const { stuck, release } = await startStuck()
    expect((await running.propose()).status).toBe(503)
    await release()
    const later = running.propose()
    await vi.waitFor(() => expect(stuck).toHaveLength(1))
    await release()
    expect((await later).status).toBe(201)
  })

  it('says so in the metrics each time, and in the log once a second', async () => {
    const { release } = await startStuck()
    for (let n = 0; n < 3; n += 1) expect((await running.propose()).status).toBe(503)
    const { text } = await running.call('GET', '/metrics', open)
    expect(text).toContain('countersign_requests_shed_total{reason="overload"} 3')
    expect(text).toContain('countersign_requests_shed_total{reason="rate_limit"} 0')
    expect(running.logged().match(/Requests are refused/g)).toHaveLength(1)
    await release()
  })

  it('does not read a connection on for a while after it was refused', async () => {
    const { release } = await startStuck()
    const socket = connect(running.port, '127.0.0.1')
    const sent = 'POST /v1/decisions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'
    const health = () => running.call('GET', '/healthz', open)
    await health()
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    let received = ''
    socket.on('data', (bytes) => {
      received += String(bytes)
    })
    socket.write(sent)
    await once(socket, 'data')
    await health() // by then the server's turn is over
    received = ''
    socket.write(sent)
    // Two answers on another connection: it has read whatever it reads.
    await health()
    await health()
    expect(received).toBe('')
    vi.advanceTimersByTime(250)
    await once(socket, 'data')
    expect(received).toContain('503')
    socket.destroy()
    vi.useRealTimers()
    await release()
  })
})

describe('admission', () => {
  function turned(most: number, perTurn: { fewest: number; most: number; afterConnection?: number }) {
    const turns: (() => void)[] = []
    const begun: number[] = []
    let now = 0
    const admission = createAdmission(
      { most, perTurn: { afterConnection: perTurn.fewest, ...perTurn }, turn: 20 },
      (run) => turns.push(run),
      () => now,
    )
    return {
      ...admission,
      begun,
      admitNumber: (n: number) => admission.admit(() => begun.push(n)),
      turn: (ms = 1) => {
        now += ms
        for (const run of turns.splice(0)) run()
      },
    }
  }

  it('begins a few in each turn of the event loop, in order, and lets nobody past those who wait', () => {
    const { admitNumber, begun, turn } = turned(100, { fewest: 2, most: 2 })
    for (let n = 1; n <= 5; n += 1) expect(admitNumber(n)).toBe(true)
    expect(begun).toEqual([1, 2])
    turn()
    expect(begun).toEqual([1, 2, 3, 4])
    admitNumber(6)
    expect(begun).toEqual([1, 2, 3, 4])
    turn()
    expect(begun).toEqual([1, 2, 3, 4, 5, 6])
    turn()
    turn()
    admitNumber(7)
    expect(begun).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('begins half as much after a long turn, never less than the fewest, and one more after each short one', () => {
    const { admitNumber, begun, turn } = turned(1_000, { fewest: 3, most: 8 })
    for (let n = 0; n < 100; n += 1) admitNumber(n)
    const beganIn = (ms: number) => {
      const before = begun.length
      turn(ms)
      return begun.length - before
    }
    expect(begun).toHaveLength(8)
    expect([21, 21, 20, 1, 1, 50, 1].map(beganIn)).toEqual([4, 3, 4, 5, 6, 3, 4])
    expect(Array.from({ length: 6 }, () => beganIn(1))).toEqual([5, 6, 7, 8, 8, 8])
  })

  it('begins the least in a turn in which a connection came, and in the next: one more may wait behind it', () => {
    const { admitNumber, connected, begun, turn } = turned(1_000, { fewest: 4, most: 4, afterConnection: 1 })
    for (let n = 0; n < 100; n += 1) admitNumber(n)
    expect(begun).toHaveLength(4)
    connected()
    turn()
    expect(begun).toHaveLength(5)
    turn()
    expect(begun).toHaveLength(9)
    // Before anything has begun in this turn.
    for (let n = 0; n < 40; n += 1) turn()
    connected()
    for (let n = 0; n < 3; n += 1) admitNumber(n)
    expect(begun).toHaveLength(101)
  })

  it('refuses what would wait behind too many', () => {
    const { admitNumber, begun, turn } = turned(3, { fewest: 1, most: 1 })
    expect([1, 2, 3, 4, 5].map(admitNumber)).toEqual([true, true, true, true, false])
    turn()
    expect(admitNumber(6)).toBe(true)
    for (let n = 0; n < 6; n += 1) turn()
    expect(begun).toEqual([1, 2, 3, 4, 6])
  })

  it('has room again after work that failed', async () => {
    const { admitNumber, counted } = turned(1, { fewest: 9, most: 9 })
    let fail: (error: Error) => void = () => {}
    const failing = counted(() => new Promise<void>((_resolve, reject) => (fail = reject)))()
    expect(admitNumber(1)).toBe(false)
    fail(new Error('disk full'))
    await expect(failing).rejects.toThrow('disk full')
    expect(admitNumber(2)).toBe(true)
  })
})
