import { hash } from 'node:crypto'
import { configure } from 'safe-stable-stringify'

/** A digest as people and machines exchange it: `sha256:` and 64 hex digits. */
export type Digest = `sha256:${string}`

// Sorted keys, and everything else as JSON.stringify prints it: for JSON values that is RFC 8785 to the letter.
const stringify = configure({ deterministic: true, bigint: false, strict: true })

/**
 * Canonical JSON (RFC 8785, JCS) of a JSON value. Object keys are sorted, numbers printed one way only.
 * `undefined` fields are left out, as JSON.stringify does.
 * @throws when the value is not JSON (a bug: everything is validated before it comes here)
 */
export function canonicalJson(value: unknown): string {
  const text = stringify(value)
  if (text === undefined) throw new Error('not a JSON value')
  return text
}

/** sha256 over the UTF-8 bytes of `text`. */
export function sha256(text: string): Digest {
  return `sha256:${sha256Hex(text)}`
}

/** sha256 as 64 hex digits; of a text over its UTF-8 bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex')
}

/** The manifest's identity: sha256 of its canonical JSON. Every decision records the one that routed it. */
export function manifestDigest(manifest: unknown): Digest {
  return sha256(canonicalJson(manifest))
}

/**
 * What exactly was proposed, bound to this one decision:
 * `SHA256("countersign/action/v1\0" + nonce + "\0" + JCS({action, parameters}))`, redacted parameters included.
 * The nonce keeps a short secret from being guessed out of the digest. Strings are not normalised; `1`, `"1"` and `true` differ.
 * @param nonce 128 random bits, base64url; one for the whole life of a decision
 */
export function parametersDigest(nonce: string, action: string, parameters: Readonly<Record<string, unknown>>): Digest {
  return sha256(`countersign/action/v1\0${nonce}\0${canonicalJson({ action, parameters })}`)
}
