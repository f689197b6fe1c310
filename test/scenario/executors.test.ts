/**
 * Executors that misbehave, through the whole app: what is asked again and when, what is not, and where the plan ends.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SettledAs } from '../../src/domain/event.ts'
import { unknownExecutions } from '../../src/domain/unknown-execution.ts'
import { type Behaviour, done, type Executor, openExecutor } from './executor.ts'
import { ANA, DANA, HOUR, type House, type Json, openHouse, SECOND } from './house.ts'

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

describe('an executor that asks for another try', () => {
  it('is asked after 1, 5, 15, 30 and 60 seconds under the same key, and then nobody knows', async () => {
    const at: number[] = []
    executor.behave('repeat', (response) => {
      at.push(house.now())
      response.writeHead(500).end('no')
    })
    const id = await carryOut('repeat')
    expect(at.map((each, n) => (n === 0 ? 0 : (each - (at[n - 1] ?? 0)) / SECOND))).toEqual([0, 1, 5, 15, 30, 60])
    expect(new Set(executor.asked(id).map(({ key }) => key))).toEqual(new Set([`${id}/0`]))
    expect(await workflow(id)).toMatchObject({
      status: 'suspended',
      step_index: 0,
      reason: 'Nobody knows whether step 0 ran: the executor answered with 500',
    })
    await house.advance(HOUR)
    expect(at).toHaveLength(6)
  })

  it.each([
    ['a connection that breaks off when it is done', (response) => response.destroy()],
    ['503', (response) => response.writeHead(503).end()],
  ] satisfies readonly (readonly [string, Behaviour])[])('goes on after %s', async (_name, once) => {
    executor.behave('repeat', (response, asked, tries) =>
      (tries === 0 && asked.key.endsWith('/0') ? once : done)(response, asked, tries),
    )
    const id = await carryOut('repeat')
    expect(executor.asked(id).map(({ key }) => key)).toEqual([`${id}/0`, `${id}/0`, `${id}/1`])
    expect(await workflow(id)).toMatchObject({
      status: 'completed',
      completed_steps: [{ result: { done: `${id}/0` } }, {}],
    })
  })

  it('gets the rest that it asks for with 429, within reason', async () => {
    const at: number[] = []
    executor.behave('repeat', (response, asked, tries) => {
      at.push(house.now())
      if (tries > 1) return done(response, asked, tries)
      return response.writeHead(429, { 'retry-after': tries === 0 ? '7' : '86400' }).end()
    })
    const id = await carryOut('repeat')
    expect(await workflow(id)).toMatchObject({ status: 'completed' })
    expect(at.slice(0, 3).map((each) => (each - (at[0] ?? 0)) / SECOND)).toEqual([0, 7, 57])
  })
})

describe('an answer of 200', () => {
  const deep = 100_000
  it.each([
    ['that is no JSON is kept as text', 'done, as ever', 'done, as ever'],
    ['with nothing in it is none', '', null],
    ['larger than 256 KiB is done all the same, and not kept', `"${'x'.repeat(256 * 1024)}"`, null],
    ['of 256 KiB is kept', `"${'x'.repeat(256 * 1024 - 2)}"`, 'x'.repeat(256 * 1024 - 2)],
    [
      'nested deeper than can be written is kept as text',
      '['.repeat(deep) + ']'.repeat(deep),
      '['.repeat(deep) + ']'.repeat(deep),
    ],
  ])('%s', async (_name, body, result) => {
    executor.behave('repeat', (response) => response.end(body))
    const id = await carryOut('repeat')
    const shown = await workflow(id)
    expect(shown).toMatchObject({ status: 'completed' })
    expect(Object(shown['completed_steps'])[0].result).toEqual(result)
    expect(executor.asked(id)).toHaveLength(2)
  })
})

describe('an answer that is final', () => {
  it.each([
    ['404', 404, {}, 'the executor answered with 404'],
    ['409', 409, {}, 'the executor answered with 409'],
    [
      'a redirect',
      302,
      { location: 'https://elsewhere.example.com/' },
      'the executor answered with a redirect (302), and none is followed',
    ],
  ])('ends the plan as failed: %s', async (_name, status, headers, why) => {
    executor.behave('repeat', (response, _asked, tries) => response.writeHead(status, headers).end(`{"try":${tries}}`))
    const id = await carryOut('repeat')
    expect(executor.asked(id)).toHaveLength(1)
    expect(await workflow(id)).toMatchObject({
      status: 'failed',
      reason: `Step 0 of 2 (repeat): its execution failed: ${why}. No step had been completed.`,
      completed_steps: [],
    })
    expect(await decisionOf(id, 0)).toMatchObject({ execution: { state: 'failed', result: { try: 0 } } })
  })

  it('is that its address is private: it is never called', async () => {
    const id = await carryOut('inside')
    expect(await workflow(id)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('The executor was not called: its address must not lead to a private'),
    })
  })
})

describe('an executor that cannot tell a repetition', () => {
  it.each([
    ['no answer in time', () => undefined, 'the executor did not answer in time'],
    ['500', (response) => response.writeHead(500).end(), 'the executor answered with 500'],
    ['429', (response) => response.writeHead(429, { 'retry-after': '1' }).end(), 'the executor answered with 429'],
    ['a reset', (response) => response.destroy(), 'the executor gave no answer (UND_ERR_SOCKET)'],
  ] satisfies readonly (readonly [string, Behaviour, string])[])('is asked once: %s', async (_name, behave, why) => {
    executor.behave('once', behave)
    const id = await carryOut('once')
    await house.advance(HOUR)
    expect(executor.asked(id)).toHaveLength(1)
    expect(await workflow(id)).toMatchObject({
      status: 'suspended',
      reason: `Nobody knows whether step 0 ran: ${why}`,
    })
  })

  it('is not asked again after a restart in the middle of a call', async () => {
    const hangs = new Promise<void>((resolve) => {
      executor.behave('once', () => resolve())
    })
    const id = await begin([step('once'), step('repeat')])
    void house.deliver()
    await hangs
    await house.restart(manifestWith(executor.url))
    await house.show()
    await house.advance(HOUR)
    expect(executor.asked(id)).toHaveLength(1)
    expect(await workflow(id)).toMatchObject({ status: 'suspended', reason: expect.stringMatching(/^Nobody knows/) })
  })
})

describe('a step of which nobody knows whether it ran', () => {
  const unknown = async (): Promise<{ readonly id: string; readonly decision: string }> => {
    executor.behave('repeat', done)
    executor.behave('once', (response) => response.writeHead(500).end())
    const id = await carryOut('once')
    return { id, decision: String((await decisionOf(id, 0))['id']) }
  }

  it('that ran, an administrator says, is done, and the plan goes on', async () => {
    const { id, decision } = await unknown()
    expect(await settle(DANA, decision, 'ran')).toMatchObject({ kind: 'accepted' })
    await house.show()
    expect(executor.asked(id).map(({ key }) => key)).toEqual([`${id}/0`, `${id}/1`])
    expect(await workflow(id)).toMatchObject({ status: 'completed', completed_steps: [{ result: null }, {}] })
  })

  it('that did not run ends the plan', async () => {
    const { id, decision } = await unknown()
    await settle(DANA, decision, 'did_not_run')
    await house.show()
    expect(executor.asked(id)).toHaveLength(1)
    expect(await workflow(id)).toMatchObject({
      status: 'failed',
      reason:
        'Step 0 of 2 (once): its execution failed: It did not run, as a person has found out. No step had been completed.',
    })
  })

  it('is tried again under the same key where that is what they say, and once only', async () => {
    const { id, decision } = await unknown()
    executor.behave('once', done)
    await settle(DANA, decision, 'try_again')
    await house.show()
    expect(executor.asked(id).map(({ key }) => key)).toEqual([`${id}/0`, `${id}/0`, `${id}/1`])
    expect(await workflow(id)).toMatchObject({ status: 'completed' })
    const again = await settle(DANA, decision, 'try_again')
    expect(again).toMatchObject({ kind: 'rejected', rejection: { code: 'execution_known' } })
  })

  it('may be unknown once more', async () => {
    const { id, decision } = await unknown()
    await settle(DANA, decision, 'try_again')
    await house.show()
    expect(executor.asked(id)).toHaveLength(2)
    expect(await workflow(id)).toMatchObject({ status: 'suspended' })
  })

  it('is nothing that reviewers, strangers or its agent can settle', async () => {
    const { id, decision } = await unknown()
    const refused = await settle(ANA, decision, 'ran')
    expect(refused).toMatchObject({ kind: 'rejected', rejection: { code: 'not_eligible' } })
    expect(await house.app.settleExecution(DANA, 'dec_none', 'ran', 0)).toEqual({ kind: 'not_found' })
    expect(await house.post(decision, 'execution', { state: 'succeeded' })).toMatchObject({ status: 409 })
    expect(await house.call('POST', `/v1/workflows/${id}/resume`, {})).toMatchObject({
      status: 409,
      body: {
        detail: 'Nobody knows whether its last step ran, and an administrator has to say. Nothing was changed.',
      },
    })
    await house.show()
    expect(await workflow(id)).toMatchObject({ status: 'suspended' })
    expect(await house.call('POST', `/v1/workflows/${id}/cancel`, { reason: 'too long' })).toMatchObject({
      status: 200,
    })
    await settle(DANA, decision, 'try_again')
    await house.show()
    expect(executor.asked(id)).toHaveLength(1)
  })
})

async function carryOut(action: string): Promise<string> {
  const id = await begin([step(action), step('repeat')])
  await house.show()
  return id
}

/** Says of the latest execution of which nobody knew what became of it. */
async function settle(user: string, decision: string, verdict: SettledAs) {
  const [latest] = unknownExecutions(await house.store.history(decision)).toReversed()
  return house.app.settleExecution(user, decision, verdict, latest?.at ?? 0)
}

function step(action: string): Json {
  return { action, parameters: {}, confidence: 0.95, confidence_basis: 'looked up' }
}

async function begin(steps: readonly Json[]): Promise<string> {
  const reply = await house.call('POST', '/v1/workflows', { steps }, { 'idempotency-key': `k-${Math.random()}` })
  expect(reply.body).toMatchObject({ status: 'running' })
  return String(reply.body['id'])
}

async function workflow(id: string): Promise<Json> {
  return (await house.call('GET', `/v1/workflows/${id}`)).body
}

async function decisionOf(workflowId: string, index: number): Promise<Json> {
  const all = await house.store.decisions({ agent: null, status: null, action: null, before: null, limit: 1_000 })
  const found = all.find(({ run }) => run?.workflow === workflowId && run.step === index)
  return house.decision(found?.id ?? '')
}

function manifestWith(url: string): string {
  return `
roles:
  support_lead: { members: [ana@example.com] }
  operations: { members: [dana@example.com] }
actions:
  repeat: { severity: low, reversible: true, executor: { url: "${url}", timeout_seconds: 5, idempotent: true } }
  once: { severity: low, reversible: true, executor: { url: "${url}", timeout_seconds: 1, idempotent: false } }
  inside: { severity: low, reversible: true, executor: { url: "https://10.1.2.3/execute", timeout_seconds: 5, idempotent: true } }
`
}
