import type { Clock, Store } from '../app/ports.ts'
import type { Intent } from '../domain/intent.ts'
import type { Manifest } from '../domain/manifest.ts'
import { manifestChanges } from '../domain/manifest-diff.ts'
import type { ManifestInForce, ReadOn } from '../domain/service-event.ts'
import type { Instant } from '../domain/time.ts'

/**
 * Records that a manifest is in force from now on: in the service's chain, with what changed, and as a notice to the
 * operations channel, unless it is the first one ever.
 * @returns the event; null: it was in force already
 */
export function putInForce(
  { store, clock }: { readonly store: Pick<Store, 'putInForce'>; readonly clock: Clock },
  manifest: Manifest,
  on: ReadOn,
): Promise<ManifestInForce | null> {
  const now = clock()
  return store.putInForce(manifest, now, (before) => {
    const event = inForce(before, manifest, on, now)
    return { event, intents: noticeOf(event) }
  })
}

function inForce(before: Manifest | null, manifest: Manifest, on: ReadOn, now: Instant): ManifestInForce {
  const changes = before === null ? [] : manifestChanges(before, manifest)
  return {
    type: 'manifest.in_force',
    at: now,
    actor: { kind: 'operator' },
    payload: { from: before?.digest ?? null, to: manifest.digest, on, changed: changes.length },
    sealed: { changes },
  }
}

function noticeOf({ at, payload, sealed }: ManifestInForce): readonly Intent[] {
  const { from, to, on } = payload
  if (from === null) return []
  // One change, one notice: a manifest that comes back is a change of its own.
  const key = `manifest_changed ${at} ${to}`
  return [
    { kind: 'notice.post', key, notice: { about: 'manifest_changed', from, to, on, at, changes: sealed.changes } },
  ]
}
