import { IANAZone } from 'luxon'
import { daysOff } from './holidays.ts'
import { type ActionPolicy, type Calendar, findCalendar, type Manifest } from './manifest.ts'
import type { Scales } from './sla-clock.ts'
import { DAY, type Instant, MINUTE } from './time.ts'
import { elapsed, type TimeScale } from './time-scale.ts'
import { weekOf } from './working-hours.ts'

/** The time in which a calendar's people work. */
export type WorkingTime = TimeScale & {
  /** Is this instant inside working hours? */
  readonly isOpen: (at: Instant) => boolean
}

/** From `from` on, and no more at `to`. */
type Span = { readonly from: Instant; readonly to: Instant }

/** So long after its start a clock counts all time: one of a calendar that is hardly ever open ends all the same. */
const PATIENCE = 730 * DAY

/**
 * Working hours, without public holidays, by the clock on the wall of the calendar's time zone: an hour that the wall
 * clock skips is not worked, one that it shows twice is worked twice. What is not worked within two years is counted
 * as if all time after them were.
 */
export function workingTime(calendar: Calendar): WorkingTime {
  const open = openSpans(calendar)
  const worked = (begin: Instant, end: Instant): number => {
    let sum = 0
    for (const { from, to } of spansAfter(begin, open)) {
      if (from >= end) return sum
      sum += Math.min(to, end) - from
    }
    return sum + Math.max(0, end - begin - PATIENCE)
  }
  return {
    isOpen: (at) => open(Math.floor(at / DAY)).some(({ from, to }) => from <= at && at < to),
    add: (at, ms) => {
      if (ms === 0) return at
      let left = ms
      for (const { from, to } of spansAfter(at, open)) {
        if (left <= to - from) return from + left
        left -= to - from
      }
      return at + PATIENCE + left
    },
    between: (from, to) => (from <= to ? worked(from, to) : -worked(to, from)),
  }
}

// Kept for as long as the manifest that the calendar stands in: what is worked out for one decision serves the next.
// It follows from the calendar alone, so nobody can tell a kept one from a new one, except by its speed.
const keptOf = new WeakMap<Calendar, WorkingTime>()

/** How the clocks of an action's decisions count: deadlines in the working time of its calendar, the end as `timeout_clock` says. */
export function scalesOf(manifest: Manifest, policy: ActionPolicy): Scales {
  const calendar = policy.calendar === null ? null : findCalendar(manifest, policy.calendar)
  if (calendar === null) return { deadline: elapsed, expiry: elapsed }
  const working = keptOf.get(calendar) ?? workingTime(calendar)
  keptOf.set(calendar, working)
  return { deadline: working, expiry: policy.timeout_clock === 'working' ? working : elapsed }
}

function* spansAfter(at: Instant, open: (utcDay: number) => readonly Span[]): Generator<Span> {
  const end = at + PATIENCE
  for (let day = Math.floor(at / DAY); day * DAY < end; day += 1) {
    for (const span of open(day)) {
      const from = Math.max(span.from, at)
      const to = Math.min(span.to, end)
      if (from < to) yield { from, to }
    }
  }
}

/** What of a day in UTC (counted from 1 January 1970) is open, in its order. */
function openSpans({ timezone, hours, holidays }: Calendar): (utcDay: number) => readonly Span[] {
  const zone = IANAZone.create(timezone)
  const week = weekOf(hours)
  const freeFrom = holidays === null ? () => Infinity : daysOff(holidays)
  const known = new Map<number, readonly Span[]>()

  const spansOf = ({ from, to, offset }: Stretch): readonly Span[] => {
    const first = Math.floor((from + offset) / DAY)
    const last = Math.floor((to + offset - 1) / DAY)
    const localDays = Array.from({ length: last - first + 1 }, (_, index) => first + index)
    return localDays.flatMap((day) => {
      const midnight = day * DAY - offset
      return (week[new Date(day * DAY).getUTCDay()] ?? [])
        .map(({ opens, closes }) => ({
          from: Math.max(from, midnight + opens),
          to: Math.min(to, midnight + Math.min(closes, freeFrom(day))),
        }))
        .filter((span) => span.from < span.to)
    })
  }

  return (day) => {
    const spans = known.get(day) ?? stretchesOf(zone, day).flatMap(spansOf)
    known.set(day, spans)
    return spans
  }
}

/** A time in which the wall clock runs evenly, `offset` ms ahead of UTC. */
type Stretch = Span & { readonly offset: number }

// No zone moves its clock twice within a day, and each does it at a whole minute.
function stretchesOf(zone: IANAZone, utcDay: number): readonly Stretch[] {
  const offsetAt = (at: Instant) => zone.offset(at) * MINUTE
  const from = utcDay * DAY
  const to = from + DAY
  const before = offsetAt(from)
  const after = offsetAt(to - 1)
  if (before === after) return [{ from, to, offset: before }]
  let still = from
  let moved = to
  while (moved - still > MINUTE) {
    const middle = still + Math.floor((moved - still) / 2 / MINUTE) * MINUTE
    if (offsetAt(middle) === before) still = middle
    else moved = middle
  }
  return [
    { from, to: moved, offset: before },
    { from: moved, to, offset: after },
  ]
}
