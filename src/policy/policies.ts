import type { Policies, Store } from '../app/ports.ts'
import type { Manifest } from '../domain/manifest.ts'

/** The manifest in force, kept by its digest with every one before it. */
export type PoliciesInForce = Policies & {
  /** Puts another one in force for all that begins from now on. It has to be in the database already. */
  readonly adopt: (manifest: Manifest) => void
}

/** @param first the manifest in force at the start */
export function createPolicies(store: Pick<Store, 'manifest'>, first: Manifest): PoliciesInForce {
  let current = first
  const known = new Map<string, Manifest>([[first.digest, first]])
  return {
    current: () => current,
    byDigest: async (digest) => {
      const manifest = known.get(digest) ?? (await store.manifest(digest))
      if (manifest === null) throw new Error(`the manifest ${digest} is not in the database`)
      known.set(digest, manifest)
      return manifest
    },
    adopt: (manifest) => {
      known.set(manifest.digest, manifest)
      current = manifest
    },
  }
}
