import { type Freeze, type Freezer, type FreezeSubject, freezeOf } from '../domain/freeze.ts'
import type { Intent, Notice } from '../domain/intent.ts'
import { type ActionPolicy, findAction, findRole, type Manifest } from '../domain/manifest.ts'
import { type Rejection, reject } from '../domain/rejection.ts'
import { type Person, refusalFor } from '../domain/reviewer.ts'
import type { Instant } from '../domain/time.ts'
import type { Clock, Policies, Reviewers, Store } from './ports.ts'
import { termsOf } from './terms.ts'

export type FreezeStore = Pick<Store, 'freezes' | 'changeFreezes' | 'openOf' | 'apiKeys'>

export type FreezePorts = {
  readonly store: FreezeStore
  readonly policies: Policies
  readonly reviewers: Pick<Reviewers, 'person' | 'rolesOf'>
  readonly clock: Clock
  /** Tells the delivery worker that the outbox has something for it. */
  readonly wake: () => void
}

export type Frozen =
  | { readonly kind: 'frozen' }
  /** Somebody froze just this before; that stays. */
  | { readonly kind: 'frozen_already'; readonly freeze: Freeze }

export type Lifted =
  | { readonly kind: 'lifted'; readonly freeze: Freeze }
  /** `frozen`: what is. */
  | { readonly kind: 'not_frozen'; readonly frozen: readonly Freeze[] }

/** `names`: those that there are. */
export type UnknownSubject = { readonly kind: 'unknown'; readonly names: readonly string[] }

export type FreezeRefused = { readonly kind: 'refused'; readonly rejection: Rejection }

/**
 * A person freezes something. An action or a workflow: whoever may decide there, which for a workflow without open
 * requests is nobody; an agent, everything, or anything: the manifest's administrators.
 */
export async function freeze(
  ports: FreezePorts,
  user: string,
  subject: FreezeSubject,
  reason: string,
): Promise<Frozen | UnknownSubject | FreezeRefused> {
  const person = await ports.reviewers.person(user)
  const rejection = await mayNotFreeze(ports, person, subject)
  if (rejection !== null) return { kind: 'refused', rejection }
  const unknown = await unknownSubject(ports.store, ports.policies.current(), subject)
  if (unknown !== null) return unknown
  const done = await setFreeze(ports.store, personIn(person), subject, reason, ports.clock())
  ports.wake()
  return done
}

/** An administrator lifts a freeze. */
export async function unfreeze(
  ports: FreezePorts,
  user: string,
  subject: FreezeSubject,
  reason: string,
): Promise<Lifted | FreezeRefused> {
  const person = await ports.reviewers.person(user)
  const rejection = await mayNotUnfreeze(ports, person)
  if (rejection !== null) return { kind: 'refused', rejection }
  const done = await liftFreeze(ports.store, personIn(person), subject, reason, ports.clock())
  ports.wake()
  return done
}

/** All that is frozen, for a person in Slack; nothing for who can decide nothing here. */
export async function freezesFor(ports: FreezePorts, user: string): Promise<readonly Freeze[]> {
  const freezes = await ports.store.freezes()
  if (freezes.length === 0) return freezes
  return (await ports.reviewers.person(user)).barred === null ? freezes : []
}

/** Freezes it, with its event and a notice to the operations channel; who may is asked before. */
export async function setFreeze(
  store: Pick<Store, 'changeFreezes'>,
  by: Freezer,
  subject: FreezeSubject,
  reason: string,
  now: Instant,
): Promise<Frozen> {
  const { before } = await store.changeFreezes(now, (inForce, n) => {
    if (freezeOf(inForce, subject) !== null) return null
    return {
      event: { type: 'freeze.set', at: now, actor: by, payload: { subject }, sealed: { reason } },
      intents: [told(n, { about: 'freeze_set', subject, by, at: now, reason })],
    }
  })
  const already = freezeOf(before, subject)
  return already === null ? { kind: 'frozen' } : { kind: 'frozen_already', freeze: already }
}

/** Lifts the freeze of exactly this subject; who may is asked before. */
export async function liftFreeze(
  store: Pick<Store, 'changeFreezes'>,
  by: Freezer,
  subject: FreezeSubject,
  reason: string,
  now: Instant,
): Promise<Lifted> {
  const { before } = await store.changeFreezes(now, (inForce, n) => {
    const found = freezeOf(inForce, subject)
    if (found === null) return null
    return {
      event: { type: 'freeze.lifted', at: now, actor: by, payload: { subject }, sealed: { reason } },
      intents: [told(n, { about: 'freeze_lifted', freeze: found, by, at: now, reason })],
    }
  })
  const found = freezeOf(before, subject)
  return found === null ? { kind: 'not_frozen', frozen: before } : { kind: 'lifted', freeze: found }
}

/**
 * Is there no such action or agent? A slip of the pen would freeze nothing, and somebody would rely on it.
 * @param manifest in force; null: none ever was, so that nobody can say
 * @returns null: there is, or it is a workflow, which may come any time
 */
export async function unknownSubject(
  store: Pick<Store, 'apiKeys' | 'openOf'>,
  manifest: Manifest | null,
  subject: FreezeSubject,
): Promise<UnknownSubject | null> {
  if (manifest === null || subject.kind === 'all' || subject.kind === 'workflow') return null
  const names = subject.kind === 'action' ? Object.keys(manifest.actions) : await agentNames(store, manifest)
  // What the manifest no longer names may still wait for people.
  if (names.includes(subject.name) || (await store.openOf(subject, 1)).length > 0) return null
  return { kind: 'unknown', names }
}

async function agentNames(store: Pick<Store, 'apiKeys'>, { agents }: Manifest): Promise<readonly string[]> {
  const keys = await store.apiKeys()
  return [...new Set([...Object.keys(agents ?? {}), ...keys.map(({ agent }) => agent)])]
}

async function mayNotFreeze(ports: FreezePorts, person: Person, subject: FreezeSubject): Promise<Rejection | null> {
  const current = ports.policies.current()
  const { administrators, operations_channel } = current.defaults
  const refusal = await refusalOf(ports, person, [administrators], operations_channel)
  if (refusal?.code !== 'not_eligible') return refusal
  const named = new Set([administrators])
  for (const policy of await policiesOf(ports, subject)) {
    const roles = rolesOf(policy, current)
    if ((await refusalOf(ports, person, roles, policy.channel)) === null) return null
    for (const role of roles) named.add(role)
  }
  return reject('not_eligible', `Only ${[...named].join(' or ')} can freeze this.`)
}

async function mayNotUnfreeze(ports: FreezePorts, person: Person): Promise<Rejection | null> {
  const { administrators, operations_channel } = ports.policies.current().defaults
  const refusal = await refusalOf(ports, person, [administrators], operations_channel)
  return refusal?.code === 'not_eligible'
    ? reject('not_eligible', `Only ${administrators} can lift what is frozen.`)
    : refusal
}

/** Whose case it is does not matter: a freeze approves nothing. */
async function refusalOf(
  { policies, reviewers }: FreezePorts,
  person: Person,
  roles: readonly string[],
  channel: string,
): Promise<Rejection | null> {
  const held = await reviewers.rolesOf(person, roles, policies.current(), channel)
  const refusal = refusalFor({ person, roles: held }, roles, { requestedBy: null, agentOwner: null }, true)
  return refusal === null ? null : reject(refusal.code, refusal.message)
}

/** Open decisions of one workflow that are looked at: who may decide none of so many is no reviewer of it. */
const MOST_OPEN = 100

/** Whose people may freeze it besides administrators. */
async function policiesOf(ports: FreezePorts, subject: FreezeSubject): Promise<readonly ActionPolicy[]> {
  switch (subject.kind) {
    case 'all':
    case 'agent':
      return []
    case 'action': {
      const policy = findAction(ports.policies.current(), subject.name)
      return policy === null ? [] : [policy]
    }
    case 'workflow': {
      const open = await ports.store.openOf(subject, MOST_OPEN)
      const terms = await Promise.all(open.map((decision) => termsOf(ports.policies, decision)))
      return [...new Set(terms.flatMap(({ policy }) => (policy === null ? [] : [policy])))]
    }
  }
}

/** The roles of the action's escalation path, and the fallback of each as it is today. */
function rolesOf({ escalation_path: path }: ActionPolicy, current: Manifest): readonly string[] {
  const fallbacks = path.flatMap((role) => findRole(current, role)?.fallback ?? [])
  return [...new Set([...path, ...fallbacks])]
}

function personIn({ id, team }: Person): Freezer {
  return { kind: 'person', team, user: id }
}

/** One event, one notice. */
function told(n: number, notice: Notice): Intent {
  return { kind: 'notice.post', key: `freeze ${n}`, notice }
}
