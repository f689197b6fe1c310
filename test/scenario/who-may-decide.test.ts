import { afterEach, describe, expect, it } from 'vitest'
import type { Fault, WorkspacePerson } from '../../src/workspace/server.ts'
import {
  ANA,
  APPROVALS,
  BEN,
  BOT,
  CAROL,
  DANA,
  type House,
  type HouseOptions,
  MINUTE,
  OPS,
  openHouse,
  pressPayload,
} from './house.ts'

/*
 * Broken once each to see it fail: guests, bots, deactivated people or other workspaces are not barred, the requester may
 * decide, the owner may, an unreadable group counts as having everybody, an unreadable person counts as a member,
 * `remembered` never forgets, or keeps failures, roles below the assigned level decide, nothing follows a lost
 * response_url, refusals before a window opens are not recorded.
 */

let house: House
afterEach(() => house.close())

const person = (id: string, more: Partial<WorkspacePerson> = {}): WorkspacePerson => {
  const name = id.toLowerCase()
  return { id, name, real_name: id, email: `${name}@example.com`, ...more }
}
const GUEST = 'U0GUEST001'
const ULTRA = 'U0ULTRA001'
const ROBOT = 'U0ROBOT001'
const FORMER = 'U0FORMER01'
const FOREIGN = 'U0FOREIGN1'
const ASKER = 'U0ASKER001'
const OWNER = 'U0OWNER001'
const UPPER = 'U0UPPER001'
const refused = [GUEST, ULTRA, ROBOT, FORMER, FOREIGN, ASKER, OWNER] as const
const everybodyHere = [ANA, ...refused]
const people: readonly WorkspacePerson[] = [
  person(ANA),
  person(BEN),
  person(CAROL),
  person(DANA),
  person(UPPER),
  person(GUEST, { is_restricted: true }),
  person(ULTRA, { is_restricted: true, is_ultra_restricted: true }),
  person(ROBOT, { is_bot: true }),
  person(FORMER, { deleted: true }),
  person(FOREIGN, { team_id: 'T0OTHER001', is_stranger: true }),
  person(ASKER),
  person(OWNER),
]
const here = people.map(({ id }) => id)

const LEADS = 'C0LEADS001'
const channels = [
  { id: APPROVALS, name: 'agent-approvals', members: [...here, BOT] },
  { id: OPS, name: 'agent-ops', members: [BOT] },
  { id: LEADS, name: 'leads', members: [...everybodyHere, BOT] },
]

const sources = {
  'their Slack id': `members: [${everybodyHere.join(', ')}]`,
  'their e-mail address': `members: [${everybodyHere.map((id) => `${id.toLowerCase()}@Example.com`).join(', ')}]`,
  'a user group': 'usergroups: [S0LEADS001]',
  'a channel': 'channels: ["#leads"]',
}

const manifest = (role: string) => `
roles:
  lead: { ${role} }
  upper: { members: [${UPPER}] }
agents:
  billing-bot: { owner: ${OWNER.toLowerCase()}@example.com, actions: [pay, pay_oneself] }
actions:
  pay: { severity: low, reversible: false, approval_required: true, escalation_path: [lead, upper] }
  pay_oneself: { severity: low, reversible: false, approval_required: true, required_role: lead, self_approval: true }
`

const open = async (role: string, more: HouseOptions = {}) => {
  const usergroups = [{ id: 'S0LEADS001', handle: 'leads', name: 'Leads', users: everybodyHere }]
  house = await openHouse({ people, channels, usergroups, manifest: manifest(role), ...more })
}
const pay = async (more = {}) =>
  String((await house.propose({ action: 'pay', requested_by: `${ASKER.toLowerCase()}@example.com`, ...more }))['id'])

const WHY = {
  [GUEST]: 'Guests of this workspace cannot decide.',
  [ULTRA]: 'Guests of this workspace cannot decide.',
  [ROBOT]: 'Bots cannot decide.',
  [FORMER]: 'A deactivated account cannot decide.',
  [FOREIGN]: 'Only members of this workspace can decide.',
  [ASKER]: 'You asked for this, so somebody else has to decide it.',
  [OWNER]: 'You own the agent that proposed this, so somebody else has to decide it.',
}

describe.each(Object.entries(sources))('by %s', (source, role) => {
  it('only a full member of the role decides: others are told why, and nothing is recorded', async () => {
    await open(role)
    const id = await pay()
    for (const user of refused) {
      // Deactivated people can't click any more; a forged click of theirs must do nothing either.
      if (user === FORMER) await house.send(pressPayload(user, id))
      else for (const button of ['approve', 'deny', 'clarify']) await house.press(user, id, button)
      expect(house.workspace.view(user), user).toBeUndefined()
      if (user !== FORMER) expect(house.told(user)).toEqual(Array(3).fill(WHY[user]))
    }
    await house.press(DANA, id, 'approve')
    expect(house.told(DANA)).toEqual(['Only lead or upper can decide this.'])
    expect(await house.decision(id)).toMatchObject({ status: 'pending', version: 2, decided_by: null })
    await house.deliver()
    const trail = await house.store.auditTrail(id)
    const attempts = trail?.entries.filter(({ type }) => type === 'attempt.refused') ?? []
    for (const user of refused)
      expect(
        attempts.filter(({ record }) => record.includes(user)),
        user,
      ).toHaveLength(user === FORMER ? 1 : 3)

    await house.press(ANA, id, 'approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved', decided_by: [{ user: ANA }] })
    expect(house.told(ANA)).toEqual([])
  })

  it('the requester and the owner decide where the manifest says so', async () => {
    await open(role)
    for (const user of [ASKER, OWNER]) {
      const id = await pay({ action: 'pay_oneself' })
      await house.press(user, id, 'approve')
      expect(await house.decision(id), source).toMatchObject({ status: 'approved', decided_by: [{ user }] })
    }
  })
})

it.each([ASKER, `<@${ASKER}>`, `${ASKER.toLowerCase()}@EXAMPLE.com `])(
  'the requester is known by the name %s',
  async (requested_by) => {
    await open(sources['their Slack id'])
    const id = await pay({ requested_by })
    await house.press(ASKER, id, 'approve')
    expect(house.told(ASKER)).toEqual([WHY[ASKER]])
    expect(await house.decision(id)).toMatchObject({ version: 2 })
  },
)

describe('on the escalation path', () => {
  it('people further up decide what those below were asked', async () => {
    await open(sources['their Slack id'])
    const id = await pay()
    await house.press(UPPER, id, 'approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved', decided_by: [{ user: UPPER }] })
  })

  it('people further down do not decide what was escalated', async () => {
    await open(sources['their Slack id'])
    const id = await pay({ confidence: 0.1 })
    await house.press(ANA, id, 'approve')
    expect(house.told(ANA)).toEqual(['Only upper can decide this.'])
    expect(await house.decision(id)).toMatchObject({ status: 'pending', version: 2, assignment: { level: 1 } })
  })
})

describe('people are always those of today', () => {
  it('somebody who was taken out of the user group no longer decides a minute later', async () => {
    const users = [ANA, BEN]
    const usergroups = [{ id: 'S0LEADS001', handle: 'leads', name: 'Leads', users }]
    await open(sources['a user group'], { usergroups })
    const first = await pay()
    await house.press(BEN, first, 'approve')
    expect(await house.decision(first)).toMatchObject({ status: 'approved' })
    users.pop()
    house.turn(MINUTE)
    const second = await pay()
    await house.press(BEN, second, 'approve')
    expect(house.told(BEN)).toEqual(['Only lead or upper can decide this.'])
    expect(await house.decision(second)).toMatchObject({ version: 2 })
  })

  it('nor does somebody who left the channel, became a guest, or was deactivated', async () => {
    await open('channels: ["#leads"]', { subscriptions: [] })
    const first = await pay()
    await house.press(ANA, first, 'deny')
    house.workspace.setMembers(LEADS, [BEN, CAROL, BOT])
    await house.workspace.setPerson(BEN, { is_restricted: true })
    house.turn(MINUTE)
    // The modal is still open; what counts is who they are when it is submitted.
    await house.type(ANA, 'reason', 'No.')
    await house.press(BEN, first, 'approve')
    expect(house.told(BEN)).toEqual([WHY[GUEST]])
    await house.workspace.setPerson(CAROL, { deleted: true })
    await house.send(pressPayload(CAROL, first))
    expect(await house.decision(first)).toMatchObject({ status: 'pending', version: 2 })
  })
})

describe('where Slack tells of changes', () => {
  it('somebody who was taken out of the user group no longer decides, and somebody new does, at once', async () => {
    await open(sources['a user group'])
    const first = await pay()
    await house.press(BEN, first, 'approve')
    expect(house.told(BEN)).toEqual(['Only lead or upper can decide this.'])
    await house.workspace.setUsergroup('S0LEADS001', [BEN])
    await house.press(ANA, first, 'approve')
    expect(house.told(ANA)).toEqual(['Only lead or upper can decide this.'])
    await house.press(BEN, first, 'approve')
    expect(await house.decision(first)).toMatchObject({ status: 'approved' })
  })

  it('somebody who was made a guest no longer decides, at once', async () => {
    await open(sources['their Slack id'])
    const id = await pay()
    await house.press(ANA, id, 'deny')
    await house.workspace.setPerson(ANA, { is_restricted: true })
    await house.press(ANA, id, 'approve')
    expect(house.told(ANA)).toEqual([WHY[GUEST]])
    expect(await house.decision(id)).toMatchObject({ status: 'pending' })
  })
})

describe('when Slack does not answer', () => {
  const faults: readonly Omit<Fault, 'method'>[] = [
    { kind: 'slack_error', error: 'internal_error' },
    { kind: 'error_500' },
    { kind: 'reset' },
    { kind: 'rate_limited', retryAfter: 30 },
  ]

  it.each(faults)('about a person ($kind), nobody slips through, and the next click asks again', async (fault) => {
    await open(sources['their Slack id'])
    const id = await pay()
    house.turn(MINUTE) // what was asked for the assignment is not remembered any more
    house.workspace.fault({ method: 'users.info', ...fault })
    await house.press(ANA, id, 'approve')
    expect(house.told(ANA)).toEqual([expect.stringContaining('Slack could not say who you are')])
    expect(await house.decision(id)).toMatchObject({ version: 2 })
    await house.press(ANA, id, 'approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved' })
  })

  it.each([
    ['usergroups.users.list', 'a user group', 'Only lead or upper'],
    ['conversations.members', 'a channel', 'Only lead or upper'],
  ] as const)('to %s, nobody slips through, and the next click asks again', async (method, source, why) => {
    await open(sources[source])
    const id = await pay()
    house.turn(MINUTE)
    house.workspace.fault({ method, kind: 'slack_error' })
    await house.press(ANA, id, 'approve')
    expect(house.told(ANA)).toEqual([expect.stringContaining(why)])
    expect(await house.decision(id)).toMatchObject({ version: 2 })
    await house.press(ANA, id, 'approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved' })
  })

  it('for want of a permission, a user group has no members', async () => {
    const scopes = ['chat:write', 'im:write', 'users:read', 'users:read.email', 'channels:read', 'groups:read']
    await open(sources['a user group'], { scopes })
    const id = await pay()
    await house.press(ANA, id, 'approve')
    expect(house.told(ANA)).toEqual(['Only lead or upper can decide this.'])
    expect(await house.decision(id)).toMatchObject({ version: 1 })
  })

  it('over the response address, people are told in the channel', async () => {
    await open(sources['their Slack id'])
    const id = await pay()
    for (const kind of ['error_500', 'reset'] as const) {
      house.workspace.fault({ method: 'response_url', kind })
      await house.press(DANA, id, 'approve')
    }
    expect(house.told(DANA)).toEqual(Array(2).fill('Only lead or upper can decide this.'))
    const posted = house.workspace.calls().filter(({ method }) => method === 'chat.postEphemeral')
    expect(posted.map(({ args }) => [args['channel'], args['user']])).toEqual(
      Array.from({ length: 2 }, () => [APPROVALS, DANA]),
    )
  })
})
