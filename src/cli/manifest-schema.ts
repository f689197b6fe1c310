import { z } from 'zod'
import { builtIn } from '../domain/manifest-defaults.ts'
import { fileSchema } from '../domain/manifest-document.ts'

/**
 * A JSON Schema of one manifest file, as text. It is draft-07, which is as far as editors' YAML support goes. What it
 * lets pass may still be wrong (a role that is not defined): `manifest check` knows everything.
 */
export function manifestSchema(): string {
  const { $schema, properties, ...rest } = z.toJSONSchema(fileSchema, { io: 'input', target: 'draft-7' })
  const schema = {
    $schema,
    description: 'One file of the policy: what agents may do, and who decides.',
    ...rest,
    properties: { ...properties, defaults: withDefaults(properties?.['defaults'], builtIn) },
  }
  return `${JSON.stringify(schema, null, 2)}\n`
}

type Schema = z.core.JSONSchema._JSONSchema | undefined

// Each key of a group shows its own value; a key that is no group, or has several shapes, shows it as a whole.
function withDefaults(schema: Schema, value: unknown): Schema {
  if (typeof schema !== 'object') return schema
  if (schema.properties === undefined || typeof value !== 'object' || value === null)
    return { ...schema, default: value }
  const known = new Map<string, unknown>(Object.entries(value))
  const properties = Object.entries(schema.properties).map(([key, each]) => [key, withDefaults(each, known.get(key))])
  return { ...schema, properties: Object.fromEntries(properties) }
}
