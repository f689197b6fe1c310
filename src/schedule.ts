import { schedule as scheduleCron, validate } from 'node-cron'
import type { Logger } from 'pino'

/**
 * Runs `job` on a cron expression, always in UTC: a local time zone would skip or repeat an hour when the clocks change.
 * A run that is still going when the next is due is not started twice.
 * @returns stops it and waits for a run in progress
 */
export function schedule(expression: string, job: () => Promise<unknown>, log: Logger): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve()
  const task = scheduleCron(
    expression,
    () => {
      running = job().catch((error: unknown) =>
        log.error({ err: error }, 'a scheduled run failed; the next one tries again'),
      )
      return running
    },
    { timezone: 'UTC', noOverlap: true },
  )
  return async () => {
    await task.destroy()
    await running
  }
}

/** Is it a cron expression of five fields, or six with seconds? */
export function isCron(expression: string): boolean {
  return validate(expression)
}
