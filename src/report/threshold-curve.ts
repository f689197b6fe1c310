import type { CalibrationReport } from '../domain/calibration-report.ts'
import type { Candidate } from '../domain/threshold.ts'
import { dot, element, INK, line, percent, picture, words } from './drawing.ts'

const HEIGHT = 880
const LEFT = 96
const RIGHT = 756
const ERRORS = { top: 170, bottom: 440 }
const DOTTED = { stroke: INK.text, 'stroke-dasharray': '4 6' }
const PASSING = { top: 540, bottom: 740 }

/**
 * What each threshold would do, as SVG: above, how many of what passes may be wrong; below, how much would pass.
 * @param autoApprove the threshold in force
 */
export function thresholdCurve(action: string, report: CalibrationReport, autoApprove: number): string {
  const { threshold, decisions, n } = report
  const { candidates, alpha, delta, suggested, holm_coarse: holm } = threshold
  const x = (t: number) => LEFT + 24 + ((t - 0.5) / 0.5) * (RIGHT - LEFT - 48)
  // Beyond three times what may be wrong nobody has to know how bad it is.
  const most = Math.min(1, Math.max(0.1, 3 * alpha))
  const yError = (share: number) => ERRORS.bottom - (Math.min(share, most) / most) * (ERRORS.bottom - ERRORS.top)
  const yShare = (share: number) => PASSING.bottom - share * (PASSING.bottom - PASSING.top)
  const shareOf = ({ strata }: Candidate) =>
    decisions === 0 ? 0 : strata.reduce((sum, { N }) => sum + N, 0) / decisions
  const levels = [0, most / 3, (2 * most) / 3, most]
  const above = levels.flatMap((level) => [
    line([LEFT, yError(level)], [RIGHT, yError(level)], { stroke: INK.grid }),
    words(levelText(level, level === most), { x: LEFT - 12, y: yError(level) + 8 }, { anchor: 'end', fill: INK.quiet }),
  ])
  const limit = line([LEFT, yError(alpha)], [RIGHT, yError(alpha)], { stroke: INK.bad, 'stroke-dasharray': '8 8' })
  const bounds = candidates.map((each) => {
    const isCertified = holm.certified.includes(each.t)
    return dot(x(each.t), yError(each.upper), each.upper <= alpha ? INK.good : INK.bad, isCertified)
  })
  const bars = candidates.map((each) => {
    const top = yShare(shareOf(each))
    const size = { x: x(each.t) - 20, y: top, width: 40, height: PASSING.bottom - top }
    const fill = each.t === suggested ? INK.good : '#9db8d9'
    return (
      element('rect', { ...size, fill }) +
      words(percent(shareOf(each)), { x: x(each.t), y: top - 8 }, { size: 20, anchor: 'middle' })
    )
  })
  const scale = [0.5, 0.6, 0.7, 0.8, 0.9, 1].map((t) =>
    words(t.toFixed(1), { x: x(t), y: PASSING.bottom + 34 }, { anchor: 'middle', fill: INK.quiet }),
  )
  const below = n === 0 ? 'No labels yet: no threshold can be certified.' : certifiedText(report, autoApprove)
  return picture(HEIGHT, `${action}: thresholds`, below, [
    words(
      `at most so many wrong, ${percent(1 - delta)} sure; ${percent(alpha)} may be`,
      { x: 24, y: ERRORS.top - 28 },
      { fill: INK.quiet },
    ),
    ...above,
    limit,
    line([x(autoApprove), ERRORS.top], [x(autoApprove), ERRORS.bottom], DOTTED),
    ...bounds,
    words('would pass, of all decisions', { x: 24, y: PASSING.top - 44 }, { fill: INK.quiet }),
    line([LEFT, PASSING.bottom], [RIGHT, PASSING.bottom], { stroke: INK.quiet }),
    ...bars,
    ...scale,
    words('from this claim on', { x: RIGHT, y: PASSING.bottom + 68 }, { anchor: 'end', fill: INK.quiet }),
    dot(34, HEIGHT - 30, INK.good, true),
    words('certified by the labels', { x: 54, y: HEIGHT - 22 }, { size: 22 }),
    line([330, HEIGHT - 48], [330, HEIGHT - 16], DOTTED),
    words(`in force: ${autoApprove}`, { x: 346, y: HEIGHT - 22 }, { size: 22 }),
    dot(580, HEIGHT - 30, INK.few, false),
    words('not certified', { x: 600, y: HEIGHT - 22 }, { size: 22 }),
  ])
}

function levelText(level: number, isTop: boolean): string {
  return isTop && level < 1 ? `≥${percent(level)}` : percent(level)
}

function certifiedText({ threshold: { suggested } }: CalibrationReport, autoApprove: number): string {
  if (suggested === null) return 'No threshold is certified; nothing is suggested.'
  if (suggested === autoApprove) return `${autoApprove} is in force and certified; no change.`
  return `Suggested: ${suggested} instead of ${autoApprove}.`
}
