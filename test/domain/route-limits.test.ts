import { describe, expect, it } from 'vitest'
import { durationMs, exceeds, limitEntries, limitKeys } from '../../src/domain/limits.ts'
import type { Limit } from '../../src/domain/manifest.ts'

const count: Limit = { count: 2, per: '1h', by: null }
const sum: Limit = { sum: 'amount_usd', max: 500, per: '24h', by: 'customer_id' }

function keysOf(limits: readonly Limit[], parameters: Record<string, unknown>) {
  return limitKeys({ name: 'pay', limits, redact: [] }, { parameters })
}

describe('the windows of a decision', () => {
  it('are one per limit, with what the decision adds', () => {
    const { keys, faults } = keysOf([count, sum], { amount_usd: 12.5, customer_id: 'c9' })
    expect(faults).toEqual([])
    expect(keys.map(({ index, windowMs, amount }) => ({ index, windowMs, amount }))).toEqual([
      { index: 0, windowMs: 3_600_000, amount: 1 },
      { index: 1, windowMs: 86_400_000, amount: 12.5 },
    ])
  })

  it('are kept apart by action, by parameter and by its value', () => {
    const one = keysOf([sum], { amount_usd: 1, customer_id: 'c9' }).keys[0]?.key
    const other = keysOf([sum], { amount_usd: 1, customer_id: 'c8' }).keys[0]?.key
    const elsewhere = limitKeys(
      { name: 'refund', limits: [sum], redact: [] },
      { parameters: { amount_usd: 1, customer_id: 'c9' } },
    )
    expect(new Set([one, other, elsewhere.keys[0]?.key]).size).toBe(3)
  })

  it('take a number and its text for the same key, so that neither escapes the other', () => {
    const number = keysOf([sum], { amount_usd: 1, customer_id: 9 }).keys[0]?.key
    expect(keysOf([sum], { amount_usd: 1, customer_id: '9' }).keys[0]?.key).toBe(number)
  })

  it('never show the value of the parameter, and stay short', () => {
    const key = keysOf([sum], { amount_usd: 1, customer_id: 'secret'.repeat(1000) }).keys[0]?.key ?? ''
    expect(key).not.toContain('secret')
    expect(key.length).toBeLessThanOrEqual(400)
  })

  it('keep their key when only the length of the window changes', () => {
    expect(keysOf([{ ...count, per: '2h' }], {}).keys[0]?.key).toBe(keysOf([count], {}).keys[0]?.key)
  })

  it('name what is wrong with a decision they cannot be applied to', () => {
    const { keys, faults } = keysOf([count, sum], { amount_usd: -1, customer_id: 'c9' })
    expect(keys.map(({ index }) => index)).toEqual([0])
    expect(faults).toEqual([
      {
        index: 1,
        message:
          'the limit of amount_usd 500 per 24h for each customer_id needs the amount amount_usd, which is negative (-1)',
      },
    ])
  })

  it('leave a redacted amount out of what is wrong with it', () => {
    const { faults } = limitKeys(
      { name: 'pay', limits: [sum], redact: ['amount_usd'] },
      { parameters: { amount_usd: -73991 } },
    )
    expect(faults[0]?.message).toMatch(/which is negative$/)
  })

  it('do not read parameters that every object inherits', () => {
    expect(keysOf([{ count: 1, per: '1h', by: 'constructor' }], {}).faults).toHaveLength(1)
  })
})

describe('entries', () => {
  it('record a decision once where two limits count the same thing', () => {
    const { keys } = keysOf([count, { count: 9, per: '1d', by: null }], {})
    expect(limitEntries(keys)).toEqual([{ key: 'pay count', amount: 1, windowMs: 86_400_000 }])
  })
})

describe('a cap', () => {
  it('allows exactly itself, also where cents do not add up in binary', () => {
    expect(exceeds(count, 1, 1)).toBe(false)
    expect(exceeds(count, 2, 1)).toBe(true)
    const dimes: Limit = { sum: 'amount_usd', max: 0.3, per: '1h', by: null }
    expect(exceeds(dimes, 0.1, 0.2)).toBe(false)
    expect(exceeds(dimes, 0.1, 0.21)).toBe(true)
  })

  it('is exceeded by what is not a number', () => {
    expect(exceeds(sum, Number.NaN, 1)).toBe(true)
  })
})

it('reads minutes, hours and days', () => {
  expect([durationMs('30m'), durationMs('1h'), durationMs('7d')]).toEqual([1_800_000, 3_600_000, 604_800_000])
})
