import type { CalibrationReport } from '../domain/calibration-report.ts'
import { percent } from './drawing.ts'

/** Slack takes no more. Source: docs.slack.dev, files.getUploadURLExternal, `alt_txt_too_large`. */
const MOST = 1_000

/** What the reliability diagram shows, for who cannot see it. */
export function diagramInWords(action: string, { buckets }: CalibrationReport): string {
  if (buckets.length === 0) return `${action}: no labels yet.`
  const points = buckets.map(
    ({ mean_stated: stated, accuracy, n, wilson95: [from, to] }) =>
      `${percent(stated)} claimed, ${percent(accuracy)} right (${percent(from)} to ${percent(to)}, ${n} labels)`,
  )
  return cut(`${action}, claimed and happened: ${points.join('; ')}.`)
}

/** What the threshold curve shows. */
export function curveInWords(action: string, { threshold }: CalibrationReport): string {
  const points = threshold.candidates.map(({ t, upper }) => `from ${t} at most ${percent(upper)} wrong`)
  const certified = threshold.holm_coarse.certified
  const sure = certified.length === 0 ? 'none is certified' : `certified: ${certified.join(', ')}`
  return cut(`${action}, thresholds: ${points.join('; ')}; ${sure}.`)
}

function cut(text: string): string {
  return Array.from(text).slice(0, MOST).join('')
}
