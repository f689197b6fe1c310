import { createLocalJWKSet, type JSONWebKeySet } from 'jose'
import type { OpenRoot } from '../app/ports.ts'
import { type NotOpened, openSigned } from '../client/open-grant.ts'
import { ROOT_TYPE, readRootClaims } from '../domain/audit-root.ts'

/**
 * Opens roots of the audit log that one of these public keys has signed.
 * @throws when they are no keys
 */
export function createRootCheck(jwks: JSONWebKeySet): OpenRoot {
  const keys = createLocalJWKSet(jwks)
  return async (root) => {
    const opened = await openSigned(root, ROOT_TYPE, keys)
    if (!opened.ok) return { ok: false, why: WHY[opened.code] }
    const claims = readRootClaims(opened.payload)
    return claims === null ? { ok: false, why: WHY.malformed } : { ok: true, claims }
  }
}

const WHY: Readonly<Record<NotOpened, string>> = {
  malformed: 'is no root',
  bad_signature: 'was changed after it was signed',
  unknown_key: 'is signed by a key that is not among those it was checked with',
  keys_unavailable: 'could not be checked, because the keys could not be read',
}
