import { describe, expect, it } from 'vitest'
import type { Idempotency, StartResult, Store, WorkflowChange } from '../../src/app/ports.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { type Workflow } from '../../src/domain/workflow.ts'
import { ENGINE, transitionWorkflow, type WorkflowCommand } from '../../src/domain/workflow-transition.ts'
import { aDecisionId, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { aWorkflow, startedEvent } from '../fixtures/workflows.ts'
import { asStored, idempotency, type OpenStore } from './open-store.ts'

const ID = 'wf-1'
const FIRST = aDecisionId(1)
const SECOND = aDecisionId(2)
const ADVANCE = { kind: 'workflow.advance', workflow: ID } as const

export function workflowContract(opened: () => OpenStore): void {
  describe('a plan', () => {
    it('is there with the decision of its first step when its promise resolves', async () => {
      const { store } = opened()
      expect(await start(store)).toEqual({ kind: 'created', workflow: aWorkflow() })
      expect(asStored(await store.workflow(ID))).toEqual(asStored(aWorkflow()))
      expect(await store.decision(FIRST)).toMatchObject({ id: FIRST, run: { workflow: ID, step: 0 } })
      expect((await store.dueIntents('systems', NOON, 9)).map(({ intent }) => intent)).toEqual([ADVANCE])
      expect(await store.workflow('wf-none')).toBeNull()
      expect(await store.workflowTrail('wf-none')).toBeNull()
    })

    it('leaves nothing behind when the domain throws, nor where it is refused', async () => {
      const { store } = opened()
      const thrown = store.startWorkflow(ID, idempotency('k'), NOON, () => {
        throw new Error('poisoned')
      })
      await expect(thrown).rejects.toThrow('poisoned')
      expect(await store.startWorkflow(ID, idempotency('k'), NOON, () => null)).toEqual({ kind: 'refused' })
      expect([await store.workflow(ID), await store.anyDecision()]).toEqual([null, false])
      expect((await start(store, { key: idempotency('k') })).kind).toBe('created')
    })

    it('whose first decision cannot be recorded is not there either', async () => {
      const { store } = opened()
      await start(store)
      await expect(start(store, { id: 'wf-2', key: idempotency('other') })).rejects.toThrow()
      expect(await store.workflow('wf-2')).toBeNull()
      expect((await start(store, { id: 'wf-2', first: SECOND, key: idempotency('other') })).kind).toBe('created')
    })

    it('sent again is answered as it stands now, whatever the rules would say of it', async () => {
      const { store } = opened()
      await start(store)
      await store.updateWorkflow(ID, NOON, (workflow) => changed(workflow, suspend))
      const again = await start(store, { id: 'wf-2', first: SECOND })
      expect(again).toMatchObject({ kind: 'replayed', workflow: { id: ID, version: 2 } })
      const refused = await store.startWorkflow('wf-3', idempotency(ID), NOON, () => null)
      expect(refused).toMatchObject({ kind: 'replayed', workflow: { id: ID } })
      expect(await store.workflow('wf-2')).toBeNull()
    })

    it('with another body under its key is refused, and so is a key of a decision', async () => {
      const { store } = opened()
      await start(store)
      const other = { id: 'wf-2', first: SECOND, key: idempotency(ID, 'another body') }
      expect(await start(store, other)).toEqual({ kind: 'idempotency_mismatch' })
      expect((await start(store, { ...other, key: idempotency(ID, 'another body', 'key_2') })).kind).toBe('created')
    })

    it('keeps its id for good, and its key for seven days', async () => {
      const { store } = opened()
      await start(store)
      expect(await start(store, { first: SECOND, key: idempotency('other') })).toEqual({ kind: 'taken' })
      const late = { id: 'wf-2', first: SECOND, key: idempotency(ID, 'another body') }
      expect((await start(store, { ...late, now: NOON + 7 * DAY - 1 })).kind).toBe('idempotency_mismatch')
      expect((await start(store, { ...late, now: NOON + 7 * DAY })).kind).toBe('created')
    })

    it('sent twenty times at once is one, under one key or one id', async () => {
      const { store } = opened()
      const many = Array.from({ length: 20 }, (_, n) => n)
      const keyed = await Promise.all(
        many.map((n) => start(store, { id: `wf-key-${n}`, first: aDecisionId(n + 1), key: idempotency('k') })),
      )
      expect(keyed.map(({ kind }) => kind).toSorted()).toEqual(['created', ...many.slice(1).map(() => 'replayed')])
      const named = await Promise.all(
        many.map((n) => start(store, { first: aDecisionId(n + 100), key: idempotency(`k${n}`) })),
      )
      expect(named.map(({ kind }) => kind).toSorted()).toEqual(['created', ...many.slice(1).map(() => 'taken')])
      const everything = { agent: null, status: null, action: null, before: null, limit: 100 }
      expect(await store.decisions(everything)).toHaveLength(2)
    })
  })

  describe('a change of a plan', () => {
    it('writes the state, its events, its intents and the decision of the step that begins', async () => {
      const { store } = opened()
      await start(store)
      const result = await store.updateWorkflow(ID, NOON + MINUTE, (workflow) => nextStep(workflow))
      expect(result).toMatchObject({
        kind: 'accepted',
        workflow: { version: 3, decision: SECOND },
        begun: { id: SECOND },
      })
      const stored = await store.workflow(ID)
      expect(stored).toMatchObject({ version: 3, decision: SECOND, completed: [{ index: 0, result: { ok: true } }] })
      expect(await store.decision(SECOND)).toMatchObject({ run: { workflow: ID, step: 1 } })
      const trail = await store.workflowTrail(ID)
      expect(trail?.entries.map(({ type }) => type)).toEqual([
        'workflow.started',
        'workflow.step_completed',
        'workflow.step_begun',
      ])
      expect(trail === null ? 'gone' : chainFault(trail.entries, trail.head)).toBeNull()
      expect((await store.dueIntents('systems', NOON + MINUTE, 9)).map(({ generation }) => generation)).toEqual([2])
    })

    it('that is refused, or of none, writes nothing at all', async () => {
      const { store } = opened()
      expect(await store.updateWorkflow(ID, NOON, (workflow) => changed(workflow, suspend))).toEqual({
        kind: 'not_found',
      })
      await start(store)
      const before = [await store.workflow(ID), await store.workflowTrail(ID)]
      const resumed = await store.updateWorkflow(ID, NOON, (workflow) => changed(workflow, resume))
      expect(resumed).toMatchObject({ kind: 'rejected', rejection: { code: 'nothing_due' }, workflow: { version: 1 } })
      expect([await store.workflow(ID), await store.workflowTrail(ID)]).toEqual(before)
    })

    it('whose step cannot be recorded does not happen', async () => {
      const { store } = opened()
      await start(store)
      await expect(store.updateWorkflow(ID, NOON, (workflow) => nextStep(workflow, FIRST))).rejects.toThrow()
      expect(await store.workflow(ID)).toMatchObject({ version: 1, completed: [], decision: FIRST })
    })

    it('sees what the one before has left, however many come at once', async () => {
      const { store } = opened()
      await start(store)
      const tried = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          store.updateWorkflow(ID, NOON, (workflow) => nextStep(workflow, aDecisionId(n + 2))),
        ),
      )
      expect(tried.filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
      expect(await store.workflow(ID)).toMatchObject({ version: 3, completed: [{ index: 0 }], decision: SECOND })
    })
  })

  it('a plan is kept with all that happened to it when the store is opened again', async () => {
    const { store, reopen } = opened()
    await start(store)
    await store.updateWorkflow(ID, NOON, (workflow) => nextStep(workflow))
    await store.updateWorkflow(ID, NOON, (workflow) =>
      changed(workflow, { type: 'end', by: ENGINE, status: 'denied', code: 'denied', reason: 'no' }),
    )
    const before = { workflow: await store.workflow(ID), trail: await store.workflowTrail(ID) }
    expect(before.workflow).toMatchObject({ stage: 'ended', status: 'denied', reason: 'no', version: 4 })
    const again = await reopen()
    expect({ workflow: await again.workflow(ID), trail: await again.workflowTrail(ID) }).toEqual(before)
  })
}

const suspend: WorkflowCommand = { type: 'suspend', by: ENGINE, because: 'paused', reason: 'wait' }
const resume: WorkflowCommand = { type: 'resume', by: ENGINE }

export function start(
  store: Store,
  given: { readonly id?: string; readonly first?: string; readonly key?: Idempotency; readonly now?: number } = {},
): Promise<StartResult> {
  const { id = ID, first = FIRST, key = idempotency(ID), now = NOON } = given
  const started = startedEvent({ id })
  const event = { ...started, payload: { ...started.payload, decision: first } }
  return store.startWorkflow(id, key, now, () => ({
    event,
    first: {
      event: stepOf(id, 0, first),
      intents: [{ kind: 'workflow.advance', workflow: id }],
      counted: [],
      sharesCard: false,
      ask: null,
    },
  }))
}

function stepOf(workflow: string, step: number, decision: string) {
  const event = submittedEvent({ id: decision, proposal: aProposal({ action: 'look_up' }), route: 'auto_approve' })
  return { ...event, payload: { ...event.payload, run: { workflow, step } } }
}

function changed(workflow: Workflow, ...commands: readonly WorkflowCommand[]): WorkflowChange {
  let result: Extract<WorkflowChange, { readonly kind: 'accepted' }> = {
    kind: 'accepted',
    workflow,
    events: [],
    intents: [],
    begun: null,
  }
  for (const command of commands) {
    const taken = transitionWorkflow(result.workflow, command, NOON + MINUTE)
    if (taken.kind === 'rejected') return taken
    result = { ...result, workflow: taken.workflow, events: [...result.events, ...taken.events] }
  }
  return result
}

/** The first step is done, and the second begins with this decision. */
export function nextStep(workflow: Workflow, decision = SECOND): WorkflowChange {
  const change = changed(
    workflow,
    { type: 'complete_step', decision: FIRST, reviewer: null, notes: null, result: { ok: true } },
    { type: 'begin_step', decision },
  )
  if (change.kind === 'rejected') return change
  return {
    ...change,
    intents: [ADVANCE],
    begun: { event: stepOf(ID, 1, decision), intents: [], counted: [], sharesCard: false, ask: null },
  }
}
