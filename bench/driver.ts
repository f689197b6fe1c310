import { connect, type Socket } from 'node:net'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** What came back, and when. Latencies are in µs. */
export type Measured = {
  readonly answers: number
  readonly seconds: number
  /** How often each status came. */
  readonly statuses: ReadonlyMap<number, number>
  readonly latency: RecordableHistogram
}

/** An HTTP/1.1 request as it goes over the wire, whole. */
export type Wire = string

type Reply = { readonly status: number; readonly body: () => string }
type Connection = { readonly exchange: (wire: Wire) => Promise<Reply>; readonly close: () => void }

/**
 * Requests from `connections` sockets, each sending its next one as soon as its last was answered: what the server can
 * do at most. Written on bare sockets, since a driver that costs more than the server measures itself.
 * @param next the n-th exchange, any number of requests; it counts as one
 */
export async function closedLoop(
  port: number,
  connections: number,
  ms: number,
  next: (exchange: Connection['exchange'], n: number) => Promise<Reply>,
): Promise<Measured> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  const tally = createTally()
  const begun = performance.now()
  let n = 0
  await Promise.all(
    open.map(async ({ exchange }) => {
      while (performance.now() - begun < ms) {
        const sent = performance.now()
        tally.count((await next(exchange, n++)).status, performance.now() - sent)
      }
    }),
  )
  for (const { close } of open) close()
  return tally.measured((performance.now() - begun) / 1_000)
}

/**
 * Requests at a fixed rate, whether or not earlier ones were answered. A latency counts from the instant at which its
 * request was due: a server that stalls is not spared the requests that it made wait.
 * @param rate a second
 */
export async function fixedRate(
  port: number,
  connections: number,
  rate: number,
  ms: number,
  wire: (n: number) => Wire,
): Promise<Measured> {
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(port)))
  const idle = [...open]
  const due: { readonly n: number; readonly at: number }[] = []
  const tally = createTally()
  const begun = performance.now()
  const total = Math.floor((rate * ms) / 1_000)
  let planned = 0
  let answered = 0

  await new Promise<void>((resolve, reject) => {
    const dispatch = () => {
      while (idle.length > 0 && due.length > 0) {
        const connection = idle.pop()
        const job = due.shift()
        if (connection === undefined || job === undefined) return
        connection.exchange(wire(job.n)).then(({ status }) => {
          tally.count(status, performance.now() - job.at)
          answered += 1
          idle.push(connection)
          if (answered === total) resolve()
          else dispatch()
        }, reject)
      }
    }
    const plan = () => {
      const now = performance.now()
      while (planned < total) {
        const at = begun + (planned * 1_000) / rate
        if (at > now) break
        due.push({ n: planned++, at })
      }
      dispatch()
      if (planned < total) setTimeout(plan, 1)
    }
    plan()
  })
  for (const { close } of open) close()
  return tally.measured((performance.now() - begun) / 1_000)
}

/** One request on a connection of its own. */
export async function once(port: number, wire: Wire): Promise<Reply> {
  const { exchange, close } = await openConnection(port)
  try {
    return await exchange(wire)
  } finally {
    close()
  }
}

/** The wire text of a request with a body. */
export function post(path: string, headers: Readonly<Record<string, string>>, body: string): Wire {
  const lines = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) })
  return `POST ${path} HTTP/1.1\r\nHost: bench\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

export function get(path: string, headers: Readonly<Record<string, string>>): Wire {
  return `GET ${path} HTTP/1.1\r\nHost: bench\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`
}

function createTally() {
  const statuses = new Map<number, number>()
  const latency = createHistogram()
  let answers = 0
  return {
    count: (status: number, ms: number) => {
      answers += 1
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      latency.record(Math.max(1, Math.round(ms * 1_000)))
    },
    measured: (seconds: number): Measured => ({ answers, seconds, statuses, latency }),
  }
}

const END_OF_HEAD = '\r\n\r\n'
/** Bolt ends an answer without a body like this. */
const NO_CHUNKS = '0\r\n\r\n'

/** Bytes after the head; null: nobody knows. */
function lengthOf(head: string): number | null {
  const [, length] = /content-length: (\d+)/i.exec(head) ?? []
  if (length !== undefined) return Number(length)
  return /transfer-encoding: chunked/i.test(head) ? NO_CHUNKS.length : null
}

function openConnection(port: number): Promise<Connection> {
  return new Promise((opened, failed) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let waiting: { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void } | null = null
    let received: Buffer = Buffer.alloc(0)
    socket.on('data', (bytes) => {
      received = received.length === 0 ? bytes : Buffer.concat([received, bytes])
      const headEnd = received.indexOf(END_OF_HEAD)
      if (headEnd < 0) return
      const head = received.toString('latin1', 0, headEnd)
      const bodyStart = headEnd + END_OF_HEAD.length
      const length = lengthOf(head)
      if (length === null) return void socket.destroy(new Error(`an answer without a length: ${head}`))
      if (received.length < bodyStart + length) return
      const body = received.subarray(bodyStart, bodyStart + length)
      received = Buffer.alloc(0)
      const settled = waiting
      waiting = null
      settled?.resolve({ status: Number(head.slice(9, 12)), body: () => body.toString('utf8') })
    })
    const lost = (error?: Error) => {
      waiting?.reject(error ?? new Error('the server closed a connection in the middle of a request'))
      waiting = null
    }
    socket.on('error', (error) => {
      lost(error)
      failed(error)
    })
    socket.on('close', () => lost())
    socket.on('connect', () =>
      opened({
        exchange: (wire) =>
          new Promise((resolve, reject) => {
            waiting = { resolve, reject }
            socket.write(wire)
          }),
        close: () => socket.destroy(),
      }),
    )
  })
}
