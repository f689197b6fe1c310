import { RE2JS, RE2JSException } from '@bufbuild/re2'
import type { ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { JsonObject } from '../domain/manifest.ts'

/** Why a `parameters_schema` can't be used; `path` begins at the schema. */
export type SchemaFault = { readonly path: readonly (string | number)[]; readonly message: string }

/**
 * Checks that a schema compiles as JSON Schema 2020-12. A misspelt keyword is a fault too: ignored, it would let
 * parameters pass that the policy owner meant to refuse.
 */
export function schemaFaults(schema: JsonObject): readonly SchemaFault[] {
  const ajv = createValidator()
  if (ajv.validateSchema(schema) !== true) return metaFaults(ajv.errors ?? [])
  try {
    ajv.compile(schema)
    return []
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return [{ path: [], message: error.message.replace(/^strict mode: /, '') }]
  }
}

/**
 * A validator of JSON Schema 2020-12 that knows the usual formats (`date`, `email`, ...).
 * @param allErrors reports every error; false: stops at the first
 */
export function createValidator(allErrors = true): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    strictTuples: false,
    logger: false,
    code: { regExp: Object.assign(linear, { code: 'linear' }) },
  })
  addFormats.default(ajv)
  return ajv
}

/** A pattern whose time grows with the text and no faster: agents choose the text, and everybody waits for the answer. */
function linear(pattern: string): { readonly test: (text: string) => boolean; readonly toString: () => string } {
  try {
    const compiled = RE2JS.compile(pattern)
    // Ajv tells patterns apart by this.
    return { test: (text) => compiled.test(text), toString: () => pattern }
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    throw new Error(
      `the pattern ${JSON.stringify(pattern)} cannot be used (${error.message}). Patterns are those of RE2: no look-ahead, look-behind or back-references.`,
      { cause: error },
    )
  }
}

// The meta-schema tries several readings of one place and complains about each: the first says enough.
function metaFaults(errors: readonly ErrorObject[]): readonly SchemaFault[] {
  const first = new Map<string, SchemaFault>()
  for (const { instancePath, message } of errors) {
    const path = instancePath.split('/').slice(1).map(pointerPart)
    const fault = { path, message: path.at(-1) === 'type' ? typeText : `${path.join('.')} ${message ?? 'is wrong'}` }
    if (!first.has(instancePath)) first.set(instancePath, fault)
  }
  return [...first.values()]
}

const typeText = 'a type is one of string, number, integer, boolean, object, array, null'

function pointerPart(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~')
}
