/**
 * Plans that Countersign carries out while something is frozen. Broken builds that these sentences were seen to catch:
 * - a frozen step routed, which blocks it and ends the plan -> "waits before its next step".
 * - the order given all the same, or not asked for again -> "is not executed".
 * - a freeze lifted that lets nobody look -> both. One that does not cover it heeded -> "goes on under others".
 */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { action, agent, EVERYTHING, workflow } from '../fixtures/freezes.ts'
import { openTeam, type Team } from './team.ts'

const MANIFEST = `
defaults: { administrators: operations }
roles: { operations: { members: [UADMIN] } }
agents: { support-agent: { actions: [look_up, note] } }
actions:
  look_up: { severity: low, reversible: true, executor: { url: "https://example.com/execute" } }
  note: { severity: low, reversible: true, executor: { url: "https://example.com/execute" } }
`
const CALLER = { agent: 'support-agent', apiKey: 'key_1', anyAgent: false }
const SURE = { confidence: 1, confidence_basis: 'known', uncertainty_factors: [], recommended_review: false }
const STEPS = ['look_up', 'note'].map((name) => ({
  action: name,
  parameters: {},
  urgency: 'normal' as const,
  ...SURE,
}))

let team: Team
beforeEach(() => {
  team = openTeam(MANIFEST)
})
afterEach(() => team.close())

async function start(id = 'wf-1') {
  const plan = { id, name: null, steps: STEPS, context: {}, callbackUrl: null, requestedBy: null }
  await team.app.startWorkflow(CALLER, plan, { apiKey: 'key_1', key: id, bodyHash: id })
  return id
}

async function read(id: string) {
  const found = await team.store.workflow(id)
  if (found === null) throw new Error(`no workflow ${id}`)
  return found
}

/** Its executor has done the step at hand. */
async function executed(id: string): Promise<void> {
  const { decision } = await read(id)
  for (const state of ['started', 'succeeded'] as const)
    await team.app.recordExecution(decision ?? '', { state, result: {}, error: null })
}

const freeze = (subject: Parameters<Team['app']['freeze']>[1]) => team.app.freeze('UADMIN', subject, 'it loops')
const lift = (subject: Parameters<Team['app']['freeze']>[1]) => team.app.unfreeze('UADMIN', subject, 'mended')
const order = async (id: string) => team.app.executionOrder((await read(id)).decision ?? '')
const keys = async () => (await team.store.dueIntents('systems', team.clock.now, 100)).map(({ key }) => key)

it.each([
  ['its action', action('look_up')],
  ['its agent', agent('support-agent')],
  ['the workflow', workflow('wf-1')],
  ['everything', EVERYTHING],
])('a step that was approved is not executed while %s is frozen, and is once it is lifted', async (_, subject) => {
  const id = await start()
  await freeze(subject)
  expect(await order(id)).toBeNull()
  expect(await read(id)).toMatchObject({
    suspension: {
      because: 'frozen',
      reason: expect.stringMatching(/is frozen by the Slack user UADMIN .*: it loops$/),
    },
  })
  await team.app.advance(id)
  expect(await team.app.resumeWorkflow(CALLER, id)).toMatchObject({ kind: 'rejected' })
  expect(await read(id)).toMatchObject({ stage: 'open', suspension: { because: 'frozen' } })
  for (const row of await team.store.dueIntents('systems', team.clock.now, 100))
    await team.store.intentDone(row, team.clock.now)

  await lift(subject)
  expect(await keys()).toEqual([`workflow.advance ${id}`])
  await team.app.advance(id)
  expect(await keys()).toContain(`executor.call ${(await read(id)).decision}`)
  expect(await order(id)).toMatchObject({ key: 'wf-1/0' })
})

it('waits before its next step instead of being blocked there, and goes on from exactly there', async () => {
  const id = await start()
  await freeze(action('note'))
  await executed(id)
  expect(await read(id)).toMatchObject({ completed: [{ index: 0 }], decision: null, suspension: { because: 'frozen' } })
  await lift(action('note'))
  await team.app.advance(id)
  expect(await read(id)).toMatchObject({ completed: [{ index: 0 }], suspension: null })
  expect(await order(id)).toMatchObject({ key: 'wf-1/1' })
  await executed(id)
  await team.app.advance(id)
  expect(await read(id)).toMatchObject({ stage: 'ended', status: 'completed' })
})

it('stays where it is until the last freeze that covers it is lifted, and goes on under others', async () => {
  const id = await start()
  await freeze(EVERYTHING)
  await freeze(workflow(id))
  expect(await order(id)).toBeNull()
  await lift(EVERYTHING)
  await team.app.advance(id)
  expect(await read(id)).toMatchObject({ suspension: { because: 'frozen' } })
  await freeze(workflow('wf-2'))
  await freeze(action('note'))
  await lift(workflow(id))
  await team.app.advance(id)
  expect(await order(id)).toMatchObject({ key: 'wf-1/0' })
})

it('stays paused when its agent pauses it meanwhile, and is frozen still when it lets it go on too soon', async () => {
  const id = await start()
  await freeze(EVERYTHING)
  expect(await order(id)).toBeNull()
  await team.app.pauseWorkflow(CALLER, id, 'a holiday')
  expect(await read(id)).toMatchObject({ suspension: { because: 'paused' } })
  await team.app.resumeWorkflow(CALLER, id)
  expect(await order(id)).toBeNull()
  expect(await read(id)).toMatchObject({ suspension: { because: 'frozen' } })
  await team.app.pauseWorkflow(CALLER, id, 'a holiday')
  await lift(EVERYTHING)
  await team.app.advance(id)
  expect(await read(id)).toMatchObject({ suspension: { because: 'paused' } })
  await team.app.resumeWorkflow(CALLER, id)
  expect(await order(id)).toMatchObject({ key: 'wf-1/0' })
})

it('is blocked at once when it is proposed while its first step is frozen', async () => {
  await freeze(action('look_up'))
  const id = await start()
  await team.app.advance(id)
  expect(await read(id)).toMatchObject({ stage: 'ended', status: 'failed', code: 'blocked' })
  expect((await read(id)).stage === 'ended' && JSON.stringify(await read(id))).toContain('it loops')
})
