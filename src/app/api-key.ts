import { timingSafeEqual } from 'node:crypto'
import { sha256Hex } from '../domain/digest.ts'
import { newId } from '../domain/ids.ts'
import type { Instant } from '../domain/time.ts'
import type { ApiKey, Random, Scope } from './ports.ts'

const TOKEN = /^csk_([0-9a-z]{26})_([A-Za-z0-9_-]{43})$/
const AGENT_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/i

/** What a token says: which key it claims to be, and the secret that proves it. */
export type Token = { readonly id: string; readonly secret: string }

/** May an agent be called so? Letters, digits, `.`, `_` and `-`, starting with a letter or digit, at most 64. */
export function isAgentName(name: string): boolean {
  return AGENT_NAME.test(name)
}

/**
 * A new key for an agent. The token is shown once and never stored; the record holds only its secret's SHA-256.
 * @param wanted.agent a name that `isAgentName` allows
 * @param wanted.expiresAt null: the key never expires
 */
export function newApiKey(wanted: {
  readonly agent: string
  readonly scopes: readonly Scope[]
  readonly expiresAt: Instant | null
  readonly now: Instant
  readonly random: Random
}): { readonly token: string; readonly record: ApiKey } {
  const { agent, scopes, expiresAt, now, random } = wanted
  const id = newId('key', now, random(10))
  const secret = Buffer.from(random(32)).toString('base64url')
  const record: ApiKey = {
    id,
    secretHash: sha256Hex(secret),
    agent,
    scopes,
    createdAt: now,
    expiresAt,
    revokedAt: null,
  }
  return { token: `csk_${id.slice('key_'.length)}_${secret}`, record }
}

/** Reads `csk_<id>_<secret>`; `id` comes back as the store knows it, `key_...`. null: not a token of ours. */
export function parseToken(text: string): Token | null {
  const [, id, secret] = TOKEN.exec(text) ?? []
  if (id === undefined || secret === undefined) return null
  return { id: `key_${id}`, secret }
}

/** Is this the secret of that key? Takes the same time whether or not there is such a key. */
export function isSecretOf(key: ApiKey | null, secret: string): boolean {
  const given = Buffer.from(sha256Hex(secret), 'hex')
  const stored = Buffer.from(key?.secretHash ?? '', 'hex')
  const comparable = stored.length === given.length ? stored : Buffer.alloc(given.length)
  return timingSafeEqual(given, comparable) && key !== null
}
