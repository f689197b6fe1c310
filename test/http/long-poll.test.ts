import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createChanges } from '../../src/app/changes.ts'
import { read, wait } from '../../src/app/queries.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { type Running, startServer } from './running-server.ts'
import { approved, clarifying, ID, OTHER_ID, pending } from './sample-decision.ts'

/** The application's own waiting over one decision in memory; `waiting` resolves when `count` requests wait. */
async function start() {
  const changes = createChanges()
  let decision: Decision = pending
  let listening = 0
  let wanted = { count: Infinity, resolve: () => {} }
  const store = {
    decision: async (id: string) => (id === ID ? decision : null),
    history: async () => [],
    freezes: async () => [],
  }
  const policies = {
    current: () => {
      throw new Error('unused')
    },
    byDigest: async () => {
      throw new Error('unused')
    },
  }
  const listen: typeof changes.listen = (id, listener) => {
    listening += 1
    if (listening >= wanted.count) wanted.resolve()
    const stop = changes.listen(id, listener)
    return () => {
      listening -= 1
      if (listening === 0) idle.resolve()
      stop()
    }
  }
  const idle = { resolve: () => {} }
  const ports = { store, policies, changes: { ...changes, listen } }
  const running = await startServer({
    read: (caller, id) => read(ports, caller, id),
    wait: (...args) => wait(ports, ...args),
  })
  return {
    running,
    waiting: (count: number) =>
      new Promise<void>((resolve) => {
        wanted = { count, resolve }
        if (listening >= count) resolve()
      }),
    nobodyWaits: () =>
      new Promise<void>((resolve) => {
        idle.resolve = resolve
        if (listening === 0) resolve()
      }),
    become: (next: Decision) => {
      decision = next
      changes.announce(next)
    },
  }
}

let running: Running
afterEach(() => running.server.close())

describe('a long-poll', () => {
  it('wakes when the decision ends', async () => {
    const started = await start()
    running = started.running
    const reply = running.call('GET', `/v1/decisions/${ID}?wait=60`)
    await started.waiting(1)
    started.become({ ...pending, version: 2 })
    started.become(approved)
    expect(await reply).toMatchObject({ status: 200, body: { status: 'approved', version: 3 } })
  })

  it('wakes when a question is open', async () => {
    const started = await start()
    running = started.running
    const reply = running.call('GET', `/v1/decisions/${ID}?wait=60`)
    await started.waiting(1)
    started.become(clarifying)
    expect(await reply).toMatchObject({ status: 200, body: { status: 'clarifying', version: 2 } })
  })

  it('wakes at any newer version when it says `after`', async () => {
    const started = await start()
    running = started.running
    const reply = running.call('GET', `/v1/decisions/${ID}?wait=60&after=1`)
    await started.waiting(1)
    started.become({ ...pending, version: 2 })
    expect(await reply).toMatchObject({ body: { status: 'pending', version: 2 } })
  })

  it('does not wait for what has come already, nor for what is not there', async () => {
    const started = await start()
    running = started.running
    expect((await running.call('GET', `/v1/decisions/${ID}?wait=60&after=0`)).status).toBe(200)
    expect((await running.call('GET', `/v1/decisions/${OTHER_ID}?wait=60`)).status).toBe(404)
    expect((await running.call('GET', `/v1/decisions/${ID}?after=7`)).status).toBe(200)
  })

  it('wakes fifty at once', async () => {
    const started = await start()
    running = started.running
    const replies = Array.from({ length: 50 }, () => running.call('GET', `/v1/decisions/${ID}?wait=60`))
    await started.waiting(50)
    started.become(approved)
    expect((await Promise.all(replies)).map(({ body }) => body['status'])).toEqual(Array(50).fill('approved'))
    await started.nobodyWaits()
  })

  it('ends when the client goes away', async () => {
    const started = await start()
    running = started.running
    const socket = connect(running.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(
      `GET /v1/decisions/${ID}?wait=60 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${running.token()}\r\n\r\n`,
    )
    await started.waiting(1)
    socket.destroy()
    await started.nobodyWaits()
  })

  it('is answered as things stand when the server stops', async () => {
    const started = await start()
    running = started.running
    const reply = running.call('GET', `/v1/decisions/${ID}?wait=60`)
    await started.waiting(1)
    await running.server.close()
    expect(await reply).toMatchObject({ status: 200, body: { status: 'pending', version: 1 } })
    await expect(running.call('GET', '/healthz')).rejects.toThrow()
  })
})
