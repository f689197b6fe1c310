import { parse } from '@bufbuild/cel'
import { numberAdvice } from './advice.ts'

/** A condition as a tree; `at`: where in its text a part of it stands, in characters from 0. */
export type Part = { readonly at: number } & (
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'select' | 'has'; readonly of: Part; readonly field: string }
  | { readonly kind: 'index'; readonly of: Part; readonly key: Part }
  | { readonly kind: 'list'; readonly items: readonly Part[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [key: Part, value: Part])[] }
  | { readonly kind: 'logic'; readonly operator: '&&' | '||'; readonly sides: readonly Part[] }
  | { readonly kind: 'choice'; readonly condition: Part; readonly yes: Part; readonly no: Part }
  | Loop
  /** An operator (`symbol`), a function, or a method with its target as the first argument. */
  | { readonly kind: 'operator'; readonly symbol: string; readonly args: readonly Part[] }
  | { readonly kind: 'function' | 'method'; readonly name: string; readonly args: readonly Part[] }
)

export type Loop = {
  readonly kind: 'loop'
  readonly macro: (typeof macros)[number]
  readonly over: Part
  readonly variable: string
  /** `map` with three arguments maps only where this holds. */
  readonly guard: Part | null
  readonly body: Part
}

export type Constant = null | boolean | bigint | number | string

/** Why a text is no condition; `at` in characters from 0. */
export type SyntaxFault = { readonly at: number; readonly message: string; readonly advice: string | null }

export const macros = ['all', 'exists', 'exists_one', 'map', 'filter'] as const

/** Brackets inside brackets: the parser's time grows with their depth, also where it then refuses the text. */
const maxDepth = 50

type Parsed = ReturnType<typeof parse>
type Expr = Parsed['expr']

/** Reads a condition in CEL. Bytes, unsigned integers and messages, which JSON does not have, are refused. */
export function parseCondition(
  text: string,
): { readonly ok: true; readonly root: Part } | { readonly ok: false; readonly fault: SyntaxFault } {
  const tooDeep = { message: 'it is nested too deeply', advice: 'Split it into several rules.' }
  const deep = bracketBelow(text, maxDepth)
  if (deep !== null) return { ok: false, fault: { at: deep, ...tooDeep } }
  try {
    const { expr, sourceInfo } = parse(text)
    return { ok: true, root: partOf(expr, sourceInfo) }
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, fault: error.fault }
    // The parser recurses for each ! and - too.
    if (error instanceof RangeError) return { ok: false, fault: { at: 0, ...tooDeep } }
    if (!(error instanceof Error)) throw error
    return { ok: false, fault: faultAt(text, offsetOf(error)) }
  }
}

/** Where the first bracket inside more than `depth` others stands, texts aside; null: there is none. */
function bracketBelow(text: string, depth: number): number | null {
  let open = 0
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[([{]|[)\]}]/gs)) {
    if (')]}'.includes(token)) open -= 1
    if ('([{'.includes(token)) open += 1
    if (open > depth) return index
  }
  return null
}

class Unreadable extends Error {
  readonly fault: SyntaxFault
  constructor(fault: SyntaxFault) {
    super(fault.message)
    this.fault = fault
  }
}

function partOf(expr: Expr | undefined, source: Parsed['sourceInfo']): Part {
  const at = source?.positions[String(expr?.id)] ?? 0
  const inner = (each: Expr | undefined) => partOf(each, source)
  const kind = expr?.exprKind
  switch (kind?.case) {
    case 'constExpr': {
      const { constantKind } = kind.value
      switch (constantKind.case) {
        case 'nullValue':
          return { at, kind: 'constant', value: null }
        case 'boolValue':
        case 'int64Value':
        case 'doubleValue':
        case 'stringValue':
          return { at, kind: 'constant', value: constantKind.value }
        case 'uint64Value':
          throw new Unreadable({ at, message: 'rules have no unsigned numbers', advice: 'Leave the u out.' })
        case 'bytesValue':
          throw new Unreadable({ at, message: 'rules have no bytes', advice: 'Leave the b before the quote out.' })
        case 'durationValue':
        case 'timestampValue':
        case undefined:
          throw new Unreadable({ at, message: 'this constant is not known in rules', advice: null })
      }
      break
    }
    case 'identExpr':
      return { at, kind: 'name', name: kind.value.name }
    case 'selectExpr': {
      const { operand, field, testOnly } = kind.value
      return { at, kind: testOnly ? 'has' : 'select', of: inner(operand), field }
    }
    case 'callExpr': {
      const { function: name, target, args } = kind.value
      if (target === undefined) return callOf(at, name, args.map(inner))
      return { at, kind: 'method', name, args: [target, ...args].map(inner) }
    }
    case 'listExpr':
      return { at, kind: 'list', items: kind.value.elements.map(inner) }
    case 'structExpr': {
      if (kind.value.messageName !== '')
        throw new Unreadable({
          at,
          message: `rules have no objects of the type ${kind.value.messageName}`,
          advice: null,
        })
      const entries = kind.value.entries.map(
        ({ keyKind, value }) => [inner(keyKind.case === 'mapKey' ? keyKind.value : undefined), inner(value)] as const,
      )
      return { at, kind: 'map', entries }
    }
    case 'comprehensionExpr': {
      // The parser keeps the name that was written beside what it expands to.
      const written = source?.macroCalls[String(expr?.id)]?.exprKind
      const macro = written?.case === 'callExpr' ? macros.find((name) => name === written.value.function) : undefined
      if (macro === undefined) break
      const { iterRange, iterVar: variable, loopStep } = kind.value
      const { guard, body } = stepOf(macro, loopStep)
      const over = inner(iterRange)
      return { at, kind: 'loop', macro, over, variable, guard: guard === null ? null : inner(guard), body: inner(body) }
    }
    case undefined:
      break
  }
  throw new Unreadable({ at, message: 'this is not known in rules', advice: null })
}

// The expansions that the CEL specification gives for its macros, read backwards.
function stepOf(
  macro: Loop['macro'],
  step: Expr | undefined,
): { readonly guard: Expr | null; readonly body: Expr | undefined } {
  const call = step?.exprKind.case === 'callExpr' ? step.exprKind.value : undefined
  const [first, second] = call?.args ?? []
  switch (macro) {
    case 'all':
    case 'exists':
      return { guard: null, body: second }
    case 'exists_one':
    case 'filter':
      return { guard: null, body: first }
    case 'map': {
      if (call?.function === '_?_:_') return { guard: first ?? null, body: stepOf('map', second).body }
      return { guard: null, body: second?.exprKind.case === 'listExpr' ? second.exprKind.value.elements[0] : undefined }
    }
  }
}

function callOf(at: number, name: string, args: readonly Part[]): Part {
  const [first, second, third] = args
  if (name === '_&&_' || name === '_||_')
    return { at, kind: 'logic', operator: name === '_&&_' ? '&&' : '||', sides: args }
  if (name === '_?_:_' && first && second && third)
    return { at, kind: 'choice', condition: first, yes: second, no: third }
  if (name === '_[_]' && first && second) return { at, kind: 'index', of: first, key: second }
  if (name === '@in') return { at, kind: 'operator', symbol: 'in', args }
  const symbol = /^_?([^\w@]+)_$/.exec(name)?.[1]
  return symbol === undefined ? { at, kind: 'function', name, args } : { at, kind: 'operator', symbol, args }
}

function offsetOf(error: Error): number {
  const location: unknown = Reflect.get(error, 'location')
  const start: unknown = typeof location === 'object' && location !== null ? Reflect.get(location, 'start') : null
  const offset: unknown = typeof start === 'object' && start !== null ? Reflect.get(start, 'offset') : null
  return typeof offset === 'number' ? offset : 0
}

const habits: readonly (readonly [pattern: RegExp, message: string, advice: string])[] = [
  [/^=(?!=)/, 'one = compares nothing', 'Write == for "is equal to".'],
  [/^===/, 'there is no ===', 'Write == for "is equal to".'],
  [/^!==/, 'there is no !==', 'Write != for "is not equal to".'],
  [/^<>/, 'there is no <>', 'Write != for "is not equal to".'],
  [/^and\b/i, '"and" is written &&', 'Write && for "and".'],
  [/^or\b/i, '"or" is written ||', 'Write || for "or".'],
  [/^not\b/i, '"not" is written !', 'Write !(...) for "not".'],
  [/^is\b/i, '"is" is written ==', 'Write == for "is equal to".'],
  [/^&(?!&)/, 'one & joins nothing', 'Write && for "and".'],
  [/^\|(?!\|)/, 'one | joins nothing', 'Write || for "or".'],
]

// The parser says what it expected in the words of its grammar, at the last place where all was well.
function faultAt(text: string, at: number): SyntaxFault {
  const rest = text.slice(at).trimStart()
  for (const [pattern, message, advice] of habits) if (pattern.test(rest)) return { at, message, advice }
  const [begun] = /\d[\d.]*$/.exec(text.slice(0, at)) ?? []
  const [left] = /^,\d[\d,.]*/.exec(rest) ?? []
  if (begun !== undefined && left !== undefined)
    return { at, message: 'a number has a comma in it', advice: numberAdvice('a number', begun + left) }
  const curly = /[“”„‘’]([^“”„‘’"]*)[“”„‘’]/.exec(
    text.replaceAll(/"[^"]*"|'[^']*'/g, (each) => ' '.repeat(each.length)),
  )
  if (curly !== null)
    return { at: curly.index, message: 'curly quotes begin no text', advice: `Use straight quotes: "${curly[1]}".` }
  if (/^\s*not\s*$/i.test(text.slice(0, at)))
    return { at: 0, message: '"not" is written !', advice: 'Write !(...) for "not".' }
  if ((text.match(/"/g) ?? []).length % 2 === 1 && !text.includes("'"))
    return {
      at,
      message: 'a text begins with a quote and does not end',
      advice: 'Put a quote at the end of each text.',
    }
  if (rest === '') return { at, message: 'it ends too early', advice: 'Finish it, and close each bracket.' }
  const shown = rest.length > 20 ? `${rest.slice(0, 20)}...` : rest
  return {
    at,
    message: `it cannot be read from \`${shown}\` on`,
    advice: 'Look there for something missing or left over.',
  }
}
