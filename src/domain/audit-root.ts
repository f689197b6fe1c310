import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Digest, sha256Hex } from './digest.ts'

/** The `typ` in a root's header; nothing else is a root. */
export const ROOT_TYPE = 'countersign-root+jwt'

/** Where a chain of the audit log stood when a root was made. `chain` as `nameText` has it. */
export type ChainMark = { readonly chain: string; readonly length: number; readonly hash: string }

/** What stands before the first root: 64 zeros. */
export const NO_ROOT = '0'.repeat(64)

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()
const rootClaims = z.strictObject({
  iss: z.string(),
  n: z.int().positive(),
  at: z.iso.datetime(),
  previous: hash,
  grown: count,
  chains: count,
  entries: count,
  heads: z.templateLiteral(['sha256:', hash]),
})

/**
 * What a root says, signed: how all chains stand at this moment, as what has changed since the root before it. Whoever
 * holds one root can tell whether anything that came before it was changed since.
 * `iss`: `PUBLIC_URL`. `n`: from 1. `previous`: the hash of the root before. `grown`: how many chains are longer than they
 * were then. `heads`: digest of where each of these stands, see `marksDigest`. `chains`, `entries`: of the whole log, up to now.
 */
export type RootClaims = z.infer<typeof rootClaims>

/** The claims in a signed payload; null: they are not a root's. */
export function readRootClaims(payload: unknown): RootClaims | null {
  return rootClaims.safeParse(payload).data ?? null
}

/** What names a root: `SHA256("countersign/root/v1\0" || the signed text)`, as 64 hex digits. */
export function rootHash(root: string): string {
  return sha256Hex(`countersign/root/v1\0${root}`)
}

/**
 * Digest of marks one by one: SHA256 over a line `["chain",length,"hash"]` each, ended by a line feed. They come in the
 * order of the bytes of their names.
 */
export function marksDigest(): { readonly add: (mark: ChainMark) => void; readonly digest: () => Digest } {
  const lines = createHash('sha256')
  return {
    add: ({ chain, length, hash: head }) => void lines.update(`${JSON.stringify([chain, length, head])}\n`),
    digest: () => `sha256:${lines.digest('hex')}`,
  }
}

/** Orders names by their bytes. */
export function byName(a: Pick<ChainMark, 'chain'>, b: Pick<ChainMark, 'chain'>): number {
  return Buffer.compare(Buffer.from(a.chain), Buffer.from(b.chain))
}
