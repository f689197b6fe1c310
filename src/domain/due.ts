import { type Decision, dueAt } from './decision.ts'
import type { Instant } from './time.ts'

/** What time alone brings: its end, a reminder, somebody (else) to ask, the end of a question or of the time to roll back. */
export type Due = 'end' | 'reminder' | 'next_person' | 'question_end' | 'rollback_end'

/**
 * What time should have brought a decision by now, and when: its end if that is among it, else what was due first.
 * @returns null: nothing
 */
export function whatIsDue(decision: Decision, now: Instant): { readonly what: Due; readonly since: Instant } | null {
  const since = dueAt(decision)
  if (since === null || since > now) return null
  if (decision.status === 'clarifying') return { what: 'question_end', since }
  // Nothing else comes to what has been decided.
  if (decision.status !== 'pending') return { what: 'rollback_end', since }
  const { expiresAt } = decision.clocks
  if (expiresAt <= now) return { what: 'end', since: expiresAt }
  const [nudgeAt] = decision.assignment.nudgesAt
  return { what: nudgeAt === since && since < decision.clocks.deadline ? 'reminder' : 'next_person', since }
}
