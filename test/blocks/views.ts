import { replay } from '../../src/domain/decision.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import type { Actor, DecisionEvent } from '../../src/domain/event.ts'
import type { Freeze } from '../../src/domain/freeze.ts'
import type { ActionPolicy } from '../../src/domain/manifest.ts'
import type { Proposal } from '../../src/domain/proposal.ts'
import type { Route } from '../../src/domain/route.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'

/** 2026-11-22 10:00 UTC, when the sample decision is submitted. */
export const START = Date.UTC(2026, 10, 22, 10)
export const ANA: Actor = { kind: 'person', team: 'T1', user: 'U0ANA' }
export const BEN: Actor = { kind: 'person', team: 'T1', user: 'U0BEN' }
export const AGENT: Actor = { kind: 'agent', agent: 'refund-agent', key: 'key_1' }
export const CLOCK: Actor = { kind: 'clock' }

export const policy: ActionPolicy = {
  name: 'process_refund',
  description: "Refund a customer's payment",
  severity: 'high',
  reversible: false,
  approval_required: true,
  required_role: 'support_lead',
  escalation_path: ['support_lead', 'team_lead'],
  calendar: null,
  conditions: null,
  limits: [],
  rules: [],
  parameters_schema: null,
  editable_parameters: [],
  identity_parameters: null,
  requires: [],
  redact: [],
  self_approval: false,
  approve_with: null,
  clarify: null,
  executor: null,
  rollback: null,
  monitoring: null,
  owner: null,
  accepted_risk: null,
  promotion: null,
  audit_log: true,
  thresholds: { auto_approve_confidence: 0.95, escalate_confidence: 0.6, max_uncertainty_factors: 2 },
  approval_timeout_seconds: 3600,
  timeout_clock: 'elapsed',
  sla_minutes: { low: 30, normal: 20, high: 15, critical: 5 },
  attempts_per_level: 1,
  nudge_at: [],
  clarification_timeout_seconds: 3600,
  rollback_window_seconds: 1800,
  grant_ttl_seconds: 300,
  approvals_required: 1,
  retention_days: null,
  audit: { sample_rate: 0, per_day: 0 },
  suggestions: { alpha: 0.05, delta: 0.05 },
  channel: '#agent-approvals',
  alerts: 'each',
}

export const proposal: Proposal = {
  action: 'process_refund',
  parameters: { order_id: 'ord_881', customer_id: 'cus_42', amount_usd: 149.99, notify: true },
  confidence: 0.82,
  confidence_basis: 'Order and payment match; the parcel is late by nine days.',
  uncertainty_factors: ['The carrier has not confirmed the loss yet.'],
  recommended_review: false,
  urgency: 'normal',
  rationale:
    'The parcel of order ord_881 has not moved for nine days, and the customer asked twice for the money back instead of a second parcel.',
  expected_outcome: 'The customer gets 149.99 USD back within three working days; the order is closed.',
  if_denied: 'I offer a second parcel and ask again in two days.',
  evidence: [
    { title: 'Tracking', text: 'Last scan: 13 November, Leipzig.', url: 'https://track.example.com/parcels/881' },
    { title: 'Message of the customer', text: 'I have waited long enough.\nPlease refund me.' },
  ],
  requested_by: 'ana@example.com',
  workflow: {
    id: 'late-parcels',
    step_index: 2,
    completed_steps: [
      { action: 'query_crm', summary: 'Customer since 2019, no refund so far' },
      { action: 'check_tracking', summary: 'No scan for nine days' },
    ],
    context: { ticket: 8812 },
  },
}

type Shape = {
  readonly proposal?: Partial<Proposal>
  readonly policy?: Partial<ActionPolicy>
  readonly route?: Route
  readonly reasons?: readonly string[]
  readonly agent?: string
  readonly openToChannel?: boolean
  /** Runs at once, while people can have it rolled back until then. */
  readonly rollbackUntil?: number
  readonly frozen?: readonly Freeze[]
  readonly after?: readonly DecisionEvent[]
}

/** The sample decision with what a test changes of it, after the events in `after`. */
export function viewOf(shape: Shape = {}): DecisionView {
  const { rollbackUntil } = shape
  const route = shape.route ?? (rollbackUntil === undefined ? 'human_review' : 'auto_approve')
  const reasons = shape.reasons ?? ['confidence 0.82 is below 0.95']
  const submitted: DecisionEvent = {
    type: 'decision.submitted',
    at: START,
    actor: { kind: 'agent', agent: shape.agent ?? 'refund-agent', key: 'key_1' },
    payload: {
      decision: 'dec_01m9x3k4t5',
      action: 'process_refund',
      route,
      oversight: rollbackUntil === undefined ? 'in_the_loop' : 'on_the_loop',
      ...(rollbackUntil === undefined ? {} : { rollbackUntil }),
      urgency: 'normal',
      assignment:
        route === 'auto_approve' || route === 'block'
          ? null
          : { role: 'support_lead', level: 0, deadline: START + 20 * MINUTE, expiresAt: START + HOUR },
      nonce: 'n',
      parametersDigest: 'sha256:1',
      manifestDigest: 'sha256:2',
    },
    sealed: {
      proposal: { ...proposal, ...shape.proposal },
      reasons: reasons.map((message) => ({ code: 'x', message })),
    },
  }
  const history = [submitted, ...(shape.after ?? [])]
  return {
    decision: replay(history),
    policy: { ...policy, ...shape.policy },
    openToChannel: shape.openToChannel ?? false,
    frozen: shape.frozen ?? [],
    history,
  }
}

export const later = (minutes: number) => START + minutes * MINUTE

export const approved = (by: Actor, minutes: number, note: string | null, complete = true): DecisionEvent => ({
  type: 'decision.approved',
  at: later(minutes),
  actor: by,
  payload: { complete, parametersDigest: 'sha256:1' },
  sealed: { note },
})
/** `by` has other parameters approved: `changes` on top of those of the sample. `to`: the level that they belong to. */
export const edited = (
  by: Actor,
  minutes: number,
  changes: Readonly<Record<string, unknown>>,
  to: 0 | 1 = 0,
): DecisionEvent => ({
  type: 'decision.edited',
  at: later(minutes),
  actor: by,
  payload: {
    amendment: {
      parametersDigest: `sha256:${minutes}`,
      route: to === 0 ? 'human_review' : 'escalate',
      urgency: 'normal',
      assignment: { role: to === 0 ? 'support_lead' : 'team_lead', level: to },
    },
  },
  sealed: { parameters: { ...proposal.parameters, ...changes }, reasons: [{ code: 'x', message: 'routed again' }] },
})
export const denied = (reason: string): DecisionEvent => ({
  type: 'decision.denied',
  at: later(3),
  actor: ANA,
  payload: {},
  sealed: { reason },
})
export const timedOut: DecisionEvent = {
  type: 'decision.timed_out',
  at: later(60),
  actor: CLOCK,
  payload: {},
  sealed: null,
}
export const withdrawn = (reason: string): DecisionEvent => ({
  type: 'decision.withdrawn',
  at: later(4),
  actor: AGENT,
  payload: {},
  sealed: { reason },
})
export const asked = (question: string): DecisionEvent => ({
  type: 'clarification.requested',
  at: later(5),
  actor: ANA,
  payload: { clarification: 'clr_1', until: later(65) },
  sealed: { question },
})
export const unanswered: DecisionEvent = {
  type: 'clarification.expired',
  at: later(65),
  actor: CLOCK,
  payload: { clarification: 'clr_1', deadline: later(80), expiresAt: later(120) },
  sealed: null,
}

type Answer = Extract<DecisionEvent, { type: 'clarification.answered' }>
export const answered = (
  answer: string,
  sealed: Partial<Answer['sealed']> = {},
  amendment: Answer['payload']['amendment'] = null,
): DecisionEvent => ({
  type: 'clarification.answered',
  at: later(15),
  actor: AGENT,
  payload: { clarification: 'clr_1', deadline: later(30), expiresAt: later(70), amendment },
  sealed: { answer, evidence: [], parameters: null, reasons: null, ...sealed },
})
export const executed = (state: 'started' | 'succeeded' | 'failed', error: string | null = null): DecisionEvent => ({
  type: 'execution.reported',
  at: later(9),
  actor: AGENT,
  payload: { state },
  sealed: { result: null, error },
})

export const rollbackAsked = (reason: string, minutes = 5): DecisionEvent => ({
  type: 'rollback.requested',
  at: later(minutes),
  actor: ANA,
  payload: {},
  sealed: { reason },
})
export const rollbackReported = (state: 'rolled_back' | 'failed', detail: string | null = null): DecisionEvent => ({
  type: 'rollback.reported',
  at: later(8),
  actor: AGENT,
  payload: { state },
  sealed: { detail },
})
export const rollbackSettled: DecisionEvent = {
  type: 'rollback.settled',
  at: later(15),
  actor: CLOCK,
  payload: {},
  sealed: null,
}

type Made = Extract<DecisionEvent, { type: 'assignment.made' }>
/** U0ANA or U0BEN is asked, `minutes` after the start, for the ten that follow. */
export const made = (
  user: string,
  minutes: number,
  more: Partial<Made['payload']> = {},
  by: Actor = CLOCK,
): DecisionEvent => ({
  type: 'assignment.made',
  at: later(minutes),
  actor: by,
  payload: {
    user,
    role: 'support_lead',
    level: 0,
    deadline: later(minutes + 10),
    nudgesAt: [],
    because: 'submitted',
    before: null,
    ...more,
  },
  sealed: null,
})
export const nudged = (user: string, minutes: number): DecisionEvent => ({
  type: 'assignment.nudged',
  at: later(minutes),
  actor: CLOCK,
  payload: { user, deadline: later(minutes + 2) },
  sealed: null,
})
export const exhausted = (
  because: 'path_exhausted' | 'nobody_available',
  minutes: number,
  retryAt: number | null = null,
): DecisionEvent => ({
  type: 'assignment.exhausted',
  at: later(minutes),
  actor: CLOCK,
  payload: { because, retryAt },
  sealed: null,
})
