import { z } from 'zod'

/** An Ed25519 key. Without `d` it can check signatures and make none. */
export type GrantKey = {
  readonly kty: 'OKP'
  readonly crv: 'Ed25519'
  readonly x: string
  readonly d?: string | undefined
  /** Its name; the default is its RFC 7638 thumbprint. */
  readonly kid?: string | undefined
}

/** The first signs; all verify. */
export type GrantKeys = readonly [GrantKey, ...GrantKey[]]

export const EXPECTED =
  'expected a private Ed25519 JWK, {"kty": "OKP", "crv": "Ed25519", "x": "...", "d": "..."}, or a list of such keys: the first signs, all verify, and only the first needs its "d"'

/** 32 bytes, base64url without padding. */
const bytes = z.string().regex(/^[\w-]{43}$/)

const key = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: bytes,
  d: bytes.optional(),
  kid: z.string().min(1).max(200).optional(),
})

const keys = z
  .union([
    key.transform((one) => [one]),
    z.array(key),
    z.object({ keys: z.array(key) }).transform(({ keys: listed }) => listed),
  ])
  .transform((listed): GrantKeys | null => {
    const [first, ...rest] = listed
    return first?.d === undefined ? null : [first, ...rest]
  })

/** Reads one JWK, a JSON array of them, or a JWKS. null: it is none of these, or the first has no private part. */
export function parseGrantKeys(text: string): GrantKeys | null {
  try {
    return keys.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
