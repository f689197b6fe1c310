import type { DecisionView } from '../src/domain/decision-view.ts'
import type { ApproveWith } from '../src/domain/manifest.ts'
import { escapeMrkdwn, nameOr, oneLine } from './escape.ts'
import { exactJson } from './exact-json.ts'
import { CARD_PARAMETERS, clipped } from './limits.ts'

/** What approving takes; `full_view`: the full context has to be opened and approved there. */
export type Approving = ApproveWith | 'full_view'

/**
 * One click for low severity, Slack's dialog for high, a written reason for high severity irreversible that was
 * escalated; the manifest may say otherwise. Parameters that are not entirely on the card lock it behind the full view.
 */
export function approveWith(view: DecisionView): Approving {
  if (!parametersFit(view)) return 'full_view'
  return asked(view)
}

/** Must the approver write a note, wherever they approve? */
export function needsNote(view: DecisionView): boolean {
  return asked(view) === 'reason'
}

/** Do the parameters stand on the card, all of them, to the last character? @param room what there is for them */
export function parametersFit(
  view: DecisionView,
  room: { readonly characters: number; readonly lines: number } = CARD_PARAMETERS,
): boolean {
  const text = parametersText(view)
  return text.length <= room.characters && text.split('\n').length <= room.lines
}

/** The parameters in force, as they are shown everywhere. */
export function parametersText({ decision, policy }: DecisionView): string {
  return exactJson(decision.parameters, policy?.redact ?? [])
}

/** Does a plan stop here for people, without an action of its own? */
export function isGate({ decision }: DecisionView): boolean {
  return decision.proposal.gate !== undefined
}

/** "High consequence, cannot be undone": the action's classification in the manifest. */
export function consequence(view: DecisionView): string {
  const { policy } = view
  if (isGate(view)) return 'A stage of a plan'
  if (policy === null) return 'Unknown consequence'
  const level = policy.severity === 'high' ? 'High' : 'Low'
  return `${level} consequence, ${policy.reversible ? 'can be undone' : 'cannot be undone'}`
}

/** What the act is called: the policy's words for it, or the bare name of an action that it does not know. */
export function actName({ decision, policy }: DecisionView): string {
  const name = oneLine(policy?.description ?? decision.proposal.action)
  // Slack takes no text without a character.
  return name.trim() === '' ? '(empty)' : name
}

/** The act in a sentence that Slack reads as mrkdwn. */
export function spokenAct(view: DecisionView): string {
  const { gate, action } = view.decision.proposal
  // Both are the agent's own words.
  if (gate !== undefined) return nameOr(gate.checkpoint, 'A stage of a plan')
  if (view.policy === null) return nameOr(action, 'An action that the manifest does not know')
  return escapeMrkdwn(clipped(actName(view), 200))
}

function asked({ decision, policy }: DecisionView): ApproveWith {
  if (policy === null) return 'reason'
  if (policy.approve_with !== null) return policy.approve_with
  if (policy.severity === 'low') return 'one_click'
  const escalated = decision.route === 'escalate' || ('assignment' in decision && decision.assignment.level > 0)
  return escalated && !policy.reversible ? 'reason' : 'confirm'
}
