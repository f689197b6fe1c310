import { alertWindow } from '../domain/alert-window.ts'
import type { DecisionEvent } from '../domain/event.ts'
import { headIntents, type Intent, type Notice } from '../domain/intent.ts'
import { type ActionPolicy, findRole, type Manifest } from '../domain/manifest.ts'
import { shapesOf } from '../domain/parameter-shape.ts'
import { type Instant, toDay } from '../domain/time.ts'

type Submitted = DecisionEvent & { readonly type: 'decision.submitted' }

/**
 * What Slack is to show of a new decision: its card where people are asked or can have it rolled back, a notice where its action is not allowed,
 * an alert where the policy wants one of what passes.
 */
export function firstIntents(
  event: Submitted,
  agent: string,
  manifest: Manifest,
  policy: ActionPolicy | null,
  now: Instant,
): readonly Intent[] {
  // A workflow that Countersign carries out has changed with it, and says so itself.
  const head = event.payload.run === undefined ? headIntents({ run: null, agent, proposal: event.sealed.proposal }) : []
  return [...shown(event, agent, manifest, policy, now), ...head, ...carriedOut(event), ...drawn(event)]
}

/** What was drawn by lot is shown to people. */
function drawn({ payload }: Submitted): readonly Intent[] {
  return payload.auditProbability === undefined ? [] : [{ kind: 'audit.sync', decision: payload.decision }]
}

/** A step of a workflow that nobody is asked about goes on at once. */
function carriedOut({ payload }: Submitted): readonly Intent[] {
  const { decision, run, route } = payload
  if (run === undefined) return []
  if (route === 'auto_approve') return [{ kind: 'executor.call', decision }]
  return route === 'block' ? [{ kind: 'workflow.advance', workflow: run.workflow }] : []
}

function shown(
  event: Submitted,
  agent: string,
  manifest: Manifest,
  policy: ActionPolicy | null,
  now: Instant,
): readonly Intent[] {
  const { decision, assignment, route, oversight, rollbackUntil } = event.payload
  if (assignment !== null || rollbackUntil !== undefined) return [{ kind: 'card.sync', decision }]
  if (route === 'block') return blockNotice(event, agent, manifest, now)
  if (oversight !== 'log_and_alert' || policy === null) return []
  const window = alertWindow(policy.alerts, now)
  return window === null ? [] : [{ kind: 'alerts.post', window }]
}

// Once a day: an agent in a loop must not flood the operations channel.
function blockNotice(
  { payload, sealed }: Submitted,
  agent: string,
  manifest: Manifest,
  now: Instant,
): readonly Intent[] {
  const { decision, action } = payload
  const { reasons, proposal } = sealed
  const about = (code: string) => reasons.some((reason) => reason.code === code)
  const noticed = (key: string, notice: Notice): readonly Intent[] => [
    { kind: 'notice.post', key: `${key} ${toDay(now)}`, notice },
  ]
  if (about('unknown_action')) {
    const { shapes: parameters, others: otherParameters } = shapesOf(proposal.parameters)
    const terms = { role: likelyRole(manifest), agentsListed: manifest.agents !== null }
    const known = { decision, action, agent, parameters, otherParameters, ...terms }
    return noticed(`unknown_action ${action}`, { about: 'unknown_action', ...known })
  }
  if (!about('action_not_allowed')) return []
  const notice = { about: 'blocked_action', decision, action, agent, reasons } as const
  return noticed(`action_not_allowed ${action} by ${agent}`, notice)
}

/** A role that the manifest could name for one more action without an error. */
function likelyRole(manifest: Manifest): string {
  const { required_role: usual, administrators } = manifest.defaults
  if (usual !== null) return usual
  const [first = administrators] = Object.keys(manifest.roles)
  return findRole(manifest, administrators) === null ? first : administrators
}
