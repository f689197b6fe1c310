import type { DecisionView } from '../src/domain/decision-view.ts'
import type { CompletedStep, Evidence } from '../src/domain/proposal.ts'
import type { Route } from '../src/domain/route.ts'
import { isPlainWords } from './escape.ts'
import { exactJson } from './exact-json.ts'

/** One heading of a request with what belongs under it; the card shows as much as fits, the full context all of it. */
export type Part = Prose | Listing | Exact

export type Prose = { readonly kind: 'prose'; readonly heading: string; readonly text: string }

/** `one` and `many` name the items where some don't fit: "14 more pieces of evidence". */
export type Listing = {
  readonly kind: 'list'
  readonly heading: string
  readonly one: string
  readonly many: string
  readonly items: readonly Item[]
}

/** `title` has one line; `text` has as many as it was written in. */
export type Item = { readonly title: string; readonly text: string | null; readonly url: string | null }

/** JSON, shown exactly. */
export type Exact = { readonly kind: 'exact'; readonly heading: string; readonly text: string }

/** What the stated confidence rests on, where that is more than a few words; those stand beside the number. */
export function basis(view: DecisionView): readonly Part[] {
  const { confidence_basis: text, gate } = view.decision.proposal
  return gate !== undefined || isShortBasis(text) ? [] : prose('What the confidence rests on', text)
}

/** Can the basis stand beside the number? */
export function isShortBasis(text: string): boolean {
  return text.length <= 60 && isPlainWords(text)
}

/** The heading of what is said of a stage gate, which proposes nothing. */
export const ABOUT_GATE = 'About this stage'

const ADDED = 'Evidence added with an answer'

/** What the agent says for its proposal and the policy of it, in the order of the card, without what is absent. */
export function requestParts({ decision, policy }: DecisionView): readonly Part[] {
  const { proposal } = decision
  const done = stepsDone(proposal.workflow?.completed_steps ?? [], policy?.redact ?? [])
  if (proposal.gate !== undefined)
    return [...prose(ABOUT_GATE, proposal.gate.description), ...done, ...evidencePart(ADDED, decision.addedEvidence)]
  return [
    ...prose('Why', proposal.rationale),
    ...done,
    ...prose('Expected outcome', proposal.expected_outcome),
    ...prose('If denied', proposal.if_denied),
    ...listing(
      'What is uncertain',
      ['uncertainty factor', 'uncertainty factors'],
      proposal.uncertainty_factors.map(titled),
    ),
    ...evidencePart('Evidence', proposal.evidence ?? []),
    ...evidencePart(ADDED, decision.addedEvidence),
    ...routeReasons(decision),
  ]
}

/** What nobody needs at a glance: the rest of the proposal, for the full context only. */
export function remainingParts({ decision, policy }: DecisionView): readonly Part[] {
  const { proposal, execution } = decision
  const redact = policy?.redact ?? []
  const facts = {
    decision: decision.id,
    agent: decision.agent,
    ...(proposal.agent_version === undefined ? {} : { agent_version: proposal.agent_version }),
    ...(proposal.requested_by === undefined ? {} : { requested_by: proposal.requested_by }),
    urgency: decision.urgency,
    recommended_review: proposal.recommended_review,
    ...(proposal.workflow === undefined
      ? {}
      : { workflow: proposal.workflow.id, step_index: proposal.workflow.step_index }),
    parameters_digest: decision.parametersDigest,
    manifest_digest: decision.manifestDigest,
  }
  const context = proposal.workflow?.context ?? {}
  const result = 'result' in execution && execution.result !== null ? { result: execution.result } : {}
  const first = decision.revision > 0 ? proposal.parameters : {}
  return [
    ...exact('Parameters as first proposed', exactJson(first, redact)),
    ...exact('What the agent keeps of its workflow', exactJson(context, redact)),
    ...exact('Result of the execution', exactJson(result, redact)),
    ...exact('The record', exactJson(facts, [])),
  ]
}

function stepsDone(steps: readonly CompletedStep[], redact: readonly string[]): readonly Part[] {
  const items = steps.map(({ action, summary, ...rest }) => {
    const more = Object.keys(rest).length === 0 ? '' : exactJson(rest, redact)
    const text = [summary ?? '', more].filter((each) => each !== '').join('\n')
    return { title: action, text: text === '' ? null : text, url: null }
  })
  return listing('What has happened so far', ['completed step', 'completed steps'], items)
}

function evidencePart(heading: string, evidence: readonly Evidence[]): readonly Part[] {
  const items = evidence.map(({ title, text, url }) => ({ title, text: text ?? null, url: url ?? null }))
  return listing(heading, ['piece of evidence', 'pieces of evidence'], items)
}

/** Why the policy gave it this route. */
export function routeReasons(decision: DecisionView['decision']): readonly Part[] {
  const items = decision.reasons.map(({ message }) => titled(message))
  return listing(routeHeading(decision.route), ['reason', 'reasons'], items)
}

function routeHeading(route: Route): string {
  switch (route) {
    case 'human_review':
      return 'Why a person decides'
    case 'escalate':
      return 'Why it goes higher'
    case 'block':
      return 'Why it is blocked'
    case 'auto_approve':
      return 'Why it passed without a person'
  }
}

function titled(title: string): Item {
  return { title, text: null, url: null }
}

function prose(heading: string, text: string | undefined): readonly Part[] {
  return text === undefined || text.trim() === '' ? [] : [{ kind: 'prose', heading, text }]
}

function listing(heading: string, [one, many]: readonly [string, string], items: readonly Item[]): readonly Part[] {
  return items.length === 0 ? [] : [{ kind: 'list', heading, one, many, items }]
}

function exact(heading: string, text: string): readonly Part[] {
  return text === '' ? [] : [{ kind: 'exact', heading, text }]
}
