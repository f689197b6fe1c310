import type { Decision } from '../../src/domain/decision.ts'
import { parametersDigest } from '../../src/domain/digest.ts'
import { type ActionPolicy, findAction } from '../../src/domain/manifest.ts'
import type { Person, Standing } from '../../src/domain/reviewer.ts'
import type { Scales } from '../../src/domain/sla-clock.ts'
import type { Instant } from '../../src/domain/time.ts'
import { elapsed } from '../../src/domain/time-scale.ts'
import { type Command, type Terms, transition } from '../../src/domain/transition.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

/** Both clocks count all time. */
export const ELAPSED: Scales = { deadline: elapsed, expiry: elapsed }

export const AGENT = { kind: 'agent', agent: 'support-agent', key: 'key_1' } as const

/** The policy of `process_refund`, with `more` keys of it in YAML. */
export function policyOf(more = ''): ActionPolicy {
  const manifest = manifestOf(
    `actions:\n  process_refund: {severity: high, reversible: false, escalation_path: [support_lead, team_lead]${more}}`,
  )
  const policy = findAction(manifest, 'process_refund')
  if (policy === null) throw new Error('the manifest has lost its action')
  return policy
}

export function termsOf(policy: ActionPolicy, interested: Partial<Terms['interested']> = {}): Terms {
  return {
    policy,
    interested: { requestedBy: null, agentOwner: null, ...interested },
    administrators: ['operations'],
    rollbackRoles: policy.escalation_path,
    scales: ELAPSED,
  }
}

export function aPerson(id: string, fields: Partial<Person> = {}): Person {
  return { id, team: 'T1', name: id, email: null, barred: null, ...fields }
}

export function standing(id: string, roles: readonly string[] = ['support_lead']): Standing {
  return { person: aPerson(id), roles: new Set(roles) }
}

export function approve(user: string, revision = 0): Command {
  return { type: 'approve', by: standing(user), revision, note: null, freezes: [] }
}

export function deny(user: string, revision = 0): Command {
  return { type: 'deny', by: standing(user), revision, reason: 'Wrong order.' }
}

export function ask(user: string, clarification = 'clr_1', revision = 0): Command {
  return { type: 'clarify', by: standing(user), revision, clarification, question: 'Which order?' }
}

export function answer(clarification = 'clr_1'): Command {
  return { type: 'answer', by: AGENT, clarification, answer: 'The second.', evidence: [], amended: null }
}

/** An answer that changes the parameters; `blocked`: into something the policy forbids. */
export function amend(decision: Decision, clarification: string, blocked = false): Command {
  const parameters = { customer_id: 'cus_81', amount_usd: 241 + decision.revision }
  return {
    type: 'answer',
    by: AGENT,
    clarification,
    answer: 'It is another amount.',
    evidence: [{ title: 'Invoice', text: 'Paid.' }],
    amended: {
      parameters,
      reasons: [{ code: 'amended', message: 'The amount has changed.' }],
      amendment: {
        parametersDigest: parametersDigest(decision.nonce, decision.proposal.action, parameters),
        route: blocked ? 'block' : 'escalate',
        urgency: 'high',
        assignment: blocked ? null : { role: 'team_lead', level: 1 },
      },
    },
  }
}

/** An approval of another amount than there is. `to`: the level that it belongs to then; null: the policy blocks it. */
export function edit(
  decision: Decision,
  by: Standing,
  amount: unknown,
  to: 0 | 1 | null = 0,
): Command & { readonly type: 'approve' } {
  const parameters = { ...decision.parameters, amount_usd: amount }
  const { nonce, proposal, revision, urgency } = decision
  return {
    type: 'approve',
    by,
    revision,
    note: null,
    freezes: [],
    edit: {
      parameters,
      reasons: [{ code: 'routed_again', message: 'The amount is another one.' }],
      amendment: {
        parametersDigest: parametersDigest(nonce, proposal.action, parameters),
        route: to === null ? 'block' : to === 1 ? 'escalate' : decision.route,
        urgency,
        assignment: to === null ? null : { role: to === 1 ? 'team_lead' : 'support_lead', level: to },
      },
    },
  }
}

export const withdraw: Command = { type: 'withdraw', by: AGENT, reason: 'Not needed any more.' }

export function report(state: 'started' | 'succeeded' | 'failed'): Command {
  return { type: 'report_execution', by: AGENT, state, result: null, error: null }
}

/** The decision after commands that have to be accepted, one after the other. */
export function after(decision: Decision, terms: Terms, ...steps: readonly (readonly [Command, Instant])[]): Decision {
  return steps.reduce((held, [command, at]) => {
    const outcome = transition(held, command, terms, at)
    if (outcome.kind === 'rejected') throw new Error(`${command.type}: ${outcome.message}`)
    return outcome.decision
  }, decision)
}

/** Why a command is refused: its code and the words that are read out. */
export function refusal(decision: Decision, command: Command, terms: Terms, now: Instant): string {
  const outcome = transition(decision, command, terms, now)
  return outcome.kind === 'rejected' ? `${outcome.code}: ${outcome.message}` : 'accepted'
}
