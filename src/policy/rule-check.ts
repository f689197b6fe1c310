import type { RuleCheck } from '../app/ports.ts'

/** Evaluates the rules of an action; each condition is compiled once. */
export function createRuleCheck(): RuleCheck {
  return ({ rules }) => rules.map((_, index) => ({ index, error: 'conditions are not evaluated yet' }))
}
