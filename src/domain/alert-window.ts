import type { Alerts } from './manifest.ts'
import { HOUR, type Instant, MINUTE, SECOND } from './time.ts'

/** A whole minute or hour in UTC: the operations channel is told in one message of all that passed in it. */
export type AlertWindow = {
  readonly every: 'minute' | 'hour'
  /** Its end, which is no part of it. */
  readonly until: Instant
}

/** What passed in a window of one action by one agent. */
export type AlertCount = {
  readonly action: string
  readonly agent: string
  readonly count: number
  /** The first of them. */
  readonly decision: string
}

/** The same with what it does, and why the first of them passed; null: nobody knows any more. */
export type AlertLine = AlertCount & { readonly does: string | null; readonly why: string | null }

/** What the message of a window shows: what there is room for, a line each, and what is counted only. */
export type AlertsTold = {
  readonly window: AlertWindow
  readonly lines: readonly AlertLine[]
  readonly others: readonly AlertCount[]
}

// What came in the window's last moment is still being recorded: told any sooner, its message would be changed at once.
const SETTLING = SECOND

/** The window in which something that passes now is told; null: nobody is to be told. */
export function alertWindow(alerts: Alerts, now: Instant): AlertWindow | null {
  switch (alerts) {
    case 'each':
      return { every: 'minute', until: endOf(MINUTE, now) }
    case 'digest':
      return { every: 'hour', until: endOf(HOUR, now) }
    case 'off':
      return null
  }
}

/** When the window begins. */
export function beginOf({ every, until }: AlertWindow): Instant {
  return until - (every === 'minute' ? MINUTE : HOUR)
}

/** When the window is told. */
export function toldAt({ until }: AlertWindow): Instant {
  return until + SETTLING
}

function endOf(length: number, now: Instant): Instant {
  return (Math.floor(now / length) + 1) * length
}
