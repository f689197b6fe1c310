import type { ErrorObject, ValidateFunction } from 'ajv'
import type { FieldFault, SchemaCheck } from '../app/ports.ts'
import type { JsonObject } from '../domain/manifest.ts'
import { createValidator } from './parameters-schema.ts'

/** More faults than these help nobody; a sender can make a hundred thousand in one body. */
const MAX_FAULTS = 50
/** Parameters with more values than this are checked up to their first fault: each fault costs time and memory. */
const MANY_VALUES = 5_000
/** A name that a sender made up must not fill the answer. */
const MAX_NAME = 60

/**
 * Checks parameters against `parameters_schema`; each schema is compiled once. Tells at most 50 faults, and only the
 * first where the parameters hold more than 5,000 values.
 */
export function createSchemaCheck(): SchemaCheck {
  const everyFault = compiler(true)
  const firstFault = compiler(false)

  return (policy, parameters) => {
    if (policy.parameters_schema === null) return []
    const validatorOf = hasMoreValues(parameters, MANY_VALUES) ? firstFault : everyFault
    const validate = validatorOf(policy.parameters_schema)
    if (validate(parameters)) return []
    const errors = (validate.errors ?? []).slice(0, MAX_FAULTS)
    validate.errors = null // The validator outlives this request; what is wrong with it need not.
    return errors.map((error) => faultOf(error, policy.name))
  }
}

function compiler(allErrors: boolean): (schema: JsonObject) => ValidateFunction {
  const compiled = new WeakMap<JsonObject, ValidateFunction>()
  return (schema) => {
    const known = compiled.get(schema)
    if (known !== undefined) return known
    const validate = createValidator(allErrors).compile(schema)
    compiled.set(schema, validate)
    return validate
  }
}

function hasMoreValues(root: unknown, limit: number): boolean {
  const open: unknown[] = [root]
  for (let seen = 0; open.length > 0; seen++) {
    if (seen + open.length > limit) return true
    const value = open.pop()
    if (typeof value !== 'object' || value === null) continue
    for (const each of Object.values(value)) open.push(each)
  }
  return false
}

function faultOf({ instancePath, keyword, message, params }: ErrorObject, action: string): FieldFault {
  const pointer = `/parameters${instancePath}`
  const code = 'parameters_schema'
  const missing = textOf(params['missingProperty'])
  if (missing !== null) {
    const at = `${pointer}/${escaped(missing)}`
    return { pointer: at, code, message: `${nameOf(at)} is missing; the policy for ${action} requires it` }
  }
  const extra = textOf(params['additionalProperty']) ?? textOf(params['unevaluatedProperty'])
  if (extra !== null) {
    const at = `${pointer}/${escaped(extra)}`
    return { pointer: at, code, message: `there is no field ${nameOf(at)}; the policy for ${action} does not list it` }
  }
  const rule = ruleText(keyword, params) ?? message?.replace('NOT', 'not') ?? 'is not allowed'
  return { pointer, code, message: `${nameOf(pointer)} ${rule}; the policy for ${action} says so` }
}

/** What the schema asks for, in the words of the other refusals; null: the validator's own words will do. */
function ruleText(keyword: string, params: Readonly<Record<string, unknown>>): string | null {
  switch (keyword) {
    case 'type':
      return `must be ${[params['type']].flat().map(typeText).join(' or ')}`
    case 'enum':
      return `must be one of ${JSON.stringify(params['allowedValues'])}`
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`
    case 'propertyNames':
      return 'has a key that is not allowed'
    case 'false schema':
      return 'is not allowed'
    default:
      return null
  }
}

const TYPES: ReadonlyMap<unknown, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['integer', 'a whole number'],
  ['boolean', 'true or false'],
  ['object', 'an object'],
  ['array', 'a list'],
])

function typeText(type: unknown): string {
  return TYPES.get(type) ?? String(type)
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** `parameters.lines.1.sku`, cut where a sender made it long. */
function nameOf(pointer: string): string {
  const name = pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .join('.')
  return name.length <= MAX_NAME ? `\`${name}\`` : `\`${name.slice(0, MAX_NAME - 1)}…\``
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
