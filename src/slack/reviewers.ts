import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Clock, Reviewers } from '../app/ports.ts'
import type { Manifest } from '../domain/manifest.ts'
import type { Person } from '../domain/reviewer.ts'
import { MINUTE, SECOND } from '../domain/time.ts'
import { roleSources } from '../domain/who-may-approve.ts'
import type { Channels } from './channels.ts'
import type { Identity } from './identity.ts'
import { remembered } from './remembered.ts'

type Ports = {
  readonly client: WebClient
  readonly channels: Channels
  readonly identity: () => Promise<Identity | null>
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Who people are, as Slack says within the last seconds, and what roles they hold, within the last minute. What Slack can't say counts against
 * authority: an unreadable person is barred, an unreadable group has no members.
 */
export function createReviewers(ports: Ports): Reviewers {
  const { client, channels, clock, log } = ports
  // Somebody who is deactivated or made a guest is stopped within seconds; a double click still asks once.
  const people = remembered(clock, 5 * SECOND, (user) => describe(ports, user))
  let warnedOfMails = false
  const groups = remembered(
    clock,
    MINUTE,
    async (usergroup) => new Set((await client.usergroups.users.list({ usergroup })).users ?? []),
  )

  async function holds(person: Person, name: string, manifest: Manifest, channel: string): Promise<boolean> {
    const { members, usergroups, channels: rooms } = roleSources(manifest, name, channel)
    if (person.email === null && !warnedOfMails && members.some((member) => member.includes('@'))) {
      warnedOfMails = true
      log.warn(
        `Slack gave no e-mail for ${person.id}, but the role ${name} names people by e-mail. The app needs the scope users:read.email.`,
      )
    }
    if (members.some((member) => member === person.id || member.toLowerCase() === person.email?.toLowerCase()))
      return true
    const lists = [...usergroups.map((group) => groups(group)), ...rooms.map((each) => channels.members(each))]
    return anyContains(lists, person.id)
  }

  async function anyContains(lists: readonly Promise<ReadonlySet<string>>[], user: string): Promise<boolean> {
    const settled = await Promise.allSettled(lists)
    for (const each of settled)
      if (each.status === 'rejected')
        log.warn({ err: each.reason }, 'Slack could not list the members of a role; it counts as empty for now')
    return settled.some((each) => each.status === 'fulfilled' && each.value.has(user))
  }

  return {
    person: async (user) => {
      try {
        return await people(user)
      } catch (error) {
        log.warn({ err: error, user }, 'Slack could not describe a person, who cannot decide until it does')
        return { id: user, team: '', name: user, email: null, barred: 'unknown' }
      }
    },
    rolesOf: async (person, roles, manifest, channel) => {
      if (person.barred !== null) return new Set()
      const held = await Promise.all(roles.map((role) => holds(person, role, manifest, channel)))
      return new Set(roles.filter((_, index) => held[index] === true))
    },
  }
}

async function describe({ client, identity }: Ports, id: string): Promise<Person> {
  const [us, { user }] = await Promise.all([identity(), client.users.info({ user: id })])
  if (us === null || user === undefined) throw new Error('Slack gave no answer about this person or about us')
  // On Enterprise Grid a member's home may be another workspace of the same organisation.
  const teams = [user.team_id, ...(user.enterprise_user?.teams ?? [])]
  const barred = teams.includes(us.team) && user.is_stranger !== true ? barredBy(user) : 'other_workspace'
  return {
    id,
    team: user.team_id ?? '',
    name: user.real_name ?? user.name ?? id,
    email: user.profile?.email ?? null,
    barred,
  }
}

function barredBy(user: {
  readonly deleted?: boolean
  readonly is_bot?: boolean
  readonly is_restricted?: boolean
  readonly is_ultra_restricted?: boolean
}): Person['barred'] {
  if (user.deleted === true) return 'deactivated'
  if (user.is_bot === true) return 'bot'
  if (user.is_restricted === true || user.is_ultra_restricted === true) return 'guest'
  return null
}
