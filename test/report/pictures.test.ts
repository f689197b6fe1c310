/**
 * The pictures of the weekly report. Seen to fail: with a wrong path of the fonts, with fonts left out of the build, with a
 * name that is not escaped, with counts below the point instead of the middle of the bucket, with bounds beyond the
 * picture, and with a certified threshold drawn as any other.
 */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type CalibrationReport, calibrationReport } from '../../src/domain/calibration-report.ts'
import { HOUR } from '../../src/domain/time.ts'
import { toPng } from '../../src/report/png.ts'
import { reliabilityDiagram } from '../../src/report/reliability-diagram.ts'
import { thresholdCurve } from '../../src/report/threshold-curve.ts'
import { NOON } from '../fixtures/decisions.ts'
import { aJudged, aLabel } from '../fixtures/judged.ts'

/** `n` labelled decisions of this claim, so many of them wrong. */
type Labelled = readonly [confidence: number, n: number, wrong: number]

function reportOf(claims: readonly Labelled[], autoApprove = 0.95): CalibrationReport {
  const judged = claims.flatMap(([confidence, n, wrong]) =>
    Array.from({ length: n }, (_, i) =>
      aJudged(i, { confidence, status: 'auto_approved', labels: [aLabel({ correct: i >= wrong })] }),
    ),
  )
  const terms = { tolerance: { alpha: 0.05, delta: 0.05 }, autoApprove }
  return calibrationReport(judged, { bucketing: 'left_closed' }, terms, NOON + HOUR)
}

const WORLDS: readonly (readonly [string, readonly Labelled[]])[] = [
  ['nothing', []],
  ['one label', [[0.7, 1, 1]]],
  ['all right', [[0.97, 400, 0]]],
  ['all wrong', [[0.97, 40, 40]]],
  ['all of one claim', [[0.5, 60, 30]]],
  [
    'every bucket, at the edges of it',
    [0, 0.19, 0.2, 0.39, 0.4, 0.59, 0.6, 0.79, 0.8, 1].map((c) => [c, 30, 12] as const),
  ],
  [
    'thousands',
    [
      [0.65, 1_200, 400],
      [0.95, 12_345, 300],
    ],
  ],
]

const drawn = (claims: readonly Labelled[]) => [
  reliabilityDiagram('process_refund', reportOf(claims), 30),
  thresholdCurve('process_refund', reportOf(claims), 0.95),
]

type Box = {
  readonly text: string
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

/** About where each line of text stands: letters of this font are about half as wide as high. */
function textsOf(svg: string): readonly Box[] {
  const pattern = /<text x="([\d.-]+)" y="([\d.-]+)" font-size="(\d+)" text-anchor="(\w+)"[^>]*>([^<]*)</g
  return [...svg.matchAll(pattern)].map(([, x, y, size, anchor, text = '']) => {
    const width = 0.5 * Number(size) * text.length
    const left = Number(x) - (anchor === 'end' ? width : anchor === 'middle' ? width / 2 : 0)
    return { text, left, right: left + width, top: Number(y) - 0.72 * Number(size), bottom: Number(y) + 2 }
  })
}

describe('a picture', () => {
  it('has its text in it, with the fonts that the project ships and no others', async () => {
    for (const svg of drawn([[0.97, 100, 3]])) {
      const without = svg.replaceAll(/<text.*?<\/text>/g, '')
      expect(without).not.toContain('<text')
      const [full, bare] = [await toPng(svg, 390), await toPng(without, 390)]
      expect(Buffer.from(full).subarray(1, 4).toString()).toBe('PNG')
      expect(full.length).toBeGreaterThan(bare.length + 2_000)
    }
  })

  it('finds its fonts in the built program as well, with their licence', () => {
    const fonts = fileURLToPath(new URL('../../dist/src/report/fonts', import.meta.url))
    const shipped = ['IBMPlexSans-Regular.ttf', 'IBMPlexSans-SemiBold.ttf', 'OFL.txt']
    expect(existsSync(fonts) ? readdirSync(fonts).toSorted() : []).toEqual(shipped)
  })

  it.each(WORLDS)('has no text over another, nor beyond its edge: %s', (_, claims) => {
    for (const svg of drawn(claims)) {
      const texts = textsOf(svg)
      expect(texts.length).toBeGreaterThan(5)
      const over = texts.flatMap((a, i) =>
        texts
          .slice(i + 1)
          .filter((b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
          .map((b) => `${a.text} | ${b.text}`),
      )
      expect(over).toEqual([])
      expect(texts.filter(({ left, right }) => left < 0 || right > 780)).toEqual([])
    }
  })

  it.each(WORLDS)('keeps every point within its frame: %s', (_, claims) => {
    for (const svg of drawn(claims))
      for (const [, x, y] of svg.matchAll(/<circle cx="([\d.-]+)" cy="([\d.-]+)"/g)) {
        expect(Number(x)).toBeGreaterThan(20)
        expect(Number(x)).toBeLessThan(780)
        expect(Number(y)).toBeGreaterThan(140)
        expect(Number(y)).toBeLessThan(870)
      }
  })

  it('takes no markup from names', () => {
    const version = '1"><image href="http://evil.example/"/>&\u0000'
    const report = { ...reportOf([[0.97, 30, 1]]), agent_version: version }
    for (const svg of [reliabilityDiagram('<b>&', report, 30), thresholdCurve('<b>&', report, 0.9)]) {
      expect(svg).not.toContain('<image')
      expect(svg).not.toContain('<b>')
      expect(svg).toContain('&lt;b&gt;&amp;: ')
    }
  })

  it('says in words that there is nothing to see', () => {
    const [diagram, curve] = drawn([])
    expect(diagram).toContain('No labels yet: nothing can be said.')
    expect(curve).toContain('No labels yet: no threshold can be certified.')
  })

  it('shows a bucket in blue, in red where it is flagged, and hollow where it is too few to say', () => {
    const colors = (claims: readonly Labelled[]) =>
      [...reliabilityDiagram('a', reportOf(claims), 30).matchAll(/<circle[^>]*fill="(#\w+)" stroke="(#\w+)"/g)].map(
        ([, fill, stroke]) => [fill, stroke],
      )
    expect(colors([[0.95, 100, 5]])[0]).toEqual(['#0b5cad', '#0b5cad'])
    expect(colors([[0.95, 100, 50]])[0]).toEqual(['#b3261e', '#b3261e'])
    expect(colors([[0.95, 9, 1]])[0]).toEqual(['#ffffff', '#6b7280'])
  })

  it('fills the thresholds that the labels certify, and colours the one that is suggested', () => {
    const svg = thresholdCurve(
      'a',
      reportOf([
        [0.97, 400, 0],
        [0.72, 100, 60],
      ]),
      0.95,
    )
    const filled = [...svg.matchAll(/<circle cx="([\d.]+)"[^>]*fill="(#\w+)"/g)].map(([, , fill]) => fill !== '#ffffff')
    // From 0.95 down to 0.5, and the two of the legend.
    expect(filled).toEqual([true, true, true, true, true, false, false, false, false, false, true, false])
    expect(svg).toContain('0.95 is in force and certified; no change.')
  })
})
