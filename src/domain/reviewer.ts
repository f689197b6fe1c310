import type { ActionPolicy } from './manifest.ts'

/** A person as Slack describes them today. */
export type Person = {
  readonly id: string
  readonly team: string
  readonly name: string
  readonly email: string | null
  /** Why this account can never decide; null for a full, active member of this workspace. */
  readonly barred: 'guest' | 'bot' | 'deactivated' | 'other_workspace' | 'unknown' | null
}

/** A person who wants to decide, with the roles they hold today (resolved live, among those asked about). */
export type Standing = { readonly person: Person; readonly roles: ReadonlySet<string> }

/** What is known of the two people who may not decide their own case: Slack ids or e-mails. */
export type Interested = { readonly requestedBy: string | null; readonly agentOwner: string | null }

export type Refusal = { readonly code: RefusalCode; readonly message: string }
type RefusalCode = 'not_a_member' | 'not_eligible' | 'self_approval'

const BARRED = {
  guest: 'Guests of this workspace cannot decide.',
  bot: 'Bots cannot decide.',
  deactivated: 'A deactivated account cannot decide.',
  other_workspace: 'Only members of this workspace can decide.',
  unknown: 'Slack could not say who you are just now, so nothing was recorded. Please try again in a minute.',
} as const

/** The roles whose members may decide now: the assigned one, and every one further up the escalation path. */
export function decidingRoles(
  policy: ActionPolicy,
  assignment: { readonly role: string; readonly level: number },
): readonly string[] {
  return [...new Set([assignment.role, ...policy.escalation_path.slice(assignment.level)])]
}

/**
 * May this person decide? null: yes. Checked when a button is pressed and again when the decision commits.
 * Full members of this workspace only, who hold a deciding role today, and never the requester or the agent's owner
 * unless the manifest says `self_approval: true`.
 */
export function refusalFor(
  standing: Standing,
  roles: readonly string[],
  interested: Interested,
  selfApproval: boolean,
): Refusal | null {
  const { person } = standing
  if (person.barred !== null) return { code: 'not_a_member', message: BARRED[person.barred] }
  if (!selfApproval && isUncertain(person, [interested.requestedBy, interested.agentOwner]))
    return {
      code: 'self_approval',
      message:
        'Slack gives no e-mail for you, so it cannot be ruled out that this is your own case; somebody else has to decide it.',
    }
  if (!selfApproval && isSame(person, interested.requestedBy))
    return { code: 'self_approval', message: 'You asked for this, so somebody else has to decide it.' }
  if (!selfApproval && isSame(person, interested.agentOwner))
    return {
      code: 'self_approval',
      message: 'You own the agent that proposed this, so somebody else has to decide it.',
    }
  if (!roles.some((role) => standing.roles.has(role)))
    return { code: 'not_eligible', message: `Only ${roles.join(' or ')} can decide this.` }
  return null
}

/**
 * May this person have an act rolled back that runs without anybody? null: yes. Holders of the roles, and whoever asked
 * for it or owns the agent: nobody decides their own case by stopping it. Guests, bots and strangers never can.
 */
export function refusalToRollBack(
  { person, roles: held }: Standing,
  roles: readonly string[],
  { requestedBy, agentOwner }: Interested,
): Refusal | null {
  if (person.barred !== null) return { code: 'not_a_member', message: BARRED[person.barred] }
  if (roles.some((role) => held.has(role)) || isSurely(person, requestedBy) || isSurely(person, agentOwner)) return null
  return {
    code: 'not_eligible',
    message: `Only ${roles.join(' or ')} can have this rolled back, besides the requester and the agent's owner.`,
  }
}

/**
 * May this person have a request made again that nobody decided in time? null: yes. Whoever asked for it or owns the agent;
 * the administrators where neither is known.
 */
export function refusalToResubmit(
  { person, roles: held }: Standing,
  administrators: readonly string[],
  { requestedBy, agentOwner }: Interested,
): Refusal | null {
  if (person.barred !== null) return { code: 'not_a_member', message: BARRED[person.barred] }
  if (requestedBy === null && agentOwner === null) {
    if (administrators.some((role) => held.has(role))) return null
    return { code: 'not_eligible', message: `Only ${administrators.join(' or ')} can have this asked again.` }
  }
  if (isSurely(person, requestedBy) || isSurely(person, agentOwner)) return null
  return { code: 'not_eligible', message: "Only the requester and the agent's owner can have this asked again." }
}

/** An e-mail that can't be compared with the person's counts against them: what Slack can't say gives no authority. */
function isUncertain(person: Person, names: readonly (string | null)[]): boolean {
  return person.email === null && names.some((name) => name !== null && /\S@\S+\.\S/.test(name))
}

/** Does a text name this person, by Slack id, mention, e-mail or name, alone or among other words? */
export function isSame(person: Pick<Person, 'id' | 'name' | 'email'>, text: string | null): boolean {
  if (text === null) return false
  // Characters that nobody sees must not make another name of it.
  const words = text
    .replace(/\p{Cf}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}@._%+'-]+/u)
    .map((word) => word.replace(/^@|\.$/g, ''))
  const mail = person.email?.toLowerCase() ?? null
  if (words.includes(person.id.toLowerCase()) || (mail !== null && words.includes(mail))) return true
  return text.trim().replace(/^@/, '').toLowerCase() === person.name.toLowerCase()
}

/** Is this the person's Slack id or e-mail and nothing else? A name that anybody can give themselves says nothing. */
function isSurely(person: Pick<Person, 'id' | 'email'>, text: string | null): boolean {
  const [, bare = ''] = /^\s*<?@?([^<>\s]+)>?\s*$/.exec(text?.toLowerCase() ?? '') ?? []
  return bare !== '' && (bare === person.id.toLowerCase() || bare === person.email?.toLowerCase())
}
