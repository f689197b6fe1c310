/**
 * An agent that asks for a thousand things in an hour (200 unless DEEP=1), none of which anybody decides. Broken builds that
 * these sentences were seen to catch: the most loaded asked first; a freeze that is not asked for new requests.
 */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { tries } from '../fixtures/depth.ts'
import { openTeam, type Team } from './team.ts'

const [ANA, BEN, CAROL, DANA] = ['U0ANA00001', 'U0BEN00001', 'U0CAROL001', 'U0DANA0001'] as const
const YAML = `
defaults: { administrators: operations }
roles:
  lead: { members: [${ANA}, ${BEN}], capacity: 10, fallback: deputies }
  deputies: { members: [${CAROL}], capacity: 10 }
  operations: { members: [${DANA}] }
actions:
  pay: { severity: low, reversible: false, approval_required: true, escalation_path: [lead], approval_timeout_seconds: 36000 }
`
const MANY = tries(200, 1_000)

let team: Team
beforeEach(() => {
  team = openTeam(YAML)
})
afterEach(() => team.close())

const loadOf = async (user: string) => (await team.store.reviewers([user])).get(user)?.open ?? 0

it('is spread evenly, over the fallback as well, and ends once somebody freezes the agent', async () => {
  for (let n = 0; n < MANY; n += 1) {
    team.clock.now += HOUR / MANY
    await team.ask({ action: 'pay', parameters: { n } })
    const [ana, ben, carol] = await Promise.all([ANA, BEN, CAROL].map(loadOf))
    expect(Math.abs((ana ?? 0) - (ben ?? 0))).toBeLessThanOrEqual(1)
    expect((ana ?? 0) + (ben ?? 0) + (carol ?? 0)).toBe(n + 1)
    if (n >= 30) expect(carol).toBe(10)
  }
  const before = await Promise.all([ANA, BEN, CAROL].map(loadOf))
  await team.app.freeze(DANA, { kind: 'agent', name: 'support-agent' }, 'It has run wild.')
  for (let n = 0; n < 20; n += 1) {
    const id = await team.submit({ action: 'pay', parameters: { n: -n - 1 } })
    expect(await team.read(id)).toMatchObject({ status: 'blocked' })
  }
  await team.settled()
  expect(await Promise.all([ANA, BEN, CAROL].map(loadOf))).toEqual(before)
  expect(team.failures).toEqual([])
})
