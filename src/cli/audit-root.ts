import type { Command } from 'commander'
import { makeRoot } from '../app/make-root.ts'
import type { Store } from '../app/ports.ts'
import type { Config } from '../config.ts'
import { toIso } from '../domain/time.ts'
import { withExistingStore } from './with-store.ts'

type Options = { readonly json?: true }

/** `countersign audit root` */
export function addAuditRoot(audit: Command): void {
  audit
    .command('root')
    .description(
      'Make a signed root over all chains now, also beside a running service, which sends it where roots are sent.',
    )
    .option('--json', 'print it as JSON')
    .action((options: Options) => withExistingStore((store, config) => root(store, config, options.json === true)))
}

async function root(store: Store, config: Config, asJson: boolean): Promise<void> {
  const { last, isNew } = await rootNow(store, config)
  if (last === null) {
    process.stderr.write('Nothing has ever happened here, so there is nothing to make a root of.\n')
    process.exitCode = 1
    return
  }
  if (!isNew) process.stderr.write('Nothing has happened since the last root.\n')
  const { n, at, hash } = last
  if (asJson) process.stdout.write(`${JSON.stringify({ n, at: toIso(at), hash, root: last.root }, null, 2)}\n`)
  else process.stdout.write(`root ${n} of ${toIso(at)}: ${hash}\n`)
}

/** A root that covers all there is. */
export async function rootNow(store: Store, config: Config) {
  const { openSigner } = await import('../compose.ts')
  return makeRoot({
    store,
    signer: await openSigner(config),
    clock: Date.now,
    isSent: config.auditRootUrl !== null,
    // A running service finds by itself what waits in the outbox.
    wake: () => undefined,
  })
}
