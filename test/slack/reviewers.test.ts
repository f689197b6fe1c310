import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createBolt } from '../../src/slack/bolt.ts'
import { registerChanges } from '../../src/slack/listeners.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { ANA, BEN, CAROL, type OpenReviewers, openReviewers } from './open-reviewers.ts'

/*
 * Broken once each to see it fail: a time zone given as Slack spells it, a failure not caught, a user group or a person
 * not forgotten, a person forgotten in one of the two places, each of the three events left out.
 */

let open: OpenReviewers
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

async function start(...options: Parameters<typeof openReviewers>) {
  open = await openReviewers(...options)
  closing.push(open.close)
}

describe('a time zone', () => {
  it('is the person’s own', async () => {
    await start()
    expect(await open.reviewers.timeZone(ANA)).toBe('Europe/Madrid')
  })

  it('is UTC where Slack gives none, or one that nobody knows, or does not answer', async () => {
    await start()
    const { info } = open.client.users
    for (const tz of [undefined, '', 'Mars/Olympus_Mons']) {
      const user = { id: ANA, team_id: open.workspace.teamId, tz }
      Object.assign(open.client.users, { info: async () => ({ ok: true, user }) })
      expect(await open.reviewers.timeZone(ANA)).toBe('UTC')
      expect(await open.reviewers.person(ANA)).toMatchObject({ barred: null })
      open.reviewers.changed({ user: ANA })
    }
    Object.assign(open.client.users, { info })
    open.workspace.fault({ method: 'users.info', kind: 'error_500' })
    expect(await open.reviewers.timeZone(BEN)).toBe('UTC')
    expect(await open.reviewers.timeZone(BEN)).toBe('Europe/London')
  })
})

describe('a change that Slack tells of', () => {
  const manifest = manifestOf(`
roles: { lead: { usergroups: [S0SUPPORT1] } }
actions: { pay: { severity: low, reversible: true, required_role: lead } }
`)
  const leads = async () => (await open.reviewers.membersOf('lead', manifest, '#agent-approvals')).map(({ id }) => id)

  async function listen() {
    const { workspace, log, reviewers } = open
    const changes: unknown[] = []
    const edge = await createBolt({
      connection: { mode: 'http', signingSecret: workspace.signingSecret },
      botToken: workspace.botToken,
      apiUrl: workspace.apiUrl,
      clock: Date.now,
      log,
      twice: () => undefined,
      register: (bolt) =>
        registerChanges(bolt, {
          log,
          changed: (what) => {
            changes.push(what)
            reviewers.changed(what)
          },
        }),
    })
    const server = createServer((request, response) => edge.listener?.(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => new Promise((resolve) => server.close(resolve)))
    const address = server.address()
    workspace.setRequestUrl(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/slack/events`)
    return changes
  }

  it.each(['subteam_members_changed', 'subteam_updated'])('counts at once: %s', async (event) => {
    await start({ subscriptions: [event] })
    const changes = await listen()
    expect(await leads()).toEqual([ANA, BEN])
    expect(await open.workspace.setUsergroup('S0SUPPORT1', [CAROL])).toMatchObject({ status: 200 })
    await expect.poll(() => changes).toEqual([{ usergroup: 'S0SUPPORT1' }])
    expect(await leads()).toEqual([CAROL])
  })

  it('counts at once: user_change', async () => {
    await start({ subscriptions: ['user_change'] })
    const changes = await listen()
    expect(await leads()).toEqual([ANA, BEN])
    expect(await open.reviewers.person(ANA)).toMatchObject({ barred: null })
    expect(await open.workspace.setPerson(ANA, { is_restricted: true })).toMatchObject({ status: 200 })
    await expect.poll(() => changes).toEqual([{ user: ANA }])
    expect(await open.reviewers.person(ANA)).toMatchObject({ barred: 'guest' })
    expect(await leads()).toEqual([BEN])
  })

  it('counts for who decides after seconds, and for who is asked after a minute, where Slack does not tell', async () => {
    await start({ subscriptions: [] })
    await listen()
    expect(await leads()).toEqual([ANA, BEN])
    await open.workspace.setPerson(ANA, { is_restricted: true })
    await open.workspace.setUsergroup('S0SUPPORT1', [ANA, CAROL])
    open.clock.now += 5_000
    expect(await open.reviewers.person(ANA)).toMatchObject({ barred: 'guest' })
    expect(await leads()).toEqual([ANA, BEN])
    open.clock.now += 55_000
    expect(await leads()).toEqual([CAROL])
  })

  it('does nothing when it can not be read', async () => {
    await start()
    const changes = await listen()
    const body = JSON.stringify({ type: 'event_callback', event: { type: 'user_change', user: 'U0ANA00001' } })
    const headers = { 'content-type': 'application/json', ...open.workspace.sign(body) }
    expect(await open.workspace.sendRaw(body, headers)).toMatchObject({ status: 200 })
    await expect.poll(() => open.logged.join('')).toContain('could not be read')
    expect(changes).toEqual([])
  })
})
