import { type CompactVerifyGetKey, createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet } from 'jose'
import { type Execute, type GrantClaims, grantMismatch, isExactJson, isPast } from '../domain/grant.ts'
import { type NotOpened, openGrant } from './open-grant.ts'

export type { GrantClaims } from '../domain/grant.ts'

/** Where the keys come from, who must have signed, and what is to be run. */
export type VerifyOptions = Execute & {
  /** The service's `PUBLIC_URL`. */
  readonly issuer: string
  /** ms since the epoch; the default is now. */
  readonly now?: number
} & (
    | {
        /** What `/.well-known/jwks.json` gave: nothing is asked of anybody. */
        readonly jwks: JSONWebKeySet
      }
    | {
        /** `https://.../.well-known/jwks.json`; fetched when it is first needed, then kept, and again for a new key. */
        readonly jwksUrl: string | URL
      }
  )

export type RefusalCode =
  | NotOpened
  /** Somebody else than `issuer` has signed it. */
  | 'wrong_issuer'
  | 'expired'
  /** It approves another action. */
  | 'other_action'
  /** It approves other parameters. */
  | 'digest_mismatch'
  /** The parameters are no exact JSON: `undefined`, an object of a class, an unsafe integer, a lone surrogate. */
  | 'parameters_invalid'

export type Verified =
  | { readonly ok: true; readonly claims: GrantClaims }
  | { readonly ok: false; readonly code: RefusalCode; readonly message: string }

/**
 * Was exactly this approved? Checks the signature, who signed, the time, the action, and the digest of the parameters, all
 * without asking Countersign. It proves everything but that the grant is used for the first time, and that nobody has
 * frozen the action since: only `POST /v1/grants/consume` can say so, and whoever calls that needs this no more.
 * Never throws: what is wrong is in the answer.
 */
export async function verifyGrant(grant: string, options: VerifyOptions): Promise<Verified> {
  const { issuer, now = Date.now(), action, parameters } = options
  const keys = keysOf(options)
  const opened =
    keys === null ? { ok: false as const, code: 'keys_unavailable' as const } : await openGrant(grant, keys)
  if (!opened.ok) return refuse(opened.code)
  const { claims } = opened
  if (claims.iss !== issuer.replace(/\/+$/, '')) return refuse('wrong_issuer')
  if (isPast(claims, now / 1_000)) return refuse('expired')
  if (!isExactJson(parameters)) return refuse('parameters_invalid')
  const mismatch = grantMismatch(claims, { action, parameters })
  return mismatch === null ? { ok: true, claims } : refuse(mismatch)
}

function keysOf(options: VerifyOptions): CompactVerifyGetKey | null {
  try {
    return 'jwks' in options ? createLocalJWKSet(options.jwks) : remote(options.jwksUrl)
  } catch {
    return null
  }
}

// Kept for the life of the process: otherwise each grant would ask for the keys anew.
const remotes = new Map<string, CompactVerifyGetKey>()

function remote(url: string | URL): CompactVerifyGetKey {
  const held = remotes.get(String(url))
  if (held !== undefined) return held
  const made = createRemoteJWKSet(new URL(url))
  remotes.set(String(url), made)
  return made
}

const MESSAGES: Readonly<Record<RefusalCode, string>> = {
  malformed: 'This is no grant. Pass `grant` of the decision unchanged.',
  unknown_key:
    'The grant is signed by a key that is not among these. Fetch the keys again; do not run it until they fit.',
  bad_signature: 'The signature is not that of the key it names. Do not run it.',
  keys_unavailable: 'The keys could not be fetched or read. Do not run it; try again.',
  wrong_issuer: 'The grant was signed by another service than `issuer`. Do not run it.',
  expired: 'The time of the grant is over. Do not run it; the agent can propose it again.',
  other_action: 'The grant approves another action. Do not run this one.',
  digest_mismatch: 'The grant approves other parameters. Do not run these.',
  parameters_invalid:
    'The parameters are not exact JSON: they hold `undefined`, an object of a class, an integer beyond 2^53 - 1, a number that is not finite, or a lone surrogate. Do not run them.',
}

function refuse(code: RefusalCode): Verified {
  return { ok: false, code, message: MESSAGES[code] }
}
