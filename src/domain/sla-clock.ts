import type { ActionPolicy, Urgency } from './manifest.ts'
import { type Instant, MINUTE, SECOND } from './time.ts'

/** The two clocks of an open decision: the assignment's deadline and the decision's own end. */
export type Clocks = { readonly deadline: Instant; readonly expiresAt: Instant }

/** What was left of them when a question stopped them; ms, negative where the moment had passed already. */
export type ClocksLeft = { readonly deadline: number; readonly expiry: number }

/** A resumed clock never ends sooner than this: an answer that comes in the last second leaves time to read it. */
const RESUMED_AT_LEAST = 5 * MINUTE

/** How long an open decision waits before it times out, in ms: the manifest's timeout, or the agent's shorter wish. */
export function timeoutMs(policy: ActionPolicy, wishedSeconds: number | undefined): number {
  return Math.min(policy.approval_timeout_seconds, wishedSeconds ?? Infinity) * SECOND
}

/** How many assignments the whole escalation path allows; a path of one level tries up to three people there. */
export function attemptsOnPath(policy: Pick<ActionPolicy, 'escalation_path' | 'attempts_per_level'>): number {
  const levels = policy.escalation_path.length
  return levels === 1 ? Math.max(3, policy.attempts_per_level) : levels * policy.attempts_per_level
}

/**
 * The time one assignee has, in ms: the action's SLA for this urgency, but never more than an equal share of the
 * timeout among all attempts on the escalation path, so that a short timeout still reaches the last level.
 */
export function attemptMs(policy: ActionPolicy, urgency: Urgency, timeout: number): number {
  return Math.min(policy.sla_minutes[urgency] * MINUTE, timeout / attemptsOnPath(policy))
}

/** Both clocks of a decision that starts to wait now. */
export function startClocks(
  policy: ActionPolicy,
  urgency: Urgency,
  wishedSeconds: number | undefined,
  now: Instant,
): Clocks {
  const timeout = timeoutMs(policy, wishedSeconds)
  return { deadline: Math.round(now + attemptMs(policy, urgency, timeout)), expiresAt: Math.round(now + timeout) }
}

/** Stops both clocks. */
export function stopClocks(clocks: Clocks, now: Instant): ClocksLeft {
  return { deadline: clocks.deadline - now, expiry: clocks.expiresAt - now }
}

/**
 * Both clocks go on with what was left, each at least five minutes away, or its whole time where that is shorter.
 * @param whole the decision's whole times in ms: what it had when it was submitted
 */
export function resumeClocks(
  left: ClocksLeft,
  whole: { readonly attempt: number; readonly timeout: number },
  now: Instant,
): Clocks {
  return {
    deadline: Math.round(now + Math.max(left.deadline, Math.min(RESUMED_AT_LEAST, whole.attempt))),
    expiresAt: Math.round(now + Math.max(left.expiry, Math.min(RESUMED_AT_LEAST, whole.timeout))),
  }
}
