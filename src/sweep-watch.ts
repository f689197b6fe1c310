import type { Clock } from './app/ports.ts'
import type { Instant } from './domain/time.ts'
import { lastRuns } from './schedule.ts'

/** A run that was due, and two more: what the first one should have done is late by two intervals at the third. */
const RUNS = 3

/**
 * Whatever was due at this instant or before is overdue by more than two intervals of the sweep. Counted in its own runs:
 * a sweep that rests at night has missed none by the morning.
 * @returns null: it has not been due that often in four years
 */
export function overdueSince(sweepCron: string, now: Instant): Instant | null {
  return lastRuns(sweepCron, now, RUNS)[RUNS - 1] ?? null
}

/** Notices when sweeps no longer end: one that hangs keeps all others from starting. */
export type SweepWatch = {
  /** A sweep has ended, whatever it could not do. */
  readonly ended: () => void
  /** What speaks against this process's readiness; empty: nothing. */
  readonly problems: () => readonly { readonly check: 'sweep'; readonly message: string }[]
}

export function createSweepWatch(sweepCron: string, clock: Clock): SweepWatch {
  // A process that starts is given the time of any other.
  let endedAt = clock()
  return {
    ended: () => {
      endedAt = clock()
    },
    problems: () => {
      const since = overdueSince(sweepCron, clock())
      if (since === null || endedAt >= since) return []
      const message =
        'The sweep is more than two of its intervals late: deadlines, reminders and ends of decisions wait. Look at the log; `countersign audit overdue` lists what waits.'
      return [{ check: 'sweep', message }]
    },
  }
}
