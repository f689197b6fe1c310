import {
  ConditionFailure,
  entryOf,
  equal,
  isNumeric,
  type Kind,
  keysOf,
  kindOf,
  kindText,
  type Spend,
} from './condition-value.ts'

/** One way to use an operator, a function or a method: what it takes (a method its target first) and gives. */
export type Signature = { readonly takes: readonly (readonly Kind[])[]; readonly gives: Kind | 'any' }

type Operation = {
  readonly signatures: readonly Signature[]
  readonly apply: (args: readonly unknown[], spend: Spend) => unknown
}

const any: readonly Kind[] = ['null', 'bool', 'int', 'double', 'string', 'list', 'map']
const numeric: readonly Kind[] = ['int', 'double']

function signature(gives: Signature['gives'], ...takes: readonly (readonly Kind[])[]): Signature {
  return { takes, gives }
}

/** Operators by their symbol; `&&`, `||` and `?:` are parts of their own. */
export const operators: ReadonlyMap<string, Operation> = new Map([
  ['==', equality((a, b, spend) => equal(a, b, spend))],
  ['!=', equality((a, b, spend) => !equal(a, b, spend))],
  ['<', comparison((order) => order < 0)],
  ['<=', comparison((order) => order <= 0)],
  ['>', comparison((order) => order > 0)],
  ['>=', comparison((order) => order >= 0)],
  ['in', { signatures: [signature('bool', any, ['list']), signature('bool', any, ['map'])], apply: isIn }],
  ['!', { signatures: [signature('bool', ['bool'])], apply: ([value]) => value !== true }],
  [
    '+',
    {
      signatures: [
        signature('int', ['int'], ['int']),
        signature('double', ['double'], ['double']),
        signature('string', ['string'], ['string']),
        signature('list', ['list'], ['list']),
      ],
      apply: add,
    },
  ],
  [
    '-',
    {
      signatures: [
        signature('int', ['int'], ['int']),
        signature('double', ['double'], ['double']),
        signature('int', ['int']),
        signature('double', ['double']),
      ],
      apply: (args) =>
        args.length === 1
          ? negate(args[0])
          : arithmetic(
              (a, b) => a - b,
              (a, b) => a - b,
            )(args),
    },
  ],
  [
    '*',
    numbers(
      arithmetic(
        (a, b) => a * b,
        (a, b) => a * b,
      ),
    ),
  ],
  [
    '/',
    numbers(
      arithmetic(
        (a, b) => a / nonZero(b),
        (a, b) => a / b,
      ),
    ),
  ],
  [
    '%',
    {
      signatures: [signature('int', ['int'], ['int'])],
      apply: arithmetic(
        (a, b) => a % nonZero(b),
        () => Number.NaN,
      ),
    },
  ],
])

/** Functions by their name: `size(x)`. */
export const functions: ReadonlyMap<string, Operation> = new Map([
  ['size', sized()],
  ['int', { signatures: [signature('int', ['int', 'double', 'string'])], apply: ([value]) => toInt(value) }],
  ['double', { signatures: [signature('double', ['int', 'double', 'string'])], apply: ([value]) => toDouble(value) }],
  [
    'string',
    {
      signatures: [signature('string', ['string', 'int', 'double', 'bool'])],
      apply: ([value], spend) => {
        spend(20)
        return String(value)
      },
    },
  ],
  ['bool', { signatures: [signature('bool', ['bool', 'string'])], apply: ([value]) => toBool(value) }],
  ['dyn', { signatures: [signature('any', any)], apply: ([value]) => value }],
])

/** Methods by their name: `x.contains(y)`. Patterns of `matches` are compiled with the condition. */
export const methods: ReadonlyMap<string, Operation> = new Map([
  ['size', sized()],
  [
    'contains',
    onTexts(
      (text, part) => text.includes(part),
      (text, part) => (text * (part + 8)) / 8,
    ),
  ],
  [
    'startsWith',
    onTexts(
      (text, part) => text.startsWith(part),
      (_, part) => part / 8,
    ),
  ],
  [
    'endsWith',
    onTexts(
      (text, part) => text.endsWith(part),
      (_, part) => part / 8,
    ),
  ],
])

/** What an operation gives. Throws where the arguments are of kinds that it does not take. */
export function applied(
  name: string,
  { signatures, apply }: Operation,
  args: readonly unknown[],
  spend: Spend,
): unknown {
  const found = args.map(kindOf)
  if (signatures.some(({ takes }) => fits(takes, found))) return apply(args, spend)
  throw new ConditionFailure(`\`${name}\` cannot be used on ${found.map(kindText).join(' and ')}`)
}

function fits(takes: Signature['takes'], found: readonly Kind[]): boolean {
  return (
    takes.length === found.length &&
    takes.every((allowed, index) => found[index] !== undefined && allowed.includes(found[index]))
  )
}

function equality(apply: (a: unknown, b: unknown, spend: Spend) => boolean): Operation {
  return { signatures: [signature('bool', any, any)], apply: ([a, b], spend) => apply(a, b, spend) }
}

function comparison(holds: (order: number) => boolean): Operation {
  return {
    signatures: [
      signature('bool', numeric, numeric),
      signature('bool', ['string'], ['string']),
      signature('bool', ['bool'], ['bool']),
    ],
    apply: ([a, b], spend) => {
      if (isNumeric(a) && isNumeric(b)) return holds(a < b ? -1 : a > b ? 1 : 0)
      if (typeof a === 'boolean' && typeof b === 'boolean') return holds(Number(a) - Number(b))
      const [left, right] = [String(a), String(b)]
      spend(Math.min(left.length, right.length) / 8)
      return holds(left < right ? -1 : left > right ? 1 : 0)
    },
  }
}

function isIn([value, group]: readonly unknown[], spend: Spend): boolean {
  if (Array.isArray(group)) return group.some((item) => equal(item, value, spend))
  return typeof group === 'object' && group !== null && entryOf(group, value, spend) !== undefined
}

function numbers(apply: (args: readonly unknown[]) => unknown): Operation {
  return { signatures: [signature('int', ['int'], ['int']), signature('double', ['double'], ['double'])], apply }
}

function arithmetic(ofInts: (a: bigint, b: bigint) => bigint, ofDoubles: (a: number, b: number) => number) {
  return ([a, b]: readonly unknown[]): unknown => {
    if (typeof a === 'bigint' && typeof b === 'bigint') return int64(ofInts(a, b))
    return notNaN(ofDoubles(Number(a), Number(b)))
  }
}

function add(args: readonly unknown[], spend: Spend): unknown {
  const [a, b] = args
  if (typeof a === 'string' && typeof b === 'string') {
    spend((a.length + b.length) / 4)
    return a + b
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    spend(a.length + b.length)
    return [...a, ...b]
  }
  return arithmetic(
    (x, y) => x + y,
    (x, y) => x + y,
  )(args)
}

function negate(value: unknown): unknown {
  return typeof value === 'bigint' ? int64(-value) : -Number(value)
}

function int64(value: bigint): bigint {
  if (BigInt.asIntN(64, value) === value) return value
  throw new ConditionFailure('a number in it grows too large')
}

function nonZero(divisor: bigint): bigint {
  if (divisor !== 0n) return divisor
  throw new ConditionFailure('it divides by zero')
}

// A number that is none is neither above nor below anything: the rule would quietly never hold.
function notNaN(value: number): number {
  if (!Number.isNaN(value)) return value
  throw new ConditionFailure('it divides zero by zero, or takes infinity from infinity')
}

function sized(): Operation {
  return {
    signatures: [signature('int', ['string', 'list', 'map'])],
    apply: ([value], spend) => {
      if (typeof value === 'string') {
        spend(value.length / 2)
        return BigInt(codePoints(value))
      }
      if (Array.isArray(value)) return BigInt(value.length)
      return BigInt(typeof value === 'object' && value !== null ? keysOf(value, spend).length : 0)
    },
  }
}

function codePoints(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00) count += 1
  return count
}

function onTexts(
  holds: (text: string, part: string) => boolean,
  cost: (text: number, part: number) => number,
): Operation {
  return {
    signatures: [signature('bool', ['string'], ['string'])],
    apply: ([a, b], spend) => {
      const [text, part] = [String(a), String(b)]
      spend(cost(text.length, part.length))
      return holds(text, part)
    },
  }
}

function toInt(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'string' && /^[+-]?[0-9]{1,19}$/.test(value.slice(0, 30)))
    return int64(BigInt(value.replace('+', '')))
  if (typeof value === 'number' && Math.abs(value) < 2 ** 63) return BigInt(Math.trunc(value))
  throw new ConditionFailure(
    `${typeof value === 'string' ? 'a text' : 'a number'} in it is not a whole number that int() can give`,
  )
}

// Stricter than the language the service is written in, which takes an empty text for 0.
function toDouble(value: unknown): number {
  if (typeof value !== 'string') return Number(value)
  if (/^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(value.slice(0, 400)) && value.length <= 400)
    return Number(value)
  throw new ConditionFailure('a text in it is not a number that double() can give')
}

function toBool(value: unknown): boolean {
  if (typeof value === 'boolean') return value
  if (['true', 'True', 'TRUE', 't', '1'].includes(String(value))) return true
  if (['false', 'False', 'FALSE', 'f', '0'].includes(String(value))) return false
  throw new ConditionFailure('a text in it is neither true nor false')
}
