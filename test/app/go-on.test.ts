/**
 * A plan goes on in the transaction that records what it waited for. Broken builds that these sentences were seen to catch:
 * - the intent to go on left although it is done, and dropped although nothing has gone on -> the first three.
 * - the workflow's version not looked at when a click commits -> the pause that comes first.
 * - the decision of the next step recorded, and nobody looked for -> the first.
 */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../../src/app/app.ts'
import type { Store } from '../../src/app/ports.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { assigneeOf } from '../../src/domain/decision.ts'
import { openTeam, type Team } from './team.ts'

const [ANA, BEN] = ['U0000000001', 'U0000000002']
const POLICY = `
roles:
  support_lead: {members: [${ANA}]}
  team_lead: {members: [${BEN}]}
`
const CALLER: Caller = { agent: 'support-agent', apiKey: 'key_1', anyAgent: false }
const STEPS = [
  { checkpoint: 'before the refund', required_role: 'support_lead' },
  { checkpoint: 'before the letter', required_role: 'team_lead' },
]

let team: Team
/** Called when a change of a decision is on its way to the store. */
let meanwhile: () => void = () => undefined
beforeEach(() => {
  meanwhile = () => undefined
  const watched = (store: Store): Store => ({
    ...store,
    update: (...how) => {
      const result = store.update(...how)
      meanwhile()
      return result
    },
  })
  team = openTeam(POLICY, ':memory:', watched)
})
afterEach(() => team.close())

describe('a click on a gate', () => {
  it('counts the step and begins the next one with the approval, and leaves nothing to do', async () => {
    const { id, decision } = await start()
    await approve(decision)
    const { completed, decision: next } = await stored(id)
    expect(completed).toMatchObject([{ index: 0, outcome: 'passed', reviewer: ANA }])
    expect(await waiting()).toEqual([])
    await team.settled()
    expect(assigneeOf(await team.read(next ?? ''))).toBe(BEN)
    await verify(id, decision)
  })

  it('ends the plan with its last step', async () => {
    const { id, decision } = await start(STEPS.slice(0, 1))
    await approve(decision)
    expect(await stored(id)).toMatchObject({ stage: 'ended', status: 'completed', decision: null })
    expect(await waiting()).toEqual([])
    await verify(id, decision)
  })

  it('takes a paused plan nowhere: that it may go on is found when it is resumed', async () => {
    const { id, decision } = await start()
    await team.app.pauseWorkflow(CALLER, id, 'a moment')
    await approve(decision)
    expect(await stored(id)).toMatchObject({ completed: [], decision, suspension: { because: 'paused' } })
    expect(await waiting()).toEqual([{ kind: 'workflow.advance', workflow: id }])
    await team.app.resumeWorkflow(CALLER, id)
    await team.app.advance(id)
    expect((await stored(id)).completed).toHaveLength(1)
    await verify(id, decision)
  })
})

describe('a click and a pause at once', () => {
  it('leave the plan paused where the pause comes first, with the approval recorded', async () => {
    const { id, decision } = await start()
    const pausing = team.app.pauseWorkflow(CALLER, id, 'a moment')
    await Promise.all([pausing, approve(decision)])
    expect(await stored(id)).toMatchObject({ completed: [], decision, suspension: { because: 'paused' } })
    expect((await team.read(decision)).status).toBe('approved')
    await verify(id, decision)
  })

  it('pause the next step where the click comes first', async () => {
    const { id, decision } = await start()
    const paused = new Promise((resolve) => {
      meanwhile = () => resolve(team.app.pauseWorkflow(CALLER, id, 'a moment'))
    })
    await approve(decision)
    await paused
    expect(await stored(id)).toMatchObject({ completed: [{ index: 0 }], suspension: { because: 'paused' } })
    await verify(id, decision)
  })
})

async function start(steps = STEPS): Promise<{ readonly id: string; readonly decision: string }> {
  const bodyHash = createHash('sha256').update('plan').digest('hex')
  const plan = { id: 'plan-1', name: null, steps, context: {}, callbackUrl: null, requestedBy: null }
  const result = await team.app.startWorkflow(CALLER, plan, { apiKey: 'key_1', key: 'k', bodyHash })
  if (result.kind !== 'created' || result.decision === null) throw new Error(`not started: ${result.kind}`)
  await team.settled()
  return { id: result.workflow.id, decision: result.decision.id }
}

async function approve(decision: string): Promise<void> {
  const result = await team.app.approve({ decision, revision: 0, user: ANA }, null)
  expect(result.kind).toBe('accepted')
}

async function stored(id: string) {
  const workflow = await team.store.workflow(id)
  if (workflow === null) throw new Error(`no workflow ${id}`)
  return workflow
}

async function waiting() {
  return (await team.store.dueIntents('systems', team.clock.now, 10)).map(({ intent }) => intent)
}

/** Both chains hold, so that nothing was written twice or by halves. */
async function verify(id: string, decision: string): Promise<void> {
  for (const trail of [await team.store.workflowTrail(id), await team.store.auditTrail(decision)]) {
    if (trail === null) throw new Error('no trail')
    expect(chainFault(trail.entries, trail.head)).toBeNull()
  }
}
