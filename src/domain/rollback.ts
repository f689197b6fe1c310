import type { Decision, Rollback, RollbackAsk } from './decision.ts'
import { type ActionPolicy, findRole, type Manifest } from './manifest.ts'
import { type Rejection, reject, spokenInstant } from './rejection.ts'
import { type Interested, refusalToRollBack, type Standing } from './reviewer.ts'
import type { Instant } from './time.ts'

/**
 * The roles whose holders may roll back: all of the escalation path, and their fallbacks as they are today. Stopping is
 * safe at any level, so nobody has to wait for theirs.
 */
export function rollbackRoles(policy: ActionPolicy | null, current: Manifest): readonly string[] {
  const path = policy?.escalation_path ?? []
  const fallbacks = path.flatMap((role) => findRole(current, role)?.fallback ?? [])
  return [...new Set([...path, ...fallbacks])]
}

/**
 * Why this person can not have it rolled back now; null: they can. The window ends by the clock, whatever the sweep has
 * done. @param roles as `rollbackRoles` gives them
 */
export function mayNotRollBack(
  { rollback }: Decision,
  by: Standing,
  { rollbackRoles: roles, interested }: { readonly rollbackRoles: readonly string[]; readonly interested: Interested },
  now: Instant,
): Rejection | null {
  if (rollback === null)
    return reject(
      'no_rollback',
      'There is nothing to roll back here: only what the policy lets run at once while people watch can be rolled back.',
    )
  const ended = endedAsk(rollback, now)
  if (ended !== null) return ended
  const refusal = refusalToRollBack(by, roles, interested)
  return refusal === null ? null : reject(refusal.code, refusal.message)
}

function endedAsk(rollback: Rollback, now: Instant): Rejection | null {
  switch (rollback.state) {
    case 'open':
      return now < rollback.until ? null : closed(rollback)
    case 'settled':
      return closed(rollback)
    case 'requested':
      return reject('rollback_requested', `${asked(rollback)}. What came of it is not reported yet.`)
    case 'rolled_back':
      return reject('rollback_requested', `${asked(rollback)}, and it was rolled back ${onThe(rollback.reportedAt)}.`)
    case 'failed':
      return reject('rollback_requested', `${asked(rollback)}, and it failed ${onThe(rollback.reportedAt)}.`)
  }
}

/** Why the agent's report does not fit; null: it does. */
export function mayNotReportRollback({ rollback }: Decision): Rejection | null {
  if (rollback === null)
    return reject(
      'rollback_not_requested',
      'Nobody can have this rolled back: its `rollback` is null. Report rollbacks of decisions whose `rollback.state` is `requested`.',
    )
  switch (rollback.state) {
    case 'requested':
      return null
    case 'open':
      return reject(
        'rollback_not_requested',
        'Nobody has asked for this to be rolled back. Report a rollback once `rollback.state` is `requested`.',
      )
    case 'settled':
      return reject('rollback_not_requested', `Nobody had asked when the window closed ${onThe(rollback.until)}.`)
    case 'rolled_back':
    case 'failed':
      return reject('rollback_final', `The rollback was reported as ${rollback.state} already.`)
  }
}

/** Is the window over, and nobody had asked? */
export function isRollbackDue({ rollback }: Decision, now: Instant): boolean {
  return rollback?.state === 'open' && now >= rollback.until
}

function closed({ until }: Rollback): Rejection {
  return reject('rollback_closed', `The window to roll this back closed ${onThe(until)}; nobody had asked for it.`)
}

function asked({ by, askedAt }: RollbackAsk): string {
  return `<@${by}> asked for this to be rolled back ${onThe(askedAt)}`
}

function onThe(at: Instant): string {
  return `on ${spokenInstant(at)}`
}
