import type { Command } from 'commander'
import { type OverdueDecision, overdue } from '../app/overdue.ts'
import type { Due } from '../domain/due.ts'
import { type Instant, toIso } from '../domain/time.ts'
import { overdueSince } from '../sweep-watch.ts'
import { addAuditExport } from './audit-export.ts'
import { addAuditRoot } from './audit-root.ts'
import { addAuditShow } from './audit-show.ts'
import { addAuditVerify } from './audit-verify.ts'
import { withExistingStore } from './with-store.ts'

/** More than these are counted only. */
const LISTED = 500

/** `countersign audit ...` */
export function addAuditCommand(program: Command): void {
  const audit = program.command('audit').description('Questions that an auditor asks of the records.')
  addAuditVerify(audit)
  addAuditShow(audit)
  addAuditRoot(audit)
  addAuditExport(audit)
  audit
    .command('overdue')
    .description('What the sweep should have done and has not for more than two of its intervals (SWEEP_CRON).')
    .option('--json', 'print it as JSON')
    .action((options: { readonly json?: true }) => tellOverdue(options.json === true))
}

async function tellOverdue(asJson: boolean): Promise<void> {
  await withExistingStore(async (store, config) => {
    const now = Date.now()
    const before = overdueSince(config.sweepCron, now)
    const { total, decisions } = before === null ? NOTHING : await overdue(store, before, LISTED)
    if (asJson) process.stdout.write(`${JSON.stringify(inJson({ now, before, total, decisions }), null, 2)}\n`)
    else for (const each of decisions) process.stdout.write(`${describe(each)}\n`)
    if (total > 0) process.exitCode = 1
    if (asJson) return
    if (total === 0) process.stderr.write('Nothing is overdue by more than two intervals of the sweep.\n')
    else if (total > decisions.length) process.stderr.write(`and ${total - decisions.length} more\n`)
  })
}

const NOTHING = { total: 0, decisions: [] } as const

type Told = {
  readonly now: Instant
  readonly before: Instant | null
  readonly total: number
  readonly decisions: readonly OverdueDecision[]
}

function inJson({ now, before, total, decisions }: Told) {
  return {
    checked_at: toIso(now),
    due_before: before === null ? null : toIso(before),
    total,
    overdue: decisions.map(({ since, ...told }) => ({ ...told, since: toIso(since) })),
  }
}

function describe({ decision, action, agent, due, since }: OverdueDecision): string {
  return `${decision}  ${action} by ${agent}  ${IN_WORDS[due]} since ${toIso(since)}`
}

const IN_WORDS: Readonly<Record<Due, string>> = {
  end: 'to be ended',
  reminder: 'to be reminded of',
  next_person: 'somebody to be asked',
  question_end: 'the question to be ended',
  rollback_end: 'the time to roll it back to be ended',
}
