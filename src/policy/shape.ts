import { z } from 'zod'
import { adviceFor, strayKeyAdvice } from './advice.ts'
import { didYouMean, pathText } from './problem.ts'

/** Something of the wrong shape inside one entry of a file; `path` begins at the entry. */
export type ShapeFault = {
  readonly code: string
  readonly path: readonly (string | number)[]
  /** Whether the key itself is wrong, or what it holds. */
  readonly at: 'key' | 'value'
  readonly message: string
  readonly suggestion: string | null
}

type Issue = z.core.$ZodIssue
type Path = readonly (string | number)[]

/**
 * Reads one entry with its schema. Faulty keys are left out of `value`, so that the rest of the entry can be checked
 * further; `value` is null where nothing usable is left.
 * @param noun what the entry is, in a sentence: "an action"
 */
export function readShape<Value>(
  schema: z.ZodType<Value>,
  entry: unknown,
  noun: string,
): { readonly value: Value | null; readonly faults: readonly ShapeFault[] } {
  const result = schema.safeParse(entry)
  if (result.success) return { value: result.data, faults: [] }
  const issues = result.error.issues.flatMap((issue) => innermost(issue, entry, []))
  const faults = issues.flatMap((issue) => faultsOf(schema, issue, entry, noun)).filter(isFirst)
  const rest = schema.safeParse(without(entry, issues))
  return { value: rest.success ? rest.data : null, faults }
}

// A value that breaks two rules of its kind has one fault.
function isFirst(fault: ShapeFault, index: number, all: readonly ShapeFault[]): boolean {
  return (
    all.findIndex(({ path, message }) => message === fault.message && pathText(path) === pathText(fault.path)) === index
  )
}

// Of a choice of shapes, the one that the policy owner seems to have meant: a group of keys, if one was written.
function innermost(issue: Issue, entry: unknown, above: Path): readonly Issue[] {
  const path = [...above, ...plainPath(issue.path)]
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find((branch) =>
      branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
    )
    if (isGroup(valueAt(entry, path)) && meant !== undefined)
      return meant.flatMap((inner) => innermost(inner, entry, path))
  }
  return [{ ...issue, path }]
}

function faultsOf(schema: z.ZodType, issue: Issue, entry: unknown, noun: string): readonly ShapeFault[] {
  const path = plainPath(issue.path)
  if (issue.code === 'unrecognized_keys') {
    const allowed = keysAt(schema, path)
    return issue.keys.map((key) => ({
      code: 'unknown_key',
      path: [...path, key],
      at: 'key',
      message: `\`${key}\` is not a key of ${nounAt(path, noun)}`,
      suggestion:
        strayKeyAdvice(key, noun, holder(path), path.length === 0 ? [] : keysAt(schema, [])) ??
        didYouMean(key, allowed) ??
        (allowed.length > 12 ? null : `Allowed here: ${listed(allowed)}.`),
    }))
  }
  const found = valueAt(entry, path)
  const [last] = path.slice(-1)
  if (issue.code === 'invalid_key') {
    const allowed = issue.issues[0]?.message ?? 'another name'
    return [{ code: 'bad_name', path, at: 'key', message: `\`${last}\` is not ${allowed}`, suggestion: null }]
  }
  if (found === undefined && typeof last === 'string') {
    const message = `${nounAt(path.slice(0, -1), noun)} needs the key \`${last}\`, and it is missing`
    return [{ code: 'missing_key', path, at: 'value', message, suggestion: `Add \`${last}\`: ${allowedBy(issue)}.` }]
  }
  const suggestion = adviceFor(issue, found, keysAt(schema, path))
  const place = last === undefined ? noun : typeof last === 'number' ? `an entry of \`${holder(path)}\`` : `\`${last}\``
  if (issue.code === 'custom' && isGroup(found)) {
    return [{ code: 'not_allowed', path, at: 'value', message: `${place} must have ${issue.message}`, suggestion }]
  }
  const code = issue.code === 'invalid_type' ? 'wrong_type' : 'not_allowed'
  const message = `${place} is ${shown(found)}, but must be ${allowedBy(issue)}`
  return [{ code, path, at: 'value', message, suggestion }]
}

function allowedBy(issue: Issue): string {
  if (issue.code === 'invalid_value') return `one of ${issue.values.map(String).join(', ')}`
  if (issue.code !== 'invalid_type') return issue.message
  if (issue.expected === 'boolean') return 'true or false'
  if (issue.expected === 'object') return 'a group of keys'
  const generic = issue.message.startsWith('Invalid input')
  if (issue.expected === 'array') return generic ? 'a list' : issue.message
  if (issue.expected === 'record') return generic ? 'a group of keys' : issue.message
  return issue.message
}

/** What was found, short enough for a sentence. */
export function shown(value: unknown): string {
  if (value === undefined || value === null) return 'empty'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list'
  if (typeof value === 'object') return 'a group of keys'
  if (typeof value === 'string') return value.length <= 60 ? `"${value}"` : `"${value.slice(0, 59)}…"`
  return JSON.stringify(value)
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

function nounAt(path: Path, noun: string): string {
  const name = path.findLast((part) => typeof part === 'string')
  if (name === undefined) return noun
  return typeof path.at(-1) === 'number' ? `an entry of \`${name}\`` : `\`${name}\``
}

function holder(path: Path): string {
  return path.findLast((part) => typeof part === 'string') ?? 'the list'
}

function plainPath(path: readonly PropertyKey[]): Path {
  return path.map((part) => (typeof part === 'number' ? part : String(part)))
}

function valueAt(value: unknown, path: Path): unknown {
  let found = value
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = Reflect.get(found, part)
  }
  return found
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

// The first key on the way to each fault goes: what it held is not known.
function without(entry: unknown, issues: readonly Issue[]): unknown {
  if (!isGroup(entry)) return entry
  const faulty = new Set(
    issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys' && issue.path.length === 0 ? issue.keys : [String(issue.path[0])],
    ),
  )
  return Object.fromEntries(Object.entries(entry).filter(([key]) => !faulty.has(key)))
}

// The keys that a schema allows at a path, for the nearest name.
function keysAt(schema: unknown, path: Path): readonly string[] {
  const [head, ...rest] = path
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return keysAt(schema.unwrap(), path)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option: unknown) => keysAt(option, path))
  if (schema instanceof z.ZodArray) return head === undefined ? [] : keysAt(schema.element, rest)
  if (!(schema instanceof z.ZodObject)) return []
  return head === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[String(head)], rest)
}
