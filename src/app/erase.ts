import { erase } from '../domain/erase.ts'
import type { Actor, ErasedBecause } from '../domain/event.ts'
import { findAction, type Manifest } from '../domain/manifest.ts'
import { type Rejection, reject } from '../domain/rejection.ts'
import { DAY, type Instant } from '../domain/time.ts'
import type { Store } from './ports.ts'

type ErasePorts = {
  readonly store: Pick<Store, 'erase' | 'endedBefore' | 'recordErasure' | 'scrub'>
  /** Of what has to be shown otherwise. */
  readonly wake: () => void
}

/** How much was erased. `workflows`: plans that went with their steps. */
export type Erasure = { readonly decisions: number; readonly workflows: number }

/** `scrubbed` false: what was erased may stand in the write-ahead log until the next run. */
export type Concluded = Erasure & { readonly scrubbed: boolean }

/** One that was not erased, and why; null: there is no such decision. */
export type NotErased = { readonly decision: string; readonly why: Rejection | null }

/** From when on is what has ended too old to be kept? null: it is kept for good. */
export type KeptSince = (action: string) => Instant | null

/** So many share a commit. Each page is a moment in which nothing else is done. */
const TOGETHER = 50
const PAGE = 500

/** Erases these decisions, where nothing is still to come of them. */
export async function eraseNamed(
  ports: ErasePorts,
  ids: readonly string[],
  by: Actor,
  now: Instant,
): Promise<Concluded & { readonly refused: readonly NotErased[] }> {
  const done = await eraseEach(ports, [...new Set(ids)], by, 'named', now)
  return { ...done, scrubbed: await conclude(ports, done, by, 'named', now) }
}

/** How many of these decisions could be erased now, and which could not, and why. Nothing is written. */
export async function tryNamed(
  { store }: Pick<ErasePorts, 'store'>,
  ids: readonly string[],
  by: Actor,
  now: Instant,
): Promise<{ readonly decisions: number; readonly refused: readonly NotErased[] }> {
  const could = new Set<string>()
  const refused: NotErased[] = []
  for (const id of new Set(ids)) {
    const result = await store.erase(id, now, (decision, workflow) => {
      const found = erase(decision, by, 'named', workflow, now)
      if (found.kind !== 'accepted') return found
      could.add(id)
      return reject('not_ended', 'This is only tried.')
    })
    if (!could.has(id)) refused.push({ decision: id, why: result.kind === 'rejected' ? result.rejection : null })
  }
  return { decisions: could.size, refused }
}

/**
 * Erases what ended longer ago than it is kept, the oldest first. Safe to stop at any instant, and to run twice: the next run
 * goes on with what is left. What something is still to come of is left for a later one.
 * @param before nothing that ended later is too old, whatever it is
 * @param tell how much so far, after each batch
 */
export async function eraseEnded(
  ports: ErasePorts,
  keptSince: KeptSince,
  before: Instant,
  by: Actor,
  because: ErasedBecause,
  now: Instant,
  tell: (soFar: Erasure) => void = () => undefined,
): Promise<Concluded> {
  let all: Erasure = { decisions: 0, workflows: 0 }
  let scrubbed = true
  try {
    for await (const batch of endedBatches(ports.store, keptSince, before)) {
      all = sum(all, await eraseEach(ports, batch, by, because, now))
      tell(all)
    }
  } finally {
    scrubbed = await conclude(ports, all, by, because, now)
  }
  return { ...all, scrubbed }
}

/** How many decisions that would be, at most: what something is still to come of is left out only then. */
export async function countEnded(
  store: Pick<Store, 'endedBefore'>,
  keptSince: KeptSince,
  before: Instant,
): Promise<number> {
  let count = 0
  for await (const batch of endedBatches(store, keptSince, before)) count += batch.length
  return count
}

/** What a manifest says of how long things are kept, and the last instant that any of it lets go; null: all is kept. */
export function retentionOf(
  manifest: Manifest,
  now: Instant,
): { readonly keptSince: KeptSince; readonly before: Instant } | null {
  const since = (days: number | null) => (days === null ? null : now - days * DAY)
  // What the manifest does not know any more is kept as long as anything it says nothing of.
  const keptSince: KeptSince = (action) => since((findAction(manifest, action) ?? manifest.defaults).retention_days)
  const all = [manifest.defaults, ...Object.values(manifest.actions)].flatMap(
    ({ retention_days }) => since(retention_days) ?? [],
  )
  return all.length === 0 ? null : { keptSince, before: Math.max(...all) }
}

async function* endedBatches(
  store: Pick<Store, 'endedBefore'>,
  keptSince: KeptSince,
  before: Instant,
): AsyncGenerator<readonly string[]> {
  for (let after: string | null = ''; after !== null; ) {
    const page: Awaited<ReturnType<Store['endedBefore']>> = await store.endedBefore(before, after, PAGE)
    const old = page.decisions.filter(({ action, endedAt }) => endedAt < (keptSince(action) ?? 0)).map(({ id }) => id)
    for (let at = 0; at < old.length; at += TOGETHER) yield old.slice(at, at + TOGETHER)
    // Reading is done at once: who has waited meanwhile comes first.
    await new Promise((resolve) => setImmediate(resolve))
    after = page.last
  }
}

async function eraseEach(
  { store }: ErasePorts,
  ids: readonly string[],
  by: Actor,
  because: ErasedBecause,
  now: Instant,
) {
  const results = await Promise.all(
    ids.map(async (id) => {
      const result = await store.erase(id, now, (decision, workflow) => erase(decision, by, because, workflow, now))
      return { id, result }
    }),
  )
  const erased = results.flatMap(({ result }) => (result.kind === 'erased' ? [result] : []))
  return {
    decisions: erased.length,
    workflows: erased.filter(({ workflow }) => workflow !== null).length,
    refused: results.flatMap(({ id, result }): readonly NotErased[] => {
      if (result.kind === 'erased') return []
      return [{ decision: id, why: result.kind === 'rejected' ? result.rejection : null }]
    }),
  }
}

/** Puts on record that something was erased, and takes it out of what was written last. */
async function conclude(
  { store, wake }: ErasePorts,
  { decisions, workflows }: Erasure,
  actor: Actor,
  because: ErasedBecause,
  at: Instant,
): Promise<boolean> {
  if (decisions === 0) return true
  await store.recordErasure({
    type: 'records.erased',
    at,
    actor,
    payload: { because, decisions, workflows },
    sealed: null,
  })
  wake()
  return store.scrub()
}

function sum(a: Erasure, b: Erasure): Erasure {
  return { decisions: a.decisions + b.decisions, workflows: a.workflows + b.workflows }
}
