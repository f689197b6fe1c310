import { DateTime } from 'luxon'
import { createTask, parse, schedule as scheduleCron, validate } from 'node-cron'
import type { Logger } from 'pino'
import { DAY, HOUR, type Instant, MINUTE, SECOND } from './domain/time.ts'

/**
 * Runs `job` on a cron expression, always in UTC: a local time zone would skip or repeat an hour when the clocks change.
 * A run that is still going when the next is due is not started twice; one that the process was too busy for is made up.
 * @returns stops it and waits for a run in progress
 */
export function schedule(expression: string, job: () => Promise<unknown>, log: Logger): () => Promise<void> {
  let stopped = false
  let running: Promise<unknown> = Promise.resolve()
  const task = scheduleCron(
    expression,
    () => {
      if (stopped) return
      running = job().catch((error: unknown) =>
        log.error({ err: error }, 'a scheduled run failed; the next one tries again'),
      )
      return running
    },
    {
      timezone: 'UTC',
      noOverlap: true,
      // node-cron's default of a second would leave out the runs that a busy process needs most.
      missedExecutionTolerance: HOUR,
      // Its own would print beside the log.
      logger: {
        debug: (message) => log.debug(String(message)),
        info: (message) => log.debug(message),
        warn: (message) => log.warn(message),
        error: (message) => log.error(String(message)),
      },
    },
  )
  return async () => {
    stopped = true
    await task.destroy()
    await running
  }
}

/** Is it a cron expression of five fields, or six with seconds? */
export function isCron(expression: string): boolean {
  return validate(expression)
}

/** Four years and a day: whatever runs at all has run in that time, on 29 February as well. */
const LOOK_BACK = 1_462

/**
 * When a job on this expression was to run, up to and with `now`, the last one first: `count` times, or as often as there
 * were in four years.
 */
export function lastRuns(expression: string, now: Instant, count: number): readonly Instant[] {
  const { hour, minute, second } = parse(expression)
  const times = hour
    .flatMap((h) => minute.flatMap((m) => second.map((s) => h * HOUR + m * MINUTE + s * SECOND)))
    .toSorted((a, b) => b - a)
  const [time = 0] = times
  const task = createTask(expression, () => undefined, { timezone: 'UTC' })
  const today = Math.floor(now / DAY) * DAY
  const runs: Instant[] = []
  for (let days = 0; days < LOOK_BACK && runs.length < count; days += 1) {
    const day = today - days * DAY
    // Only of the day it is not known yet whether it is one: each of these times is.
    if (task.match(new Date(day + time)))
      runs.push(
        ...times
          .map((each) => day + each)
          .filter((run) => run <= now)
          .slice(0, count - runs.length),
      )
  }
  void task.destroy()
  return runs
}

/**
 * When a job on this expression was to run last in a time zone, up to and with `now`; null: not within four years. A time
 * that clocks leave out in spring is left out.
 */
export function lastRunIn(expression: string, timeZone: string, now: Instant): Instant | null {
  const { month, hour, minute, second } = parse(expression)
  const times = hour.flatMap((h) => minute.flatMap((m) => second.map((s) => ({ hour: h, minute: m, second: s }))))
  const task = createTask(expression, () => undefined, { timezone: timeZone })
  const today = DateTime.fromMillis(now, { zone: timeZone }).startOf('day')
  let last: Instant | null = null
  for (let days = 0; days < LOOK_BACK && last === null; days += 1) {
    const day = today.minus({ days })
    if (!month.includes(day.month)) continue
    const runs = times.map((time) => day.set(time).toMillis()).filter((run) => run <= now && task.match(new Date(run)))
    if (runs.length > 0) last = Math.max(...runs)
  }
  void task.destroy()
  return last
}
