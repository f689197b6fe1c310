/**
 * Agents are told at their callback address, through the whole app, by a receiver that verifies with the public library
 * and drops, delays and repeats. Seen to fail: with the key left out of the id the same id on each try; without the intent
 * of a question that ran out "expired"; with the plan's first delay at 0 "five seconds"; with 410 tried again "gone";
 * with no `root.send` written, each root told in Slack, or a root sent once only: "roots of the audit log"; with no answer
 * in time taken for an answer "fifteen seconds" and "misses none"; with another id on each try, the first try's signature
 * sent again, any of the ten types not sent, or evidence in the body "misses none".
 */
import { afterEach, describe, expect, it } from 'vitest'
import { sha256Hex } from '../../src/domain/digest.ts'
import { type WebhookType, webhookTypes } from '../../src/domain/webhook.ts'
import { seeded } from '../faults/seeded.ts'
import { tries } from '../fixtures/depth.ts'
import {
  ANA,
  HOUR,
  type House,
  type HouseOptions,
  type Json,
  MINUTE,
  OPS,
  openHouse,
  proposal,
  SECOND,
  textOf,
  untilTomorrow,
  within,
} from './house.ts'
import { openPatience, openReceiver } from './receiver.ts'

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY='
const ends: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

describe('an agent with a callback address', () => {
  it('is told of an approval, once, with the decision and its checkpoint, under a signature', async () => {
    const { house, receiver, propose } = await open()
    const id = await propose({ checkpoint: { at: 4 } })
    await house.press(ANA, id, 'approve')
    await house.deliver()
    expect(receiver.got()).toMatchObject([
      { body: { type: 'decision.approved', data: { decision: { id, approved: true, checkpoint: { at: 4 } } } } },
    ])
    expect(JSON.stringify(receiver.got())).not.toContain('"evidence"')
  })

  it('is told of a denial, a withdrawal and of silence', async () => {
    const { house, receiver, propose } = await open()
    const denied = await propose()
    await house.press(ANA, denied, 'deny')
    await house.fill(ANA, { reason: 'wrong order' })
    const other = { parameters: { order_id: 'A-2', amount_usd: 120 } }
    const withdrawn = await propose(other)
    await house.post(withdrawn, 'withdraw', { reason: 'not needed' })
    const late = await propose(other)
    await house.advance(2 * HOUR)
    const told = receiver.got().map(({ body }) => [body['type'], idOf(body)])
    expect(told).toEqual([
      ['decision.denied', denied],
      ['decision.withdrawn', withdrawn],
      ['decision.timed_out', late],
    ])
  })

  it('is told of a question, and when it has expired although nobody swept in between', async () => {
    const { house, receiver, propose } = await open()
    const id = await propose()
    await house.press(ANA, id, 'clarify')
    await house.fill(ANA, { question: 'Which order?' })
    await house.deliver()
    house.turn(24 * HOUR + MINUTE)
    await house.press(ANA, id, 'deny')
    await house.fill(ANA, { reason: 'no answer' })
    await house.deliver()
    expect(receiver.got().map(({ body }) => body['type'])).toEqual([
      'clarification.requested',
      'clarification.expired',
      'decision.denied',
    ])
  })

  it('is told again after five seconds and five minutes under the same id, until it takes it', async () => {
    const { house, receiver, propose } = await open()
    const answers = ['drop', 500, 200] as const
    receiver.behave = (response) => {
      const answer = answers[receiver.got().length - 1] ?? 200
      if (answer === 'drop') response.socket?.destroy()
      else response.writeHead(answer).end()
    }
    const id = await propose()
    await house.post(id, 'withdraw', { reason: 'not needed' })
    await house.deliver()
    expect(receiver.got()).toHaveLength(1)
    await turnAndDeliver(house, 5 * SECOND - 1)
    expect(receiver.got()).toHaveLength(1)
    await turnAndDeliver(house, 1)
    expect(receiver.got()).toHaveLength(2)
    await turnAndDeliver(house, 5 * MINUTE)
    await turnAndDeliver(house, 80 * HOUR)
    expect(receiver.got()).toHaveLength(3)
    expect(new Set(receiver.got().map(({ id: message }) => message)).size).toBe(1)
  })

  it('is told again, under the same id, what it took longer than fifteen seconds to answer, and acts once', async () => {
    const { house, receiver, propose, outlast } = await open()
    const acted: string[] = []
    receiver.behave = (response, { id: message }) => {
      if (acted.includes(message)) return response.end()
      acted.push(message)
      return outlast(response)
    }
    const id = await propose()
    await house.post(id, 'withdraw', { reason: 'not needed' })
    const begun = house.now()
    await house.deliver()
    expect(house.now() - begun).toBe(15 * SECOND)
    expect(await house.store.deliveries(10)).toMatchObject([{ kind: 'webhook.send', attempts: 1, error: 'ETIMEDOUT' }])
    await turnAndDeliver(house, 5 * SECOND)
    await turnAndDeliver(house, 80 * HOUR)
    const [first, second, ...more] = receiver.got()
    expect(second).toMatchObject({ id: first?.id, text: first?.text, signedAt: Number(first?.signedAt) + 20 * SECOND })
    expect(more).toEqual([])
    expect(acted).toEqual([first?.id])
  })

  it.each([429, 503])('waits as long as the receiver asks for with a %d', async (status) => {
    const { house, receiver, propose } = await open()
    receiver.behave = (response) => response.writeHead(status, { 'retry-after': '3600' }).end()
    const id = await propose()
    await house.post(id, 'withdraw', { reason: 'not needed' })
    await house.deliver()
    await turnAndDeliver(house, HOUR - 1)
    expect(receiver.got()).toHaveLength(1)
    await turnAndDeliver(house, 1)
    expect(receiver.got()).toHaveLength(2)
  })

  it('is not told any more once it says that it is gone, and that is a dead letter', async () => {
    const { house, receiver, propose } = await open()
    receiver.behave = (response) => response.writeHead(410).end()
    const id = await propose()
    await house.post(id, 'withdraw', { reason: 'not needed' })
    await house.deliver()
    await turnAndDeliver(house, 80 * HOUR)
    expect(receiver.got()).toHaveLength(1)
    expect(await house.store.counts(house.now())).toMatchObject({ outboxDead: 1 })
  })

  it('is told after all, under the same id, once an operator has it queued again', async () => {
    const { house, receiver, propose } = await open()
    receiver.behave = (response) => response.writeHead(410).end()
    for (const order of ['A-1', 'A-2']) {
      const id = await propose({ parameters: { order_id: order, amount_usd: 120 } })
      await house.post(id, 'withdraw', { reason: 'not needed' })
    }
    await house.show()
    const told = house.workspace.messages(OPS).map(textOf)
    expect(told.filter((text) => text.includes('Another system was not told'))).toHaveLength(1)
    receiver.behave = (response) => response.end()
    const queued = await house.store.replay(null, house.now(), (found) => ({
      type: 'deliveries.replayed',
      at: house.now(),
      actor: { kind: 'operator' },
      payload: { count: found.length, first: found },
      sealed: null,
    }))
    expect(queued).toHaveLength(2)
    await house.deliver()
    const ids = receiver.got().map(({ id }) => id)
    expect(ids).toHaveLength(4)
    expect(new Set(ids).size).toBe(2)
  })

  it('is given up after ten tries in three days', async () => {
    const { house, receiver, propose } = await open()
    receiver.behave = (response) => response.writeHead(500).end()
    const id = await propose()
    await house.post(id, 'withdraw', { reason: 'not needed' })
    await house.deliver()
    // What Standard Webhooks 1.0 recommends; not a millisecond before.
    const plan = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)]
    for (const [tries, wait] of plan.entries()) {
      await turnAndDeliver(house, wait - 1)
      expect(receiver.got()).toHaveLength(tries + 1)
      await turnAndDeliver(house, 1)
      expect(receiver.got()).toHaveLength(tries + 2)
    }
    await turnAndDeliver(house, 100 * HOUR)
    expect(receiver.got()).toHaveLength(10)
    expect(new Set(receiver.got().map(({ id: message }) => message)).size).toBe(1)
    expect(await house.store.counts(house.now())).toMatchObject({ outboxDead: 1 })
  })
})

describe('a receiver that drops, delays and refuses by chance, and so is told much again', () => {
  const seeds = Array.from({ length: tries(1, 20) }, (_, n) => n + 1)
  it.each(seeds)(
    'acts once on each thing it is told, by the id of the message, and misses none: seed %d',
    async (seed) => {
      const { house, receiver, outlast } = await open({ manifest: PATIENT })
      const { told, lives } = await thirty(house, receiver.url)
      const seen = new Map<string, Json>()
      const met = new Map<Fault, number>()
      receiver.behave = (response, { id, body }) => {
        const failed = receiver.got().filter((each) => each.id === id).length - 1
        // By what it is and not by when it comes: that is not the same each time.
        const chance = seeded(
          Number.parseInt(
            sha256Hex(`${seed} ${told.get(subjectOf(body))} ${String(body['type'])} ${failed}`).slice(0, 8),
            16,
          ),
        )
        // Ten tries are all that there are.
        const fault = failed < 9 && chance.happens(0.6) ? (chance.pick(FAULTS) ?? 'none') : 'none'
        met.set(fault, (met.get(fault) ?? 0) + 1)
        const isHeard = fault === 'none' || fault === 'unanswered' || fault === 'late'
        if (isHeard && !seen.has(id)) seen.set(id, body)
        switch (fault) {
          case 'none':
            return response.end()
          case 'lost':
          case 'unanswered':
            return response.destroy()
          case 'late':
          case 'silent':
            return outlast(response)
          case 429:
          case 500:
          case 503:
            return response.writeHead(fault, chance.happens(0.5) ? { 'retry-after': '900' } : {}).end()
        }
      }
      const expected: Told[] = []
      const chance = seeded(seed)
      for (const live of lives.map((act) => ({ act, at: chance.below(1_000) })).toSorted((a, b) => a.at - b.at)) {
        expected.push(...(await live.act()))
        await turnAndDeliver(house, chance.below(10) * SECOND)
      }
      await untilNothingWaits(house)

      const acted = [...seen.values()]
      expect(acted.map(toldBy).toSorted()).toEqual(expected.map((each) => each.join(' ')).toSorted())
      expect(new Set(acted.map(({ type }) => type))).toEqual(new Set(webhookTypes))
      expect(await house.store.counts(house.now())).toMatchObject({ open: 0, outboxWaiting: 0, outboxDead: 0 })
      // Otherwise nothing would be shown.
      for (const fault of FAULTS) expect(met.get(fault)).toBeGreaterThan(0)
      const happened = acted.map(({ timestamp }) => String(timestamp))
      expect(happened).not.toEqual(happened.toSorted())

      for (const id of seen.keys()) {
        const all = receiver.got().filter((each) => each.id === id)
        for (const [n, { signedAt, text, body }] of all.entries()) {
          const before = all[n - 1]
          if (before === undefined) continue
          expect(signedAt - before.signedAt).toBeGreaterThanOrEqual(5 * SECOND)
          expect(toldBy(body)).toBe(toldBy(before.body))
          if (versionOf(body) === versionOf(before.body)) expect(text).toBe(before.text)
        }
      }
      for (const { text } of receiver.got()) expect(text).not.toContain('for people only')
    },
  )
})

describe('a system that keeps roots of the audit log', () => {
  it('gets each one that is made, under one id until it takes it; the operations channel gets one a day', async () => {
    const receiver = await openReceiver(SECRET, () => house.now())
    ends.push(receiver.close)
    const house = await openHouse({ webhookSecret: SECRET, auditRootUrl: receiver.url })
    ends.push(house.close)
    house.turn(untilTomorrow(house.now()))
    receiver.behave = (response) => response.writeHead(receiver.got().length === 1 ? 500 : 200).end()
    await house.propose()
    await house.root()
    await house.root()
    await turnAndDeliver(house, MINUTE)
    await turnAndDeliver(house, MINUTE)
    await house.propose()
    await house.root()
    await turnAndDeliver(house, MINUTE)
    const metrics = await (await fetch(`${house.url}/metrics`)).text()
    expect(metrics).toMatch(/^countersign_audit_root_last_timestamp_seconds [1-9]/m)
    const [first, second] = await house.store.roots(0, 10)
    const sent = (root: typeof first) => ({
      type: 'audit.root',
      data: { n: root?.n, hash: root?.hash, root: root?.root },
    })
    expect(receiver.got().map(({ body }) => body)).toMatchObject([sent(first), sent(first), sent(second)])
    expect(new Set(receiver.got().map(({ id }) => id)).size).toBe(2)
    const told = house.workspace
      .messages(OPS)
      .map(textOf)
      .filter((text) => text.includes('Audit root'))
    expect(told).toEqual([expect.stringContaining(String(first?.hash))])
  })
})

async function turnAndDeliver(house: House, ms: number): Promise<void> {
  house.turn(ms)
  await house.deliver()
}

async function open(options: HouseOptions = {}) {
  const receiver = await openReceiver(SECRET, () => house.now())
  const patience = openPatience((ms) => house.turn(ms))
  ends.push(receiver.close)
  const house = await openHouse({ webhookSecret: SECRET, setAnswerTimer: patience.setTimer, ...options })
  ends.push(house.close)
  const propose = async (more: Json = {}) =>
    String((await house.propose({ callback_url: receiver.url, evidence: [{ title: 'a', text: 'b' }], ...more }))['id'])
  return { house, receiver, propose, outlast: patience.outlast }
}

/** `lost` and `silent`: it has not acted; `unanswered` and `late`: it has. */
const FAULTS = ['lost', 'unanswered', 'late', 'silent', 429, 500, 503] as const
type Fault = (typeof FAULTS)[number] | 'none'
/** A type of webhook and what it is about. */
type Told = readonly [type: WebhookType, subject: string]

const PATIENT = `
roles:
  support_lead: { members: [ana@example.com] }
  operations: { members: [dana@example.com] }
defaults: { rollback_window_seconds: 86400 }
actions:
  process_refund: { severity: high, reversible: false, required_role: support_lead, approval_timeout_seconds: 86400 }
  provision: { severity: high, reversible: true, required_role: support_lead }
`

/**
 * Thirty requests and plans on their cards, three of each kind.
 * @returns `told`: which of them an id belongs to; `lives`: has people or the agent do what they do with each, and says what
 *   its agent has to be told in the end
 */
async function thirty(house: House, callback_url: string) {
  const told = new Map<string, number>()
  const evidence = [{ title: 'Notes', text: 'for people only' }]
  const post = async (path: string, body: Json) => {
    const answer = await house.call(
      'POST',
      path,
      { callback_url, ...body },
      { 'idempotency-key': `k-${Math.random()}` },
    )
    expect(answer.status).toBe(201)
    return answer.body
  }
  const request = async (n: number, more: Json = {}) => {
    const parameters = { order_id: `A-${n}`, amount_usd: 120 }
    const id = String((await post('/v1/decisions', proposal({ evidence, parameters, ...more })))['id'])
    told.set(id, n)
    return id
  }
  const plan = async (n: number) => {
    const steps = [{ checkpoint: `before order ${n}`, required_role: 'support_lead' }]
    const { id, approval_request_id: gate } = await post('/v1/workflows', { steps })
    told.set(String(id), n).set(String(gate), n)
    return { id: String(id), gate: String(gate) }
  }
  const say = async (id: string, button: string, texts: Readonly<Record<string, string>>) => {
    await house.press(ANA, id, button)
    await house.fill(ANA, texts)
  }
  const lives: (() => Promise<readonly Told[]>)[] = []
  for (let n = 0; n < 30; ) {
    const approved = await request(n++)
    const denied = await request(n++)
    const withdrawn = await request(n++)
    const late = await request(n++)
    const asked = await request(n++)
    const undone = await request(n++, { action: 'provision' })
    const completed = await plan(n++)
    const stopped = await plan(n++)
    const cancelled = await plan(n++)
    const forgotten = await plan(n++)
    lives.push(
      async () => {
        await house.press(ANA, approved, 'approve')
        return [['decision.approved', approved]]
      },
      async () => {
        await say(denied, 'deny', { reason: 'wrong order' })
        return [['decision.denied', denied]]
      },
      async () => {
        await house.post(withdrawn, 'withdraw', { reason: 'not needed' })
        return [['decision.withdrawn', withdrawn]]
      },
      async () => [['decision.timed_out', late]],
      async () => {
        await say(asked, 'clarify', { question: 'Which order?' })
        return [
          ['clarification.requested', asked],
          ['clarification.expired', asked],
          ['decision.timed_out', asked],
        ]
      },
      async () => {
        await say(undone, 'roll_back', { reason: 'wrong region' })
        return [['rollback.requested', undone]]
      },
      async () => {
        await house.press(ANA, completed.gate, 'approve')
        return [
          ['decision.approved', completed.gate],
          ['workflow.completed', completed.id],
        ]
      },
      async () => {
        await say(stopped.gate, 'deny', { reason: 'not today' })
        return [
          ['decision.denied', stopped.gate],
          ['workflow.denied', stopped.id],
        ]
      },
      async () => {
        await house.call('POST', `/v1/workflows/${cancelled.id}/cancel`, { reason: 'not needed' })
        return [
          ['workflow.failed', cancelled.id],
          ['decision.withdrawn', cancelled.gate],
        ]
      },
      async () => [
        ['decision.timed_out', forgotten.gate],
        ['workflow.denied', forgotten.id],
      ],
    )
  }
  await house.show()
  return { told, lives }
}

/** Sweeps by the hour, and delivers whatever is due at the moment at which it is. */
async function untilNothingWaits(house: House): Promise<void> {
  for (let rounds = 0; rounds < 1_000; rounds += 1) {
    await house.app.sweep()
    await house.deliver()
    const now = house.now()
    const { open, outboxWaiting } = await house.store.counts(now)
    if (open + outboxWaiting === 0) return
    const next = await Promise.all([house.store.nextIntentAt('systems', now), house.store.nextIntentAt('slack', now)])
    house.turn(Math.min(HOUR, ...next.flatMap((at) => (at === null ? [] : [at - now]))))
  }
  throw new Error('something waits forever')
}

function toldBy(body: Json): string {
  return `${String(body['type'])} ${subjectOf(body)}`
}

function subjectOf(body: Json): string {
  return String(within(body, 'data', 'decision', 'id') ?? within(body, 'data', 'workflow', 'id'))
}

function versionOf(body: Json): unknown {
  return within(body, 'data', 'decision', 'version') ?? within(body, 'data', 'workflow', 'version')
}

function idOf(body: Json): unknown {
  const data = Object(body['data'])
  return Object(data['decision'])['id']
}
