/**
 * What people type for a time, checked against Intl and not against the library that reads it. Seen to fail: with text
 * around the time let pass, the offset of now for the day that is meant, the date of another zone, chrono's own count of
 * hours, days counted as 24 hours, the later of two like times, a time shifted by a skipped one carried to the next day,
 * `1 dec` taken for a year ahead on that day, no limit of length or of a year, and without each of the refusals.
 */
import * as fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DAY, HOUR, type Instant, MINUTE } from '../../src/domain/time.ts'
import { parseUntil } from '../../src/slack/until.ts'

// A Wednesday: 13:34:56 in Berlin, still in winter time there.
const NOW = Date.parse('2026-10-28T12:34:56Z')
const BERLIN = 'Europe/Berlin'

/** `Fri 2026-10-30 00:00`, as clocks on the wall show it. */
function wall(at: Instant, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  })
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  return `${parts['weekday']} ${parts['year']}-${parts['month']}-${parts['day']} ${parts['hour']}:${parts['minute']}`
}

function until(text: string, timeZone = BERLIN, now: Instant | string = NOW): string {
  const read = parseUntil(text, timeZone, typeof now === 'string' ? Date.parse(now) : now)
  return read.ok ? wall(read.at, timeZone) : read.why
}

function instant(text: string, timeZone: string, now: Instant): Instant {
  const read = parseUntil(text, timeZone, now)
  if (!read.ok) throw new Error(`${text}: ${read.why}`)
  return read.at
}

afterEach(() => vi.unstubAllEnvs())

describe('what people type', () => {
  it.each([
    ['17:00', 'Wed 2026-10-28 17:00'],
    ['5pm', 'Wed 2026-10-28 17:00'],
    ['today 17:00', 'Wed 2026-10-28 17:00'],
    ['tonight', 'Wed 2026-10-28 22:00'],
    ['midnight', 'Thu 2026-10-29 00:00'],
    ['tomorrow', 'Thu 2026-10-29 00:00'],
    ['Tomorrow  9AM', 'Thu 2026-10-29 09:00'],
    ['tomorrow morning', 'Thu 2026-10-29 06:00'],
    ['friday', 'Fri 2026-10-30 00:00'],
    ['fri 17:00', 'Fri 2026-10-30 17:00'],
    ['this friday', 'Fri 2026-10-30 00:00'],
    ['monday', 'Mon 2026-11-02 00:00'],
    ['next monday', 'Mon 2026-11-02 00:00'],
    ['1 dec', 'Tue 2026-12-01 00:00'],
    ['Dec 1', 'Tue 2026-12-01 00:00'],
    ['1 dec 17:00', 'Tue 2026-12-01 17:00'],
    ['2026-12-01', 'Tue 2026-12-01 00:00'],
    ['2026-12-01 09:00', 'Tue 2026-12-01 09:00'],
    ['2026-12-01T09:00', 'Tue 2026-12-01 09:00'],
    ['december', 'Tue 2026-12-01 00:00'],
  ])('reads %s', (text, expected) => expect(until(text)).toBe(expected))

  it.each([
    ['for 2h', 2 * HOUR],
    ['2 hours', 2 * HOUR],
    ['in 2 hours', 2 * HOUR],
    ['for 30 minutes', 30 * MINUTE],
    ['For 30M', 30 * MINUTE],
    ['for 1h30m', 90 * MINUTE],
    ['for 1.5 hours', 90 * MINUTE],
    ['for 1 hour and 30 minutes', 90 * MINUTE],
    ['for 1 hour, 30 min', 90 * MINUTE],
    ['for half an hour', 30 * MINUTE],
    ['for an hour', HOUR],
    ['for a day', DAY],
    ['for 3 days', 3 * DAY],
    ['for a week', 7 * DAY],
    ['for 1 month', 31 * DAY],
  ])('reads %s', (text, ms) => expect(instant(text, BERLIN, NOW)).toBe(NOW + ms))

  it.each([
    ['Today', 'Thu 2026-10-29 00:00'],
    ['end of day', 'Thu 2026-10-29 00:00'],
    ['next week', 'Mon 2026-11-02 00:00'],
    ['the end of the week', 'Mon 2026-11-02 00:00'],
    ['next month', 'Sun 2026-11-01 00:00'],
    ['end of the month', 'Sun 2026-11-01 00:00'],
  ])('takes %s for when the next one begins', (text, expected) => expect(until(text)).toBe(expected))

  it.each([
    ['8:00', 'Thu 2026-10-29 08:00'],
    ['noon', 'Thu 2026-10-29 12:00'],
    ['wednesday', 'Wed 2026-11-04 00:00'],
    ['wednesday 9am', 'Wed 2026-11-04 09:00'],
    ['27 oct', 'Wed 2027-10-27 00:00'],
    ['1 may', 'Sat 2027-05-01 00:00'],
  ])('takes %s, which has passed, for the next one', (text, expected) => expect(until(text)).toBe(expected))

  it('stays today where the time is still to come', () => {
    expect(until('wednesday 17:00')).toBe('Wed 2026-10-28 17:00')
    expect(until('28 oct 17:00')).toBe('Wed 2026-10-28 17:00')
  })
})

describe('what is refused', () => {
  const NOT_UNDERSTOOD = /no time that is understood.*`17:00`.*`friday`.*`for 2h`/
  const PAST = /has passed already.*`17:00`/
  const TOO_FAR = /more than a year ahead.*`1 dec`/

  it.each([
    '',
    'lunch',
    '17',
    '5',
    '25:00',
    '2026-02-30',
    '1.12',
    'friday, or maybe monday',
    'friday - monday',
    'not friday',
    'friday 9am or 10am',
    'for 2h 30',
    'for two hours',
    '2 hours ago',
    '-2h',
    `for ${'1h '.repeat(30)}`,
    'friday'.padEnd(61, '!'),
    `${' '.repeat(9)}${'9'.repeat(5_000)}h`,
  ])('says what it understands, for %j', (text) => expect(until(text)).toMatch(NOT_UNDERSTOOD))

  it.each(['yesterday', 'last friday', '2026-10-27', '2026-10-28', '28 oct', 'today 9:00', 'now', 'for 0h'])(
    'says that %s has passed',
    (text) => expect(until(text)).toMatch(PAST),
  )

  it('takes a year ahead and no more', () => {
    expect(until('2027-10-28 13:34')).toBe('Thu 2027-10-28 13:34')
    expect(until('2027-10-28 13:35')).toMatch(TOO_FAR)
    expect(until('for 12 months')).toBe('Thu 2027-10-28 13:34')
    expect(until('for 13 months')).toMatch(TOO_FAR)
    expect(until('for 999999 months')).toMatch(TOO_FAR)
    expect(until(Array(4).fill('999999 months').join(' '))).toMatch(TOO_FAR)
  })

  it.each(['1/12', '1/12/2026', '25/12/2026', '1.12.2026'])('asks for the month of %s as a word', (text) =>
    expect(until(text)).toMatch(/can be two days.*`1 dec`.*`2026-12-01`/),
  )

  it.each(['5pm EST', '9:00 CST', '2026-12-01T09:00Z'])('reads no time zone but the person’s own: %s', (text) =>
    expect(until(text)).toMatch(/your own time zone/),
  )

  it('says so when the time zone is unknown', () => {
    expect(until('friday', 'Europe/Atlantis')).toMatch(/time zone in your Slack preferences is not known/)
  })
})

describe('in the person’s own time zone', () => {
  it.each([
    ['America/St_Johns', '2026-10-28T19:30:00.000Z', '2026-10-30T02:30:00.000Z', '2026-12-01T03:30:00.000Z'],
    ['Asia/Kolkata', '2026-10-29T11:30:00.000Z', '2026-10-29T18:30:00.000Z', '2026-11-30T18:30:00.000Z'],
    ['Asia/Kathmandu', '2026-10-29T11:15:00.000Z', '2026-10-29T18:15:00.000Z', '2026-11-30T18:15:00.000Z'],
    ['Pacific/Auckland', '2026-10-29T04:00:00.000Z', '2026-10-29T11:00:00.000Z', '2026-11-30T11:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-10-29T03:00:00.000Z', '2026-10-29T10:00:00.000Z', '2026-11-30T10:00:00.000Z'],
    ['Pacific/Honolulu', '2026-10-29T03:00:00.000Z', '2026-10-30T10:00:00.000Z', '2026-12-01T10:00:00.000Z'],
    ['Australia/Lord_Howe', '2026-10-29T06:00:00.000Z', '2026-10-29T13:00:00.000Z', '2026-11-30T13:00:00.000Z'],
  ])('reads 17:00, friday and 1 dec in %s', (timeZone, five, friday, december) => {
    const read = ['17:00', 'friday', '1 dec'].map((text) => new Date(instant(text, timeZone, NOW)).toISOString())
    expect(read).toEqual([five, friday, december])
  })

  it('knows what day it is there', () => {
    expect(until('tomorrow', 'Pacific/Kiritimati')).toBe('Fri 2026-10-30 00:00')
    expect(until('tomorrow', 'Pacific/Honolulu')).toBe('Thu 2026-10-29 00:00')
  })

  it('counts the clocks of the day that is meant, not those of today', () => {
    // Summer time ends on Sunday 25 October 2026 in Berlin: an hour more than four days.
    const friday = Date.parse('2026-10-23T09:00:00+02:00')
    expect(instant('tuesday 9am', BERLIN, friday)).toBe(friday + 4 * DAY + HOUR)
    expect(instant('for 4 days', BERLIN, friday)).toBe(friday + 4 * DAY + HOUR)
    expect(instant('for 96h', BERLIN, friday)).toBe(friday + 4 * DAY)
    expect(until('monday', 'America/St_Johns', '2026-03-06T15:00:00Z')).toBe('Mon 2026-03-09 00:00')
  })

  it('ends as much later as the clocks skip', () => {
    expect(until('2:30', BERLIN, '2026-03-29T00:10:00Z')).toBe('Sun 2026-03-29 03:30')
    // In Santiago this Sunday begins at one o'clock.
    expect(until('sunday', 'America/Santiago', '2026-09-03T12:00:00Z')).toBe('Sun 2026-09-06 01:00')
    expect(until('today', 'America/Santiago', '2026-09-06T12:00:00Z')).toBe('Mon 2026-09-07 00:00')
    expect(until('2:30', BERLIN, '2026-03-29T04:00:00Z')).toBe('Mon 2026-03-30 02:30')
  })

  it('takes the first of two like times that is still to come', () => {
    const first = Date.parse('2026-10-25T02:30:00+02:00')
    expect(instant('2:30', BERLIN, first - HOUR)).toBe(first)
    expect(instant('2:30', BERLIN, first + MINUTE)).toBe(first + HOUR)
    expect(until('2:30', BERLIN, first + HOUR + MINUTE)).toBe('Mon 2026-10-26 02:30')
    // In Havana this Sunday begins twice.
    const dayBefore = Date.parse('2026-10-31T10:00:00-04:00')
    for (const text of ['sunday', 'today', 'tomorrow', '1 nov', 'end of month', 'midnight'])
      expect(instant(text, 'America/Havana', dayBefore)).toBe(Date.parse('2026-11-01T00:00:00-04:00'))
  })

  it('is the same whatever time zone the machine has', () => {
    // At this instant clocks change in Berlin, and in an hour they are somewhere else in Santiago than they were.
    const nows = ['2026-03-29T00:30:00Z', '2026-10-25T00:30:00Z', '2026-09-06T03:30:00Z', '2026-04-05T02:30:00Z']
    const texts = ['for 2h', '2h30m', 'for 2 days', '17:00', '2:30', 'friday', 'tomorrow', '1 dec', 'today']
    const zones = [BERLIN, 'America/Santiago', 'Asia/Kolkata', 'America/St_Johns']
    const readIn = (machine: string) => {
      vi.stubEnv('TZ', machine)
      const offset = new Date(NOW).getTimezoneOffset()
      const read = nows.map((now) => zones.map((zone) => texts.map((text) => until(text, zone, now))))
      return { offset, read }
    }
    const machines = ['UTC', BERLIN, 'America/Santiago', 'Pacific/Auckland'].map(readIn)
    expect(new Set(machines.map(({ offset }) => offset)).size).toBe(4)
    for (const { read } of machines) expect(read).toEqual(machines[0]?.read)
  })

  it('is right by the clocks of every time zone, at any hour of three years', () => {
    const zones = Intl.supportedValuesOf('timeZone')
    expect(zones.length).toBeGreaterThan(400)
    const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
    const minute = fc.integer({ min: Date.parse('2025-01-01') / MINUTE, max: Date.parse('2028-01-01') / MINUTE })
    fc.assert(
      fc.property(fc.constantFrom(...zones), minute, fc.constantFrom(...days), (timeZone, at, day) => {
        const now = at * MINUTE
        const five = instant('17:00', timeZone, now)
        expect(wall(five, timeZone)).toMatch(/ 17:00$/)
        expect(five - now).toBeGreaterThan(0)
        expect(five - now).toBeLessThanOrEqual(25 * HOUR)
        const begins = instant(day, timeZone, now)
        expect(wall(begins, timeZone).slice(0, 3).toLowerCase()).toBe(day.slice(0, 3))
        expect(wall(begins - 1, timeZone).slice(0, 3)).not.toBe(wall(begins, timeZone).slice(0, 3))
        expect(begins - now).toBeGreaterThan(0)
        expect(begins - now).toBeLessThanOrEqual(7 * DAY + HOUR)
        const dayOver = instant('today', timeZone, now)
        expect(wall(now, timeZone).slice(0, 14)).toBe(wall(dayOver - 1, timeZone).slice(0, 14))
        expect(wall(dayOver, timeZone).slice(0, 14)).not.toBe(wall(now, timeZone).slice(0, 14))
        expect(instant('for 36h', timeZone, now)).toBe(now + 36 * HOUR)
      }),
      { numRuns: 400 },
    )
  })
})

it('answers whatever is typed', () => {
  const bits = [
    'for',
    '2h',
    'friday',
    '17:00',
    '1 dec',
    'next',
    '-',
    '31',
    'feb',
    '9999',
    'month',
    'at',
    ':',
    '.5',
    'z',
  ]
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fc.oneof(fc.constantFrom(...bits), fc.string({ maxLength: 3 })), { maxLength: 8 }).map((a) => a.join(' ')),
  )
  const zone = fc.oneof(fc.constantFrom(BERLIN, 'Asia/Kolkata'), fc.string())
  fc.assert(
    fc.property(text, zone, (typed, timeZone) => {
      const read = parseUntil(typed, timeZone, NOW)
      if (read.ok) expect(read.at > NOW && read.at <= NOW + 366 * DAY).toBe(true)
      else expect(read.why).toMatch(/\.$/)
    }),
    { numRuns: 1_000 },
  )
})
