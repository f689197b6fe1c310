import type { Decision } from './decision.ts'
import type { ActionPolicy } from './manifest.ts'
import { type Rejection, reject, spokenInstant } from './rejection.ts'
import { type Interested, refusalFor, type Standing } from './reviewer.ts'

/**
 * How likely an automatic approval is drawn for a later look by people, 0..1: the share that the policy asks for, lowered
 * so that about `per_day` of an action are expected where there are many of it.
 * @param passed how many of the action passed in the last day
 */
export function auditProbability({ sample_rate, per_day }: ActionPolicy['audit'], passed: number): number {
  return passed * sample_rate > per_day ? per_day / passed : sample_rate
}

/**
 * Why this person may not judge it; null: they may. Who may have it rolled back looks at it, but nobody at their own case.
 * The first word counts: whoever comes later is told whose it was.
 */
export function mayNotJudge(
  { audit }: Decision,
  by: Standing,
  terms: {
    readonly policy: ActionPolicy | null
    readonly rollbackRoles: readonly string[]
    readonly interested: Interested
  },
): Rejection | null {
  if (audit === undefined) return reject('not_drawn', 'Nobody is asked whether this was right. Nothing was recorded.')
  const { policy, rollbackRoles, interested } = terms
  const refusal = refusalFor(by, rollbackRoles, interested, policy?.self_approval ?? false)
  if (refusal !== null)
    return reject(
      refusal.code,
      refusal.code === 'not_eligible' ? `Only ${rollbackRoles.join(' or ')} can judge this.` : refusal.message,
    )
  if (audit.verdict === null) return null
  const { by: user, at, correct } = audit.verdict
  const said = `<@${user}> said on ${spokenInstant(at)} that this was ${correct ? 'right' : 'wrong'}.`
  return reject('already_judged', `${said} Nothing was changed.`)
}
