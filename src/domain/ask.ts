import { canonicalJson, type Digest, sha256 } from './digest.ts'
import type { ActionPolicy } from './manifest.ts'
import type { Proposal } from './proposal.ts'
import { DAY, type Instant } from './time.ts'

/** How long a person's denial refuses the same proposal, in ms: to the instant before it is over. */
export const DENIAL_STANDS = DAY

/** How far back earlier asks are counted, in ms. */
export const ASKS_COUNTED = 7 * DAY

/** What a proposal asks for, as digests by which it is found again. */
export type Ask = {
  /** Agent, action and all parameters. */
  readonly exact: Digest
  /** Agent, action and the action's `identity_parameters`; all parameters where it names none. */
  readonly identity: Digest
}

/** A person's denial of one decision. */
export type Denial = {
  readonly decision: string
  /** The Slack id of the person. */
  readonly by: string
  readonly at: Instant
  readonly reason: string
}

/** That people were asked for this before, and what they said; `times` counts this one too. */
export type AskedBefore = {
  readonly times: number
  readonly denied: number
  readonly lastDenial: Omit<Denial, 'reason'>
}

/**
 * What a proposal asks for; null for a stage gate, which proposes nothing.
 * The digests are not salted, so that equal asks are found: they are kept beside the parameters, and erased with them.
 * @param policy null: an action that the manifest does not know
 */
export function askOf(agent: string, proposal: Proposal, policy: ActionPolicy | null): Ask | null {
  if (proposal.gate !== undefined) return null
  const { action, parameters } = proposal
  const named = policy?.identity_parameters ?? null
  const identity = named === null ? parameters : only(parameters, named)
  return {
    exact: exactAsk(agent, action, parameters),
    identity: sha256(`countersign/identity/v1\0${canonicalJson({ agent, action, identity })}`),
  }
}

/** The digest of an agent's ask for exactly these parameters. */
export function exactAsk(agent: string, action: string, parameters: Proposal['parameters']): Digest {
  return sha256(`countersign/ask/v1\0${canonicalJson({ agent, action, parameters })}`)
}

/** One that is missing is missing in the identity as well: that is not the same as any value of it. */
function only(parameters: Proposal['parameters'], names: readonly string[]): Proposal['parameters'] {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => names.includes(name)))
}
