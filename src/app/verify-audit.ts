import { type AuditEntry, type ChainWalk, isErased, walkChain } from '../domain/audit.ts'
import { marksDigest, NO_ROOT, rootHash } from '../domain/audit-root.ts'
import { type ChainName, nameText, parseName, subjectOf } from '../domain/chain-name.ts'
import { canonicalJson } from '../domain/digest.ts'
import { type Freeze, subjectText, subjectWords } from '../domain/freeze.ts'
import { toIso } from '../domain/time.ts'
import type { AuditRoot, Chain, OpenRoot, SeenMark, ServiceRow, Store } from './ports.ts'

/** What is wrong with the audit log, in words. */
export type AuditFault = {
  readonly chain: ChainName | { readonly kind: 'root'; readonly n: number }
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

/** By what roots are checked. */
export type RootTerms = {
  readonly openRoot: OpenRoot
  /** Hashes of roots that left the host, e.g. with a message in Slack: they have to be there. */
  readonly known: readonly string[]
}

/** How many roots were looked at, and the last of them; null: there is none. */
export type LookedRoots = { readonly roots: number; readonly last: AuditRoot | null }

type AuditStore = Pick<Store, 'chains' | 'chain' | 'orphans' | 'lost' | 'seen' | 'serviceRow' | 'serviceEntries'>
type RootStore = Pick<Store, 'roots' | 'marks' | 'lastMarkedRoot'>

/** So many chains are at hand at once, whatever the log holds. */
const PAGE = 100
const ENTRIES = 1_000

/**
 * Checks every chain: that each entry is where and what it was, that the chain ends where the row beside it says, that
 * replaying its events gives what that row says, and that it is the one that roots have seen. Reads page by page, also beside
 * a running service.
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
      const page = await store.chains(kind, after, PAGE, 0)
      for (const chain of page) all = sum(all, verifyChain(chain, found))
      looked(page.length)
      const last = page.at(-1)
      if (last === undefined) break
      after = last.id
    }
  for (const chain of await store.orphans())
    found({ chain, entry: null, what: 'its row and its first entry were deleted' })
  for (let after = ''; ; ) {
    const page = await store.lost(after, PAGE)
    for (const { chain, ...mark } of page) found({ chain: parseName(chain), entry: null, what: goneText(mark) })
    const last = page.at(-1)
    if (last === undefined) break
    after = last.chain
  }
  return all
}

/** Checks every root: that it was signed and is what was signed, that none is missing, and what each has seen. */
export async function verifyRoots(
  store: RootStore,
  { openRoot, known }: RootTerms,
  found: (fault: AuditFault) => void,
): Promise<LookedRoots> {
  // Before the roots, which only become more.
  const marked = await store.lastMarkedRoot()
  const missing = new Set(known)
  let last: AuditRoot | null = null
  let roots = 0
  for (;;) {
    const page: readonly AuditRoot[] = await store.roots(last?.n ?? 0, PAGE)
    for (const root of page) {
      const n = (last?.n ?? 0) + 1
      for (let gone = n; gone < root.n; gone += 1)
        found({ chain: { kind: 'root', n: gone }, entry: null, what: 'it is missing' })
      const what = await rootFault(store, openRoot, root, n === root.n ? (last?.hash ?? NO_ROOT) : null)
      if (what !== null) found({ chain: { kind: 'root', n: root.n }, entry: null, what })
      missing.delete(root.hash)
      last = root
    }
    roots += page.length
    if (page.length === 0) break
  }
  if ((last?.n ?? 0) < marked) found({ chain: { kind: 'root', n: marked }, entry: null, what: 'it is missing' })
  for (const hash of missing)
    found({ chain: { kind: 'root', n: (last?.n ?? 0) + 1 }, entry: null, what: `no root is ${hash}, which is known` })
  return { roots, last }
}

/** @param previous the hash of the root before; null: that one is missing */
async function rootFault(
  store: RootStore,
  openRoot: OpenRoot,
  { n, at, root, hash }: AuditRoot,
  previous: string | null,
): Promise<string | null> {
  const opened = await openRoot(root)
  if (!opened.ok) return `it ${opened.why}`
  const { claims } = opened
  if (hash !== rootHash(root)) return 'the hash that is kept of it is another one'
  if (claims.n !== n || claims.at !== toIso(at)) return `it is root ${claims.n} of ${claims.at}`
  if (previous !== null && claims.previous !== previous) return `it does not follow from root ${n - 1}`
  const heads = marksDigest()
  for (let after = ''; ; ) {
    const page = await store.marks(n, after, ENTRIES)
    for (const mark of page) heads.add(mark)
    const end = page.at(-1)
    if (end === undefined) break
    after = end.chain
  }
  return heads.digest() === claims.heads ? null : 'what it has seen of the chains was changed'
}

/** The same of the chains of this name: a decision, a workflow, or `service`. null: there is none and never was. */
export async function verifyNamed(
  store: AuditStore,
  name: string,
  found: (fault: AuditFault) => void,
): Promise<Looked | null> {
  const chains = [await store.chain('decision', name), await store.chain('workflow', name)].flatMap(
    (chain) => chain ?? [],
  )
  const looked = chains.map((chain) => verifyChain(chain, found))
  for (const kind of ['decision', 'workflow'] as const) {
    const mark = (await store.seen(nameText({ kind, id: name }))).at(-1)
    if (mark === undefined || (await store.chain(kind, name)) !== null) continue
    found({ chain: { kind, id: name }, entry: null, what: goneText(mark) })
    looked.push(NOTHING)
  }
  if (name === subjectOf({ kind: 'service' })) looked.push(await verifyService(store, found))
  return looked.length === 0 ? null : looked.reduce(sum)
}

/** @param found told of the first fault */
export function verifyChain(chain: Chain, found: (fault: AuditFault) => void): Looked {
  const { entries, head, rowFault } = chain
  const name = { kind: chain.kind, id: chain.id }
  const walk = seenWalk(walkChain(subjectOf(name)), chain.seen)
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
  // Before the row, which only grows.
  const seen = await store.seen(nameText(chain))
  const row = await store.serviceRow()
  const { head } = row
  const walk = seenWalk(walkChain(subjectOf(chain)), seen)
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

/** The walk of a chain that also has to be the one that roots have seen. */
function seenWalk(walk: ChainWalk, seen: readonly SeenMark[]): Pick<ChainWalk, 'take' | 'end'> {
  const marks = new Map(seen.map((mark) => [mark.length, mark]))
  const longest = seen.reduce<SeenMark | null>((most, mark) => (mark.length > (most?.length ?? 0) ? mark : most), null)
  return {
    take: (entry) => {
      const fault = walk.take(entry)
      if (fault !== null) return fault
      const { length, hash } = walk.head()
      const mark = marks.get(length)
      if (mark === undefined || mark.hash === hash) return null
      const what = `entry ${length} is not the one that root ${mark.root} has seen: it, or what came before, was written anew`
      return { entry: length, what }
    },
    end: (head) => {
      const fault = walk.end(head)
      if (fault !== null || longest === null || longest.length <= head.length) return fault
      const what = `the chain ends at entry ${head.length}, and root ${longest.root} has seen entry ${longest.length}`
      return { entry: head.length, what }
    },
  }
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
  const frozen = new Map<string, Omit<Freeze, 'reason'> & { readonly reason: string | null }>()
  return {
    take: ({ seq, record, sealed }: AuditEntry): void => {
      const { type, at, actor, payload } = JSON.parse(record)
      if (type === 'manifest.in_force') manifest = payload.to
      if (type !== 'freeze.set' && type !== 'freeze.lifted') return
      const { subject } = payload
      const reason = sealed === null ? null : JSON.parse(sealed).reason
      if (type === 'freeze.lifted') frozen.delete(subjectWords(subject))
      else frozen.set(subjectWords(subject), { n: seq, subject, by: actor, at: Date.parse(at), reason })
    },
    faults: (row: ServiceRow): readonly string[] => {
      if (row.freezes === null) return ['what is kept as frozen cannot be read']
      const kept = new Map(row.freezes.map((each) => [subjectWords(each.subject), each]))
      const otherwise = [...frozen].flatMap(([words, { n, subject, ...freeze }]) => {
        const found = kept.get(words)
        const [said, is] = [`entry ${n} has frozen ${subjectText(subject)}`, { n, subject, ...freeze }]
        if (found === undefined) return [`${said}, and it is not kept as frozen`]
        // The words of an erased entry are compared with nothing.
        const same = canonicalJson({ ...is, reason: is.reason ?? found.reason }) === canonicalJson(found)
        return same ? [] : [`${said}, and that is kept otherwise`]
      })
      const made = [...kept].filter(([words]) => !frozen.has(words))
      return [
        ...(row.manifest === manifest
          ? []
          : [`its row has ${row.manifest} as the manifest in force, its events ${manifest}`]),
        ...otherwise,
        ...made.map(([, { subject }]) => `${subjectText(subject)} is kept as frozen, and no entry has frozen it`),
      ]
    },
  }
}

const NOTHING: Looked = { decisions: 0, workflows: 0, entries: 0, erased: 0 }

function goneText({ root, length }: SeenMark): string {
  return `it is gone, and root ${root} has seen ${length === 1 ? 'its entry' : `its ${length} entries`}`
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
