/**
 * The life of a plan: case by case, and what holds for 1,000 generated lives of up to 25 commands. Broken builds that these
 * sentences were seen to catch:
 * - a step counted for a decision that is not that of the step at hand -> "is counted once", "in their order".
 * - a step begun while another is under way, or while the plan is suspended -> the sentences that say so.
 * - a pause that takes the place of what nobody knows -> "the first reason stands".
 * - what has ended changed, or ended again -> "one end". An event lost by `evolveWorkflow` -> "replaying".
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { evolveWorkflow, replayWorkflow, stepAtHand, type Workflow, workflowStatus } from '../../src/domain/workflow.ts'
import type { WorkflowEvent } from '../../src/domain/workflow-event.ts'
import { ENGINE, transitionWorkflow, type WorkflowCommand } from '../../src/domain/workflow-transition.ts'
import { aDecision, aDecisionId, aProposal, NOON } from '../fixtures/decisions.ts'
import { aWorkflow, startedEvent } from '../fixtures/workflows.ts'
import { AGENT } from './transition-cases.ts'

const FIRST = aDecisionId(1)
const SECOND = aDecisionId(2)

describe('a step', () => {
  it('is counted once, with who approved it, what they noted and what came of it', () => {
    const done = after(aWorkflow(), complete(FIRST, { reviewer: 'U1', notes: 'seen', result: { ok: true } }))
    expect(done.completed).toEqual([
      { index: 0, outcome: 'human_approved', reviewer: 'U1', notes: 'seen', result: { ok: true }, at: NOON + MINUTE },
    ])
    expect(refusal(done, complete(FIRST))).toBe('nothing_due')
    expect(refusal(aWorkflow(), complete(SECOND))).toBe('nothing_due')
  })

  it('that nobody was asked about passed by itself, and a gate is passed', () => {
    const two = after(aWorkflow(), complete(FIRST), begin(SECOND), complete(SECOND, { reviewer: 'U1' }))
    expect(two.completed.map(({ outcome }) => outcome)).toEqual(['auto_approved', 'passed'])
  })

  it('begins when the one before is done, and no other is under way', () => {
    expect(refusal(aWorkflow(), begin(SECOND))).toBe('nothing_due')
    const next = after(aWorkflow(), complete(FIRST), begin(SECOND))
    expect(next).toMatchObject({ decision: SECOND, completed: [{ index: 0 }] })
    expect(refusal(next, begin(aDecisionId(3)))).toBe('nothing_due')
  })

  it('does not begin while the plan is suspended, nor after the last', () => {
    const held = after(aWorkflow(), complete(FIRST), suspend('paused'))
    expect(refusal(held, begin(SECOND))).toBe('nothing_due')
    expect(after(held, resume, begin(SECOND))).toMatchObject({ decision: SECOND })
    const short = after(aWorkflow({ steps: [aProposal()] }), complete(FIRST))
    expect(refusal(short, begin(SECOND))).toBe('nothing_due')
    expect(stepAtHand(short)).toBeNull()
  })
})

describe('a suspension', () => {
  it('has a reason, and the first one stands', () => {
    const held = after(aWorkflow(), suspend('unknown'))
    expect(held).toMatchObject({ suspension: { because: 'unknown', reason: 'because', at: NOON + MINUTE } })
    expect(refusal(held, suspend('paused'))).toBe('nothing_due')
    expect(after(held, resume)).toMatchObject({ suspension: null })
    expect(refusal(aWorkflow(), resume)).toBe('nothing_due')
  })
})

describe('a plan that has ended', () => {
  it.each([
    ['counts no step', complete(FIRST)],
    ['begins none', begin(SECOND)],
    ['is not paused', suspend('paused')],
    ['is not resumed', { type: 'resume', by: AGENT }],
    ['does not end again', { ...end('completed', 'all_done') }],
  ] satisfies readonly (readonly [string, WorkflowCommand])[])(
    '%s, and says when it ended and how',
    (_name, command) => {
      const ended = after(aWorkflow(), suspend('paused'), end('failed', 'cancelled'))
      expect(ended).toMatchObject({ stage: 'ended', status: 'failed', code: 'cancelled', decision: FIRST })
      const outcome = transitionWorkflow(ended, command, NOON + 2 * MINUTE)
      expect(outcome).toEqual({
        kind: 'rejected',
        code: 'workflow_ended',
        message: 'This workflow has ended on 2026-03-01 at 12:01 UTC: it is failed.',
      })
    },
  )
})

describe('where a plan stands', () => {
  const auto = aDecision({ route: 'auto_approve' })
  it.each([
    ['running', aWorkflow(), auto],
    ['running', after(aWorkflow(), complete(FIRST)), null],
    ['awaiting_approval', aWorkflow(), aDecision()],
    ['suspended', after(aWorkflow(), suspend('paused')), aDecision()],
    ['failed', after(aWorkflow(), end('failed', 'cancelled')), aDecision()],
    ['denied', after(aWorkflow(), end('denied', 'timed_out')), null],
    ['completed', after(aWorkflow(), complete(FIRST), end('completed', 'all_done')), null],
  ] as const)('is %s', (status, workflow, decision) => {
    expect(workflowStatus(workflow, decision)).toBe(status)
  })
})

describe('whatever is done to a plan, in any order', () => {
  it('it has one end, and nothing is recorded of it after that', () => {
    always(({ moments }) => {
      for (const { before, after: next } of moments) expect(before.stage === 'ended' ? next : null).toBeNull()
    })
  })

  it('replaying the events gives the state, and the version counts them', () => {
    always(({ events, last }) => {
      expect(replayWorkflow(events)).toEqual(last)
      expect(last.version).toBe(events.length)
    })
  })

  it('its steps are counted in their order, each begun once and done once', () => {
    always(({ events, last }) => {
      expect(last.completed.map(({ index }) => index)).toEqual(last.completed.map((_, index) => index))
      expect(last.completed.length).toBeLessThanOrEqual(last.steps.length)
      const done = events.flatMap((event) => (event.type === 'workflow.step_completed' ? [event.payload.index] : []))
      const begun = events.flatMap((event) => (event.type === 'workflow.step_begun' ? [event.payload.index] : []))
      expect(done).toEqual(last.completed.map(({ index }) => index))
      expect(begun).toEqual(begun.map((_, n) => n + 1))
      expect([0, 1]).toContain(begun.length + 1 - done.length)
    })
  })

  it('no step begins while it is suspended', () => {
    always(({ moments }) => {
      for (const { before, command } of moments)
        if (command.type === 'begin_step') expect(before).toMatchObject({ suspension: null, decision: null })
    })
  })

  it('any event can follow any other without an error, and changes no state that it is given', () => {
    fc.assert(
      fc.property(lives, lives, (one, other) => {
        const held = structuredClone(one.last)
        for (const event of other.events) evolveWorkflow(one.last, event)
        expect(one.last).toEqual(held)
      }),
      { numRuns: 200 },
    )
  })
})

it('a history that does not begin with a start is none', () => {
  expect(() => replayWorkflow([])).toThrow('a history starts with workflow.started')
})

type Moment = { readonly before: Workflow; readonly after: Workflow; readonly command: WorkflowCommand }
type Life = { readonly events: readonly WorkflowEvent[]; readonly moments: readonly Moment[]; readonly last: Workflow }

const commands: fc.Arbitrary<WorkflowCommand> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => complete(aDecisionId(n))) },
  { weight: 6, arbitrary: fc.integer({ min: 2, max: 4 }).map((n) => begin(aDecisionId(n))) },
  { weight: 2, arbitrary: fc.constantFrom('paused', 'frozen', 'unknown').map((why) => suspend(why)) },
  { weight: 2, arbitrary: fc.constant<WorkflowCommand>({ type: 'resume', by: ENGINE }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(end('denied', 'denied'), end('failed', 'cancelled'), end('completed', 'all_done')),
  },
)

const lives: fc.Arbitrary<Life> = fc.array(commands, { minLength: 1, maxLength: 25, size: 'max' }).map((plan) => {
  const events: WorkflowEvent[] = [startedEvent()]
  const moments: Moment[] = []
  let last: Workflow = aWorkflow()
  for (const [n, command] of plan.entries()) {
    const outcome = transitionWorkflow(last, command, NOON + n)
    if (outcome.kind === 'rejected') continue
    moments.push({ before: last, after: outcome.workflow, command })
    events.push(...outcome.events)
    last = outcome.workflow
  }
  return { events, moments, last }
})

/** Checks every generated life; they end in all ways, and go far enough. */
function always(check: (life: Life) => void): void {
  const met = new Set<string>()
  fc.assert(
    fc.property(lives, (life) => {
      met.add(life.last.stage === 'ended' ? life.last.status : 'open')
      if (life.last.completed.length === life.last.steps.length) met.add('all steps')
      check(life)
    }),
    { numRuns: 1_000 },
  )
  expect([...met].toSorted()).toEqual(['all steps', 'completed', 'denied', 'failed', 'open'])
}

function complete(
  decision: string,
  given: { readonly reviewer?: string; readonly notes?: string; readonly result?: unknown } = {},
): WorkflowCommand {
  const { reviewer = null, notes = null, result = null } = given
  return { type: 'complete_step', decision, reviewer, notes, result }
}

function begin(decision: string): WorkflowCommand {
  return { type: 'begin_step', decision }
}

function suspend(because: 'paused' | 'frozen' | 'unknown'): WorkflowCommand {
  return { type: 'suspend', by: AGENT, because, reason: 'because' }
}

const resume: WorkflowCommand = { type: 'resume', by: AGENT }

function end(
  status: 'completed' | 'failed' | 'denied',
  code: 'all_done' | 'cancelled' | 'denied' | 'timed_out',
): WorkflowCommand {
  return { type: 'end', by: AGENT, status, code, reason: null }
}

/** The plan after commands that have to be accepted, a minute after it began. */
function after(workflow: Workflow, ...plan: readonly WorkflowCommand[]): Workflow {
  return plan.reduce((held, command) => {
    const outcome = transitionWorkflow(held, command, NOON + MINUTE)
    if (outcome.kind === 'rejected') throw new Error(`${command.type}: ${outcome.message}`)
    return outcome.workflow
  }, workflow)
}

function refusal(workflow: Workflow, command: WorkflowCommand): string {
  const outcome = transitionWorkflow(workflow, command, NOON + MINUTE)
  return outcome.kind === 'rejected' ? outcome.code : 'accepted'
}
