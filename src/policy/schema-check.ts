import type { ValidateFunction } from 'ajv'
import type { SchemaCheck } from '../app/ports.ts'
import type { JsonObject } from '../domain/manifest.ts'
import { createValidator } from './parameters-schema.ts'

/** Checks parameters against `parameters_schema`; each schema is compiled once. */
export function createSchemaCheck(): SchemaCheck {
  const compiled = new WeakMap<JsonObject, ValidateFunction>()

  function validatorOf(schema: JsonObject): ValidateFunction {
    const known = compiled.get(schema)
    if (known !== undefined) return known
    const validate = createValidator().compile(schema)
    compiled.set(schema, validate)
    return validate
  }

  return (policy, parameters) => {
    if (policy.parameters_schema === null) return []
    const validate = validatorOf(policy.parameters_schema)
    if (validate(parameters)) return []
    return (validate.errors ?? []).map(({ instancePath, keyword, message, params }) => ({
      pointer: `/parameters${instancePath}${missingProperty(params)}`,
      code: 'parameters_schema',
      message: `${message ?? 'is not allowed'}${allowedText(keyword, params)}; the policy says so for ${policy.name}`,
    }))
  }
}

function missingProperty(params: Readonly<Record<string, unknown>>): string {
  const name = params['missingProperty'] ?? params['additionalProperty']
  return typeof name === 'string' ? `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : ''
}

function allowedText(keyword: string, params: Readonly<Record<string, unknown>>): string {
  return keyword === 'enum' ? ` (${JSON.stringify(params['allowedValues'])})` : ''
}
