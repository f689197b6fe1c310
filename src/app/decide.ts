import type { Decision } from '../domain/decision.ts'
import type { Freeze } from '../domain/freeze.ts'
import type { Rejection, RejectionCode } from '../domain/rejection.ts'
import { decidingRoles, type Standing } from '../domain/reviewer.ts'
import { type Command, transition } from '../domain/transition.ts'
import type { Act, Changed, Click } from './app.ts'
import type { Commit } from './commit.ts'
import type { Clock, Policies, Reviewers, Store } from './ports.ts'
import { channelOf, type DecisionTerms, termsOf } from './terms.ts'

export type DecidePorts = {
  readonly store: Pick<Store, 'decision' | 'freezes'>
  readonly commit: Commit
  readonly policies: Policies
  readonly reviewers: Reviewers
  readonly clock: Clock
}

/** A person approves; a quorum may need others as well. @param card digest of what the person was shown; null: not known */
export function approve(ports: DecidePorts, click: Click, note: string | null, card: string | null): Promise<Changed> {
  const { revision } = click
  return act(ports, click, (by, freezes) => ({
    type: 'approve',
    by,
    revision,
    note,
    freezes,
    ...(card !== null && { card }),
  }))
}

/** A person denies; one denial ends the decision. */
export function deny(ports: DecidePorts, click: Click, reason: string): Promise<Changed> {
  return act(ports, click, (by) => ({ type: 'deny', by, revision: click.revision, reason }))
}

/** A person wants undone what runs already. */
export function rollBack(ports: DecidePorts, click: Click, reason: string): Promise<Changed> {
  return act(ports, click, (by) => ({ type: 'roll_back', by, reason }))
}

/** A person says whether an automatic approval was right that was drawn for a later look. */
export function judge(ports: DecidePorts, click: Click, correct: boolean, note: string | null): Promise<Changed> {
  return act(ports, click, (by) => ({ type: 'judge', by, correct, note }))
}

/** Runs a person's command, with their roles as Slack says today, under the terms the decision was submitted under. */
export async function act(
  ports: DecidePorts,
  click: Click,
  command: (by: Standing, freezes: readonly Freeze[], decision: Decision, terms: DecisionTerms) => Command,
): Promise<Changed> {
  const found = await standingFor(ports, click)
  if (found === null) return { kind: 'not_found' }
  const { standing, terms } = found
  const result = await ports.commit.update(click.decision, null, ports.clock(), (decision, freezes) =>
    transition(decision, command(standing, freezes, decision, terms), terms, ports.clock()),
  )
  // Too late: say so on the card now instead of at the next sweep.
  if (result.kind === 'rejected' && TOO_LATE.has(result.rejection.code))
    await ports.commit.update(click.decision, null, ports.clock(), (decision) =>
      transition(decision, { type: 'expire' }, terms, ports.clock()),
    )
  return result
}

/** Time has ended something, and the sweep may not have come by yet. */
const TOO_LATE: ReadonlySet<RejectionCode> = new Set(['timed_out', 'rollback_closed'])

/** Would this be refused just now? Asked before a modal opens; asked again when it commits. */
export async function refusal(ports: DecidePorts, click: Click, wanted: Act): Promise<Rejection | null> {
  const found = await standingFor(ports, click)
  if (found === null) return { kind: 'rejected', code: 'not_eligible', message: 'This decision is not known here.' }
  const { decision, standing, terms } = found
  const freezes = await ports.store.freezes()
  const outcome = transition(decision, tryOut(wanted, click, standing, freezes), terms, ports.clock())
  return outcome.kind === 'rejected' ? outcome : null
}

/** The command with nothing written in it yet; its transition is never committed. */
function tryOut(wanted: Act, { revision }: Click, by: Standing, freezes: readonly Freeze[]): Command {
  switch (wanted) {
    case 'approve':
    case 'edit':
      return { type: 'approve', by, revision, note: null, freezes }
    case 'deny':
      return { type: 'deny', by, revision, reason: '' }
    case 'clarify':
      return { type: 'clarify', by, revision, clarification: '', question: '' }
    case 'roll_back':
      return { type: 'roll_back', by, reason: '' }
    case 'judge':
      return { type: 'judge', by, correct: true, note: null }
  }
}

/** Who clicked, as Slack says today, and what they clicked on; null: there is no such decision. */
export async function standingFor(
  ports: DecidePorts,
  click: Click,
): Promise<{ readonly decision: Decision; readonly standing: Standing; readonly terms: DecisionTerms } | null> {
  const decision = await ports.store.decision(click.decision)
  if (decision === null) return null
  const terms = await termsOf(ports.policies, decision)
  const person = await ports.reviewers.person(click.user)
  const roles = rolesFor(decision, terms)
  // People are always today's: membership is asked of the manifest in force.
  const current = ports.policies.current()
  const held = await ports.reviewers.rolesOf(person, roles, current, channelOf(current, decision, terms.policy))
  return { decision, standing: { person, roles: held }, terms }
}

/** Which roles matter for what can be done to it now. */
function rolesFor(decision: Decision, { policy, rollbackRoles }: DecisionTerms): readonly string[] {
  if (decision.rollback !== null || decision.audit !== undefined) return rollbackRoles
  return policy === null || !('assignment' in decision) ? [] : decidingRoles(policy, decision.assignment)
}
