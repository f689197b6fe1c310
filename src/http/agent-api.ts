import type { Logger } from 'pino'
import type { App, Caller, Changed, Consumed, Granted, Occasion, Submitted } from '../app/app.ts'
import type { Scope, Store } from '../app/ports.ts'
import { type Decision, hasCard, versionForAgents } from '../domain/decision.ts'
import { addressFault } from '../domain/public-address.ts'
import type { Rejection } from '../domain/rejection.ts'
import { toIso } from '../domain/time.ts'
import type { OutcomeReceipt } from '../protocol/decision-response.ts'
import type { ConsumeResponse } from '../protocol/grant.ts'
import type { FieldError, ProblemCode } from '../protocol/problem.ts'
import { alreadyDenied } from './already-denied.ts'
import { type Answer, json, refuse } from './answer.ts'
import { attemptRead, attemptWrite } from './attempt.ts'
import { cursorAfter, queueCursorAfter, readCursor, readQueueCursor } from './cursor.ts'
import { decisionJson, listItemJson, selfLink } from './decision-json.ts'
import { decisionNotFound, type Endpoint, reading, writing } from './endpoint.ts'
import { sentences } from './field-faults.ts'
import * as operations from './operations.ts'

const PAGE = 25

export type AgentApiPorts = {
  readonly app: App
  readonly store: Pick<Store, 'posts'>
  readonly publicUrl: string
  readonly allowedCallbackHosts: readonly string[]
  readonly log: Logger
  /** Told of each new decision, replays left out. */
  readonly onDecision: (decision: Decision) => void
}

/** What agents can call. No policy here: parse, ask the application, answer. */
export function createAgentApi(ports: AgentApiPorts): readonly Endpoint[] {
  const { app, publicUrl } = ports

  return [
    writing(operations.propose, async ({ caller, body }, idempotency) => {
      if (idempotency === null) throw new Error('a proposal came without its Idempotency-Key')
      const callback =
        body.callback_url === undefined ? null : addressFault(body.callback_url, ports.allowedCallbackHosts)
      if (callback !== null)
        return invalidFields([
          { pointer: '/callback_url', code: 'not_allowed', message: `\`callback_url\` must ${callback}` },
        ])
      const submitted = await attemptWrite(ports.log, () => app.submit(caller, body, idempotency))
      return submitted.ok ? submittedAnswer(caller, submitted.value) : submitted.refusal
    }),

    reading(operations.readDecision, async ({ caller, id, query, signal }) => {
      const waitMs = (query.wait ?? 0) * 1_000
      const decision = await attemptRead(ports.log, () =>
        waitMs === 0 ? app.read(caller, id) : app.wait(caller, id, waitMs, query.after ?? null, signal()),
      )
      if (!decision.ok) return decision.refusal
      return decision.value === null ? decisionNotFound() : json(200, await full(caller, decision.value, 'read'))
    }),

    reading(operations.listDecisions, async ({ caller, query }) => {
      const before = query.cursor === undefined ? null : readCursor(query.cursor)
      if (query.cursor !== undefined && before === null) return foreignCursor()
      const agent = caller.anyAgent ? (query.agent ?? null) : caller.agent
      if (query.agent !== undefined && query.agent !== agent) return json(200, { data: [], next_cursor: null })
      const limit = query.limit ?? PAGE
      const { status = null, action = null } = query
      // One more than asked for tells whether there is another page.
      const found = await attemptRead(ports.log, () =>
        app.list(caller, { agent, status, action, before, limit: limit + 1 }),
      )
      if (!found.ok) return found.refusal
      const page = found.value.slice(0, limit)
      const last = page.at(-1)
      const more = found.value.length > limit && last !== undefined
      return json(200, { data: await Promise.all(page.map(listed)), next_cursor: more ? cursorAfter(last.id) : null })
    }),

    reading(operations.listQueue, async ({ caller, query }) => {
      const after = query.cursor === undefined ? null : readQueueCursor(query.cursor)
      if (query.cursor !== undefined && after === null) return foreignCursor()
      const { action = null, role = null, overdue = 'false', limit = PAGE } = query
      const named = { action, role, overdue: overdue === 'true' }
      const found = await attemptRead(ports.log, () => app.waiting(caller, named, after, limit))
      if (!found.ok) return found.refusal
      const { items, next } = found.value
      const data = await Promise.all(items.map(listed))
      return json(200, { data, next_cursor: next === null ? null : queueCursorAfter(next) })
    }),

    reading(operations.readCalibration, async ({ id }) => {
      const found = await attemptRead(ports.log, () => app.calibration(id))
      if (!found.ok) return found.refusal
      if (found.value === null)
        return refuse('action_not_found', 'The manifest in force has no such action. Check how it is spelt there.')
      const { action, since, until, autoApprove, report } = found.value
      const times = { since: toIso(since), until: toIso(until) }
      return json(200, { action, ...times, auto_approve_confidence: autoApprove, ...report })
    }),

    writing(operations.answer, async ({ caller, id, body }, idempotency) => {
      const { clarification_id: clarification, answer, evidence, parameters = null } = body
      return changed(caller, () => app.answer(caller, id, { clarification, answer, evidence, parameters }, idempotency))
    }),

    writing(operations.withdraw, async ({ caller, id, body }, idempotency) =>
      changed(caller, () => app.withdraw(caller, id, body.reason, idempotency)),
    ),

    writing(operations.reportExecution, async ({ caller, id, body }, idempotency) => {
      const { state, result = null, error = null } = body
      return changed(caller, () => app.reportExecution(caller, id, { state, result, error }, idempotency))
    }),

    writing(operations.reportRollback, async ({ caller, id, body }, idempotency) => {
      const { state, detail = null } = body
      return changed(caller, () => app.reportRollback(caller, id, { state, detail }, idempotency))
    }),

    writing(operations.recordOutcome, async ({ caller, scopes, id, body }, idempotency) => {
      const { correct, source, observed_at, note = null, ref = null } = body
      const observedAt = observed_at === undefined ? null : Date.parse(observed_at)
      return changed(
        caller,
        () => app.recordOutcome(caller, id, { correct, source, observedAt, note, ref }, idempotency),
        async (decision) =>
          mayRead(caller, scopes, decision)
            ? full(caller, decision, 'changed')
            : receipt(decision, { correct, source }),
      )
    }),

    writing(operations.consumeGrant, async ({ caller, body }, idempotency) => {
      const consumed = await attemptWrite(ports.log, () => app.consume(caller, body, idempotency))
      return consumed.ok ? consumedAnswer(consumed.value) : consumed.refusal
    }),
  ]

  async function submittedAnswer(caller: Caller, submitted: Submitted): Promise<Answer> {
    switch (submitted.kind) {
      case 'created':
      case 'replayed': {
        const { decision } = submitted
        if (submitted.kind === 'created') ports.onDecision(decision)
        return json(201, await full(caller, decision, 'submitted'), {
          location: selfLink(decision.id, publicUrl),
          ...replayHeader(submitted.kind),
        })
      }
      case 'invalid':
        return invalidFields(submitted.faults)
      case 'already_denied':
        return alreadyDenied(submitted, publicUrl)
      case 'idempotency_mismatch':
        return mismatch()
    }
  }

  async function changed(
    caller: Caller,
    call: () => Promise<Changed>,
    shown: (decision: Decision) => Promise<unknown> = (decision) => full(caller, decision, 'changed'),
  ): Promise<Answer> {
    const done = await attemptWrite(ports.log, call)
    if (!done.ok) return done.refusal
    const { value } = done
    switch (value.kind) {
      case 'accepted':
      case 'replayed':
        return json(200, await shown(value.decision), replayHeader(value.kind))
      case 'invalid':
        return invalidFields(value.faults)
      case 'rejected':
        return rejected(value.rejection, value.decision)
      case 'not_found':
        return decisionNotFound()
      case 'idempotency_mismatch':
        return mismatch()
    }
  }

  async function full(caller: Caller, decision: Decision, occasion: Occasion) {
    const { decision: shown, grant } = await granted(ports, caller, decision, occasion)
    return decisionJson(shown, publicUrl, await cardLink(ports, shown), grant)
  }

  async function listed(decision: Decision) {
    return listItemJson(decision, publicUrl, await cardLink(ports, decision))
  }
}

function foreignCursor(): Answer {
  return refuse(
    'invalid_query',
    'The `cursor` is not one of ours. Send `next_cursor` of the page before unchanged, or leave it out to begin with the first page.',
    [{ pointer: '/cursor', code: 'not_allowed', message: '`cursor` must be the `next_cursor` of a page' }],
  )
}

function consumedAnswer(consumed: Consumed): Answer {
  switch (consumed.kind) {
    case 'accepted':
    case 'replayed':
      return json(200, consumedJson(consumed), replayHeader(consumed.kind))
    case 'rejected':
      return refuse(rejectionCode(consumed.rejection.code), `${consumed.rejection.message} Nothing was recorded.`)
    case 'idempotency_mismatch':
      return mismatch()
  }
}

function consumedJson({ decision, grant }: Consumed & { readonly kind: 'accepted' | 'replayed' }): ConsumeResponse {
  return {
    decision_id: decision.id,
    action: decision.proposal.action,
    parameters: decision.parameters,
    agent: decision.agent,
    approved_by: [...grant.by],
    jti: grant.id,
    issued_at: toIso(grant.issuedAt),
    expires_at: toIso(grant.expiresAt),
    consumed_at: toIso(grant.consumedAt ?? grant.issuedAt),
  }
}

/** What was read or recorded stands: no trouble with its grant may turn it into an error. Reading it again tries again. */
async function granted(
  { app, log }: AgentApiPorts,
  caller: Caller,
  decision: Decision,
  occasion: Occasion,
): Promise<Granted> {
  try {
    return await app.granted(caller, decision, occasion)
  } catch (error) {
    log.error({ err: error }, 'A grant could not be issued')
    return { decision, grant: null }
  }
}

/** The scope `label` names decisions of any agent; it reads none. */
function mayRead(caller: Caller, scopes: readonly Scope[], { agent }: Decision): boolean {
  if (scopes.includes('admin')) return true
  return agent === caller.agent && (scopes.includes('read') || scopes.includes('decide'))
}

function receipt(decision: Decision, outcome: OutcomeReceipt['outcome']): OutcomeReceipt {
  const { id, status } = decision
  return { id, status, version: versionForAgents(decision), outcome }
}

/** The card's permalink. Failing to find it must not turn what is recorded into an error. */
async function cardLink({ store, log }: AgentApiPorts, decision: Decision): Promise<string | null> {
  if (!hasCard(decision)) return null
  try {
    const card = (await store.posts(decision.id)).find(({ slot }) => slot === 'card')
    return card?.state === 'posted' ? card.permalink : null
  } catch (error) {
    log.warn({ err: error }, 'The link of a card could not be read')
    return null
  }
}

/** Why nothing was recorded, for programs. */
export function rejected({ code, message }: Rejection, { id }: Decision): Answer {
  return refuse(rejectionCode(code), `${message} Nothing was recorded. GET /v1/decisions/${id} shows it as it stands.`)
}

function rejectionCode(code: Rejection['code']): ProblemCode {
  switch (code) {
    case 'already_decided':
    case 'timed_out':
    case 'clarification_unknown':
    case 'clarification_closed':
    case 'not_approved':
    case 'execution_final':
    case 'executed_here':
    case 'rollback_not_requested':
    case 'rollback_final':
    case 'grant_invalid':
    case 'consumed':
    case 'expired':
    case 'digest_mismatch':
    case 'frozen':
    case 'erased':
      return code
    // Only people in Slack can meet these.
    case 'outdated_card':
    case 'not_editable':
    case 'nothing_changed':
    case 'edit_blocked':
    case 'not_a_member':
    case 'not_eligible':
    case 'self_approval':
    case 'already_approved_by_you':
    case 'clarification_open':
    case 'clarifications_used_up':
    case 'no_rollback':
    case 'rollback_requested':
    case 'rollback_closed':
    case 'nothing_due':
    case 'not_ended':
    case 'execution_known':
    case 'not_drawn':
    case 'already_judged':
    case 'asked_again':
    case 'not_askable':
    case 'workflow_ended':
      return 'conflict'
  }
}

export function invalidFields(errors: readonly FieldError[]): Answer {
  return refuse('invalid_fields', sentences(errors), errors)
}

function mismatch(): Answer {
  return refuse(
    'idempotency_mismatch',
    'This Idempotency-Key was used for a request with another body, or for another decision. Nothing was recorded; to try again send the same bytes, and use a new key for a new request.',
  )
}

function replayHeader(kind: string): Readonly<Record<string, string>> {
  return kind === 'replayed' ? { 'idempotency-replayed': 'true' } : {}
}
