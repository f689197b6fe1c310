/** An instant: milliseconds since the Unix epoch, UTC. Every `at`, `...At` in the domain is one. */
export type Instant = number

/** RFC 3339 with milliseconds, UTC: what the API, the audit log and the grants print. */
export function toIso(at: Instant): string {
  return new Date(at).toISOString()
}

/** The UTC calendar day, `YYYY-MM-DD`: what dates in the manifest (`until`, `tested_on`) are compared with. */
export function toDay(at: Instant): string {
  return toIso(at).slice(0, 10)
}

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
