import { byName, marksDigest, NO_ROOT, rootHash } from '../domain/audit-root.ts'
import type { Intent } from '../domain/intent.ts'
import { toDay, toIso } from '../domain/time.ts'
import type { AuditRoot, Clock, Growth, NewRoot, RootSigner, Store, Surveyed } from './ports.ts'

type RootPorts = {
  readonly store: Pick<Store, 'growth' | 'isAnyUnseen' | 'saveRoot' | 'lastRoot' | 'addIntents'>
  readonly signer: RootSigner
  readonly clock: Clock
  /** Roots are sent to a system that keeps them as well. */
  readonly isSent: boolean
  /** The outbox has something new. */
  readonly wake: () => void
}

/** `last`: the one that covers all there is; null: nothing has ever happened. */
export type MadeRoot = { readonly last: AuditRoot | null; readonly isNew: boolean }

/** As far as the first row of each table. */
const FROM_THE_START: Surveyed = { decisions: 0, events: 0, workflows: 0, workflowEvents: 0 }

/**
 * Makes a root over how all chains of the audit log stand now, unless nothing has grown since the last one. What that costs
 * is in proportion to what has happened since. Where that is much it makes several; the last one leaves the host.
 */
export async function makeRoot(ports: RootPorts): Promise<MadeRoot> {
  const made = await rootsFrom(ports, null)
  // What was numbered anew or put in from outside was not met on the way.
  const isNew = ((await ports.store.isAnyUnseen()) && (await rootsFrom(ports, FROM_THE_START))) || made
  return { last: await ports.store.lastRoot(), isNew }
}

/** @returns whether any was made */
async function rootsFrom(ports: RootPorts, start: Surveyed | null): Promise<boolean> {
  const { store, clock, wake } = ports
  let from = start
  let made: NewRoot | null = null
  for (;;) {
    const growth = await store.growth(from)
    if (growth.grown.length > 0) {
      const root = await nextRoot(ports, growth)
      // Another process has come first: what it has left out is looked for again.
      if (!(await store.saveRoot(root))) {
        from = start
        continue
      }
      made = root
    }
    from = growth.surveyed
    if (growth.isAll) break
  }
  if (made === null) return false
  await store.addIntents(leaving(ports, made), clock())
  wake()
  return true
}

async function nextRoot({ signer, clock }: RootPorts, growth: Growth): Promise<NewRoot> {
  const { last, grown, surveyed } = growth
  const marks = grown.map(({ mark }) => mark).toSorted(byName)
  const heads = marksDigest()
  for (const mark of marks) heads.add(mark)
  const at = clock()
  const n = (last?.n ?? 0) + 1
  const chains = growth.chains + grown.filter(({ before }) => before === 0).length
  const entries = growth.entries + grown.reduce((more, { mark, before }) => more + mark.length - before, 0)
  const root = await signer.signRoot({
    iss: signer.issuer,
    n,
    at: toIso(at),
    previous: last?.hash ?? NO_ROOT,
    grown: marks.length,
    chains,
    entries,
    heads: heads.digest(),
  })
  return { n, at, root, hash: rootHash(root), chains, entries, marks, surveyed }
}

/** How it leaves the host: to the system that keeps roots, and once a day to the operations channel. */
function leaving({ isSent }: RootPorts, { n, at, hash, entries }: NewRoot): readonly Intent[] {
  const notice = { about: 'audit_root', n, at, hash, entries } as const
  return [
    { kind: 'notice.post', key: `audit_root ${toDay(at)}`, notice },
    ...(isSent ? [{ kind: 'root.send', root: n } as const] : []),
  ]
}
