/**
 * The sweep. Broken builds that these sentences were seen to catch:
 * - one batch only -> "batch by batch". The first failure stopping all, failures swallowed, or what fails asked for
 *   again and again -> "ends what it can".
 */
import { describe, expect, it } from 'vitest'
import type { Commit } from '../../src/app/commit.ts'
import { sweep } from '../../src/app/sweep.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { aDecision, NOON } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { openTeam, type Team } from './team.ts'

const manifest = manifestOf('actions:\n  process_refund: { severity: low, reversible: true }')
const decision = aDecision()

/** Overdue decisions; those in `broken` can't be read. */
function overdue(count: number, broken: readonly number[] = []) {
  const open = new Set(Array.from({ length: count }, (_, at) => `dec_${String(at).padStart(4, '0')}`))
  const poison = new Set(broken.map((at) => `dec_${String(at).padStart(4, '0')}`))
  const batches: number[] = []
  const commit: Pick<Commit, 'update'> = {
    update: async (id) => {
      open.delete(id)
      return { kind: 'accepted', decision }
    },
  }
  const unexpected = () => Promise.reject(new Error('not expected here'))
  const ports = {
    store: {
      due: async (_: number, limit: number) => {
        if (batches.length > 50) throw new Error('asked for ever')
        const ids = [...open].slice(0, limit)
        batches.push(ids.length)
        return ids
      },
      decision: async (id: string) => {
        if (poison.has(id)) throw new Error(`${id} can not be read`)
        return decision
      },
      reviewers: unexpected,
    },
    commit: { ...commit, submit: unexpected, startWorkflow: unexpected, updateWorkflow: unexpected },
    policies: { current: () => manifest, byDigest: async () => manifest },
    reviewers: {
      person: unexpected,
      rolesOf: unexpected,
      membersOf: unexpected,
      unreachable: unexpected,
      timeZone: unexpected,
    },
    clock: () => NOON,
    oneByOne: unexpected,
  }
  return { ports, open, batches }
}

describe('the sweep', () => {
  it('goes on until nothing is overdue, batch by batch', async () => {
    const { ports, open, batches } = overdue(450)
    expect(await sweep(ports)).toBe(450)
    expect(open.size).toBe(0)
    expect(batches).toEqual([200, 200, 50, 0])
  })

  it('ends what it can when some can not be ended, and then says so', async () => {
    const { ports, open } = overdue(450, [0, 250])
    await expect(sweep(ports)).rejects.toThrow('2 decisions that are due could not be taken further')
    expect([...open]).toEqual(['dec_0000', 'dec_0250'])
  })

  it('reaches those behind a whole batch in which nothing can be ended', async () => {
    const { ports, open } = overdue(
      300,
      Array.from({ length: 200 }, (_, at) => at),
    )
    await expect(sweep(ports)).rejects.toThrow('200 decisions that are due')
    expect(open.size).toBe(200)
  })

  it('does nothing where nothing is overdue', async () => {
    expect(await sweep(overdue(0).ports)).toBe(0)
  })
})

const LEADS = ['U0000000001', 'U0000000002', 'U0000000003']
const POLICY = `
actions:
  process_refund: {severity: high, reversible: false, escalation_path: [support_lead, team_lead], approval_timeout_seconds: 36000, sla_minutes: 60, attempts_per_level: 3}
roles:
  support_lead: {members: [${LEADS.join(', ')}]}
  team_lead: {members: [U0000000009]}
`

describe('the sweep of assignments', () => {
  const withTeam = async (run: (team: Team) => Promise<void>) => {
    const team = openTeam(POLICY)
    await run(team)
    expect(team.failures).toEqual([])
    await team.close()
  }
  const stepsOf = async ({ store }: Team, id: string) => (await store.history(id)).slice(2).map(({ type }) => type)

  it('done twice at once, and again, does everything once', () =>
    withTeam(async (team) => {
      const { id } = await team.ask()
      const due = [30, 48, 60].map((minutes) => NOON + minutes * MINUTE)
      for (const now of due) {
        team.clock.now = now
        await Promise.all([team.app.sweep(), team.app.sweep(), team.app.sweep()])
        expect(await team.app.sweep()).toBe(0)
      }
      expect(await stepsOf(team, id)).toEqual(['assignment.nudged', 'assignment.nudged', 'assignment.made'])
      team.clock.now = NOON + 10 * HOUR
      const changed = await Promise.all([team.app.sweep(), team.app.sweep()])
      expect(changed.toSorted((a, b) => a - b)).toEqual([0, 1])
      expect((await stepsOf(team, id)).at(-1)).toBe('decision.timed_out')
    }))

  it('after three hours of downtime takes one step with each decision, or reminds once', () =>
    withTeam(async (team) => {
      const missed = await Promise.all(Array.from({ length: 30 }, () => team.submit()))
      await team.settled()
      team.clock.now = NOON + 3 * HOUR - 55 * MINUTE
      const late = await Promise.all(Array.from({ length: 30 }, () => team.submit()))
      await team.settled()
      team.clock.now = NOON + 3 * HOUR
      expect(await team.app.sweep()).toBe(60)
      for (const id of missed) expect(await stepsOf(team, id)).toEqual(['assignment.made'])
      for (const id of late) expect(await stepsOf(team, id)).toEqual(['assignment.nudged'])
      expect(await team.app.sweep()).toBe(0)
      // Who is asked now has the whole time.
      expect(await team.store.due(NOON + 3 * HOUR + 4 * MINUTE, 100)).toEqual([])
    }))

  it('that can not take one on gives all others their turn', async () => {
    let broken = ''
    const team = openTeam(POLICY, ':memory:', (store) => ({
      ...store,
      update: async (id, ...how) => {
        if (id === broken) throw new Error('this row can not be written')
        return store.update(id, ...how)
      },
    }))
    const ids = await Promise.all(Array.from({ length: 20 }, () => team.submit()))
    await team.settled()
    broken = ids[7] ?? ''
    team.clock.now = NOON + HOUR
    await expect(team.app.sweep()).rejects.toThrow('1 decisions that are due')
    for (const id of ids) expect(await stepsOf(team, id)).toEqual(id === broken ? [] : ['assignment.made'])
    broken = ''
    expect(await team.app.sweep()).toBe(1)
    await team.close()
  })
})
