import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { WorkspacePerson } from '../../src/workspace/server.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { ANA, BEN, CAROL, DANA, type OpenReviewers, openReviewers } from './open-reviewers.ts'

/*
 * Broken once each to see it fail: addresses compared as they are spelt, doubles kept, guests kept, a miss taken for a
 * failure and a failure for a miss, misses asked for each time, hits not remembered, remembered for good whoever has the
 * address now or whether the account is closed, 30 people asked about at once, 199 or all members considered, a warning
 * each time or at 200, a line for each person, people described anew each time.
 */

let open: OpenReviewers
afterEach(() => open.close())

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const APPROVALS = 'C0APPROVAL'
const GROUP = 'S0SUPPORT1'

const manifest = (lead: string) =>
  manifestOf(`
roles: { lead: { ${lead} } }
actions: { pay: { severity: low, reversible: true, required_role: lead } }
`)
const inForce = (lead: string) => ({
  members: async () => (await open.reviewers.membersOf('lead', manifest(lead), APPROVALS)).map(({ id }) => id),
})
const members = (lead: string) => inForce(lead).members()

describe('the members of a role', () => {
  it('are those named by e-mail however it is spelt, by id, by user group and by channel, each once', async () => {
    open = await openReviewers()
    expect(await members(`members: [Dana@Example.COM, ${ANA}], usergroups: [${GROUP}]`)).toEqual([DANA, ANA, BEN])
    expect(await members(`members: [carol@example.com, ${CAROL}], channels: ["#agent-ops"]`)).toEqual([
      CAROL,
      ANA,
      BEN,
      DANA,
    ])
  })

  it('are found though their own address has capitals', async () => {
    const people = [{ id: ANA, name: 'ana', real_name: 'Ana', email: 'Ana@Example.com' }]
    open = await openReviewers({ people })
    expect(await members('members: [ana@example.com]')).toEqual([ANA])
  })

  it('are the full members of the card’s channel where no roles are defined, and never guests, bots or strangers', async () => {
    open = await openReviewers()
    const none = manifestOf('actions: { pay: { severity: low, reversible: true } }')
    const everybody = await open.reviewers.membersOf('anybody', none, '#agent-approvals')
    expect(everybody.map(({ id }) => id)).toEqual([ANA, BEN, CAROL, DANA])
    expect(everybody[0]).toMatchObject({ name: 'Ana Ruiz', email: 'ana@example.com', barred: null })
  })

  it('lack who is deactivated, and whose address nobody has', async () => {
    open = await openReviewers()
    expect(await members(`members: [eva@example.com, U0DEL00001, nobody@example.com, ${BEN}]`)).toEqual([BEN])
    expect(open.logged).toEqual([])
  })

  it('hold the role when they click, too', async () => {
    open = await openReviewers()
    const roles = manifest(`members: [Dana@Example.COM], usergroups: [${GROUP}]`)
    for (const person of await open.reviewers.membersOf('lead', roles, APPROVALS))
      expect(await open.reviewers.rolesOf(person, ['lead'], roles, APPROVALS)).toEqual(new Set(['lead']))
  })
})

describe('an e-mail address', () => {
  it('is looked up once, and one that nobody has again after a minute', async () => {
    open = await openReviewers()
    const { members: again } = inForce('members: [Ana@Example.com, new@example.com]')
    expect(await again()).toEqual([ANA])
    expect(await again()).toEqual([ANA])
    expect(open.asked('users.lookupByEmail')).toBe(2)
    await open.workspace.setPerson(BEN, { email: 'new@example.com' })
    expect(await again()).toEqual([ANA])
    open.clock.now += MINUTE
    expect(await again()).toEqual([ANA, BEN])
    expect(open.asked('users.lookupByEmail')).toBe(3)
    open.clock.now += DAY
    expect(await again()).toEqual([ANA, BEN])
    expect(open.asked('users.lookupByEmail')).toBe(3)
  })

  it('that passed to another account means that account, within a minute', async () => {
    open = await openReviewers()
    const { members: again } = inForce('members: [ana@example.com]')
    expect(await again()).toEqual([ANA])
    await open.workspace.setPerson(ANA, { email: 'ana.old@example.com' })
    await open.workspace.setPerson(BEN, { email: 'ana@example.com' })
    open.clock.now += MINUTE
    expect(await again()).toEqual([BEN])
  })

  it('of an account that was closed means the one that has it now', async () => {
    open = await openReviewers()
    const { members: again } = inForce('members: [ana@example.com]')
    expect(await again()).toEqual([ANA])
    await open.workspace.setPerson(ANA, { deleted: true })
    await open.workspace.setPerson(BEN, { email: 'ana@example.com' })
    open.clock.now += MINUTE
    expect(await again()).toEqual([BEN])
  })
})

describe('what Slack cannot say', () => {
  it.each([
    ['usergroups.users.list', `usergroups: [${GROUP}], members: [${CAROL}]`],
    ['conversations.members', `channels: ["#agent-ops"], members: [${CAROL}]`],
    ['users.lookupByEmail', `members: [ana@example.com, ${CAROL}]`],
  ])('counts as nobody, is said once, and is asked again: %s', async (method, lead) => {
    open = await openReviewers()
    open.workspace.fault({ method, kind: 'slack_error' })
    expect(await members(lead)).toEqual([CAROL])
    expect(open.logged).toHaveLength(1)
    expect((await members(lead)).length).toBeGreaterThan(1)
    expect(open.logged).toHaveLength(1)
  })

  it('of all of them is no answer, so nobody takes the role for empty', async () => {
    open = await openReviewers()
    open.workspace.fault({ method: 'users.lookupByEmail', kind: 'error_500' })
    await expect(members('members: [ana@example.com]')).rejects.toThrow('who holds the role lead')
    expect(await members('members: [nobody@example.com]')).toEqual([])
  })

  it('of several people is said in one line', async () => {
    open = await openReviewers()
    open.workspace.fault({ method: 'users.info', kind: 'error_500', times: 3 })
    expect(await members(`members: [${ANA}, ${BEN}, ${CAROL}, ${DANA}]`)).toHaveLength(1)
    expect(open.logged).toHaveLength(1)
    expect(open.logged[0]).toContain('"people":3')
  })
})

describe('a big channel', () => {
  const crowd = (count: number): readonly WorkspacePerson[] =>
    Array.from({ length: count }, (_, index) => ({
      id: `U0CROWD${String(index).padStart(3, '0')}`,
      name: `crowd${index}`,
      real_name: `Crowd ${index}`,
    }))
  /** A channel of so many people, whom Slack describes from memory. */
  const openCrowd = async (count: number) => {
    const people = crowd(count)
    const here = people.map(({ id }) => id)
    open = await openReviewers({ people, channels: [{ id: 'C0CROWD001', name: 'crowd', members: here }] })
    const seen = { described: 0, underWay: 0, most: 0 }
    const info = async ({ user }: { readonly user: string }) => {
      seen.described += 1
      seen.underWay += 1
      seen.most = Math.max(seen.most, seen.underWay)
      await setImmediate()
      seen.underWay -= 1
      return { ok: true, user: { id: user, team_id: open.workspace.teamId } }
    }
    Object.assign(open.client.users, { info })
    return { here, seen }
  }
  const lead = 'channels: ["#crowd"]'

  it('is described once a minute, a few people at a time', async () => {
    const { here, seen } = await openCrowd(30)
    expect(await members(lead)).toEqual(here)
    open.clock.now += MINUTE - 1
    expect(await members(lead)).toEqual(here)
    expect(seen).toMatchObject({ described: 30, most: 10 })
    open.clock.now += MINUTE
    await members(lead)
    expect(seen.described).toBe(60)
  })

  it('counts with its first 200 members, and the operator is told so once', async () => {
    const { here, seen } = await openCrowd(201)
    expect(await members(lead)).toEqual(here.slice(0, 200))
    await members(lead)
    expect(seen.described).toBe(200)
    expect(open.logged).toHaveLength(1)
    expect(open.logged[0]).toContain('The role lead has 201 members')
  })

  it('of 200 is no matter for a warning', async () => {
    await openCrowd(200)
    expect(await members(lead)).toHaveLength(200)
    expect(open.logged).toEqual([])
  })
})
