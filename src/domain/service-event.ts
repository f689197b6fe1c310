import type { Actor, ErasedBecause } from './event.ts'
import type { Freezer, FreezeSubject } from './freeze.ts'
import type { ManifestChange } from './manifest-diff.ts'
import type { Instant } from './time.ts'

/** What the service's own chain calls itself. */
export const SERVICE = 'service'

/**
 * What happened to the service as a whole and not to one decision, in order: the service's own chain in the audit log.
 * As with decisions, `sealed` can be erased and the chain still verifies: the words of a change may name people.
 */
export type ServiceEvent = ManifestInForce | FreezeEvent | RecordsErased | DeliveriesReplayed | DatabaseRestored

export type ManifestInForce = {
  readonly at: Instant
  /** Whoever runs the service on its host: the operating system does not say who started or signalled it. */
  readonly actor: { readonly kind: 'operator' }
  readonly type: 'manifest.in_force'
  readonly payload: {
    /** null: none was in force before. */
    readonly from: string | null
    readonly to: string
    /** What made the service read its files. */
    readonly on: ReadOn
    /** How many changes `sealed` holds. */
    readonly changed: number
  }
  readonly sealed: { readonly changes: readonly ManifestChange[] }
}

/** Something was frozen, or is not any more. */
export type FreezeEvent = {
  readonly at: Instant
  readonly actor: Freezer
  readonly type: 'freeze.set' | 'freeze.lifted'
  readonly payload: { readonly subject: FreezeSubject }
  readonly sealed: { readonly reason: string }
}

/** What people and agents wrote was erased; the decisions themselves say so, too. */
export type RecordsErased = {
  readonly at: Instant
  readonly actor: Actor
  readonly type: 'records.erased'
  readonly payload: {
    readonly because: ErasedBecause
    readonly decisions: number
    /** Those with which their plan and its results were erased. */
    readonly workflows: number
  }
  readonly sealed: null
}

/** What had been given up, or waited for another try, was queued again. */
export type DeliveriesReplayed = {
  readonly at: Instant
  readonly actor: { readonly kind: 'operator' }
  readonly type: 'deliveries.replayed'
  /** `first`: their keys, those of the first twenty. */
  readonly payload: { readonly count: number; readonly first: readonly string[] }
  readonly sealed: null
}

/** A service has found itself on a copy that a backup made: nobody knows what happened since. */
export type DatabaseRestored = {
  readonly at: Instant
  readonly actor: { readonly kind: 'operator' }
  readonly type: 'database.restored'
  readonly payload: { readonly backupMadeAt: Instant }
  readonly sealed: null
}

/** The files of a manifest are read when the service starts and when it is told to reload them. */
export type ReadOn = 'start' | 'reload'
