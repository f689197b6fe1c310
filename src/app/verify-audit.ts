import { type AuditEntry, isErased, walkChain } from '../domain/audit.ts'
import { type ChainName, subjectOf } from '../domain/chain-name.ts'
import { type FreezeSubject, subjectText, subjectWords } from '../domain/freeze.ts'
import type { Chain, ServiceRow, Store } from './ports.ts'

/** What is wrong with the audit log, in words. */
export type AuditFault = {
  readonly chain: ChainName
  /** The entry at which it shows, from 1; null: it is about the chain as a whole, or what is kept beside it. */
  readonly entry: number | null
  readonly what: string
}

/** What was looked at. */
export type Looked = {
  readonly decisions: number
  readonly workflows: number
  readonly entries: number
  /** How many of them have had erased what they had sealed. */
  readonly erased: number
}

type AuditStore = Pick<
  Store,
  'chains' | 'chain' | 'orphans' | 'serviceRow' | 'serviceEntries' | 'decision' | 'workflow' | 'countChains'
>

/** So many chains are at hand at once, whatever the log holds. */
const PAGE = 100
const ENTRIES = 1_000

/**
 * Checks every chain: that each entry is where and what it was, that the chain ends where the row beside it says, and that
 * replaying its events gives what that row says. Reads page by page, also beside a running service.
 * @param found told of each fault as it is found; of a chain, of the first one
 * @param looked told how many chains were looked at since the last call
 */
export async function verifyAudit(
  store: AuditStore,
  found: (fault: AuditFault) => void,
  looked: (chains: number) => void = () => undefined,
): Promise<Looked> {
  let all = await verifyService(store, found)
  for (const kind of ['decision', 'workflow'] as const)
    for (let after = ''; ; ) {
      const page = await store.chains(kind, after, PAGE)
      for (const chain of page) all = sum(all, verifyChain(chain, found))
      looked(page.length)
      const last = page.at(-1)
      if (last === undefined) break
      after = last.id
    }
  for (const chain of await store.orphans())
    found({ chain, entry: null, what: 'its row and its first entry were deleted' })
  return all
}

/** The same of the chains of this name: a decision, a workflow, or `service`. Nothing is one where there is none. */
export async function verifyNamed(store: AuditStore, name: string, found: (fault: AuditFault) => void) {
  const chains = [await store.chain('decision', name), await store.chain('workflow', name)].flatMap(
    (chain) => chain ?? [],
  )
  const looked = chains.map((chain) => verifyChain(chain, found))
  if (name === subjectOf({ kind: 'service' })) looked.push(await verifyService(store, found))
  return looked.length === 0 ? null : looked.reduce(sum)
}

/** @param found told of the first fault */
export function verifyChain(chain: Chain, found: (fault: AuditFault) => void): Looked {
  const { entries, head, rowFault } = chain
  const name = { kind: chain.kind, id: chain.id }
  const walk = walkChain(subjectOf(name))
  const fault = firstOf(entries, walk.take) ?? walk.end(head)
  if (fault !== null) found({ chain: name, ...fault })
  else {
    const what = rowFault()
    if (what !== null) found({ chain: name, entry: null, what })
  }
  const erased = entries.filter(isErased).length
  const [decisions, workflows] = chain.kind === 'decision' ? [1, 0] : [0, 1]
  return { decisions, workflows, entries: entries.length, erased }
}

async function verifyService(store: AuditStore, found: (fault: AuditFault) => void): Promise<Looked> {
  const chain: ChainName = { kind: 'service' }
  const row = await store.serviceRow()
  const { head } = row
  const walk = walkChain(subjectOf(chain))
  const told = serviceStory()
  let [taken, erased] = [0, 0]
  // What was appended after the row was read is not looked at.
  for (;;) {
    const read = await store.serviceEntries(taken, ENTRIES)
    const page = read.filter(({ seq }) => seq <= head.length)
    const fault = firstOf(page, walk.take)
    if (fault !== null) found({ chain, ...fault })
    if (fault !== null) return { decisions: 0, workflows: 0, entries: taken, erased }
    for (const entry of page) told.take(entry)
    taken += page.length
    erased += page.filter(isErased).length
    if (page.length < ENTRIES) break
  }
  const fault = walk.end(head) ?? (await beyond(store, head.length))
  if (fault !== null) found({ chain, ...fault })
  else for (const what of told.faults(row)) found({ chain, entry: null, what })
  return { decisions: 0, workflows: 0, entries: taken, erased }
}

/** Entries come with the row that counts them: one that it does not count was left when it was set back. */
async function beyond(store: AuditStore, length: number) {
  if ((await store.serviceEntries(length, 1)).length === 0) return null
  if ((await store.serviceRow()).head.length > length) return null
  return { entry: length + 1, what: `there are entries after ${length}, where the chain ends` }
}

/** What the service's own events say of the manifest in force and of what is frozen. */
function serviceStory() {
  let manifest: string | null = null
  const frozen = new Map<string, { readonly n: number; readonly subject: FreezeSubject }>()
  return {
    take: ({ seq, record }: AuditEntry): void => {
      const { type, payload } = JSON.parse(record)
      if (type === 'manifest.in_force') manifest = payload.to
      if (type === 'freeze.set') frozen.set(subjectWords(payload.subject), { n: seq, subject: payload.subject })
      if (type === 'freeze.lifted') frozen.delete(subjectWords(payload.subject))
    },
    faults: (row: ServiceRow): readonly string[] => {
      const kept = new Map(row.freezes.map((each) => [subjectWords(each.subject), each]))
      const lost = [...frozen].filter(([words, { n }]) => kept.get(words)?.n !== n)
      const made = [...kept].filter(([words]) => !frozen.has(words))
      return [
        ...(row.manifest === manifest
          ? []
          : [`its row has ${row.manifest} as the manifest in force, its events ${manifest}`]),
        ...lost.map(
          ([, { n, subject }]) => `entry ${n} has frozen ${subjectText(subject)}, and it is not kept as frozen`,
        ),
        ...made.map(([, { subject }]) => `${subjectText(subject)} is kept as frozen, and no entry has frozen it`),
      ]
    },
  }
}

function firstOf<Fault>(entries: readonly AuditEntry[], take: (entry: AuditEntry) => Fault | null): Fault | null {
  for (const entry of entries) {
    const fault = take(entry)
    if (fault !== null) return fault
  }
  return null
}

function sum(a: Looked, b: Looked): Looked {
  return {
    decisions: a.decisions + b.decisions,
    workflows: a.workflows + b.workflows,
    entries: a.entries + b.entries,
    erased: a.erased + b.erased,
  }
}
