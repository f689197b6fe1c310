/**
 * Whether the sweep is late. Broken builds that these sentences were seen to catch:
 * - two runs instead of three -> all but one. The start not counted as a sweep -> "speaks up".
 */
import { describe, expect, it } from 'vitest'
import { createSweepWatch, overdueSince } from '../src/sweep-watch.ts'

const time = (text: string) => Date.parse(text)
const since = (cron: string, now: string) => {
  const found = overdueSince(cron, time(now))
  return found === null ? null : new Date(found).toISOString()
}

describe('more than two intervals of the sweep', () => {
  it.each([
    ['* * * * *', '2026-01-05T10:00:30Z', '2026-01-05T09:58:00.000Z'],
    ['*/10 * * * * *', '2026-01-05T10:00:09Z', '2026-01-05T09:59:40.000Z'],
    ['0 9 * * *', '2026-01-05T08:59:59Z', '2026-01-02T09:00:00.000Z'],
  ])('are counted in the runs of %s: at %s, what was due at %s', (cron, now, expected) => {
    expect(since(cron, now)).toBe(expected)
  })

  it('are not over while it rests, by night or at weekends', () => {
    const office = '*/30 9-17 * * 1-5'
    expect(since(office, '2026-01-05T09:29:00Z')).toBe('2026-01-02T17:00:00.000Z')
    expect(since(office, '2026-01-05T10:00:00Z')).toBe('2026-01-05T09:00:00.000Z')
  })

  it('are never over where it hardly ever runs', () => {
    expect(since('0 0 29 2 *', '2026-01-05T10:00:00Z')).toBeNull()
  })
})

it('speaks up when sweeps end no more, and is silent again when one does', () => {
  let now = time('2026-01-05T10:00:30Z')
  const watch = createSweepWatch('* * * * *', () => now)
  const late = [{ check: 'sweep', message: expect.stringContaining('countersign audit overdue') }]
  now = time('2026-01-05T10:02:59Z')
  expect(watch.problems()).toEqual([])
  now = time('2026-01-05T10:03:00Z')
  expect(watch.problems()).toEqual(late)
  watch.ended()
  expect(watch.problems()).toEqual([])
  now = time('2026-01-05T10:04:59Z')
  expect(watch.problems()).toEqual([])
  now = time('2026-01-05T10:06:00Z')
  expect(watch.problems()).toEqual(late)
})
