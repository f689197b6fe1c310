/** What a Web API method answers, and how its arguments are read. Forms carry strings, JSON bodies carry values. */
import { isObject, type JsonObject } from './check.ts'
import { type Problem, printProblem } from './limits.ts'
import type { State } from './state.ts'

export type Reply = { readonly ok: boolean; readonly error?: string; readonly [key: string]: unknown }

export type Method = {
  /** Scopes of which all must be granted. */
  readonly scopes: (args: JsonObject, state: State) => readonly string[]
  /** Calls a minute, or `post` for one message a second in each channel. */
  readonly pace: number | 'post'
  readonly token?: 'app'
  readonly run: (args: JsonObject, state: State, apiBase: string) => Reply
}

export function refuse(error: string, extra: JsonObject = {}): Reply {
  return { ok: false, error, ...extra }
}

/** A refusal that prints each problem as Slack does, with its JSON pointer. */
export function refuseFor(error: string, problems: readonly Problem[]): Reply {
  return refuse(error, {
    errors: problems.map((problem) => printProblem(problem).slice('[ERROR] '.length)),
    response_metadata: { messages: problems.map(printProblem) },
  })
}

export function missing(name: string): Reply {
  return refuse('invalid_arguments', {
    response_metadata: { messages: [`[ERROR] missing required field: ${name} [json-pointer:/${name}]`] },
  })
}

export function readString(args: JsonObject, key: string): string | undefined {
  const value = args[key]
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function readFlag(args: JsonObject, key: string): boolean | undefined {
  const value = args[key]
  if (value === undefined) return undefined
  return value === true || value === 'true' || value === '1' || value === 1
}

export function readCount(args: JsonObject, key: string, fallback: number): number {
  const value = Number(args[key])
  return args[key] === undefined || !Number.isFinite(value) ? fallback : value
}

/** The value, parsed when a form carried it as text; undefined when absent; 'malformed' when it is no JSON. */
export function readJson(args: JsonObject, key: string): { value: unknown } | 'malformed' | undefined {
  const value = args[key]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') return { value }
  try {
    return { value: JSON.parse(value) as unknown }
  } catch {
    return 'malformed'
  }
}

export type Page<T> = { readonly items: readonly T[]; readonly next: string }

/** One page of a list; the cursor is opaque. Undefined for a cursor that was never given out. */
export function pageOf<T>(all: readonly T[], args: JsonObject, fallback: number, most: number): Page<T> | undefined {
  const limit = Math.min(Math.max(1, readCount(args, 'limit', fallback)), most)
  const start = readCursor(readString(args, 'cursor'))
  if (start === undefined || start > all.length) return undefined
  const end = start + limit
  const next = end < all.length ? Buffer.from(`next:${end}`).toString('base64') : ''
  return { items: all.slice(start, end), next }
}

function readCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return 0
  const offset = /^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8'))?.[1]
  return offset === undefined ? undefined : Number(offset)
}

export function asObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
