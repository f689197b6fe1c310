/*
 * The system that an action's `clarify.url` names is asked what a person wants to know, and answers by a link, through the
 * whole product. Broken once each to see it fail: nobody is asked; the link answers another question as well, or twice; a
 * changed link is taken; it goes on asking when the question is closed; the answer is the agent's in the thread; parameters
 * that it changes are not routed again; a link without its body's check.
 */
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ANA, APPROVALS, BEN, type House, type Json, MINUTE, openHouse, proposal, textOf, within } from './house.ts'

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
const manifest = (url: string) => `
roles: { support_lead: { members: [${ANA}, ${BEN}] } }
actions:
  process_refund:
    description: Refund a customer
    severity: high
    reversible: false
    required_role: support_lead
    approval_timeout_seconds: 3600
    clarify: { url: "${url}" }
    rules: [{ when: 'parameters.amount_usd > 1000.0', route: block, because: too much }]
`

type Question = { readonly id: string; readonly body: Json }
let house: House
let questions: Question[] = []
let status = 200
const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const text = Buffer.concat(chunks).toString('utf8')
    // The library looks at the time of day, which the clock of a test leaves behind.
    const body = Object(status === 200 ? new Webhook(SECRET).verify(text, headers) : JSON.parse(text))
    questions.push({ id: headers['webhook-id'] ?? '', body })
    response.statusCode = status
    response.end()
  })
})

beforeEach(async () => {
  questions = []
  status = 200
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  house = await openHouse({ manifest: manifest(`http://127.0.0.1:${port}/ask`), webhookSecret: SECRET })
})
afterEach(async () => {
  await house.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

let orders = 0
async function ask(question: string): Promise<string> {
  orders += 1
  const { id } = await house.propose(proposal({ parameters: { order_id: `A-${orders}`, amount_usd: 120 } }))
  await askAgain(String(id), question)
  return String(id)
}

async function askAgain(id: string, question: string): Promise<void> {
  await house.press(ANA, id, 'clarify')
  await house.type(ANA, 'question', question)
  await (status === 200 ? house.show() : house.deliver())
}

/** Answers by the link of the last question, or another one. */
async function answer(body: Json, url = String(questions.at(-1)?.body['answer_url'])) {
  const { pathname } = new URL(url)
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`${house.url}${pathname}`, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status: reply.status, body: Object(await reply.json()) }
}

const thread = (id: string) => house.thread(id).map(textOf).join(' ').replace(/\s+/g, ' ')

it('is asked once, with all that the question is about, and its answer goes on as any other does', async () => {
  const id = await ask('Which customer?')
  const clarification = within(await house.decision(id), 'clarification', 'id')
  expect(questions.map(({ body }) => body)).toEqual([
    {
      decision_id: id,
      agent: 'billing-bot',
      action: 'process_refund',
      parameters: { order_id: `A-${orders}`, amount_usd: 120 },
      clarification_id: clarification,
      question: 'Which customer?',
      asked_by: ANA,
      until: expect.stringMatching(/^2\d{3}-/),
      answer_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1\/v1\/answers\/dec_/),
    },
  ])
  const given = await answer({ answer: 'The one in Graz.', evidence: [{ title: 'CRM', text: 'Graz' }] })
  expect(given).toEqual({
    status: 200,
    body: { decision_id: id, clarification_id: clarification, state: 'answered' },
  })
  await house.show()
  expect(await house.decision(id)).toMatchObject({
    status: 'pending',
    clarification: { state: 'answered', answer: 'The one in Graz.' },
  })
  expect(thread(id)).toContain('The system that was asked answered')
  expect(textOf(house.card(id))).toContain('The one in Graz.')
})

it('answers one question, once: not again, not after somebody else, and no other question', async () => {
  const id = await ask('Which customer?')
  const first = String(questions[0]?.body['answer_url'])
  expect((await answer({ answer: 'One.' })).status).toBe(200)
  expect(await answer({ answer: 'Two.' })).toMatchObject({ status: 410, body: { code: 'clarification_closed' } })
  await askAgain(id, 'And which order?')
  expect(questions).toHaveLength(2)
  expect(await answer({ answer: 'Three.' }, first)).toMatchObject({
    status: 404,
    body: { code: 'clarification_unknown' },
  })
  const clarification_id = String(within(await house.decision(id), 'clarification', 'id'))
  const signedForTheFirst = first.replace(/clr_\w+/, clarification_id)
  expect((await answer({ answer: 'Four.' }, signedForTheFirst)).status).toBe(404)
  expect((await house.post(id, 'answer', { clarification_id, answer: 'The agent knows.' })).status).toBe(200)
  expect((await answer({ answer: 'Late.' })).status).toBe(410)
  expect(within(await house.decision(id), 'clarification', 'answer')).toBe('The agent knows.')
})

it('is nothing that anybody could guess, and takes what an answer is and no more', async () => {
  const id = await ask('Which customer?')
  const url = String(questions[0]?.body['answer_url'])
  const before = await house.decision(id)
  for (let at = url.length - 60; at < url.length; at += 1) {
    const changed = `${url.slice(0, at)}${url[at] === 'a' ? 'b' : 'a'}${url.slice(at + 1)}`
    expect((await answer({ answer: 'Mine.' }, changed)).status).toBe(404)
  }
  for (const body of [{}, { answer: '' }, { answer: 'x', clarification_id: 'clr_1' }, { answer: 'x', approve: true }])
    expect((await answer(body)).status).toBe(422)
  expect(await house.decision(id)).toEqual(before)
})

it('may change the parameters, which are routed again', async () => {
  const id = await ask('How much?')
  expect((await answer({ answer: 'More.', parameters: { order_id: 'A-1', amount_usd: 2_000 } })).status).toBe(200)
  expect(await house.decision(id)).toMatchObject({ status: 'blocked', approved: false })
})

it('is asked again while it does not take the question, and not when it is closed', async () => {
  status = 503
  const id = await ask('Which customer?')
  for (let minute = 0; minute < 6; minute += 1) {
    house.turn(MINUTE)
    await house.deliver()
  }
  const tries = questions.length
  expect(tries).toBeGreaterThan(1)
  expect(new Set(questions.map((each) => each.id)).size).toBe(1)
  const clarification_id = within(await house.decision(id), 'clarification', 'id')
  await house.post(id, 'answer', { clarification_id, answer: 'The agent knows.' })
  await house.advance(40 * MINUTE)
  expect(questions).toHaveLength(tries)
  expect(house.workspace.messages(APPROVALS).length).toBeGreaterThan(0)
})
