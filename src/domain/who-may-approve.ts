import { type ActionPolicy, findRole, type Manifest, type Role } from './manifest.ts'
import { decidingRoles, type Interested, isSame } from './reviewer.ts'

/** Where the people of a role are found: named one by one, or listed by Slack when somebody clicks. */
export type RoleSources = Pick<Role, 'members' | 'usergroups' | 'channels'>

/** Who could approve a decision that waits, as far as the manifest alone can say; each with the roles they stand for. */
export type Approvers = {
  /** E-mail addresses or Slack ids. */
  readonly people: readonly Holder[]
  /** Ids of Slack user groups: whoever is in them at the click. */
  readonly usergroups: readonly Holder[]
  /** Channels: their full members at the click. */
  readonly channels: readonly Holder[]
  /** Who may not decide their own case, whatever roles they hold. */
  readonly excluded: readonly { readonly who: string; readonly because: 'requested_by' | 'agent_owner' }[]
}

export type Holder = { readonly who: string; readonly roles: readonly string[] }

const NOBODY: RoleSources = { members: [], usergroups: [], channels: [] }

/**
 * The people a role means today. One that is not defined means the full members of a channel: the operations channel
 * for `administrators`, and the card's own for any role of a manifest without roles. Any other means `administrators`.
 * @param channel where the decision's card stands
 */
export function roleSources(manifest: Manifest, role: string, channel: string): RoleSources {
  const defined = findRole(manifest, role)
  if (defined !== null) return defined
  if (role === manifest.defaults.administrators) return { ...NOBODY, channels: [manifest.defaults.operations_channel] }
  if (isEverybody(manifest, role)) return { ...NOBODY, channels: [channel] }
  // A role that was taken out of the manifest leaves open decisions behind, and somebody has to decide them.
  return roleSources(manifest, manifest.defaults.administrators, channel)
}

/** Does the role mean everybody in the card's channel, because no roles are defined? Administrators stay who they are. */
export function isEverybody({ roles, defaults }: Manifest, role: string): boolean {
  return Object.keys(roles).length === 0 && role !== defaults.administrators
}

/** Who could approve at a level of the escalation path. Guests, bots and strangers never can; Slack says who is one. */
export function whoMayApprove(
  manifest: Manifest,
  policy: ActionPolicy,
  assignment: { readonly role: string; readonly level: number },
  interested: Interested,
): Approvers {
  const excluded = policy.self_approval ? [] : excludedBy(interested)
  const roles = decidingRoles(policy, assignment).map((name) => ({
    name,
    sources: roleSources(manifest, name, policy.channel),
  }))
  const holders = (kind: keyof RoleSources) => {
    const found = new Map<string, string[]>()
    for (const { name, sources } of roles)
      for (const who of sources[kind]) found.set(who, [...(found.get(who) ?? []), name])
    return [...found].map(([who, held]) => ({ who, roles: held }))
  }
  const people = holders('members').filter(
    ({ who }) => !excluded.some((each) => isSame({ id: who, name: who, email: who }, each.who)),
  )
  return { people, usergroups: holders('usergroups'), channels: holders('channels'), excluded }
}

function excludedBy({ requestedBy, agentOwner }: Interested): Approvers['excluded'] {
  return [
    ...(requestedBy === null ? [] : [{ who: requestedBy, because: 'requested_by' as const }]),
    ...(agentOwner === null ? [] : [{ who: agentOwner, because: 'agent_owner' as const }]),
  ]
}
