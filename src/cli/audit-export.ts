import { once } from 'node:events'
import { SingleBar } from 'cli-progress'
import type { Command } from 'commander'
import { exportAudit } from '../app/export-audit.ts'
import type { Store } from '../app/ports.ts'
import type { Config } from '../config.ts'
import { rootNow } from './audit-root.ts'
import { type Since, since } from './since.ts'
import { withExistingStore } from './with-store.ts'

type Options = { readonly since?: Since }

/** `countersign audit export` */
export function addAuditExport(audit: Command): void {
  audit
    .command('export')
    .description(
      'Write the audit log as JSON lines on stdout, under a root that is made first, for others to check (examples/verify-audit.mjs).',
    )
    .option('--since <time>', 'only chains that have grown since: 90d, 12h, or a day such as 2026-09-01 (UTC)', since)
    .action((options: Options) => withExistingStore((store, config) => write(store, config, options)))
}

async function write(store: Store, config: Config, options: Options): Promise<void> {
  const { last } = await rootNow(store, config)
  const from = options.since === undefined ? 1 : await store.rootSince(options.since(Date.now()))
  if (last === null || from === null) {
    process.stderr.write(`Nothing has happened${last === null ? '' : ' since then'}, so there is nothing to export.\n`)
    return
  }
  const { decisions, workflows } = await store.countChains()
  // Nothing where nobody watches, and not between the lines.
  const bar = new SingleBar({
    format: '{bar} {percentage}% of {total} chains',
    stream: process.stderr,
    clearOnComplete: true,
    noTTYOutput: false,
  })
  const isWatched = !process.stdout.isTTY && from === 1
  if (isWatched) bar.start(decisions + workflows, 0)
  try {
    // Whoever reads it may be slower than the disk.
    for await (const line of exportAudit(store, { from, to: last }, (chains) => bar.increment(chains)))
      if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, 'drain')
  } finally {
    if (isWatched) bar.stop()
  }
}
