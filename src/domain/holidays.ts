import { createRequire } from 'node:module'
import type { default as HolidaysClass } from 'date-holidays'
import { DAY } from './time.ts'

const require = createRequire(import.meta.url)

/** Reading all countries' holidays takes a third of a second: only a manifest that names some pays for it. */
function library(): typeof HolidaysClass {
  return require('date-holidays')
}

/**
 * When people stop working on a local day (in days since 1 January 1970), in ms since its midnight: 0 on a public
 * holiday, later where one begins in the course of the day, Infinity on all others.
 * @param code a country or a state of one, `DE` or `DE-BY`
 */
export function daysOff(code: string): (day: number) => number {
  const [country = code, state = ''] = code.split('-')
  // The zone only keeps each holiday's length free of changes of the clock: what is read are local days.
  const Holidays = library()
  const holidays = new Holidays(country, state, { types: ['public'], timezone: 'UTC' })
  const freeFrom = new Map<number, number>()
  const years = new Set<number>()
  const read = (year: number) => {
    if (years.has(year)) return
    years.add(year)
    for (const { date, start, end } of holidays.getHolidays(year)) {
      const midnight = Date.parse(date.slice(0, 10))
      const begins = Date.parse(`${date.slice(0, 10)}T${date.slice(11, 19)}Z`) - midnight
      const length = Math.max(1, Math.floor((end.getTime() - start.getTime()) / DAY))
      for (let nth = 0; nth < length; nth += 1) {
        const day = midnight / DAY + nth
        freeFrom.set(day, Math.min(nth === 0 ? begins : 0, freeFrom.get(day) ?? Infinity))
      }
    }
  }
  return (day) => {
    const year = new Date(day * DAY).getUTCFullYear()
    // Some holidays last from one year into the next.
    read(year - 1)
    read(year)
    return freeFrom.get(day) ?? Infinity
  }
}

/** The codes of a country's states that have holidays of their own (`DE-BY`); `null`: the country is not known. */
export function statesOf(country: string): readonly string[] | null {
  const Holidays = library()
  const holidays = new Holidays()
  if (!Object.hasOwn(holidays.getCountries(), country)) return null
  // The package has no answer where its type promises one: for a country without states.
  const states: Readonly<Record<string, string>> | undefined = holidays.getStates(country)
  return Object.keys(states ?? {}).map((state) => `${country}-${state}`)
}
