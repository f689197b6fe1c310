import {
  type Clarification,
  type Decision,
  type Execution,
  isApproved,
  type Rollback,
  versionForAgents,
  type Waiting,
} from '../domain/decision.ts'
import { editsOf } from '../domain/edit.ts'
import type { Instant } from '../domain/time.ts'
import type { DecisionListItem, DecisionResponse } from '../protocol/decision-response.ts'

/**
 * A decision as agents see it: every field always there, null where it has no value; `remaining_seconds` only while
 * a question is open.
 * @param publicUrl without a slash at its end
 * @param slack the permalink of its card; null while there is none
 * @param grant null: none, or none that is shown here
 */
export function decisionJson(
  decision: Decision,
  publicUrl: string,
  slack: string | null,
  grant: string | null,
): DecisionResponse {
  return {
    id: decision.id,
    status: decision.status,
    approved: isApproved(decision),
    route: decision.route,
    // An amendment can block what people were asked about; a blocked decision has no oversight.
    oversight: decision.status === 'blocked' ? null : decision.oversight,
    reasons: decision.reasons.map(({ code, message }) => ({ code, message })),
    action: decision.proposal.action,
    parameters: decision.proposal.parameters,
    effective_parameters: decision.parameters,
    nonce: decision.nonce,
    parameters_digest: decision.parametersDigest,
    ...(isOpen(decision) ? openFields(decision) : { assignment: null, expires_at: null }),
    clarification: clarificationJson(decision.clarification),
    decided_by: decidedBy(decision),
    note: note(decision),
    grant,
    execution: executionJson(decision.execution),
    rollback: rollbackJson(decision.rollback),
    manifest_digest: decision.manifestDigest,
    created_at: iso(decision.createdAt),
    decided_at: isOpen(decision) ? null : iso(decision.decidedAt),
    erased_at: decision.erasedAt === undefined ? null : iso(decision.erasedAt),
    version: versionForAgents(decision),
    links: {
      self: selfLink(decision.id, publicUrl),
      context: `${publicUrl}/d/${decision.id}`,
      slack,
      resubmitted_as: linkTo(decision.resubmittedAs, publicUrl),
      resubmission_of: linkTo(decision.resubmissionOf?.decision, publicUrl),
    },
    workflow: decision.proposal.workflow ?? null,
    checkpoint: decision.proposal.checkpoint ?? null,
  }
}

/** A decision as lists have it: a hundred checkpoints of 256 KiB each would hold up every other request. */
export function listItemJson(decision: Decision, publicUrl: string, slack: string | null): DecisionListItem {
  const { checkpoint: _, ...item } = decisionJson(decision, publicUrl, slack, null)
  return item
}

/** Where a decision is read. */
export function selfLink(id: string, publicUrl: string): string {
  return `${publicUrl}/v1/decisions/${id}`
}

function linkTo(id: string | undefined, publicUrl: string): string | null {
  return id === undefined ? null : selfLink(id, publicUrl)
}

function isOpen(decision: Decision): decision is Waiting {
  return decision.status === 'pending' || decision.status === 'clarifying'
}

function openFields(decision: Waiting) {
  const { role, level, reviewers } = decision.assignment
  const assignment = { role, level, reviewers: [...reviewers] }
  if (decision.status === 'clarifying')
    return {
      assignment: { ...assignment, deadline: null },
      expires_at: null,
      remaining_seconds: Math.max(0, Math.floor(decision.clocksLeft.expiry / 1_000)),
    }
  const { deadline, expiresAt } = decision.clocks
  return { assignment: { ...assignment, deadline: iso(deadline) }, expires_at: iso(expiresAt) }
}

function clarificationJson(clarification: Clarification | null): DecisionResponse['clarification'] {
  if (clarification === null) return null
  const { id, question, askedBy, askedAt } = clarification
  const asked = { id, question, asked_by: askedBy, asked_at: iso(askedAt) }
  switch (clarification.state) {
    case 'open':
      return { ...asked, state: 'open', answer: null, answered_at: null }
    case 'answered':
      return {
        ...asked,
        state: 'answered',
        answer: clarification.answer,
        answered_at: iso(clarification.answeredAt),
      }
    case 'expired':
    case 'moot':
      return { ...asked, state: 'expired', answer: null, answered_at: null }
  }
}

function decidedBy(decision: Decision): DecisionResponse['decided_by'] {
  const approvals = decision.approvals.map(({ user, at, note }) => ({
    user,
    verdict: 'approved' as const,
    at: iso(at),
    note,
    ...changesBy(decision, user),
  }))
  const all =
    decision.status === 'denied'
      ? [
          ...approvals,
          { user: decision.by, verdict: 'denied' as const, at: iso(decision.decidedAt), note: decision.reason },
        ]
      : approvals
  return all.length === 0 ? null : all
}

/** Only the latest edit can still have its approval: each voids those before it. */
function changesBy(decision: Decision, user: string) {
  const edit = editsOf(decision).at(-1)
  if (edit?.by !== user) return {}
  return { changes: edit.changes.map(({ name, ...values }) => ({ parameter: name, ...values })) }
}

function note(decision: Decision): string | null {
  switch (decision.status) {
    case 'denied':
    case 'withdrawn':
      return decision.reason
    case 'approved':
      return decision.approvals.findLast((given) => given.note !== null)?.note ?? null
    case 'pending':
    case 'clarifying':
    case 'auto_approved':
    case 'timed_out':
    case 'blocked':
      return null
  }
}

function executionJson(execution: Execution): DecisionResponse['execution'] {
  switch (execution.state) {
    case 'not_started':
      return { state: 'not_started' }
    case 'started':
      return { state: 'started', at: iso(execution.at) }
    case 'succeeded':
      return { state: 'succeeded', at: iso(execution.at), result: execution.result }
    case 'failed':
      return { state: 'failed', at: iso(execution.at), error: execution.error, result: execution.result }
    case 'unknown':
      return { state: 'unknown', at: iso(execution.at), error: execution.error }
  }
}

function rollbackJson(rollback: Rollback | null): DecisionResponse['rollback'] {
  if (rollback === null) return null
  const until = iso(rollback.until)
  switch (rollback.state) {
    case 'open':
    case 'settled':
      return { state: rollback.state, until, by: null, reason: null }
    case 'requested':
    case 'rolled_back':
    case 'failed':
      return { state: rollback.state, until, by: rollback.by, reason: rollback.reason }
  }
}

function iso(at: Instant): string {
  return new Date(at).toISOString()
}
