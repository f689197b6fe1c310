import type { Instant } from '../domain/time.ts'
import { backoffMs, type Chance } from './backoff.ts'

/**
 * Tells a Slack that is down from a message that fails. While it is down nothing but one probe at a time is sent, and no
 * try is counted: a day without Slack must not turn every intent into a dead letter.
 */
export type Outage = {
  /** When the next call may go out; now or earlier: at once. */
  readonly freeAt: () => Instant
  readonly isDown: () => boolean
  /** Slack said something, be it a refusal. @returns whether that ended an outage */
  readonly answered: () => boolean
  /** A call got no answer. @returns whether this began an outage */
  readonly silent: (now: Instant) => boolean
}

/** So many calls in a row without an answer, whosever they are, and it is Slack that fails. */
const STREAK = 3

export function createOutage(chance: Chance): Outage {
  let streak = 0
  let until: Instant = 0
  return {
    freeAt: () => until,
    isDown: () => streak >= STREAK,
    answered: () => {
      const ended = streak >= STREAK
      streak = 0
      until = 0
      return ended
    },
    silent: (now) => {
      streak += 1
      if (streak >= STREAK) until = now + backoffMs(streak - STREAK, chance)
      return streak === STREAK
    },
  }
}
