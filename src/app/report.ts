import type { Decision } from '../domain/decision.ts'
import { type Command, transition } from '../domain/transition.ts'
import type { Caller, Changed } from './app.ts'
import type { Commit } from './commit.ts'
import type { Clock, Idempotency, Policies } from './ports.ts'
import { termsOf } from './terms.ts'

type ReportPorts = { readonly commit: Commit; readonly policies: Policies; readonly clock: Clock }

/** What an agent tells of a decision of its own: withdrawn, executed, rolled back, or how it turned out. */
export type Report = Extract<Command, { type: 'withdraw' | 'report_execution' | 'report_rollback' | 'record_outcome' }>

/** Records an agent's report. @param make the command, with the agent as its actor */
export async function report(
  ports: ReportPorts,
  caller: Caller,
  decision: Decision,
  make: (by: Report['by']) => Report,
  idempotency: Idempotency | null,
): Promise<Changed> {
  const terms = await termsOf(ports.policies, decision)
  const command = make({ kind: 'agent', agent: caller.agent, key: caller.apiKey })
  return ports.commit.update(decision.id, idempotency, ports.clock(), (current) =>
    transition(current, command, terms, ports.clock()),
  )
}
