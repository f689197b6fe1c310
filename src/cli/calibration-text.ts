import type { Bucket, Bucketing } from '../domain/calibration.ts'
import type { Calibration, CalibrationReport } from '../domain/calibration-report.ts'
import {
  enough,
  happened,
  reviewerLines,
  share,
  sourceLines,
  thresholdSentence,
  versionLines,
} from '../domain/calibration-sentences.ts'
import { counted } from '../domain/difference.ts'
import type { EscalatePoint } from '../domain/threshold.ts'

/**
 * Claims and outcomes for a policy owner: a table, then what happened, whether it says anything, and what to do.
 * @param autoApprove the threshold in force
 */
export function calibrationText(
  { n, buckets, threshold, findings, ...figures }: Calibration,
  bucketing: Bucketing,
  autoApprove: number,
): string {
  if (n === 0) return 'There are no labels, so nothing can be said and nothing is suggested.\n'
  return [
    table(buckets, bucketing),
    section('What happened', happened({ n, ...figures })),
    section('Is it enough to say anything', [...enough({ n, ...figures }), ...findings]),
    section('What to do', [thresholdSentence(threshold, autoApprove)]),
  ].join('\n')
}

/** The rest of what is known where the decisions themselves are at hand. */
export function reportText(report: CalibrationReport, bucketing: Bucketing, autoApprove: number): string {
  const { decisions, n, agent_version: version } = report
  const whose = version === null ? 'without an agent version' : `of agent version ${version}`
  const coverage = `${n} of ${counted(decisions, 'decision')} ${whose} ${n === 1 ? 'has' : 'have'} a label. Unlabelled is not counted as right.`
  const advice =
    n === 0
      ? '\nLabels come with POST /v1/decisions/{id}/outcome, as soon as it is known how a decision turned out.\n'
      : ''
  return [
    `${coverage}\n${versionLines(report)
      .map((line) => `${line}\n`)
      .join('')}`,
    `${calibrationText(report, bucketing, autoApprove)}${advice}`,
    section('Where the labels come from', sourceLines(report)),
    ...(report.reviewers.n === 0 ? [] : [section('What reviewers caught', reviewerLines(report))]),
    ...(decisions === 0 ? [] : [section(`What escalate_confidence would do`, escalateLines(report.escalate))]),
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string {
  return `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function table(buckets: readonly Bucket[], bucketing: Bucketing): string {
  const head = ['claimed', 'labels', 'right', 'mean claim', 'happened', '95% interval', '']
  const rows = buckets.map((bucket) => {
    const { label, n, correct, mean_stated: mean, accuracy, wilson95 } = bucket
    const range =
      bucketing === 'nearest' ? `about ${label.toFixed(1)}` : `${label.toFixed(1)} to ${(label + 0.1).toFixed(1)}`
    const interval = `${share(wilson95[0])} to ${share(wilson95[1])}`
    return [range, String(n), String(correct), share(mean), share(accuracy), interval, mark(bucket)]
  })
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)))
  return [head, ...rows]
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('')
}

function mark({ reported, flagged, alerted, gap }: Bucket): string {
  if (!reported) return 'too few to say'
  if (!flagged) return ''
  const what = gap < 0 ? 'claims too much' : 'claims too little'
  return alerted ? what : `${what}, or chance`
}

function escalateLines(curve: readonly EscalatePoint[]): readonly string[] {
  return [
    'It guarantees nothing about errors. With each value:',
    ...curve.map(({ t, escalated, reviewed, labelled, correct }) => {
      const known = labelled === 0 ? 'no labels' : `${correct} of ${labelled} labelled were right`
      return `${t.toFixed(2)}  ${escalated} go a level higher (${known}), ${reviewed} stay`
    }),
  ]
}
