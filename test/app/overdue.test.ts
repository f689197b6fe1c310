/**
 * What the sweep has left lying, as the auditor asks for it. Broken builds that these sentences were seen to catch:
 * - the end told only where nothing else came before; somebody to be asked told for a reminder -> "says what was due".
 * - only what is listed counted, or more listed than asked for -> "counts all".
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { overdue } from '../../src/app/overdue.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { submit } from '../contract/open-store.ts'
import { runningEvent, UNTIL } from '../domain/rollback-cases.ts'
import { NOON } from '../fixtures/decisions.ts'
import { openTeam, type Team } from './team.ts'

/** Four hours in all, half an hour for the first person, who is reminded after a quarter. */
const POLICY = `
actions:
  process_refund: {severity: high, reversible: false, required_role: lead, approval_timeout_seconds: 14400, sla_minutes: 30, nudge_at: [0.5], clarification_timeout_seconds: 3600}
roles: {lead: {members: [U0000000001, U0000000002]}}
`

let team: Team
beforeEach(() => {
  team = openTeam(POLICY)
})
afterEach(() => team.close())

const at = (instant: number) => overdue(team.store, instant, 10)

describe('what is overdue', () => {
  it('is nothing while nothing is due, and nothing once it was done or has ended', async () => {
    const { id } = await team.ask()
    expect(await at(NOON + 14 * MINUTE)).toEqual({ total: 0, decisions: [] })
    team.clock.now = NOON + 16 * MINUTE
    await team.app.sweep()
    expect(await at(NOON + 16 * MINUTE)).toEqual({ total: 0, decisions: [] })
    team.clock.now = NOON + 5 * HOUR
    await team.app.sweep()
    expect(await team.read(id)).toMatchObject({ status: 'timed_out' })
    expect(await at(NOON + 9 * HOUR)).toEqual({ total: 0, decisions: [] })
  })

  it('says what was due and since when, the end before all else', async () => {
    const { id } = await team.ask()
    const found = { decision: id, action: 'process_refund', agent: 'support-agent' }
    const told = async (instant: number) => (await at(instant)).decisions
    expect(await told(NOON + 15 * MINUTE)).toEqual([{ ...found, due: 'reminder', since: NOON + 15 * MINUTE }])
    team.clock.now = NOON + 15 * MINUTE
    await team.app.sweep()
    expect(await told(NOON + HOUR)).toEqual([{ ...found, due: 'next_person', since: NOON + 30 * MINUTE }])
    expect(await told(NOON + 4 * HOUR - 1)).toMatchObject([{ due: 'next_person' }])
    expect(await told(NOON + 4 * HOUR)).toEqual([{ ...found, due: 'end', since: NOON + 4 * HOUR }])
  })

  it('is a question that nobody has answered in time', async () => {
    const { id } = await team.ask()
    await team.app.clarify({ decision: id, revision: 0, user: 'U0000000001' }, 'Which one?')
    expect((await at(NOON + HOUR - 1)).total).toBe(0)
    expect((await at(NOON + HOUR)).decisions).toMatchObject([{ due: 'question_end', since: NOON + HOUR }])
  })

  it('is somebody to be asked where nobody could be', async () => {
    team.slack.down = true
    const { id } = await team.ask()
    expect((await at(NOON)).decisions).toMatchObject([{ decision: id, due: 'next_person', since: NOON }])
  })

  it('is the time to roll back what runs already', async () => {
    await submit(team.store, runningEvent())
    expect((await at(UNTIL - 1)).total).toBe(0)
    expect((await at(UNTIL)).decisions).toMatchObject([{ due: 'rollback_end', since: UNTIL }])
  })

  it('counts all and lists what was due first', async () => {
    const ids: string[] = []
    for (let minute = 0; minute < 4; minute += 1) {
      team.clock.now = NOON + minute * MINUTE
      ids.push((await team.ask()).id)
    }
    const { total, decisions } = await overdue(team.store, NOON + HOUR, 2)
    expect(total).toBe(4)
    expect(decisions.map(({ decision }) => decision)).toEqual(ids.slice(0, 2))
  })
})
