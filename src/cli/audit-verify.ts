import { SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import type { Store } from '../app/ports.ts'
import { type AuditFault, type Looked, verifyAudit, verifyNamed } from '../app/verify-audit.ts'
import { nameText } from '../domain/chain-name.ts'
import { toIso } from '../domain/time.ts'
import { printable } from './printable.ts'
import { withExistingStore } from './with-store.ts'

type Options = { readonly json?: true }

/** `countersign audit verify`: exits with 1 when something is wrong. */
export function addAuditVerify(audit: Command): void {
  audit
    .command('verify')
    .description(
      'Check the audit log: nothing edited, deleted, inserted, reordered or cut off, and every state as its events say.',
    )
    .argument(
      '[id]',
      'one decision or workflow, or "service" for what happened to the service itself; left out: everything',
    )
    .option('--json', 'print it as JSON')
    .action((id: string | undefined, options: Options) =>
      withExistingStore((store) => verify(store, id ?? null, options.json === true)),
    )
}

async function verify(store: Store, id: string | null, asJson: boolean): Promise<void> {
  const faults: AuditFault[] = []
  const found = (fault: AuditFault) => {
    process.exitCode = 1
    // Said at once, and not kept: there may be as many as there are chains.
    if (asJson) faults.push(fault)
    else process.stdout.write(`${faultText(fault)}\n`)
  }
  const looked = id === null ? await everything(store, found) : await verifyNamed(store, id, found)
  if (looked === null) {
    process.stderr.write(`There is no decision or workflow "${printable(id ?? '')}".\n`)
    process.exitCode = 1
    return
  }
  if (asJson) process.stdout.write(`${JSON.stringify(inJson(looked, faults), null, 2)}\n`)
  else if (process.exitCode !== 1) process.stdout.write(`Nothing is wrong with ${lookedText(looked)}.\n`)
  else process.stderr.write(`Looked at ${lookedText(looked)}.\n`)
}

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
  return `${printable(nameText(chain))}: ${printable(what)}`
}

function lookedText({ decisions, workflows, entries, erased }: Looked): string {
  const gone = erased === 0 ? '' : `, ${erased} of them erased`
  return `${count(entries, 'entry', 'entries')}${gone}, of ${count(decisions, 'decision')}, ${count(workflows, 'workflow')} and the service itself`
}

function inJson(looked: Looked, faults: readonly AuditFault[]) {
  return {
    checked_at: toIso(Date.now()),
    ...looked,
    faults: faults.map(({ chain, ...fault }) => ({ chain: nameText(chain), ...fault })),
  }
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}
