import type { JsonObject } from '../domain/manifest.ts'
import type { Constant } from './condition-syntax.ts'
import { type Kind, kindOf, kinds, kindText } from './condition-value.ts'

/** What is known of a value before there is one: the kinds it can have, and what a schema says of its inside. */
export type Type = {
  readonly kinds: readonly Kind[]
  readonly schema: JsonObject | null
  /** All that a text can be, where a schema or the API lists it. */
  readonly values: readonly string[] | null
  /** Of the entries of a list. */
  readonly item: Type | null
}

export const anything: Type = { kinds, schema: null, values: null, item: null }
// Numbers in JSON are never the whole numbers of a rule: 500 in a request is 500.0.
export const json: Type = { ...anything, kinds: kinds.filter((kind) => kind !== 'int') }
export const only = (kind: Kind): Type => ({ ...anything, kinds: [kind] })

/** What a schema says of a value. Keywords that may add to it make everything inside it possible. */
export function typeOf(schema: JsonObject): Type {
  const listed = Array.isArray(schema['enum'])
    ? schema['enum']
    : Object.hasOwn(schema, 'const')
      ? [schema['const']]
      : null
  const types = [schema['type'] ?? []].flat()
  const named = json.kinds.filter((kind) =>
    types.some((type) => typeof type === 'string' && kindsOfType.get(type) === kind),
  )
  const found =
    listed === null
      ? named.length > 0
        ? named
        : json.kinds
      : json.kinds.filter((kind) => listed.some((value) => kindOf(value) === kind))
  const texts = listed?.every((value) => typeof value === 'string') === true ? listed.map(String) : null
  const items = groupOf(schema['items'])
  return {
    kinds: found.length > 0 ? found : json.kinds,
    schema,
    values: texts,
    item: items === null || Object.hasOwn(schema, 'prefixItems') ? json : typeOf(items),
  }
}

const kindsOfType: ReadonlyMap<string, Kind> = new Map([
  ['string', 'string'],
  ['number', 'double'],
  ['integer', 'double'],
  ['boolean', 'bool'],
  ['null', 'null'],
  ['array', 'list'],
  ['object', 'map'],
])

const opening = [
  '$ref',
  '$dynamicRef',
  'anyOf',
  'oneOf',
  'allOf',
  'not',
  'if',
  'dependentSchemas',
  'patternProperties',
  'unevaluatedProperties',
]

export function isOpen(schema: JsonObject): boolean {
  const extra = schema['additionalProperties']
  return (extra !== undefined && extra !== false) || opening.some((keyword) => Object.hasOwn(schema, keyword))
}

export function constantType(value: Constant): Type {
  return typeof value === 'string' ? { ...only('string'), values: [value] } : only(kindOf(value))
}

export function joined(first: Type, others: readonly Type[]): Type {
  const all = [first, ...others]
  const values = all.every((type) => type.values !== null) ? all.flatMap((type) => type.values ?? []) : null
  return {
    kinds: kinds.filter((kind) => all.some((type) => type.kinds.includes(kind))),
    schema: null,
    values,
    item: null,
  }
}

export function overlap(type: Type, allowed: readonly Kind[]): boolean {
  return type.kinds.some((kind) => allowed.includes(kind))
}

export function comparable(a: Type, b: Type): boolean {
  const number = (kind: Kind) => (kind === 'int' ? 'double' : kind)
  return a.kinds.some((kind) => b.kinds.map(number).includes(number(kind)))
}

export function kindsText(type: Type): string {
  return type.kinds.length > 3 ? 'a value' : type.kinds.map(kindText).join(' or ')
}

export function groupOf(value: unknown): JsonObject | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
  return Object.fromEntries(Object.entries(value))
}
