/**
 * Rolling back through the application and a real store. Broken builds that these sentences were seen to catch:
 * - a submission without its window, the card's intent or the worker's wake forgotten -> the submission.
 * - the fallbacks of the manifest that routed it instead of today's -> the fallback. `open` counting windows -> the counts.
 * - the sweep not told of windows; a click too late that settles nothing -> the window's end.
 * - no call of the system that undoes it, one in Slack's lane, one after a report -> "a system that undoes it".
 * - states from before there were rollbacks read without the field -> "an older database".
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChanges } from '../../src/app/changes.ts'
import { createCommit } from '../../src/app/commit.ts'
import type { Decision } from '../../src/domain/decision.ts'
import { canonicalJson } from '../../src/domain/digest.ts'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { unpackDecision } from '../../src/store/codec.ts'
import { running } from '../domain/rollback-cases.ts'
import { aDecision, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { openTeam, type Team } from './team.ts'

const [ANA, BEN, CAROL, DANA] = ['U000000ANA', 'U000000BEN', 'U0000CAROL', 'U00000DANA'] as const
const rolesOf = (leads: string) => `
roles:
  support_lead: {members: [${leads}], fallback: operations}
  team_lead: {members: [${BEN}]}
  operations: {members: [${DANA}]}`
const policy = (leads: string) => `
defaults: {rollback_window_seconds: 600}
actions:
  process_refund: {severity: high, reversible: true, escalation_path: [support_lead, team_lead]}
  look: {severity: low, reversible: true}
agents:
  support-agent: {owner: carol@example.com, actions: [process_refund, look]}
${rolesOf(leads)}
`
const UNTIL = NOON + 600 * SECOND
const CALLER = { agent: 'support-agent', apiKey: 'key_1', anyAgent: false }

let team: Team
beforeEach(() => {
  team = openTeam(policy(ANA))
})
afterEach(async () => {
  expect(team.failures).toEqual([])
  await team.close()
})

const press = (user: string, decision: string) => team.app.rollBack({ decision, revision: 0, user }, 'Wrong region.')
const rollbackOf = async (id: string) => (await team.read(id)).rollback
const report = (id: string, state: 'rolled_back' | 'failed') =>
  team.app.reportRollback(CALLER, id, { state, detail: 'Locked.' }, null)

describe('a submission', () => {
  it('that runs while people watch has the window of its action, and a card at once', async () => {
    const id = await team.submit()
    expect(await rollbackOf(id)).toEqual({ state: 'open', until: UNTIL })
    expect((await team.store.dueIntents('slack', NOON, 10)).map(({ key }) => key)).toEqual([`card.sync ${id}`])
    expect(await team.store.history(id)).toMatchObject([{ payload: { rollbackUntil: UNTIL } }])
  })

  it('that nobody watches has none', async () => {
    const id = await team.submit({ action: 'look' })
    expect(await rollbackOf(id)).toBeNull()
    expect(await team.store.dueIntents('slack', NOON, 10)).toEqual([])
  })

  it('is counted as nothing that people have to decide, and as due once its window is over', async () => {
    const id = await team.submit()
    expect(await team.store.counts(UNTIL - 1)).toMatchObject({ open: 0, overdue: 0 })
    expect(await team.store.counts(UNTIL)).toMatchObject({ open: 0, overdue: 1 })
    await press(ANA, id)
    expect(await team.store.counts(UNTIL)).toMatchObject({ open: 0, overdue: 0 })
  })
})

describe('who may roll back', () => {
  it.each([
    ['a holder of the first role', ANA],
    ['a holder of a later one', BEN],
    ['a holder of a fallback', DANA],
    ['the agent’s owner', 'CAROL'],
  ])('%s', async (_, user) => {
    const id = await team.submit()
    expect(await press(user, id)).toMatchObject({ kind: 'accepted', decision: { rollback: { by: user } } })
  })

  it('the requester, who may not decide their own case otherwise', async () => {
    const id = await team.submit({ requested_by: `${CAROL.toLowerCase()}@example.com` })
    expect(await press(CAROL, id)).toMatchObject({ kind: 'accepted' })
  })

  it('nobody else, and no guest: the modal does not open for them, and nothing is recorded', async () => {
    const id = await team.submit()
    team.slack.barred.set(ANA, 'guest')
    for (const [user, code] of [
      [CAROL, 'not_eligible'],
      [ANA, 'not_a_member'],
    ] as const) {
      expect(await team.app.refusal({ decision: id, revision: 0, user }, 'roll_back')).toMatchObject({ code })
      expect(await press(user, id)).toMatchObject({ kind: 'rejected', rejection: { code } })
    }
    expect(await rollbackOf(id)).toMatchObject({ state: 'open' })
  })

  it('people as they are today', async () => {
    const id = await team.submit()
    team.clock.manifest = manifestOf(policy(CAROL))
    expect(await press(ANA, id)).toMatchObject({ rejection: { code: 'not_eligible' } })
    expect(await press(CAROL, id)).toMatchObject({ kind: 'accepted' })
  })

  it('whoever may sees it by its id, and nobody else', async () => {
    const id = await team.submit()
    for (const user of [ANA, BEN, DANA]) expect(await team.app.viewFor(user, id)).not.toBeNull()
    expect(await team.app.viewFor(CAROL, id)).toBeNull()
  })
})

it('an agent that named an address is told there that it has to undo something', async () => {
  const id = await team.submit({ callback_url: 'https://agent.example/hooks' })
  await press(ANA, id)
  await report(id, 'failed')
  const told = (await team.store.dueIntents('systems', NOON, 10)).map(({ intent }) => intent)
  expect(told).toMatchObject([{ kind: 'webhook.send', type: 'rollback.requested', subject: id, version: 2 }])
})

describe('a system that undoes it', () => {
  const withUrl = policy(ANA).replace(
    'severity: high,',
    'severity: high, rollback: {url: "https://cloud.example/undo"},',
  )
  beforeEach(async () => {
    await team.close()
    team = openTeam(withUrl)
  })
  const calls = async () => (await team.store.dueIntents('systems', NOON, 10)).map(({ key }) => key)

  it('is asked once somebody asks, with what runs and why', async () => {
    const id = await team.submit()
    expect(await team.app.rollbackOrder(id)).toBeNull()
    expect(await calls()).toEqual([])
    await press(ANA, id)
    expect(await calls()).toEqual([`rollback.call ${id}`])
    const { action, parameters } = (await team.read(id)).proposal
    expect(await team.app.rollbackOrder(id)).toEqual({
      url: 'https://cloud.example/undo',
      key: `${id}/rollback`,
      body: { decision_id: id, action, parameters, reason: 'Wrong region.' },
    })
    await team.app.recordRollback(id, { state: 'rolled_back', detail: 'Torn down.' })
    expect(await rollbackOf(id)).toMatchObject({ state: 'rolled_back', detail: 'Torn down.' })
    expect((await team.store.history(id)).at(-1)?.actor).toEqual({ kind: 'engine' })
  })

  it('is asked instead of the agent: twice undone is not the same as once', async () => {
    const id = await team.submit({ callback_url: 'https://agent.example/hooks' })
    await press(ANA, id)
    expect(await calls()).toEqual([`rollback.call ${id}`])
  })

  it('is the one of the decision’s own manifest, and is asked nothing that the agent has reported', async () => {
    const id = await team.submit()
    await press(ANA, id)
    team.clock.manifest = manifestOf(withUrl.replace('cloud.example', 'elsewhere.example'))
    expect(await team.app.rollbackOrder(id)).toMatchObject({ url: 'https://cloud.example/undo' })
    await report(id, 'rolled_back')
    expect(await team.app.rollbackOrder(id)).toBeNull()
    await team.app.recordRollback(id, { state: 'failed', detail: null })
    expect(await rollbackOf(id)).toMatchObject({ state: 'rolled_back' })
  })
})

it('the fallback of a role is that of today', async () => {
  const id = await team.submit()
  team.clock.manifest = manifestOf(
    policy(ANA).replace('fallback: operations', 'fallback: night_shift').concat(`  night_shift: {members: [${CAROL}]}`),
  )
  expect(await press(DANA, id)).toMatchObject({ rejection: { code: 'not_eligible' } })
  expect(await press(CAROL, id)).toMatchObject({ kind: 'accepted' })
})

it('whoever delivers is woken for a card, and not for what passes unseen', async () => {
  const woken = async (decision: Decision) => {
    let wakes = 0
    const store = { ...team.store, submit: async () => ({ kind: 'created', decision }) as const }
    const { submit } = createCommit(
      store,
      createChanges(),
      () => void (wakes += 1),
      () => undefined,
      () => 'later',
    )
    await submit({ apiKey: 'key_1', key: 'k', bodyHash: 'b' }, [], NOON, () => null)
    return wakes
  }
  expect([await woken(running()), await woken(aDecision({ route: 'auto_approve' }))]).toEqual([1, 0])
})

describe('one outcome', () => {
  it('for two people at once: the other is told who asked for it', async () => {
    const id = await team.submit()
    const results = await Promise.all([press(ANA, id), press(BEN, id)])
    const [lost] = results.filter(({ kind }) => kind === 'rejected')
    const rollback = await rollbackOf(id)
    const winner = rollback !== null && 'by' in rollback ? rollback.by : ''
    expect([ANA, BEN]).toContain(winner)
    expect(lost).toMatchObject({ rejection: { message: expect.stringContaining(`<@${winner}> asked for this`) } })
    expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
  })

  it('for two reports at once, whose failure operations are told of once', async () => {
    const id = await team.submit()
    await press(ANA, id)
    const results = await Promise.all([report(id, 'failed'), report(id, 'failed')])
    expect(results.map(({ kind }) => kind).toSorted()).toEqual(['accepted', 'rejected'])
    const notices = (await team.store.dueIntents('slack', NOON, 10)).filter(
      ({ intent }) => intent.kind === 'notice.post',
    )
    expect(notices.map(({ key }) => key)).toEqual([`notice.post rollback_failed ${id}`])
  })

  it('for another agent’s report: there is no such decision', async () => {
    const id = await team.submit()
    await press(ANA, id)
    const other = { ...CALLER, agent: 'somebody-else' }
    const given = { state: 'rolled_back', detail: null } as const
    expect(await team.app.reportRollback(other, id, given, null)).toEqual({ kind: 'not_found' })
  })
})

describe('the end of the window', () => {
  it('settles by the sweep, however often it comes by', async () => {
    const id = await team.submit()
    team.clock.now = UNTIL - 1
    expect(await team.app.sweep()).toBe(0)
    team.clock.now = UNTIL
    const swept = await Promise.all([team.app.sweep(), team.app.sweep()])
    expect(swept.toSorted((a, b) => a - b)).toEqual([0, 1])
    expect(await rollbackOf(id)).toEqual({ state: 'settled', until: UNTIL })
    expect(await team.app.sweep()).toBe(0)
  })

  it('settles by a click that comes too late, before any sweep', async () => {
    const id = await team.submit()
    team.clock.now = UNTIL
    expect(await press(ANA, id)).toMatchObject({ rejection: { code: 'rollback_closed' } })
    expect(await rollbackOf(id)).toEqual({ state: 'settled', until: UNTIL })
  })

  it('leaves one alone that was asked for, and waits for its report for ever', async () => {
    const id = await team.submit()
    await press(ANA, id)
    team.clock.now = UNTIL + 7 * 24 * 60 * MINUTE
    expect(await team.app.sweep()).toBe(0)
    expect(await report(id, 'rolled_back')).toMatchObject({ decision: { rollback: { state: 'rolled_back' } } })
  })
})

it('an agent that polls is told of a rollback by the version; without one it has its answer already', async () => {
  const id = await team.submit()
  const poll = (after: number | null) => team.app.wait(CALLER, id, 30_000, after, new AbortController().signal)
  expect(await poll(null)).toMatchObject({ version: 1 })
  const waiting = poll(1)
  await press(ANA, id)
  expect(await waiting).toMatchObject({ version: 2, rollback: { state: 'requested', reason: 'Wrong region.' } })
})

it('an older database has decisions without rollbacks', () => {
  const event = submittedEvent({ route: 'auto_approve', oversight: 'on_the_loop' })
  const sealed = JSON.stringify(event.sealed)
  const { at, type, actor, payload } = event
  const record = canonicalJson({ at: new Date(at).toISOString(), type, actor, payload })
  const { decision } = unpackDecision({ state: '', record, sealed })
  expect(decision.rollback).toBeNull()
  const { rollback: _, ...older } = { ...decision, version: 2 }
  expect(unpackDecision({ state: JSON.stringify(older), record, sealed }).decision.rollback).toBeNull()
})
