/**
 * What people were refused, on record. Broken builds that these sentences were seen to catch:
 * - a refusal before a window opens not noted -> "each way". A look noted as well -> "was only looked up".
 * - given with the history, so that versions count something else -> "changes nothing of the decision".
 * - refusals of an hour kept each time, or kinds of refusal taken for alike -> "hammering".
 * - no bound for one person, or for all -> "bounds". A record that is waited for -> "told at once".
 * - written where the answer waits for it -> "may fail". The chain begun anew with it -> "stays whole".
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { AttemptNotRecorded } from '../../src/app/attempts.ts'
import type { Store } from '../../src/app/ports.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { replay } from '../../src/domain/decision.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { CALLER, openTeam, type Team } from './team.ts'

const [ANA, BEN, EVE, GUS] = ['U0ANA00001', 'U0BEN00001', 'U0EVE00001', 'U0GUS00001']
const YAML = `
roles:
  support_lead: { members: [${ANA}, ${BEN}, ${GUS}] }
  operations: { members: [${BEN}] }
actions:
  process_refund:
    severity: high
    reversible: false
    required_role: support_lead
    editable_parameters: [amount_usd]
  start_machine: { severity: high, reversible: true, required_role: support_lead }
`

let team: Team
const open = (watch?: (store: Store) => Store) => {
  team = openTeam(YAML, ':memory:', watch)
}
beforeEach(() => open())
afterEach(() => team.close())

type Kept = { readonly user: string; readonly act: string; readonly code: string; readonly barred?: string }

/** What was refused people, as the chain has it, once nothing is under way. */
async function kept(id: string): Promise<readonly Kept[]> {
  await team.settled()
  const trail = await team.store.auditTrail(id)
  return (trail?.entries ?? [])
    .filter(({ type }) => type === 'attempt.refused')
    .map(({ record }) => {
      const { actor, payload } = JSON.parse(record)
      return { user: `${actor.team}/${actor.user}`, ...payload }
    })
}
const click = (decision: string, user = EVE, revision = 0) => ({ decision, revision, user })

describe('what a person was refused', () => {
  it('is on record with who, what and why, each way it can be wanted', async () => {
    const { id } = await team.ask()
    const { app } = team
    await app.approve(click(id), null)
    await app.approveEdited(click(id), { amount_usd: 1 }, null)
    await app.deny(click(id), 'no')
    await app.clarify(click(id), 'why?')
    await app.rollBack(click(id), 'undo it')
    await app.settleExecution(EVE, id, 'ran', team.clock.now)
    expect(await kept(id)).toEqual([
      { user: `T1/${EVE}`, act: 'approve', code: 'not_eligible' },
      { user: `T1/${EVE}`, act: 'edit', code: 'not_eligible' },
      { user: `T1/${EVE}`, act: 'deny', code: 'not_eligible' },
      { user: `T1/${EVE}`, act: 'clarify', code: 'not_eligible' },
      { user: `T1/${EVE}`, act: 'roll_back', code: 'no_rollback' },
      { user: `T1/${EVE}`, act: 'settle', code: 'not_eligible' },
    ])
  })

  it('is on record when it was refused before a window opened', async () => {
    const { id } = await team.ask()
    for (const act of ['approve', 'edit', 'deny', 'clarify', 'roll_back'] as const)
      await team.app.refusal(click(id), act)
    expect((await kept(id)).map(({ act }) => act)).toEqual(['approve', 'edit', 'deny', 'clarify', 'roll_back'])
  })

  it('is not on record when it was only looked up for what is shown', async () => {
    const { id } = await team.ask()
    expect(await team.app.couldApprove(click(id))).toBe(false)
    expect(await team.app.couldApprove(click(id, ANA))).toBe(true)
    expect(await kept(id)).toEqual([])
  })

  it.each([
    ['a guest', 'not_a_member', { barred: 'guest' }],
    ['somebody of another workspace', 'not_a_member', { barred: 'other_workspace' }],
  ] as const)('says that it was %s', async (_, code, barred) => {
    team.slack.barred.set(GUS, barred.barred)
    const { id } = await team.ask()
    await team.app.approve(click(id, GUS), null)
    expect(await kept(id)).toEqual([{ user: `T1/${GUS}`, act: 'approve', code, ...barred }])
  })

  it('is on record for the requester, for an outdated card, for a frozen action, and for what is over', async () => {
    const own = await team.ask({ requested_by: ANA })
    await team.app.approve(click(own.id, ANA), null)
    expect(await kept(own.id)).toMatchObject([{ user: `T1/${ANA}`, code: 'self_approval' }])
    const { id } = await team.ask()
    await team.app.approve(click(id, ANA, 7), null)
    await team.app.freeze(BEN, { kind: 'action', name: 'process_refund' }, 'the gateway is broken')
    await team.app.approve(click(id, ANA), null)
    await team.app.deny(click(id, BEN), 'no')
    await team.app.deny(click(id, ANA), 'no')
    expect((await kept(id)).map(({ code }) => code)).toEqual(['outdated_card', 'frozen', 'already_decided'])
  })

  it('is on record for a click that came too late, beside the end that it finds', async () => {
    const { id } = await team.ask()
    team.clock.now += 25 * HOUR
    await team.app.deny(click(id, ANA), 'no')
    expect((await kept(id)).map(({ code }) => code)).toEqual(['timed_out'])
    expect(await team.read(id)).toMatchObject({ status: 'timed_out' })
  })

  it('is on record when a request of Slack comes once more', async () => {
    const { id } = await team.ask()
    team.app.cameTwice(click(id, ANA), 'approve')
    expect(await kept(id)).toEqual([{ user: `T1/${ANA}`, act: 'approve', code: 'replayed' }])
  })

  it('is nothing where the first of two clicks did what was wanted', async () => {
    const { id } = await team.ask()
    await Promise.all([team.app.approve(click(id, ANA), null), team.app.approve(click(id, ANA), null)])
    expect(await kept(id)).toEqual([])
  })

  it('of a decision that is not known is recorded nowhere, and fails nothing', async () => {
    const unknown = 'dec_00000000000000000000000000'
    expect(await team.app.approve(click(unknown), null)).toEqual({ kind: 'not_found' })
    team.app.cameTwice(click(unknown), 'approve')
    expect(await kept(unknown)).toEqual([])
    expect(team.failures).toEqual([])
  })
})

describe('the record of a refused attempt', () => {
  it('changes nothing of the decision, and wakes nobody who waits for it to change', async () => {
    const before = await team.ask()
    const { id, version } = before
    const stop = new AbortController()
    const waiting = team.app.wait(CALLER, id, 60_000, version, stop.signal)
    await team.app.approve(click(id), null)
    expect(await kept(id)).toHaveLength(1)
    expect(await team.read(id)).toEqual(before)
    expect(replay(await team.store.history(id))).toEqual(before)
    expect(await team.store.history(id)).toHaveLength(version)
    let told = false
    void waiting.then(() => {
      told = true
    })
    await team.settled()
    expect(told).toBe(false)
    stop.abort()
    expect(await waiting).toEqual(before)
  })

  it('stays whole with all that comes before and after it', async () => {
    const { id } = await team.ask()
    await team.app.approve(click(id), null)
    await team.settled()
    await team.app.clarify(click(id, ANA), 'why?')
    await team.app.deny(click(id, GUS, 3), 'no')
    await team.settled()
    await team.app.approve(click(id, ANA), null)
    await team.app.deny(click(id, BEN), 'too late')
    await team.settled()
    const trail = await team.store.auditTrail(id)
    if (trail === null) throw new Error('there is no trail')
    expect(chainFault(trail.entries, trail.head)).toBeNull()
    expect(trail.entries.map(({ type }) => type)).toEqual([
      'decision.submitted',
      'assignment.made',
      'attempt.refused',
      'clarification.requested',
      'attempt.refused',
      'decision.approved',
      'attempt.refused',
    ])
    expect(await team.read(id)).toEqual(replay(await team.store.history(id)))
    expect(chainFault(trail.entries.toSpliced(2, 1), trail.head)).toBe('entry 3 is missing')
  })

  it('is one an hour for somebody hammering a button, and each other kind of refusal has its own', async () => {
    const { id } = await team.ask()
    for (let n = 0; n < 50; n += 1) await team.app.approve(click(id), null)
    expect(await kept(id)).toHaveLength(1)
    team.clock.now += HOUR - 1
    await team.app.approve(click(id), null)
    expect(await kept(id)).toHaveLength(1)
    team.clock.now += 1
    await team.app.approve(click(id), null)
    expect(await kept(id)).toHaveLength(2)
    await team.app.deny(click(id), 'no')
    await team.app.approve(click(id, 'U0MAL00001'), null)
    expect(await kept(id)).toHaveLength(4)
  })

  it('keeps to its bounds: twenty of one person, two hundred of all', async () => {
    const { id } = await team.ask()
    const day = team.clock.now
    for (let n = 0; n < 30; n += 1) {
      team.app.cameTwice(click(id), 'approve')
      team.clock.now += HOUR
    }
    expect(await kept(id)).toHaveLength(20)
    team.clock.now = day + MINUTE
    for (let n = 0; n < 200; n += 1) await team.app.approve(click(id, `U0${String(n).padStart(8, '0')}`), null)
    expect(await kept(id)).toHaveLength(200)
    expect((await team.store.auditTrail(id))?.head.length).toBe(202)
  })

  it('holds nobody up: the person is told at once, while the record is still to come', async () => {
    await team.close()
    let write: () => void = () => {}
    const slow = new Promise<void>((resolve) => {
      write = resolve
    })
    open((store) => ({ ...store, recordAttempt: async (...how) => slow.then(() => store.recordAttempt(...how)) }))
    const { id } = await team.ask()
    expect(await team.app.approve(click(id), null)).toMatchObject({ rejection: { code: 'not_eligible' } })
    expect((await team.store.auditTrail(id))?.head.length).toBe(2)
    write()
    expect(await kept(id)).toHaveLength(1)
  })

  it('may fail: the refusal stands, and it is told that this one is not on record', async () => {
    await team.close()
    open((store) => ({ ...store, recordAttempt: () => Promise.reject(new Error('the disk is full')) }))
    const { id } = await team.ask()
    expect(await team.app.approve(click(id), null)).toMatchObject({ rejection: { code: 'not_eligible' } })
    expect(await team.app.refusal(click(id), 'deny')).toMatchObject({ code: 'not_eligible' })
    await team.settled()
    expect(team.failures).toEqual([expect.any(AttemptNotRecorded), expect.any(AttemptNotRecorded)])
    expect(await team.read(id)).toMatchObject({ status: 'pending', approvals: [] })
  })
})
