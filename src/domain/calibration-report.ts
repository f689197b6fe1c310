import { type Agreement, agreementOf } from './agreement.ts'
import { type Bucketing, findings, type Labelled, type Reliability, reliability } from './calibration.ts'
import type { OutcomeSource } from './event.ts'
import { type Judged, type Verdict, verdictOf } from './judged.ts'
import {
  type EscalatePoint,
  type Evidenced,
  escalateCurve,
  type ThresholdEvidence,
  type Tolerance,
  thresholdEvidence,
} from './threshold.ts'
import type { Instant } from './time.ts'

/** What can be said of claims and outcomes alone, wherever they come from. */
export type Calibration = Reliability & {
  readonly threshold: ThresholdEvidence
  /** What the flagged buckets say, in sentences. */
  readonly findings: readonly string[]
}

/** What is known of an action's decisions in a look-back window; field names are those of `calibration --json`. */
export type CalibrationReport = Calibration & {
  /** Whose decisions these are; null: of agents that sent no version. */
  readonly agent_version: string | null
  /** All versions in the window, the newest first. */
  readonly versions: readonly VersionCount[]
  /** Labelled or not. */
  readonly decisions: number
  readonly by_source: Readonly<Record<OutcomeSource, number>>
  readonly set_aside: {
    /** Labels from the future. */
    readonly future: number
    /** Decisions whose labels contradict each other. */
    readonly contradicted: number
  }
  /** Decided by people and without a label: approval is an optimistic sign of right, so it is not mixed in. */
  readonly reviewer_proxy: { readonly n: number; readonly approved: number; readonly mean_stated: number | null }
  /** What people decided, where a label from elsewhere says how it turned out. */
  readonly reviewers: Agreement
  readonly escalate: readonly EscalatePoint[]
  /** The same figures over all versions; null: there is only one. */
  readonly pooled: Reliability | null
}

export type VersionCount = {
  readonly agent_version: string | null
  readonly decisions: number
  readonly labelled: number
}

/** Claims that all have their outcome, such as those of a file. */
export function calibrationOf(labels: readonly Labelled[], bucketing: Bucketing, tolerance: Tolerance): Calibration {
  return calibrated(
    labels,
    labels.map((each) => ({ ...each, stratum: 'labelled' })),
    bucketing,
    tolerance,
  )
}

/**
 * @param judged all decisions of an action in the window, labelled or not, the oldest first
 * @param asked `version`: whose to look at; left out: those of the newest
 * @param autoApprove the auto-approve threshold in force
 */
export function calibrationReport(
  judged: readonly Judged[],
  asked: { readonly version?: string | undefined; readonly bucketing: Bucketing },
  { tolerance, autoApprove }: { readonly tolerance: Tolerance; readonly autoApprove: number },
  now: Instant,
): CalibrationReport {
  const all = judged.map((each) => ({ ...each, verdict: verdictOf(each.labels, now) }))
  const versions = versionsOf(all)
  const version = asked.version ?? versions[0]?.agent_version ?? null
  const own = all.filter(({ agentVersion }) => agentVersion === version)
  const evidence = evidenceOf(own)
  return {
    ...calibrated(labelledOf(own), evidence, asked.bucketing, tolerance),
    agent_version: version,
    versions,
    decisions: own.length,
    by_source: countSources(own),
    set_aside: {
      future: own.reduce((sum, { verdict }) => sum + verdict.future, 0),
      contradicted: own.filter(({ verdict }) => verdict.contradicted).length,
    },
    reviewer_proxy: proxyOf(own),
    reviewers: agreementOf(
      own.flatMap(({ status, verdict: { label } }) =>
        label !== null && label.source !== 'reviewer' && (status === 'approved' || status === 'denied')
          ? [{ denied: status === 'denied', correct: label.correct }]
          : [],
      ),
    ),
    escalate: escalateCurve(evidence, autoApprove),
    pooled: versions.length > 1 ? reliability(labelledOf(all), asked.bucketing) : null,
  }
}

function calibrated(
  labels: readonly Labelled[],
  evidence: readonly Evidenced[],
  bucketing: Bucketing,
  tolerance: Tolerance,
): Calibration {
  const figures = reliability(labels, bucketing)
  return {
    ...figures,
    threshold: thresholdEvidence(evidence, figures.buckets, bucketing, tolerance),
    findings: findings(figures.buckets),
  }
}

type Settled = Judged & { readonly verdict: Verdict }

function labelledOf(settled: readonly Settled[]): readonly Labelled[] {
  return settled.flatMap(({ confidence, verdict: { label } }) =>
    label === null ? [] : [{ confidence, correct: label.correct }],
  )
}

/**
 * The decisions that a threshold is about: what passed, and what people approved or denied. Each is a stratum of its own,
 * because a label is likelier for the one than for the other. What was blocked, taken back or never decided says nothing.
 */
function evidenceOf(settled: readonly Settled[]): readonly Evidenced[] {
  const isDrawn = ({ auditProbability }: Judged) => auditProbability !== null
  const passed = settled.filter(({ status }) => status === 'auto_approved')
  // Those that were drawn stand for all that passed; whoever else complained stands for complaints.
  const drawn = passed.some(isDrawn)
  return settled.flatMap((each): readonly Evidenced[] => {
    const { confidence, status } = each
    const correct = each.verdict.label?.correct ?? null
    switch (status) {
      case 'auto_approved':
        return [{ confidence, stratum: 'auto', correct: drawn && !isDrawn(each) ? null : correct }]
      case 'approved':
      case 'denied':
        return [{ confidence, stratum: status, correct }]
      case 'pending':
      case 'clarifying':
      case 'timed_out':
      case 'blocked':
      case 'withdrawn':
        return []
    }
  })
}

function versionsOf(settled: readonly Settled[]): readonly VersionCount[] {
  const counts = new Map<string | null, { decisions: number; labelled: number }>()
  for (const { agentVersion, verdict } of settled.toReversed()) {
    const count = counts.get(agentVersion) ?? { decisions: 0, labelled: 0 }
    counts.set(agentVersion, count)
    count.decisions += 1
    if (verdict.label !== null) count.labelled += 1
  }
  return [...counts].map(([version, count]) => ({ agent_version: version, ...count }))
}

function countSources(settled: readonly Settled[]): Readonly<Record<OutcomeSource, number>> {
  const of = (source: OutcomeSource) => settled.filter(({ verdict }) => verdict.label?.source === source).length
  return { downstream: of('downstream'), audit: of('audit'), reviewer: of('reviewer') }
}

function proxyOf(settled: readonly Settled[]): CalibrationReport['reviewer_proxy'] {
  const decided = settled.filter(
    ({ status, verdict }) => verdict.label === null && (status === 'approved' || status === 'denied'),
  )
  const n = decided.length
  const stated = decided.reduce((sum, { confidence }) => sum + confidence, 0)
  const approved = decided.filter(({ status }) => status === 'approved').length
  return { n, approved, mean_stated: n === 0 ? null : stated / n }
}
