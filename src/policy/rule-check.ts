import type { RuleCheck } from '../app/ports.ts'
import type { RouteInput } from '../domain/route.ts'
import { compileCondition, evaluateCondition } from './condition.ts'
import type { ruleVariables } from './condition-check.ts'

// Far more than a manifest has; rules beyond it are compiled again whenever they are needed.
const keptConditions = 2_000

/**
 * Evaluates the rules of an action. Conditions are kept compiled by their text, so that a reload compiles the changed
 * ones only. Every rule has a budget of its own, so that no rule keeps another from being evaluated.
 */
export function createRuleCheck(): RuleCheck {
  const compiled = new Map<string, ReturnType<typeof compileCondition>>()
  const conditionOf = (when: string) => {
    const known = compiled.get(when)
    if (known !== undefined) return known
    const condition = compileCondition(when)
    const [oldest] = compiled.keys()
    if (compiled.size >= keptConditions && oldest !== undefined) compiled.delete(oldest)
    compiled.set(when, condition)
    return condition
  }

  return (action, input) => {
    if (action.rules.length === 0) return []
    const variables = variablesOf(input)
    return action.rules.map(({ when }, index) => {
      const condition = conditionOf(when)
      // A manifest of an earlier version can have a condition that this one no longer reads.
      if (!condition.ok) return { index, error: condition.fault.message }
      const verdict = evaluateCondition(condition.condition, variables)
      return 'holds' in verdict ? { index, holds: verdict.holds } : { index, error: verdict.error }
    })
  }
}

/** What conditions read. `requested_by` is an empty text where the agent named nobody. */
function variablesOf({ agent, proposal }: RouteInput): Readonly<Record<(typeof ruleVariables)[number], unknown>> {
  return {
    parameters: proposal.parameters,
    confidence: proposal.confidence,
    uncertainty_factors: proposal.uncertainty_factors,
    recommended_review: proposal.recommended_review,
    urgency: proposal.urgency,
    agent,
    requested_by: proposal.requested_by ?? '',
  }
}
