import { REPORTED_FROM } from './calibration.ts'
import type { Calibration, CalibrationReport } from './calibration-report.ts'
import { counted, joined, percent } from './difference.ts'
import type { Candidate, ThresholdEvidence } from './threshold.ts'

/** Shares in the text: one digit after the point. */
export const share = (value: number) => `${(100 * value).toFixed(1)}%`

type Figures = Pick<Calibration, 'n' | 'accuracy' | 'mean_stated' | 'brier' | 'ece' | 'ece_null_expected' | 'mce'>

export function happened({ n, accuracy, mean_stated: mean }: Figures): readonly string[] {
  if (accuracy === null || mean === null) return []
  const right = Math.round(accuracy * n)
  if (right === n)
    return [`All of ${counted(n, 'labelled decision')} were right; the agent claimed ${share(mean)} on average.`]
  if (right === 0)
    return [`None of ${counted(n, 'labelled decision')} was right; the agent claimed ${share(mean)} on average.`]
  return [
    `${right} of ${n} labelled decisions were right (${share(accuracy)}); the agent claimed ${share(mean)} on average.`,
  ]
}

export function enough({ n, ece, ece_null_expected: chance, brier }: Figures): readonly string[] {
  if (ece === null || chance === null || brier === null) return []
  if (n < REPORTED_FROM) return [`No: ${counted(n, 'label')} ${n === 1 ? 'says' : 'say'} next to nothing.`]
  const points = (value: number) => `${(100 * value).toFixed(1)} points`
  const verdict =
    ece > 2 * chance
      ? 'more than twice what chance would do'
      : ece > chance
        ? 'not far from what chance would do'
        : 'no more than chance would do'
  return [
    `Claim and outcome are ${points(ece)} apart on average over the buckets (ECE); ${points(chance)} would be chance if every claim were true. That is ${verdict}.`,
    `The Brier score is ${brier.toFixed(3)} (0 is perfect; always claiming 50% has 0.250).`,
  ]
}

/** What the evidence says about the threshold in force, in words. Nothing changes it but a person. */
export function thresholdSentence(threshold: ThresholdEvidence, autoApprove: number): string {
  const { suggested, holm_coarse: holm, alpha, candidates, held_back_by: held, labels_needed: needed } = threshold
  const promise = `at most ${percent(alpha)} wrong with ${percent(1 - threshold.delta)} confidence`
  const buckets = `${held.length === 1 ? 'the bucket' : 'the buckets'} ${joined(held.map((each) => each.toFixed(1)))}`
  if (suggested !== null) {
    const basis = basisOf(candidates.find(({ t }) => t === suggested))
    const lower =
      held.length === 0 || holm.selected === null
        ? ''
        : ` ${holm.selected} would keep to it as well, but claims in ${buckets} inside it are off by more than 10 points.`
    if (suggested === autoApprove) return `No change: ${autoApprove} keeps to ${promise} (${basis}).${lower}`
    if (suggested < autoApprove)
      return `auto_approve_confidence could go from ${autoApprove} down to ${suggested}: ${promise} (${basis}).${lower}`
    return `Consider raising auto_approve_confidence from ${autoApprove} to ${suggested}: that keeps to ${promise} (${basis}), and nothing shows it of ${autoApprove}.${lower}`
  }
  if (holm.selected !== null)
    return `No change: ${holm.selected} would keep to ${promise}, but claims in ${buckets} inside it are off by more than 10 points. First find out why.`
  if (needed !== null)
    return `No change: no threshold keeps to ${promise} on this evidence; about ${needed} more ${needed === 1 ? 'label is' : 'labels are'} needed if errors stay as they are.`
  return `No change: no threshold keeps to ${promise}, and more labels alone would not show it: too many of those at hand are wrong.`
}

function basisOf(candidate: Candidate | undefined): string {
  if (candidate === undefined) return 'no labels'
  const { n, errors, strata, t } = candidate
  const unlabelled = strata.reduce((sum, { N, labelled }) => sum + N - labelled, 0)
  const rest = unlabelled === 0 ? '' : `; ${unlabelled} without a label are allowed for`
  return `${counted(errors, 'error')} among ${counted(n, 'label')} from ${t} on${rest}`
}

export function versionLines({ versions, pooled, agent_version: version }: CalibrationReport): readonly string[] {
  if (pooled === null) return []
  const others = versions.filter((each) => each.agent_version !== version)
  const names = others.map((each) => `${each.agent_version ?? 'none'} (${each.labelled} of ${each.decisions} labelled)`)
  const all = pooled.accuracy === null ? '' : ` All together: ${share(pooled.accuracy)} of ${pooled.n} right.`
  return [`A new version starts afresh. Others in this time: ${joined(names)}.${all}`]
}

export function sourceLines(report: CalibrationReport): readonly string[] {
  const { by_source: by, set_aside: aside, reviewer_proxy: proxy } = report
  const threshold = `${by.downstream} from what happened downstream, ${by.audit} from audits, ${by.reviewer} from reviewers.`
  return [
    threshold,
    ...(by.reviewer > 0 ? ['Reviewers saw what the agent claimed: their labels tend to agree with it.'] : []),
    ...(proxy.n > 0
      ? [
          `Not counted: ${counted(proxy.n, 'decision')} of people without a label, ${proxy.approved} of them approved. An approval is an optimistic sign that it was right.`,
        ]
      : []),
    ...(aside.contradicted > 0
      ? [
          `${counted(aside.contradicted, 'decision')} ${aside.contradicted === 1 ? 'has' : 'have'} labels of one source that contradict each other: the one observed later counts.`,
        ]
      : []),
    ...(aside.future > 0
      ? [`Not counted: ${counted(aside.future, 'label')} observed in the future. Check the clock of who sends them.`]
      : []),
  ]
}

export function reviewerLines({
  reviewers: { caught, wrong, catch_wilson95: interval, n },
}: CalibrationReport): readonly string[] {
  if (interval === null)
    return [`Of ${counted(n, 'labelled decision')} of people none turned out wrong, so nothing was there to catch.`]
  return [
    `People denied ${caught} of ${wrong} that turned out wrong (${share(caught / wrong)}, 95% interval ${share(interval[0])} to ${share(interval[1])}).`,
  ]
}
