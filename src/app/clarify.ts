import type { Asked } from '../domain/answer-link.ts'
import type { Decision } from '../domain/decision.ts'
import type { Actor } from '../domain/event.ts'
import { newId } from '../domain/ids.ts'
import type { Evidence } from '../domain/proposal.ts'
import { toIso } from '../domain/time.ts'
import { transition } from '../domain/transition.ts'
import { amend } from './amend.ts'
import type { Caller, Changed, ClarifyOrder, Click } from './app.ts'
import { act, type DecidePorts } from './decide.ts'
import type { Idempotency, Policies, Random, RuleCheck, SchemaCheck, Store } from './ports.ts'
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

/** What the system that the decision's own manifest names is to be asked; null: it names none, or the question is closed. */
export async function clarifyOrder(
  ports: { readonly store: Pick<Store, 'decision'>; readonly policies: Policies },
  { decision: id, clarification }: Asked,
): Promise<ClarifyOrder | null> {
  const decision = await ports.store.decision(id)
  if (decision?.status !== 'clarifying' || decision.clarification.id !== clarification) return null
  const { policy } = await termsOf(ports.policies, decision)
  if (policy?.clarify == null) return null
  const { agent, proposal, parameters } = decision
  const { question, askedBy, until } = decision.clarification
  const asked = { clarification_id: clarification, question, asked_by: askedBy, until: toIso(until) }
  return { url: policy.clarify.url, body: { decision_id: id, agent, action: proposal.action, parameters, ...asked } }
}

/** The system that was asked answers, by the link that it was given. */
export async function answerByLink(
  ports: ClarifyPorts,
  asked: Asked,
  given: Omit<Answer, 'clarification'>,
): Promise<Changed> {
  const decision = await ports.store.decision(asked.decision)
  if (decision === null) return { kind: 'not_found' }
  return answered(ports, { kind: 'system' }, decision, { ...given, clarification: asked.clarification }, null)
}

/**
 * The agent answers, and may change its parameters. Changed ones are routed again under the manifest that routed them
 * first and under the one in force; the strictest result holds.
 */
export function answer(
  ports: ClarifyPorts,
  caller: Caller,
  decision: Decision,
  given: Answer,
  idempotency: Idempotency | null,
): Promise<Changed> {
  return answered(ports, { kind: 'agent', agent: caller.agent, key: caller.apiKey }, decision, given, idempotency)
}

async function answered(
  ports: ClarifyPorts,
  by: Actor,
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
