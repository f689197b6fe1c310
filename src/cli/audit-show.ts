import type { Command } from 'commander'
import type { Store } from '../app/ports.ts'
import { verifyNamed } from '../app/verify-audit.ts'
import { type AuditEntry, isErased } from '../domain/audit.ts'
import { type ChainName, nameText } from '../domain/chain-name.ts'
import { findAction } from '../domain/manifest.ts'
import { SERVICE } from '../domain/service-event.ts'
import { tell } from '../domain/story.ts'
import { unpackAny } from '../store/codec.ts'
import { faultText } from './audit-verify.ts'
import { printable } from './printable.ts'
import { withExistingStore } from './with-store.ts'

type Options = { readonly json?: true }
type Found = {
  readonly name: ChainName
  readonly entries: readonly AuditEntry[]
  /** Parameters whose values are not told. */
  readonly redact: readonly string[]
}

/** `countersign audit show ID`: exits with 1 when there is no such thing, or its chain does not verify. */
export function addAuditShow(audit: Command): void {
  audit
    .command('show')
    .description('Tell what happened to a decision or a workflow, as the audit log has it, and check it.')
    .argument('<id>', 'a decision or workflow, or "service" for what happened to the service itself')
    .option('--json', 'print the entries as JSON')
    .action((id: string, options: Options) => withExistingStore((store) => show(store, id, options.json === true)))
}

async function show(store: Store, id: string, asJson: boolean): Promise<void> {
  const found = await chainsOf(store, id)
  if (found.length === 0) {
    process.stderr.write(`There is no decision or workflow "${printable(id)}".\n`)
    process.exitCode = 1
    return
  }
  if (asJson) process.stdout.write(`${JSON.stringify(found.map(inJson), null, 2)}\n`)
  else
    for (const { name, entries, redact } of found)
      process.stdout.write(`${printable(nameText(name))}\n${entries.map((each) => line(each, redact)).join('')}`)
  let isGood = true
  await verifyNamed(store, id, (fault) => {
    isGood = false
    process.stderr.write(`${faultText(fault)}\n`)
  })
  if (isGood) process.stderr.write('Its chain verifies.\n')
  else process.exitCode = 1
}

async function chainsOf(store: Store, id: string): Promise<readonly Found[]> {
  const chains = [await store.chain('decision', id), await store.chain('workflow', id)].flatMap((chain) => chain ?? [])
  const found = chains.map(async ({ kind, id: named, entries }): Promise<Found> => {
    return { name: { kind, id: named }, entries, redact: await redactedIn(store, entries) }
  })
  const service = id === SERVICE ? [(await store.serviceTrail()).entries] : []
  return [
    ...(await Promise.all(found)),
    ...service.map((entries): Found => ({ name: { kind: SERVICE }, entries, redact: [] })),
  ]
}

/** By the manifest that routed it. */
async function redactedIn(store: Store, [first]: readonly AuditEntry[]): Promise<readonly string[]> {
  try {
    const event = first === undefined ? null : unpackAny(first.record, first.sealed)
    if (event?.type !== 'decision.submitted') return []
    const manifest = await store.manifest(event.payload.manifestDigest)
    return (manifest === null ? null : findAction(manifest, event.payload.action))?.redact ?? []
  } catch {
    // What cannot be read is not told either.
    return []
  }
}

function line(entry: AuditEntry, redact: readonly string[]): string {
  const { at, said, quoted } = story(entry, redact)
  const written = isErased(entry) ? '(what was written is erased)' : quoted
  const below = written === null || written === '' ? [] : written.split('\n')
  return [`${at.slice(0, 19).replace('T', ' ')}  ${said}.`, ...below.map((each) => `                     ${each}`)]
    .map((each) => `${printable(each)}\n`)
    .join('')
}

function story(entry: AuditEntry, redact: readonly string[]) {
  try {
    const event = unpackAny(entry.record, entry.sealed)
    return { at: new Date(event.at).toISOString(), ...tell(event, redact) }
  } catch {
    return { at: '?'.repeat(19), said: `Entry ${entry.seq} cannot be read`, quoted: null }
  }
}

function inJson({ name, entries, redact }: Found) {
  return {
    chain: nameText(name),
    entries: entries.map((entry) => {
      const { seq, record, hash, sealed } = entry
      const { at, said, quoted } = story(entry, redact)
      return { seq, at, said, quoted, erased: isErased(entry), record, sealed, hash }
    }),
  }
}
