/** Instants as the viewer's own clock shows them. */

export function clockTime(ts: string): string {
  return new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' })
}

export function dayName(ts: string, now: number): string {
  const day = new Date(Number(ts) * 1000)
  const days = Math.round((midnight(new Date(now)) - midnight(day)) / 86_400_000)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return day.toLocaleDateString([], { weekday: 'long', month: 'long', day: 'numeric' })
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()
}

/** A Slack date format such as `{date_short_pretty} at {time}`, filled in for an instant in seconds. */
export function formatDate(seconds: number, format: string, now: number): string {
  const date = new Date(seconds * 1000)
  const days = Math.round((midnight(date) - midnight(new Date(now))) / 86_400_000)
  const near = days === 0 ? 'today' : days === 1 ? 'tomorrow' : days === -1 ? 'yesterday' : undefined
  const show = (options: Intl.DateTimeFormatOptions): string => date.toLocaleString([], options)
  const long = show({ year: 'numeric', month: 'long', day: 'numeric' })
  const short = show({ year: 'numeric', month: 'short', day: 'numeric' })
  const full = show({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' })
  const parts: Readonly<Record<string, string>> = {
    date_num: date.toLocaleDateString('sv-SE'),
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
