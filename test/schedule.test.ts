/**
 * Jobs on a cron expression. Broken builds that these sentences were seen to catch:
 * - the local time zone -> "in UTC" and a change of the clocks. Overlapping runs, missed runs left out -> their sentences.
 * - a stop that does not wait, or leaves the timer -> "is waited for when it is stopped".
 * - a failure not logged; any text taken for cron -> the sentence that says so.
 * - a run of this very instant left out, later ones of today counted, the first of a day taken for its last -> "the last
 *   runs".
 * - UTC in place of the time zone, later runs of today counted -> "the last run in a time zone".
 * - The flag `stopped` alone can be removed unseen: the destroyed task starts nothing either.
 */
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DAY, HOUR, MINUTE, toIso } from '../src/domain/time.ts'
import { isCron, lastRunIn, lastRuns, schedule } from '../src/schedule.ts'
import { jumpsOf, wallClock, zones } from './domain/wall-clock.ts'

const log = pino({ enabled: false })

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

describe('a scheduled job', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T00:39:30Z'],
    ['UTC', '2026-10-25T00:39:30Z'], // As `main` sets it: in Berlin's own zone node-cron stops here for an hour.
    ['America/New_York', '2026-03-08T06:39:30Z'],
    ['UTC', '2026-11-01T05:39:30Z'],
  ])('runs every minute across a change of the clocks on a machine in %s, at %s', async (zone, start) => {
    vi.stubEnv('TZ', zone)
    vi.setSystemTime(new Date(start))
    const runs: string[] = []
    const stop = schedule('* * * * *', async () => runs.push(toIso(Date.now())), log)
    await vi.advanceTimersByTimeAsync(40 * MINUTE)
    await stop()
    const first = Date.parse(start) + MINUTE / 2
    expect(runs).toEqual(Array.from({ length: 40 }, (_, minute) => toIso(first + minute * MINUTE)))
  })

  it('runs once in each minute around every change of the clocks of 2026 to 2028, in forty time zones', async () => {
    const walls = zones.map((zone) => wallClock(zone))
    const jumps = walls.flatMap((wall) => jumpsOf(wall, Date.UTC(2026, 0), Date.UTC(2029, 0), 7 * DAY))
    const instants = [...new Set(jumps)]
    expect(instants.length).toBeGreaterThan(50)
    // As `main` sets it, whatever the machine says.
    vi.stubEnv('TZ', 'UTC')
    for (const jump of instants) {
      vi.setSystemTime(jump - 70.5 * MINUTE)
      const runs: number[] = []
      const stop = schedule('* * * * *', async () => runs.push(Date.now()), log)
      await vi.advanceTimersByTimeAsync(141 * MINUTE)
      await stop()
      expect(runs, toIso(jump)).toEqual(Array.from({ length: 141 }, (_, minute) => jump + (minute - 70) * MINUTE))
    }
  }, 60_000)

  it('reads the expression in UTC', async () => {
    vi.stubEnv('TZ', 'Asia/Kolkata')
    vi.setSystemTime(new Date('2026-11-22T00:00:30Z'))
    const runs: string[] = []
    const stop = schedule('0 9 * * *', async () => runs.push(toIso(Date.now())), log)
    await vi.advanceTimersByTimeAsync(48 * HOUR)
    await stop()
    expect(runs).toEqual(['2026-11-22T09:00:00.000Z', '2026-11-23T09:00:00.000Z'])
  })

  it('is not started again while it runs', async () => {
    const { job, finish, counts } = slowJob()
    const stop = schedule('* * * * *', job, log)
    await vi.advanceTimersByTimeAsync(3 * MINUTE)
    expect(counts.started).toBe(1)
    finish()
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect(counts.started).toBe(2)
    finish()
    await stop()
  })

  it('is waited for when it is stopped, and does not start again', async () => {
    const { job, finish, counts } = slowJob()
    const stop = schedule('* * * * *', job, log)
    await vi.advanceTimersByTimeAsync(MINUTE)
    let stopped = false
    const stopping = stop().then(() => {
      stopped = true
    })
    await vi.advanceTimersByTimeAsync(5 * MINUTE)
    expect(stopped).toBe(false)
    finish()
    await stopping
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(5 * MINUTE)
    expect(counts.started).toBe(1)
  })

  it('that fails is logged and runs again', async () => {
    const lines: string[] = []
    const stop = schedule(
      '* * * * *',
      async () => {
        throw new Error('the disk is full')
      },
      pino({}, { write: (line) => lines.push(line) }),
    )
    await vi.advanceTimersByTimeAsync(2 * MINUTE)
    await stop()
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('the disk is full')
  })

  it('that a busy process missed is made up instead of left out', async () => {
    vi.setSystemTime(new Date('2026-11-22T10:00:30Z'))
    let runs = 0
    const stop = schedule('* * * * *', async () => runs++, log)
    // The timer fires 20 seconds late, as it does when something else kept the process busy.
    vi.setSystemTime(new Date('2026-11-22T10:01:20Z'))
    await vi.advanceTimersByTimeAsync(30_000)
    expect(runs).toBe(1)
    await stop()
  })
})

it.each([
  ['* * * * *', true],
  ['*/10 * * * * *', true],
  ['0 9 * * 1', true],
  ['often', false],
  ['61 * * * *', false],
  ['* * * *', false],
  ['', false],
])('%j is a cron expression: %s', (text, expected) => {
  expect(isCron(text)).toBe(expected)
})

describe('the last runs', () => {
  it.each([
    ['* * * * *', ['2026-01-05T10:00', '2026-01-05T09:59', '2026-01-05T09:58']],
    ['59 23 * * *', ['2026-01-04T23:59', '2026-01-03T23:59', '2026-01-02T23:59']],
    ['0,30 9-17/4 * * 1-5', ['2026-01-05T09:30', '2026-01-05T09:00', '2026-01-02T17:30']],
    ['0 12 1,15 * *', ['2026-01-01T12:00', '2025-12-15T12:00', '2025-12-01T12:00']],
    ['0 0 29 2 *', ['2024-02-29T00:00']],
  ])('of %s are found', (expression, expected) => {
    const runs = lastRuns(expression, Date.parse('2026-01-05T10:00:00Z'), 3)
    expect(runs.map((run) => toIso(run).slice(0, 16))).toEqual(expected)
  })

  it('are those that a job has had', async () => {
    vi.setSystemTime(new Date('2026-03-28T22:00:30Z'))
    for (const expression of ['*/7 * * * *', '15 */5 * * * *', '10 3 * * 0,3']) {
      const runs: number[] = []
      const stop = schedule(expression, async () => runs.push(Date.now()), log)
      await vi.advanceTimersByTimeAsync(expression.startsWith('10') ? 12 * DAY : 3 * HOUR)
      await stop()
      expect(runs.length, expression).toBeGreaterThan(2)
      expect(lastRuns(expression, Date.now(), runs.length), expression).toEqual(runs.toReversed())
    }
  })
})

/** A job that runs until `finish` is called. */
function slowJob() {
  const counts = { started: 0 }
  const waiting: (() => void)[] = []
  const job = () => {
    counts.started += 1
    return new Promise<void>((resolve) => {
      waiting.push(resolve)
    })
  }
  return { job, counts, finish: () => waiting.splice(0).forEach((resolve) => resolve()) }
}

describe('the last run in a time zone', () => {
  const last = (expression: string, zone: string, now: string) => {
    const run = lastRunIn(expression, zone, Date.parse(now))
    return run === null ? null : toIso(run)
  }

  it('is at that hour there, in summer and in winter', () => {
    expect(last('0 9 * * 1', 'Europe/Berlin', '2026-07-08T00:00:00Z')).toBe('2026-07-06T07:00:00.000Z')
    expect(last('0 9 * * 1', 'Europe/Berlin', '2026-12-09T00:00:00Z')).toBe('2026-12-07T08:00:00.000Z')
    expect(last('0 9 * * 1', 'America/Los_Angeles', '2026-12-07T16:59:59Z')).toBe('2026-11-30T17:00:00.000Z')
  })

  it('counts this very instant, and the latest of several in a day', () => {
    expect(last('0 9 * * 1', 'UTC', '2026-12-07T09:00:00Z')).toBe('2026-12-07T09:00:00.000Z')
    expect(last('0 9 * * 1', 'UTC', '2026-12-07T08:59:59Z')).toBe('2026-11-30T09:00:00.000Z')
    expect(last('30 8,17 * * *', 'UTC', '2026-12-07T16:00:00Z')).toBe('2026-12-07T08:30:00.000Z')
  })

  it('is found years back', () => {
    expect(last('0 0 29 2 *', 'UTC', '2026-12-07T00:00:00Z')).toBe('2024-02-29T00:00:00.000Z')
  })
})
