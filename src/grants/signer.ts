import {
  CompactSign,
  type CryptoKey,
  calculateJwkThumbprint,
  createLocalJWKSet,
  importJWK,
  type JSONWebKeySet,
  type JWK,
} from 'jose'
import type { GrantSigner, RootSigner } from '../app/ports.ts'
import { openGrant } from '../client/open-grant.ts'
import { ROOT_TYPE, type RootClaims } from '../domain/audit-root.ts'
import { GRANT_ALGORITHM, GRANT_TYPE, type GrantClaims } from '../domain/grant.ts'
import type { GrantKey, GrantKeys } from './jwk.ts'

/** A signer, and what others need to check what it signed: public parts only. */
export type Signer = GrantSigner & RootSigner & { readonly jwks: JSONWebKeySet }

/**
 * Signs with the first key, and opens what any of them has signed. A key that is listed with its private part still signs
 * the grants that it began with, to the same bytes.
 * @param issuer `PUBLIC_URL`
 * @param source where the keys come from, for an operator
 * @throws an Error that names `source` and says which key is wrong
 */
export async function createSigner(keys: GrantKeys, issuer: string, source: string): Promise<Signer> {
  const signing = new Map<string, CryptoKey>()
  const listed: JWK[] = []
  for (const [index, key] of keys.entries()) {
    const wrong = `Key ${index + 1} of ${source}`
    const { kid, open, secret } = await read(key, wrong)
    if (listed.some((other) => other.kid === kid))
      throw new Error(`${wrong} has the same name as one before it: ${kid}.`)
    listed.push(open)
    if (secret !== null) signing.set(kid, secret)
  }
  const [kid = ''] = signing.keys()
  const jwks = { keys: listed }
  const known = createLocalJWKSet(jwks)
  const signed = async (name: string, typ: string, claims: GrantClaims | RootClaims) => {
    const secret = signing.get(name)
    if (secret === undefined) return null
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: GRANT_ALGORITHM, typ, kid: name })
      .sign(secret)
  }
  return {
    issuer,
    kid,
    jwks,
    sign: (name, claims) => signed(name, GRANT_TYPE, claims),
    signRoot: async (claims) => {
      const root = await signed(kid, ROOT_TYPE, claims)
      if (root === null) throw new Error(`${source} has no key to sign with`)
      return root
    },
    open: async (grant) => {
      const opened = await openGrant(grant, known)
      return opened.ok ? opened.claims : null
    },
  }
}

async function read({ kty, crv, x, d, kid: named }: GrantKey, wrong: string) {
  const kid = named ?? (await calculateJwkThumbprint({ kty, crv, x }))
  const open = { kty, crv, x, kid, alg: GRANT_ALGORITHM, use: 'sig' }
  try {
    await importJWK(open, GRANT_ALGORITHM)
    const secret = d === undefined ? null : await importJWK({ kty, crv, x, d }, GRANT_ALGORITHM)
    if (secret instanceof Uint8Array) throw new TypeError('not a key pair')
    return { kid, open, secret }
  } catch (error) {
    // The library's words might quote the key.
    throw new Error(
      `${wrong} is no Ed25519 key${d === undefined ? '' : ', or its "x" does not belong to its "d"'}. Put the whole JWK there, as it was made.`,
      { cause: error },
    )
  }
}
