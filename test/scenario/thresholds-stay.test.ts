/*
 * Nothing in the running service can change a threshold: every route, command, button and window is tried, with what would
 * do it if it were listened to, by an administrator and with a key that holds every scope, while labels pile up that call
 * for another threshold. Broken once each to see it fail: a threshold lowered in place by an
 * outcome, a list, a pause, a grant that is taken, a word after `/approvals`, a button, the sweep.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  ACTIONS,
  CALLBACKS,
  encodeAttempt,
  encodeList,
  encodePage,
  encodeValue,
  INPUTS,
} from '../../blocks/action-ids.ts'
import { newApiKey } from '../../src/app/api-key.ts'
import type { Scope } from '../../src/app/ports.ts'
import { WORDS } from '../../src/slack/command.ts'
import { submissionPayload, typedValue } from '../slack/payload-forms.ts'
import { ANA, DANA, HOUR, type House, type Json, openHouse, pressPayload, proposal, SECOND, within } from './house.ts'

const MANIFEST = `
roles:
  support_lead: { members: [${ANA}, ${DANA}] }
  operations: { members: [${ANA}, ${DANA}] }
actions:
  pay:
    description: Pay
    severity: high
    reversible: false
    required_role: support_lead
    editable_parameters: [amount_usd]
    parameters_schema: { type: object, properties: { amount_usd: { type: number } } }
    thresholds: { auto_approve_confidence: 0.93, escalate_confidence: 0.41 }
`
/** What would change it, under every name that it has anywhere. */
const LOUD = {
  auto_approve_confidence: 0.01,
  escalate_confidence: 0,
  threshold: 0.01,
  thresholds: { auto_approve_confidence: 0.01, escalate_confidence: 0 },
  promotion: { to: 'autonomous' },
  manifest: MANIFEST.replaceAll('0.93', '0.01'),
}
const QUERIES: readonly (readonly [string, null])[] = [
  ['', null],
  ['?threshold=0.01&auto_approve_confidence=0.01&action=pay', null],
]
/** What some route takes, and what none should. */
const BODIES: readonly (readonly [string, Json])[] = [
  { ...LOUD, reason: 'because', action: 'pay' },
  { reason: 'because' },
  { state: 'started' },
  { state: 'rolled_back' },
  { correct: true, source: 'audit' },
  { clarification_id: 'clr_1', answer: 'Lower it.' },
  { grant: 'x.y.z', action: 'pay', parameters: LOUD },
  proposal({ action: 'pay', parameters: LOUD, rationale: JSON.stringify(LOUD) }),
  { steps: [{ checkpoint: 'lower it', required_role: 'support_lead' }], context: LOUD },
].map((body) => ['', body])
const SCOPES: readonly Scope[] = ['decide', 'read', 'label', 'consume', 'admin']

let house: House
let key = ''
beforeAll(async () => {
  house = await openHouse({ manifest: MANIFEST, lot: 0 })
  await house.reload(MANIFEST)
  const terms = { agent: 'billing-bot', scopes: SCOPES, expiresAt: null, now: house.now() }
  const { token, record } = newApiKey({ ...terms, random: (count) => new Uint8Array(count).fill(7) })
  await house.store.saveApiKey(record)
  key = token
})
afterAll(() => house.close())

let amount = 0
const pay = (confidence: number) => {
  amount += 1 // What somebody has denied is not asked again.
  return house.propose({ action: 'pay', parameters: { amount_usd: amount }, confidence })
}

/** All that says which threshold is in force: the file, the manifest, the chain of the service, and what comes of it. */
async function inForce(): Promise<unknown> {
  const { entries } = await house.store.serviceTrail()
  const routes = []
  for (const confidence of [0.4099, 0.41, 0.9299, 0.93]) routes.push((await pay(confidence))['route'])
  return {
    file: readFileSync(house.manifestFile, 'utf8'),
    manifest: structuredClone(await house.store.manifestInForce()),
    changes: entries.filter(({ type }) => type === 'manifest.in_force').map(({ hash }) => hash),
    routes,
  }
}

async function idsOfEach(): Promise<readonly string[]> {
  const [passed, asked, denied] = [await pay(0.99), await pay(0.5), await pay(0.5)]
  await house.press(ANA, String(denied['id']), 'deny')
  await house.type(ANA, 'reason', 'No.')
  await house.show()
  return [passed, asked, denied].map(({ id }) => String(id))
}

/** Each route that is served, as OpenAPI has it. */
async function routes(): Promise<readonly { readonly method: string; readonly path: string }[]> {
  const { body } = await house.call('GET', '/v1/openapi.json')
  const paths = Object.entries(Object(body['paths']))
  return paths.flatMap(([path, methods]) =>
    Object.keys(Object(methods)).map((method) => ({ method: method.toUpperCase(), path })),
  )
}

it('says where the threshold lies before anything is tried', async () => {
  expect(await inForce()).toMatchObject({ routes: ['escalate', 'human_review', 'human_review', 'auto_approve'] })
})

it('does not move by any route, with any method', async () => {
  const before = await inForce()
  const served = await routes()
  expect(served.length).toBeGreaterThan(15)
  const ids = await idsOfEach()
  let tried = 0
  for (const { path } of served)
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      for (const id of ids)
        for (const [query, body] of method === 'GET' ? QUERIES : BODIES) {
          const at = path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'action' ? 'pay' : id))
          tried += 1
          const headers = { authorization: `Bearer ${key}`, 'idempotency-key': String(tried) }
          const answer = await fetch(`${house.url}${at}${query}`, {
            method,
            headers: body === null ? headers : { ...headers, 'content-type': 'application/json' },
            body: body === null ? null : JSON.stringify(body),
          })
          await answer.arrayBuffer()
          expect(answer.status, `${method} ${path}`).toBeLessThan(500)
        }
  expect(await inForce()).toEqual(before)
}, 60_000)

it('does not move by what the labels say, however many, nor by time', async () => {
  const before = await inForce()
  for (let n = 0; n < 60; n += 1) {
    const { id } = await pay(0.5 + (n % 50) / 100)
    const outcome = {
      correct: n % 10 !== 0,
      source: n % 2 === 0 ? 'downstream' : 'audit',
      ...(n > 50 && { note: 'x' }),
    }
    expect((await house.post(String(id), 'outcome', outcome)).status).toBe(200)
  }
  for (let week = 0; week < 3; week += 1) await house.advance(7 * 24 * HOUR + SECOND)
  expect(await inForce()).toEqual(before)
})

it('does not move by any word after /approvals, whoever types it', async () => {
  const before = await inForce()
  const told = ['', 'pay', 'pay 0.01', 'pay because 0.01', `<@${DANA}> for 1h`, 'for 1h', 'all because 0.01']
  const others = ['stats', 'calibration', 'threshold', 'set', 'promote', 'apply', 'accept', 'suggest', 'reload']
  for (const user of [ANA, DANA])
    for (const word of [...WORDS, ...others])
      for (const rest of told) await house.command(user, `${word} ${rest}`.trim())
  for (const frozen of ['pay', 'all']) await house.command(ANA, `unfreeze ${frozen} because it is over`)
  await house.command(DANA, 'back')
  await house.command(ANA, 'back')
  expect(await inForce()).toEqual(before)
}, 60_000)

it('does not move by any button or window', async () => {
  const before = await inForce()
  const entered = Object.fromEntries(
    [...Object.values(INPUTS), ...Object.keys(LOUD)].map((name): [string, Json] => [name, typedValue('0.01')]),
  )
  for (const id of await idsOfEach()) {
    const values = [
      encodeValue({ decision: id, revision: 0 }),
      encodePage({ decision: id, revision: 0, page: 1, approving: 'judge' }),
      encodeAttempt({ decision: id, since: 0 }),
      encodeList({ list: { kind: 'team', named: 'pay' }, page: 1 }),
      JSON.stringify(LOUD),
    ]
    for (const value of values) {
      for (const action of Object.values(ACTIONS)) await house.send(pressed(action, value))
      for (const callback of Object.values(CALLBACKS))
        await house.send(submissionPayload(ANA, callback, value, entered))
    }
  }
  expect(await inForce()).toEqual(before)
}, 60_000)

/** The press of a button with this `value`. */
function pressed(action: string, value: string): Json {
  const payload = pressPayload(ANA, 'dec_1', action.replace('countersign.', ''))
  const [button] = Array.isArray(payload['actions']) ? payload['actions'] : []
  expect(within({ button }, 'button', 'action_id')).toBe(action)
  return { ...payload, actions: [{ ...Object(button), value }] }
}
