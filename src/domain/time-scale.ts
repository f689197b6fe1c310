import type { Instant } from './time.ts'

/** A way to count time: all of it, or only the hours in which people work. */
export type TimeScale = {
  /** The instant at which `ms` of this time have passed since `at`. @param ms not negative */
  readonly add: (at: Instant, ms: number) => Instant
  /** How much of this time lies between two instants, in ms; negative where `to` comes first. */
  readonly between: (from: Instant, to: Instant) => number
}

/** All time counts. */
export const elapsed: TimeScale = { add: (at, ms) => at + ms, between: (from, to) => to - from }
