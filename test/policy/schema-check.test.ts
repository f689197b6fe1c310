/**
 * Parameters against the schema of an action. Broken builds that these sentences were seen to catch:
 * - nothing checked, the field not named or not escaped, formats or allowed values left out -> "at the field that is wrong".
 * - only the first fault -> "everything that is wrong at once". One validator for all -> "their own action".
 * - patterns left to the engine of JavaScript -> "no longer than the text is long", which then never ends.
 */
import { describe, expect, it } from 'vitest'
import { findAction } from '../../src/domain/manifest.ts'
import { schemaFaults } from '../../src/policy/parameters-schema.ts'
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
    [{}, '/parameters/order_id', '`parameters.order_id` is missing; the policy for pay requires it'],
    [
      { order_id: 'A-1', note: 1 },
      '/parameters/note',
      'there is no field `parameters.note`; the policy for pay does not list it',
    ],
    [
      { order_id: 'A-1', 'x/y~z': 1 },
      '/parameters/x~1y~0z',
      'there is no field `parameters.x/y~z`; the policy for pay does not list it',
    ],
    [
      { order_id: '' },
      '/parameters/order_id',
      '`parameters.order_id` must not have fewer than 1 characters; the policy for pay says so',
    ],
    [
      { order_id: 'A-1', amount_usd: '1' },
      '/parameters/amount_usd',
      '`parameters.amount_usd` must be a number; the policy for pay says so',
    ],
    [
      { order_id: 'A-1', amount_usd: 0 },
      '/parameters/amount_usd',
      '`parameters.amount_usd` must be > 0; the policy for pay says so',
    ],
    [
      { order_id: 'A-1', currency: 'GBP' },
      '/parameters/currency',
      '`parameters.currency` must be one of ["USD","EUR"]; the policy for pay says so',
    ],
    [
      { order_id: 'A-1', lines: [{}, { 'a/b~c': 'x' }] },
      '/parameters/lines/1/a~1b~0c',
      '`parameters.lines.1.a/b~c` must be a whole number; the policy for pay says so',
    ],
    [
      { order_id: 'A-1', due: 'soon' },
      '/parameters/due',
      '`parameters.due` must match format "date"; the policy for pay says so',
    ],
  ])('%j are refused at the field that is wrong', (parameters, pointer, message) => {
    expect(faults(parameters)).toEqual([`${pointer} ${message}`])
  })

  it.each([
    ['{ properties: { a: { type: [string, "null"] } } }', { a: 1 }, '`parameters.a` must be a text or null;'],
    ['{ properties: { a: { const: "yes" } } }', { a: 1 }, '`parameters.a` must be "yes";'],
    ['{ properties: { a: false } }', { a: 1 }, '`parameters.a` is not allowed;'],
    ['{ unevaluatedProperties: false }', { a: 1 }, 'there is no field `parameters.a`;'],
    ['{ additionalProperties: false }', { ['a'.repeat(100)]: 1 }, `\`parameters.${'a'.repeat(48)}…\`;`],
  ])('break %s in words that name the field', (schema, parameters, message) => {
    const found = faults(parameters, schema)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })

  it('are refused with fifty faults at most, and with the first one where they are many', () => {
    const lists = '{ properties: { list: { items: { type: string } } } }'
    const wrong = (count: number) => faults({ list: Array(count).fill(1) }, lists)
    expect([49, 50, 51, 4_000, 120_000].map((count) => wrong(count).length)).toEqual([49, 50, 50, 50, 1])
    expect(wrong(120_000)[0]).toMatch(/^\/parameters\/list\/0 `parameters\.list\.0` must be a text;/)
    expect(faults({ list: Array(120_000).fill('x') }, lists)).toEqual([])
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

describe('a pattern', () => {
  const schemaOf = (pattern: string) => ({ type: 'object', properties: { code: { type: 'string', pattern } } })

  it('takes no longer than the text is long, whatever an agent writes', () => {
    const policy = policyWith(JSON.stringify(schemaOf('^(a+)+$')))
    expect(createSchemaCheck()(policy, { code: 'a'.repeat(200_000) })).toEqual([])
    expect(createSchemaCheck()(policy, { code: `${'a'.repeat(200_000)}!` })).toMatchObject([
      { pointer: '/parameters/code' },
    ])
  })

  it('means what it says in JSON Schema', () => {
    const check = (pattern: string, code: string) =>
      createSchemaCheck()(policyWith(JSON.stringify(schemaOf(pattern))), { code }).length === 0
    expect(check('^\\d{3}-[A-Z]\\w*$', '123-Ab_1')).toBe(true)
    expect(check('^\\d{3}-[A-Z]\\w*$', '123-ab')).toBe(false)
    expect(check('b', 'abc')).toBe(true) // anywhere in it
    expect(check('^\\p{L}+$', 'Grüße')).toBe(true)
    expect(check('^a$', 'a\n')).toBe(false)
    const two = { type: 'object', properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } } }
    expect(createSchemaCheck()(policyWith(JSON.stringify(two)), { a: 'a', b: 'a' })).toMatchObject([
      { pointer: '/parameters/b' },
    ])
  })

  it('that cannot be checked in that time is a fault of the manifest', () => {
    for (const pattern of ['^(?=a)b', '(a)\\1'])
      expect(schemaFaults(schemaOf(pattern))).toMatchObject([{ message: expect.stringContaining('no look-ahead') }])
  })
})
