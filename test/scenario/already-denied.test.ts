/**
 * A repeated ask, through the whole app.
 * Seen to fail: with no check at all; with the check behind the route, so that only people's routes are refused -> "whatever
 * its route"; with time-outs and withdrawals taken for denials; with the parameters as first proposed taken for those that
 * were denied -> "what stood on the card"; with gates checked like steps; with the check of a plan's later steps left out.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Executor, openExecutor } from './executor.ts'
import { ANA, APPROVALS, DANA, HOUR, type House, type Json, MANIFEST, openHouse, proposal, textOf } from './house.ts'

let house: House
let executor: Executor
beforeEach(async () => {
  executor = await openExecutor()
  house = await openHouse({ manifest: withPlans(executor.url) })
})
afterEach(async () => {
  await house.close()
  executor.close()
})

describe('what a person has denied', () => {
  it('is refused when it is asked again, and nobody hears of it', async () => {
    const id = await denied()
    const before = heard()
    const again = await ask()
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'already_denied', links: { decision: `http://127.0.0.1/v1/decisions/${id}` } },
    })
    expect(again.body['detail']).toContain(`${ANA} denied exactly this`)
    expect(again.body['detail']).toContain('"Not this customer."; a denial stands for 24 hours.')
    await house.show()
    expect(heard()).toEqual(before)
    expect(await recorded()).toBe(1)
  })

  it('is refused whatever its route would be', async () => {
    await denied()
    expect((await ask({ confidence: 0.99 })).body['code']).toBe('already_denied')
    await house.reload(withPlans(executor.url).replaceAll('[process_refund, ', '['))
    expect((await ask()).body['code']).toBe('already_denied')
    expect(await recorded()).toBe(1)
  })

  it('can be asked again after a day, on a card that says so', async () => {
    const id = await denied()
    house.turn(24 * HOUR - 60_000)
    expect((await ask()).status).toBe(409)
    house.turn(60_000)
    const again = await house.propose()
    const card = textOf(house.card(String(again['id'])))
    expect(card).toMatch(new RegExp(`Asked twice in 7 days, denied once[^]+by[^]+${ANA}[^]+${id}`))
  })

  it('with another parameter is a new request, whose card counts', async () => {
    await denied()
    await denied({ parameters: { order_id: 'A-1', amount_usd: 90 } })
    const third = await house.propose({ parameters: { order_id: 'A-1', amount_usd: 60 } })
    expect(textOf(house.card(String(third['id'])))).toContain('Asked 3 times in 7 days, denied twice')
    const other = await house.propose({ parameters: { order_id: 'A-2', amount_usd: 60 } })
    expect(textOf(house.card(String(other['id'])))).not.toContain('Asked')
    await house.press(ANA, String(third['id']), 'context')
    expect(textOf(house.workspace.view(ANA))).toContain('Asked 3 times in 7 days, denied twice')
  })

  it('is what stood on the card then', async () => {
    const { id } = await house.propose()
    await house.press(ANA, String(id), 'clarify')
    await house.type(ANA, 'question', 'Why so much?')
    const { clarification } = await house.decision(String(id))
    const parameters = { order_id: 'A-1', amount_usd: 90 }
    const answer = { clarification_id: Object(clarification).id, answer: 'It was a mistake.', parameters }
    expect((await house.call('POST', `/v1/decisions/${String(id)}/answer`, answer)).status).toBe(200)
    await house.show()
    await deny(String(id))
    expect((await ask({ parameters })).status).toBe(409)
    expect((await ask()).status).toBe(201)
  })

  it('does not keep a request from its answer that came before', async () => {
    const headers = { 'idempotency-key': 'once' }
    const first = await house.call('POST', '/v1/decisions', proposal(), headers)
    await house.show()
    await deny(String(first.body['id']))
    const again = await house.call('POST', '/v1/decisions', proposal(), headers)
    expect(again).toMatchObject({ status: 201, body: { id: first.body['id'], status: 'denied' } })
    const fresh = { 'idempotency-key': 'another' }
    expect((await house.call('POST', '/v1/decisions', proposal(), fresh)).status).toBe(409)
  })
})

it('time and the agent itself deny nothing: it can be asked again at once', async () => {
  const { id } = await house.propose()
  await house.advance(HOUR)
  expect(await house.decision(String(id))).toMatchObject({ status: 'timed_out' })
  const again = await house.propose()
  await house.call('POST', `/v1/decisions/${String(again['id'])}/withdraw`, { reason: 'not needed' })
  expect(textOf(house.card(String((await house.propose())['id'])))).not.toContain('Asked')
})

describe('a plan', () => {
  it('with a step that was denied is refused before anything runs', async () => {
    const id = await denied()
    const refused = await plan([look, proposal()])
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'already_denied', links: { decision: expect.stringContaining(id) } },
    })
    expect(refused.body['detail']).toContain('step 1')
    expect(await recorded()).toBe(1)
    expect((await plan([look])).status).toBe(201)
  })

  it('whose step is denied elsewhere before its turn comes ends there, and nobody is asked', async () => {
    const started = await plan([{ checkpoint: 'before go-live', required_role: 'operations' }, proposal()])
    await house.show()
    const gate = String((await workflow(started))['approval_request_id'])
    const id = await denied()
    const before = heard()
    await house.press(DANA, gate, 'approve')
    await house.show()
    const ended = await workflow(started)
    expect(ended).toMatchObject({ status: 'denied', completed_steps: [{ action: 'before go-live' }] })
    expect(ended['reason']).toContain(`<@${ANA}> has denied exactly this already (${id}): Not this customer.`)
    expect(await recorded()).toBe(2)
    expect(heard().direct).toEqual(before.direct)
  })

  it('that was denied at a stage gate can be begun again', async () => {
    const steps = [{ checkpoint: 'before go-live', required_role: 'support_lead' }]
    const first = await plan(steps)
    await house.show()
    await deny(String((await workflow(first))['approval_request_id']))
    expect(await workflow(first)).toMatchObject({ status: 'denied' })
    const second = await plan(steps)
    await house.show()
    expect(await workflow(second)).toMatchObject({ status: 'awaiting_approval' })
  })
})

const look = { ...proposal(), action: 'look_up', parameters: { order_id: 'A-1' }, confidence: 0.99 }

function withPlans(url: string): string {
  const executed = `executor: { url: "${url}" }`
  return MANIFEST.replace('[process_refund, ', '[process_refund, look_up, ')
    .replace(
      '    approval_timeout_seconds: 3600',
      `    ${executed}\n    identity_parameters: [order_id]\n    approval_timeout_seconds: 3600`,
    )
    .replace('  rename_ticket:', `  look_up: { severity: low, reversible: true, ${executed} }\n  rename_ticket:`)
}

function ask(given: Json = {}) {
  return house.call('POST', '/v1/decisions', proposal(given), { 'idempotency-key': `k-${Math.random()}` })
}

function plan(steps: readonly unknown[]) {
  return house.call('POST', '/v1/workflows', { steps }, { 'idempotency-key': `k-${Math.random()}` })
}

async function workflow({ body }: { readonly body: Json }): Promise<Json> {
  return (await house.call('GET', `/v1/workflows/${String(body['id'])}`)).body
}

/** A refund that Ana has denied. */
async function denied(given: Json = {}): Promise<string> {
  const id = String((await house.propose(given))['id'])
  await deny(id)
  return id
}

async function deny(id: string): Promise<void> {
  await house.press(ANA, id, 'deny')
  await house.type(ANA, 'reason', 'Not this customer.')
  await house.show()
  expect(await house.decision(id)).toMatchObject({ status: 'denied' })
}

async function recorded(): Promise<number> {
  return (await house.store.decisions({ agent: null, status: null, action: null, before: null, limit: 100 })).length
}

/** What there is to be read in the channel, and in Ana's direct messages. */
function heard() {
  const { workspace } = house
  const count = (channel: string) => workspace.messages(channel).length
  return {
    channel: count(APPROVALS),
    direct: workspace.calls().filter(({ method }) => method === 'conversations.open').length,
  }
}
