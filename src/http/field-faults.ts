import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import type { FieldError } from '../protocol/problem.ts'
import { type Path, pointerOf } from './pointer.ts'

/** More faults than these help nobody. */
const MAX_FAULTS = 50
/** A name that a sender made up must not fill the answer, and comparing a long one costs time. */
const MAX_NAME = 60

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: readonly FieldError[] }

/** Checks a value against a wire schema; every fault at once, in words that never repeat what was sent. */
export function check<T>(schema: z.ZodType<T>, value: unknown): Checked<T> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return { ok: true, value: parsed.data }
  return {
    ok: false,
    errors: firstErrors(parsed.error.issues, schema, value),
  }
}

/** All errors as one sentence each, for people who read only `detail`. */
export function sentences(errors: readonly FieldError[]): string {
  const [first, ...rest] = errors
  if (first === undefined) return ''
  const more = rest.length === 0 ? '' : ` ${rest.length} more: see \`errors\`.`
  return `${first.message.charAt(0).toUpperCase()}${first.message.slice(1)}.${more}`
}

// A sender can make a hundred thousand faults in one body: those beyond the limit are not put into words.
function firstErrors(issues: readonly z.core.$ZodIssue[], schema: z.ZodType, root: unknown): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const issue of issues) {
    const left = MAX_FAULTS - errors.length
    if (left === 0) break
    errors.push(...errorsOf(issue, schema, root, left))
  }
  return errors
}

function errorsOf(issue: z.core.$ZodIssue, schema: z.ZodType, root: unknown, limit: number): readonly FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    const names = namesAt(schema, issue.path)
    return issue.keys.slice(0, limit).map((key) => unknownField(key, issue.path, names))
  }
  const pointer = pointerOf(issue.path)
  const name = nameOf(issue.path)
  const found = valueAt(root, issue.path)
  if (found === undefined)
    return [{ pointer, code: 'required', message: `${name} is missing; it must be ${issue.message}` }]
  const hint = found === null ? '; leave it out rather than sending null' : ''
  return [{ pointer, code: codeOf(issue), message: `${name} must be ${issue.message}${hint}` }]
}

function codeOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return 'wrong_type'
    case 'too_big':
    case 'too_small':
      return 'out_of_range'
    case 'invalid_format':
    case 'invalid_value':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'custom':
      return 'not_allowed'
  }
}

function unknownField(key: string, path: Path, names: readonly string[]): FieldError {
  const shown = quoted(key)
  const nearest = nearestName(key, names)
  const allowed = names.length === 0 ? 'nothing is allowed here' : `allowed are ${names.join(', ')}`
  const advice = nearest === null ? allowed : `the nearest is \`${nearest}\``
  const message = `there is no field ${shown}; ${advice}`
  return { pointer: pointerOf([...path, key]), code: 'unknown_field', message }
}

/** The allowed name that was probably meant; null where none is close. */
function nearestName(key: string, names: readonly string[]): string | null {
  if (key.length > MAX_NAME) return null
  let nearest: string | null = null
  let least = Math.max(2, Math.floor(key.length / 3)) + 1
  for (const name of names) {
    const far = distance(name, key)
    if (far >= least) continue
    least = far
    nearest = name
  }
  return nearest
}

/** The field names that a schema allows at a place. */
function namesAt(schema: z.ZodType, path: Path): readonly string[] {
  let here: unknown = schema
  for (const step of path) {
    const outer = bare(here)
    if (outer instanceof z.ZodObject) here = outer.shape[String(step)]
    else if (outer instanceof z.ZodArray) here = outer.element
    else return []
  }
  const found = bare(here)
  return found instanceof z.ZodObject ? Object.keys(found.shape) : []
}

function bare(schema: unknown): unknown {
  let here = schema
  while (here instanceof z.ZodOptional || here instanceof z.ZodDefault) here = here.unwrap()
  return here
}

function valueAt(root: unknown, path: Path): unknown {
  let here = root
  for (const step of path) {
    if (typeof here !== 'object' || here === null) return undefined
    here = Reflect.get(here, step)
  }
  return here
}

function nameOf(path: Path): string {
  return path.length === 0 ? 'the body' : `\`${path.map(String).join('.')}\``
}

function quoted(key: string): string {
  return key.length <= MAX_NAME ? `\`${key}\`` : `\`${key.slice(0, MAX_NAME - 1)}…\``
}
