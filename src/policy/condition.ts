import { RE2JS, RE2JSException } from '@bufbuild/re2'
import { applied, functions, methods, operators } from './condition-functions.ts'
import { type Loop, type Part, parseCondition, type SyntaxFault } from './condition-syntax.ts'
import { ConditionFailure, entryOf, keyOf, keysOf, kindOf, kindText, type Spend } from './condition-value.ts'

/** A condition that can be evaluated any number of times. */
export type Condition = { readonly root: Part; readonly patterns: ReadonlyMap<Part, Pattern> }

type Pattern = { readonly regex: RE2JS; readonly size: number }

export type ConditionFault = SyntaxFault & { readonly code: 'rule_syntax' | 'rule_too_costly' }

/** What a condition says, and the units of work that took: about 30 ns each. */
export type Verdict = { readonly work: number } & ({ readonly holds: boolean } | { readonly error: string })

/** The work that one condition may use: the event loop is held up for about 2 ms, and by 10 rules for less than 40. */
export const conditionBudget = 60_000
/** More parts than these would take long to parse, since the parser's time grows with their square. */
export const maxParts = 200
const maxPatternLength = 200
const maxRepeats = 200

const perPart = 20
const perRound = 20
const perFailure = 600
const perPatternStep = 2

type Scope = { readonly name: string; readonly value: unknown; readonly outer: Scope } | null

class OutOfBudget extends Error {}

/** Parses a condition and compiles its patterns, or says where and why it can't be used. */
export function compileCondition(
  text: string,
): { readonly ok: true; readonly condition: Condition } | { readonly ok: false; readonly fault: ConditionFault } {
  const parsed = parseCondition(text)
  if (!parsed.ok) return { ok: false, fault: { code: 'rule_syntax', ...parsed.fault } }
  const parts = partsOf(parsed.root)
  if (parts.length > maxParts) {
    const message = `it has ${parts.length} parts, more than the ${maxParts} that one rule may have`
    return { ok: false, fault: { code: 'rule_too_costly', at: 0, message, advice: 'Split it into several rules.' } }
  }
  const patterns = new Map<Part, Pattern>()
  for (const part of parts) {
    const written = patternOf(part)
    if (written === null) continue
    const compiled = compilePattern(written.value)
    if ('message' in compiled) return { ok: false, fault: { at: written.at, ...compiled } }
    patterns.set(part, compiled)
  }
  return { ok: true, condition: { root: parsed.root, patterns } }
}

/**
 * Evaluates a condition. The same condition and variables give the same verdict and the same work, on any machine:
 * work is counted, not timed. An error's text names what the rule names, and nothing that an agent sent.
 * @param variables by their name; JSON values
 * @param budget units of work
 */
export function evaluateCondition(
  { root, patterns }: Condition,
  variables: Readonly<Record<string, unknown>>,
  budget = conditionBudget,
): Verdict {
  let work = 0
  const spend = (units: number) => {
    work += units
    if (work > budget) throw new OutOfBudget()
  }
  try {
    const value = valueOf(root, null, { variables, patterns, spend })
    if (typeof value === 'boolean') return { holds: value, work }
    return { error: `it gives ${kindText(kindOf(value))}, not true or false`, work }
  } catch (error) {
    if (error instanceof OutOfBudget) return { error: 'it would take too long on a request this large', work: budget }
    if (error instanceof ConditionFailure) return { error: error.message, work }
    throw error
  }
}

/** All parts of a tree, each before those below it. */
export function partsOf(root: Part): readonly Part[] {
  return [root, ...childrenOf(root).flatMap(partsOf)]
}

/** The parts right below one. */
export function childrenOf(part: Part): readonly Part[] {
  switch (part.kind) {
    case 'constant':
    case 'name':
      return []
    case 'select':
    case 'has':
      return [part.of]
    case 'index':
      return [part.of, part.key]
    case 'list':
      return part.items
    case 'map':
      return part.entries.flat()
    case 'logic':
      return part.sides
    case 'choice':
      return [part.condition, part.yes, part.no]
    case 'loop':
      return [part.over, ...(part.guard === null ? [] : [part.guard]), part.body]
    case 'operator':
    case 'function':
    case 'method':
      return part.args
  }
}

/** `parameters.items[0].price`, where a part is such a path; null: it is computed. */
export function pathOf(part: Part): string | null {
  switch (part.kind) {
    case 'name':
      return part.name
    case 'select':
    case 'has': {
      const above = pathOf(part.of)
      return above === null ? null : `${above}.${part.field}`
    }
    case 'index': {
      const above = pathOf(part.of)
      if (above === null || part.key.kind !== 'constant') return null
      return typeof part.key.value === 'string' ? `${above}.${part.key.value}` : `${above}[${String(part.key.value)}]`
    }
    case 'constant':
    case 'list':
    case 'map':
    case 'logic':
    case 'choice':
    case 'loop':
    case 'operator':
    case 'function':
    case 'method':
      return null
  }
}

/** The pattern that a use of `matches` is given as a text; null: this is no such use, or the pattern is computed. */
export function patternOf(part: Part): { readonly value: string; readonly at: number } | null {
  if ((part.kind !== 'method' && part.kind !== 'function') || part.name !== 'matches') return null
  const [, pattern] = part.args
  if (pattern?.kind !== 'constant' || typeof pattern.value !== 'string') return null
  return { value: pattern.value, at: pattern.at }
}

function compilePattern(pattern: string): Pattern | Omit<ConditionFault, 'at'> {
  const repeats = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, from, to]) =>
    Math.max(1, Number(from), Number(to ?? 0)),
  )
  if (pattern.length > maxPatternLength || repeats.reduce((all, each) => all * each, 1) > maxRepeats) {
    const message = `its pattern is too long or repeats too much: at most ${maxPatternLength} characters, and {n} multiplied up to ${maxRepeats}`
    return { code: 'rule_too_costly', message, advice: 'Use a shorter pattern, or + instead of {n}.' }
  }
  try {
    const regex = RE2JS.compile(pattern)
    // A process's first match takes about 1 ms longer; loading a manifest compiles its conditions, so it happens there.
    regex.test('warm')
    return { regex, size: regex.re2Input.prog.numInst() }
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error
    const message = `its pattern is not one that RE2 understands: ${error.message.replace(/^error parsing regexp: /, '')}`
    return { code: 'rule_syntax', message, advice: 'Look-ahead and \\1 do not exist there.' }
  }
}

type Run = {
  readonly variables: Readonly<Record<string, unknown>>
  readonly patterns: Condition['patterns']
  readonly spend: Spend
}

function valueOf(part: Part, scope: Scope, run: Run): unknown {
  run.spend(perPart)
  const inner = (each: Part) => valueOf(each, scope, run)
  switch (part.kind) {
    case 'constant':
      return part.value
    case 'name':
      return named(part.name, scope, run)
    case 'select': {
      const found = fieldOf(inner(part.of), part, run)
      if (found === undefined) throw missing(part)
      return found
    }
    case 'has':
      return fieldOf(inner(part.of), part, run) !== undefined
    case 'index':
      return entryAt(inner(part.of), inner(part.key), part, run)
    case 'list':
      return part.items.map(inner)
    case 'map':
      return mapOf(
        part.entries.map(([key, value]) => [inner(key), inner(value)]),
        run,
      )
    case 'logic':
      return anySide(part.sides, part.operator === '||', scope, run)
    case 'choice':
      return inner(truth(inner(part.condition)) ? part.yes : part.no)
    case 'loop':
      return loop(part, inner(part.over), scope, run)
    case 'operator':
      return call(part.symbol, operators, part.args.map(inner), run)
    case 'function':
    case 'method': {
      const args = part.args.map(inner)
      if (part.name === 'matches') return matches(part, args[0], run)
      return call(part.name, part.kind === 'method' ? methods : functions, args, run)
    }
  }
}

function named(name: string, scope: Scope, { variables, spend }: Run): unknown {
  for (let at = scope; at !== null; at = at.outer) {
    spend(1)
    if (at.name === name) return at.value
  }
  if (!Object.hasOwn(variables, name)) throw new ConditionFailure(`there is nothing called \`${name}\``)
  return variables[name]
}

function fieldOf(value: unknown, part: Extract<Part, { readonly field: string }>, { spend }: Run): unknown {
  if (kindOf(value) === 'map' && typeof value === 'object' && value !== null) return entryOf(value, part.field, spend)
  throw new ConditionFailure(`${subject(part.of)} is ${kindText(kindOf(value))}, so it has no \`${part.field}\``)
}

function entryAt(value: unknown, key: unknown, part: Extract<Part, { readonly kind: 'index' }>, run: Run): unknown {
  if (Array.isArray(value)) {
    if (typeof key !== 'bigint' && !Number.isInteger(key))
      throw new ConditionFailure(`the entries of ${subject(part.of)} have numbers, not names`)
    const index = Number(key)
    if (index >= 0 && index < value.length) return value[index]
    throw new ConditionFailure(
      `${subject(part.of)} has no entry number ${part.key.kind === 'constant' ? index : 'that is asked for'}`,
    )
  }
  if (typeof value !== 'object' || value === null)
    throw new ConditionFailure(`${subject(part.of)} is ${kindText(kindOf(value))}, so it has no entries`)
  const found = entryOf(value, key, run.spend)
  if (found === undefined) throw missing(part)
  return found
}

function missing(part: Part): ConditionFailure {
  const path = pathOf(part)
  return new ConditionFailure(
    path === null ? 'something that it reads is not in the request' : `there is no \`${path}\` in the request`,
  )
}

function subject(part: Part): string {
  const path = pathOf(part)
  return path === null ? 'something in it' : `\`${path}\``
}

function mapOf(entries: readonly (readonly [unknown, unknown])[], { spend }: Run): ReadonlyMap<unknown, unknown> {
  const map = new Map<unknown, unknown>()
  for (const [raw, value] of entries) {
    const key = keyOf(raw)
    if (typeof key === 'string') spend(key.length / 8)
    if (key === undefined) throw new ConditionFailure(`${kindText(kindOf(raw))} cannot be a key`)
    if (map.has(key)) throw new ConditionFailure('an object in it has the same key twice')
    map.set(key, value)
  }
  return map
}

function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw new ConditionFailure(`${kindText(kindOf(value))} stands where true or false is needed`)
}

// As CEL has it: a side that decides wins over one that fails, on whichever side it stands.
function anySide(sides: readonly Part[], deciding: boolean, scope: Scope, run: Run): boolean {
  let failure: ConditionFailure | null = null
  for (const side of sides) {
    const decided = attempt(() => truth(valueOf(side, scope, run)), run)
    if (decided instanceof ConditionFailure) failure ??= decided
    else if (decided === deciding) return deciding
  }
  if (failure !== null) throw failure
  return !deciding
}

function attempt(decide: () => boolean, { spend }: Run): boolean | ConditionFailure {
  try {
    return decide()
  } catch (error) {
    if (!(error instanceof ConditionFailure)) throw error
    spend(perFailure)
    return error
  }
}

function loop({ macro, variable, guard, body, over }: Loop & Part, range: unknown, outer: Scope, run: Run): unknown {
  const items = itemsOf(range, over, run)
  const bodyOf = (value: unknown) => {
    run.spend(perRound)
    return valueOf(body, { name: variable, value, outer }, run)
  }
  switch (macro) {
    case 'all':
    case 'exists': {
      const deciding = macro === 'exists'
      let failure: ConditionFailure | null = null
      for (const item of items) {
        const decided = attempt(() => truth(bodyOf(item)), run)
        if (decided instanceof ConditionFailure) failure ??= decided
        else if (decided === deciding) return deciding
      }
      if (failure !== null) throw failure
      return !deciding
    }
    case 'exists_one':
      return items.filter((item) => truth(bodyOf(item))).length === 1
    case 'filter':
      return items.filter((item) => truth(bodyOf(item)))
    case 'map': {
      const mapped: unknown[] = []
      for (const value of items) {
        if (guard === null || truth(valueOf(guard, { name: variable, value, outer }, run))) mapped.push(bodyOf(value))
      }
      return mapped
    }
  }
}

function itemsOf(range: unknown, over: Part, { spend }: Run): readonly unknown[] {
  if (Array.isArray(range)) return range
  if (typeof range === 'object' && range !== null) return keysOf(range, spend)
  throw new ConditionFailure(`${subject(over)} is ${kindText(kindOf(range))}, not a list`)
}

function call(name: string, among: typeof operators, args: readonly unknown[], { spend }: Run): unknown {
  const operation = among.get(name)
  if (operation === undefined) throw new ConditionFailure(`there is no \`${name}\``)
  spend(perPart)
  return applied(name, operation, args, spend)
}

function matches(part: Part, text: unknown, { patterns, spend }: Run): boolean {
  const pattern = patterns.get(part)
  if (pattern === undefined) throw new ConditionFailure('the pattern of `matches` is not a text in the rule')
  if (typeof text !== 'string') throw new ConditionFailure(`\`matches\` cannot be used on ${kindText(kindOf(text))}`)
  spend(perFailure + text.length * pattern.size * perPatternStep)
  return pattern.regex.test(text)
}
