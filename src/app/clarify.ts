import type { Decision } from '../domain/decision.ts'
import { newId } from '../domain/ids.ts'
import type { Evidence } from '../domain/proposal.ts'
import { transition } from '../domain/transition.ts'
import { amend } from './amend.ts'
import type { Caller, Changed, Click } from './app.ts'
import { act, type DecidePorts } from './decide.ts'
import type { Idempotency, Random, RuleCheck, SchemaCheck } from './ports.ts'
import { proposalFaults } from './submit.ts'
import { termsOf } from './terms.ts'

type ClarifyPorts = DecidePorts & {
  readonly random: Random
  readonly schemaCheck: SchemaCheck
  readonly ruleCheck: RuleCheck
}

/** A person asks the agent something; both clocks stop until it answers. */
export function clarify(ports: ClarifyPorts, click: Click, question: string): Promise<Changed> {
  const clarification = newId('clr', ports.clock(), ports.random(10))
  return act(ports, click, (by) => ({ type: 'clarify', by, revision: click.revision, clarification, question }))
}

export type Answer = {
  readonly clarification: string
  readonly answer: string
  readonly evidence: readonly Evidence[]
  /** The whole new parameters; null: unchanged. */
  readonly parameters: Readonly<Record<string, unknown>> | null
}

/**
 * The agent answers, and may change its parameters. Changed ones are routed again under the manifest that routed them
 * first and under the one in force; the strictest result holds.
 */
export async function answer(
  ports: ClarifyPorts,
  caller: Caller,
  decision: Decision,
  given: Answer,
  idempotency: Idempotency | null,
): Promise<Changed> {
  const terms = await termsOf(ports.policies, decision)
  const amended = given.parameters === null ? null : { ...decision.proposal, parameters: given.parameters }
  if (amended !== null && terms.policy !== null) {
    const faults = proposalFaults(terms.policy, amended, ports.schemaCheck)
    if (faults.length > 0) return { kind: 'invalid', faults }
  }
  const by = { kind: 'agent', agent: caller.agent, key: caller.apiKey } as const
  const { clarification, answer: text, evidence } = given
  return ports.commit.update(decision.id, idempotency, ports.clock(), (current) =>
    transition(
      current,
      {
        type: 'answer',
        by,
        clarification,
        answer: text,
        evidence,
        amended: amend(ports, current, given.parameters, terms),
      },
      terms,
      ports.clock(),
    ),
  )
}
