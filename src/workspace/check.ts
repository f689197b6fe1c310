/**
 * The small vocabulary in which Slack's documented limits are written down (see limits.ts).
 * A check reads an unknown JSON value and notes what is wrong with it, in the words Slack uses.
 */

export type Problem = { readonly message: string; readonly pointer: string }
export type Check = (value: unknown, pointer: string, note: Note) => void
export type Note = (message: string, pointer: string) => void
export type JsonObject = { readonly [key: string]: unknown }

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Problems of `value` in the order in which they were met; empty when it may pass. */
export function problemsOf(check: Check, value: unknown, pointer: string): readonly Problem[] {
  const problems: Problem[] = []
  check(value, pointer, (message, at) => problems.push({ message, pointer: at }))
  return problems
}

/** A string of `min` to `max` UTF-16 units. Slack counts characters, so this is never more lenient. */
export function text(max: number, min = 1): Check {
  return (value, at, note) => {
    if (typeof value !== 'string') return note('must be a string', at)
    if (value.length < min) note(`must be more than ${min - 1} characters`, at)
    if (value.length > max) note(`must be less than ${max + 1} characters`, at)
  }
}

export function pattern(form: RegExp, wording: string): Check {
  return (value, at, note) => {
    if (typeof value !== 'string') return note('must be a string', at)
    if (!form.test(value)) note(wording, at)
  }
}

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return (value, at, note) => {
    if (!allowed.some((each) => each === value)) note('must be a valid enum value', at)
  }
}

export const flag: Check = (value, at, note) => {
  if (typeof value !== 'boolean') note('must be a boolean', at)
}

export function whole(min: number, max: number): Check {
  return (value, at, note) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return note('must be an integer', at)
    if (value < min) note(`must be greater than or equal to ${min}`, at)
    if (value > max) note(`must be less than or equal to ${max}`, at)
  }
}

/** A list of `min` to `max` items, each passing `item`. */
export function list(item: Check, max: number, min = 1): Check {
  return (value, at, note) => {
    if (!Array.isArray(value)) return note('must be an array', at)
    if (value.length < min) note(`no fewer than ${min} items allowed`, at)
    if (value.length > max) note(`no more than ${max} items allowed`, at)
    for (const [index, each] of value.entries()) item(each, `${at}/${index}`, note)
  }
}

/** An object with exactly these fields: what is missing and what is unknown are both refused. */
export function shape(
  required: Readonly<Record<string, Check>>,
  optional: Readonly<Record<string, Check>> = {},
): Check {
  return (value, at, note) => {
    if (!isObject(value)) return note('must be an object', at)
    for (const [key, check] of Object.entries(required)) {
      if (value[key] === undefined || value[key] === null) note(`missing required field: ${key}`, at)
      else check(value[key], `${at}/${key}`, note)
    }
    for (const [key, each] of Object.entries(value)) {
      if (Object.hasOwn(required, key)) continue
      const check = Object.hasOwn(optional, key) ? optional[key] : undefined
      if (check === undefined) note(`invalid additional property: ${key}`, at)
      else if (each !== undefined) check(each, `${at}/${key}`, note)
    }
  }
}

/** Picks the check by the object's `type`; a type that is not in the table is refused. */
export function byType(table: Readonly<Record<string, Check>>): Check {
  return (value, at, note) => {
    if (!isObject(value)) return note('must be an object', at)
    if (typeof value.type !== 'string') return note('missing required field: type', at)
    const check = Object.hasOwn(table, value.type) ? table[value.type] : undefined
    if (check === undefined) return note(`unsupported type: ${value.type}`, `${at}/type`)
    check(value, at, note)
  }
}

export function all(...checks: readonly Check[]): Check {
  return (value, at, note) => {
    for (const check of checks) check(value, at, note)
  }
}

/** A rule over several fields of one object: `broken` answers what is wrong, or undefined. */
export function rule(broken: (value: JsonObject) => string | undefined): Check {
  return (value, at, note) => {
    if (!isObject(value)) return
    const message = broken(value)
    if (message !== undefined) note(message, at)
  }
}

/** The value when it is an object; an empty one otherwise. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** A string or number as text; empty for anything else. */
export function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
