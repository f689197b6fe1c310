/** A parameter without its value. */
export type ParameterShape = { readonly name: string; readonly type: JsonType }

export type JsonType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null'

const MOST = 20
const LONGEST_NAME = 100

/**
 * What parameters look like, for people who have to classify them: names and types, and no value.
 * @returns the first 20 with a name of at most 100 characters, and how many others there are
 */
export function shapesOf(parameters: Readonly<Record<string, unknown>>): {
  readonly shapes: readonly ParameterShape[]
  readonly others: number
} {
  const all = Object.entries(parameters)
  const shapes = all
    .filter(([name]) => name.length <= LONGEST_NAME)
    .slice(0, MOST)
    .map(([name, value]) => ({ name, type: typeOf(value) }))
  return { shapes, others: all.length - shapes.length }
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'string') return 'string'
  if (typeof value === 'number') return 'number'
  return typeof value === 'boolean' ? 'boolean' : 'object'
}
