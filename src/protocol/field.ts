import { z } from 'zod'

/*
 * Building blocks of the wire schemas. The error text of each says what is allowed there ("a number from 0 to 1"); the
 * edge that reports a fault puts the field's name before it.
 */

/** An object with exactly these fields; others are refused by name. */
export function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape, allowed = 'an object') {
  return z.strictObject(shape, { error: allowed })
}

/** A text with at least one character that is not white space. */
export function text(max: number) {
  const allowed = `a text of 1 to ${count(max)} characters that is not blank`
  return z.string({ error: allowed }).max(max, { error: allowed }).regex(/\S/, { error: allowed })
}

/** A text that may be empty. */
export function anyText(max: number) {
  const allowed = `a text of at most ${count(max)} characters`
  return z.string({ error: allowed }).max(max, { error: allowed })
}

export function pattern(allowed: string, regex: RegExp) {
  return z.string({ error: allowed }).regex(regex, { error: allowed })
}

export function choice<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` })
}

export function flag() {
  return z.boolean({ error: 'true or false' })
}

export function whole(min: number, max: number) {
  const allowed = `a whole number from ${min} to ${count(max)}`
  return z.int({ error: allowed }).min(min, { error: allowed }).max(max, { error: allowed })
}

export function list<Item extends z.ZodType>(item: Item, max: number) {
  const allowed = `a list of at most ${max} items`
  return z.array(item, { error: allowed }).max(max, { error: allowed })
}

/** Any JSON object. */
export function jsonObject() {
  return z.record(z.string(), z.unknown(), { error: 'a JSON object' })
}

/** An absolute http or https address without a user name or password in it. */
export function httpUrl(schemes: readonly string[]) {
  const allowed = `an absolute ${schemes.join(' or ')} address of at most 2,000 characters, without a user name or password`
  return z
    .string({ error: allowed })
    .max(2_000, { error: allowed })
    .refine((value) => isPlainUrl(value, schemes), { error: allowed })
    .meta({ format: 'uri' })
}

function isPlainUrl(value: string, schemes: readonly string[]): boolean {
  if (!URL.canParse(value) || /[\s\p{Cc}]/u.test(value)) return false
  const { protocol, username, password, hostname } = new URL(value)
  return schemes.includes(protocol.slice(0, -1)) && username === '' && password === '' && hostname !== ''
}

function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',')
}
