import type { Bucket } from '../domain/calibration.ts'
import type { CalibrationReport } from '../domain/calibration-report.ts'
import { dot, element, grouped, INK, line, percent, picture, words } from './drawing.ts'

const HEIGHT = 800
const BOX = { left: 96, right: 756, top: 150, bottom: 620 }

/**
 * What an agent claimed against what happened, as SVG: a point for each tenth of the claim, with its Wilson interval and
 * how many labels it stands on. Buckets are left-closed.
 * @param days the look-back window
 */
export function reliabilityDiagram(action: string, report: CalibrationReport, days: number): string {
  const { buckets, n } = report
  const least = leastOf(buckets)
  const x = (share: number) => BOX.left + ((share - least) / (1 - least)) * (BOX.right - BOX.left)
  const y = (share: number) => BOX.bottom - ((share - least) / (1 - least)) * (BOX.bottom - BOX.top)
  const tenths = Array.from({ length: 11 }, (_, i) => i / 10).filter((each) => each >= least - 1e-9)
  const grid = tenths.flatMap((each) => [
    line([BOX.left, y(each)], [BOX.right, y(each)], { stroke: INK.grid }),
    line([x(each), BOX.top], [x(each), BOX.bottom], { stroke: INK.grid }),
  ])
  const marked = tenths.length > 7 ? tenths.filter((each) => Math.round(10 * each) % 2 === 0) : tenths
  const scale = marked.flatMap((each) => [
    words(percent(each), { x: BOX.left - 12, y: y(each) + 8 }, { anchor: 'end', fill: INK.quiet }),
    words(
      percent(each),
      { x: Math.min(x(each), BOX.right - 22), y: BOX.bottom + 34 },
      { anchor: 'middle', fill: INK.quiet },
    ),
  ])
  const diagonal = line([x(least), y(least)], [x(1), y(1)], { stroke: INK.quiet, 'stroke-dasharray': '8 8' })
  const counts = buckets.map(({ label, n: count }) =>
    words(grouped(count), { x: x(label + 0.05), y: BOX.bottom + 74 }, { size: 22, anchor: 'middle' }),
  )
  return picture(HEIGHT, `${action}: claimed and happened`, subtitle(report, days), [
    ...grid,
    words('happened', { x: 24, y: BOX.top - 20 }, { fill: INK.quiet }),
    ...scale,
    ...(n === 0 ? [nothing()] : [diagonal]),
    ...buckets.map((bucket) => point(bucket, x, y)),
    words('labels', { x: BOX.left - 12, y: BOX.bottom + 74 }, { size: 22, anchor: 'end', fill: INK.quiet }),
    ...counts,
    words('claimed by the agent', { x: BOX.right, y: BOX.bottom + 112 }, { anchor: 'end', fill: INK.quiet }),
    ...legend(buckets),
  ])
}

/** Where both axes begin: low enough for every interval, and never so high that a point fills the picture. */
function leastOf(buckets: readonly Bucket[]): number {
  if (buckets.length === 0) return 0
  const lowest = Math.min(...buckets.flatMap(({ label, wilson95 }) => [label, wilson95[0]]))
  return Math.min(0.8, Math.floor(10 * lowest + 1e-9) / 10)
}

function point(bucket: Bucket, x: (share: number) => number, y: (share: number) => number): string {
  const { mean_stated: stated, accuracy, wilson95 } = bucket
  const color = colorOf(bucket)
  const at = x(stated)
  const [from, to] = wilson95
  const ends = [from, to].map((end) => line([at - 9, y(end)], [at + 9, y(end)], { stroke: color, 'stroke-width': 3 }))
  const bar = line([at, y(from)], [at, y(to)], { stroke: color, 'stroke-width': 3 })
  return element('g', {}, [bar, ...ends, dot(at, y(accuracy), color, bucket.reported)].join(''))
}

function colorOf({ reported, flagged }: Bucket): string {
  if (!reported) return INK.few
  return flagged ? INK.bad : INK.good
}

function subtitle({ n, decisions, agent_version: version }: CalibrationReport, days: number): string {
  const whose = version === null ? '' : `, version ${version}`
  return `${grouped(n)} of ${grouped(decisions)} decisions labelled, last ${days} days${whose}`
}

function nothing(): string {
  const middle = { x: (BOX.left + BOX.right) / 2, y: (BOX.top + BOX.bottom) / 2 }
  return words('No labels yet: nothing can be said.', middle, { anchor: 'middle', size: 26 })
}

/** Only what there is to see. */
function legend(buckets: readonly Bucket[]): readonly string[] {
  const keys = [
    ...(buckets.some((each) => each.reported && !each.flagged)
      ? [{ color: INK.good, filled: true, text: 'as claimed' }]
      : []),
    ...(buckets.some(({ flagged }) => flagged) ? [{ color: INK.bad, filled: true, text: 'over 10 points off' }] : []),
    ...(buckets.some(({ reported }) => !reported) ? [{ color: INK.few, filled: false, text: 'too few to say' }] : []),
  ]
  let left = 34
  const drawn = keys.map(({ color, filled, text }) => {
    const key = dot(left, HEIGHT - 32, color, filled) + words(text, { x: left + 20, y: HEIGHT - 24 }, { size: 22 })
    left += 52 + 12 * text.length
    return key
  })
  return buckets.length === 0 ? [] : drawn
}
