import type { Idempotency } from '../app/ports.ts'
import { sha256Hex } from '../domain/digest.ts'
import { type Refusal, refuse } from './answer.ts'

const BARE = /^[\x21\x23-\x2b\x2d-\x7e]{1,255}$/ // visible ASCII without a quote or a comma
const QUOTED = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/ // a structured-field string, RFC 8941

export type KeyHeader =
  | { readonly ok: true; readonly key: string | null }
  | { readonly ok: false; readonly refusal: Refusal }

/** Reads `Idempotency-Key`, bare or quoted: `abc` and `"abc"` are the same key. `key` is null where none was sent. */
export function readKey(header: string | readonly string[] | undefined, required: boolean): KeyHeader {
  if (header === undefined) {
    if (!required) return { ok: true, key: null }
    const detail =
      'Send an `Idempotency-Key` header, new for each decision and the same when you try again, so that a lost answer cannot make two of it.'
    return { ok: false, refusal: refuse('idempotency_key_missing', detail) }
  }
  const text = typeof header === 'string' ? header.trim() : ''
  const key = BARE.test(text) ? text : (QUOTED.exec(text)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? '')
  if (key.length > 0 && key.length <= 255) return { ok: true, key }
  const detail =
    'The `Idempotency-Key` must be 1 to 255 visible ASCII characters, bare (without quotes and commas) or in double quotes, and be sent once.'
  return { ok: false, refusal: refuse('idempotency_key_invalid', detail) }
}

/**
 * The key with a hash of what it stands for.
 * @param target the operation and the decision it names: the same key and body for another decision is another request
 * @param body as it was sent, to the byte: who tries again sends the same
 */
export function idempotencyOf(apiKey: string, key: string, target: string, body: Uint8Array): Idempotency {
  const bytes = Buffer.concat([Buffer.from(`countersign/request/v1\0${target}\0`, 'utf8'), body])
  return { apiKey, key, bodyHash: `sha256:${sha256Hex(bytes)}` }
}
