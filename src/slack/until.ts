import { parse } from 'chrono-node/en'
import { DateTime } from 'luxon'
import type { Instant } from '../domain/time.ts'

/** When something ends, or why it can't be said, as mrkdwn for the person who typed it; their words are not repeated. */
export type Until = { readonly ok: true; readonly at: Instant } | { readonly ok: false; readonly why: string }

// Longer texts are no times, and searching them costs time.
const MAX_TYPED = 60

const NOT_UNDERSTOOD =
  'That is no time that is understood here. Say until when: `17:00`, `tomorrow 9am`, `friday`, `1 dec`, `2026-12-01`; or for how long: `for 2h`, `for 3 days`.'
const PAST = 'That time has passed already. Say a time to come: `17:00`, `tomorrow 9am`, `friday`, or `for 2h`.'
const TOO_FAR = 'That is more than a year ahead. Say a nearer time, such as `1 dec`, `for 2h` or `for 3 weeks`.'
const TWO_DAYS =
  'A date in figures can be two days. Write the month as a word, `1 dec`, or the year first, `2026-12-01`.'
const OTHER_ZONE = 'Times are read in your own time zone. Leave the zone out: `17:00`, `tomorrow 9am`.'
const NO_ZONE =
  'The time zone in your Slack preferences is not known here. Choose another one there, under Language & region, and try again.'

/**
 * Reads until when somebody is away, in their own time zone, by the clocks on their wall on that day.
 *
 * A day without a time is its start: who is away until Friday is back when Friday begins. A weekday or a time of day
 * is the next one to come. `today` and the ends of day, week and month are when the next one begins, and so are `next
 * week` (a Monday) and `next month`. Hours and minutes of `for 2h` are counted as they pass; days, weeks and months
 * end at the same time of day. A time that summer time skips is as much later; one that comes twice is the first one
 * still to come.
 * @param timeZone an IANA name, `America/St_Johns`
 */
export function parseUntil(text: string, timeZone: string, now: Instant): Until {
  const typed = text.trim().toLowerCase().replace(/\s+/g, ' ')
  const local = DateTime.fromMillis(now, { zone: timeZone })
  if (!local.isValid) return refuse(NO_ZONE)
  if (typed.length > MAX_TYPED) return refuse(NOT_UNDERSTOOD)
  const later = afterDuration(typed, local)
  if (later !== null) return within(later.toMillis(), local)
  const next = afterPeriod(typed, local)
  if (next !== null) return firstOf([next], local)
  return readDate(typed, local)
}

const AMOUNT =
  /(\d{1,6}(?:\.\d{1,2})?|\b(?:half )?an?\b) ?(?:(m|mins?|minutes?)|(h|hrs?|hours?)|(d|days?)|(w|weeks?)|(months?))(?![a-z])/g

// chrono reads durations as well, but counts them on the clock of this machine, whose summer time would change them.
function afterDuration(typed: string, local: DateTime): DateTime | null {
  const amounts = [...typed.matchAll(AMOUNT)]
  const rest = typed.replace(AMOUNT, ' ').replace(/\b(?:for|in|and)\b|,/g, '')
  if (amounts.length === 0 || rest.trim() !== '') return null
  return amounts.reduce((at, [, count = '', minutes, hours, days, weeks]) => {
    const value = count.startsWith('half') ? 0.5 : count.startsWith('a') ? 1 : Number(count)
    if (minutes !== undefined) return at.plus({ minutes: value })
    if (hours !== undefined) return at.plus({ hours: value })
    if (days !== undefined) return at.plus({ days: value })
    if (weeks !== undefined) return at.plus({ weeks: value })
    return at.plus({ months: value })
  }, local)
}

const PERIOD = /^(?:(today|eod|end of day)|(next week|end of week)|(next month|end of month))$/

function afterPeriod(typed: string, local: DateTime): DateTime | null {
  const [period, day, week] = PERIOD.exec(typed.replace(/\bthe /g, '')) ?? []
  if (period === undefined) return null
  if (day !== undefined) return local.plus({ days: 1 }).startOf('day')
  if (week !== undefined) return local.plus({ weeks: 1 }).startOf('week')
  return local.plus({ months: 1 }).startOf('month')
}

function readDate(typed: string, local: DateTime): Until {
  // chrono takes the last Friday for any Friday.
  if (/^(last|past|previous) /.test(typed)) return refuse(PAST)
  const [found] = parse(typed, { instant: local.toJSDate(), timezone: local.offset })
  // "friday, or maybe monday" must not count as Friday.
  if (found === undefined || found.end != null || found.text !== typed) return refuse(NOT_UNDERSTOOD)
  const { start } = found
  const tags = start.tags()
  if (tags.has('parser/SlashDateFormatParser')) return refuse(TWO_DAYS)
  if (tags.has('result/relativeDate')) return refuse(NOT_UNDERSTOOD)
  if (tags.has('casualReference/now')) return refuse(PAST)
  if (start.isCertain('timezoneOffset')) return refuse(OTHER_ZONE)

  const day = DateTime.fromObject(
    { year: start.get('year') ?? 0, month: start.get('month') ?? 0, day: start.get('day') ?? 0 },
    { zone: local.zone },
  )
  const [hour, minute] = saysTime(start) ? [start.get('hour') ?? 0, start.get('minute') ?? 0] : [0, 0]
  return firstOf(
    [day, again(start, day, local)].map((each) => each.set({ hour, minute })),
    local,
  )
}

type Said = ReturnType<typeof parse>[number]['start']

/** `tomorrow morning` names a time, and `tomorrow` none, though chrono supposes one in both. */
function saysTime(start: Said): boolean {
  const tags = start.tags()
  return start.isCertain('hour') || tags.has('parser/ENCasualTimeParser') || tags.has('casualReference/tonight')
}

/** The day that is meant when the first is over: tomorrow, the same weekday, the same date next year; itself if there is only one. */
function again(start: Said, day: DateTime, local: DateTime): DateTime {
  if (start.isCertain('year')) return day
  // "1 dec", said on that day, is today and not in a year.
  if (start.isCertain('month')) return day < local.startOf('day') ? day.plus({ years: 1 }) : day
  return day.plus(start.isCertain('weekday') ? { weeks: 1 } : { days: 1 })
}

/** The first that is still to come; a time that comes twice that day counts as two. */
function firstOf(times: readonly DateTime[], local: DateTime): Until {
  const instants = times.flatMap((time) => time.getPossibleOffsets()).map((time) => time.toMillis())
  return within(instants.find((at) => at > local.toMillis()) ?? 0, local)
}

function within(at: Instant, local: DateTime): Until {
  if (at <= local.toMillis()) return refuse(PAST)
  // What no calendar holds is no number.
  if (!(at <= local.plus({ years: 1 }).toMillis())) return refuse(TOO_FAR)
  return { ok: true, at }
}

function refuse(why: string): Until {
  return { ok: false, why }
}
