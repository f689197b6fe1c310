import { assert, asyncProperty, constantFrom, jsonValue, oneof } from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CALLBACKS, INPUTS } from '../../blocks/action-ids.ts'
import { ANA, APPROVALS, BEN, type House, type Json, openHouse, pressPayload, textOf } from '../scenario/house.ts'
import { submissionPayload, typedValue } from './payload-forms.ts'

/*
 * Broken once each to see it fail: a payload that Bolt can't read is a 500, what nobody listens to is not acknowledged,
 * `decodeValue` takes fields beyond its own.
 */

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

let orders = 0
const pend = async () => {
  orders += 1 // What somebody has denied is not asked again.
  return String((await house.propose({ parameters: { order_id: `A-${orders}`, amount_usd: 120 } }))['id'])
}
const untouched = async (id: string) =>
  expect(await house.decision(id)).toMatchObject({ status: 'pending', version: 2, decided_by: null })

/** The modal of a denial, submitted. */
function submission(user: string, decision: unknown): Json {
  const metadata = JSON.stringify({ decision, revision: 0 })
  return submissionPayload(user, CALLBACKS.deny, metadata, { [INPUTS.reason]: typedValue('No.') })
}

type Path = readonly (string | number)[]

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value)
  const inner = [...keys].flatMap((key) => pathsOf(Reflect.get(value, key), [...path, key]))
  return path.length === 0 ? inner : [path, ...inner]
}

/** The payload with what stands at a path replaced; undefined: removed. */
function changed(payload: Json, path: Path, to: unknown): Json {
  const copy = structuredClone(payload)
  const holder = path.slice(0, -1).reduce<object>((at, key) => Reflect.get(at, key), copy)
  const last = path.at(-1) ?? ''
  if (to === undefined && !Array.isArray(holder)) Reflect.deleteProperty(holder, last)
  else Reflect.set(holder, last, to)
  return copy
}

const startsWith = (path: Path, ...relevant: readonly string[]) =>
  relevant.some((each) => path.join('.') === each || each.startsWith(`${path.join('.')}.`))

const oddly = oneof(
  constantFrom(undefined, null, '', 'x', 0, -1, true, [], {}, [null], { id: null }, 'U0', '\u0000', 'dec_0'),
  jsonValue(),
)

// What decides who does what to what; replacing it by anything odd must record nothing.
const PRESS = ['user.id', 'actions.0.action_id', 'actions.0.value']
const SUBMIT = [
  'user.id',
  'view.private_metadata',
  'view.callback_id',
  'view.state.values.countersign.reason.countersign.reason.value',
]

describe('a payload with one field removed or replaced', () => {
  it.each([
    ['button', (id: string) => pressPayload(ANA, id), PRESS],
    ['modal', (id: string) => submission(ANA, id), SUBMIT],
  ] as const)(
    'of a %s never fails, and records nothing unless the field does not matter',
    async (_, make, relevant) => {
      let id = await pend()
      let recorded = 0
      const property = asyncProperty(constantFrom(...pathsOf(make(id))), oddly, async (path, to) => {
        if (path[0] === 'type') return
        const { status } = await house.send(changed(make(id), path, to))
        expect([200, 400]).toContain(status)
        const decision = await house.decision(id)
        const matters = startsWith(path, ...relevant) || (path.includes('value') && path.includes('state'))
        if (decision['status'] === 'pending') return
        // A reason is any text; no other change of what matters may come through.
        if (matters) expect([path.at(-1), typeof to]).toEqual(['value', 'string'])
        expect(decision).toMatchObject({ version: 3, decided_by: [{ user: ANA }] })
        recorded += 1
        id = await pend()
      })
      await assert(property, { numRuns: 30 })
      // Most fields do not matter: a test that never got through would prove nothing.
      expect(recorded).toBeGreaterThan(5)
      expect(house.unhandled).toEqual([])
    },
  )
})

describe('values of buttons that are not ours', () => {
  it.each([
    ['empty', () => ''],
    ['no JSON', () => 'approve'],
    ['another decision', () => JSON.stringify({ decision: `dec_${'0'.repeat(26)}`, revision: 0 })],
    ['no revision', (id: string) => JSON.stringify({ decision: id })],
    ['a revision that is a text', (id: string) => JSON.stringify({ decision: id, revision: '0' })],
    ['a revision to come', (id: string) => JSON.stringify({ decision: id, revision: 1 })],
    ['more than ours has', (id: string) => JSON.stringify({ decision: id, revision: 0, user: BEN })],
    [
      'a page of the full context',
      (id: string) => JSON.stringify({ decision: id, revision: 0, page: 1, approving: true }),
    ],
    ['a list', (id: string) => JSON.stringify([id, 0])],
    ['very long', (id: string) => JSON.stringify({ decision: id, revision: 0 }) + ' '.repeat(5_000)],
  ])('%s: nothing is recorded', async (_, value) => {
    const id = await pend()
    for (const button of ['approve', 'deny', 'clarify', 'context', 'context.next', 'context.previous', 'unknown']) {
      const press = changed(pressPayload(ANA, id, button), ['actions', 0, 'value'], value(id))
      expect(await house.send(press)).toMatchObject({ status: 200 })
    }
    const modal = changed(submission(ANA, id), ['view', 'private_metadata'], value(id))
    expect(await house.send(modal)).toMatchObject({ status: 200, body: expect.stringContaining('Not recorded') })
    await untouched(id)
    expect(house.unhandled).toEqual([])
  })

  it('tells who pressed it that there is no such decision here', async () => {
    await house.send(pressPayload(ANA, `dec_${'0'.repeat(26)}`))
    expect(house.told(ANA)).toEqual([expect.stringContaining('not in this database')])
  })
})

describe('what nobody listens to', () => {
  it.each(['other.approve', 'countersign.approve.now', 'countersign', '', 'COUNTERSIGN.APPROVE'])(
    'a button called "%s" is acknowledged and does nothing',
    async (action) => {
      const id = await pend()
      const press = changed(pressPayload(ANA, id), ['actions', 0, 'action_id'], action)
      expect(await house.send(press)).toMatchObject({ status: 200, body: '' })
      await untouched(id)
    },
  )

  it('shortcuts, commands, closed modals and other types are acknowledged at once', async () => {
    const { user, team } = pressPayload(ANA, 'dec_1')
    const base = { user, team, token: 't', trigger_id: '1.2.3' }
    for (const payload of [
      { ...base, type: 'shortcut', callback_id: 'x' },
      { ...base, type: 'view_closed', is_cleared: false, view: submission(ANA, 'dec_1')['view'] },
      { ...base, type: 'something_new' },
      { ...base },
    ])
      expect(await house.send(payload)).toMatchObject({ status: 200 })
    expect(await house.workspace.command(ANA, APPROVALS, '/approvals', 'help')).toMatchObject({ status: 200 })
  })
})

describe('shapes that Slack documents', () => {
  const { team: _team, ...noTeam } = pressPayload(ANA, '')
  const { response_url: _url, message: _message, ...bare } = pressPayload(ANA, '')
  it.each<[string, Json]>([
    ['of an organisation', { enterprise: { id: 'E0ORG00001', name: 'Org' }, is_enterprise_install: false }],
    [
      'of an org-wide installation',
      { ...noTeam, team: null, enterprise: { id: 'E0ORG00001' }, is_enterprise_install: true },
    ],
    ['of a member whose home is elsewhere', { user: { id: ANA, username: 'ana', team_id: 'T0HOME0001' } }],
    ['without a user name', { user: { id: ANA } }],
    ['without a response_url', { ...bare, response_url: undefined }],
    ['in a thread', { container: { type: 'message', message_ts: '2.1', thread_ts: '1.1', channel_id: APPROVALS } }],
    [
      'in an attachment',
      {
        container: {
          type: 'message_attachment',
          message_ts: '1.1',
          attachment_id: 1,
          channel_id: APPROVALS,
          is_ephemeral: false,
        },
      },
    ],
    [
      'in a modal',
      { container: { type: 'view', view_id: 'V1' }, channel: undefined, view: submission(ANA, '')['view'] },
    ],
  ])('%s are read', async (_, shape) => {
    const id = await pend()
    const { actions } = pressPayload(ANA, id)
    expect(await house.send({ ...pressPayload(ANA, id), ...shape, actions })).toMatchObject({ status: 200 })
    expect(await house.decision(id)).toMatchObject({ status: 'approved', decided_by: [{ user: ANA }] })
  })

  it('a refusal goes to the thread of a press that stood in one, and nowhere in a modal', async () => {
    const id = await pend()
    const container = { type: 'message', message_ts: '2.1', thread_ts: '1.1', channel_id: APPROVALS }
    await house.send({ ...pressPayload('U0DANA0001', id), user: { id: 'U0GUS00001' }, container })
    const calls = () => house.workspace.calls().filter(({ method }) => method === 'chat.postEphemeral')
    expect(calls()).toMatchObject([{ args: { channel: APPROVALS, user: 'U0GUS00001', thread_ts: '1.1' } }])
    await house.send({
      ...pressPayload('U0GUS00001', id),
      channel: undefined,
      response_url: undefined,
      container: { type: 'view', view_id: 'V1' },
    })
    expect(calls()).toHaveLength(1)
    await untouched(id)
  })
})

it('says so in the modal when a submission can not be read, since closing it would look recorded', async () => {
  const id = await pend()
  await house.press(ANA, id, 'deny')
  const odd = changed(submission(ANA, id), ['view', 'id'], 7)
  expect(await house.send(odd)).toMatchObject({ status: 200, body: expect.stringContaining('could not be read') })
  await untouched(id)
  expect(textOf(house.workspace.view(ANA))).toContain('amount_usd')
})
