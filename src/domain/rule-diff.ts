import { type Difference, type Effect, same, step, type Tell } from './difference.ts'
import { paired } from './pairing.ts'
import { stricter } from './route.ts'
import type { Rule } from './rule.ts'

const asks: Readonly<Record<Rule['route'], string>> = {
  human_review: 'a person decides on',
  escalate: 'it goes higher with',
  block: 'it blocks',
}

/** Says which rules came, went or changed. A rule with the same condition, or else the same reason, is the same rule. */
export const tellRules: Tell<readonly Rule[]> = (before, after, subject) => {
  const told: Difference[] = []
  const { pairs, came, gone } = paired(before, after, [({ when }) => when, ({ because }) => because])
  for (const { index, old, now } of pairs) {
    if (same(old, now)) continue
    const message = `the rule "${now.because}" of ${subject} changed: ${changes(old, now).join('; ')}`
    told.push({ key: `[${index}]`, message, effect: effectOf(old, now), step: step(old, now) })
  }
  for (const { index, item: rule } of came) {
    const message = `a new rule "${rule.because}": ${asks[rule.route]} ${subject} where ${inLine(rule.when)}`
    told.push({ key: `[${index}]`, message, effect: 'stricter', step: step(null, rule) })
  }
  for (const { index, item: rule } of gone) {
    const message = `the rule "${rule.because}" is gone: ${asks[rule.route]} ${subject} no longer where ${inLine(rule.when)}`
    told.push({ key: `[${index}]`, message, effect: 'looser', step: step(rule, null) })
  }
  if (told.length > 0) return told
  const message = `the rules of ${subject} are listed in another order`
  return [{ key: '', message, effect: null, step: step(before, after) }]
}

function changes(old: Rule, now: Rule): readonly string[] {
  return [
    ...(old.route === now.route ? [] : [`it now asks for ${now.route}, instead of ${old.route}`]),
    ...(old.when === now.when ? [] : [`it now holds where ${inLine(now.when)}, instead of ${inLine(old.when)}`]),
    ...(old.because === now.because ? [] : [`its reason was "${old.because}"`]),
  ]
}

// What another condition catches, nobody can say without the decisions.
function effectOf(old: Rule, now: Rule): Effect {
  if (old.when !== now.when || old.route === now.route) return null
  return stricter(old.route, now.route) === now.route ? 'stricter' : 'looser'
}

/** A condition over several lines, in one. */
function inLine(when: string): string {
  return `\`${when.trim().replaceAll(/\s*\n\s*/g, ' ')}\``
}
