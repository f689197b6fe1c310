/**
 * Who can do what in Slack: every kind of person against every power, by payloads that Slack has signed, whatever the
 * windows would have offered them; what did not come about has left no trace. Broken builds that the table was seen to
 * catch:
 * - guests, or people of other workspaces, not barred; no role asked for; owners not told apart -> their columns.
 * - anybody may assign; reviewers freeze an agent, or lift what is frozen; everybody sees every request -> those rows.
 * - the fallback decides although it is not assigned -> its column. Owners judge what their agents did -> theirs.
 */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CALLBACKS, encodeValue, INPUTS } from '../../blocks/action-ids.ts'
import type { WorkspacePerson } from '../../src/workspace/server.ts'
import {
  asForm,
  asJson,
  commandFields,
  eventPayload,
  mentionEvent,
  type Request,
  submissionPayload,
  typedValue,
} from '../slack/payload-forms.ts'
import { APPROVALS, BOT, type House, type Json, OPS, openHouse, pressPayload, SECOND, textOf } from './house.ts'

const PEOPLE = {
  member: 'U0MEMBER01',
  /** Holds a role further up the path. */
  above: 'U0ABOVE001',
  /** Holds the fallback of the role, which is not asked while somebody of the role is there. */
  fallback: 'U0FALLBACK',
  admin: 'U0ADMIN001',
  other: 'U0OTHER001',
  requester: 'U0ASKER001',
  owner: 'U0OWNER001',
  guest: 'U0GUEST001',
  single: 'U0SINGLE01',
  bot: 'U0ROBOT001',
  former: 'U0FORMER01',
  stranger: 'U0FOREIGN1',
  /** Of a workspace that this one knows nothing of. */
  elsewhere: 'U0ELSEWHER',
} as const
type Who = keyof typeof PEOPLE

/** `x`: it comes about. All but `above`, `fallback`, `admin`, `other` and `elsewhere` are named as members of the role. */
const TABLE = `
                    member above fallback admin other requester owner guest single bot former stranger elsewhere
  approve           x      x     -        -     -     -         -     -     -      -   -      -        -
  approve in words  x      x     -        -     -     -         -     -     -      -   -      -        -
  approve by note   x      x     -        -     -     -         -     -     -      -   -      -        -
  approve at end    x      x     -        -     -     -         -     -     -      -   -      -        -
  change            x      x     -        -     -     -         -     -     -      -   -      -        -
  deny              x      x     -        -     -     -         -     -     -      -   -      -        -
  ask               x      x     -        -     -     -         -     -     -      -   -      -        -
  stand in          -      x     x        -     -     -         -     -     -      -   -      -        -
  roll back         x      x     x        -     -     x         x     -     -      -   -      -        -
  say it was right  x      x     x        -     -     -         -     -     -      -   -      -        -
  say it was wrong  x      x     x        -     -     -         -     -     -      -   -      -        -
  ask again         -      -     -        -     -     x         x     -     -      -   -      -        -
  hand over         x      -     -        -     -     -         -     -     -      -   -      -        -
  assign            -      -     -        x     -     -         -     -     -      -   -      -        -
  freeze action     x      x     x        x     -     x         x     -     -      -   -      -        -
  freeze agent      -      -     -        x     -     -         -     -     -      -   -      -        -
  freeze all        -      -     -        x     -     -         -     -     -      -   -      -        -
  unfreeze          -      -     -        x     -     -         -     -     -      -   -      -        -
  show              x      x     -        -     -     x         x     -     -      -   -      -        -
  queue             x      x     -        -     -     x         x     -     -      -   -      -        -
`

const named = (['member', 'requester', 'owner', 'guest', 'single', 'bot', 'former', 'stranger'] as const).map(
  (who) => PEOPLE[who],
)
const MANIFEST = `
defaults: { administrators: operations }
roles:
  lead: { members: [${named.join(', ')}], fallback: deputies }
  upper: { members: [${PEOPLE.above}] }
  deputies: { members: [${PEOPLE.fallback}] }
  nobody: { members: [${PEOPLE.former}], fallback: deputies }
  operations: { members: [${PEOPLE.admin}, ${PEOPLE.guest}, ${PEOPLE.bot}, ${PEOPLE.stranger}, ${PEOPLE.former}] }
agents:
  billing-bot: { owner: owner@example.com, actions: [pay, pay_late, pay_soon, start_machine] }
actions:
  pay:
    { severity: high, reversible: false, approval_required: true, escalation_path: [lead, upper], editable_parameters: [amount_usd] }
  pay_late: { severity: high, reversible: false, approval_required: true, escalation_path: [nobody, upper] }
  pay_soon:
    { severity: high, reversible: false, approval_required: true, escalation_path: [lead], approval_timeout_seconds: 1 }
  start_machine: { severity: high, reversible: true, escalation_path: [lead, upper] }
`

const person = (who: Who, more: Partial<WorkspacePerson> = {}): WorkspacePerson => {
  return { id: PEOPLE[who], name: who, real_name: who, email: `${who}@example.com`, ...more }
}
const people: readonly WorkspacePerson[] = [
  ...(['member', 'above', 'fallback', 'admin', 'other', 'requester', 'owner'] as const).map((who) => person(who)),
  person('guest', { is_restricted: true }),
  person('single', { is_restricted: true, is_ultra_restricted: true }),
  person('bot', { is_bot: true }),
  person('former', { deleted: true }),
  person('stranger', { team_id: 'T0OTHER001', is_stranger: true }),
]
const here = [...people.map(({ id }) => id), BOT]

let house: House
beforeAll(async () => {
  const channels = [
    { id: APPROVALS, name: 'agent-approvals', members: here },
    { id: OPS, name: 'agent-ops', members: [BOT] },
  ]
  // Everything that passes is drawn for a later look.
  house = await openHouse({ manifest: MANIFEST, people, channels, lot: 0 })
})
afterAll(() => house.close())

type Power = {
  /** What it is tried on: a new request, by its id; empty: none is needed. */
  readonly on: () => Promise<string>
  readonly act: (user: string, id: string) => Promise<unknown>
  /** Did it come about? */
  readonly done: (user: string, id: string) => Promise<boolean>
}

let orders = 0
const pend = (action: string) => async () => {
  orders += 1 // What somebody has denied is not asked again.
  const parameters = { order_id: `A-${orders}`, amount_usd: 120 }
  const asked = { action, parameters, requested_by: 'requester@example.com' }
  return String((await house.propose({ ...asked, confidence: action === 'start_machine' ? 0.99 : 0.82 }))['id'])
}
const has = (expected: Json): Power['done'] => {
  return async (_user, id) => {
    const decision = await house.decision(id)
    return Object.entries(expected).every(([field, value]) => decision[field] === value)
  }
}
const metadata = (id: string) => encodeValue({ decision: id, revision: 0 })
const submits = (callback: string, entered: Readonly<Record<string, string>>): Power['act'] => {
  const typed = Object.fromEntries(Object.entries(entered).map(([name, text]) => [name, typedValue(text)]))
  return (user, id) => interact(submissionPayload(user, callback, metadata(id), typed))
}
const freezes = (subject: string): Power => ({
  on: async () => '',
  act: (user) => command(user, `freeze ${subject} because it is time`),
  done: thaw,
})
/** Is anything frozen? Nothing is afterwards. */
async function thaw(): Promise<boolean> {
  const frozen = await house.app.freezes()
  for (const { subject } of frozen) await house.app.unfreeze(PEOPLE.admin, subject, 'Over.')
  return frozen.length > 0
}
/** Slack signs what anybody sends, people that the workspace's page would not let act among them. */
async function signed({ body, headers }: Request): Promise<void> {
  const { status } = await house.workspace.sendRaw(body, { ...headers, ...house.workspace.sign(body) })
  expect(status).toBe(200)
}
/** A press or a modal is answered once it is recorded. */
const interact = (payload: Json) => signed(asForm({ payload: JSON.stringify(payload) }))
const command = (user: string, text: string) => signed(asForm(commandFields(user, text))).then(house.quiet)
const shows = (user: string, id: string) => JSON.stringify(house.answer(user)?.blocks ?? []).includes(id)
const reviewers = async (id: string) => JSON.stringify((await house.decision(id))['assignment'])

const isLabelled = async (id: string) =>
  (await house.store.judged('start_machine', 0)).some((each) => each.id === id && each.labels.length > 0)

const approved = has({ status: 'approved', approved: true })
const POWERS: Readonly<Record<string, Power>> = {
  approve: { on: pend('pay'), act: (user, id) => interact(pressPayload(user, id)), done: approved },
  'approve in words': {
    on: pend('pay'),
    act: (user, id) =>
      signed(asJson(eventPayload(mentionEvent(user, `<@${BOT}> approve`, house.card(id).ts)))).then(house.quiet),
    done: approved,
  },
  'approve by note': { on: pend('pay'), act: submits(CALLBACKS.approve, { [INPUTS.note]: 'Good.' }), done: approved },
  'approve at end': {
    on: pend('pay'),
    act: (user, id) => {
      const page = JSON.stringify({ decision: id, revision: 0, page: 1, approving: true })
      return interact(submissionPayload(user, CALLBACKS.context, page, {}))
    },
    done: approved,
  },
  change: { on: pend('pay'), act: submits(CALLBACKS.edit, { 'countersign.edit.0': '7' }), done: approved },
  deny: { on: pend('pay'), act: submits(CALLBACKS.deny, { [INPUTS.reason]: 'No.' }), done: has({ status: 'denied' }) },
  ask: {
    on: pend('pay'),
    act: submits(CALLBACKS.clarify, { [INPUTS.question]: 'Why?' }),
    done: has({ status: 'clarifying' }),
  },
  'stand in': { on: pend('pay_late'), act: (user, id) => interact(pressPayload(user, id)), done: approved },
  'roll back': {
    on: pend('start_machine'),
    act: submits(CALLBACKS.rollBack, { [INPUTS.reason]: 'Wrong.' }),
    done: async (_user, id) => JSON.stringify((await house.decision(id))['rollback']).includes('"requested"'),
  },
  'say it was right': {
    on: pend('start_machine'),
    act: (user, id) => interact(pressPayload(user, id, 'audit.right')),
    done: (_user, id) => isLabelled(id),
  },
  'say it was wrong': {
    on: pend('start_machine'),
    act: submits(CALLBACKS.wrong, {}),
    done: (_user, id) => isLabelled(id),
  },
  'ask again': {
    on: async () => {
      const id = await pend('pay_soon')()
      await house.advance(SECOND)
      return id
    },
    act: (user, id) => interact(pressPayload(user, id, 'ask_again')),
    done: async (_user, id) => JSON.stringify((await house.decision(id))['links']).includes('"resubmitted_as":"'),
  },
  'hand over': {
    on: pend('pay'),
    act: (user) => command(user, `delegate <@${PEOPLE.above}|above> for 2h`),
    done: async (user, id) => {
      const moved = (await reviewers(id)).includes(PEOPLE.above)
      await house.app.comeBack(user)
      return moved
    },
  },
  assign: {
    on: pend('pay'),
    act: (user, id) =>
      interact(
        submissionPayload(user, CALLBACKS.assign, metadata(id), {
          [INPUTS.to]: { type: 'users_select', selected_user: PEOPLE.above },
        }),
      ),
    done: async (_user, id) => (await reviewers(id)).includes(PEOPLE.above),
  },
  'freeze action': freezes('pay'),
  'freeze agent': freezes('agent billing-bot'),
  'freeze all': freezes('all'),
  unfreeze: {
    on: async () => {
      await house.app.freeze(PEOPLE.admin, { kind: 'all' }, 'Just so.')
      return ''
    },
    act: (user) => command(user, 'unfreeze all because it is over'),
    done: async () => (await house.app.freezes()).length === 0,
  },
  show: {
    on: pend('pay'),
    act: (user, id) => command(user, `show ${id}`),
    done: async (user, id) => textOf(house.answer(user)).includes('order_id') && shows(user, id),
  },
  queue: {
    on: pend('pay'),
    act: (user) => command(user, 'queue pay'),
    done: async (user, id) => shows(user, id),
  },
}

const [heads = '', ...lines] = TABLE.trim().split('\n')
const columns = heads.trim().split(/\s+/)
const rows = lines.map((line) => {
  const cells = line.trim().split(/\s+(?=[x-](?:\s|$))/)
  return [cells[0] ?? '', cells.slice(1).map((cell) => cell.trim())] as const
})

it('the table has a row for each power and a column for each person', () => {
  expect(rows.map(([power]) => power)).toEqual(Object.keys(POWERS))
  expect(columns.toSorted()).toEqual(Object.keys(PEOPLE).toSorted())
})

it.each(rows)('%s', async (name, cells) => {
  const power = POWERS[name]
  if (power === undefined) throw new Error(`no power ${name}`)
  const found: string[] = []
  let id = await power.on()
  for (const column of columns) {
    const user = Object.entries(PEOPLE).find(([who]) => who === column)?.[1] ?? ''
    const before = id === '' ? null : await house.decision(id)
    await power.act(user, id)
    const done = await power.done(user, id)
    found.push(done ? 'x' : '-')
    if (done) id = await power.on()
    else if (id !== '') expect(await house.decision(id), `${column} left a trace`).toEqual(before)
  }
  await house.quiet()
  await thaw()
  if (id !== '') await house.post(id, 'withdraw', { reason: 'Tried enough.' })
  expect(Object.fromEntries(columns.map((who, n) => [who, found[n]]))).toEqual(
    Object.fromEntries(columns.map((who, n) => [who, cells[n]])),
  )
})
