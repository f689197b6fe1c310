import { type CompactVerifyGetKey, compactVerify, errors } from 'jose'
import { GRANT_ALGORITHM, GRANT_TYPE, type GrantClaims, readClaims } from '../domain/grant.ts'

/** Why a text is no grant by these keys. */
export type NotOpened = 'malformed' | 'unknown_key' | 'bad_signature' | 'keys_unavailable'

export type Opened =
  | { readonly ok: true; readonly claims: GrantClaims }
  | { readonly ok: false; readonly code: NotOpened }

/** No grant is longer: a longer text is not worth reading. Characters. */
const LONGEST = 16_384

/**
 * Checks a grant's form and signature, and reads what it says. The header decides nothing: it must say that this is a
 * grant, signed with Ed25519, by a key that is among those given by its name.
 */
export async function openGrant(grant: string, keys: CompactVerifyGetKey): Promise<Opened> {
  const opened = await openSigned(grant, GRANT_TYPE, keys)
  if (!opened.ok) return opened
  const claims = readClaims(opened.payload)
  return claims === null ? { ok: false, code: 'malformed' } : { ok: true, claims }
}

/** The same for any text of ours that says by `typ` what it is. */
export async function openSigned(
  text: string,
  typ: string,
  keys: CompactVerifyGetKey,
): Promise<{ readonly ok: true; readonly payload: unknown } | { readonly ok: false; readonly code: NotOpened }> {
  if (typeof text !== 'string' || text.length > LONGEST) return { ok: false, code: 'malformed' }
  try {
    const { payload, protectedHeader } = await compactVerify(text, keys, { algorithms: [GRANT_ALGORITHM] })
    if (protectedHeader.typ !== typ || typeof protectedHeader.kid !== 'string') return { ok: false, code: 'malformed' }
    return { ok: true, payload: JSON.parse(new TextDecoder().decode(payload)) }
  } catch (error) {
    return { ok: false, code: notOpened(error) }
  }
}

function notOpened(error: unknown): NotOpened {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'bad_signature'
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return 'unknown_key'
  if (error instanceof errors.JWSInvalid || error instanceof errors.JOSEAlgNotAllowed) return 'malformed'
  if (error instanceof errors.JOSENotSupported || error instanceof SyntaxError) return 'malformed'
  return 'keys_unavailable'
}
