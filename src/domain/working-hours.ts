import { DAY, HOUR, MINUTE } from './time.ts'

/** Working hours of one day, in ms since its local midnight: opened at `opens`, closed at `closes`. */
export type Hours = { readonly opens: number; readonly closes: number }

/** As `Date.getUTCDay` counts them. */
export const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const

/** The hours of each weekday, Sunday first, each day's in their order. @param hours the `hours` of a calendar */
export function weekOf(hours: Readonly<Record<string, string>>): readonly (readonly Hours[])[] {
  const rows = Object.entries(hours)
  return weekdays.map((_name, day) =>
    rows
      .filter(([days]) => daysIn(days).includes(day))
      .map(([, range]) => hoursIn(range))
      .toSorted((a, b) => a.opens - b.opens),
  )
}

/** `mon` or `mon-fri` -> indexes into `weekdays`; `fri-mon` goes round the end of the week. */
export function daysIn(days: string): readonly number[] {
  const [first = '', last = first] = days.split('-')
  const begin = weekdays.findIndex((name) => name === first)
  const end = weekdays.findIndex((name) => name === last)
  return Array.from({ length: ((end - begin + 7) % 7) + 1 }, (_, index) => (begin + index) % 7)
}

/** `09:00-18:00`; `24:00` is the end of the day. */
export function hoursIn(range: string): Hours {
  const [opens = 0, closes = DAY] = range.split('-').map((time) => {
    const [hour, minute] = time.split(':')
    return Number(hour) * HOUR + Number(minute) * MINUTE
  })
  return { opens, closes }
}
