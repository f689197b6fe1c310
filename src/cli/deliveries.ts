import type { Command } from 'commander'
import type { Delivery, Store } from '../app/ports.ts'
import { toIso } from '../domain/time.ts'
import { withExistingStore } from './with-store.ts'

type Options = { readonly all?: true; readonly json?: true }

/** More are counted and not listed. */
const MOST = 1_000
/** So many keys stand in the audit log. */
const RECORDED = 20

/** `countersign deliveries list|replay` */
export function addDeliveriesCommand(program: Command): void {
  const deliveries = program
    .command('deliveries')
    .description('What other systems or Slack have not been told: what was given up, and what waits for another try.')
  deliveries
    .command('list')
    .description('Show them, the oldest first.')
    .option('--json', 'print them as JSON')
    .action((options: Options) => withExistingStore((store) => list(store, options)))
  const replaying = deliveries
    .command('replay')
    .description('Queue some of them again at once, also beside a running service; webhooks keep their webhook-id.')
    .argument('[id...]', 'the ID that `list` shows')
    .option('--all', 'all that were given up')
    .option('--json', 'print what was queued as JSON')
    .action((ids: readonly string[], options: Options) => {
      if ((options.all === true) === ids.length > 0)
        return replaying.error('error: say which: the IDs that `countersign deliveries list` shows, or --all')
      return withExistingStore((store) => replay(store, options.all === true ? null : ids, options))
    })
}

async function list(store: Store, { json }: Options): Promise<void> {
  const found = await store.deliveries(MOST + 1)
  const shown = found.slice(0, MOST)
  if (found.length > MOST) process.stderr.write(`There are more than these ${MOST}.\n`)
  if (json === true) return print(`${JSON.stringify(shown.map(asJson), null, 2)}\n`)
  if (shown.length === 0) process.stderr.write('Nothing was given up, and nothing waits for another system.\n')
  else print(`${shown.map(line).join('\n')}\n`)
}

async function replay(store: Store, ids: readonly string[] | null, { json }: Options): Promise<void> {
  const now = Date.now()
  const queued = await store.replay(ids, now, (found) => ({
    type: 'deliveries.replayed',
    at: now,
    actor: { kind: 'operator' },
    payload: { count: found.length, first: found.slice(0, RECORDED) },
    sealed: null,
  }))
  if (json === true) print(`${JSON.stringify(queued, null, 2)}\n`)
  else if (queued.length > 0) print(`${queued.map((key) => `queued again: ${key}`).join('\n')}\n`)
  const unknown = (ids ?? []).filter((id) => !queued.includes(id))
  for (const id of unknown)
    process.stderr.write(`Nothing of this ID waits or was given up: "${id}". See: countersign deliveries list\n`)
  if (ids === null && queued.length === 0) process.stderr.write('Nothing was given up, so nothing was queued.\n')
  if (unknown.length > 0) process.exitCode = 1
}

function line({ key, dueAt, attempts, error }: Delivery): string {
  const state = dueAt === null ? 'given up' : `due ${toIso(dueAt)}`
  const tries = attempts === 1 ? '1 failed try' : `${attempts} failed tries`
  return [key, state, tries, ...(error === null ? [] : [error])].join('  ')
}

function asJson({ key: id, kind, dueAt, attempts, error }: Delivery) {
  return {
    id,
    kind,
    state: dueAt === null ? 'dead' : 'waiting',
    due_at: dueAt === null ? null : toIso(dueAt),
    attempts,
    error,
  }
}

function print(text: string): void {
  process.stdout.write(text)
}
