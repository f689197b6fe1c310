import type { RuleCheck } from '../app/ports.ts'
import type { ActionPolicy } from '../domain/manifest.ts'
import type { RouteInput } from '../domain/route.ts'
import { compileCondition, evaluateCondition } from './condition.ts'
import type { ruleVariables } from './condition-check.ts'

/**
 * Evaluates the rules of an action; each condition is compiled once. Every rule has a budget of its own, so that no
 * rule keeps another from being evaluated.
 */
export function createRuleCheck(): RuleCheck {
  const compiled = new WeakMap<ActionPolicy, readonly ReturnType<typeof compileCondition>[]>()
  const conditionsOf = (action: ActionPolicy) => {
    const known = compiled.get(action)
    if (known !== undefined) return known
    const conditions = action.rules.map(({ when }) => compileCondition(when))
    compiled.set(action, conditions)
    return conditions
  }

  return (action, input) => {
    if (action.rules.length === 0) return []
    const variables = variablesOf(input)
    return conditionsOf(action).map((condition, index) => {
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
