import { z } from 'zod'

/*
 * What the keys of the YAML document may hold. The error texts say what is allowed there; the loader puts the place and
 * what was found before them.
 */

const number = (allowed: string) => z.number({ error: allowed })
export const text = (allowed: string) => z.string({ error: allowed }).min(1, { error: allowed })
// Editors show a pattern's own text, and nobody reads regular expressions.
export const pattern = (allowed: string, regex: RegExp) =>
  z
    .string({ error: allowed })
    .regex(regex, { error: allowed })
    .meta({ patternErrorMessage: `This must be ${allowed}.` })

export function whole(from: number, upTo: number, allowed = `a whole number from ${from} to ${upTo}`) {
  return z.int({ error: allowed }).min(from, { error: allowed }).max(upTo, { error: allowed })
}

export function between(from: number, upTo: number, allowed = `a number from ${from} to ${upTo}`) {
  return number(allowed).min(from, { error: allowed }).max(upTo, { error: allowed })
}

export function list<Item extends z.ZodType>(item: Item, allowed: string) {
  return z.array(item, { error: allowed })
}

const tenYears = 315_360_000
export const seconds = whole(1, tenYears, 'a whole number of seconds, at least 1')
const minutesText = 'a number of minutes above 0'
export const minutes = number(minutesText).gt(0, { error: minutesText }).max(5_256_000, { error: minutesText })
export const share = between(0, 1)
export const dollars = between(0, 1e12, 'an amount of at least 0')

/** What roles, actions, agents and calendars may be called. */
export const namePattern = /^[A-Za-z][A-Za-z0-9_.:-]{0,99}$/
export const roleName = pattern('the name of a role, never a person', namePattern)
export const actionName = pattern('the name of an action', namePattern)
export const parameter = pattern('the name of a parameter', /^.{1,200}$/)
export const person = pattern(
  'an e-mail address or a Slack user id (U012ABCDEF)',
  /^(?:[UW][A-Z0-9]{2,20}|[^\s@<>]{1,64}@[^\s@<>]{1,190})$/,
)
export const usergroup = pattern('the id of a Slack user group (S012ABCDEF)', /^S[A-Z0-9]{2,20}$/)
export const channel = pattern(
  'a channel in quotes ("#agent-approvals") or its id (C012ABCDEF)',
  /^(?:#[^\s#@<>A-Z]{1,80}|[CG][A-Z0-9]{2,20})$/,
)
export const day = z.iso
  .date({ error: 'a day that exists, as YYYY-MM-DD' })
  .meta({ patternErrorMessage: 'This must be a day that exists, as YYYY-MM-DD.' })
export const url = z
  .url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' })
  .meta({ pattern: '^https?://', patternErrorMessage: 'This must be an address that begins with https:// or http://.' })
export const duration = pattern('a time such as 30m, 1h or 7d', /^[1-9][0-9]{0,4}[mhd]$/)
