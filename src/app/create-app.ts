import type { App, Caller } from './app.ts'
import { answer, clarify } from './clarify.ts'
import { createCommit } from './commit.ts'
import { approve, deny, refusal } from './decide.ts'
import type {
  Changes,
  Clock,
  Idempotency,
  Policies,
  Random,
  Reviewers,
  RuleCheck,
  SchemaCheck,
  Store,
} from './ports.ts'
import { read, view, wait } from './queries.ts'
import { type Report, report } from './report.ts'
import { submit } from './submit.ts'
import { sweep } from './sweep.ts'

/** What the application needs from the world. */
export type Ports = {
  readonly store: Store
  readonly policies: Policies
  readonly reviewers: Reviewers
  readonly schemaCheck: SchemaCheck
  readonly ruleCheck: RuleCheck
  readonly changes: Changes
  readonly clock: Clock
  readonly random: Random
  /** Tells the delivery worker that the outbox has something for it. */
  readonly wake: () => void
}

/** The application: use cases over their ports. */
export function createApp(world: Ports): App {
  const ports = { ...world, commit: createCommit(world.store, world.changes, world.wake) }

  async function reported(
    caller: Caller,
    id: string,
    make: (by: Report['by']) => Report,
    idempotency: Idempotency | null,
  ) {
    const decision = await read(ports, caller, id)
    return decision === null ? NOT_FOUND : report(ports, caller, decision, make, idempotency)
  }

  return {
    submit: (caller, proposal, idempotency) => submit(ports, caller, proposal, idempotency),
    answer: async (caller, id, given, idempotency) => {
      const decision = await read(ports, caller, id)
      return decision === null ? NOT_FOUND : answer(ports, caller, decision, given, idempotency)
    },
    withdraw: (caller, id, reason, idempotency) =>
      reported(caller, id, (by) => ({ type: 'withdraw', by, reason }), idempotency),
    reportExecution: (caller, id, execution, idempotency) =>
      reported(caller, id, (by) => ({ type: 'report_execution', by, ...execution }), idempotency),
    recordOutcome: (caller, id, outcome, idempotency) => {
      const observedAt = outcome.observedAt ?? ports.clock()
      return reported(caller, id, (by) => ({ type: 'record_outcome', by, ...outcome, observedAt }), idempotency)
    },
    approve: (click, note) => approve(ports, click, note),
    deny: (click, reason) => deny(ports, click, reason),
    clarify: (click, question) => clarify(ports, click, question),
    refusal: (click, act) => refusal(ports, click, act),
    sweep: () => sweep(ports),
    read: (caller, id) => read(ports, caller, id),
    wait: (caller, id, waitMs, after, signal) => wait(ports, caller, id, waitMs, after, signal),
    list: (caller, filter) => ports.store.decisions(caller.anyAgent ? filter : { ...filter, agent: caller.agent }),
    view: (id) => view(ports, id),
  }
}

const NOT_FOUND = { kind: 'not_found' } as const
