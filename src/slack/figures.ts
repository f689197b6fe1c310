import { escapeMrkdwn } from '../../blocks/escape.ts'
import { weekText } from '../../blocks/home.ts'
import { duration } from '../../blocks/when.ts'
import type { ActionCalibration, CalibrationFor } from '../app/calibration.ts'
import type { Stats } from '../app/stats.ts'
import {
  enough,
  happened,
  reviewerLines,
  share,
  sourceLines,
  thresholdSentence,
} from '../domain/calibration-sentences.ts'
import { counted } from '../domain/difference.ts'
import type { ReviewFigures } from '../domain/review-figures.ts'

const NOT_FOR_YOU = 'Only full members of this workspace are told that.'

/** What `/approvals stats` says, as mrkdwn; null: to somebody who may not know. */
export function statsText(stats: Stats | null): string {
  if (stats === null) return NOT_FOR_YOU
  const { week, days, team, own } = stats
  return [
    '*The last seven days*',
    weekText(week),
    `*Everybody together, the last ${days} days*`,
    ...bullets(figuresLines(team)),
    '*You alone, which nobody else is shown*',
    ...bullets(figuresLines(own)),
  ].join('\n')
}

function figuresLines(figures: ReviewFigures): readonly string[] {
  const { n, approved, denied, medianMs, bySize, hasty, agreement } = figures
  if (n === 0 || medianMs === null) return ['Nothing was decided.']
  return [
    `${counted(n, 'answer')}: ${approved} approved, ${denied} denied. Half of them came within ${duration(medianMs)} of the request.`,
    ...(bySize === null ? [] : [sizeLine(bySize)]),
    ...(hasty === 0
      ? []
      : [`${counted(hasty, 'approval')} came within 3 seconds of the request: too fast to have read it.`]),
    ...agreementLines(agreement),
  ]
}

function sizeLine({ upTo, smallMs, largeMs }: NonNullable<ReviewFigures['bySize']>): string {
  const verdict = largeMs > 1.1 * smallMs ? '' : ' Large ones got no more time than small ones.'
  return `Parameters of up to ${upTo} characters took ${duration(smallMs)} at the median, longer ones ${duration(largeMs)}.${verdict}`
}

function agreementLines({
  n,
  observed,
  wrong,
  caught,
  catch_wilson95: interval,
}: ReviewFigures['agreement']): readonly string[] {
  if (n === 0 || observed === null) return ['Nobody has said yet how any of it turned out.']
  const agreed = `Of ${counted(n, 'one', 'ones')} of which it is known how they turned out, ${share(observed)} were decided rightly.`
  if (interval === null) return [`${agreed} None turned out wrong, so nothing was there to catch.`]
  return [
    agreed,
    `Caught: ${caught} of ${wrong} that turned out wrong were denied (${share(caught / wrong)}, 95% interval ${share(interval[0])} to ${share(interval[1])}).`,
  ]
}

/** What `/approvals calibration ACTION` says, as mrkdwn. */
export function calibrationText(found: CalibrationFor): string {
  switch (found.kind) {
    case 'barred':
      return NOT_FOR_YOU
    case 'unknown': {
      const names = found.actions.slice(0, MOST_NAMED).map((each) => `\`${escapeMrkdwn(each)}\``)
      const more = found.actions.length > MOST_NAMED ? ` and ${found.actions.length - MOST_NAMED} more` : ''
      return `The policy has no such action. It has ${names.join(', ')}${more}.`
    }
    case 'known':
      return knownText(found.calibration)
  }
}

const MOST_NAMED = 20

function knownText({ action, days, report, autoApprove }: ActionCalibration): string {
  const { n, decisions, buckets, agent_version: version, findings, threshold, reviewers } = report
  const whose = version === null ? '' : ` of agent version ${escapeMrkdwn(version)}`
  const head = [
    `*${escapeMrkdwn(action)}, the last ${days} days*`,
    `${n} of ${counted(decisions, 'decision')}${whose} ${n === 1 ? 'has' : 'have'} a label. Unlabelled is not counted as right.`,
  ]
  if (n === 0) return [...head, 'There are no labels, so nothing can be said and nothing is suggested.'].join('\n')
  const rows = buckets.map(
    ({ label, n: size, correct, accuracy }) =>
      `claimed ${label.toFixed(1)} to ${(label + 0.1).toFixed(1)}: ${correct} of ${size} right (${share(accuracy)})`,
  )
  const sentences = [
    ...happened(report),
    ...enough(report),
    ...findings,
    thresholdSentence(threshold, autoApprove),
    ...sourceLines(report),
    ...(reviewers.n === 0 ? [] : reviewerLines(report)),
  ]
  return [...head, '```', ...rows, '```', ...bullets(sentences.map(escapeMrkdwn))].join('\n')
}

function bullets(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `• ${line}`)
}
