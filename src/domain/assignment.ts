import { type Assigned, assigneeOf, type Decision, isWaiting, type Pending } from './decision.ts'
import type { ActionPolicy } from './manifest.ts'
import type { Instant } from './time.ts'

/** What is known of how busy a person is. */
export type Load = {
  /** Open decisions that they are asked to decide. */
  readonly open: number
  /** When they were last asked; null: never. */
  readonly assignedAt: Instant | null
}

/** People who may be asked as holders of one role; all of one role are alike but for their load. */
export type Group = {
  readonly role: string
  readonly level: number
  readonly users: readonly string[]
  /** Open decisions a person before others are preferred; null: any number. */
  readonly capacity: number | null
}

export type Choice = { readonly user: string; readonly role: string; readonly level: number }

/**
 * The least loaded of the first group that has somebody: the lowest level comes first, and on each level those who are
 * below their capacity, in the role itself and then in its fallback, before those who are not. Ties: who was asked
 * longest ago, then the smaller id. null: there is nobody.
 */
export function chooseReviewer(groups: readonly Group[], loads: ReadonlyMap<string, Load>): Choice | null {
  const levels = [...new Set(groups.map(({ level }) => level))].toSorted((a, b) => a - b)
  for (const level of levels) {
    const here = groups.filter((group) => group.level === level)
    for (const group of [...here.map((each) => belowCapacity(each, loads)), ...here]) {
      const user = leastLoaded(group.users, loads)
      if (user !== null) return { user, role: group.role, level }
    }
  }
  return null
}

function belowCapacity(group: Group, loads: ReadonlyMap<string, Load>): Group {
  const { capacity } = group
  if (capacity === null) return group
  return { ...group, users: group.users.filter((user) => loadOf(loads, user).open < capacity) }
}

function leastLoaded(users: readonly string[], loads: ReadonlyMap<string, Load>): string | null {
  let best: string | null = null
  for (const user of users) if (best === null || comesBefore(user, best, loads)) best = user
  return best
}

function comesBefore(a: string, b: string, loads: ReadonlyMap<string, Load>): boolean {
  const [first, second] = [loadOf(loads, a), loadOf(loads, b)]
  if (first.open !== second.open) return first.open < second.open
  const [asked, askedOther] = [
    first.assignedAt ?? Number.NEGATIVE_INFINITY,
    second.assignedAt ?? Number.NEGATIVE_INFINITY,
  ]
  return asked === askedOther ? a < b : asked < askedOther
}

const IDLE: Load = { open: 0, assignedAt: null }

function loadOf(loads: ReadonlyMap<string, Load>, user: string): Load {
  return loads.get(user) ?? IDLE
}

/** How many people are asked on one level before the next; a path of one level tries up to three there. */
export function attemptsPerLevel(policy: Pick<ActionPolicy, 'escalation_path' | 'attempts_per_level'>): number {
  return policy.escalation_path.length === 1 ? Math.max(3, policy.attempts_per_level) : policy.attempts_per_level
}

/** Levels on which somebody can still be asked: the assigned one while attempts are left there, then all above it. */
export function levelsLeft(policy: ActionPolicy, { level, tried }: Assigned): readonly number[] {
  const spent = tried.filter((each) => each.level === level).length
  const first = spent < attemptsPerLevel(policy) ? level : level + 1
  return policy.escalation_path.map((_, index) => index).filter((index) => index >= first)
}

/** What time asks of the assignment of an open decision. */
export type AssignmentDue =
  /** Nobody was asked yet. */
  | 'first'
  /** The person asked let the deadline pass. */
  | 'missed'
  /** The person is to be reminded. */
  | 'nudge'

/** @returns null: nothing is due, or the decision itself has to end */
export function assignmentDue(decision: Decision, now: Instant): AssignmentDue | null {
  if (decision.status !== 'pending' || now >= decision.clocks.expiresAt) return null
  const { assignment, clocks } = decision
  const isMissed = now >= clocks.deadline
  if (assignment.everybody) return isMissed && !assignment.exhausted ? 'missed' : null
  if (assignment.reviewers.length === 0) return isMissed || !assignment.exhausted ? 'first' : null
  if (assignment.exhausted) return null
  if (isMissed) return 'missed'
  const [nudgeAt] = assignment.nudgesAt
  return nudgeAt !== undefined && now >= nudgeAt ? 'nudge' : null
}

/** Is somebody still to be found for it? False once operations know that there is nobody. */
export function isUnassigned(decision: Decision): boolean {
  if (decision.status !== 'pending') return false
  const { reviewers, everybody, exhausted } = decision.assignment
  return reviewers.length === 0 && !everybody && !exhausted
}

/** Is this still the assignment that somebody looked at before? */
export function isStillAssignedTo(decision: Decision, before: string | null): decision is Pending {
  return decision.status === 'pending' && assigneeOf(decision) === before
}

/** Everybody who was asked or has had a say already on this level, and so is not asked again there. */
export function spentOn(decision: Decision, level: number): ReadonlySet<string> {
  if (!isWaiting(decision)) return new Set()
  const tried = decision.assignment.tried.filter((each) => each.level === level)
  return new Set([...tried, ...decision.approvals].map(({ user }) => user))
}
