import { SingleBar } from 'cli-progress'
import { type Command, Option } from 'commander'
import type { Store } from '../app/ports.ts'
import { proposalFaults } from '../app/submit.ts'
import { type Backtest, type Change, createBacktest, isNewlyAutomatic, mostTelling } from '../domain/backtest.ts'
import { durationMs } from '../domain/limits.ts'
import type { Manifest } from '../domain/manifest.ts'
import { type Instant, toIso } from '../domain/time.ts'
import { loadManifest } from '../policy/load.ts'
import { formatProblems } from '../policy/problem.ts'
import { createRuleCheck } from '../policy/rule-check.ts'
import { createSchemaCheck } from '../policy/schema-check.ts'
import { backtestText, type Linked } from './backtest-text.ts'
import { manifestsDir } from './settings.ts'
import { type Since, since } from './since.ts'
import { withExistingStore } from './with-store.ts'

type Options = {
  readonly manifest?: string
  readonly since: Since
  readonly list?: true
  readonly json?: true
  readonly failOn?: 'new-auto-approvals-denied' | 'changes'
}

const TELLING = 10
const PAGE = 1_000

/** `countersign backtest`: exits with 0, with 1 for what `--fail-on` names or a manifest that can't be used. */
export function addBacktestCommand(program: Command): void {
  program
    .command('backtest')
    .description('Route the decisions of the past once more, under another manifest, and say what would change.')
    .option('--manifest <dir>', 'the candidate; left out: the one of MANIFESTS_DIR')
    .addOption(
      new Option('--since <time>', 'how far back: 90d, 12h, or a day such as 2026-09-01 (UTC)')
        .argParser(since)
        .default(since('90d'), '90d'),
    )
    .option('--list', 'name every decision that would go another way')
    .option('--json', 'print everything as JSON on stdout')
    .addOption(
      new Option('--fail-on <what>', 'exit with 1 if it happens, for a check of a pull request').choices([
        'new-auto-approvals-denied',
        'changes',
      ]),
    )
    .action(backtest)
}

async function backtest(options: Options): Promise<void> {
  const folder = options.manifest ?? manifestsDir()
  const loaded = loadManifest(folder)
  if (!loaded.ok) {
    process.stderr.write(`${formatProblems(loaded.problems)}\nThis manifest cannot be compared with anything.\n`)
    process.exitCode = 1
    return
  }
  await withExistingStore(async (store) => {
    const now = Date.now()
    const from = options.since(now)
    const { result, erased } = await replayed(store, loaded.manifest, from, now)
    const telling = await withLinks(store, mostTelling(result.changes, TELLING))
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify({ since: toIso(from), until: toIso(now), erased, ...result, telling }, null, 2)}\n`
        : backtestText({ folder, from, erased, result, telling, list: options.list === true }),
    )
    process.exitCode = fails(result, options.failOn) ? 1 : 0
  })
}

function fails({ changes }: Backtest, failOn: Options['failOn']): boolean {
  switch (failOn) {
    case undefined:
      return false
    case 'changes':
      return changes.length > 0
    case 'new-auto-approvals-denied':
      return changes.some((change) => isNewlyAutomatic(change) && (change.denied || change.correct === false))
  }
}

async function replayed(store: Store, manifest: Manifest, from: Instant, now: Instant) {
  const schemaCheck = createSchemaCheck()
  const { warmUp, take, result } = createBacktest(
    manifest,
    {
      rulings: createRuleCheck(),
      refuses: (policy, proposal) => proposalFaults(policy, proposal, schemaCheck).length > 0,
    },
    now,
  )
  const start = from - longestWindow(manifest)
  // Nothing where nobody watches.
  const bar = new SingleBar({
    format: '{bar} {percentage}% of {total} decisions',
    stream: process.stderr,
    clearOnComplete: true,
  })
  bar.start(await store.countSince(start), 0)
  let erased = 0
  for (let after: string | { readonly since: Instant } = { since: start }; ; ) {
    const page = await store.past(after, PAGE)
    erased += page.erased
    for (const past of page.decisions) (past.at < from ? warmUp : take)(past)
    if (page.last === null) break
    bar.increment(page.decisions.length + page.erased)
    after = page.last
  }
  bar.stop()
  return { result: result(), erased }
}

/** Until then what passed may still fill a limit. */
function longestWindow({ actions }: Manifest): number {
  const windows = Object.values(actions).flatMap(({ limits }) => limits.map(({ per }) => durationMs(per)))
  return Math.max(0, ...windows)
}

async function withLinks(store: Store, changes: readonly Change[]): Promise<readonly Linked[]> {
  return Promise.all(
    changes.map(async (change) => {
      const card = (await store.posts(change.id)).find(({ slot }) => slot === 'card')
      return { ...change, link: card?.state === 'posted' ? card.permalink : null }
    }),
  )
}
