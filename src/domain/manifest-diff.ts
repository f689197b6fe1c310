import type { Manifest } from './manifest.ts'

/** One difference between two manifests, in words. */
export type ManifestChange = {
  /** `actions.process_refund.conditions.auto_approve_below_usd` */
  readonly path: string
  /** A sentence without its full stop that a policy owner reads. */
  readonly message: string
  /** Whether people are asked more or less often than before; `null`: neither, or it depends. */
  readonly effect: 'stricter' | 'looser' | null
}

/** What changed from one manifest to another, in the order in which a reader of the files meets it. */
export function manifestChanges(before: Manifest, after: Manifest): readonly ManifestChange[] {
  if (before.digest === after.digest) return []
  return [{ path: '', message: 'the manifest has changed', effect: null }]
}
