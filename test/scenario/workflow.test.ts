/**
 * Plans that Countersign carries out, through the whole app: real HTTP, a real executor, a click in Slack.
 * Seen to fail: with no grant once it was used, and with one for the agent -> "gives its executor the grant".
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ANA, APPROVALS, type House, type Json, openHouse } from './house.ts'

const ends: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

describe('a plan of five steps', () => {
  it('goes to step four by itself, waits for a person, and goes on from exactly there', async () => {
    const executor = await openExecutor()
    const house = await open(executor)
    const started = await start(house, { name: 'Refund order A-1' })
    expect(started).toMatchObject({ status: 201, body: { name: 'Refund order A-1', status: 'running', step_index: 0 } })
    const id = String(started.body['id'])
    await house.show()
    expect(executor.asked().map(({ key }) => key)).toEqual([`${id}/0`, `${id}/1`, `${id}/2`])
    const waiting = await workflow(house, id)
    expect(waiting).toMatchObject({
      status: 'awaiting_approval',
      step_index: 3,
      pending_action: { action: 'process_refund', parameters: { order_id: 'A-1', amount_usd: 75 } },
      completed_steps: [
        { index: 0, action: 'look_up', outcome: 'auto_approved', reviewer: null, result: { done: `${id}/0` } },
        { index: 1 },
        { index: 2 },
      ],
    })
    const decision = String(waiting['approval_request_id'])
    await house.press(ANA, decision, 'approve')
    await house.show()
    expect(await workflow(house, id)).toMatchObject({
      status: 'completed',
      step_index: 5,
      pending_action: null,
      approval_request_id: null,
      completed_steps: [{}, {}, {}, { index: 3, outcome: 'human_approved', reviewer: ANA }, { index: 4 }],
    })
    expect(executor.asked().map(({ key }) => key)).toEqual([0, 1, 2, 3, 4].map((step) => `${id}/${step}`))
    expect(await house.decision(decision)).toMatchObject({ execution: { state: 'succeeded' } })
    expect(house.unhandled).toEqual([])
  })

  it('gives its executor the grant of each step, the same each time it asks, and the agent none', async () => {
    const executor = await openExecutor()
    const house = await open(executor)
    let asked = 0
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    executor.answer = async (response, one) => {
      asked += 1
      const { grant, action, parameters } = one.body
      if (action === 'process_refund') await held
      const used = await house.call(
        'POST',
        '/v1/grants/consume',
        { grant, action, parameters },
        { 'idempotency-key': one.key },
      )
      // The second step's first answer is lost after its grant was used.
      if (asked === 2) return response.socket?.destroy()
      return response.writeHead(used.status).end(JSON.stringify(used.body))
    }
    const { body } = await start(house, { steps: [look, look, refund] })
    await house.show()
    const waiting = await workflow(house, String(body['id']))
    const decision = String(waiting['approval_request_id'])
    await house.press(ANA, decision, 'approve')
    const shown = house.show()
    await vi.waitFor(() => expect(executor.asked()).toHaveLength(4))
    expect(await house.decision(decision)).toMatchObject({ execution: { state: 'started' }, grant: null })
    release()
    await shown
    expect(await workflow(house, String(body['id']))).toMatchObject({
      status: 'completed',
      completed_steps: [
        { result: { approved_by: ['policy'] } },
        { result: { approved_by: ['policy'], parameters: look.parameters } },
        { result: { decision_id: decision, approved_by: [expect.stringContaining(ANA)] } },
      ],
    })
    const grants = executor.asked().map(({ body: order }) => order['grant'])
    expect(grants).toHaveLength(4)
    expect(grants[1]).toBe(grants[2])
    expect(new Set(grants).size).toBe(3)
  })
})

describe('a plan of which a step is rolled back', () => {
  it('stops, says why, and goes on when its agent has seen to it', async () => {
    const executor = await openExecutor()
    const house = await open(executor)
    const steps = [provision, { checkpoint: 'before go-live', required_role: 'support_lead' }]
    const id = String((await start(house, { steps })).body['id'])
    await house.show()
    const [card] = house.workspace.messages(APPROVALS).filter(({ text }) => text.includes('roll back'))
    const provisioned = String(card?.metadata?.event_payload['subject'])
    await house.press(ANA, provisioned, 'roll_back')
    await house.fill(ANA, { reason: 'wrong region' })
    await house.show()
    expect(await workflow(house, id)).toMatchObject({
      status: 'suspended',
      reason: `Step 0 is being rolled back, as <@${ANA}> has asked.`,
    })
    const gate = (await house.call('GET', '/v1/decisions?status=pending')).body
    const [waiting] = Array.isArray(gate['data']) ? gate['data'] : []
    await house.press(ANA, String(Object(waiting)['id']), 'approve')
    await house.show()
    expect(await workflow(house, id)).toMatchObject({ status: 'suspended', step_index: 1 })
    expect(await house.call('POST', `/v1/workflows/${id}/resume`, {})).toMatchObject({ status: 200 })
    await house.show()
    expect(await workflow(house, id)).toMatchObject({
      status: 'completed',
      completed_steps: [{}, { outcome: 'passed' }],
    })
  })
})

const provision = { action: 'provision', parameters: { region: 'eu' }, ...sure(0.9) }
const look = { action: 'look_up', parameters: { order_id: 'A-1' }, ...sure(0.9) }
const refund = { action: 'process_refund', parameters: { order_id: 'A-1', amount_usd: 75 }, ...sure(0.8) }
const STEPS = [look, look, look, refund, look]

function sure(confidence: number): Json {
  return { confidence, confidence_basis: 'matched by order', uncertainty_factors: [], recommended_review: false }
}

async function start(house: House, more: Json = {}) {
  return house.call('POST', '/v1/workflows', { steps: STEPS, ...more }, { 'idempotency-key': `k-${Math.random()}` })
}

async function workflow(house: House, id: string): Promise<Json> {
  return (await house.call('GET', `/v1/workflows/${id}`)).body
}

async function open(executor: Executor, idempotent = true): Promise<House> {
  const house = await openHouse({ manifest: manifestWith(executor.url, idempotent) })
  ends.push(house.close)
  return house
}

function manifestWith(url: string, idempotent: boolean): string {
  return `
roles:
  support_lead: { members: [ana@example.com] }
  operations: { members: [dana@example.com] }
actions:
  look_up: { severity: low, reversible: true, executor: { url: "${url}", timeout_seconds: 1, idempotent: ${idempotent} } }
  provision:
    severity: high
    reversible: true
    required_role: support_lead
    executor: { url: "${url}", timeout_seconds: 1, idempotent: ${idempotent} }
  process_refund:
    severity: high
    reversible: false
    required_role: support_lead
    executor: { url: "${url}", timeout_seconds: 1, idempotent: ${idempotent} }
`
}

type Asked = { readonly key: string; readonly body: Json }
type Executor = {
  url: string
  readonly asked: () => readonly Asked[]
  answer: (response: ServerResponse, asked: Asked) => unknown
}

/** Done at once, with the key as its result. */
function done(response: ServerResponse, { key }: Asked): void {
  response.end(JSON.stringify({ done: key }))
}

async function openExecutor(): Promise<Executor> {
  const asked: Asked[] = []
  const executor: Executor = { url: '', asked: () => asked, answer: done }
  const server: Server = createServer((request, response) => {
    void jsonOf(request).then((body) => {
      const one = { key: String(request.headers['idempotency-key']), body }
      asked.push(one)
      executor.answer(response, one)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  executor.url = `http://127.0.0.1:${address.port}/execute`
  return executor
}

async function jsonOf(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}
