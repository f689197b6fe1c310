import { escapedJson } from './escape.ts'

type JsonFields = Readonly<Record<string, unknown>>

/**
 * JSON fields key by key, one `key: value` a line and group, values as JSON exactly: `"1"` and `1` differ, and nothing
 * in a value can start a line that looks like another key. Keys that are not plain names are quoted as well.
 * @param redact names whose values are never shown, at any depth: only "redacted, 16 characters"
 */
export function exactJson(fields: JsonFields, redact: readonly string[]): string {
  const hidden = new Set(redact)
  return Object.entries(fields)
    .map(([key, value]) => entry(keyText(key), key, value, hidden, 0))
    .join('\n')
}

/** "12 parameters" */
export function countedKeys(fields: JsonFields): string {
  const count = Object.keys(fields).length
  return count === 1 ? '1 parameter' : `${grouped(count)} parameters`
}

/** 20480 as "20,480". */
export function grouped(count: number): string {
  return count.toString().replace(/\B(?=(\d{3})+$)/g, ',')
}

function entry(shown: string, key: string, value: unknown, hidden: ReadonlySet<string>, depth: number): string {
  return `${shown}: ${hidden.has(key) ? redacted(value) : valueText(value, hidden, depth)}`
}

function valueText(value: unknown, hidden: ReadonlySet<string>, depth: number): string {
  const indent = '  '.repeat(depth + 1)
  if (typeof value === 'string') return readable(escapedJson(JSON.stringify(value)), indent)
  if (typeof value !== 'object' || value === null) return escapedJson(JSON.stringify(value) ?? 'null')
  const close = '  '.repeat(depth)
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    const items = value.map((item) => indent + valueText(item, hidden, depth + 1))
    return `[\n${items.join(',\n')}\n${close}]`
  }
  const entries = Object.entries(value)
  if (entries.length === 0) return '{}'
  const lines = entries.map(([key, each]) => indent + entry(quotedKey(key), key, each, hidden, depth + 1))
  return `{\n${lines.join(',\n')}\n${close}}`
}

/**
 * A line break that a text contains stays the `\n` that it is in JSON, and the rest goes on below it, so that a letter
 * can be read like a letter. The bar keeps such a line from looking like a key of its own.
 */
function readable(json: string, indent: string): string {
  return json.replace(/\\(.)/gs, (escape, character) => (character === 'n' ? `${escape}\n${indent}│ ` : escape))
}

function keyText(key: string): string {
  return /^[A-Za-z0-9_.-]+$/.test(key) ? key : quotedKey(key)
}

function quotedKey(key: string): string {
  return escapedJson(JSON.stringify(key))
}

function redacted(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const { length } = Array.from(text)
  return `redacted, ${length === 1 ? '1 character' : `${grouped(length)} characters`}`
}
