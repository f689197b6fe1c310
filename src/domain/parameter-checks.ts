import type { ActionPolicy } from './manifest.ts'
import type { Finding } from './manifest-finding.ts'
import { parameterFields } from './parameter-field.ts'

/** What an action says of its parameters, compared with what their schema says of them. */
export function parameterFindings(action: ActionPolicy): readonly Finding[] {
  return [...undescribedNames(action), ...schemaFindings(action), ...editFindings(action)]
}

// What is named as editable and can't be edited: reviewers would look for it in vain.
function editFindings(action: ActionPolicy): readonly Finding[] {
  const properties = action.parameters_schema?.['properties']
  const described = typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
  const changeable = parameterFields(action, {}).map(({ name }) => name)
  return action.editable_parameters.flatMap((name, index): readonly Finding[] => {
    const warning = {
      severity: 'warning',
      code: 'not_editable',
      path: ['actions', action.name, 'editable_parameters', index],
    } as const
    if (action.redact.includes(name)) {
      const message = `\`${name}\` is in redact as well, so nobody is shown it and no reviewer can change it`
      return [{ ...warning, message, advice: 'Take it out of one of the two.' }]
    }
    if (!described.includes(name) || changeable.includes(name)) return []
    const message = `\`${name}\` is a list or a group of keys by parameters_schema, which no reviewer can change`
    return [{ ...warning, message, advice: EDITABLE }]
  })
}

const EDITABLE = 'Reviewers can change texts, numbers, true or false, and one of several values (enum).'

// A name that the schema lacks does nothing where it stands: it hides, caps or identifies what is never sent.
function undescribedNames(action: ActionPolicy): readonly Finding[] {
  const properties = action.parameters_schema?.['properties']
  if (typeof properties !== 'object' || properties === null) return []
  const among = Object.keys(properties)
  const uses: readonly (readonly [Finding['path'], string | null])[] = [
    ...action.redact.map((name, index) => [['redact', index], name] as const),
    ...action.editable_parameters.map((name, index) => [['editable_parameters', index], name] as const),
    ...(action.identity_parameters ?? []).map((name, index) => [['identity_parameters', index], name] as const),
    [['conditions', 'amount_parameter'], action.conditions?.amount_parameter ?? null],
    ...action.limits.flatMap((limit, index) => [
      [['limits', index, 'sum'], 'sum' in limit ? limit.sum : null] as const,
      [['limits', index, 'by'], limit.by] as const,
    ]),
  ]
  return uses.flatMap(([key, name]): readonly Finding[] => {
    if (name === null || among.includes(name)) return []
    const message = `\`${key.find((part) => typeof part === 'string' && part !== 'limits' && part !== 'conditions')}\` names the parameter \`${name}\`, which parameters_schema does not have`
    const path = ['actions', action.name, ...key]
    return [{ severity: 'warning', code: 'unknown_parameter', path, message, misspelt: { name, among } }]
  })
}

const noNumbers: ReadonlyMap<unknown, string> = new Map([
  ['string', 'a text'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a group of keys'],
])

// What the schema says of the parameters that it requires, and of those that are added up.
function schemaFindings(action: ActionPolicy): readonly Finding[] {
  const schema = action.parameters_schema
  const properties = schema?.['properties']
  if (typeof properties !== 'object' || properties === null) return []
  const described = new Map<string, unknown>(Object.entries(properties))
  const required: unknown = schema?.['required']
  const unknown = (Array.isArray(required) ? required : []).flatMap((name: unknown, index): readonly Finding[] => {
    if (typeof name !== 'string' || described.has(name)) return []
    const path = ['actions', action.name, 'parameters_schema', 'required', index]
    const message = `\`required\` names the parameter \`${name}\`, which \`properties\` does not describe`
    return [
      {
        severity: 'warning',
        code: 'unknown_parameter',
        path,
        message,
        misspelt: { name, among: [...described.keys()] },
      },
    ]
  })
  const unsummable = action.limits.flatMap((limit, index): readonly Finding[] => {
    if (!('sum' in limit)) return []
    const property = described.get(limit.sum)
    const type: unknown = typeof property === 'object' && property !== null ? Reflect.get(property, 'type') : undefined
    const kind = noNumbers.get(type)
    if (kind === undefined) return []
    const path = ['actions', action.name, 'limits', index, 'sum']
    const message = `the limit adds up ${limit.sum}, which is ${kind} by parameters_schema, so every decision waits for a person`
    return [
      { severity: 'warning', code: 'sum_of_no_number', path, message, advice: 'Name a parameter that is a number.' },
    ]
  })
  return [...unknown, ...unsummable]
}
