import type { ActionDocument } from '../domain/manifest-document.ts'
import type { Finding } from '../domain/manifest-finding.ts'
import { compileCondition } from './condition.ts'
import { checkCondition } from './condition-check.ts'

/** A finding inside the condition at its path; `at` in characters of that condition, from 0. */
export type RuleFinding = Finding & { readonly at: number }

/** Everything wrong with the conditions of an action's rules. */
export function ruleFindings(name: string, action: ActionDocument): readonly RuleFinding[] {
  return (action.rules ?? []).flatMap(({ when }, index): readonly RuleFinding[] => {
    const path = ['actions', name, 'rules', index, 'when']
    const compiled = compileCondition(when)
    if (!compiled.ok) {
      const { code, at, message, advice } = compiled.fault
      const said = `the condition cannot be used: ${message}`
      return [{ severity: 'error', code, path, at, message: said, ...(advice === null ? {} : { advice }) }]
    }
    return checkCondition(compiled.condition.root, action.parameters_schema ?? null).map((finding) => ({
      path,
      ...finding,
    }))
  })
}
