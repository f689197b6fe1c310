/*
 * 1,000 (10,000 with DEEP=1) requests that Slack has signed, each delivered one to four times: at once, later, with Slack's
 * retry headers, an event again under another signature; each has one effect. Broken once each to see it fail: nothing
 * remembered; the request remembered by its stamp alone; events not known by their id.
 */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createBolt } from '../../src/slack/bolt.ts'
import { seeded } from '../faults/seeded.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { asForm, asJson, commandFields, eventPayload, type Request } from './payload-forms.ts'

const REQUESTS = tries(1_000, 10_000)
const SECRET = 'a-signing-secret'
const effects = new Map<string, number>()
const bump = (what: string) => void effects.set(what, (effects.get(what) ?? 0) + 1)
let url = ''
let server = createServer()
let twice = 0

beforeAll(async () => {
  const { listener } = await createBolt({
    connection: { mode: 'http', signingSecret: SECRET },
    botToken: 'xoxb-1',
    apiUrl: 'http://127.0.0.1:9/api/',
    clock: Date.now,
    log: pino({ level: 'silent' }),
    register: (bolt) => {
      bolt.command('/approvals', async ({ body, ack }) => {
        bump(body.text)
        await ack()
      })
      bolt.event('user_change', async ({ event }) => bump(event.user.id))
    },
    twice: () => {
      twice += 1
    },
  })
  server = createServer(listener ?? undefined).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/slack/events`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Signs as Slack does (docs.slack.dev/authentication/verifying-requests-from-slack). */
function signed({ body, headers }: Request, stamp: number): Request {
  const signature = createHmac('sha256', SECRET).update(`v0:${stamp}:${body}`).digest('hex')
  return {
    body,
    headers: { ...headers, 'x-slack-request-timestamp': String(stamp), 'x-slack-signature': `v0=${signature}` },
  }
}

it(
  `${REQUESTS} requests have one effect each, however often they come`,
  async () => {
    const random = seeded(7)
    const now = Math.floor(Date.now() / 1_000)
    const deliveries: Request[] = []
    for (let n = 0; n < REQUESTS; n += 1) {
      const isEvent = n % 3 === 0
      const request = isEvent
        ? asJson(eventPayload({ type: 'user_change', user: { id: `U${n}` } }))
        : asForm(commandFields('U0ANA00001', `word ${n}`))
      const stamp = now - random.below(60)
      for (let times = 1 + random.below(4); times > 0; times -= 1) {
        // Slack signs an event anew when it sends it again.
        const { body, headers } = signed(request, isEvent ? stamp + random.below(3) : stamp)
        const retried = { 'x-slack-retry-num': String(times), 'x-slack-retry-reason': 'http_timeout' }
        deliveries.push({ body, headers: times > 1 ? { ...headers, ...retried } : headers })
      }
    }
    for (let at = deliveries.length - 1; at > 0; at -= 1) {
      const other = random.below(Math.min(at + 1, 50))
      const [one, two] = [deliveries[at], deliveries[at - other]]
      if (one !== undefined && two !== undefined) [deliveries[at], deliveries[at - other]] = [two, one]
    }
    for (let at = 0; at < deliveries.length; at += 20) {
      const answers = deliveries
        .slice(at, at + 20)
        .map(({ body, headers }) => fetch(url, { method: 'POST', body, headers }))
      for (const answer of await Promise.all(answers)) {
        expect(answer.status).toBe(200)
        await answer.arrayBuffer()
      }
    }
    expect(effects.size).toBe(REQUESTS)
    expect([...effects].filter(([, times]) => times !== 1)).toEqual([])
    expect(twice).toBe(deliveries.length - REQUESTS)
    expect(twice).toBeGreaterThan(REQUESTS)
  },
  patience(60_000),
)
