import { type Difference, joined, names, same, step, type Tell } from './difference.ts'
import { canonicalJson } from './digest.ts'
import type { JsonObject } from './manifest.ts'

/** Says what changed in the JSON Schema of an action's parameters: what it requires, and what it says of each. */
export const tellSchema: Tell<JsonObject | null> = (before, after, subject) => {
  if (before === null || after === null) {
    const message =
      after === null
        ? `the parameters of ${subject} are no longer checked`
        : `the parameters of ${subject} are now checked${contents(after)}`
    return [difference('', message, before, after)]
  }
  const keywords = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return keywords.flatMap((keyword): readonly Difference[] => {
    const old = own(before, keyword)
    const now = own(after, keyword)
    if (same(old, now)) return []
    if (keyword === 'required' && isTexts(old ?? []) && isTexts(now ?? [])) {
      return tellRequired(isTexts(old) ? old : [], isTexts(now) ? now : [], subject)
    }
    if (keyword === 'properties' && isObject(old ?? {}) && isObject(now ?? {})) {
      return tellProperties(isObject(old) ? old : {}, isObject(now) ? now : {}, subject)
    }
    const message = `the parameters_schema of ${subject} now has ${described(keyword, now)}, instead of ${described(keyword, old)}`
    return [difference(keyword, message, old, now)]
  })
}

function tellRequired(before: readonly string[], after: readonly string[], subject: string): readonly Difference[] {
  const added = after.filter((name) => !before.includes(name))
  const gone = before.filter((name) => !after.includes(name))
  const changes = [
    ...(added.length > 0 ? [`now requires ${names(added)}`] : []),
    ...(gone.length > 0 ? [`no longer requires ${names(gone)}`] : []),
  ]
  const message =
    changes.length > 0 ? `${subject} ${joined(changes)}` : `what ${subject} requires is written differently`
  return [difference('required', message, before, after)]
}

function tellProperties(before: JsonObject, after: JsonObject, subject: string): readonly Difference[] {
  const all = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const told = all.flatMap((name) => {
    const old = own(before, name)
    const now = own(after, name)
    if (same(old, now)) return []
    return [difference(`properties.${name}`, propertyText(name, old, now, subject), old, now)]
  })
  // One of the two had no list of properties, and the other an empty one.
  if (told.length > 0) return told
  return [difference('properties', `the list of parameters of ${subject} is written differently`, before, after)]
}

function propertyText(name: string, old: unknown, now: unknown, subject: string): string {
  if (old === undefined) return `${subject} now describes the parameter \`${name}\`: ${shown(now)}`
  if (now === undefined) return `${subject} no longer describes the parameter \`${name}\``
  if (!isObject(old) || !isObject(now))
    return `the parameter \`${name}\` of ${subject} is now ${shown(now)}, instead of ${shown(old)}`
  const keywords = [...new Set([...Object.keys(old), ...Object.keys(now)])]
  const changes = keywords
    .filter((keyword) => !same(own(old, keyword), own(now, keyword)))
    .map((keyword) => `${described(keyword, own(now, keyword))}, instead of ${described(keyword, own(old, keyword))}`)
  return `the parameter \`${name}\` of ${subject} now has ${changes.join('; ')}`
}

function contents({ required, properties }: JsonObject): string {
  const known = isObject(properties) ? Object.keys(properties) : []
  const needed = isTexts(required) ? required : []
  if (needed.length > 0) return `: it requires ${names(needed)}`
  return known.length > 0 ? `: it describes ${names(known)}` : ''
}

function described(keyword: string, value: unknown): string {
  return value === undefined ? `no ${keyword}` : `${keyword} ${shown(value)}`
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value
  const text = canonicalJson(value)
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`
}

// A name that every object inherits is no keyword.
function own(from: JsonObject, key: string): unknown {
  return Object.hasOwn(from, key) ? from[key] : undefined
}

function difference(key: string, message: string, before: unknown, after: unknown): Difference {
  return { key, message, effect: null, step: step(before ?? null, after ?? null) }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}
