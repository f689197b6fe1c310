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
    errors: firstErrors(parsed.error.issues, schema, value, MAX_FAULTS),
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
function firstErrors(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  root: unknown,
  limit: number,
): readonly FieldError[] {
  const errors: FieldError[] = []
  for (const issue of issues) {
    const left = limit - errors.length
    if (left === 0) break
    errors.push(...errorsOf(issue, schema, root, left))
  }
  return errors
}

function errorsOf(issue: z.core.$ZodIssue, schema: z.ZodType, root: unknown, limit: number): readonly FieldError[] {
  const inside = issue.code === 'invalid_union' ? faultsOfMeant(issue, schema, root) : null
  if (inside !== null) return firstErrors(inside, schema, root, limit)
  if (issue.code === 'unrecognized_keys') {
    const names = namesAt(schemaAt(schema, issue.path, root))
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

function namesAt(schema: unknown): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}

/** What is wrong with a value where one of several kinds is allowed: with the kind that was meant; null: nobody can tell which. */
function faultsOfMeant(
  { path, errors }: z.core.$ZodIssueInvalidUnion,
  schema: z.ZodType,
  root: unknown,
): readonly z.core.$ZodIssue[] | null {
  const outer = schemaAt(schema, path.slice(0, -1), root)
  const kinds = bare(within(outer, path.at(-1)))
  const index = kinds instanceof z.ZodUnion ? meantOf(kinds.options, valueAt(root, path)) : null
  const inside = index === null ? undefined : errors[index]
  return inside?.map((issue) => ({ ...issue, path: [...path, ...issue.path] })) ?? null
}

/** The schema at a place; where several are allowed, the one that was meant. */
function schemaAt(schema: z.ZodType, path: Path, root: unknown): unknown {
  let here: unknown = bare(schema)
  for (const [index, step] of path.entries()) {
    const found = bare(within(here, step))
    const value = valueAt(root, path.slice(0, index + 1))
    const meant = found instanceof z.ZodUnion ? meantOf(found.options, value) : null
    here = found instanceof z.ZodUnion && meant !== null ? bare(found.options[meant]) : found
  }
  return here
}

function within(schema: unknown, step: PropertyKey | undefined): unknown {
  if (schema instanceof z.ZodObject) return schema.shape[String(step)]
  return schema instanceof z.ZodArray ? schema.element : null
}

/** Which of several kinds of object was meant: the one that has most of the names that were sent; null: it has none of them. */
function meantOf(kinds: readonly unknown[], value: unknown): number | null {
  if (typeof value !== 'object' || value === null) return null
  let meant: number | null = null
  let most = 0
  for (const [index, kind] of kinds.entries()) {
    const known = namesAt(bare(kind)).filter((name) => Object.hasOwn(value, name)).length
    if (known > most) [meant, most] = [index, known]
  }
  return meant
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
