/*
 * Values in a condition: what JSON has, as `JSON.parse` gives it (its numbers are doubles), whole numbers that a rule
 * itself writes (bigint), and maps that it writes (Map).
 */

export type Kind = (typeof kinds)[number]
export const kinds = ['null', 'bool', 'int', 'double', 'string', 'list', 'map'] as const

/** Takes units of work off what a condition may still use; throws where that is not enough. */
export type Spend = (units: number) => void

/** Why a condition gives no answer: a fragment of a sentence, without anything that an agent sent. */
export class ConditionFailure extends Error {}

const texts: Readonly<Record<Kind, string>> = {
  null: 'nothing (null)',
  bool: 'true or false',
  int: 'a whole number',
  double: 'a number',
  string: 'a text',
  list: 'a list',
  map: 'an object',
}

export function kindText(kind: Kind): string {
  return texts[kind]
}

export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'bigint':
      return 'int'
    case 'number':
      return 'double'
    case 'string':
      return 'string'
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'list' : 'map'
    case 'undefined':
    case 'function':
    case 'symbol':
      throw new TypeError('this is not a value of a condition')
  }
}

/** The value under a key; undefined: the map has no such key. */
export function entryOf(map: object, key: unknown, spend: Spend): unknown {
  if (typeof key === 'string') spend(key.length / 8)
  if (map instanceof Map) return map.get(keyOf(key))
  return typeof key === 'string' && Object.hasOwn(map, key) ? Reflect.get(map, key) : undefined
}

/** A number is the same key as the whole number that it equals; what can't be a key is none. */
export function keyOf(value: unknown): string | bigint | boolean | undefined {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean' ? value : undefined
}

export function keysOf(map: object, spend: Spend): readonly unknown[] {
  const keys = map instanceof Map ? [...map.keys()] : Object.keys(map)
  spend(keys.length * 20)
  return keys
}

/** Equality of CEL: numbers across their kinds, lists and maps in depth; values of different kinds are not equal. */
export function equal(a: unknown, b: unknown, spend: Spend): boolean {
  spend(10)
  if (a === b) {
    if (typeof a === 'string') spend(a.length / 16)
    return true
  }
  if (typeof a === 'string' && typeof b === 'string') {
    if (a.length === b.length) spend(a.length / 16)
    return false
  }
  if (isNumeric(a) && isNumeric(b)) return !(a < b) && !(a > b) && !Number.isNaN(Number(a)) && !Number.isNaN(Number(b))
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => equal(item, b[index], spend))
  }
  const keys = keysOf(a, spend)
  if (keys.length !== keysOf(b, spend).length) return false
  return keys.every((key) => {
    const other = entryOf(b, key, spend)
    return other !== undefined && equal(entryOf(a, key, spend), other, spend)
  })
}

export function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}
