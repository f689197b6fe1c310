import { type Instant, MINUTE, SECOND } from '../domain/time.ts'
import { type Failure, mayHaveWorked, outlook } from './failure.ts'

/** 0 <= x < 1. */
export type Chance = () => number

/** What becomes of an intent that failed. `tell`: the operations channel is told, once. */
export type Fate = { readonly retryAt: Instant | null; readonly tell: boolean }

const BASE = SECOND
const CAP = 15 * MINUTE
/** A try that may still be under way at Slack. Too short misses the post it looks for and sends it twice. */
const SETTLING = 2 * SECOND
const MOST_TRIES = 12
/** The same blocks are refused again; a few tries are for a person who is deploying a better version. */
const MOST_HOPELESS_TRIES = 3
const HEALING_BASE = 30 * SECOND

/**
 * Exponential backoff with full jitter: between 0 and min(cap, base * 2^tries) ms.
 * Source: AWS Architecture Blog, "Exponential Backoff and Jitter" (2015).
 * @param tries how often it has failed before
 */
export function backoffMs(tries: number, chance: Chance, base = BASE): number {
  return Math.floor(chance() * ceilingMs(tries, base))
}

/**
 * When to try again after a failure that counts.
 * @param tries how often it had failed before this failure
 * @param open people can still decide: then whatever a person can heal is tried for as long as that, so that inviting
 *   the bot is all that has to be done
 */
export function fateOf(failure: Failure, tries: number, open: boolean, now: Instant, chance: Chance): Fate {
  const failures = tries + 1
  switch (outlook(failure)) {
    case 'passes': {
      if (failures >= MOST_TRIES) return DEAD
      const settling = mayHaveWorked(failure) ? SETTLING : 0
      return { retryAt: now + settling + backoffMs(tries, chance), tell: false }
    }
    case 'heals': {
      if (failures >= MOST_TRIES && !open) return { ...DEAD, tell: true }
      const ceiling = ceilingMs(tries, HEALING_BASE)
      return { retryAt: now + Math.floor((ceiling * (1 + chance())) / 2), tell: failures === MOST_TRIES }
    }
    case 'hopeless':
      if (failures >= MOST_HOPELESS_TRIES) return DEAD
      return { retryAt: now + MINUTE + backoffMs(tries, chance, HEALING_BASE), tell: false }
  }
}

const DEAD: Fate = { retryAt: null, tell: true }

function ceilingMs(tries: number, base: number): number {
  return Math.min(CAP, base * 2 ** Math.min(tries, 30))
}
