import type { JsonObject } from '../domain/manifest.ts'
import { urgencies } from '../domain/manifest.ts'
import { pathOf, patternOf } from './condition.ts'
import { functions, methods, operators, type Signature } from './condition-functions.ts'
import { type Loop, macros, type Part } from './condition-syntax.ts'
import {
  anything,
  comparable,
  constantType,
  groupOf,
  isOpen,
  joined,
  json,
  kindsText,
  only,
  overlap,
  type Type,
  typeOf,
} from './condition-type.ts'
import { kinds } from './condition-value.ts'

/** Something in a condition that can't be meant; `at` in characters from 0. */
export type ConditionFinding = {
  readonly severity: 'error' | 'warning'
  readonly code:
    | 'rule_unknown_name'
    | 'rule_unknown_parameter'
    | 'rule_unknown_function'
    | 'rule_type'
    | 'rule_never'
    | 'rule_optional_parameter'
  readonly at: number
  readonly message: string
  readonly advice?: string
  readonly misspelt?: { readonly name: string; readonly among: readonly string[] }
}

type Names = ReadonlyMap<string, Type>
/** Paths that a part may read, since another part makes sure that they are there. */
type Sure = ReadonlySet<string>

/** What a rule may read, as people who write one are told. */
export const ruleVariables = [
  'parameters',
  'confidence',
  'uncertainty_factors',
  'recommended_review',
  'urgency',
  'agent',
  'requested_by',
] as const

/**
 * Checks a parsed condition against what requests can have, and reports what is certain only: names that do not exist,
 * parameters that the schema does not know, operations that no request can make work, a result that is never a
 * boolean; as warnings, parameters that may be missing, fields inside a parameter that its schema does not list and does
 * not forbid, and texts that a value never is.
 * @param schema the action's `parameters_schema`
 */
export function checkCondition(root: Part, schema: JsonObject | null): readonly ConditionFinding[] {
  const findings: ConditionFinding[] = []
  const report = (finding: ConditionFinding) => findings.push(finding)
  const type = checker(report, schema)(root, variableTypes(schema), new Set())
  if (!type.kinds.includes('bool')) {
    const message = `it gives ${kindsText(type)}, not true or false`
    report({ severity: 'error', code: 'rule_type', at: 0, message, advice: 'Compare it with something.' })
  }
  return findings
}

function variableTypes(schema: JsonObject | null): Names {
  const parameters = { ...typeOf(schema ?? {}), kinds: ['map'] as const }
  const types: Readonly<Record<(typeof ruleVariables)[number], Type>> = {
    parameters,
    confidence: only('double'),
    uncertainty_factors: { ...only('list'), item: only('string') },
    recommended_review: only('bool'),
    urgency: { ...only('string'), values: urgencies },
    agent: only('string'),
    requested_by: only('string'),
  }
  return new Map(Object.entries(types))
}

function parameterNames(schema: JsonObject | null): readonly string[] {
  return Object.keys(groupOf(schema?.['properties']) ?? {})
}

function checker(report: (finding: ConditionFinding) => void, parametersSchema: JsonObject | null) {
  const parameters = parameterNames(parametersSchema)
  const error = (
    code: ConditionFinding['code'],
    at: number,
    message: string,
    rest: Pick<ConditionFinding, 'advice' | 'misspelt'> = {},
  ) => {
    report({ severity: 'error', code, at, message, ...rest })
    return anything
  }

  const typeOfPart = (part: Part, names: Names, sure: Sure): Type => {
    const inner = (each: Part) => typeOfPart(each, names, sure)
    switch (part.kind) {
      case 'constant':
        return constantType(part.value)
      case 'name':
        return names.get(part.name) ?? unknownName(part, names)
      case 'select':
        return field(part, inner(part.of), part.field, sure)
      case 'has':
        field(part, inner(part.of), part.field, null)
        return only('bool')
      case 'index': {
        const [type, key] = [inner(part.of), inner(part.key)]
        if (part.key.kind === 'constant' && typeof part.key.value === 'string')
          return field(part, type, part.key.value, sure)
        if (!overlap(type, ['list', 'map'])) return error('rule_type', part.at, `${said(part.of, type)} has no entries`)
        return overlap(key, ['int', 'double']) ? (type.item ?? anything) : anything
      }
      case 'list': {
        const [first, ...others] = part.items.map(inner)
        return { ...only('list'), item: others.length === 0 ? (first ?? null) : joined(first ?? anything, others) }
      }
      case 'map':
        for (const [key, value] of part.entries) [key, value].forEach(inner)
        return only('map')
      case 'logic': {
        for (const side of part.sides) {
          const others = part.sides.filter((other) => other !== side)
          const ensured = others.flatMap((other) => ensuredBy(other, part.operator === '&&'))
          needsBool(side, typeOfPart(side, names, new Set([...sure, ...ensured])), part.operator)
        }
        return only('bool')
      }
      case 'choice': {
        needsBool(part.condition, inner(part.condition), '? :')
        const yes = typeOfPart(part.yes, names, new Set([...sure, ...ensuredBy(part.condition, true)]))
        return joined(yes, [typeOfPart(part.no, names, new Set([...sure, ...ensuredBy(part.condition, false)]))])
      }
      case 'loop':
        return loop(part, inner(part.over), names, sure)
      case 'operator':
        return operator(part, part.args.map(inner))
      case 'function':
      case 'method':
        return call(part, part.args.map(inner))
    }
  }

  const unknownName = ({ name, at }: Extract<Part, { readonly kind: 'name' }>, names: Names): Type => {
    const message = `there is nothing called \`${name}\``
    if (parameters.includes(name))
      return error('rule_unknown_name', at, message, { advice: `Write parameters.${name}.` })
    if (/^(true|false|null)$/i.test(name))
      return error('rule_unknown_name', at, message, { advice: `Write ${name.toLowerCase()}.` })
    return error('rule_unknown_name', at, message, {
      misspelt: { name, among: [...names.keys(), ...parameters.map((each) => `parameters.${each}`)] },
    })
  }

  /** @param sure null: the rule asks whether the field is there, and does not read it */
  const field = (
    { of, at }: { readonly of: Part; readonly at: number },
    type: Type,
    name: string,
    sure: Sure | null,
  ): Type => {
    if (!type.kinds.includes('map')) return error('rule_type', at, `${said(of, type)}, so it has no \`${name}\``)
    const { schema } = type
    const properties = groupOf(schema?.['properties'])
    const holder = pathOf(of)
    const found = properties !== null && Object.hasOwn(properties, name) ? groupOf(properties[name]) : undefined
    if (schema === null || properties === null || found === undefined) {
      if (schema === null || properties === null || isOpen(schema)) return json
      const misspelt = { name, among: Object.keys(properties) }
      const code = 'rule_unknown_parameter'
      if (schema === parametersSchema)
        return error(code, at, `there is no parameter \`${name}\` in parameters_schema`, { misspelt })
      const message = `${holder === null ? 'something in it' : `\`${holder}\``} has no \`${name}\` in parameters_schema`
      if (schema['additionalProperties'] === false) return error(code, at, message, { misspelt })
      report({ severity: 'warning', code, at, message: `${message}, though agents may send it`, misspelt })
      return json
    }
    const path = holder === null ? null : `${holder}.${name}`
    const required: unknown = schema['required']
    if (path !== null && sure?.has(path) === false && !(Array.isArray(required) && required.includes(name))) {
      const message = `\`${path}\` is optional in parameters_schema: a request without it goes higher, since the rule then fails`
      report({
        severity: 'warning',
        code: 'rule_optional_parameter',
        at,
        message,
        advice: `Write has(${path}) && ..., or list it under required.`,
      })
    }
    return found === null ? json : typeOf(found)
  }

  const needsBool = (part: Part, type: Type, symbol: string) => {
    if (!type.kinds.includes('bool'))
      error('rule_type', part.at, `\`${symbol}\` needs true or false, but ${said(part, type)}`)
  }

  const loop = (part: Loop & Part, over: Type, names: Names, sure: Sure): Type => {
    if (!overlap(over, ['list', 'map']))
      error('rule_type', part.at, `\`${part.macro}\` needs a list, but ${said(part.over, over)}`)
    const item = over.kinds.includes('map')
      ? over.kinds.includes('list')
        ? anything
        : only('string')
      : (over.item ?? anything)
    const inside = new Map([...names, [part.variable, item]])
    if (part.guard !== null) needsBool(part.guard, typeOfPart(part.guard, inside, sure), part.macro)
    const held = part.guard === null ? sure : new Set([...sure, ...ensuredBy(part.guard, true)])
    const body = typeOfPart(part.body, inside, held)
    if (part.macro === 'map') return { ...only('list'), item: body }
    needsBool(part.body, body, part.macro)
    return part.macro === 'filter' ? { ...only('list'), item } : only('bool')
  }

  const operator = (part: Extract<Part, { readonly kind: 'operator' }>, types: readonly Type[]): Type => {
    const { symbol, args, at } = part
    const [left, right] = types
    const signatures = operators.get(symbol)?.signatures ?? []
    const given = result(signatures, types)
    if (left === undefined) return anything
    if (given === null && right === undefined)
      return error('rule_type', at, `\`${symbol}\` cannot be used here: ${said(args[0], left)}`)
    if (right === undefined) return given ?? anything
    if (given === null) {
      const whole = [left, right].some(({ kinds: each }) => each.length === 1 && each[0] === 'int')
      const number = [left, right].some(({ kinds: each }) => each.includes('double') && !each.includes('int'))
      if (whole && number && '+-*/'.includes(symbol)) {
        const message = `\`${symbol}\` mixes a number of a request with a whole number, which CEL does not do`
        return error('rule_type', at, message, {
          advice: 'Write whole numbers with .0 there: 2.0 for 2; and double(...) around size(...).',
        })
      }
      if (symbol === '%' && number)
        return error('rule_type', at, '`%` works on whole numbers only', {
          advice: 'Write int(...) around the numbers of a request.',
        })
      return error(
        'rule_type',
        at,
        `\`${symbol}\` cannot be used on these two: ${said(args[0], left)}, and ${said(args[1], right)}`,
        withoutQuotes(args, left, right),
      )
    }
    const [first, second] = args
    if (symbol === 'in' && first?.kind === 'constant' && typeof first.value === 'string' && second !== undefined) {
      if (right.kinds.every((kind) => kind === 'map')) field({ of: second, at: first.at }, right, first.value, null)
    }
    const sought = symbol === 'in' ? right.item : right
    if (
      ['==', '!=', 'in'].includes(symbol) &&
      sought !== null &&
      !right.kinds.every((kind) => symbol === 'in' && kind === 'map')
    ) {
      if (!comparable(left, sought))
        return error(
          'rule_type',
          at,
          `these two are never equal: ${said(args[0], left)}, and ${symbol === 'in' ? `the list has ${kindsText(sought)}` : said(args[1], sought)}`,
          { ...insteadOfNull(args), ...withoutQuotes(args, left, sought) },
        )
      if (isWritten(args[1]) && !isWritten(args[0])) neverValue(left, sought, part)
      if (isWritten(args[0]) && !isWritten(args[1])) neverValue(sought, left, part)
    }
    return given
  }

  // A text in the rule that a list of allowed texts does not have: a misspelling, or part of a list that rules share.
  const neverValue = (
    listed: Type,
    written: Type,
    { symbol, at }: { readonly symbol: string; readonly at: number },
  ) => {
    const among = listed.values
    if (among === null || written.values === null || listed.kinds.length !== 1) return
    const allowed = among.map((value) => `"${value}"`).join(', ')
    const holds = symbol === '!=' ? 'always' : 'never'
    for (const name of written.values.filter((value) => !among.includes(value))) {
      const message = `"${name}" is none of the values allowed here (${allowed}), so this part ${holds} holds`
      report({ severity: 'warning', code: 'rule_never', at, message, misspelt: { name, among } })
    }
  }

  const call = (part: Extract<Part, { readonly kind: 'function' | 'method' }>, types: readonly Type[]): Type => {
    const { kind, name, args, at } = part
    if (name === 'matches' && args.length === 2) {
      if (patternOf(part) === null)
        error('rule_type', at, 'the pattern of `matches` is not written as a text in the rule', {
          advice: 'Write it in quotes: a pattern that an agent sends could match anything.',
        })
      if (types[0] !== undefined && !types[0].kinds.includes('string'))
        error('rule_type', at, `\`matches\` needs a text, but ${said(args[0], types[0])}`)
      return only('bool')
    }
    if (name === 'has')
      return error('rule_type', at, '`has` asks for a field', {
        advice: 'Write has(parameters.country), with a dot before the field.',
      })
    if (macros.some((macro) => macro === name))
      return error('rule_type', at, `\`${name}\` takes a list before the dot, a name and a condition`, {
        advice: `Write parameters.items.${name}(item, item.price > 100.0).`,
      })
    const operation = (kind === 'method' ? methods : functions).get(name)
    if (operation === undefined) {
      const among = [...(kind === 'method' ? [...methods.keys(), ...macros] : [...functions.keys(), 'has']), 'matches']
      const other = (kind === 'method' ? functions : methods).has(name)
      const advice = other
        ? kind === 'method'
          ? `Write ${name}(...).`
          : `Write it after a dot: parameters.note.${name}(...).`
        : undefined
      const message = `there is no function \`${name}\` in rules`
      return error(
        'rule_unknown_function',
        at,
        message,
        advice === undefined ? { misspelt: { name, among } } : { advice },
      )
    }
    const given = result(operation.signatures, types)
    if (given !== null) return given
    const found = types.map((type, index) => said(args[index], type)).join(', and ')
    return error('rule_type', at, `\`${name}\` cannot be used here${found === '' ? '' : `: ${found}`}`)
  }

  return typeOfPart
}

/** Paths that are there whenever a part is true (or, `outcome` false, whenever it is false). */
function ensuredBy(part: Part, outcome: boolean): readonly string[] {
  if (part.kind === 'has' && outcome)
    return [pathOf(part) ?? '', ...(part.of.kind === 'select' ? [pathOf(part.of) ?? ''] : [])]
  if (part.kind === 'logic' && (part.operator === '&&') === outcome)
    return part.sides.flatMap((side) => ensuredBy(side, outcome))
  if (part.kind !== 'operator') return []
  const [first, second] = part.args
  if (part.symbol === '!' && first !== undefined) return ensuredBy(first, !outcome)
  if (part.symbol !== 'in' || !outcome || first?.kind !== 'constant' || second === undefined) return []
  return typeof first.value === 'string' ? [`${pathOf(second) ?? ''}.${first.value}`] : []
}

/** What the use gives; null: no request can make it work. */
function result(signatures: readonly Signature[], types: readonly Type[]): Type | null {
  const possible = signatures.filter(
    ({ takes }) =>
      takes.length === types.length && takes.every((allowed, index) => overlap(types[index] ?? anything, allowed)),
  )
  if (possible.length === 0) return null
  if (possible.some(({ gives }) => gives === 'any')) return anything
  return { ...anything, kinds: kinds.filter((kind) => possible.some(({ gives }) => gives === kind)) }
}

/** What to write for a comparison with null, which many take for "is not there". */
function insteadOfNull(args: readonly Part[]): { readonly advice?: string } {
  if (!args.some((part) => part.kind === 'constant' && part.value === null)) return {}
  const other = args.find((part) => part.kind !== 'constant')
  if (other?.kind === 'name' && other.name === 'requested_by')
    return { advice: 'Write requested_by == "" for "nobody is named".' }
  const path = other?.kind === 'select' ? pathOf(other) : null
  return path === null ? {} : { advice: `Write has(${path}) for "it is there".` }
}

/** What to write where a number is compared with one in quotes. */
function withoutQuotes(args: readonly Part[], ...types: readonly Type[]): { readonly advice?: string } {
  if (!types.some((type) => type.kinds.every((kind) => kind === 'int' || kind === 'double'))) return {}
  const number = args
    .map((part) => (part.kind === 'constant' ? part.value : null))
    .find((value) => typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value))
  return typeof number === 'string' ? { advice: `Write ${number}, without quotes.` } : {}
}

function isWritten(part: Part | undefined): boolean {
  return part?.kind === 'constant' || part?.kind === 'list'
}

function said(part: Part | undefined, type: Type): string {
  const path = part === undefined ? null : pathOf(part)
  if (path !== null) return `\`${path}\` is ${kindsText(type)}`
  return part?.kind === 'constant' && part.value !== null
    ? `${JSON.stringify(typeof part.value === 'bigint' ? Number(part.value) : part.value)} is ${kindsText(type)}`
    : `one is ${kindsText(type)}`
}
