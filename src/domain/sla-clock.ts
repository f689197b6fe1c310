import type { ActionPolicy, Urgency } from './manifest.ts'
import { type Instant, MINUTE, SECOND } from './time.ts'
import type { TimeScale } from './time-scale.ts'

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

/** In what time the two clocks count: that of the action's calendar, or all of it. */
export type Scales = { readonly deadline: TimeScale; readonly expiry: TimeScale }

/** Both clocks of a decision that starts to wait now. */
export function startClocks(
  policy: ActionPolicy,
  urgency: Urgency,
  wishedSeconds: number | undefined,
  scales: Scales,
  now: Instant,
): Clocks {
  const timeout = timeoutMs(policy, wishedSeconds)
  const expiresAt = Math.round(scales.expiry.add(now, timeout))
  return { deadline: attemptEnd(attemptMs(policy, urgency, timeout), expiresAt, scales, now), expiresAt }
}

/** When an attempt that begins now ends: never after the decision itself. @param attempt ms, see `attemptMs` */
export function attemptEnd(attempt: number, expiresAt: Instant, { deadline }: Scales, now: Instant): Instant {
  return Math.min(Math.round(deadline.add(now, attempt)), expiresAt)
}

/** Stops both clocks. */
export function stopClocks(clocks: Clocks, { deadline, expiry }: Scales, now: Instant): ClocksLeft {
  return { deadline: deadline.between(now, clocks.deadline), expiry: expiry.between(now, clocks.expiresAt) }
}

/**
 * Both clocks go on with what was left, each at least five minutes away, or its whole time where that is shorter.
 * @param whole the decision's whole times in ms: what it had when it was submitted
 */
export function resumeClocks(
  left: ClocksLeft,
  whole: { readonly attempt: number; readonly timeout: number },
  scales: Scales,
  now: Instant,
): Clocks {
  const attempt = Math.max(left.deadline, Math.min(RESUMED_AT_LEAST, whole.attempt))
  const timeout = Math.max(left.expiry, Math.min(RESUMED_AT_LEAST, whole.timeout))
  const expiresAt = Math.round(scales.expiry.add(now, timeout))
  return { deadline: attemptEnd(attempt, expiresAt, scales, now), expiresAt }
}
