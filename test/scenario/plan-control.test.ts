/**
 * What its agent can do with a plan on its way, at every stage of it, and how plans end before all is done.
 */

import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newApiKey } from '../../src/app/api-key.ts'
import type { Scope } from '../../src/app/ports.ts'
import { done, type Executor, openExecutor } from './executor.ts'
import { ANA, buttonsOf, HOUR, type House, type Json, MINUTE, openHouse, type Reply } from './house.ts'

let house: House
let executor: Executor
beforeAll(async () => {
  executor = await openExecutor()
  house = await openHouse({ manifest: manifestWith(executor.url) })
})
afterAll(async () => {
  await house.close()
  executor.close()
})
beforeEach(() => {
  executor.behave('look_up', done)
  executor.behave('process_refund', done)
})

describe('a plan that is paused', () => {
  it('while a person is asked goes on waiting, and nothing follows from the answer before it is resumed', async () => {
    const { id, decision } = await waiting()
    expect(await act(id, 'pause', { reason: 'the customer called' })).toMatchObject({
      status: 200,
      body: { status: 'suspended', reason: 'the customer called', step_index: 1 },
    })
    await house.press(ANA, decision, 'approve')
    await house.advance(HOUR)
    expect(await house.decision(decision)).toMatchObject({ status: 'approved', execution: { state: 'not_started' } })
    expect(await workflow(id)).toMatchObject({ status: 'suspended', step_index: 1 })
    expect(await act(id, 'resume')).toMatchObject({ status: 200, body: { status: 'approved', reason: null } })
    await house.show()
    expect(await workflow(id)).toMatchObject({ status: 'completed' })
    expect(asked(id)).toEqual([0, 1, 2])
  })

  it('while its executor is called keeps the answer, and takes the next step when it is resumed', async () => {
    const { id, answer } = await calling()
    await act(id, 'pause', { reason: 'wait' })
    await answer()
    await house.advance(HOUR)
    expect(await workflow(id)).toMatchObject({ status: 'suspended', step_index: 0 })
    await act(id, 'resume')
    await house.show()
    expect(await workflow(id)).toMatchObject({ status: 'completed', step_index: 2 })
    expect(asked(id)).toEqual([0, 1])
  })

  it('while a try waits is tried again only when it is resumed, under the same key', async () => {
    executor.behave('look_up', (response) => response.writeHead(500).end())
    const id = await begin([look, look])
    await house.deliver()
    await act(id, 'pause', { reason: 'wait' })
    await house.advance(HOUR)
    expect(asked(id)).toEqual([0])
    executor.behave('look_up', done)
    await act(id, 'resume')
    await house.show()
    expect(await workflow(id)).toMatchObject({ status: 'completed' })
    expect(asked(id)).toEqual([0, 0, 1])
  })

  it('twice keeps its first reason, and resuming what is not paused changes nothing', async () => {
    const { id } = await waiting()
    const { version } = await workflow(id)
    expect(await act(id, 'resume')).toMatchObject({ status: 200, body: { status: 'awaiting_approval', version } })
    await act(id, 'pause', { reason: 'first' })
    expect(await act(id, 'pause', { reason: 'second' })).toMatchObject({ status: 200, body: { reason: 'first' } })
    await act(id, 'resume')
    expect(await act(id, 'resume')).toMatchObject({ status: 200, body: { status: 'awaiting_approval' } })
  })
})

describe('a plan that is cancelled', () => {
  it('while a person is asked is no longer theirs to decide', async () => {
    const { id, decision } = await waiting()
    expect(await act(id, 'cancel', { reason: 'the customer kept it' })).toMatchObject({
      status: 200,
      body: { status: 'failed', reason: 'the customer kept it', pending_action: null },
    })
    await house.show()
    expect(await house.decision(decision)).toMatchObject({ status: 'withdrawn' })
    expect(buttonsOf(house.card(decision))).not.toContain('approve')
    expect(asked(id)).toEqual([0])
  })

  it('while a person approves goes no further than that step, whoever was first', async () => {
    const { id, decision } = await waiting()
    await Promise.all([house.press(ANA, decision, 'approve'), act(id, 'cancel', { reason: 'too late?' })])
    await house.show()
    await house.advance(HOUR)
    expect(await workflow(id)).toMatchObject({ status: 'failed', step_index: 1, reason: 'too late?' })
    expect(asked(id)).not.toContain(2)
  })

  it('while its executor is called records what came of that, and goes no further', async () => {
    const { id, answer } = await calling()
    await act(id, 'cancel', { reason: 'stop' })
    await answer()
    await house.advance(HOUR)
    expect(asked(id)).toEqual([0])
    expect(await workflow(id)).toMatchObject({ status: 'failed', completed_steps: [] })
    expect(await stepOf(id, 0)).toMatchObject({ execution: { state: 'succeeded' } })
  })

  it('while a try waits is not tried again', async () => {
    executor.behave('look_up', (response) => response.writeHead(500).end())
    const id = await begin([look, look])
    await house.deliver()
    await act(id, 'cancel', { reason: 'stop' })
    await house.advance(HOUR)
    expect(asked(id)).toEqual([0])
  })

  it('while it is paused stays cancelled', async () => {
    const { id } = await waiting()
    await act(id, 'pause', { reason: 'wait' })
    expect(await act(id, 'cancel', { reason: 'stop' })).toMatchObject({ body: { status: 'failed', reason: 'stop' } })
  })
})

describe('a plan that has ended', () => {
  it.each(['pause', 'resume', 'cancel'])('takes no %s any more, and is told as it is', async (verb) => {
    const id = await begin([look])
    await house.show()
    const before = await workflow(id)
    const reply = await act(id, verb, verb === 'resume' ? {} : { reason: 'late' })
    expect(reply).toMatchObject({ status: 409, body: { code: 'workflow_ended' } })
    expect(reply.body['detail']).toMatch(
      /^This workflow has ended on \d{4}-\d\d-\d\d at \d\d:\d\d UTC: it is completed\. Nothing was changed\.$/,
    )
    expect(await workflow(id)).toEqual(before)
  })
})

describe('the plan of another agent', () => {
  it('is not there for anybody but its own, and an administrator’s key only reads', async () => {
    const { id } = await waiting()
    const other = await keyOf('other-bot', ['decide', 'read'])
    const admin = await keyOf('admin-bot', ['decide', 'admin'])
    for (const verb of ['pause', 'resume', 'cancel'])
      for (const key of [other, admin])
        expect(await act(id, verb, verb === 'resume' ? {} : { reason: 'mine' }, key)).toMatchObject({ status: 404 })
    expect(await house.call('GET', `/v1/workflows/${id}`, undefined, other)).toMatchObject({ status: 404 })
    expect(await house.call('GET', `/v1/workflows/${id}`, undefined, admin)).toMatchObject({ status: 200 })
    expect(await workflow(id)).toMatchObject({ status: 'awaiting_approval' })
  })
})

describe('a plan that ends at a step', () => {
  it('that a person denies says so, and what had been completed', async () => {
    const another = { ...refund, parameters: { order_id: 'A-2', amount_usd: 75 } }
    const { id, decision } = await waiting([look, look, look, another, look])
    await house.press(ANA, decision, 'deny')
    await house.fill(ANA, { reason: 'Not this customer.' })
    await house.show()
    expect(await workflow(id)).toMatchObject({
      status: 'denied',
      step_index: 3,
      reason: `Step 3 of 5 (process_refund): <@${ANA}> denied it: Not this customer. Steps 0 to 2 had been completed.`,
      completed_steps: [{}, {}, {}],
    })
    expect(asked(id)).toEqual([0, 1, 2])
  })

  it('that nobody decides in time is denied', async () => {
    const { id } = await waiting()
    await house.advance(HOUR + MINUTE)
    expect(await workflow(id)).toMatchObject({
      status: 'denied',
      reason: 'Step 1 of 3 (process_refund): nobody decided in time, which is a denial. Step 0 had been completed.',
    })
  })

  it('that its agent takes back is denied', async () => {
    const { id, decision } = await waiting()
    await house.post(decision, 'withdraw', { reason: 'changed my mind' })
    await house.show()
    expect(await workflow(id)).toMatchObject({
      status: 'denied',
      reason: 'Step 1 of 3 (process_refund): it was withdrawn: changed my mind. Step 0 had been completed.',
    })
  })

  it('that the policy blocks has failed', async () => {
    const id = await begin([look, { ...look, action: 'launch_rocket' }])
    await house.show()
    expect(await workflow(id)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(
        /^Step 1 of 2 \(launch_rocket\): the policy blocks it: .+\. Step 0 had been completed\.$/,
      ),
    })
  })

  it('that nobody lets pass is denied, and executes nothing', async () => {
    const { id, decision } = await waiting([{ checkpoint: 'before go-live', required_role: 'support_lead' }, look])
    await house.press(ANA, decision, 'deny')
    await house.fill(ANA, { reason: 'not yet' })
    await house.show()
    expect(await workflow(id)).toMatchObject({
      status: 'denied',
      reason: `Step 0 of 2 (before go-live): <@${ANA}> denied it: not yet. No step had been completed.`,
    })
    expect(asked(id)).toEqual([])
  })
})

const sure = { confidence: 0.95, confidence_basis: 'looked up' }
const look = { action: 'look_up', parameters: { order_id: 'A-1' }, ...sure }
const refund = { action: 'process_refund', parameters: { order_id: 'A-1', amount_usd: 75 }, ...sure, confidence: 0.8 }

/** Begins a plan and lets it go until a person is asked. */
async function waiting(steps: readonly Json[] = [look, refund, look]) {
  const id = await begin(steps)
  await house.show()
  const shown = await workflow(id)
  expect(shown).toMatchObject({ status: 'awaiting_approval' })
  return { id, decision: String(shown['approval_request_id']) }
}

/** Begins a plan whose executor has been asked and does not answer before it is told to. */
async function calling(): Promise<{ readonly id: string; readonly answer: () => Promise<void> }> {
  let delivered: Promise<void> = Promise.resolve()
  const held = new Promise<() => void>((resolve) => {
    executor.behave('look_up', (response: ServerResponse, request, tries) => {
      executor.behave('look_up', done)
      resolve(() => void done(response, request, tries))
    })
  })
  const id = await begin([look, look])
  delivered = house.deliver()
  const release = await held
  return {
    id,
    answer: async () => {
      release()
      await delivered
    },
  }
}

async function begin(steps: readonly Json[]): Promise<string> {
  const key = { 'idempotency-key': randomBytes(8).toString('hex') }
  const reply = await house.call('POST', '/v1/workflows', { steps }, key)
  expect(reply).toMatchObject({ status: 201 })
  return String(reply.body['id'])
}

function act(
  id: string,
  verb: string,
  body: Json = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return house.call('POST', `/v1/workflows/${id}/${verb}`, body, headers)
}

async function workflow(id: string): Promise<Json> {
  return (await house.call('GET', `/v1/workflows/${id}`)).body
}

/** Which steps the executor was asked for, in this order. */
function asked(id: string): readonly number[] {
  return executor.asked(id).map(({ key }) => Number(key.split('/')[1]))
}

async function stepOf(id: string, index: number): Promise<Json> {
  const all = await house.store.decisions({ agent: null, status: null, action: null, before: null, limit: 1_000 })
  return house.decision(all.find(({ run }) => run?.workflow === id && run.step === index)?.id ?? '')
}

async function keyOf(agent: string, scopes: readonly Scope[]): Promise<Readonly<Record<string, string>>> {
  const { token, record } = newApiKey({ agent, scopes, expiresAt: null, now: house.now(), random: randomBytes })
  await house.store.saveApiKey(record)
  return { authorization: `Bearer ${token}` }
}

function manifestWith(url: string): string {
  const executing = `executor: { url: "${url}", timeout_seconds: 5, idempotent: true }`
  return `
roles:
  support_lead: { members: [ana@example.com] }
  operations: { members: [dana@example.com] }
actions:
  look_up: { severity: low, reversible: true, ${executing} }
  process_refund:
    severity: high
    reversible: false
    approval_required: true
    required_role: support_lead
    approval_timeout_seconds: 3600
    ${executing}
`
}
