/**
 * Ids. Broken builds that these sentences were seen to catch:
 * - random bits first, or time in seconds -> "sort by the time they were made".
 * - letters that look like others -> "that nobody mistakes". No randomness -> "10,000 ids".
 * - a letter left out when time is read back -> "says when it was made".
 * - one random bit lost -> "no random bit is lost".
 */
import { randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { madeAt, newId } from '../../src/domain/ids.ts'
import { NOON } from '../fixtures/decisions.ts'

const moments = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 })

it('an id is a prefix and 26 characters that nobody mistakes for others', () => {
  fc.assert(
    fc.property(moments, bytes, fc.constantFrom('dec', 'clr', 'key'), (at, random, prefix) => {
      expect(newId(prefix, at, random)).toMatch(/^(dec|clr|key)_[0-9a-hjkmnp-tv-z]{26}$/)
      expect(newId(prefix, at, random).startsWith(`${prefix}_`)).toBe(true)
    }),
  )
})

it('ids sort by the time they were made, whatever the dice say', () => {
  fc.assert(
    fc.property(moments, moments, bytes, bytes, (one, other, a, b) => {
      fc.pre(one !== other)
      expect(newId('dec', one, a) < newId('dec', other, b)).toBe(one < other)
    }),
  )
})

it('an id has the layout of a ULID', () => {
  // The example of the ULID specification, lower case: 01ARYZ6S41 is this moment.
  expect(newId('dec', 1469918176385, new Uint8Array(10))).toBe('dec_01aryz6s410000000000000000')
  expect(newId('dec', 0, new Uint8Array(10).fill(255))).toBe('dec_0000000000zzzzzzzzzzzzzzzz')
  expect(newId('dec', 2 ** 48 - 1, new Uint8Array(10))).toBe('dec_7zzzzzzzzz0000000000000000')
})

it('10,000 ids of one millisecond are 10,000 ids', () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => newId('dec', NOON, randomBytes(10))))
  expect(ids.size).toBe(10_000)
})

it('no random bit is lost', () => {
  const all = Array.from({ length: 80 }, (_, bit) => {
    const random = new Uint8Array(10)
    random[bit >> 3] = 1 << (bit & 7)
    return newId('dec', NOON, random)
  })
  expect(new Set([...all, newId('dec', NOON, new Uint8Array(10))]).size).toBe(81)
})

it('says when it was made', () => {
  fc.assert(fc.property(moments, (at) => madeAt(newId('dec', at, randomBytes(10))) === at))
})
