import { WebClient } from '@slack/web-api'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createReachable } from '../../src/slack/reachable.ts'
import { allScopes } from '../../src/workspace/server.ts'
import { ANA, BEN, CAROL, type OpenReviewers, openReviewers } from './open-reviewers.ts'

/*
 * Broken once each to see it fail: waiting for 3 s, asking on after "too often" or without the scope, or never again,
 * telling the operator each time, 25 looks at once, none shared while under way, hints kept for good, not at all or a
 * minute longer, 51 people in a call or 25, doubles, each bound of quiet hours and snoozing, `dnd_enabled` taken for the whole
 * answer, being seen active not counting, an hour sharp, any away look, a count that begins at each look.
 */

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const everybody = [ANA, BEN, CAROL]
const reached = new Set()

describe('in the local workspace', () => {
  let open: OpenReviewers
  beforeEach(async () => {
    open = await openReviewers()
  })
  afterEach(() => open.close())

  const unreachable = (users: readonly string[] = everybody) => open.reviewers.unreachable(users)
  const inSeconds = (ms: number) => (open.clock.now + ms) / 1000

  describe('do-not-disturb', () => {
    it('makes a person unreachable while notifications are snoozed', async () => {
      await open.workspace.setPerson(BEN, { snoozed_until: inSeconds(HOUR) })
      expect(await unreachable()).toEqual(new Set([BEN]))
      open.clock.now += HOUR
      expect(await unreachable()).toEqual(reached)
    })

    it('counts while the quiet hours run, not because some are set', async () => {
      await open.workspace.setPerson(BEN, { quiet_time: [inSeconds(10_000), inSeconds(20_000)] })
      expect(await unreachable()).toEqual(reached)
      open.clock.now += 9_999
      expect(await unreachable()).toEqual(reached)
      open.clock.now += 1
      expect(await unreachable()).toEqual(new Set([BEN]))
      open.clock.now += 10_000
      expect(await unreachable()).toEqual(reached)
    })

    it('is asked for once a minute', async () => {
      await unreachable()
      await open.workspace.setPerson(BEN, { snoozed_until: inSeconds(HOUR) })
      open.clock.now += MINUTE - 1
      expect(await unreachable()).toEqual(reached)
      expect(open.asked('dnd.teamInfo')).toBe(1)
      open.clock.now += 1
      expect(await unreachable()).toEqual(new Set([BEN]))
      expect(open.asked('dnd.teamInfo')).toBe(2)
    })

    it('is asked for fifty people at a time', async () => {
      const more = Array.from({ length: 50 }, (_, index) => `U0NOBODY${index}`)
      await open.workspace.setPerson(BEN, { snoozed_until: inSeconds(HOUR) })
      expect(await unreachable([BEN, ...more])).toEqual(new Set([BEN]))
      expect(open.asked('dnd.teamInfo')).toBe(2)
    })
  })

  describe('presence', () => {
    const away = (user: string, presence: 'away' | 'active' = 'away') => open.workspace.setPerson(user, { presence })

    it('makes a person unreachable who was away at every look for more than an hour', async () => {
      await away(ANA)
      expect(await unreachable()).toEqual(reached)
      open.clock.now += HOUR
      expect(await unreachable()).toEqual(reached)
      open.clock.now += 5 * MINUTE
      expect(await unreachable()).toEqual(new Set([ANA]))
    })

    it('begins anew when the person was seen active in between', async () => {
      await away(ANA)
      await unreachable()
      open.clock.now += 30 * MINUTE
      await away(ANA, 'active')
      await unreachable()
      open.clock.now += 30 * MINUTE
      await away(ANA)
      await unreachable()
      open.clock.now += 10 * MINUTE
      expect(await unreachable()).toEqual(reached)
      open.clock.now += HOUR
      expect(await unreachable()).toEqual(new Set([ANA]))
      await away(ANA, 'active')
      open.clock.now += 5 * MINUTE
      expect(await unreachable()).toEqual(reached)
    })

    it('is looked at every five minutes', async () => {
      await unreachable([...everybody, ...everybody])
      open.clock.now += 5 * MINUTE - 1
      await unreachable()
      expect(open.asked('users.getPresence')).toBe(3)
      open.clock.now += 1
      await unreachable()
      expect(open.asked('users.getPresence')).toBe(6)
    })

    it('of more than twenty people is looked at in turns', async () => {
      const more = Array.from({ length: 25 }, (_, index) => ({
        id: `U0CROWD0${index}`,
        name: `c${index}`,
        real_name: 'C',
      }))
      await open.close()
      open = await openReviewers({ people: more })
      await unreachable(more.map(({ id }) => id))
      expect(open.asked('users.getPresence')).toBe(20)
      await unreachable(more.map(({ id }) => id))
      expect(open.asked('users.getPresence')).toBe(25)
    })
  })

  describe('where Slack cannot say', () => {
    const offDuty = async () => {
      await open.workspace.setPerson(ANA, { presence: 'away' })
      await open.workspace.setPerson(BEN, { snoozed_until: inSeconds(24 * HOUR) })
      await unreachable()
      open.clock.now += HOUR + 5 * MINUTE
      expect(await unreachable()).toEqual(new Set([ANA, BEN]))
      open.clock.now += 5 * MINUTE
    }

    it.each([{ kind: 'slack_error', error: 'user_not_visible' }, { kind: 'error_500' }, { kind: 'reset' }] as const)(
      'people can be reached, until it can: %o',
      async (fault) => {
        await offDuty()
        for (const method of ['dnd.teamInfo', 'users.getPresence']) open.workspace.fault({ method, times: 1, ...fault })
        expect(await unreachable([ANA, BEN])).toEqual(reached)
        expect(await unreachable([ANA, BEN])).toEqual(new Set([ANA, BEN]))
        expect(open.logged).toEqual([])
      },
    )

    it('because it was asked too often, people can be reached, and it is left in peace as long as it says', async () => {
      await offDuty()
      const before = open.asked('dnd.teamInfo')
      open.workspace.fault({ method: 'dnd.teamInfo', kind: 'rate_limited', retryAfter: 30 })
      expect(await unreachable([BEN])).toEqual(reached)
      open.clock.now += 29_999
      expect(await unreachable([BEN])).toEqual(reached)
      expect(open.asked('dnd.teamInfo')).toBe(before + 1)
      open.clock.now += 1
      expect(await unreachable([BEN])).toEqual(new Set([BEN]))
    })

    it('for want of dnd:read, people can be reached, and Slack is asked once an hour, and the operator told once', async () => {
      await open.close()
      open = await openReviewers({ scopes: allScopes.filter((scope) => scope !== 'dnd:read') })
      await open.workspace.setPerson(BEN, { snoozed_until: inSeconds(24 * HOUR) })
      for (let minutes = 0; minutes < 60; minutes += 10) {
        expect(await unreachable()).toEqual(reached)
        open.clock.now += 10 * MINUTE
      }
      expect(open.asked('dnd.teamInfo')).toBe(1)
      await unreachable()
      expect(open.asked('dnd.teamInfo')).toBe(2)
      expect(open.logged).toHaveLength(1)
      expect(open.logged[0]).toContain('dnd:read')
    })
  })
})

describe('as Slack answers', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000_000 }))
  afterEach(() => void vi.useRealTimers())
  const now = 1_800_000_000

  const active = async () => ({ ok: true, presence: 'active' })

  function reachableWith(teamInfo: () => Promise<object>, getPresence: (asked: { user: string }) => Promise<object>) {
    const client = new WebClient()
    Object.assign(client.dnd, { teamInfo })
    Object.assign(client.users, { getPresence })
    return createReachable({ client, clock: Date.now, log: pino({ level: 'silent' }) })
  }

  it.each([
    ['snoozing', { dnd_enabled: false, snooze_enabled: true, snooze_endtime: now + 1 }, true],
    ['snoozing that ended', { dnd_enabled: false, snooze_enabled: true, snooze_endtime: now }, false],
    ['quiet hours that began', { dnd_enabled: true, next_dnd_start_ts: now, next_dnd_end_ts: now + 1 }, true],
    ['quiet hours to come', { dnd_enabled: true, next_dnd_start_ts: now + 1, next_dnd_end_ts: now + 9 }, false],
    ['quiet hours that ended', { dnd_enabled: true, next_dnd_start_ts: now - 9, next_dnd_end_ts: now }, false],
    ['quiet hours switched off', { dnd_enabled: false, next_dnd_start_ts: now, next_dnd_end_ts: now + 1 }, false],
    ['nothing', {}, false],
    ['what nobody knows', { dnd_enabled: 'yes', snooze_enabled: true, snooze_endtime: null }, false],
  ])('%s: is the person unreachable?', async (_, status, quiet) => {
    const unreachable = reachableWith(async () => ({ ok: true, users: { [ANA]: status } }), active)
    expect((await unreachable([ANA])).has(ANA)).toBe(quiet)
  })

  it('late, it is not waited for longer than two seconds; what comes later counts the next time', async () => {
    const snoozing = { [ANA]: { dnd_enabled: false, snooze_enabled: true, snooze_endtime: now + 60 } }
    const answers: (() => void)[] = []
    const unreachable = reachableWith(
      () => new Promise((resolve) => void answers.push(() => resolve({ ok: true, users: snoozing }))),
      active,
    )
    const asking = unreachable([ANA])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await asking).toEqual(reached)
    const meanwhile = unreachable([ANA])
    answers[0]?.()
    expect(await meanwhile).toEqual(new Set([ANA]))
    expect(answers).toHaveLength(1)
  })

  it('late about presence, what it says of do-not-disturb counts', async () => {
    const snoozing = { [ANA]: { dnd_enabled: false, snooze_enabled: true, snooze_endtime: now + 60 } }
    const unreachable = reachableWith(
      async () => ({ ok: true, users: snoozing }),
      () => new Promise(() => undefined),
    )
    const asking = unreachable([ANA])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await asking).toEqual(new Set([ANA]))
  })

  it('late about twenty people, it is asked about nobody else', async () => {
    const asked: string[] = []
    const unreachable = reachableWith(
      async () => ({ ok: true, users: {} }),
      ({ user }) => {
        asked.push(user)
        return new Promise(() => undefined)
      },
    )
    const crowd = Array.from({ length: 30 }, (_, index) => `U0CROWD${index}`)
    for (const users of [crowd, crowd.toReversed()]) {
      const asking = unreachable(users)
      await vi.advanceTimersByTimeAsync(2_000)
      expect(await asking).toEqual(reached)
    }
    expect(asked).toEqual(crowd.slice(0, 20))
  })
})
