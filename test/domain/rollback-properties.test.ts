/**
 * What must hold for everything that runs while people watch, whoever presses and reports in whatever order: 2,000
 * generated lives (20,000 with DEEP=1) of up to 20 commands, often at the very edge of the window. Broken builds that
 * these were seen to catch:
 * - the window a millisecond longer, over a millisecond early, or not looked at -> "never asked for outside of the window".
 * - one that was asked for settled by time -> "one end state". A second report, or a settlement forgotten -> "each step".
 * - a step without its event -> "replaying".
 */
import * as fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { type Decision, dueAt, replay } from '../../src/domain/decision.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import type { Intent } from '../../src/domain/intent.ts'
import { type Instant, MINUTE } from '../../src/domain/time.ts'
import { type Command, transition } from '../../src/domain/transition.ts'
import { NOON } from '../fixtures/decisions.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { reportRollback, rollBack, runningEvent, TERMS, UNTIL } from './rollback-cases.ts'
import { AGENT, approve, deny, report, withdraw } from './transition-cases.ts'

vi.setConfig({ testTimeout: patience(30_000) })

const label: Command = {
  type: 'record_outcome',
  by: AGENT,
  correct: false,
  source: 'audit',
  observedAt: NOON,
  note: null,
  ref: null,
}

const commands = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('U1', 'U2', 'U3').map((user) => rollBack(user)) },
  { weight: 4, arbitrary: fc.constantFrom<Command>(reportRollback('rolled_back'), reportRollback('failed')) },
  { weight: 3, arbitrary: fc.constant<Command>({ type: 'expire' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Command>(
      report('started'),
      report('succeeded'),
      label,
      approve('U1'),
      deny('U1'),
      withdraw,
    ),
  },
)
/** Where the clock stands then; it is never turned back. */
const moments = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: NOON, max: UNTIL + 10 * MINUTE }) },
  { weight: 4, arbitrary: fc.constantFrom(UNTIL - 1, UNTIL, UNTIL + 1) },
)
const plans = fc
  .array(fc.record({ command: commands, at: moments }), { minLength: 1, maxLength: 20, size: 'max' })
  .map((steps) => {
    const times = steps.map(({ at }) => at).toSorted((a, b) => a - b)
    return steps.map(({ command }, index) => ({ command, at: times[index] ?? NOON }))
  })

type Taken = { readonly command: Command; readonly at: Instant; readonly before: Decision; readonly after: Decision }

function live(plan: readonly { readonly command: Command; readonly at: Instant }[]) {
  const first = runningEvent()
  const events: DecisionEvent[] = [first]
  const intents: Intent[] = []
  const taken: Taken[] = []
  let decision = replay(events)
  for (const { command, at } of plan) {
    const outcome = transition(decision, command, TERMS, at)
    if (outcome.kind === 'rejected') continue
    taken.push({ command, at, before: decision, after: outcome.decision })
    events.push(...outcome.events)
    intents.push(...outcome.intents)
    decision = outcome.decision
  }
  return { decision, events, intents, taken }
}

/** Checks every life; each of `needed` has to be met, so that no check is empty. */
function always(check: (life: ReturnType<typeof live>) => string, ...needed: readonly string[]): void {
  const met = new Set<string>()
  fc.assert(
    fc.property(plans, (plan) => void met.add(check(live(plan)))),
    { numRuns: tries(2_000, 20_000) },
  )
  expect([...met]).toEqual(expect.arrayContaining([...needed]))
}

const FINAL = ['rolled_back', 'failed', 'settled']

it('a rollback has one end state, ever', () => {
  always(
    ({ taken, decision }) => {
      for (const { before, after } of taken)
        if (FINAL.includes(before.rollback?.state ?? '')) expect(after.rollback).toEqual(before.rollback)
      expect(decision.status).toBe('auto_approved')
      return decision.rollback?.state ?? ''
    },
    ...FINAL,
    'open',
    'requested',
  )
})

it('it is never asked for outside of the window, and never settled inside', () => {
  always(
    ({ taken }) => {
      const asks = taken.filter(({ command }) => command.type === 'roll_back')
      for (const { at } of asks) expect(at).toBeLessThan(UNTIL)
      for (const { at, after, before } of taken)
        if (after.rollback?.state === 'settled' && before.rollback?.state === 'open')
          expect(at).toBeGreaterThanOrEqual(UNTIL)
      return asks.some(({ at }) => at === UNTIL - 1) ? 'last moment' : 'sooner or never'
    },
    'last moment',
    'sooner or never',
  )
})

it('each step is taken once, in order, and a failure told once', () => {
  always(
    ({ events, intents }) => {
      const steps = events.flatMap(({ type }) => (type.startsWith('rollback.') ? [type] : []))
      expect(['', 'rollback.settled', 'rollback.requested', 'rollback.requested,rollback.reported']).toContain(
        steps.join(),
      )
      const failures = events.filter((event) => event.type === 'rollback.reported' && event.payload.state === 'failed')
      expect(intents.filter(({ kind }) => kind === 'notice.post')).toHaveLength(failures.length)
      return steps.join()
    },
    '',
    'rollback.settled',
    'rollback.requested',
    'rollback.requested,rollback.reported',
  )
})

it('replaying the events gives the state, and only an open window waits for time', () => {
  always(({ decision, events }) => {
    expect(replay(events)).toEqual(decision)
    expect(decision.version).toBe(events.length)
    expect(dueAt(decision)).toBe(decision.rollback?.state === 'open' ? UNTIL : null)
    return 'replayed'
  }, 'replayed')
})
