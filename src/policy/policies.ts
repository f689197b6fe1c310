import type { Policies, Store } from '../app/ports.ts'
import type { Manifest } from '../domain/manifest.ts'

/** The manifest in force, kept by its digest with every one before it. */
export function createPolicies(store: Pick<Store, 'manifest'>, current: Manifest): Policies {
  const known = new Map<string, Manifest>([[current.digest, current]])
  return {
    current: () => current,
    byDigest: async (digest) => {
      const manifest = known.get(digest) ?? (await store.manifest(digest))
      if (manifest === null) throw new Error(`the manifest ${digest} is not in the database`)
      known.set(digest, manifest)
      return manifest
    },
  }
}
