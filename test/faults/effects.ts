import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Seeded } from './seeded.ts'

/** A request that reached the executor as a whole. */
export type Call = {
  readonly key: string
  readonly workflow: string
  readonly step: number
  readonly decision: string
  /** ms since the epoch, when its last byte was read */
  readonly at: number
}

/** Another system that carries out the steps of plans, and outlives Countersign. */
export type Effects = {
  readonly url: string
  readonly calls: readonly Call[]
  /** What was really done, in order, each by the key under which it was asked for first. */
  readonly done: readonly Call[]
  /** Calls that it has not answered yet. */
  readonly underWay: () => number
  /** How many calls came under a key that had come before. */
  readonly repeated: () => number
  /** Tells of each call from now on; one listener, the last. */
  readonly onCall: (listener: () => void) => void
  readonly close: () => Promise<void>
}

/** Each key has one, the first time that it comes. */
type Temper = 'swift' | 'slow' | 'breaks_off' | 'fails_once'

/**
 * Does what a key asks for once, and answers the same each time. Now and then it breaks the connection off when the thing
 * is done, or fails before it is; half of the time it takes a while.
 */
export async function openEffects(random: Seeded): Promise<Effects> {
  const calls: Call[] = []
  const done = new Map<string, Call>()
  const tempers = new Map<string, Temper>()
  let underWay = 0
  let listener = (): void => undefined

  const answer = (call: Call, response: ServerResponse): void => {
    const { key } = call
    const temper = tempers.get(key) ?? temperOf(random)
    const first = !tempers.has(key)
    tempers.set(key, temper)
    if (first && temper === 'fails_once') return void response.writeHead(500).end('try again')
    if (!done.has(key)) done.set(key, call)
    if (first && temper === 'breaks_off') return void response.destroy()
    const say = () => response.end(JSON.stringify({ done: key }))
    if (temper === 'slow') setTimeout(say, random.below(25))
    else say()
  }

  const server = createServer((request, response) => {
    underWay += 1
    response.on('close', () => {
      underWay -= 1
    })
    callOf(request).then(
      (call) => {
        calls.push(call)
        answer(call, response)
        listener()
      },
      // Killed while it asked.
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/execute`,
    calls,
    get done() {
      return [...done.values()]
    },
    underWay: () => underWay,
    repeated: () => calls.length - tempers.size,
    onCall: (next) => {
      listener = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function temperOf(random: Seeded): Temper {
  if (random.happens(0.04)) return 'breaks_off'
  if (random.happens(0.04)) return 'fails_once'
  return random.happens(0.5) ? 'slow' : 'swift'
}

async function callOf(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  const { workflow_id, step, decision_id } = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  const key = String(request.headers['idempotency-key'])
  return { key, workflow: workflow_id, step, decision: decision_id, at: Date.now() }
}
