import type { Instant } from '../domain/time.ts'
import { type AssignPorts, handOver } from './assign.ts'
import type { Availability, Store } from './ports.ts'

type AvailabilityPorts = AssignPorts & { readonly store: Pick<Store, 'queue' | 'saveAvailability'> }

export type Delegated =
  /** `moved`: open requests that are the delegate's now; `kept`: those that can't be, e.g. because the delegate may not decide them. */
  | { readonly kind: 'delegated'; readonly moved: number; readonly kept: number }
  | { readonly kind: 'refused'; readonly why: 'yourself' | 'cannot_decide' }

/** When a person is not to be asked, as they said; what has passed is left out. */
export async function availability(ports: AvailabilityPorts, user: string): Promise<Availability> {
  const record = (await ports.store.reviewers([user])).get(user)
  const now = ports.clock()
  const { awayUntil = null, delegate = null } = record ?? {}
  return {
    awayUntil: awayUntil !== null && awayUntil > now ? awayUntil : null,
    delegate: delegate !== null && delegate.until > now ? delegate : null,
  }
}

/** Nothing new is given to the person until then; what they are asked already stays with them until its deadline. */
export async function goAway(ports: AvailabilityPorts, user: string, until: Instant): Promise<void> {
  const { delegate } = await availability(ports, user)
  await ports.store.saveAvailability(user, { awayUntil: until, delegate })
}

/** Neither away nor delegating any more. */
export async function comeBack(ports: AvailabilityPorts, user: string): Promise<void> {
  await ports.store.saveAvailability(user, { awayUntil: null, delegate: null })
}

/** Gives what the person is asked, now and until then, to somebody who may decide it anyway. */
export async function delegate(ports: AvailabilityPorts, user: string, to: string, until: Instant): Promise<Delegated> {
  if (user === to) return { kind: 'refused', why: 'yourself' }
  if ((await ports.reviewers.person(to)).barred !== null) return { kind: 'refused', why: 'cannot_decide' }
  const { awayUntil } = await availability(ports, user)
  await ports.store.saveAvailability(user, { awayUntil, delegate: { to, until } })
  const open = await ports.store.queue({ assignee: user, dueBy: null, after: null, limit: MOST_MOVED })
  const person = await ports.reviewers.person(user)
  const by = { kind: 'person', team: person.team, user } as const
  let moved = 0
  for (const decision of open)
    if (decision.status === 'pending' && (await handOver(ports, decision, to, by, 'delegated'))) moved += 1
  return { kind: 'delegated', moved, kept: open.length - moved }
}

/** More than a person ever has; each is a write of its own. */
const MOST_MOVED = 1_000
