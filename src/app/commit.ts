import { isUnassigned } from '../domain/assignment.ts'
import { born, type Decision, hasCard } from '../domain/decision.ts'
import type { Freeze } from '../domain/freeze.ts'
import type { Instant } from '../domain/time.ts'
import type { Transition } from '../domain/transition.ts'
import type { Changes, GoOn, Idempotency, Store, UpdateResult } from './ports.ts'

/** The only writer of decisions and workflows: what is told to others here is on disk already. */
export type Commit = {
  readonly submit: Store['submit']
  /** A workflow that waits for this goes on in the same transaction. */
  readonly update: (
    id: string,
    idempotency: Idempotency | null,
    now: Instant,
    change: (decision: Decision, freezes: readonly Freeze[]) => Transition,
  ) => Promise<UpdateResult>
  readonly startWorkflow: Store['startWorkflow']
  readonly updateWorkflow: Store['updateWorkflow']
}

/**
 * @param wake tells whoever delivers that the outbox has something for them
 * @param unassigned gets each decision that nobody is asked to decide yet; a new one before it is on disk, so that who is
 * known at once to be asked is written with it. Where it is not recorded after all, there is nothing to change.
 */
export function createCommit(
  store: Store,
  changes: Changes,
  wake: () => void,
  unassigned: (decision: Decision) => void,
  goOn: GoOn,
): Commit {
  const look = (decision: Decision): void => {
    if (isUnassigned(decision)) unassigned(decision)
  }
  return {
    submit: async (idempotency, limitKeys, now, create) => {
      const result = await store.submit(idempotency, limitKeys, now, (...given) => {
        const made = create(...given)
        if (made !== null && 'event' in made) look(born(made.event))
        return made
      })
      if (result.kind === 'created' && isNews(result.decision)) wake()
      return result
    },
    update: async (id, idempotency, now, change) => {
      const result = await store.update(id, idempotency, now, change, goOn)
      if (result.kind === 'accepted') {
        changes.announce(result.decision)
        look(result.decision)
        if (result.begun !== undefined) look(result.begun)
        wake()
      }
      return result
    },
    startWorkflow: async (id, idempotency, now, create) => {
      const result = await store.startWorkflow(id, idempotency, now, (...given) => {
        const made = create(...given)
        if (made !== null && 'event' in made) look(born(made.first.event))
        return made
      })
      if (result.kind === 'created') wake()
      return result
    },
    updateWorkflow: async (id, now, change) => {
      const result = await store.updateWorkflow(id, now, change)
      if (result.kind === 'accepted') {
        if (result.begun !== null) look(result.begun)
        wake()
      }
      return result
    },
  }
}

/** What passed without anybody is told later, if at all. */
function isNews(decision: Decision): boolean {
  return decision.status !== 'auto_approved' || hasCard(decision) || decision.audit !== undefined
}
