import { findAction } from '../domain/manifest.ts'
import type { Instant } from '../domain/time.ts'
import { type ActionKnown, weeklyReport } from '../domain/weekly-report.ts'
import { calibrationOf } from './calibration.ts'
import type { Clock, Policies, Store } from './ports.ts'
import { lastWeek } from './week.ts'

type ReportPorts = {
  readonly store: Pick<Store, 'judged' | 'endedSince' | 'past' | 'lastWeeklyReport' | 'recordWeeklyReport'>
  readonly policies: Policies
  readonly clock: Clock
  /** When a report was last due, up to and with `now`; null: never. */
  readonly lastDue: (now: Instant) => Instant | null
  /** The outbox has something for the delivery worker. */
  readonly wake: () => void
}

/**
 * Makes the weekly report that is due, once for each time it is due, however often this is called and whenever the service
 * was down: of several that were missed only the last one. Before there is anything to report, none is.
 */
export function createWeeklyReport(ports: ReportPorts): () => Promise<void> {
  const { store, clock, lastDue, wake } = ports
  let done: Instant | null = null
  return async () => {
    const now = clock()
    const due = lastDue(now)
    if (due === null || due === done) return
    const before = await store.lastWeeklyReport()
    if ((before?.dueAt ?? Number.NEGATIVE_INFINITY) < due && (await hasBegun(store, due))) {
      const known = await knownOf(ports)
      const report = weeklyReport(known, await lastWeek(ports), before?.suggestions ?? [], due, now)
      const notice = { about: 'weekly_report', ...report } as const
      const intent = { kind: 'notice.post', key: `weekly_report ${due}`, notice } as const
      await store.recordWeeklyReport(
        due,
        report.suggestions.map(({ key }) => key),
        [intent],
        now,
      )
      wake()
    }
    done = due
  }
}

/** Was anything decided before that time? A first start has no week behind it. */
async function hasBegun(store: ReportPorts['store'], due: Instant): Promise<boolean> {
  const { decisions } = await store.past({ since: 0 }, 1)
  return decisions.some(({ at }) => at < due)
}

async function knownOf({ store, policies, clock }: ReportPorts): Promise<readonly ActionKnown[]> {
  const manifest = policies.current()
  const known: ActionKnown[] = []
  for (const name of Object.keys(manifest.actions)) {
    const policy = findAction(manifest, name)
    if (policy === null) continue
    const judged = await store.judged(name, 0)
    const { report } = await calibrationOf({ store, clock }, policy)
    known.push({ policy, report, judged })
  }
  return known
}
