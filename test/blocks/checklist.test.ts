/**
 * The head of a workflow's thread. Broken builds that these sentences were seen to catch: nothing folded; a step's name as
 * it came; the plan's name in mrkdwn whatever it is.
 */
import { describe, expect, it } from 'vitest'
import { checklist } from '../../blocks/checklist.ts'
import { type Checklist, type ChecklistStep, checklistOf, type StepState } from '../../src/domain/checklist.ts'
import type { Workflow } from '../../src/domain/workflow.ts'
import { expectMessage, nodes, renderedText } from './rendered-text.ts'
import { later, START } from './views.ts'

const done: StepState = { kind: 'done', by: [] }
const ahead: StepState = { kind: 'ahead' }
const waiting: StepState = { kind: 'waiting', role: 'support_lead', user: 'U0ANA', everybody: false, until: later(30) }

function step(index: number, state: StepState, more: Partial<ChecklistStep> = {}): ChecklistStep {
  return { index, name: `Act ${index}`, told: null, state, ...more }
}

function listOf(steps: readonly ChecklistStep[], more: Partial<Checklist> = {}): Checklist {
  return {
    ref: { id: 'wf_1', agent: null },
    name: 'Refund order A-1',
    agent: 'billing-bot',
    requestedBy: null,
    version: 1,
    standing: { kind: 'waiting' },
    steps,
    reached: steps.filter(({ state }) => state === done).length,
    before: 0,
    ...more,
  }
}

/** A plan of two hundred steps that has come to this one. */
function longPlan(at: number): Checklist {
  return listOf(Array.from({ length: 200 }, (_, n) => step(n, n < at ? done : n === at ? waiting : ahead)))
}

/** As it is read, on one line. */
function shown(list: Checklist): string {
  const { blocks } = checklist(list)
  expectMessage(blocks)
  return renderedText(blocks).replaceAll('\n', ' ').replaceAll(/ +/g, ' ')
}

describe('two hundred steps', () => {
  it.each([
    [0, [], ['0 Act 0 · waits for', '8 Act 8 · not reached yet', 'Steps 9 to 199: not reached yet']],
    [
      100,
      ['Steps 0 to 93: done', '94 Act 94 · done'],
      ['100 Act 100 · waits for', 'Steps 109 to 199: not reached yet'],
    ],
    [199, ['Steps 0 to 192: done'], ['193 Act 193 · done', '199 Act 199 · waits for @U0ANA (support_lead) until']],
  ])('show those around step %i, and say how many the others are', (at, before, after) => {
    const text = shown(longPlan(at))
    for (const part of [...before, ...after, `Waits for people at step ${at} · ${at} of 200 steps done`])
      expect(text, part).toContain(part)
    expect(text.match(/Act \d+/g)?.length).toBeLessThanOrEqual(15)
  })

  it('fit into a message, whatever they are called and however many approved each', () => {
    const hostile = '\u202E*<!channel>* :tada: '.repeat(400)
    const by = Array.from({ length: 12 }, (_, n) => `U0000000${n}`)
    const states: readonly StepState[] = [
      { kind: 'done', by },
      { kind: 'failed' },
      { kind: 'told' },
      { kind: 'blocked' },
    ]
    const steps = Array.from({ length: 200 }, (_, n) =>
      step(n, n === 100 ? { ...waiting, role: hostile } : (states[n % 4] ?? ahead), { name: hostile, told: hostile }),
    )
    const standing = { kind: 'ended', status: 'failed', code: 'cancelled', written: hostile } as const
    const list = listOf(steps, { name: hostile, agent: hostile, requestedBy: hostile, standing, before: 9_000 })
    const { blocks, text } = checklist(list)
    expectMessage(blocks)
    expect(text).not.toContain('<!')
    expect(text).not.toContain('tada')
    // Nothing of it is read as anything but text.
    expect(nodes(blocks).filter(({ type }) => type === 'mrkdwn' || type === 'broadcast' || type === 'link')).toEqual([])
    expect(JSON.stringify(blocks)).not.toContain('\u202E')
  })
})

it.each([
  [{ kind: 'running' }, 'Running · 1 of 3 steps done'],
  [{ kind: 'approved' }, 'Running : step 1 is approved and being executed'],
  [
    { kind: 'suspended', because: 'paused', written: 'lunch' },
    'Paused by its agent before the next step · 1 of 3 steps done lunch',
  ],
  [{ kind: 'suspended', because: 'frozen', written: null }, 'Frozen at step 1'],
  [
    { kind: 'suspended', because: 'rolled_back', written: 'Step 0 is being rolled back, as <@U0BEN> has asked.' },
    'Stopped : Step 0 is being rolled back, as @U0BEN has asked. Its agent says what follows.',
  ],
  [
    { kind: 'suspended', because: 'unknown', written: 'it answered 500' },
    'Stopped: nobody knows whether step 1 ran . Operations were asked to say. it answered 500',
  ],
  [
    { kind: 'ended', status: 'denied', code: 'denied', written: 'no' },
    'Ended : step 1 was denied no Step 0 had been completed. What was done is not undone.',
  ],
  [
    { kind: 'ended', status: 'denied', code: 'timed_out', written: null },
    'Ended : nobody decided step 1 in time, which is a denial',
  ],
  [{ kind: 'ended', status: 'denied', code: 'withdrawn', written: null }, 'Ended : step 1 was withdrawn'],
  [{ kind: 'ended', status: 'failed', code: 'blocked', written: 'frozen' }, 'Failed : the policy blocks step 1 frozen'],
  [
    { kind: 'ended', status: 'failed', code: 'invalid_step', written: null },
    'Failed : step 1 could not be proposed any more',
  ],
  [
    { kind: 'ended', status: 'failed', code: 'execution_failed', written: null },
    'Failed : step 1 was executed and failed',
  ],
  [{ kind: 'ended', status: 'failed', code: 'cancelled', written: 'gone' }, 'Cancelled by its agent at step 1 gone'],
] as const)('says in words how a plan stands: %j', (standing, words) => {
  expect(shown(listOf([step(0, done), step(1, ahead), step(2, ahead)], { standing }))).toContain(words)
})

it('says of each step how it stands, and who approved it', () => {
  const states: readonly StepState[] = [
    done,
    { kind: 'done', by: ['U0ANA', 'U0BEN', 'U0CAROL'] },
    { kind: 'passed', by: ['U0CAROL'] },
    { kind: 'told' },
    { kind: 'running', by: ['U0ANA'] },
    { kind: 'asked', by: 'U0BEN', until: later(5) },
    { kind: 'waiting', role: 'team_lead', user: null, everybody: true, until: later(5) },
    { kind: 'unknown' },
    { kind: 'rolling_back', by: 'U0BEN' },
    { kind: 'rolled_back' },
  ]
  const text = shown(listOf(states.map((state, index) => step(index, state))))
  for (const part of [
    '0 Act 0 · done, approved by the policy',
    '1 Act 1 · done, approved by @U0ANA , @U0BEN and @U0CAROL',
    '2 Act 2 · let go on by @U0CAROL',
    '3 Act 3 · done, the agent says',
    '4 Act 4 · running, approved by @U0ANA',
    '5 Act 5 · @U0BEN asked a question; the clocks are stopped until 2026-11-22 10:05 UTC',
    '6 Act 6 · waits for everybody in its channel until 2026-11-22 10:05 UTC',
    '7 Act 7 · nobody knows whether it ran',
    '8 Act 8 · @U0BEN asked for it to be rolled back',
    '9 Act 9 · rolled back',
    'is its own word',
  ])
    expect(text, part).toContain(part)
})

it('grows its version with each change of the workflow, whatever its decisions do', () => {
  const plan: Workflow = {
    stage: 'open',
    id: 'wf_1',
    version: 2,
    agent: 'billing-bot',
    apiKey: 'key_1',
    name: null,
    steps: [],
    context: {},
    callbackUrl: null,
    requestedBy: null,
    manifestDigest: 'sha256:1',
    createdAt: START,
    updatedAt: START,
    completed: [],
    decision: null,
    suspension: null,
  }
  const versions = [1, 2, 3].map((version) => checklistOf({ ...plan, version }, null, [], () => '').version)
  expect(versions).toEqual(versions.toSorted((a, b) => a - b))
})
