import { born, type Decision } from '../../src/domain/decision.ts'
import { MINUTE } from '../../src/domain/time.ts'
import type { Command, Terms } from '../../src/domain/transition.ts'
import { NOON, type SubmittedEvent, submittedEvent } from '../fixtures/decisions.ts'
import { AGENT, policyOf, standing, termsOf } from './transition-cases.ts'

/** When the window of the sample decision ends. */
export const UNTIL = NOON + 15 * MINUTE

/** Its path is support leads, then team leads, whose fallback is operations. */
export const TERMS: Terms = { ...termsOf(policyOf()), rollbackRoles: ['support_lead', 'team_lead', 'operations'] }

/** The first event of what runs at once while people watch. */
export function runningEvent(): SubmittedEvent {
  const event = submittedEvent({ route: 'auto_approve', oversight: 'on_the_loop' })
  return { ...event, payload: { ...event.payload, rollbackUntil: UNTIL } }
}

export function running(): Decision {
  return born(runningEvent())
}

export function rollBack(user: string, reason = 'Wrong region.'): Command {
  return { type: 'roll_back', by: standing(user), reason }
}

export function reportRollback(state: 'rolled_back' | 'failed', detail: string | null = null): Command {
  return { type: 'report_rollback', by: AGENT, state, detail }
}
