import type { Waiting } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import { decidingRoles, isSame, refusalFor } from '../domain/reviewer.ts'
import type { Caller, QueuePage, WaitingPage, Which } from './app.ts'
import type { DecidePorts } from './decide.ts'
import type { QueueFilter, Store } from './ports.ts'
import { view } from './queries.ts'
import { channelOf, termsOf } from './terms.ts'

export type QueuePorts = Pick<DecidePorts, 'policies' | 'reviewers' | 'clock'> & {
  readonly store: Pick<Store, 'queue' | 'decision' | 'history' | 'freezes'>
}

const BATCH = 100
/** So many in one call at most: nobody else is answered while they are looked at. */
const MOST_LOOKED_AT = 1_000

/**
 * Open decisions, the soonest deadline first: what the person is asked, or what they could decide or asked for. Nobody
 * sees others.
 */
export async function queue(
  ports: QueuePorts,
  user: string,
  which: Which,
  after: QueueFilter['after'],
  limit: number,
): Promise<QueuePage> {
  const found: Waiting[] = []
  const maySee = createSight(ports, user)
  let from = after
  // One more than is shown says whether there is a next page.
  while (found.length <= limit) {
    const batch = await ports.store.queue({ ...bounds(ports, user, which), after: from, limit: BATCH })
    for (const decision of batch)
      if (found.length <= limit && isNamed(decision, which) && (which.kind === 'mine' || (await maySee(decision))))
        found.push(decision)
    const last = batch.at(-1)
    if (last === undefined || batch.length < BATCH) break
    from = cursorOf(last)
  }
  const shown = found.slice(0, limit)
  const last = shown.at(-1)
  const views = await Promise.all(shown.map(({ id }) => view(ports, id)))
  return {
    items: views.filter((each) => each !== null),
    next: found.length > limit && last !== undefined ? cursorOf(last) : null,
  }
}

/**
 * Open decisions for an agent, the soonest deadline first: its own, or everybody's where its key reaches them.
 * @param named only those of this action, of this assigned role, or that are late
 * @returns where few are meant among many, a page can be short, even empty, and still have a next one
 */
export async function waiting(
  ports: { readonly store: Pick<Store, 'queue'>; readonly clock: QueuePorts['clock'] },
  caller: Caller,
  named: { readonly action: string | null; readonly role: string | null; readonly overdue: boolean },
  after: QueueFilter['after'],
  limit: number,
): Promise<WaitingPage> {
  const found: Waiting[] = []
  const dueBy = named.overdue ? ports.clock() : null
  let from = after
  let left = MOST_LOOKED_AT
  while (found.length <= limit) {
    const batch = await ports.store.queue({ assignee: null, dueBy, after: from, limit: BATCH })
    for (const decision of batch) {
      const { agent, proposal, assignment } = decision
      const isOwn = caller.anyAgent || agent === caller.agent
      const isNamed =
        (named.action ?? proposal.action) === proposal.action && (named.role ?? assignment.role) === assignment.role
      if (isOwn && isNamed) found.push(decision)
    }
    const last = batch.at(-1)
    if (last === undefined || batch.length < BATCH) break
    from = cursorOf(last)
    left -= batch.length
    // What was looked at in vain is not looked at again by who goes on.
    if (left <= 0 && found.length <= limit) return { items: found, next: from }
  }
  const items = found.slice(0, limit)
  const last = items.at(-1)
  return { items, next: found.length > limit && last !== undefined ? cursorOf(last) : null }
}

/** One decision for a person: null where there is none that they could decide, decided, or asked for. */
export async function viewFor(ports: QueuePorts, user: string, id: string): Promise<DecisionView | null> {
  const shown = await view(ports, id)
  if (shown === null) return null
  return (await createSight(ports, user)(shown.decision)) ? shown : null
}

function bounds({ clock }: QueuePorts, user: string, which: Which) {
  switch (which.kind) {
    case 'mine':
      return { assignee: user, dueBy: null }
    case 'team':
      return { assignee: null, dueBy: null }
    case 'overdue':
      return { assignee: null, dueBy: clock() }
  }
}

function isNamed(decision: Waiting, which: Which): boolean {
  if (which.kind !== 'team' || which.named === null) return true
  return which.named === decision.proposal.action || which.named === decision.assignment.role
}

/** What the queue is sorted by. */
function cursorOf(decision: Waiting): NonNullable<QueueFilter['after']> {
  const { id } = decision
  return { deadline: decision.status === 'pending' ? decision.clocks.deadline : decision.clarification.until, id }
}

/** May this person see a decision? Who could decide it at some level of its path, or have it rolled back, did so, or asked for it. */
export function createSight({ policies, reviewers }: QueuePorts, user: string) {
  const person = reviewers.person(user)
  return async (decision: DecisionView['decision']): Promise<boolean> => {
    const who = await person
    if (who.barred !== null) return false
    const terms = await termsOf(policies, decision)
    if (isSame(who, terms.interested.requestedBy) || decision.approvals.some((given) => given.user === user))
      return true
    if (decision.status === 'denied' && decision.by === user) return true
    if (decision.rollback !== null && 'by' in decision.rollback && decision.rollback.by === user) return true
    const { policy, rollbackRoles } = terms
    if (policy === null) return false
    const assignment =
      'assignment' in decision ? decision.assignment : { role: policy.escalation_path[0] ?? '', level: 0 }
    const roles = [
      ...new Set([
        ...decidingRoles(policy, assignment),
        ...(decision.rollback === null ? policy.escalation_path : rollbackRoles),
      ]),
    ]
    const current = policies.current()
    const held = await reviewers.rolesOf(who, roles, current, channelOf(current, decision, policy))
    return refusalFor({ person: who, roles: held }, roles, { requestedBy: null, agentOwner: null }, true) === null
  }
}
