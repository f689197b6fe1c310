import { mayNotAskAgain } from '../domain/ask-again.ts'
import type { Decision } from '../domain/decision.ts'
import { sha256Hex } from '../domain/digest.ts'
import type { DecisionEvent } from '../domain/event.ts'
import type { Proposal } from '../domain/proposal.ts'
import { type Rejection, reject } from '../domain/rejection.ts'
import type { Standing } from '../domain/reviewer.ts'
import { transition } from '../domain/transition.ts'
import type { Changed, Click } from './app.ts'
import type { DecidePorts } from './decide.ts'
import type { NewDecision, Store } from './ports.ts'
import { alreadyDenied, type DraftPorts, draft } from './submit.ts'
import { termsOf } from './terms.ts'

type Ports = DraftPorts & DecidePorts & { readonly store: Pick<Store, 'history' | 'decision' | 'freezes'> }

/** Makes it one request however often somebody clicks: no API key has this name. */
const BY_PEOPLE = 'ask_again'

/**
 * A request that nobody decided in time is made again, once, with what its agent wanted last, under all that holds for a
 * request of today. What would be blocked or was denied meanwhile is not made, and can be tried again later.
 * The new request comes first and its old one is marked after that: a crash in between leaves a click that does the rest.
 * @returns the old decision, which names the new one
 */
export async function askAgain(ports: Ports, click: Click): Promise<Changed> {
  const now = ports.clock()
  const old = await ports.store.decision(click.decision)
  if (old === null) return { kind: 'not_found' }
  const terms = await termsOf(ports.policies, old)
  const by = await standingOf(ports, click.user)
  const refused = mayNotAskAgain(old, by, terms.interested, terms.administrators)
  if (refused !== null) return { kind: 'rejected', rejection: refused, decision: old }
  const made = await submitAgain(ports, old, by, await ports.store.history(old.id))
  if (made.kind === 'rejected') return { kind: 'rejected', rejection: made, decision: old }
  return ports.commit.update(old.id, null, now, (decision) =>
    transition(decision, { type: 'ask_again', by, as: made.decision }, terms, now),
  )
}

/** As an administrator of today: people are always today's. */
async function standingOf({ policies, reviewers }: Ports, user: string): Promise<Standing> {
  const current = policies.current()
  const { administrators, operations_channel } = current.defaults
  const person = await reviewers.person(user)
  return { person, roles: await reviewers.rolesOf(person, [administrators], current, operations_channel) }
}

async function submitAgain(
  ports: Ports,
  old: Decision,
  { person }: Standing,
  history: readonly DecisionEvent[],
): Promise<Rejection | { readonly kind: 'made'; readonly decision: string }> {
  const now = ports.clock()
  const caller = { agent: old.agent, apiKey: keyOf(history), anyAgent: false }
  const { faults, keys, ask, create } = draft(ports, caller, wantedLast(old, history), null, now)
  const [fault] = faults
  if (fault !== undefined)
    return reject('not_askable', `The policy of today refuses this: ${fault.message}. Nothing was recorded.`)
  const why: { blocked: string | null } = { blocked: null }
  const idempotency = { apiKey: BY_PEOPLE, key: old.id, bodyHash: sha256Hex(old.id) }
  const result = await ports.commit.submit(idempotency, keys, now, (usage, controls, asks) => {
    const denied = alreadyDenied(asks, ask, null)
    if (denied !== null) return denied
    const made = create(usage, controls, asks)
    const { reasons } = made.event.sealed
    if (made.event.payload.route === 'block') why.blocked = reasons[0]?.message ?? 'the policy does not allow it'
    return why.blocked === null ? linked(made, old.id, person.id) : null
  })
  switch (result.kind) {
    case 'created':
    case 'replayed':
      return { kind: 'made', decision: result.decision.id }
    case 'already_denied': {
      const { by, decision } = result.denial
      return reject('not_askable', `<@${by}> has denied exactly this meanwhile (${decision}). Nothing was recorded.`)
    }
    case 'refused':
    case 'idempotency_mismatch':
      return reject('not_askable', `This would be blocked just now: ${why.blocked}. Nothing was recorded.`)
  }
}

function linked(made: NewDecision, of: string, by: string): NewDecision {
  const { event } = made
  return { ...made, event: { ...event, payload: { ...event.payload, resubmissionOf: { decision: of, by } } } }
}

/** What reviewers changed was theirs; what the agent changed in an answer is what it wants. */
function wantedLast({ proposal }: Decision, history: readonly DecisionEvent[]): Proposal {
  const amended = history.findLast(
    (event) => event.type === 'clarification.answered' && event.sealed.parameters !== null,
  )
  const parameters = amended?.type === 'clarification.answered' ? amended.sealed.parameters : null
  return parameters === null ? proposal : { ...proposal, parameters }
}

function keyOf([first]: readonly DecisionEvent[]): string {
  return first?.actor.kind === 'agent' ? first.actor.key : BY_PEOPLE
}
