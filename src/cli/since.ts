import { InvalidArgumentError } from 'commander'
import { durationMs } from '../domain/limits.ts'
import { type Instant, toIso } from '../domain/time.ts'

/** When something begins, seen from now. */
export type Since = (now: Instant) => Instant

/** Reads a time span or a day (UTC). @throws InvalidArgumentError on anything else */
export function since(text: string): Since {
  if (/^[1-9]\d{0,5}[mhd]$/.test(text)) return (now) => now - durationMs(text)
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // Not the 31st of February, which is read as a day of March.
  if (!Number.isNaN(day) && toIso(day).startsWith(text)) return () => day
  throw new InvalidArgumentError('Write a time span such as 90d or 12h, or a day such as 2026-09-01.')
}
