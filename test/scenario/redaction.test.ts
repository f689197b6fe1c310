/**
 * What the manifest redacts is nowhere where people, operators or other systems could read it by the way: the values go through
 * everything that shows, logs, counts or tells anything. Broken builds that the last sentence was seen to catch:
 * - parameters, completed steps or the result of an execution drawn without `redact`, or one of the three at any depth.
 * - the body of a request in the log, `audit show` without the manifest, what is redacted in an input to be changed.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTerminal, type Ran } from '../cli/terminal.ts'
import {
  ANA,
  APPROVALS,
  BEN,
  CAROL,
  DANA,
  GUS,
  type House,
  type Json,
  OPS,
  openHouse,
  SECOND,
  within,
} from './house.ts'

const manifest = (most: number) => `
roles:
  support_lead: { members: [ana@example.com, ${BEN}] }
  operations: { members: [dana@example.com] }
defaults: { administrators: operations }
agents:
  billing-bot: { owner: owner@example.com, actions: [pay, tell, start_machine, look] }
actions:
  pay:
    description: Pay somebody
    severity: high
    reversible: false
    approval_required: true
    escalation_path: [support_lead]
    editable_parameters: [amount, pin]
    redact: [pin]
    conditions: { amount_parameter: amount, auto_approve_below_usd: ${most} }
    parameters_schema:
      type: object
      properties:
        amount: { type: number }
        pin: { type: string, maxLength: 40, not: { enum: [CANARY-refused] } }
  tell: { severity: low, reversible: false, approval_required: true, escalation_path: [support_lead], redact: [pin] }
  start_machine: { severity: high, reversible: true, escalation_path: [support_lead], redact: [pin] }
  look: { severity: low, reversible: true, redact: [pin] }
`

let sown = 0
/** A value that must not turn up, and what tells where it came from. */
const canary = (from: string) => `CANARY-${from}-${(sown += 1)}`
/** Redacted by its name, at any depth. */
const secrets = (from: string): Json => ({
  pin: canary(from),
  card: { pin: canary(from), holders: [{ pin: [canary(from), { more: canary(from) }] }] },
})

let house: House
const seen = new Map<string, string>()
const see = (where: string, what: unknown) =>
  void seen.set(where, (seen.get(where) ?? '') + (typeof what === 'string' ? what : JSON.stringify(what)))

beforeAll(async () => {
  house = await openHouse({ manifest: manifest(0), logLevel: 'trace' })
})
afterAll(() => house.close())

const people = [ANA, BEN, CAROL, DANA, GUS]
const propose = async (action: string, more: Json = {}) => {
  house.turn(SECOND)
  const parameters = { amount: 5, ...secrets('proposed') }
  return String(
    (await house.propose({ action, parameters, confidence: action === 'pay' ? 0.82 : 0.99, ...more }))['id'],
  )
}
/** Links that somebody has, which show more as time goes by. */
const pages = new Set<string>()
async function readAgain(): Promise<void> {
  for (const link of pages) see('page', await (await fetch(`${house.url}${link}`)).text())
}

/** Everything that can be opened from a card, by whom it is for. */
async function open(id: string, user = ANA): Promise<void> {
  for (const button of ['context', 'deny', 'clarify', 'edit']) {
    await house.press(user, id, button)
    see('windows', house.workspace.view(user) ?? '')
    const [, link] = /"http:\/\/[^"/]*(\/d\/[^"]*)"/.exec(JSON.stringify(house.workspace.view(user)?.blocks)) ?? []
    if (link !== undefined) {
      pages.add(link)
      await readAgain()
    }
    if (house.workspace.view(user) !== undefined) await house.workspace.closeView(user)
  }
}

it('lives through a question, changed parameters, an approval, an execution and an outcome', async () => {
  const workflow = {
    id: 'wf-1',
    step_index: 1,
    completed_steps: [{ action: 'look', summary: 'Looked.', ...secrets('done') }],
    context: secrets('context'),
  }
  const id = await propose('pay', { workflow, requested_by: 'carol@example.com' })
  await open(id)
  await house.press(DANA, id, 'approve')
  await house.press(ANA, id, 'clarify')
  await house.type(ANA, 'question', 'Which one?')
  const question = within(await house.decision(id), 'clarification', 'id')
  const parameters = { amount: 6, ...secrets('amended') }
  await house.post(id, 'answer', { clarification_id: question, answer: 'That one.', parameters })
  await house.show()
  await open(id, BEN)
  for (const text of [`show ${id}`, 'queue', 'mine', 'overdue']) await house.command(ANA, text)
  await house.openHome(ANA)
  await house.press(BEN, id, 'edit')
  await house.fill(BEN, { 'edit.0': '7', note: 'Seven is right.' })
  await house.show()
  expect(await house.decision(id)).toMatchObject({
    status: 'approved',
    effective_parameters: { ...parameters, amount: 7 },
  })

  const { grant } = await house.decision(id)
  const offer = { grant, action: 'pay', parameters: { amount: 7, ...secrets('offered') } }
  const refused = await house.call('POST', '/v1/grants/consume', offer)
  expect(refused.status).toBe(409)
  see('refusals', refused.body)
  await house.post(id, 'execution', { state: 'failed', error: 'It was locked.', result: secrets('result') })
  await house.post(id, 'outcome', { correct: false, source: 'audit' })
  await house.show()
  await readAgain()
  expect(seen.get('page')).toContain('Result of the execution')
  await open(await propose('pay'))
})

it('lives through refusals, a denial asked again, a withdrawal, a timeout and a freeze', async () => {
  const parameters = { amount: 1, pin: 'CANARY-refused' }
  for (const pin of ['CANARY-refused', canary('long').padEnd(50, '!')]) {
    const given = { action: 'pay', parameters: { ...parameters, pin }, confidence: 0.8, confidence_basis: 'x' }
    const { status, body } = await house.call('POST', '/v1/decisions', given, { 'idempotency-key': canary('key') })
    expect(status).toBe(422)
    see('refusals', body)
  }
  const denied = await propose('pay', { parameters: { amount: 2, pin: 'CANARY-denied' } })
  await house.press(ANA, denied, 'deny')
  await house.type(ANA, 'reason', 'No.')
  const again = {
    action: 'pay',
    parameters: { amount: 2, pin: 'CANARY-denied' },
    confidence: 0.8,
    confidence_basis: 'x',
  }
  const { status, body } = await house.call('POST', '/v1/decisions', again, { 'idempotency-key': 'again' })
  expect(status).toBe(409)
  see('refusals', body)
  await house.post(await propose('pay'), 'withdraw', { reason: 'Not needed.' })
  const late = await propose('pay')
  await house.command(DANA, 'freeze pay because of a test')
  await house.show()
  await house.command(DANA, 'unfreeze pay because it is over')
  await house.advance(25 * 3_600_000)
  expect(await house.decision(late)).toMatchObject({ status: 'timed_out' })
})

it('lives through what runs while people watch, what passes, and requests that share a card', async () => {
  const running = await propose('start_machine')
  await house.press(ANA, running, 'roll_back')
  see('windows', house.workspace.view(ANA) ?? '')
  await house.type(ANA, 'reason', 'Wrong machine.')
  await house.post(running, 'rollback', { state: 'failed', detail: 'Locked.' })
  await house.show()
  await propose('look')
  const [first, second] = [await propose('tell', { confidence: 0.82 }), await propose('tell', { confidence: 0.82 })]
  await house.press(ANA, first, 'approve')
  await house.press(ANA, second, 'context')
  see('windows', house.workspace.view(ANA) ?? '')
  await house.show()
})

it('lives through commands, with their texts', async () => {
  const terminal = openTerminal()
  try {
    writeFileSync('.env', `DATABASE_URL=sqlite:${house.databaseFile}\nMANIFESTS_DIR=./manifests\n`)
    mkdirSync('manifests')
    mkdirSync('looser')
    writeFileSync('manifests/m.yaml', manifest(0))
    writeFileSync(
      'looser/m.yaml',
      manifest(100).replace(
        'approval_required: true',
        'accepted_risk: { owner: owner@example.com, until: 2099-01-01, reason: A test. }',
      ),
    )
    const decision = {
      action: 'pay',
      parameters: { amount: 5, ...secrets('explained') },
      confidence: 0.8,
      confidence_basis: 'x',
    }
    writeFileSync('d.json', JSON.stringify(decision))
    const ids = (await house.store.decisions({ agent: null, status: null, action: null, before: null, limit: 50 })).map(
      ({ id }) => id,
    )
    const told = async (...words: readonly string[]): Promise<Ran> => {
      const ran = await terminal.type(...words)
      see(words.slice(0, 2).join(' '), ran.stdout + ran.stderr)
      return ran
    }
    for (const id of ids) expect((await told('audit', 'show', id)).code).toBe(0)
    expect((await told('audit', 'verify')).code).toBe(0)
    await told('audit', 'overdue')
    const tried = await told('backtest', '--manifest', 'looser', '--list')
    expect(tried.stdout, tried.stderr).toContain('pay')
    await told('backtest', '--manifest', 'looser', '--json')
    expect((await told('calibration', 'pay')).code).toBe(0)
    expect((await told('manifest', 'explain', '--decision', 'd.json', '--agent', 'billing-bot')).code).toBe(0)
  } finally {
    terminal.close()
  }
})

it('and is found nowhere', async () => {
  see('metrics', await (await fetch(`${house.url}/metrics`)).text())
  see('ready', await (await fetch(`${house.url}/readyz`)).text())
  see('log', house.logged.join(''))
  see('what Slack was asked', house.workspace.calls())
  for (const user of people) {
    see('private answers', house.workspace.ephemerals(user))
    see('direct messages', house.workspace.messages(house.workspace.dm(user)))
    see('homes', house.workspace.home(user) ?? '')
  }
  for (const channel of [APPROVALS, OPS]) see('channels', house.workspace.messages(channel))
  expect([...seen].filter(([, text]) => text.includes('CANARY')).map(([where]) => where)).toEqual([])
  // All of it was looked at, and shows what is not hidden.
  for (const where of ['windows', 'page', 'private answers', 'direct messages', 'channels', 'audit show', 'homes'])
    expect(seen.get(where)?.length, where).toBeGreaterThan(500)
  for (const where of ['windows', 'page', 'channels']) expect(seen.get(where), where).toContain('redacted, ')
  // It is where it has to be: its own agent gets what it proposed.
  expect(sown).toBeGreaterThan(30)
})
