import type { InputBlock, PlainTextOption } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { type FieldKind, type ParameterField, parameterFields, type Scalar } from '../src/domain/parameter-field.ts'
import { editInputId } from './action-ids.ts'
import { escapedJson, hasHidden, oneLine, visible } from './escape.ts'
import { clipped, INPUT_TEXT } from './limits.ts'
import { plain } from './rich-text.ts'

/** An input for another value of one parameter, and what is read from it. */
export type EditInput = {
  readonly name: string
  readonly block: InputBlock & { readonly block_id: string }
  /** @param entered what Slack says was entered, without space around it; of a choice its option's value; empty: nothing */
  readonly read: (entered: string) => Entered
}

export type Entered =
  /** The parameter stays as it is. */
  | { readonly kind: 'same' }
  | { readonly kind: 'value'; readonly value: Scalar }
  /** `why`: plain text, to stand under the input. */
  | { readonly kind: 'fault'; readonly why: string }

/** More would not fit into a modal beside all the rest. */
export const MOST_INPUTS = 50

/** The inputs for all that a reviewer can change; empty: nothing. */
export function editInputs({ decision, policy }: DecisionView): readonly EditInput[] {
  if (policy === null) return []
  return parameterFields(policy, decision.parameters).flatMap((field): readonly EditInput[] => {
    const form = formOf(field)
    if (form === null) return []
    const { element, read, hint, optional } = form
    const id = editInputId(policy.editable_parameters.indexOf(field.name))
    const words = [...(field.description === null ? [] : [clipped(visible(field.description), 600)]), ...hint]
    const block: EditInput['block'] = {
      type: 'input',
      block_id: id,
      label: plain(clipped(oneLine(field.name), 200)),
      ...(words.length > 0 && { hint: plain(words.map((each) => `${each.replace(/\.$/, '')}.`).join(' ')) }),
      optional,
      element: { ...element, action_id: id },
    }
    return [{ name: field.name, block, read }]
  })
}

type Form = {
  readonly element: InputBlock['element']
  readonly read: EditInput['read']
  readonly hint: readonly string[]
  readonly optional: boolean
}

function formOf(field: ParameterField): Form | null {
  const { kind } = field
  switch (kind.type) {
    case 'text':
      return kind.format === 'date' ? dateForm(field) : textForm(field, kind)
    case 'number':
      return numberForm(field, kind)
    case 'choice':
      return choiceForm(field, kind.among)
  }
}

function textForm({ now }: ParameterField, kind: FieldKind & { readonly type: 'text' }): Form {
  const shown = typeof now?.value === 'string' && isShowable(now.value) ? now.value : null
  const multiline = shown !== null && (shown.includes('\n') || shown.length > 80)
  return {
    element: {
      type: 'plain_text_input',
      multiline: multiline || (kind.maxLength ?? 0) > 200,
      max_length: INPUT_TEXT,
      ...(shown !== null && shown !== '' && { initial_value: shown }),
    },
    read: (entered) => {
      const text = entered.replaceAll('\r\n', '\n')
      if (text === '') return shown === null ? SAME : { kind: 'value', value: '' }
      if (hasHidden(text)) return fault(`This has a character that nobody would see (${firstHidden(text)}).`)
      return { kind: 'value', value: text }
    },
    hint: [...textLimits(kind), ...emptyHint(now, shown !== null)],
    // Cleared, it is the empty text; where that can't be one Slack says so before anything is sent.
    optional: shown === null || ((kind.minLength ?? 0) < 1 && kind.format === null && kind.pattern === null),
  }
}

function dateForm({ now }: ParameterField): Form {
  const shown = typeof now?.value === 'string' && /^\d{4}-\d\d-\d\d$/.test(now.value) ? now.value : null
  return {
    element: { type: 'datepicker', ...(shown !== null && { initial_date: shown }) },
    read: (entered) => {
      if (entered === '') return shown === null ? SAME : fault('Please choose a date.')
      return { kind: 'value', value: entered }
    },
    hint: emptyHint(now, shown !== null),
    optional: shown === null,
  }
}

function numberForm({ now }: ParameterField, kind: FieldKind & { readonly type: 'number' }): Form {
  const shown = typeof now?.value === 'number' ? decimalText(now.value) : null
  const [min, max] = [decimalText(kind.min), decimalText(kind.max)]
  return {
    element: {
      type: 'number_input',
      is_decimal_allowed: !kind.whole,
      ...(shown !== null && { initial_value: shown }),
      ...(min !== null && { min_value: min }),
      ...(max !== null && { max_value: max }),
    },
    read: (entered) => {
      if (entered === '') return shown === null ? SAME : fault('Please enter a number.')
      return readNumber(entered, kind.whole)
    },
    hint: [numberLimits(kind), ...emptyHint(now, shown !== null)],
    optional: shown === null,
  }
}

function choiceForm(field: ParameterField, among: readonly Scalar[]): Form | null {
  const labels = labelsOf(among)
  if (among.length === 0 || among.length > MOST_OPTIONS || labels.some((label) => label.length > OPTION_TEXT))
    return among.every((each) => typeof each === 'string') ? textForm(field, ANY_TEXT) : null
  const options = labels.map((label, at): PlainTextOption => ({ text: plain(label), value: String(at) }))
  const { now } = field
  const chosen = now === null ? undefined : options[among.findIndex((each) => each === now.value)]
  return {
    element: { type: 'static_select', options, ...(chosen !== undefined && { initial_option: chosen }) },
    read: (entered) => {
      if (entered === '') return chosen === undefined ? SAME : fault('Please choose one of these.')
      const value = among[options.findIndex((option) => option.value === entered)]
      return value === undefined ? fault('Please choose one of these.') : { kind: 'value', value }
    },
    hint: emptyHint(now, chosen !== undefined),
    optional: chosen === undefined,
  }
}

const SAME: Entered = { kind: 'same' }
const MOST_OPTIONS = 100
const OPTION_TEXT = 75
const ANY_TEXT = { type: 'text', format: null, pattern: null, minLength: null, maxLength: null } as const

function fault(why: string): Entered {
  return { kind: 'fault', why }
}

/** Would it come back from an input as it is, and does it look there like what it is? */
function isShowable(text: string): boolean {
  return text.length <= INPUT_TEXT && text.trim() === text && !/[\t\r]/.test(text) && escapedJson(text) === text
}

/** Texts as they are where that can't mislead; else all as the card shows values. */
function labelsOf(among: readonly Scalar[]): readonly string[] {
  const plainTexts = among.every(
    (each) => typeof each === 'string' && each !== '' && isShowable(each) && !each.includes('\n'),
  )
  return among.map((each) => (plainTexts ? String(each) : escapedJson(JSON.stringify(each))))
}

/** "U+200B": the first character that `visible` has to name. */
function firstHidden(text: string): string {
  const shown = visible(text)
  const at = text.split('').findIndex((unit, index) => shown[index] !== unit)
  return /^⟨(U\+[0-9A-F]+)⟩/.exec(shown.slice(Math.max(0, at)))?.[1] ?? 'unknown'
}

/**
 * A number as people write it; null: only with an exponent, which Slack does not take, or with more digits than are kept
 * exactly, of which another number would be read.
 */
function decimalText(value: number | null): string | null {
  const written = String(value)
  const isExact = !Number.isInteger(value) || Number.isSafeInteger(value)
  return isExact && /^-?\d+(\.\d+)?$/.test(written) ? written : null
}

/** A number that would not be printed again as it was typed was rounded: another one would be approved. */
function readNumber(entered: string, whole: boolean): Entered {
  const [, sign = '', digits = '', decimals = ''] = /^([+-]?)0*(\d+)(?:\.(\d*?)0*)?$/.exec(entered) ?? []
  if (digits === '') return fault('Please enter a number, such as 120 or 119.50.')
  const value = Number(entered)
  if (whole && !Number.isInteger(value)) return fault('Please enter a whole number.')
  if (value === 0 && !/[1-9]/.test(entered)) return { kind: 'value', value: 0 } // JSON has no -0.
  const typed = `${sign === '-' ? '-' : ''}${digits}${decimals === '' ? '' : `.${decimals}`}`
  if (decimalText(value) !== typed)
    return fault('This number has more digits than can be kept exactly. Please use fewer.')
  return { kind: 'value', value }
}

function emptyHint(now: ParameterField['now'], isShown: boolean): readonly string[] {
  if (isShown) return []
  return [
    now === null ? 'There is none now; leave this empty to keep it so' : 'Leave this empty to keep what it is now',
  ]
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'An e-mail address',
  uri: 'An address, such as https://example.com',
  'date-time': 'A time, such as 2026-11-22T10:00:00Z',
  time: 'A time of day, such as 10:00:00Z',
  uuid: 'A UUID',
}

function textLimits({
  format,
  pattern,
  minLength,
  maxLength,
}: FieldKind & { readonly type: 'text' }): readonly string[] {
  return [
    ...(format === null
      ? []
      : [(Object.hasOwn(FORMATS, format) ? FORMATS[format] : null) ?? `In the format ${format}`]),
    ...(minLength === null || minLength < 1 ? [] : [`At least ${counted(minLength)}`]),
    ...(maxLength === null ? [] : [`At most ${counted(maxLength)}`]),
    ...(pattern === null ? [] : [`Has to match ${clipped(oneLine(pattern), 200)}`]),
  ]
}

function counted(characters: number): string {
  return characters === 1 ? '1 character' : `${characters} characters`
}

function numberLimits({ whole, min, max, above, below, step }: FieldKind & { readonly type: 'number' }): string {
  const bounds = [
    ...(min === null ? [] : [`at least ${min}`]),
    ...(above === null ? [] : [`above ${above}`]),
    ...(max === null ? [] : [`at most ${max}`]),
    ...(below === null ? [] : [`below ${below}`]),
    ...(step === null || (whole && step === 1) ? [] : [`a multiple of ${step}`]),
  ]
  return [whole ? 'A whole number' : 'A number', ...bounds].join(', ')
}
