import { createInterface } from 'node:readline/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { type Concluded, countEnded, eraseEnded, eraseNamed, type NotErased, tryNamed } from '../app/erase.ts'
import type { Store } from '../app/ports.ts'
import { DAY, toIso } from '../domain/time.ts'
import { withExistingStore } from './with-store.ts'

type Options = {
  /** In days. */
  readonly endedBefore?: number
  readonly action?: string
  readonly dryRun?: true
  readonly yes?: true
  readonly json?: true
}

const OPERATOR = { kind: 'operator' } as const

/** `countersign erase ...` */
export function addEraseCommand(program: Command): void {
  const command = program
    .command('erase')
    .description(
      'Erase for good what people and agents wrote of decisions that have ended: parameters, texts, results. That they were made, by whom, and how they ended stays, and the audit log still verifies. Also beside a running service.',
    )
    .argument('[ids...]', 'decisions: dec_...')
    .option('--ended-before <days>', 'instead of ids: all that ended longer ago than this, e.g. 90d', days)
    .option('--action <name>', 'with --ended-before: only those of this action')
    .option('--dry-run', 'say how many that would be, and erase nothing')
    .option('--yes', 'do not ask first')
    .option('--json', 'print it as JSON')
    .action((ids: readonly string[], options: Options) => {
      if (ids.length > 0 && options.endedBefore !== undefined)
        return command.error('error: say ids, or --ended-before, not both')
      if (options.action !== undefined && options.endedBefore === undefined)
        return command.error('error: --action goes with --ended-before: say how long ago they ended, e.g. 90d')
      if (ids.length === 0 && options.endedBefore === undefined)
        return command.error('error: say which: ids of decisions, or --ended-before 90d')
      if (options.yes !== true && options.dryRun !== true && !process.stdin.isTTY)
        return command.error('error: this cannot be undone; say --yes, or --dry-run to see how many it would be')
      return withExistingStore((store) =>
        options.endedBefore === undefined ? named(store, ids, options) : ended(store, options.endedBefore, options),
      )
    })
}

async function named(store: Store, ids: readonly string[], options: Options): Promise<void> {
  if (options.dryRun === true) {
    const tried = await tryNamed({ store }, ids, OPERATOR, Date.now())
    const json = { would_erase: tried.decisions, refused: refusedAsJson(tried.refused) }
    said(options, json, `${count(tried.decisions)} would be erased.`)
    return tellRefused(tried.refused, 'would not be erased')
  }
  if (!(await isSure(options, count(ids.length)))) return
  const { refused, ...done } = await eraseNamed({ store, wake: () => undefined }, ids, OPERATOR, Date.now())
  tell(options, done, refused)
}

async function ended(store: Store, age: number, options: Options): Promise<void> {
  const now = Date.now()
  const before = now - age * DAY
  const { action } = options
  const keptSince = (each: string) => (action === undefined || each === action ? before : null)
  const most = await countEnded(store, keptSince, before)
  const which = `${count(most)} that ended before ${toIso(before)}`
  if (options.dryRun === true || most === 0)
    return said(
      options,
      options.dryRun === true ? { would_erase: most } : asJson(NOTHING, []),
      `${which} ${options.dryRun === true ? 'would be erased' : 'are left to be erased'}, but for those of which something is still to come.`,
    )
  if (!(await isSure(options, which))) return
  const ports = { store, wake: () => undefined }
  const done = await eraseEnded(ports, keptSince, before, OPERATOR, 'retention', now)
  tell(options, done, [])
  const left = most - done.decisions
  if (left > 0)
    process.stderr.write(
      `${count(left)} ${left === 1 ? 'is' : 'are'} left: something is still to come of ${left === 1 ? 'it' : 'them'}.\n`,
    )
}

const NOTHING: Concluded = { decisions: 0, workflows: 0, scrubbed: true }

/** Asks, unless that was answered already. */
async function isSure({ yes }: Options, what: string): Promise<boolean> {
  if (yes === true) return true
  const asked = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await asked.question(`Erase ${what}? This cannot be undone. Type yes: `)
    if (answer.trim().toLowerCase() === 'yes') return true
    process.stderr.write('Nothing was erased.\n')
    process.exitCode = 1
    return false
  } finally {
    asked.close()
  }
}

function tell(options: Options, done: Concluded, refused: readonly NotErased[]): void {
  const plans = done.workflows === 0 ? '' : `, with ${done.workflows} plan${done.workflows === 1 ? '' : 's'} of steps`
  said(options, asJson(done, refused), `${count(done.decisions)} erased${plans}.`)
  tellRefused(refused, 'was not erased')
  if (!done.scrubbed)
    process.stderr.write(
      'The write-ahead log was being read just now, so that it may still hold what was erased. Run it again, or stop the service in order: both write it back.\n',
    )
  if (!done.scrubbed) process.exitCode = 1
}

function tellRefused(refused: readonly NotErased[], what: string): void {
  for (const { decision, why } of refused)
    process.stderr.write(`${decision} ${what}: ${why?.message ?? 'there is no such decision.'}\n`)
  if (refused.length > 0) process.exitCode = 1
}

function asJson({ decisions, workflows, scrubbed }: Concluded, refused: readonly NotErased[]) {
  return { erased: decisions, workflows, scrubbed, refused: refusedAsJson(refused) }
}

function refusedAsJson(refused: readonly NotErased[]) {
  return refused.map(({ decision, why }) => ({
    decision,
    code: why?.code ?? 'not_found',
    message: why?.message ?? 'There is no such decision.',
  }))
}

function said({ json }: Options, value: unknown, words: string): void {
  process.stdout.write(json === true ? `${JSON.stringify(value, null, 2)}\n` : `${words}\n`)
}

function count(decisions: number): string {
  return `${decisions} decision${decisions === 1 ? '' : 's'}`
}

function days(text: string): number {
  const [, digits] = /^(\d{1,5})d$/.exec(text) ?? []
  const value = Number(digits)
  if (digits === undefined || value < 1) throw new InvalidArgumentError('It takes a number of days, at least 1: 90d')
  return value
}
