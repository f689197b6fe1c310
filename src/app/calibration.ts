import type { Bucketing } from '../domain/calibration.ts'
import { type CalibrationReport, calibrationReport } from '../domain/calibration-report.ts'
import { type ActionPolicy, findAction } from '../domain/manifest.ts'
import { DAY, type Instant } from '../domain/time.ts'
import type { Clock, Policies, Reviewers, Store } from './ports.ts'

type CalibrationPorts = {
  readonly store: Pick<Store, 'judged'>
  readonly policies: Policies
  readonly clock: Clock
}

/** What agents claimed of an action against how it turned out, in a look-back window. */
export type ActionCalibration = {
  readonly action: string
  readonly days: number
  readonly since: Instant
  readonly until: Instant
  readonly report: CalibrationReport
  /** The threshold in force. */
  readonly autoApprove: number
}

/** For a person: those whom Slack knows as nobody who ever decides are told nothing. */
export type CalibrationFor =
  | { readonly kind: 'known'; readonly calibration: ActionCalibration }
  | { readonly kind: 'unknown'; readonly actions: readonly string[] }
  | { readonly kind: 'barred' }

const DAYS = 30
const BUCKETING: Bucketing = 'left_closed'

/** By the manifest in force, for the newest agent version. null: the manifest has no such action. */
export async function calibration(ports: CalibrationPorts, action: string): Promise<ActionCalibration | null> {
  const policy = findAction(ports.policies.current(), action)
  return policy === null ? null : calibrationOf(ports, policy)
}

/** The same for one action of it. */
export async function calibrationOf(
  { store, clock }: Pick<CalibrationPorts, 'store' | 'clock'>,
  { name, suggestions, thresholds }: ActionPolicy,
): Promise<ActionCalibration> {
  const until = clock()
  const since = until - DAYS * DAY
  const autoApprove = thresholds.auto_approve_confidence
  const judged = await store.judged(name, since)
  const report = calibrationReport(judged, { bucketing: BUCKETING }, { tolerance: suggestions, autoApprove }, until)
  return { action: name, days: DAYS, since, until, report, autoApprove }
}

/** The same for somebody in Slack. */
export async function calibrationFor(
  ports: CalibrationPorts & { readonly reviewers: Reviewers },
  user: string,
  action: string,
): Promise<CalibrationFor> {
  if ((await ports.reviewers.person(user)).barred !== null) return { kind: 'barred' }
  const found = await calibration(ports, action)
  if (found !== null) return { kind: 'known', calibration: found }
  return { kind: 'unknown', actions: Object.keys(ports.policies.current().actions) }
}
