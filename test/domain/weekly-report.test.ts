/** Seen to fail: denials counted as errors that passed; everything told as new. */
import { describe, expect, it } from 'vitest'
import { calibrationReport } from '../../src/domain/calibration-report.ts'
import { newId } from '../../src/domain/ids.ts'
import type { Judged } from '../../src/domain/judged.ts'
import { DAY, HOUR, type Instant } from '../../src/domain/time.ts'
import { weeklyReport } from '../../src/domain/weekly-report.ts'
import { NOON } from '../fixtures/decisions.ts'
import { aJudged, aLabel } from '../fixtures/judged.ts'
import { policyOf } from './transition-cases.ts'

const NOW = NOON + 40 * DAY
const NOBODY = { approved: 0, denied: 0, timedOut: 0, medianMs: null }

function several(n: number, at: Instant, fields: Partial<Judged>): readonly Judged[] {
  return Array.from({ length: n }, (_, i) => aJudged(i, { id: newId('dec', at + i, new Uint8Array(10)), ...fields }))
}

function reportOf(judged: readonly Judged[], before: readonly string[] = []) {
  const policy = policyOf()
  const terms = { tolerance: policy.suggestions, autoApprove: policy.thresholds.auto_approve_confidence }
  const report = calibrationReport(judged, { bucketing: 'left_closed' }, terms, NOW)
  return weeklyReport([{ policy, report, judged }], NOBODY, before, NOW, NOW)
}

const passed = { status: 'auto_approved', route: 'auto_approve', confidence: 0.97 } as const

describe('the weekly report', () => {
  it('has sentences for nothing', () => {
    const { sentences, suggestions, pictured, lines } = reportOf([])
    expect(sentences).toEqual([
      'No agent proposed anything in the last seven days.',
      'No request to people has ended in that time.',
      'No decision of the last 30 days has a label, so nothing can be said of how they turned out.',
      'Of what people decided, nothing is known to have been wrong.',
      'No action has drifted, and errors have not risen anywhere.',
    ])
    expect({ suggestions, pictured, lines }).toEqual({ suggestions: [], pictured: null, lines: [] })
  })

  it('names an action whose routes or claims have moved in the last week, and not before', () => {
    const earlier = several(100, NOW - 20 * DAY, {})
    expect(reportOf([...earlier, ...several(100, NOW - HOUR, {})]).sentences[4]).toContain('No action has drifted')
    const moved = reportOf([...earlier, ...several(100, NOW - HOUR, passed)]).sentences[4]
    expect(moved).toMatch(/its routes have moved.*its claims have moved/)
    expect(reportOf([...earlier, ...several(100, NOW - 10 * DAY, passed)]).sentences[4]).not.toContain('moved')
  })

  it('names an action where errors pile up among what passed, and not what people denied', () => {
    const wrong = { labels: [aLabel({ correct: false })] }
    expect(reportOf(several(5, NOW - 2 * DAY, { ...passed, ...wrong })).sentences[4]).toContain(
      'errors among what passes',
    )
    expect(reportOf(several(5, NOW - 2 * DAY, { status: 'denied', ...wrong })).sentences[4]).toContain('not risen')
  })

  it('says of what it said a week ago that it is not new', () => {
    const judged = several(30, NOW - 2 * DAY, { ...passed, labels: [aLabel({ correct: false })] })
    const first = reportOf(judged).suggestions
    expect(first.map(({ isNew }) => isNew)).toEqual([true, true])
    const [known] = first
    const second = reportOf(judged, [known?.key ?? '']).suggestions
    expect(second.map(({ isNew }) => isNew)).toEqual([true, false])
    expect(second[1]?.key).toBe(known?.key)
  })
})
