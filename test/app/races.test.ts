/**
 * A click meets the clock, 2,000 times each (100,000 with DEEP=1), on a store in a file: in twenties, each click so many ticks before or after
 * the sweep as its seed says. Broken builds that these sentences were seen to catch:
 * - who may decide taken from the first level instead of the one that is asked when it commits -> the reassignment.
 * - the end not looked at when a click commits -> the end.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Changed } from '../../src/app/app.ts'
import { assigneeOf, type Decision } from '../../src/domain/decision.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { seeded } from '../faults/seeded.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { openTeam, type Team } from './team.ts'

const [ANA, CAROL] = ['U0000000001', 'U0000000002']
const POLICY = `
actions:
  process_refund: {severity: high, reversible: false, escalation_path: [support_lead, team_lead], approval_timeout_seconds: 14400, sla_minutes: 30}
roles:
  support_lead: {members: [${ANA}]}
  team_lead: {members: [${CAROL}]}
`
const RACES = tries(2_000, 100_000)
const AT_ONCE = 20

let folder = ''
let team: Team
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  team = openTeam(POLICY, join(folder, 'store.db'))
})
afterEach(async () => {
  await team.close()
  rmSync(folder, { recursive: true })
})

type Race = { readonly id: string; readonly click: Changed; readonly decision: Decision }

type Setting = {
  readonly seed: number
  /** ms from the submission to the race. */
  readonly wait: number
  /** ms by which the clock is turned when the sweep starts; the clicks before it see none of it. */
  readonly turn: number
  /** By how many turns of the event loop the sweep and a click are late, at most: what makes it even. */
  readonly late: { readonly sweep: number; readonly click: number }
}

async function races({ seed, wait, turn, late }: Setting): Promise<readonly Race[]> {
  const random = seeded(seed)
  const ended: Race[] = []
  while (ended.length < RACES) {
    const ids = await Promise.all(Array.from({ length: AT_ONCE }, () => team.submit()))
    await team.settled()
    team.clock.now += wait
    const sweeping = pause(random.below(100), random.below(late.sweep)).then(() => {
      team.clock.now += turn
      return team.app.sweep()
    })
    const clicks = ids.map(async (id) => {
      await pause(random.below(100), random.below(late.click))
      return team.app.approve({ decision: id, revision: 0, user: ANA }, null)
    })
    const [results] = await Promise.all([Promise.all(clicks), sweeping])
    await team.settled()
    for (const [n, click] of results.entries()) {
      const id = ids[n] ?? ''
      ended.push({ id, click, decision: await team.read(id) })
    }
    // What is still open would be part of the next sweep.
    await Promise.all(ids.map((id) => team.app.deny({ decision: id, revision: 0, user: CAROL }, 'No.')))
    team.clock.now += HOUR
  }
  expect(team.failures).toEqual([])
  return ended
}

// Before it asks anybody, the sweep writes that nothing has ended; then it asks one after the other.
const REASSIGNED: Setting = { seed: 1, wait: 30 * MINUTE, turn: 0, late: { sweep: 2, click: 28 } }
const ENDED: Setting = { seed: 2, wait: 4 * HOUR - 1, turn: 1, late: { sweep: 4, click: 4 } }

async function pause(ticks: number, turns: number): Promise<void> {
  for (let n = 0; n < turns; n += 1) await new Promise(setImmediate)
  for (let n = 0; n < ticks; n += 1) await Promise.resolve()
}

it(
  'a click meets the reassignment to the next level: one of them wins, each a fifth of the time',
  async () => {
    let won = 0
    for (const { id, click, decision } of await races(REASSIGNED)) {
      const moved = (await team.store.history(id)).some(
        (event) => event.type === 'assignment.made' && event.payload.user === CAROL,
      )
      if (click.kind === 'accepted') {
        won += 1
        expect([decision.status, moved]).toEqual(['approved', false])
      } else {
        expect(click).toMatchObject({ kind: 'rejected', rejection: { code: 'not_eligible' } })
        expect([decision.status, assigneeOf(decision), moved]).toEqual(['pending', CAROL, true])
      }
    }
    expect(won).toBeGreaterThan(RACES / 5)
    expect(won).toBeLessThan((RACES * 4) / 5)
  },
  patience(120_000),
)

it(
  'a click meets the end: one of them wins, each a fifth of the time',
  async () => {
    let won = 0
    for (const { id, click, decision } of await races(ENDED)) {
      const ends = (await team.store.history(id)).filter(
        ({ type }) => type === 'decision.approved' || type === 'decision.timed_out',
      )
      expect(ends).toHaveLength(1)
      if (click.kind === 'accepted') {
        won += 1
        expect(decision.status).toBe('approved')
        expect(ends[0]?.at).toBeLessThan(decision.createdAt + 4 * HOUR)
      } else {
        expect(click.kind === 'rejected' ? click.rejection.code : click.kind).toMatch(/^(timed_out|already_decided)$/)
        expect(decision.status).toBe('timed_out')
      }
    }
    expect(won).toBeGreaterThan(RACES / 5)
    expect(won).toBeLessThan((RACES * 4) / 5)
  },
  patience(120_000),
)
