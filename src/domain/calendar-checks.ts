import { statesOf } from './holidays.ts'
import type { Calendar } from './manifest.ts'
import type { Finding } from './manifest-finding.ts'
import { daysIn, hoursIn, weekdays } from './working-hours.ts'

/** Calendars by which no clock could run, or in more than one way. */
export function calendarFindings(name: string, calendar: Calendar): readonly Finding[] {
  return [...openingFindings(name, calendar), ...overlapFindings(name, calendar), ...holidayFindings(name, calendar)]
}

// One day's hours may stand in two rows, morning and afternoon; which of two that cross was meant, nobody can tell.
function overlapFindings(name: string, { hours }: Calendar): readonly Finding[] {
  const rows = Object.entries(hours)
  return rows.flatMap(([days, range], index): readonly Finding[] => {
    const earlier = rows.slice(0, index).find(([others, otherRange]) => {
      const [own, other] = [hoursIn(range), hoursIn(otherRange)]
      return sharedDays(days, others).length > 0 && own.opens < other.closes && other.opens < own.closes
    })
    if (earlier === undefined) return []
    const [others, otherRange] = earlier
    const shared = sharedDays(days, others).join(', ')
    return [
      {
        severity: 'error',
        code: 'hours_overlap',
        path: ['calendars', name, 'hours', days],
        message: `\`${days}\` (${range}) and \`${others}\` (${otherRange}) overlap: both are about ${shared}`,
        advice: 'Give each hour of a day in one row only.',
      },
    ]
  })
}

function sharedDays(days: string, others: string): readonly string[] {
  return daysIn(days)
    .filter((day) => daysIn(others).includes(day))
    .flatMap((day) => weekdays[day] ?? [])
}

function holidayFindings(name: string, { holidays }: Calendar): readonly Finding[] {
  if (holidays === null) return []
  const [country = holidays] = holidays.split('-')
  const states = statesOf(country)
  if (states !== null && [country, ...states].includes(holidays)) return []
  const at = { severity: 'error', code: 'unknown_holidays', path: ['calendars', name, 'holidays'] } as const
  if (states === null) {
    return [
      {
        ...at,
        message: `\`holidays\` is "${holidays}", but no country whose holidays are known has the code ${country}`,
        advice: 'Write the ISO 3166 code of a country, such as DE, GB or US, or leave the key out.',
      },
    ]
  }
  return [
    {
      ...at,
      message: `\`holidays\` is "${holidays}", but ${country} has no state of that code with holidays of its own`,
      advice: `Allowed: ${[country, ...states].join(', ')}.`,
    },
  ]
}

// A day's hours end after they begin, and no country has a holiday on all Mondays: any row at all is open some day.
function openingFindings(name: string, { hours }: Calendar): readonly Finding[] {
  if (Object.keys(hours).length > 0) return []
  return [
    {
      severity: 'error',
      code: 'never_open',
      path: ['calendars', name, 'hours'],
      message: `the calendar \`${name}\` has no hours, so a clock that counts them would stand still`,
      advice: 'Add the working hours: { mon-fri: "09:00-18:00" }.',
    },
  ]
}
