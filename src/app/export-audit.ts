import type { AuditEntry } from '../domain/audit.ts'
import { type ChainName, nameText } from '../domain/chain-name.ts'
import type { AuditRoot, SeenMark, Store } from './ports.ts'

/** A line of an export. `mark`: where the next root below has seen a chain stand. */
export type ExportLine =
  | {
      readonly kind: 'entry'
      readonly chain: string
      readonly seq: number
      readonly record: string
      readonly hash: string
      readonly sealed: string | null
      readonly salt: string | null
    }
  | { readonly kind: 'mark'; readonly chain: string; readonly length: number; readonly hash: string }
  | { readonly kind: 'root'; readonly root: string }

type Span = {
  /** The first root to be exported; 1: everything. */
  readonly from: number
  readonly to: AuditRoot
}
type ExportStore = Pick<Store, 'chains' | 'serviceEntries' | 'seen' | 'roots' | 'marks'>

const PAGE = 100
const LINES = 1_000

/**
 * What roots have seen, up to the last of them and not an entry further: first every chain that has grown from the first of
 * these roots on, whole, in the order of their names, then the roots, each below what it has seen. Reads page by page.
 * @param looked told how many chains were read since the last call
 */
export async function* exportAudit(
  store: ExportStore,
  span: Span,
  looked: (chains: number) => void = () => undefined,
): AsyncGenerator<ExportLine> {
  yield* chainsOf(store, 'decision', span, looked)
  yield* serviceLines(store, span)
  yield* chainsOf(store, 'workflow', span, looked)
  yield* rootLines(store, span)
}

async function* chainsOf(
  store: ExportStore,
  kind: 'decision' | 'workflow',
  span: Span,
  looked: (chains: number) => void,
): AsyncGenerator<ExportLine> {
  for (let after = ''; ; ) {
    const page = await store.chains(kind, after, PAGE, span.from === 1 ? 0 : span.from)
    for (const { id, entries, seen } of page) {
      const length = lengthIn(span, seen)
      for (const entry of entries.slice(0, length)) yield lineOf({ kind, id }, entry)
    }
    looked(page.length)
    const last = page.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

async function* serviceLines(store: ExportStore, span: Span): AsyncGenerator<ExportLine> {
  const name = { kind: 'service' } as const
  const length = lengthIn(span, await store.seen(nameText(name)))
  for (let taken = 0; taken < length; ) {
    const page = await store.serviceEntries(taken, LINES)
    for (const entry of page) if (entry.seq <= length) yield lineOf(name, entry)
    if (page.length === 0) return
    taken += page.length
  }
}

async function* rootLines(store: ExportStore, { from, to }: Span): AsyncGenerator<ExportLine> {
  for (let after = from - 1; after < to.n; ) {
    const page = await store.roots(after, PAGE)
    for (const { n, root } of page.filter(({ n: number }) => number <= to.n)) {
      for (let last = ''; ; ) {
        const marks = await store.marks(n, last, LINES)
        for (const { chain, length, hash } of marks) yield { kind: 'mark', chain, length, hash }
        const end = marks.at(-1)
        if (end === undefined) break
        last = end.chain
      }
      yield { kind: 'root', root }
    }
    const end = page.at(-1)
    if (end === undefined) return
    after = end.n
  }
}

/** How long the last of these roots has seen a chain; 0: none of them has seen it grow. */
function lengthIn({ from, to }: Span, seen: readonly SeenMark[]): number {
  const last = seen.findLast(({ root }) => root <= to.n)
  return last === undefined || last.root < from ? 0 : last.length
}

function lineOf(name: ChainName, { seq, record, hash, sealed, salt }: AuditEntry): ExportLine {
  return { kind: 'entry', chain: nameText(name), seq, record, hash, sealed, salt }
}
