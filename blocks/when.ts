import type { RichTextElement } from '@slack/types'
import { DAY, HOUR, type Instant, MINUTE, SECOND, toIso } from '../src/domain/time.ts'

/** "today at 10:40" in the reader's own time zone, for mrkdwn; UTC where Slack can't say. */
export function dateMrkdwn(at: Instant): string {
  return `<!date^${seconds(at)}^{date_short_pretty} at {time}|${inUtc(at)}>`
}

/** The same for rich text. */
export function date(at: Instant): RichTextElement {
  return { type: 'date', timestamp: seconds(at), format: '{date_short_pretty} at {time}', fallback: inUtc(at) }
}

/** "10:42" for rich text; the day as well where something took so long that the hour alone would mislead. */
export function time(at: Instant, since: Instant): RichTextElement {
  if (at - since >= 12 * HOUR) return date(at)
  return { type: 'date', timestamp: seconds(at), format: '{time}', fallback: inUtc(at) }
}

/** "40 s", "3 min", "2 h 5 min", "3 days". @param ms never negative on the screen */
export function duration(ms: number): string {
  const time = Math.max(0, ms)
  if (time < MINUTE) return `${Math.floor(time / SECOND)} s`
  if (time < HOUR) return `${Math.floor(time / MINUTE)} min`
  if (time >= 2 * DAY) return `${Math.floor(time / DAY)} days`
  const minutes = Math.floor((time % HOUR) / MINUTE)
  return `${Math.floor(time / HOUR)} h${minutes === 0 ? '' : ` ${minutes} min`}`
}

/** "2026-11-22 10:40 UTC" */
export function inUtc(at: Instant): string {
  return `${toIso(at).slice(0, 16).replace('T', ' ')} UTC`
}

function seconds(at: Instant): number {
  return Math.floor(at / 1_000)
}
