import { type Difference, type Effect, rising, same, step, type Tell } from './difference.ts'
import { capOf, durationMs, limitText } from './limits.ts'
import type { Limit } from './manifest.ts'
import { paired } from './pairing.ts'

/**
 * Says which limits came, went or changed. One with the same window, or else one that counts the same thing, is the same
 * limit with other numbers.
 */
export const tellLimits: Tell<readonly Limit[]> = (before, after, subject) => {
  const told: Difference[] = []
  const { pairs, came, gone } = paired(before, after, [windowOf, countedBy])
  for (const { index, old, now } of pairs) {
    if (same(old, now)) continue
    const message = `${subject} may now pass without a person up to ${limitText(now)}, instead of ${limitText(old)}`
    told.push({ key: `[${index}]`, message, effect: effectOf(old, now), step: step(old, now) })
  }
  for (const { index, item: limit } of came) {
    const message = `${subject} may now pass without a person only up to ${limitText(limit)}: that limit is new`
    told.push({ key: `[${index}]`, message, effect: 'stricter', step: step(null, limit) })
  }
  for (const { index, item: limit } of gone) {
    const message = `${subject} no longer has the limit of ${limitText(limit)} on what passes without a person`
    told.push({ key: `[${index}]`, message, effect: 'looser', step: step(limit, null) })
  }
  if (told.length > 0) return told
  const message = `the limits of ${subject} are listed in another order`
  return [{ key: '', message, effect: null, step: step(before, after) }]
}

function windowOf(limit: Limit): unknown {
  return [countedBy(limit), limit.per]
}

function countedBy(limit: Limit): unknown {
  return 'count' in limit ? ['count', limit.by] : ['sum', limit.sum, limit.by]
}

// A longer window holds all that a shorter one does: with the same cap it fills sooner.
function effectOf(old: Limit, now: Limit): Effect {
  const byCap = rising('looser')(capOf(old), capOf(now))
  const byWindow = rising('stricter')(durationMs(old.per), durationMs(now.per))
  if (byCap === null || byWindow === null) return byCap ?? byWindow
  return byCap === byWindow ? byCap : null
}
