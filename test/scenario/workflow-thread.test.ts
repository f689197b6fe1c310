/**
 * What people see of a plan in Slack, through the whole app: one thread, its head and its cards; and what operations are
 * asked of an execution of which nobody knows. Broken builds that these sentences were seen to catch:
 * - no `workflow.sync` with a change of the workflow, or of a decision -> the pause; the agent's own plan.
 * - the first of several waiting cards meant -> the agent's own plan. A gate drawn as an action, no link -> "one thread".
 * - anybody may settle; `since` not compared; no question with an unknown execution -> the sentences on those.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { Message } from '../../src/workspace/server.ts'
import {
  ANA,
  APPROVALS,
  BEN,
  buttonsOf,
  CAROL,
  DANA,
  HOUR,
  type House,
  type Json,
  OPS,
  openHouse,
  textOf,
} from './house.ts'

const ends: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

describe('a plan with automatic steps, a stage gate, and a refund', () => {
  it('has one thread, headed by a list of its steps that is kept current', async () => {
    const { house } = await open()
    const id = await start(house, [look, look, gate, refund, look], { name: 'Refund order A-1', requested_by: 'erin' })
    expect(head(house)).toContain('Plan: Refund order A-1')
    expect(head(house)).toContain('Waits for people at step 2  ·  2 of 5 steps done')
    expect(head(house)).toContain('0 Look up an order · done, approved by the policy')
    expect(head(house)).toMatch(/2 before money moves · waits for @U0CAROL001 \(team_lead\) until/)
    expect(head(house)).toContain("3 Refund a customer's payment · not reached yet")
    expect(house.workspace.messages(APPROVALS).map(slotOf)).toEqual(['head', 'card'])

    const waiting = await pending(house, id)
    const card = textOf(house.card(waiting))
    for (const shown of [
      'before money moves',
      'A stage of a plan',
      'The plan stops here until somebody lets it go on',
      'Look twice',
      'look_up',
    ])
      expect(card, shown).toContain(shown)
    for (const hidden of ['Exact parameters', 'Confidence', 'Why a person decides']) expect(card).not.toContain(hidden)
    expect(buttonsOf(house.card(waiting))).toEqual(['approve', 'deny', 'clarify', 'context'])
    expect(house.card(waiting)).toMatchObject({ thread_ts: heads(house)[0]?.ts, reply_broadcast: true })

    await house.press(CAROL, waiting, 'approve')
    await house.show()
    expect(textOf(house.card(waiting))).not.toContain('The plan stops here')
    expect(head(house)).toContain('2 before money moves · let go on by @U0CAROL001')
    expect(head(house)).toContain('Waits for people at step 3  ·  3 of 5 steps done')
    const second = await pending(house, id)
    await house.press(ANA, second, 'approve')
    await house.show()
    expect(head(house)).toContain('Completed : all 5 steps are done')
    expect(head(house)).toContain("3 Refund a customer's payment · done, approved by @U0ANA00001")

    const [only, ...others] = heads(house)
    expect(others).toEqual([])
    const thread = house.workspace.thread(APPROVALS, only?.ts ?? '').slice(1)
    expect(thread.map((message) => textOf(message).split('\n').join(''))).toEqual([
      expect.stringContaining('before money moves'),
      // What waits comes before what is told.
      expect.stringContaining("Refund a customer's payment"),
      'Step 2, before money moves: @U0CAROL001 approved',
      expect.stringMatching(
        /^Step 3, Refund a customer's payment: @U0ANA00001 approvedCountersign started itCountersign reports that it is done$/,
      ),
    ])
    expect((await workflow(house, id))['links']).toMatchObject({
      slack: expect.stringContaining(String(only?.ts.replace('.', ''))),
    })
  })

  it('needs no message while nobody is asked', async () => {
    const { house } = await open()
    const id = await start(house, [look, look])
    expect(await workflow(house, id)).toMatchObject({ status: 'completed', links: { slack: null } })
    expect(house.workspace.messages(APPROVALS)).toEqual([])
  })

  it('says where a denial ended it, why, and what had been completed', async () => {
    const { house } = await open()
    const id = await start(house, [look, refund, look])
    await house.press(ANA, await pending(house, id), 'deny')
    await house.type(ANA, 'reason', 'not <!here> theirs')
    await house.show()
    expect(head(house)).toContain(
      'Ended : step 1 was denied by @U0ANA00001 not <!here> theirs Step 0 had been completed.',
    )
    expect(head(house)).toContain('2 Look up an order · not reached yet')
    expect(heads(house)[0]?.text).not.toContain('<!here>')
  })

  it('says that its agent has paused it, and no more once it goes on', async () => {
    const { house } = await open()
    const id = await start(house, [refund, look])
    await house.call('POST', `/v1/workflows/${id}/pause`, { reason: 'prices change' })
    await house.show()
    expect(head(house)).toContain('Paused by its agent before the next step  ·  0 of 2 steps done prices change')
    await house.call('POST', `/v1/workflows/${id}/resume`, {})
    await house.show()
    expect(head(house)).toContain('Waits for people at step 0')
  })

  it('says when nobody decided in time', async () => {
    const { house } = await open()
    await start(house, [refund])
    await house.advance(HOUR)
    await house.advance(24 * HOUR)
    expect(head(house)).toContain(
      'Ended : nobody decided step 0 in time, which is a denial No step had been completed.',
    )
  })
})

describe('what is said in the thread of a plan', () => {
  it('means the one card that waits', async () => {
    const { house } = await open()
    const id = await start(house, [gate, refund])
    await say(house, ANA, '@Countersign approve because the order is theirs')
    expect(house.told(ANA)).toEqual([expect.stringContaining('Only team_lead')])
    await say(house, CAROL, '@Countersign approve because it was looked at twice')
    await house.show()
    expect(await workflow(house, id)).toMatchObject({
      step_index: 1,
      completed_steps: [{ outcome: 'passed', reviewer: CAROL }],
    })
    await say(house, ANA, '@Countersign deny because the order is not theirs')
    await house.show()
    expect(await workflow(house, id)).toMatchObject({ status: 'denied' })
    await say(house, ANA, '@Countersign approve')
    expect(house.told(ANA).at(-1)).toContain('no step of this plan waits for anybody')
  })

  it('rolls back the one step that can be, beside one that waits', async () => {
    const { house } = await open()
    const id = await start(house, [provision, refund])
    expect(house.workspace.messages(APPROVALS).map(slotOf).slice(0, 3)).toEqual(['head', 'card', 'card'])
    await say(house, ANA, '@Countersign roll back because it is the wrong region')
    await house.show()
    expect(await workflow(house, id)).toMatchObject({ status: 'suspended' })
    expect(head(house)).toContain(
      'Stopped : Step 0 is being rolled back, as @U0ANA00001 has asked. Its agent says what follows.',
    )
    expect(head(house)).toMatch(/0 .* · @U0ANA00001 asked for it to be rolled back/)
    await say(house, ANA, '@Countersign roll back because I said so')
    expect(house.told(ANA)).toEqual([expect.stringContaining('no step of this plan can be rolled back')])
    const [provisioned] = Object(await house.call('GET', '/v1/decisions?action=provision')).body.data
    await house.post(provisioned.id, 'rollback', { state: 'rolled_back' })
    expect((await house.call('POST', `/v1/workflows/${id}/resume`, {})).status).toBe(200)
    await house.show()
    expect(head(house)).toMatch(/0 .* · rolled back/)
    expect(head(house)).toContain('Waits for people at step 1  ·  1 of 2 steps done')
  })
})

describe('a plan that its agent carries out', () => {
  it('has one thread, too, with what the agent tells and what was decided', async () => {
    const { house } = await open()
    const step = (index: number, completed: readonly Json[]) =>
      house.propose({ ...refund, workflow: { id: 'wf-77', step_index: index, completed_steps: completed } })
    const found = { action: 'query_crm', summary: 'found order A-1' }
    const first = String((await step(1, [found]))['id'])
    await house.press(ANA, first, 'approve')
    await house.show()
    expect(head(house)).toContain("1 Refund a customer's payment · approved by @U0ANA00001")
    const second = String((await step(2, [found, { action: 'process_refund' }]))['id'])
    expect(heads(house)).toHaveLength(1)
    expect(head(house)).toContain('The agent carries this plan out itself')
    expect(head(house)).toContain('0 query_crm : found order A-1 · done, the agent says')
    expect(head(house)).toContain("1 Refund a customer's payment · approved by @U0ANA00001")
    expect(head(house)).toMatch(/2 Refund a customer's payment · waits for @\w+ \(support_lead\) until/)
    for (const id of [first, second]) expect(house.card(id)).toMatchObject({ thread_ts: heads(house)[0]?.ts })

    const third = String((await step(3, []))['id'])
    await say(house, ANA, '@Countersign approve')
    expect(house.told(ANA)).toEqual([expect.stringContaining('several cards of this plan could be meant')])
    await house.post(third, 'withdraw', { reason: 'one at a time' })
    await say(house, ANA, '@Countersign approve')
    expect(await house.decision(second)).toMatchObject({ status: 'approved' })
  })
})

describe('an execution of which nobody knows', () => {
  it.each([
    ['ran', 'said that it ran', 'completed', ['0', '1']],
    ['did_not_run', 'said that it did not run', 'failed', ['0']],
    ['try_again', 'had it tried again', 'completed', ['0', '0', '1']],
  ] as const)('is settled by an administrator: %s', async (verdict, said, status, asked) => {
    const { house, executor } = await open(false)
    executor.answers = [500]
    const id = await start(house, [{ ...look, parameters: { order_id: 'A-1', card: '4111' } }, look])
    const [notice] = notices(house)
    const text = textOf(notice)
    for (const shown of [
      'Nobody knows whether this ran: ',
      'Look up an order',
      'Step 0 of the plan',
      id,
      `${id}/0`,
      'order_id',
      '"A-1"',
      'redacted, 4 characters',
      'answered with 500',
      executor.url,
    ])
      expect(text, shown).toContain(shown)
    expect(text).not.toContain('4111')
    expect(buttonsOf(notice)).toEqual(['execution.ran', 'execution.did_not_run', 'execution.try_again', 'context'])
    expect(await workflow(house, id)).toMatchObject({ status: 'suspended' })

    await press(house, ANA, notice, verdict)
    expect(house.told(ANA)).toEqual(['Only operations can say what became of an execution. Nothing was recorded.'])
    await press(house, DANA, notice, verdict)
    await house.show()
    expect(await workflow(house, id)).toMatchObject({ status })
    expect(executor.asked().map((key) => key.replace(`${id}/`, ''))).toEqual(asked)
    const [settled, ...others] = notices(house)
    expect(others).toEqual([])
    expect(textOf(settled).replaceAll('\n', '')).toContain(`@${DANA} ${said}`)
    expect(buttonsOf(settled)).toEqual([])

    await press(house, DANA, notice, 'did_not_run')
    expect(house.told(DANA)).toEqual([expect.stringContaining('Nothing was changed.')])
    expect(await workflow(house, id)).toMatchObject({ status })
  })

  it('is asked about once more when another try is lost as well, on the plan and on the card of its step', async () => {
    const { house, executor } = await open(false)
    executor.answers = [500, 500]
    const id = await start(house, [refund])
    const decision = await pending(house, id)
    await house.press(ANA, decision, 'approve')
    await house.show()
    expect(head(house)).toContain('Stopped: nobody knows whether step 0 ran')
    expect(textOf(house.card(decision))).toContain('Nobody knows whether it ran')
    const [first] = notices(house)
    house.turn(HOUR)
    await press(house, DANA, first, 'try_again')
    await house.show()
    expect(notices(house)).toHaveLength(2)
    // What the first one asked is answered; it must not answer for the second.
    await press(house, DANA, first, 'ran')
    expect(await workflow(house, id)).toMatchObject({ status: 'suspended' })
    await press(house, DANA, notices(house)[1], 'ran')
    await house.show()
    expect(await workflow(house, id)).toMatchObject({ status: 'completed' })
    expect(head(house)).toContain('Completed')
  })
})

const look = { action: 'look_up', parameters: { order_id: 'A-1' }, ...sure(0.9) }
const refund = { action: 'process_refund', parameters: { order_id: 'A-1', amount_usd: 75 }, ...sure(0.8) }
const provision = { action: 'provision', parameters: { kind: 'vm' }, ...sure(0.9) }
const gate = { checkpoint: 'before money moves', required_role: 'team_lead', description: 'Look twice.' }

function sure(confidence: number): Json {
  return { confidence, confidence_basis: 'matched by order', uncertainty_factors: [], recommended_review: false }
}

async function start(house: House, steps: readonly Json[], more: Json = {}): Promise<string> {
  const { body } = await house.call('POST', '/v1/workflows', { steps, ...more }, { 'idempotency-key': 'k' })
  await house.show()
  return String(body['id'])
}

async function workflow(house: House, id: string): Promise<Json> {
  return (await house.call('GET', `/v1/workflows/${id}`)).body
}

async function pending(house: House, id: string): Promise<string> {
  return String((await workflow(house, id))['approval_request_id'])
}

function slotOf({ metadata }: Message): unknown {
  return metadata?.event_payload['slot']
}

function heads(house: House): readonly Message[] {
  return house.workspace.messages(APPROVALS).filter((message) => slotOf(message) === 'head')
}

/** As it is read, on one line. */
function head(house: House): string {
  return textOf(heads(house)[0])
    .replaceAll('\n', ' ')
    .replaceAll(/ +/g, ' ')
    .replaceAll(' · ', '  ·  ')
    .replaceAll('  ·  ', ' · ')
    .replaceAll(/ · (\d+ of)/g, '  ·  $1')
}

function notices(house: House): readonly Message[] {
  return house.workspace.messages(OPS).filter((message) => String(slotOf(message)).startsWith('unknown'))
}

async function press(house: House, user: string, notice: Message | undefined, verdict: string): Promise<void> {
  const value = [...JSON.stringify(notice?.blocks).matchAll(/"value":"((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
    JSON.parse(`"${text}"`),
  )[0]
  await house.send({
    type: 'block_actions',
    user: { id: user },
    // Slack sends each click with another one.
    trigger_id: randomUUID(),
    channel: { id: OPS },
    container: { type: 'message', message_ts: notice?.ts, channel_id: OPS },
    actions: [
      { type: 'button', action_id: `countersign.execution.${verdict}`, block_id: 'countersign.buttons', value },
    ],
  })
}

async function say(house: House, user: string, text: string): Promise<void> {
  await house.workspace.say(user, APPROVALS, text, heads(house)[0]?.ts ?? '')
  await house.quiet()
}

async function open(idempotent = true) {
  const executor = await openExecutor()
  const house = await openHouse({ manifest: manifestWith(executor.url, idempotent) })
  ends.push(house.close)
  return { house, executor }
}

function manifestWith(url: string, idempotent: boolean): string {
  const executor = `{ url: "${url}", timeout_seconds: 1, idempotent: ${idempotent} }`
  return `
roles:
  support_lead: { members: [ana@example.com, ${BEN}] }
  team_lead: { members: [carol@example.com] }
  operations: { members: [dana@example.com] }
actions:
  look_up: { description: Look up an order, severity: low, reversible: true, redact: [card], executor: ${executor} }
  provision: { severity: high, reversible: true, required_role: support_lead, executor: ${executor} }
  process_refund:
    description: Refund a customer's payment
    severity: high
    reversible: false
    required_role: support_lead
    approval_timeout_seconds: 3600
    executor: ${executor}
`
}

type Executor = { url: string; readonly asked: () => readonly string[]; answers: number[] }

/** Answers with the statuses in `answers`, one after the other, and then that it is done. */
async function openExecutor(): Promise<Executor> {
  const asked: string[] = []
  const executor: Executor = { url: '', asked: () => asked, answers: [] }
  const server = createServer((request, response: ServerResponse) => {
    asked.push(String(request.headers['idempotency-key']))
    request.resume().on('end', () => response.writeHead(executor.answers.shift() ?? 200).end('{}'))
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
