/**
 * Deadlines in working time. Broken builds that these sentences were seen to catch:
 * - holidays not read, of all types, of the country for a state, one day long, whole days where they begin at noon, or
 *   forgotten at New Year -> "a deadline in working time".
 * - a week that does not wrap, rows unsorted, or only the first of a day's rows -> the same, and "forty time zones".
 * - a day with one offset, a change at noon or a minute late, an hour that comes twice worked once, the weekday of UTC
 *   -> "a working day on which the clock moves", and "forty time zones".
 * - a start in closed time counted, the next morning instead of the closing minute, days mixed up -> most of them.
 * - a time not cut off or not negative in `between`, a moment moved by no time at all -> "whatever the calendar".
 * - open at the closing minute, or giving up after another time -> "working hours".
 * - one scale for the other, or a new one each time -> "the clocks of an action".
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scalesOf, workingTime } from '../../src/domain/calendar.ts'
import { type Calendar, findAction } from '../../src/domain/manifest.ts'
import { DAY, HOUR, type Instant, MINUTE } from '../../src/domain/time.ts'
import { elapsed } from '../../src/domain/time-scale.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { jumpsOf, minutesAround, wallClock, zones } from './wall-clock.ts'

const office: Calendar = { timezone: 'Europe/Berlin', hours: { 'mon-fri': '09:00-18:00' }, holidays: 'DE' }
const from2026 = Date.UTC(2026, 0, 1)
const to2029 = Date.UTC(2029, 0, 1)

/** Minutes of working time after a moment, counted by hand: [what, calendar, from, minutes, the deadline]. */
type Row = readonly [what: string, calendar: Partial<Calendar>, from: string, minutes: number, deadline: string]

function expectDeadline(calendar: Partial<Calendar>, from: string, minutes: number, deadline: string) {
  const { add, between } = workingTime({ ...office, ...calendar })
  const found = new Date(add(Date.parse(from), minutes * MINUTE))
  expect(found.toISOString()).toBe(new Date(deadline).toISOString())
  expect(between(Date.parse(from), Date.parse(deadline))).toBe(minutes * MINUTE)
}

describe('a deadline in working time', () => {
  const rows: readonly Row[] = [
    ['waits for Monday', {}, '2026-06-19T17:50+02:00', 20, '2026-06-22T09:10+02:00'],
    ['falls on the closing minute', {}, '2026-06-19T17:50+02:00', 10, '2026-06-19T18:00+02:00'],
    ['begins when the day does', {}, '2026-06-22T03:00+02:00', 5, '2026-06-22T09:05+02:00'],
    ['takes several days', {}, '2026-06-15T09:00+02:00', 20 * 60, '2026-06-17T11:00+02:00'],
    ['waits while the weekend moves the clock', {}, '2026-03-27T17:50+01:00', 20, '2026-03-30T09:10+02:00'],
    ['leaves out 3 October', {}, '2028-10-02T17:50+02:00', 20, '2028-10-04T09:10+02:00'],
    ['leaves out New Year and the weekend after it', {}, '2026-12-31T17:50+01:00', 20, '2027-01-04T09:10+01:00'],
    ['works on Corpus Christi in Germany', {}, '2026-06-03T17:50+02:00', 20, '2026-06-04T09:10+02:00'],
    ['but not in Bavaria', { holidays: 'DE-BY' }, '2026-06-03T17:50+02:00', 20, '2026-06-05T09:10+02:00'],
    ['works on a day that is only observed', {}, '2026-02-13T17:50+01:00', 20, '2026-02-16T09:10+01:00'],
    ['knows no holidays without a country', { holidays: null }, '2028-10-02T17:50+02:00', 20, '2028-10-03T09:10+02:00'],
    [
      'stops where a holiday begins at noon',
      { timezone: 'Atlantic/Reykjavik', holidays: 'IS' },
      '2026-12-24T12:50Z',
      30,
      '2026-12-28T09:20Z',
    ],
    [
      'leaves out a holiday that lasts into the next year',
      { timezone: 'Africa/Mbabane', holidays: 'SZ', hours: { 'mon-sun': '09:00-18:00' } },
      '2026-12-27T17:50+02:00',
      20,
      '2027-01-03T09:10+02:00',
    ],
    [
      'and knows in January that it began in December',
      { timezone: 'Africa/Mbabane', holidays: 'SZ', hours: { 'mon-sun': '09:00-18:00' } },
      '2027-01-02T10:00+02:00',
      20,
      '2027-01-03T09:20+02:00',
    ],
    [
      'leaves out a day that stands for a holiday on a Saturday, in the year before',
      { timezone: 'America/New_York', holidays: 'US' },
      '2027-12-30T17:50-05:00',
      20,
      '2028-01-03T09:10-05:00',
    ],
    [
      'counts by the clock of Kolkata',
      { timezone: 'Asia/Kolkata', holidays: 'IN' },
      '2026-11-20T17:45+05:30',
      30,
      '2026-11-23T09:15+05:30',
    ],
    [
      'goes round the end of the week',
      { hours: { 'fri-mon': '09:00-10:00' } },
      '2026-06-22T09:50+02:00',
      20,
      '2026-06-26T09:10+02:00',
    ],
    [
      'waits for the afternoon',
      { hours: { mon: '13:00-17:00', 'mon-fri': '09:00-12:00' } },
      '2026-06-22T11:50+02:00',
      20,
      '2026-06-22T13:10+02:00',
    ],
    [
      'works through the night',
      { hours: { 'mon-fri': '22:00-24:00', 'tue-sat': '00:00-06:00' } },
      '2026-06-22T23:50+02:00',
      20,
      '2026-06-23T00:10+02:00',
    ],
  ]
  it.each(rows)('%s', (_what, ...row) => {
    expectDeadline(...row)
  })
})

describe('a working day on which the clock moves', () => {
  const sunday = (hours: string, timezone = 'Europe/Berlin') => ({ timezone, hours: { sun: hours }, holidays: null })
  const rows: readonly Row[] = [
    ['has 23 hours in spring', sunday('00:00-24:00'), '2026-03-28T12:00+01:00', 23 * 60, '2026-03-29T24:00+02:00'],
    ['and 25 in autumn', sunday('00:00-24:00'), '2026-10-24T12:00+02:00', 25 * 60, '2026-10-25T24:00+01:00'],
    ['skips the hour that is not', sunday('01:00-05:00'), '2026-03-29T01:30+01:00', 60, '2026-03-29T03:30+02:00'],
    [
      'works twice the hour that is twice',
      sunday('01:00-05:00'),
      '2026-10-25T01:30+02:00',
      120,
      '2026-10-25T02:30+01:00',
    ],
    [
      'has no hours where all are skipped',
      sunday('02:00-03:00'),
      '2026-03-29T00:00+01:00',
      10,
      '2026-04-05T02:10+02:00',
    ],
    [
      'opens twice where the half hour comes again',
      sunday('02:00-02:30'),
      '2026-10-25T02:20+02:00',
      20,
      '2026-10-25T02:10+01:00',
    ],
    [
      'in St. John’s',
      sunday('01:00-04:00', 'America/St_Johns'),
      '2026-03-08T01:30-03:30',
      45,
      '2026-03-08T03:15-02:30',
    ],
    [
      'by half an hour forwards',
      sunday('01:00-03:00', 'Australia/Lord_Howe'),
      '2026-10-04T01:45+10:30',
      30,
      '2026-10-04T02:45+11:00',
    ],
    [
      'by half an hour back',
      sunday('01:00-03:00', 'Australia/Lord_Howe'),
      '2026-04-05T01:15+11:00',
      60,
      '2026-04-05T01:45+10:30',
    ],
  ]
  it.each(rows)('%s', (_what, ...row) => {
    expectDeadline(...row)
  })
})

describe('working hours', () => {
  it('are open from the first minute, and closed at the last', () => {
    const { isOpen } = workingTime(office)
    const open = ['08:59:59.999', '09:00', '17:59:59.999', '18:00'].map((time) =>
      isOpen(Date.parse(`2026-06-22T${time}+02:00`)),
    )
    expect(open).toEqual([false, true, true, false])
  })

  it('end a clock that they would never let run out', () => {
    const never = workingTime({ ...office, hours: {} })
    const at = Date.parse('2026-06-22T09:00Z')
    expect(never.add(at, MINUTE)).toBe(at + 730 * DAY + MINUTE)
    expect(never.between(at, at + 730 * DAY + MINUTE)).toBe(MINUTE)
    // A minute a week is open, but ten hours of that would take eleven years.
    const hardly = workingTime({ ...office, hours: { mon: '09:00-09:01' }, holidays: null })
    expect(hardly.add(at, 600 * MINUTE)).toBe(at + 730 * DAY + (600 - 104) * MINUTE)
  })
})

const calendars = fc.record({
  timezone: fc.constantFrom(...zones),
  hours: fc.constantFrom<Calendar['hours']>(
    { 'mon-fri': '09:00-18:00' },
    { 'mon-sun': '00:00-24:00' },
    { 'sat-mon': '00:00-03:30', wed: '12:15-13:45' },
    { 'mon-fri': '22:00-24:00', 'tue-sat': '00:00-06:00' },
    { 'fri-tue': '07:00-11:00', 'thu-mon': '11:00-16:00', sun: '23:00-24:00' },
  ),
  holidays: fc.constantFrom(null, 'DE', 'DE-BY', 'IN', 'IS', 'US'),
})
const instants = fc.integer({ min: from2026, max: to2029 })
const times = fc.integer({ min: 0, max: 48 * HOUR })

describe('whatever the calendar', { timeout: patience(30_000) }, () => {
  it('what lies between a moment and its deadline is the time that was given', () => {
    everywhere(calendars, instants, times, (calendar, at, ms) => {
      const { add, between } = workingTime(calendar)
      expect(between(at, add(at, ms))).toBe(ms)
      expect(between(add(at, ms), at)).toBe(ms === 0 ? 0 : -ms)
      expect(add(at, 0)).toBe(at)
    })
  })

  it('a deadline ends a time in which people worked', () => {
    everywhere(calendars, instants, times, (calendar, at, ms) => {
      const { add, isOpen } = workingTime(calendar)
      fc.pre(ms > 0)
      expect(isOpen(add(at, ms) - 1)).toBe(true)
    })
  })

  it('more time, or a later start, never ends sooner', () => {
    everywhere(calendars, instants, times, (calendar, at, ms) => {
      const { add } = workingTime(calendar)
      const later = add(at, ms)
      expect(add(at, ms + MINUTE)).toBeGreaterThanOrEqual(later + MINUTE)
      expect(add(at + HOUR, ms)).toBeGreaterThanOrEqual(later)
      expect(later).toBeGreaterThanOrEqual(at + ms)
    })
  })

  it('a time in two parts is as long as the whole', () => {
    everywhere(calendars, instants, times, (calendar, at, ms) => {
      const { add } = workingTime(calendar)
      const part = Math.floor(ms / 3)
      expect(add(add(at, part), ms - part)).toBe(add(at, ms))
    })
  })
})

/** Tries the property on generated calendars, each from a moment on and for a time. */
function everywhere(
  ...[calendar, at, ms, holds]: [
    typeof calendars,
    typeof instants,
    typeof times,
    (calendar: Calendar, at: Instant, ms: number) => void,
  ]
) {
  fc.assert(fc.property(calendar, at, ms, holds), { numRuns: tries(100, 5_000) })
}

describe('forty time zones, and each change of their clocks in three years', () => {
  // What `hours` says, said once more in code, so that reading it wrong shows.
  const rows: readonly (readonly [hours: Calendar['hours'], open: (weekday: string, minute: number) => boolean])[] = [
    [{ 'mon-sun': '00:00-24:00' }, () => true],
    [{ 'mon-sun': '09:00-17:00' }, (_weekday, minute) => minute >= 540 && minute < 1020],
    [{ 'mon-sun': '01:15-02:45' }, (_weekday, minute) => minute >= 75 && minute < 165],
    [
      { 'sat-sun': '22:30-24:00', 'sun-mon': '00:00-01:30' },
      (weekday, minute) =>
        (['Sat', 'Sun'].includes(weekday) && minute >= 1350) || (['Sun', 'Mon'].includes(weekday) && minute < 90),
    ],
    [
      { 'fri-sun': '00:00-03:00', mon: '00:00-24:00' },
      (weekday, minute) => weekday === 'Mon' || (['Fri', 'Sat', 'Sun'].includes(weekday) && minute < 180),
    ],
  ]
  const slas = [1, 5, 15, 59, 60, 61, 240, 480, 1440]
  const everyStart = tries(127, 7)

  it('leave no deadline off by a minute', { timeout: patience(60_000) }, () => {
    let changes = 0
    let deadlines = 0
    const wrong: string[] = []
    for (const timezone of zones) {
      const wall = wallClock(timezone)
      const jumps = jumpsOf(wall, from2026, to2029, tries(24, 1) * HOUR)
      changes += jumps.length
      // Where the clock never moves, the days on which others move theirs are looked at.
      const looked = jumps.length > 0 ? jumps : [Date.parse('2026-03-29T01:00Z'), Date.parse('2027-10-31T01:00Z')]
      for (const jump of looked) {
        const minutes = minutesAround(wall, jump)
        for (const [hours, open] of rows) {
          const { add, between } = workingTime({ timezone, hours, holidays: null })
          // The ends of all open minutes, and how many of them have passed before each minute.
          const ends: Instant[] = []
          const passed = minutes.map(([at, { weekday, minute }]) => {
            const before = ends.length
            if (open(weekday, minute)) ends.push(at + MINUTE)
            return before
          })
          for (let start = 0; start < 36 * 60; start += everyStart) {
            const [at] = minutes[start] ?? [Number.NaN]
            for (const sla of slas) {
              const deadline = ends[(passed[start] ?? Number.NaN) + sla - 1]
              if (deadline === undefined) continue
              deadlines += 1
              if (add(at, sla * MINUTE) === deadline && between(at, deadline) === sla * MINUTE) continue
              wrong.push(`${timezone} ${JSON.stringify(hours)} ${new Date(at).toISOString()} + ${sla} min`)
            }
          }
        }
      }
    }
    expect(wrong.slice(0, 20)).toEqual([])
    expect(zones).toHaveLength(40)
    // Thirty-one of the forty move their clocks twice a year, as long as their governments leave it at that.
    expect(changes).toBeGreaterThan(150)
    expect(deadlines).toBeGreaterThan(100_000)
  })
})

describe('the clocks of an action', () => {
  const text = (keys: string) =>
    `calendars: { emea: { timezone: Europe/Berlin, hours: { mon-fri: "09:00-18:00" }, holidays: DE } }
actions: { pay: { severity: low, reversible: true${keys} } }\n`
  const friday = Date.parse('2026-06-19T17:50+02:00')
  const monday = Date.parse('2026-06-22T09:10+02:00')
  const minutes20 = 20 * MINUTE

  function scales(keys: string) {
    const manifest = manifestOf(text(keys))
    const policy = findAction(manifest, 'pay')
    if (policy === null) throw new Error('the manifest has lost its action')
    return { once: scalesOf(manifest, policy), again: scalesOf(manifest, policy), policy, manifest }
  }

  it('run day and night without a calendar', () => {
    expect(scales('').once).toEqual({ deadline: elapsed, expiry: elapsed })
  })

  it('count the deadline in working time, and the end in all time', () => {
    const { deadline, expiry } = scales(', calendar: emea').once
    expect(deadline.add(friday, minutes20)).toBe(monday)
    expect(expiry.add(friday, minutes20)).toBe(friday + minutes20)
  })

  it('count both in working time where the timeout says so', () => {
    const { deadline, expiry } = scales(', calendar: emea, timeout_clock: working').once
    expect([deadline, expiry].map(({ add }) => add(friday, minutes20))).toEqual([monday, monday])
  })

  it('are worked out once for a manifest', () => {
    const { once, again } = scales(', calendar: emea')
    expect(again.deadline).toBe(once.deadline)
  })

  it('run day and night where a later manifest has lost the calendar', () => {
    const { policy, manifest } = scales(', calendar: emea')
    expect(scalesOf({ ...manifest, calendars: {} }, policy).deadline).toBe(elapsed)
    expect(scalesOf(manifest, { ...policy, calendar: 'constructor' }).deadline).toBe(elapsed)
  })
})
