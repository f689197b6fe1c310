import { HOUR, type Instant, MINUTE } from '../../src/domain/time.ts'

/** What a clock on a wall shows: slow, straight from `Intl`, and nothing of it shared with the product. */
export type WallClock = (at: Instant) => { readonly weekday: string; readonly minute: number; readonly shown: number }

/** `weekday`: `Mon`; `minute`: of the day; `shown`: the whole date and time, as an instant in UTC would read. */
export function wallClock(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return (at) => {
    const text = format.format(at)
    const [, weekday = '', month, day, year, hour, minute] =
      /^(\w+), (\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/.exec(text) ?? []
    return {
      weekday,
      minute: Number(hour) * 60 + Number(minute),
      shown: Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)),
    }
  }
}

/** Every minute at which the clock on the wall jumps, forwards or back. @param step ms, no longer than the time between two jumps */
export function jumpsOf(wall: WallClock, from: Instant, to: Instant, step: number): readonly Instant[] {
  const ahead = (at: Instant) => wall(at).shown - at
  const jumps: Instant[] = []
  for (let at = from; at < to; at += step) {
    if (ahead(at) === ahead(at + step)) continue
    let still = at
    let moved = at + step
    while (moved - still > MINUTE) {
      const middle = still + Math.floor((moved - still) / 2 / MINUTE) * MINUTE
      if (ahead(middle) === ahead(at)) still = middle
      else moved = middle
    }
    jumps.push(moved)
  }
  return jumps
}

/** What the clock on the wall shows in each minute from 27 hours before an instant until 48 hours after it. */
export function minutesAround(wall: WallClock, at: Instant): readonly (readonly [Instant, ReturnType<WallClock>])[] {
  const first = at - 27 * HOUR
  return Array.from({ length: (75 * HOUR) / MINUTE }, (_, nth) => {
    const minute = first + nth * MINUTE
    return [minute, wall(minute)] as const
  })
}

/** Forty zones: a whole hour, half of one and two hours of daylight saving, at midnight, backwards, or none at all. */
export const zones = [
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Lagos',
  'America/Adak',
  'America/Anchorage',
  'America/Chicago',
  'America/Denver',
  'America/Halifax',
  'America/Havana',
  'America/Los_Angeles',
  'America/Miquelon',
  'America/New_York',
  'America/Nuuk',
  'America/Phoenix',
  'America/Santiago',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Jerusalem',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Atlantic/Azores',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Australia/Sydney',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/Helsinki',
  'Europe/Istanbul',
  'Europe/Lisbon',
  'Europe/London',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'Pacific/Easter',
  'Pacific/Kiritimati',
  'Pacific/Norfolk',
  'UTC',
] as const
