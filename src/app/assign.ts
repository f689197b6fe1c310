import { assignmentDue, type Choice, chooseReviewer, type Group, levelsLeft, spentOn } from '../domain/assignment.ts'
import { assigneeOf, type Decision, dueAt, type Pending, triedBefore } from '../domain/decision.ts'
import type { AssignedBecause } from '../domain/event.ts'
import { type ActionPolicy, findRole } from '../domain/manifest.ts'
import { decidingRoles, type Person, refusalFor } from '../domain/reviewer.ts'
import { MINUTE } from '../domain/time.ts'
import { type Command, transition } from '../domain/transition.ts'
import type { Commit } from './commit.ts'
import type { Clock, Policies, ReviewerRecord, Reviewers, Store } from './ports.ts'
import { channelOf, type DecisionTerms, termsOf } from './terms.ts'

export type AssignPorts = {
  readonly store: Pick<Store, 'decision' | 'reviewers'>
  readonly commit: Commit
  readonly policies: Policies
  readonly reviewers: Reviewers
  readonly clock: Clock
  /** One choice after the other, so that each counts what the one before has given. */
  readonly oneByOne: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/**
 * Does what is due of a decision's assignment: asks the first person, reminds the one who is asked, asks the next one
 * after a missed deadline, or tells operations that nobody is left. Idempotent. @returns whether anything was done
 * @param decision as it was a moment ago: what has changed since is found when it commits
 */
export async function assign(ports: AssignPorts, decision: Decision): Promise<boolean> {
  const due = assignmentDue(decision, ports.clock())
  if (decision.status !== 'pending' || due === null) return false
  const terms = await termsOf(ports.policies, decision)
  switch (due) {
    case 'first':
      return askNext(ports, decision, terms, 'submitted')
    case 'missed':
      return decision.assignment.everybody
        ? commit(ports, decision, terms, { type: 'exhaust', because: 'path_exhausted', before: null })
        : askNext(ports, decision, terms, 'deadline_missed')
    case 'nudge':
      // Somebody who has left the company reads no reminder.
      return (await isGone(ports, decision, terms))
        ? askNext(ports, decision, terms, 'not_eligible')
        : commit(ports, decision, terms, { type: 'nudge' })
  }
}

/** Finds the next person and commits the choice, or that there is none. */
async function askNext(
  ports: AssignPorts,
  decision: Pending,
  terms: DecisionTerms,
  because: AssignedBecause,
): Promise<boolean> {
  const { policy } = terms
  if (policy === null) return false
  const { assignment } = decision
  // An attempt that nobody could use does not count.
  const tried = because === 'not_eligible' ? triedBefore(assignment) : assignment.tried
  const search = { ports, decision, terms, policy, levels: levelsLeft(policy, { ...assignment, tried }) }
  const before = assigneeOf(decision)
  // Who is only not to be disturbed is better than nobody.
  const found = (await firstGroups(search, false)) ?? (await firstGroups(search, true))
  if (found === null) {
    const why = before === null ? 'nobody_available' : 'path_exhausted'
    return commit(ports, decision, terms, { type: 'exhaust', because: why, before })
  }
  return ports.oneByOne(async () => {
    const loads = await ports.store.reviewers(found.flatMap(({ users }) => users))
    const to = chooseReviewer(found, loads)
    if (to === null) throw new Error('a group without people')
    return commit(ports, decision, terms, { type: 'assign', by: CLOCK, to, because, before })
  })
}

const CLOCK = { kind: 'clock' } as const

type Case = {
  readonly ports: AssignPorts
  readonly decision: Pending
  readonly terms: DecisionTerms
  readonly policy: ActionPolicy
}

/** `levels`: where somebody may still be asked, the lowest first. */
type Search = Case & { readonly levels: readonly number[] }

/** The people of the lowest level on which somebody is available; null: nobody is on any. */
async function firstGroups(search: Search, evenUnreachable: boolean): Promise<readonly Group[] | null> {
  for (const level of search.levels) {
    const groups = await groupsOn(search, level, evenUnreachable)
    if (groups.some(({ users }) => users.length > 0)) return groups
  }
  return null
}

/** Who is available on a level: holders of its role, and of that role's fallback. */
async function groupsOn(search: Case, level: number, evenUnreachable: boolean): Promise<readonly Group[]> {
  const { ports, policy } = search
  const current = ports.policies.current()
  const role = policy.escalation_path[level]
  if (role === undefined) return []
  const fallback = findRole(current, role)?.fallback ?? null
  return Promise.all(
    [role, ...(fallback === null ? [] : [fallback])].map(async (name) => {
      const people = await holders(search, name)
      const eligible = people.filter((person) => mayDecide(search, person, name))
      const users = await available(search, eligible, { role: name, level }, evenUnreachable)
      return { role: name, level, users, capacity: findRole(current, name)?.capacity ?? null }
    }),
  )
}

/** A moment in which Slack can't say who holds a role sends no decision up its path; a longer one must not hold it up. */
const SLACK_PATIENCE = 5 * MINUTE

async function holders({ ports, decision, policy }: Case, role: string): Promise<readonly Person[]> {
  const current = ports.policies.current()
  try {
    return await ports.reviewers.membersOf(role, current, channelOf(current, decision, policy))
  } catch (error) {
    const now = ports.clock()
    if (now < (dueAt(decision) ?? now) + SLACK_PATIENCE) throw error
    return []
  }
}

function mayDecide({ terms, policy }: Case, person: Person, role: string): boolean {
  return refusalFor({ person, roles: new Set([role]) }, [role], terms.interested, policy.self_approval) === null
}

async function available(
  search: Case,
  people: readonly Person[],
  at: { readonly role: string; readonly level: number },
  evenUnreachable: boolean,
): Promise<readonly string[]> {
  const { ports, decision } = search
  const ids = people.map(({ id }) => id)
  const [records, unreachable] = await Promise.all([
    ports.store.reviewers(ids),
    evenUnreachable || decision.urgency === 'critical' ? NOBODY : ports.reviewers.unreachable(ids),
  ])
  const spent = spentOn(decision, at.level)
  const now = ports.clock()
  const named = await Promise.all(
    ids.map(async (id): Promise<readonly string[]> => {
      if (spent.has(id)) return []
      const record = records.get(id)
      const delegate = record?.delegate ?? null
      // Who was asked in their place was asked for both.
      if (delegate !== null && delegate.until > now && (await mayStandIn(search, delegate.to, at)))
        return spent.has(delegate.to) ? [] : [delegate.to]
      return unreachable.has(id) || isAway(record, now) ? [] : [id]
    }),
  )
  return [...new Set(named.flat())]
}

const NOBODY: ReadonlySet<string> = new Set()

function isAway(record: ReviewerRecord | undefined, now: number): boolean {
  return record?.awayUntil != null && record.awayUntil > now
}

/** Delegating gives no authority: a delegate is somebody who may decide this anyway, and is there. */
async function mayStandIn(
  question: Case,
  user: string,
  at: { readonly role: string; readonly level: number },
): Promise<boolean> {
  const { store, clock } = question.ports
  if (isAway((await store.reviewers([user])).get(user), clock())) return false
  return isEligible(question, user, at)
}

async function isEligible(
  { ports, decision, terms, policy }: Case,
  user: string,
  at: { readonly role: string; readonly level: number },
): Promise<boolean> {
  const current = ports.policies.current()
  const roles = decidingRoles(policy, at)
  const person = await ports.reviewers.person(user)
  const held = await ports.reviewers.rolesOf(person, roles, current, channelOf(current, decision, policy))
  return refusalFor({ person, roles: held }, roles, terms.interested, policy.self_approval) === null
}

/** Can the person who is asked not decide any more: deactivated, out of the role, or by now their own case? */
async function isGone(ports: AssignPorts, decision: Pending, terms: DecisionTerms): Promise<boolean> {
  const user = assigneeOf(decision)
  const { policy } = terms
  const { role, level } = decision.assignment
  if (user === null || policy === null) return false
  if (await isEligible({ ports, decision, terms, policy }, user, { role, level })) return false
  const { barred } = await ports.reviewers.person(user)
  if (barred !== null) return barred !== 'unknown'
  // A role that Slack can't list just now says nothing of who holds it.
  const current = ports.policies.current()
  try {
    return (await ports.reviewers.membersOf(role, current, channelOf(current, decision, policy))).length > 0
  } catch {
    return false
  }
}

/**
 * Gives an open decision to a person by name, if that person may decide it; a delegate has to be there, too.
 * @returns false: they may not, or somebody else is asked by now
 */
export async function handOver(
  ports: AssignPorts,
  decision: Pending,
  to: string,
  by: Extract<Command, { type: 'assign' }>['by'],
  because: 'delegated' | 'by_hand',
): Promise<boolean> {
  const terms = await termsOf(ports.policies, decision)
  const { policy } = terms
  const { role, level } = decision.assignment
  if (policy === null) return false
  const isFit = because === 'delegated' ? mayStandIn : isEligible
  if (!(await isFit({ ports, decision, terms, policy }, to, { role, level }))) return false
  const choice: Choice = { user: to, role, level }
  return commit(ports, decision, terms, { type: 'assign', by, to: choice, because, before: assigneeOf(decision) })
}

async function commit(
  ports: AssignPorts,
  decision: Decision,
  terms: DecisionTerms,
  command: Command,
): Promise<boolean> {
  const result = await ports.commit.update(decision.id, null, ports.clock(), (current) =>
    transition(current, command, terms, ports.clock()),
  )
  return result.kind === 'accepted'
}
