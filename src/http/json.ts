import { isUtf8 } from 'node:buffer'
import { printParseErrorCode, visit } from 'jsonc-parser'
import type { FieldError, ProblemCode } from '../protocol/problem.ts'
import { type Path, pointerOf } from './pointer.ts'

export const MAX_BODY_BYTES = 256 * 1024
export const MAX_DEPTH = 32
/** More faults than these help nobody. */
const MAX_FAULTS = 20

const badNumber = 'a number that is not written as JSON numbers are'
const badEscape = 'an escape that JSON does not have'
const noComments = 'comments are not allowed'
const SYNTAX_WORDS: Readonly<Record<string, string>> = {
  InvalidSymbol: 'an unknown word (texts stand in double quotes)',
  InvalidNumberFormat: badNumber,
  UnexpectedEndOfNumber: badNumber,
  PropertyNameExpected: 'a key in double quotes was expected',
  ValueExpected: 'a value was expected',
  ColonExpected: 'a colon was expected',
  CommaExpected: 'a comma was expected',
  CloseBraceExpected: 'a comma or a closing brace was expected',
  CloseBracketExpected: 'a comma or a closing bracket was expected',
  EndOfFileExpected: 'something stands after the end of the JSON value',
  InvalidCommentToken: noComments,
  UnexpectedEndOfComment: noComments,
  UnexpectedEndOfString: 'a text that does not end on its line',
  InvalidUnicode: badEscape,
  InvalidEscapeCharacter: badEscape,
  InvalidCharacter: 'a character that must be escaped',
}

export type JsonFault = Extract<
  ProblemCode,
  'malformed_json' | 'duplicate_key' | 'forbidden_key' | 'too_deep' | 'unsafe_number' | 'invalid_text'
>

export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: JsonFault; readonly detail: string; readonly errors: readonly FieldError[] }

/**
 * Reads a JSON body strictly: what a digest will be made of must mean one thing only. Refused, besides what is not
 * JSON: two equal keys in an object, `__proto__` as a key, more than 32 levels, integers beyond 2^53 - 1, numbers too
 * large for a double, lone surrogates, bytes that are not UTF-8.
 */
export function parseJson(bytes: Buffer): ParsedJson {
  if (!isUtf8(bytes)) return refuse('invalid_text', 'The body is not valid UTF-8. Encode it as UTF-8.')
  const text = bytes.toString('utf8')
  if (!/\S/.test(text)) return refuse('malformed_json', 'The body is empty. Send a JSON object.')
  const { depth, members } = outline(text)
  if (depth > MAX_DEPTH)
    return refuse('too_deep', `Objects and lists may be nested ${MAX_DEPTH} deep, but these are nested ${depth} deep.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse('malformed_json', `The body is not valid JSON: ${firstSyntaxError(text)}.`)
  }
  // Valid UTF-8 has no lone surrogates; only an escape can bring one in.
  if (keysOfClean(value, text.includes('\\u')) === members) return { ok: true, value }
  return explain(text)
}

/** How deep the brackets of a JSON text go, and how many members its objects have, equal keys counted each. */
function outline(text: string): { readonly depth: number; readonly members: number } {
  let level = 0
  let depth = 0
  let members = 0
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // "
        i = endOfString(text, i)
        break
      case 0x5b: // [
      case 0x7b: // {
        level += 1
        if (level > depth) depth = level
        break
      case 0x5d: // ]
      case 0x7d: // }
        level -= 1
        break
      case 0x3a: // :
        members += 1
        break
    }
  }
  return { depth, members }
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 0x5c) i += 1
    else if (unit === 0x22) return i
  }
  return text.length
}

/**
 * How many keys a value has in all its objects; -1 when something in it is refused.
 * @param escapes there may be lone surrogates in its texts
 */
function keysOfClean(root: unknown, escapes: boolean): number {
  const open: unknown[] = [root]
  let keys = 0
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value === 'string') {
      if (escapes && !isWellFormed(value)) return -1
    } else if (typeof value === 'number') {
      if (!isSafe(value)) return -1
    } else if (Array.isArray(value)) {
      for (const item of value) open.push(item)
    } else if (typeof value === 'object' && value !== null) {
      for (const key of Object.keys(value)) {
        if (key === '__proto__' || (escapes && !isWellFormed(key))) return -1
        keys += 1
        open.push(Reflect.get(value, key))
      }
    }
  }
  return keys
}

function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text)
}

function isSafe(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
}

/** Reads a valid JSON text again, slowly, to name each thing that is refused in it. */
function explain(text: string): ParsedJson {
  const faults: { readonly code: JsonFault; readonly pointer: string; readonly message: string }[] = []
  const seen: Set<string>[] = []
  const note = (code: JsonFault, path: Path, message: string) => {
    if (faults.length < MAX_FAULTS) faults.push({ code, pointer: pointerOf(path), message })
  }
  visit(text, {
    onObjectBegin: () => {
      seen.push(new Set())
    },
    onObjectEnd: () => {
      seen.pop()
    },
    onObjectProperty: (key, _offset, _length, line, column, parent) => {
      const keys = seen.at(-1)
      const place = `line ${line + 1}, column ${column + 1}`
      if (!isWellFormed(key)) note('invalid_text', parent(), `a key (${place}) has a lone surrogate in it`)
      else if (key === '__proto__')
        note('forbidden_key', [...parent(), key], `the key __proto__ (${place}) is not allowed`)
      else if (keys?.has(key) === true)
        note('duplicate_key', [...parent(), key], `this key stands twice in one object (the second time at ${place})`)
      keys?.add(key)
    },
    onLiteralValue: (value: unknown, _offset, _length, line, column, path) => {
      const place = `line ${line + 1}, column ${column + 1}`
      if (typeof value === 'string' && !isWellFormed(value))
        note('invalid_text', path(), `this text (${place}) has a lone surrogate in it`)
      if (typeof value === 'number' && !isSafe(value))
        note(
          'unsafe_number',
          path(),
          `this number (${place}) would lose digits: integers go up to 9007199254740991; send larger ones as text`,
        )
    },
  })
  const [first] = faults
  if (first === undefined) throw new Error('a JSON text was refused, but nothing in it is wrong')
  const where = first.pointer === '' ? '' : ` at ${first.pointer}`
  return refuse(first.code, `The body is JSON, but it cannot be taken${where}: ${first.message}.`, faults)
}

// Thrown to stop at the first error: beyond it the parser recurses as deeply as the sender likes.
class FirstSyntaxError extends Error {
  readonly words: string
  constructor(words: string) {
    super(words)
    this.words = words
  }
}

function firstSyntaxError(text: string): string {
  try {
    visit(
      text,
      {
        onError: (code, offset, length, line, column) => {
          const name = printParseErrorCode(code)
          const place = `line ${line + 1}, column ${column + 1}`
          if (offset >= text.length) throw new FirstSyntaxError(`the body ends too early, at ${place}`)
          if (name === 'UnexpectedEndOfString' && offset + length >= text.length)
            throw new FirstSyntaxError(`the body ends too early, inside the text that begins at ${place}`)
          throw new FirstSyntaxError(`${SYNTAX_WORDS[name] ?? 'something unexpected'} at ${place}`)
        },
      },
      { disallowComments: true },
    )
  } catch (error) {
    if (error instanceof FirstSyntaxError) return error.words
    throw error
  }
  return 'something unexpected stands in it'
}

function refuse(code: JsonFault, detail: string, errors: readonly FieldError[] = []): ParsedJson {
  return { ok: false, code, detail, errors }
}
