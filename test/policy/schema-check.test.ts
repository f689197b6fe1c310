import { describe, expect, it } from 'vitest'
import { findAction } from '../../src/domain/manifest.ts'
import { createSchemaCheck } from '../../src/policy/schema-check.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

function policyWith(schema: string | null) {
  const keys = schema === null ? '' : `, parameters_schema: ${schema}`
  const policy = findAction(manifestOf(`actions: { pay: { severity: high, reversible: false${keys} } }`), 'pay')
  if (policy === null) throw new Error('the manifest has lost its action')
  return policy
}

const SCHEMA = `{
  type: object, required: [order_id], additionalProperties: false, properties: {
    order_id: { type: string, minLength: 1 }, amount_usd: { type: number, exclusiveMinimum: 0 },
    currency: { enum: [USD, EUR] }, lines: { type: array, items: { type: object, properties: { "a/b~c": { type: integer } } } },
    due: { type: string, format: date } } }`

function faults(parameters: Readonly<Record<string, unknown>>, schema: string | null = SCHEMA) {
  return createSchemaCheck()(policyWith(schema), parameters).map(({ pointer, message }) => `${pointer} ${message}`)
}

describe('parameters', () => {
  it('pass when they hold, and when there is no schema', () => {
    expect(
      faults({ order_id: 'A-1', amount_usd: 0.01, currency: 'EUR', lines: [{ 'a/b~c': 1 }], due: '2026-11-22' }),
    ).toEqual([])
    expect(faults({ anything: ['at', 'all'] }, null)).toEqual([])
  })

  it.each([
    [{}, '/parameters/order_id', 'must have required property'],
    [{ order_id: 'A-1', note: 1 }, '/parameters/note', 'must NOT have additional properties'],
    [{ order_id: '' }, '/parameters/order_id', 'must NOT have fewer than 1 characters'],
    [{ order_id: 'A-1', amount_usd: '1' }, '/parameters/amount_usd', 'must be number'],
    [{ order_id: 'A-1', amount_usd: 0 }, '/parameters/amount_usd', 'must be > 0'],
    [
      { order_id: 'A-1', currency: 'GBP' },
      '/parameters/currency',
      'must be equal to one of the allowed values (["USD","EUR"])',
    ],
    [{ order_id: 'A-1', lines: [{}, { 'a/b~c': 'x' }] }, '/parameters/lines/1/a~1b~0c', 'must be integer'],
    [{ order_id: 'A-1', due: 'soon' }, '/parameters/due', 'must match format "date"'],
  ])('%j are refused at the field that is wrong', (parameters, pointer, message) => {
    const [fault, ...more] = faults(parameters)
    expect(more).toEqual([])
    expect(fault?.startsWith(`${pointer} ${message}`)).toBe(true)
    expect(fault?.endsWith('; the policy says so for pay')).toBe(true)
  })

  it('are refused for everything that is wrong at once', () => {
    expect(faults({ amount_usd: -1, currency: 1 })).toHaveLength(3)
  })

  it('are checked by the schema of their own action, however often', () => {
    const check = createSchemaCheck()
    const strict = policyWith('{ required: [a] }')
    const other = policyWith('{ required: [b] }')
    for (const parameters of [{ a: 1 }, { b: 1 }, { a: 1 }])
      expect([check(strict, parameters).length, check(other, parameters).length]).toEqual(
        'a' in parameters ? [0, 1] : [1, 0],
      )
  })
})
