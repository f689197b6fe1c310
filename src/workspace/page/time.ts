/** Instants as the clock of the person's own time zone shows them. */

export function clockTime(ts: string, timeZone: string): string {
  return new Date(Number(ts) * 1000).toLocaleTimeString([], { timeZone, hour: 'numeric', minute: '2-digit' })
}

export function dayName(ts: string, now: number, timeZone: string): string {
  const day = new Date(Number(ts) * 1000)
  const days = dayNumber(new Date(now), timeZone) - dayNumber(day, timeZone)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return day.toLocaleDateString([], { timeZone, weekday: 'long', month: 'long', day: 'numeric' })
}

/** Days since 1970 on the calendar of that zone. */
function dayNumber(date: Date, timeZone: string): number {
  return Date.parse(isoDay(date, timeZone)) / 86_400_000
}

function isoDay(date: Date, timeZone: string): string {
  return date.toLocaleDateString('sv-SE', { timeZone })
}

/** A Slack date format such as `{date_short_pretty} at {time}`, filled in for an instant in seconds. */
export function formatDate(seconds: number, format: string, now: number, timeZone: string): string {
  const date = new Date(seconds * 1000)
  const days = dayNumber(date, timeZone) - dayNumber(new Date(now), timeZone)
  const near = days === 0 ? 'today' : days === 1 ? 'tomorrow' : days === -1 ? 'yesterday' : undefined
  const show = (options: Intl.DateTimeFormatOptions): string => date.toLocaleString([], { timeZone, ...options })
  const long = show({ year: 'numeric', month: 'long', day: 'numeric' })
  const short = show({ year: 'numeric', month: 'short', day: 'numeric' })
  const full = show({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' })
  const parts: Readonly<Record<string, string>> = {
    date_num: isoDay(date, timeZone),
    date_slash: show({ year: 'numeric', month: '2-digit', day: '2-digit' }),
    date: long,
    date_short: short,
    date_long: full,
    date_pretty: near ?? long,
    date_short_pretty: near ?? short,
    date_long_pretty: near ?? full,
    time: show({ hour: 'numeric', minute: '2-digit' }),
    time_secs: show({ hour: 'numeric', minute: '2-digit', second: '2-digit' }),
    ago: ago(seconds, now),
  }
  const filled = format.replaceAll(/\{(\w+)\}/g, (whole, name: string) => parts[name] ?? whole)
  return format.startsWith('{') ? filled.charAt(0).toUpperCase() + filled.slice(1) : filled
}

function ago(seconds: number, now: number): string {
  const minutes = Math.round((seconds * 1000 - now) / 60_000)
  const words = new Intl.RelativeTimeFormat([], { numeric: 'auto' })
  if (Math.abs(minutes) < 60) return words.format(minutes, 'minute')
  if (Math.abs(minutes) < 1440) return words.format(Math.round(minutes / 60), 'hour')
  return words.format(Math.round(minutes / 1440), 'day')
}
