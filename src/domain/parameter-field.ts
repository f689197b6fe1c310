import { canonicalJson } from './digest.ts'
import { editableParameters } from './edit.ts'
import type { ActionPolicy, JsonObject } from './manifest.ts'

/** A parameter that a reviewer can type another value for. */
export type ParameterField = {
  readonly name: string
  /** What there is now; null: there is no such parameter. */
  readonly now: { readonly value: unknown } | null
  readonly kind: FieldKind
  /** The policy owner's words for it; null: none. */
  readonly description: string | null
}

export type FieldKind =
  | {
      readonly type: 'text'
      readonly format: string | null
      readonly pattern: string | null
      /** In characters. */
      readonly minLength: number | null
      readonly maxLength: number | null
    }
  | {
      readonly type: 'number'
      readonly whole: boolean
      readonly min: number | null
      readonly max: number | null
      /** Not reached themselves. */
      readonly above: number | null
      readonly below: number | null
      readonly step: number | null
    }
  | { readonly type: 'choice'; readonly among: readonly Scalar[] }

export type Scalar = string | number | boolean | null

/**
 * What of these parameters a reviewer can change, in the policy's order: editable, not redacted, and a text, a number, true
 * or false, or one of several values. What the schema leaves open is what the value is now. Lists and groups are neither.
 */
export function parameterFields(
  policy: ActionPolicy,
  parameters: Readonly<Record<string, unknown>>,
): readonly ParameterField[] {
  return editableParameters(policy).flatMap((name): readonly ParameterField[] => {
    const schema = schemaOf(policy.parameters_schema, name)
    const now = Object.hasOwn(parameters, name) ? { value: parameters[name] } : null
    const kind = kindOf(schema, now?.value)
    return kind === null ? [] : [{ name, now, kind, description: text(schema['description']) }]
  })
}

function schemaOf(schema: JsonObject | null, name: string): JsonObject {
  const properties = objectOf(schema?.['properties'])
  return Object.hasOwn(properties, name) ? objectOf(properties[name]) : {}
}

function kindOf(schema: JsonObject, now: unknown): FieldKind | null {
  const { enum: among } = schema
  if (Array.isArray(among)) return among.every(isScalar) ? { type: 'choice', among: distinct(among) } : null
  switch (typeOf(schema, now)) {
    case 'string':
      return {
        type: 'text',
        format: text(schema['format']),
        pattern: text(schema['pattern']),
        minLength: number(schema['minLength']),
        maxLength: number(schema['maxLength']),
      }
    case 'integer':
      return numberKind(schema, true)
    case 'number':
      return numberKind(schema, false)
    case 'boolean':
      return { type: 'choice', among: [true, false] }
    default:
      return null
  }
}

function numberKind(schema: JsonObject, whole: boolean): FieldKind {
  return {
    type: 'number',
    whole,
    min: number(schema['minimum']),
    max: number(schema['maximum']),
    above: number(schema['exclusiveMinimum']),
    below: number(schema['exclusiveMaximum']),
    step: number(schema['multipleOf']),
  }
}

/** Of several types that of the value now, else the first; where none is named that of the value now, else a text. */
function typeOf({ type }: JsonObject, now: unknown): unknown {
  const named = [type].flat().filter((each) => each !== undefined && each !== 'null')
  const held = typeof now
  if (type === undefined) return now === undefined || now === null ? 'string' : held
  return named.find((each) => each === held || (each === 'integer' && held === 'number')) ?? named[0]
}

function isScalar(value: unknown): value is Scalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function distinct(values: readonly Scalar[]): readonly Scalar[] {
  return [...new Map(values.map((value) => [canonicalJson(value), value])).values()]
}

function objectOf(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {}
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null
}
