import { canonicalJson } from './digest.ts'
import type { ActionPolicy } from './manifest.ts'
import type { Instant } from './time.ts'

/** A parameter with another value than before. Without `before` there was no such parameter. */
export type Change = { readonly name: string; readonly before?: unknown; readonly after: unknown }

/** What a reviewer changed when approving. `by` is a Slack id. */
export type Edit = { readonly by: string; readonly at: Instant; readonly changes: readonly Change[] }

type Parameters = Readonly<Record<string, unknown>>

/**
 * What a reviewer may change when approving. What is redacted never is: nobody can see it, and what they typed instead
 * would be on every card.
 */
export function editableParameters({ editable_parameters, redact }: ActionPolicy): readonly string[] {
  return [...new Set(editable_parameters)].filter((name) => !redact.includes(name))
}

/** Which parameters differ, those of `after` in their order; `1`, `"1"` and `true` differ. What is gone is not among them. */
export function changesOf(before: Parameters, after: Parameters): readonly Change[] {
  return Object.entries(after).flatMap(([name, value]): readonly Change[] => {
    if (!Object.hasOwn(before, name)) return [{ name, after: value }]
    const old = before[name]
    return canonicalJson({ value: old }) === canonicalJson({ value }) ? [] : [{ name, before: old, after: value }]
  })
}

/** Does anything differ that may not, or is something gone? The names of that; empty: no. */
export function forbiddenChanges(before: Parameters, after: Parameters, policy: ActionPolicy): readonly string[] {
  const editable = editableParameters(policy)
  const changed = changesOf(before, after).map(({ name }) => name)
  const gone = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
  return [...changed.filter((name) => !editable.includes(name)), ...gone]
}

/** What reviewers changed since the agent last said what it wants, the oldest first. */
export function editsOf({ edits = [] }: { readonly edits?: readonly Edit[] }): readonly Edit[] {
  return edits
}
