import { canonicalJson, parametersDigest } from './digest.ts'

/** The `typ` and `alg` in a grant's header; nothing else is a grant. */
export const GRANT_TYPE = 'countersign-grant+jwt'
export const GRANT_ALGORITHM = 'EdDSA'

/** What a grant says; times in whole seconds since the epoch, as JWTs have them. */
export type GrantClaims = {
  /** Who signed it: the service's `PUBLIC_URL`. */
  readonly iss: string
  /** Its own name: it is used once. */
  readonly jti: string
  readonly iat: number
  /** It is good until, not at, this second. */
  readonly exp: number
  /** The decision. */
  readonly sub: string
  /** The action. */
  readonly act: string
  /** The decision's nonce, which `dig` is bound to. */
  readonly non: string
  /** Digest of the parameters that were approved. */
  readonly dig: string
  /** Digest of the manifest that routed the decision. */
  readonly man: string
  /** Who approved: `slack:TEAM/USER` each, or `policy` alone. */
  readonly by: readonly string[]
  /** Digest of the approval card's blocks as they were shown; left out where nobody was shown a card. */
  readonly card?: string
}

/** What is to be run. */
export type Execute = { readonly action: string; readonly parameters: Readonly<Record<string, unknown>> }

/** Does a grant approve exactly this? null: it does. */
export function grantMismatch(
  claims: Pick<GrantClaims, 'act' | 'non' | 'dig'>,
  { action, parameters }: Execute,
): 'other_action' | 'digest_mismatch' | null {
  if (claims.act !== action) return 'other_action'
  return parametersDigest(claims.non, action, parameters) === claims.dig ? null : 'digest_mismatch'
}

/** Is its time over at this second? */
export function isPast({ exp }: Pick<GrantClaims, 'exp'>, seconds: number): boolean {
  return seconds >= exp
}

/** Do two grants say the same? */
export function saysTheSame(one: GrantClaims, other: GrantClaims): boolean {
  return canonicalJson(one) === canonicalJson(other)
}

/** The claims in a signed payload; null: something is missing, or is not what a grant has there. */
export function readClaims(payload: unknown): GrantClaims | null {
  if (typeof payload !== 'object' || payload === null) return null
  const { iss, jti, iat, exp, sub, act, non, dig, man, by, card }: Unread = payload
  if (!isText(iss) || !isText(jti) || !isText(sub) || !isText(act)) return null
  if (!isText(non) || !isText(dig) || !isText(man)) return null
  if (!isSecond(iat) || !isSecond(exp) || !Array.isArray(by) || by.length === 0 || !by.every(isText)) return null
  const claims = { iss, jti, iat, exp, sub, act, non, dig, man, by }
  if (card === undefined) return claims
  return isText(card) ? { ...claims, card } : null
}

type Unread = { readonly [Name in keyof GrantClaims]?: unknown }

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isSecond(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

/** More than any request may be nested; what contains itself is nested without end. */
const MAX_DEPTH = 64

/**
 * Is this a JSON value that means one thing only? Not: texts with lone surrogates, integers beyond 2^53 - 1, numbers that
 * are not finite, `undefined`, and objects of a class, which might be printed as something else.
 */
export function isExactJson(value: unknown, depth = 0): boolean {
  if (value === null || typeof value === 'boolean') return true
  if (typeof value === 'string') return !/\p{Surrogate}/u.test(value)
  if (typeof value === 'number') return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value)
  if (typeof value !== 'object' || depth === MAX_DEPTH) return false
  const members = Object.entries(value)
  if (Array.isArray(value) ? members.length !== value.length : !isPlain(value)) return false
  return members.every(([key, member]) => isExactJson(key) && isExactJson(member, depth + 1))
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
