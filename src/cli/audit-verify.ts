import { SingleBar } from 'cli-progress'
import { type Command, InvalidArgumentError } from 'commander'
import type { Store } from '../app/ports.ts'
import {
  type AuditFault,
  type Looked,
  type LookedRoots,
  verifyAudit,
  verifyNamed,
  verifyRoots,
} from '../app/verify-audit.ts'
import type { Config } from '../config.ts'
import { nameText } from '../domain/chain-name.ts'
import { toIso } from '../domain/time.ts'
import { printable } from './printable.ts'
import { rootCheck } from './root-keys.ts'
import { withExistingStore } from './with-store.ts'

type Options = { readonly json?: true; readonly jwks?: string; readonly root: readonly string[] }

/** `countersign audit verify`: exits with 1 when something is wrong. */
export function addAuditVerify(audit: Command): void {
  const command = audit
    .command('verify')
    .description(
      'Check the audit log: nothing edited, deleted, inserted, reordered or cut off, and every state as its events say.',
    )
    .argument(
      '[id]',
      'one decision or workflow, or "service" for what happened to the service itself; left out: everything',
    )
    .option(
      '--root <hash>',
      'a root that is known from elsewhere, e.g. from the operations channel: it has to be there (can be repeated)',
      (hash, before: readonly string[]) => [...before, rootHash(hash)],
      [],
    )
    .option('--jwks <file or URL>', 'the public keys that roots are checked with; left out: those of this service')
    .option('--json', 'print it as JSON')
    .action((id: string | undefined, options: Options) => {
      if (id !== undefined && (options.root.length > 0 || options.jwks !== undefined))
        return command.error('error: --root and --jwks go with everything, not with one ID')
      return withExistingStore((store, config) => verify(store, config, id ?? null, options))
    })
}

/** Half a hash, or a decision's id, is a slip and not a root that is missing. */
function rootHash(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text
  throw new InvalidArgumentError('A root is named by its hash, 64 characters of 0 to 9 and a to f.')
}

async function verify(store: Store, config: Config, id: string | null, options: Options): Promise<void> {
  const faults: AuditFault[] = []
  const found = (fault: AuditFault) => {
    process.exitCode = 1
    // Said at once, and not kept: there may be as many as there are chains.
    if (options.json === true) faults.push(fault)
    else process.stdout.write(`${faultText(fault)}\n`)
  }
  const roots = id === null ? await everyRoot(store, config, options, found) : null
  const looked = id === null ? await everything(store, found) : await verifyNamed(store, id, found)
  if (looked === null) {
    process.stderr.write(`There is no decision or workflow "${printable(id ?? '')}".\n`)
    process.exitCode = 1
    return
  }
  const said = `${lookedText(looked)}${roots === null ? '' : rootsText(roots)}`
  if (options.json === true) process.stdout.write(`${JSON.stringify(inJson(looked, roots, faults), null, 2)}\n`)
  else if (process.exitCode !== 1) process.stdout.write(`Nothing is wrong with ${said}.\n`)
  else process.stderr.write(`Looked at ${said}.\n`)
}

async function everyRoot(
  store: Store,
  config: Config,
  { jwks, root: known }: Options,
  found: (fault: AuditFault) => void,
): Promise<LookedRoots> {
  const isAny = known.length > 0 || (await store.lastRoot()) !== null
  return isAny ? verifyRoots(store, { openRoot: await rootCheck(config, jwks ?? null), known }, found) : NO_ROOTS
}

const NO_ROOTS: LookedRoots = { roots: 0, last: null }

async function everything(store: Store, found: (fault: AuditFault) => void): Promise<Looked> {
  const { decisions, workflows } = await store.countChains()
  // Nothing where nobody watches.
  const bar = new SingleBar({
    format: '{bar} {percentage}% of {total} chains',
    stream: process.stderr,
    clearOnComplete: true,
  })
  bar.start(decisions + workflows, 0)
  try {
    return await verifyAudit(store, found, (chains) => bar.increment(chains))
  } finally {
    bar.stop()
  }
}

/** "decision dec_1: entry 3 was changed" */
export function faultText({ chain, what }: AuditFault): string {
  return `${printable(partText(chain))}: ${printable(what)}`
}

function partText(chain: AuditFault['chain']): string {
  return chain.kind === 'root' ? `root ${chain.n}` : nameText(chain)
}

function rootsText({ roots, last }: LookedRoots): string {
  if (last === null) return ', and no root yet (countersign audit root makes one)'
  return `, and ${count(roots, 'root')}, the last of ${toIso(last.at)}: ${last.hash}`
}

function lookedText({ decisions, workflows, entries, erased }: Looked): string {
  const gone = erased === 0 ? '' : `, ${erased} of them erased`
  return `${count(entries, 'entry', 'entries')}${gone}, of ${count(decisions, 'decision')}, ${count(workflows, 'workflow')} and the service itself`
}

function inJson(looked: Looked, roots: LookedRoots | null, faults: readonly AuditFault[]) {
  return {
    checked_at: toIso(Date.now()),
    ...looked,
    ...(roots !== null && {
      roots: roots.roots,
      last_root: roots.last === null ? null : { n: roots.last.n, at: toIso(roots.last.at), hash: roots.last.hash },
    }),
    faults: faults.map(({ chain, ...fault }) => ({ chain: partText(chain), ...fault })),
  }
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
