/**
 * Inputs for parameters, typed by their schema, and what is read from them. Broken builds that these sentences were seen
 * to catch:
 * - values offered that an input gives back changed (space around them, hidden characters, numbers with an exponent), or an
 *   empty input read as an empty text where nothing was shown -> "nothing typed, nothing changed".
 * - redacted values offered -> "neither redacted". Long numbers rounded, hidden characters taken -> "is refused".
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeBlocks } from '../../blocks/context-modal.ts'
import { editInputs } from '../../blocks/edit-input.ts'
import { editModal } from '../../blocks/edit-modal.ts'
import { changesOf } from '../../src/domain/edit.ts'
import { parseSubmission } from '../../src/slack/parse.ts'
import { valuesOf } from '../../src/workspace/entries.ts'
import { tries } from '../fixtures/depth.ts'
import { expectModal, nodes } from './rendered-text.ts'
import { START, viewOf } from './views.ts'

type Schema = Readonly<Record<string, unknown>>

/** A view of one parameter `p` that can be changed. */
const viewWith = (schema: Schema | null, value?: unknown, more: { redact?: readonly string[] } = {}) =>
  viewOf({
    policy: {
      ...more,
      editable_parameters: ['p'],
      parameters_schema: schema === null ? null : { type: 'object', properties: { p: schema } },
    },
    proposal: { parameters: value === undefined ? { q: 1 } : { q: 1, p: value } },
  })

const inputFor = (schema: Schema | null, value?: unknown) => editInputs(viewWith(schema, value))[0]
const read = (schema: Schema, entered: string, value?: unknown) => inputFor(schema, value)?.read(entered)

describe('an input is of the kind that the schema says', () => {
  it.each<[string, Schema | null, unknown, object]>([
    ['a text', { type: 'string' }, 'A-1', { type: 'plain_text_input', initial_value: 'A-1', multiline: false }],
    ['a text of lines', { type: 'string' }, 'a\nb', { multiline: true, initial_value: 'a\nb' }],
    ['a number', { type: 'number' }, 12.5, { type: 'number_input', is_decimal_allowed: true, initial_value: '12.5' }],
    ['a whole number', { type: 'integer' }, 3, { type: 'number_input', is_decimal_allowed: false, initial_value: '3' }],
    ['limits', { type: 'number', minimum: 1, maximum: 500 }, 3, { min_value: '1', max_value: '500' }],
    ['a day', { type: 'string', format: 'date' }, '2026-11-22', { type: 'datepicker', initial_date: '2026-11-22' }],
    ['true or false', { type: 'boolean' }, true, { type: 'static_select', initial_option: { text: { text: 'true' } } }],
    ['one of several', { enum: ['low', 'high'] }, 'high', { initial_option: { text: { text: 'high' }, value: '1' } }],
    ['one of several kinds', { enum: ['1', 1, null] }, 1, { initial_option: { text: { text: '1' } } }],
    ['what may be null', { type: ['null', 'integer'] }, 3, { type: 'number_input', is_decimal_allowed: false }],
    ['what it is now, without a schema', null, 7, { type: 'number_input' }],
    ['what it is now, where both are allowed', { type: ['string', 'number'] }, 7, { type: 'number_input' }],
    ['a text where nothing says what', null, undefined, { type: 'plain_text_input' }],
  ])('%s', (_, schema, value, element) => {
    expect(inputFor(schema, value)?.block.element).toMatchObject(element)
    expectModal(editModal(viewWith(schema, value), START))
  })

  it('shows texts that are numbers in quotes beside numbers', () => {
    const options = Object(inputFor({ enum: ['1', 1] }, 1)?.block.element).options
    expect(options).toMatchObject([{ text: { text: '"1"' } }, { text: { text: '1' } }])
  })

  it('is a text where there are too many choices for Slack, or too long ones', () => {
    const many = Array.from({ length: 101 }, (_, at) => `choice ${at}`)
    expect(inputFor({ enum: many }, 'choice 7')?.block.element).toMatchObject({ type: 'plain_text_input' })
    expect(inputFor({ enum: ['a', 'b'.repeat(76)] }, 'a')?.block.element).toMatchObject({ type: 'plain_text_input' })
    expect(inputFor({ enum: Array.from({ length: 101 }, (_, at) => at) }, 7)).toBeUndefined()
  })

  it.each<[string, Schema | null, unknown]>([
    ['a list', { type: 'array' }, [1]],
    ['a group of keys', { type: 'object' }, { a: 1 }],
    ['a list, without a schema', null, [1]],
    ['nothing but null', { type: 'null' }, null],
    ['one of several lists', { enum: [[1], [2]] }, [1]],
  ])('is none for %s', (_, schema, value) => {
    expect(editInputs(viewWith(schema, value))).toEqual([])
  })

  it('is none for what is neither editable nor there, and neither redacted nor without a policy', () => {
    expect(editInputs(viewWith({ type: 'string' }, 'secret', { redact: ['p'] }))).toEqual([])
    expect(editInputs({ ...viewWith({ type: 'string' }, 'x'), policy: null })).toEqual([])
    expect(editInputs(viewOf()).map(({ name }) => name)).toEqual([])
  })

  it('says what is allowed, and what an empty one means', () => {
    const hint = (schema: Schema, value?: unknown) => inputFor(schema, value)?.block.hint?.text
    expect(hint({ type: 'integer', minimum: 1, exclusiveMaximum: 9, multipleOf: 2 }, 4)).toBe(
      'A whole number, at least 1, below 9, a multiple of 2.',
    )
    expect(
      hint({ type: 'string', description: 'Where it goes.', minLength: 2, maxLength: 9, pattern: '^A' }, 'AB'),
    ).toBe('Where it goes. At least 2 characters. At most 9 characters. Has to match ^A.')
    expect(hint({ type: 'string', format: 'email' })).toBe(
      'An e-mail address. There is none now; leave this empty to keep it so.',
    )
    expect(hint({ type: 'string' }, 'a\u202Eb')).toBe('Leave this empty to keep what it is now.')
  })

  it('has to be filled in where there is a value that cannot be taken away', () => {
    const optional = (schema: Schema, value?: unknown) => inputFor(schema, value)?.block.optional
    for (const [schema, value] of [
      [{ type: 'number' }, 1],
      [{ type: 'boolean' }, false],
      [{ type: 'string', format: 'date' }, '2026-11-22'],
      [{ type: 'string', minLength: 1 }, 'x'],
    ] as const) {
      expect(optional(schema, value)).toBe(false)
      expect(optional(schema)).toBe(true)
    }
    expect(optional({ type: 'string' }, 'x')).toBe(true)
  })
})

describe('what is typed', () => {
  it.each<[Schema, string, unknown]>([
    [{ type: 'number' }, '119.50', 119.5],
    [{ type: 'number' }, '-0.0', 0],
    [{ type: 'number' }, '007', 7],
    [{ type: 'number' }, '+7', 7],
    [{ type: 'number' }, '123456789.012345', 123456789.012345],
    [{ type: 'integer' }, '120.0', 120],
    [{ type: 'string' }, '120', '120'],
    [{ type: 'string' }, 'a\r\nb', 'a\nb'],
    [{ type: 'boolean' }, '1', false],
    [{ enum: ['a', 7] }, '1', 7],
    [{ type: 'string', format: 'date' }, '2026-12-01', '2026-12-01'],
  ])('as %j: %s is %j', (schema, entered, value) => {
    expect(read(schema, entered)).toEqual({ kind: 'value', value })
  })

  it.each<[Schema, string, RegExp]>([
    [{ type: 'number' }, '1,5', /^Please enter a number/],
    [{ type: 'number' }, '1e400', /^Please enter a number/],
    [{ type: 'number' }, `0.${'0'.repeat(400)}1`, /^This number has more digits/],
    [{ type: 'number' }, '9007199254740994', /^This number has more digits/],
    [{ type: 'number' }, 'NaN', /^Please enter a number/],
    [{ type: 'integer' }, '1.5', /^Please enter a whole number/],
    [{ type: 'number' }, '9007199254740993', /^This number has more digits/],
    [{ type: 'number' }, '0.12345678901234567', /^This number has more digits/],
    [{ type: 'string' }, 'a\u200Bb', /^This has a character that nobody would see \(U\+200B\)/],
    [{ type: 'string' }, 'a\uD800', /U\+D800/],
    [{ enum: ['a'] }, '7', /^Please choose/],
  ])('as %j: %s is refused', (schema, entered, why) => {
    expect(read(schema, entered)).toMatchObject({ kind: 'fault', why: expect.stringMatching(why) })
  })

  it('is nothing: a text that was there is the empty text then, and all else stays or has to be given', () => {
    expect(read({ type: 'string' }, '', 'x')).toEqual({ kind: 'value', value: '' })
    expect(read({ type: 'string' }, '')).toEqual({ kind: 'same' })
    expect(read({ type: 'string' }, '', ' x')).toEqual({ kind: 'same' })
    expect(read({ type: 'number' }, '', 1e300)).toEqual({ kind: 'same' })
    expect(read({ type: 'number' }, '', 1)).toMatchObject({ kind: 'fault' })
    expect(read({ type: 'boolean' }, '', true)).toMatchObject({ kind: 'fault' })
  })
})

describe('nothing typed, nothing changed', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '',
      ' a',
      'a ',
      'a\tb',
      'a\r\nb',
      '\n',
      'a\u00A0b',
      'a\u200B',
      '\u202Eabc',
      'x'.repeat(3001),
      'x'.repeat(3000),
    ),
  )
  const number = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.maxSafeInteger(),
    fc.constantFrom(1e21, 1e-7, 0.1, 2 ** 53, -(2 ** 53)),
  )
  const cases = fc.oneof(
    fc.record({ schema: fc.constantFrom<Schema | null>({ type: 'string' }, {}, null), value: text }),
    fc.record({ schema: fc.constantFrom<Schema | null>({ type: 'number' }, {}, null), value: number }),
    fc.record({ schema: fc.constant({ type: 'integer' }), value: fc.maxSafeInteger() }),
    fc.record({ schema: fc.constantFrom<Schema | null>({ type: 'boolean' }, {}, null), value: fc.boolean() }),
    fc.record({ schema: fc.constant({ type: ['string', 'null'] }), value: fc.option(text) }),
    fc
      .array(fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), { minLength: 1, maxLength: 5 })
      .map((among) => ({ schema: { enum: among }, value: among[0] })),
  )

  it('whatever the value is, as Slack gives back what it was given', () => {
    fc.assert(
      fc.property(cases, ({ schema, value: given }) => {
        // As it comes from an agent: JSON.
        const value: unknown = JSON.parse(JSON.stringify(given))
        const view = viewWith(schema, value)
        expectModal(editModal(view, START))
        const blocks = changeBlocks(view)
        const state = {
          values: valuesOf({
            blocks: blocks.map((block) => ({ ...block, block_id: block.block_id ?? '' })),
            values: {},
          }),
        }
        const submission = parseSubmission({
          user: { id: 'U1' },
          view: { id: 'V1', callback_id: 'c', private_metadata: '', state },
        })
        const after = Object.fromEntries(
          editInputs(view).flatMap(({ name, block, read: from }) => {
            const entered = from(submission?.values.get(block.block_id)?.text ?? '')
            expect(entered.kind).not.toBe('fault')
            return entered.kind === 'value' ? [[name, entered.value]] : []
          }),
        )
        expect(changesOf(view.decision.parameters, { ...view.decision.parameters, ...after })).toEqual([])
      }),
      { numRuns: tries(1_000, 20_000) },
    )
  })

  it('shows nothing in an input that does not look like what it is', () => {
    fc.assert(
      fc.property(text, (value) => {
        const view = viewWith({ type: 'string' }, value)
        for (const { initial_value: shown } of nodes(changeBlocks(view)))
          if (typeof shown === 'string') expect(shown).toBe(value)
      }),
    )
  })
})
