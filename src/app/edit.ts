import { type Decision, evolve, isWaiting } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import { canonicalJson, sha256 } from '../domain/digest.ts'
import type { Freeze } from '../domain/freeze.ts'
import type { Standing } from '../domain/reviewer.ts'
import { type Command, transition } from '../domain/transition.ts'
import { amend } from './amend.ts'
import type { Changed, Click, Edited, Values } from './app.ts'
import { act, type DecidePorts, standingFor } from './decide.ts'
import type { DrawCard, RuleCheck, SchemaCheck, Store } from './ports.ts'
import { view } from './queries.ts'
import type { DecisionTerms } from './terms.ts'

type EditPorts = DecidePorts & {
  readonly store: Pick<Store, 'decision' | 'freezes' | 'history'>
  readonly schemaCheck: SchemaCheck
  readonly ruleCheck: RuleCheck
  readonly drawCard: DrawCard
}

/**
 * The decision as it would stand with these values, approved by nobody yet, or why this person can't have them approved.
 * Nothing is recorded.
 */
export async function edited(ports: EditPorts, click: Click, values: Values): Promise<Edited> {
  const [found, shown] = await Promise.all([standingFor(ports, click), view(ports, click.decision)])
  if (found === null || shown === null) return { kind: 'not_found' }
  const { decision, standing, terms } = found
  const isShown = isWaiting(decision) && click.revision === decision.revision
  // The schema of the manifest that it was submitted under, as all that is said of its parameters. Asked first: what a rule
  // says of a text where a number should be helps nobody.
  const faults =
    isShown && terms.policy !== null ? ports.schemaCheck(terms.policy, { ...decision.parameters, ...values }) : []
  if (faults.length > 0) return { kind: 'invalid', faults }
  const freezes = await ports.store.freezes()
  const outcome = transition(
    decision,
    approval(ports, click, values, null)(standing, freezes, decision, terms),
    terms,
    ports.clock(),
  )
  if (outcome.kind === 'rejected') return { kind: 'rejected', rejection: outcome, decision }
  const changed = outcome.events.slice(0, outcome.events.findIndex(({ type }) => type === 'decision.edited') + 1)
  const after = changed.reduce(evolve, decision)
  const history = [...shown.history.slice(0, decision.version), ...changed]
  return { kind: 'edited', view: { ...shown, decision: after, history } }
}

/**
 * A person approves other values than the agent wanted. The approvals so far were of other parameters and count no more;
 * this one is the first of these. What they are counted to have been shown is the card of what they made of it.
 */
export async function approveEdited(
  ports: EditPorts,
  click: Click,
  values: Values,
  note: string | null,
): Promise<Changed> {
  const found = await edited(ports, click, values)
  // Refused as a click is, which also ends what time has ended.
  if (found.kind === 'invalid' || found.kind === 'not_found') return found
  const card = found.kind === 'edited' ? cardDigest(ports, found.view) : null
  return act(ports, click, (...given) => ({
    ...approval(ports, click, values, note)(...given),
    ...(card !== null && { card }),
  }))
}

function approval(ports: EditPorts, { revision }: Click, values: Values, note: string | null) {
  return (by: Standing, freezes: readonly Freeze[], decision: Decision, terms: DecisionTerms) => {
    // Of another revision than was shown nothing is changed: it is refused.
    const edit = amend(ports, decision, { ...decision.parameters, ...values }, terms)
    const command: Command & { type: 'approve' } = { type: 'approve', by, revision, note, freezes }
    return edit === null ? command : { ...command, edit }
  }
}

function cardDigest({ drawCard }: EditPorts, after: DecisionView): string | null {
  const at = after.history.at(-1)?.at ?? after.decision.createdAt
  const blocks = drawCard([{ ...after, frozen: [] }], at)
  return blocks === null ? null : sha256(canonicalJson(blocks))
}
