import { expect } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { type Decision, replay } from '../../src/domain/decision.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import type { Workflow } from '../../src/domain/workflow.ts'
import type { Call, Effects } from './effects.ts'
import type { Ledger, Planned } from './ledger.ts'
import { ANA, BEN, isCardOf, isOpenCard, only, type Scene } from './scene.ts'

/** A plan as it is on disk, with the decisions of its steps in their order. */
type Carried = {
  readonly planned: Planned
  readonly workflow: Workflow
  readonly types: readonly string[]
  readonly decisions: readonly { readonly decision: Decision; readonly events: readonly DecisionEvent[] }[]
}

const STEPS = [0, 1, 2, 3, 4]
/** The one that a person decides. */
const ASKED = 3
/** What is recorded of a plan that ran through, and nothing else: no step is begun or counted twice. */
const LIFE = [
  'workflow.started',
  ...STEPS.flatMap((step) => (step === 0 ? [] : ['workflow.step_completed', 'workflow.step_begun'])),
  'workflow.step_completed',
  'workflow.ended',
]

/** Holds plans that are done, on disk, in Slack and in the other system, against what their agent was told. */
export async function checkPlans(scene: Scene, ledger: Ledger, effects: Effects): Promise<void> {
  const carried = await scene.inStore((store) => Promise.all(ledger.plans.map((planned) => carriedOut(store, planned))))
  expect(new Set(carried.map(({ workflow }) => workflow.id)).size, 'two keys, one plan').toBe(ledger.plans.length)
  for (const plan of carried) {
    checkPlan(plan)
    checkSteps(plan)
    checkCalls(plan, effects)
    checkAsked(plan, scene)
  }
  const keys = carried.flatMap(({ workflow }) => STEPS.map((step) => `${workflow.id}/${step}`))
  expect(effects.done.map(({ key }) => key).toSorted(), 'what was done').toEqual(keys.toSorted())
}

async function carriedOut(store: Store, planned: Planned): Promise<Carried> {
  const id = String(planned.latest?.['id'])
  const [workflow, trail] = [await store.workflow(id), await store.workflowTrail(id)]
  if (workflow === null || trail === null) throw new Error(`${planned.key} was answered with ${id}, which is gone`)
  expect(chainFault(trail.entries, trail.head)).toBeNull()
  expect(trail.head.length).toBe(workflow.version)
  const all = await store.decisions({ agent: null, status: null, action: null, before: null, limit: 1_000_000 })
  const mine = all.filter(({ run }) => run?.workflow === id).toReversed()
  const decisions = await Promise.all(
    mine.map(async (decision) => ({ decision, events: await store.history(decision.id) })),
  )
  for (const { decision, events } of decisions) {
    const chain = await store.auditTrail(decision.id)
    expect(chain === null ? 'gone' : chainFault(chain.entries, chain.head)).toBeNull()
    expect(replay(events), 'its events lead elsewhere').toEqual(decision)
  }
  return { planned, workflow, types: trail.entries.map(({ type }) => type), decisions }
}

function checkPlan({ planned, workflow, types }: Carried): void {
  expect(workflow).toMatchObject({ stage: 'ended', status: 'completed', context: planned.body['context'] })
  expect(workflow.steps).toMatchObject(Object(planned.body['steps']))
  expect(types, workflow.id).toEqual(LIFE)
  expect(workflow.completed.map(({ index }) => index)).toEqual(STEPS)
  for (const { index, outcome, reviewer, result } of workflow.completed) {
    expect(result).toEqual({ done: `${workflow.id}/${index}` })
    expect(outcome).toBe(index === ASKED ? 'human_approved' : 'auto_approved')
    if (index === ASKED) expect([ANA, BEN]).toContain(reviewer)
    else expect(reviewer).toBeNull()
  }
}

function checkSteps({ decisions }: Carried): void {
  expect(decisions.map(({ decision }) => decision.run?.step)).toEqual(STEPS)
  for (const { decision, events } of decisions) {
    expect(decision.execution).toMatchObject({ state: 'succeeded' })
    const reported = events.flatMap((event) => (event.type === 'execution.reported' ? [event.payload.state] : []))
    expect(reported, decision.id).toEqual(['started', 'succeeded'])
  }
}

/** Each call is one of a decision on disk, once it could run and before the next step was begun; each step was done once. */
function checkCalls({ workflow, decisions }: Carried, { calls, done }: Effects): void {
  const mine = calls.filter((call) => call.workflow === workflow.id)
  for (const call of mine) {
    const { decision, events } = decisions[call.step] ?? {}
    expect(call, 'a call that nothing on disk asks for').toMatchObject({
      key: `${workflow.id}/${call.step}`,
      decision: decision?.id,
    })
    expect(call.at, 'called before it was approved').toBeGreaterThanOrEqual(approvedAt(events ?? []))
    const next = decisions[call.step + 1]?.decision.createdAt ?? workflow.updatedAt
    expect(call.at, `${call.key} ran again after the next step was begun`).toBeLessThanOrEqual(next)
  }
  const doneHere = done.filter((call: Call) => call.workflow === workflow.id).map(({ step }) => step)
  expect(doneHere, `what was done of ${workflow.id}`).toEqual(STEPS)
}

function approvedAt(events: readonly DecisionEvent[]): number {
  const [first] = events
  const approved = events.find((event) => event.type === 'decision.approved' && event.payload.complete)
  if (approved !== undefined) return approved.at
  return first?.type === 'decision.submitted' && first.payload.route === 'auto_approve' ? first.at : Infinity
}

function checkAsked({ planned, decisions }: Carried, { workspace }: Scene): void {
  const { decision } = decisions[ASKED] ?? {}
  const cards = workspace.messages(planned.desk.channel).filter((message) => isCardOf(message, decision?.id ?? ''))
  expect(isOpenCard(only(cards)), `the card of ${decision?.id}`).toBe(false)
}
