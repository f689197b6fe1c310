/**
 * Canonical JSON and digests. Broken builds that these sentences were seen to catch:
 * - keys left unsorted -> the examples of RFC 8785.
 * - no nonce or no action in the digest, bytes that are not UTF-8 -> the documented hash.
 * - strings normalised -> "does not normalise". Values made strings -> "tells 1, "1" and true apart".
 */
import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, manifestDigest, parametersDigest, sha256 } from '../../src/domain/digest.ts'

const NONCE = 'bm9uY2Utbm9uY2Utbm9uYw'

describe('canonical JSON', () => {
  // RFC 8785, appendix B: the bits of a double and how it is written.
  it.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('writes the double %s as %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text)
  })

  it.each([
    [1e21, '1e+21'],
    [1e-7, '1e-7'],
    [-0, '0'],
    [4.5, '4.5'],
    [2e-3, '0.002'],
    [1e30, '1e+30'],
  ])('writes %d as %s', (number, text) => {
    expect(canonicalJson({ number })).toBe(`{"number":${text}}`)
  })

  it('sorts keys by their UTF-16 code units, as in RFC 8785, 3.2.3', () => {
    const text = canonicalJson({
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    })
    expect(Object.values<string>(JSON.parse(text))).toEqual([
      'One', // A JavaScript object lists it first wherever it stands.
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
    expect(text.startsWith('{"\\r":"Carriage Return","1":"One"')).toBe(true)
  })

  it('writes the example of RFC 8785, 3.2.2', () => {
    expect(
      canonicalJson({
        numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
        string: '\u20ac$\u000f\nA\'B"\\\\"/',
        literals: [null, true, false],
      }),
    ).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('leaves out what is undefined, and refuses what is no JSON', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}')
    for (const value of [undefined, Number.NaN, Infinity, -Infinity, { n: Number.NaN }])
      expect(() => canonicalJson(value)).toThrow()
  })

  it('is the same for any order of keys, and reads back as what it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(reversed(value))).toBe(text)
        expect(canonicalJson(JSON.parse(text))).toBe(text)
      }),
    )
  })

  it('does not normalise: composed and decomposed letters stay two strings', () => {
    expect(canonicalJson('\u00e9')).not.toBe(canonicalJson('e\u0301'))
  })
})

describe('the digest of a proposal', () => {
  it('is the documented hash of nonce, action and parameters', () => {
    const text = `countersign/action/v1\0${NONCE}\0{"action":"pay","parameters":{"a":"é","b":[1,true]}}`
    const expected = createHash('sha256').update(text, 'utf8').digest('hex')
    expect(parametersDigest(NONCE, 'pay', { b: [1, true], a: 'é' })).toBe(`sha256:${expected}`)
  })

  it('tells 1, "1" and true apart, and every other value', () => {
    const values = [1, '1', true, 'true', null, 'null', 0, '', [], {}, [1], { a: 1 }, 1.5, -1, 'é', 'e\u0301']
    expect(new Set(values.map((value) => parametersDigest(NONCE, 'pay', { value }))).size).toBe(values.length)
  })

  it('tells a missing field from one that is null', () => {
    expect(parametersDigest(NONCE, 'pay', { a: null })).not.toBe(parametersDigest(NONCE, 'pay', {}))
  })

  it('is bound to the action and to the nonce', () => {
    const digest = parametersDigest(NONCE, 'pay', {})
    expect(parametersDigest(NONCE, 'refund', {})).not.toBe(digest)
    expect(parametersDigest('bm9uY2UyLW5vbmNlMi1ub24', 'pay', {})).not.toBe(digest)
  })

  it('does not depend on the order of keys', () => {
    expect(parametersDigest(NONCE, 'pay', { a: 1, b: { c: 2, d: 3 } })).toBe(
      parametersDigest(NONCE, 'pay', { b: { d: 3, c: 2 }, a: 1 }),
    )
  })
})

describe('other digests', () => {
  it('are sha256 over UTF-8', () => {
    expect(sha256('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(sha256('é')).toBe(
      `sha256:${createHash('sha256')
        .update(Buffer.from([0xc3, 0xa9]))
        .digest('hex')}`,
    )
  })

  it('identify a manifest by what it says, not by how it is written', () => {
    expect(manifestDigest({ a: 1, b: [1, 2] })).toBe(manifestDigest({ b: [1, 2], a: 1 }))
    expect(manifestDigest({ b: [2, 1] })).not.toBe(manifestDigest({ b: [1, 2] }))
  })
})

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, reversed(inner)]),
  )
}
