import { schedule as scheduleCron, validate } from 'node-cron'
import type { Logger } from 'pino'
import { HOUR } from './domain/time.ts'

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
