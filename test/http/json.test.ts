import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/http/json.ts'

/*
 * The slow and obvious reference: a tree that knows its own text and, while it is built, what is wrong with it.
 */
type Tree = {
  readonly text: string
  readonly depth: number
  readonly wrong: ReadonlySet<string>
  readonly value: unknown
}

const leaf = fc.oneof(
  fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(':', '"{', '\\', '}]', 'a": 1')).map(plain),
  fc
    .oneof(
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, min: -(2 ** 53 - 1), max: 2 ** 53 - 1 }),
      fc.boolean(),
      fc.constant(null),
    )
    .map(plain),
  fc
    .constantFrom('9007199254740992', '-9007199254740993', '1e999', '-1E400', '1e21')
    .map((text) => wrong(text, 'unsafe_number')),
  fc.constantFrom('"\\ud800"', '"a\\udfffb"').map((text) => wrong(text, 'invalid_text')),
)

const key = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('"a"', '"\\u0061"', '"b"', '"c:d"', '"e\\"{"', '""', '"constructor"') },
  { weight: 1, arbitrary: fc.constantFrom('"__proto__"', '"\\u005f_proto__"', '"\\ud800"') },
)

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }).map(list),
    fc.array(fc.tuple(key, tie('tree')), { maxLength: 4 }).map(object),
    fc.tuple(tie('tree'), fc.integer({ min: 28, max: 33 })).map(([inner, levels]) => wrapped(inner, levels)),
  ),
}))

function plain(value: unknown): Tree {
  return { text: JSON.stringify(value), depth: 0, wrong: new Set(), value }
}

function wrong(text: string, code: string): Tree {
  return { text, depth: 0, wrong: new Set([code]), value: undefined }
}

function list(items: readonly Tree[]): Tree {
  return {
    text: `[ ${items.map(({ text }) => text).join(',\n')}]`,
    depth: 1 + Math.max(0, ...items.map(({ depth }) => depth)),
    wrong: new Set(items.flatMap((item) => [...item.wrong])),
    value: items.map(({ value }) => value),
  }
}

function object(members: readonly (readonly [string, Tree])[]): Tree {
  const names = members.map(([name]) => String(JSON.parse(name)))
  const faults = [...list(members.map(([, item]) => item)).wrong]
  if (names.includes('__proto__')) faults.push('forbidden_key')
  if (names.includes('\ud800')) faults.push('invalid_text')
  const ordinary = names.filter((name) => name !== '__proto__' && name !== '\ud800')
  if (new Set(ordinary).size < ordinary.length) faults.push('duplicate_key')
  return {
    text: `{${members.map(([name, { text }]) => `${name} : ${text}`).join(' , ')} }`,
    depth: 1 + Math.max(0, ...members.map(([, { depth }]) => depth)),
    wrong: new Set(faults),
    value: Object.fromEntries(members.map(([, { value }], index) => [names[index] ?? '', value])),
  }
}

function wrapped(inner: Tree, levels: number): Tree {
  return levels === 0 ? inner : wrapped(list([inner]), levels - 1)
}

describe('the strict JSON parser', () => {
  it('agrees with an obvious reference about random texts', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(tree, ({ text, depth, wrong, value }) => {
        const parsed = parseJson(Buffer.from(text))
        const outcome = parsed.ok ? 'ok' : parsed.code
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
        if (depth > 32) expect(outcome).toBe('too_deep')
        else if (wrong.size > 0) expect([...wrong]).toContain(outcome)
        else expect(parsed.ok && JSON.stringify(parsed.value)).toBe(JSON.stringify(value))
      }),
      { numRuns: 3_000 },
    )
    // Each outcome was really met, so that none of the checks above stood idle.
    for (const outcome of ['ok', 'too_deep', 'unsafe_number', 'invalid_text', 'forbidden_key', 'duplicate_key'])
      expect(seen.get(outcome) ?? 0, outcome).toBeGreaterThan(10)
  })

  it('refuses exactly the damaged texts that JSON.parse refuses, and says where', () => {
    let refused = 0
    const damage = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', ',', '}', '"', '\\', '\u0001', '//', 'x', '[', '0'),
    )
    fc.assert(
      fc.property(damage, ([text, where, what]) => {
        const at = where % (text.length + 1)
        const damaged = text.slice(0, at) + what + text.slice(at + 1)
        const parsed = parseJson(Buffer.from(damaged))
        const outcome = parsed.ok ? 'ok' : parsed.code
        if (isJson(damaged)) {
          expect(outcome).not.toBe('malformed_json')
        } else {
          refused += 1
          expect(outcome).toMatch(/^(malformed_json|too_deep)$/)
          expect(parsed.ok ? '' : parsed.detail).toMatch(/line \d+, column \d+|is empty|nested/)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(refused).toBeGreaterThan(500)
  })

  it('names line, column and pointer', () => {
    expect(parseJson(Buffer.from('{\n  "a": tru\n}'))).toMatchObject({
      code: 'malformed_json',
      detail: 'The body is not valid JSON: an unknown word (texts stand in double quotes) at line 2, column 8.',
    })
    expect(parseJson(Buffer.from('{"a":[{"b/c":1,\n"b/c":2}], "d": 1e999}'))).toMatchObject({
      code: 'duplicate_key',
      detail:
        'The body is JSON, but it cannot be taken at /a/0/b~1c: this key stands twice in one object (the second time at line 2, column 1).',
      errors: [{ pointer: '/a/0/b~1c' }, { pointer: '/d', code: 'unsafe_number' }],
    })
  })

  it.each([
    ['{"action": ', 'the body ends too early, at line 1, column 12'],
    ['{"a": [1,\n 2', 'the body ends too early, at line 2, column 3'],
    ['{"a": 1', 'the body ends too early, at line 1, column 8'],
    ['{"a": "foo', 'the body ends too early, inside the text that begins at line 1, column 7'],
    ['{"a": "foo\n}', 'a text that does not end on its line at line 1, column 7'],
    ['{"a": 1,}', 'a key in double quotes was expected at line 1, column 9'],
    ['{"a": 1} 2', 'something stands after the end of the JSON value at line 1, column 10'],
  ])('tells what was cut off from what is wrong inside: %j', (text, words) => {
    expect(parseJson(Buffer.from(text))).toMatchObject({ detail: `The body is not valid JSON: ${words}.` })
  })
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
