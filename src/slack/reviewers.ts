import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Clock, Reviewers } from '../app/ports.ts'
import type { Manifest } from '../domain/manifest.ts'
import type { Person } from '../domain/reviewer.ts'
import { MINUTE } from '../domain/time.ts'
import { type RoleSources, roleSources } from '../domain/who-may-approve.ts'
import type { Channels } from './channels.ts'
import type { Identity } from './identity.ts'
import { createPeople } from './people.ts'
import { createReachable } from './reachable.ts'
import { remembered } from './remembered.ts'
import { createRoleMembers } from './role-members.ts'

type Ports = {
  readonly client: WebClient
  readonly channels: Channels
  readonly identity: () => Promise<Identity | null>
  readonly clock: Clock
  readonly log: Logger
}

/** What Slack says has changed: a user group, by its id, or a person, by theirs. */
export type Change = { readonly usergroup: string } | { readonly user: string }

export type SlackReviewers = Reviewers & {
  /** Forgets what was known of them: the next question is answered as Slack answers it then. */
  readonly changed: (what: Change) => void
}

/**
 * Who people are, as Slack says within the last seconds, and what roles they hold, within the last minute. What Slack can't say counts against
 * authority: an unreadable person is barred, an unreadable group has no members.
 */
export function createReviewers(ports: Ports): SlackReviewers {
  const { client, channels, clock, log } = ports
  const people = createPeople(ports)
  let warnedOfMails = false
  const groups = remembered(
    clock,
    MINUTE,
    async (usergroup) => new Set((await client.usergroups.users.list({ usergroup })).users ?? []),
  )

  async function holds(person: Person, name: string, manifest: Manifest, channel: string): Promise<boolean> {
    const sources = roleSources(manifest, name, channel)
    const { members } = sources
    if (person.email === null && !warnedOfMails && members.some((member) => member.includes('@'))) {
      warnedOfMails = true
      log.warn(
        `Slack gave no e-mail for ${person.id}, but the role ${name} names people by e-mail. The app needs the scope users:read.email.`,
      )
    }
    if (members.some((member) => member === person.id || member.toLowerCase() === person.email?.toLowerCase()))
      return true
    return (await listed(sources)).some((list) => list.has(person.id))
  }

  async function listed({ usergroups, channels: rooms }: RoleSources): Promise<readonly ReadonlySet<string>[]> {
    const lists = [...usergroups.map((group) => groups(group)), ...rooms.map((each) => channels.members(each))]
    const settled = await Promise.allSettled(lists)
    for (const each of settled)
      if (each.status === 'rejected')
        log.warn({ err: each.reason }, 'Slack could not list the members of a role; it counts as empty for now')
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  }

  return {
    person: async (user) => {
      try {
        return (await people.now(user)).person
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
    membersOf: createRoleMembers({ client, people, listed, clock, log }),
    unreachable: createReachable({ client, clock, log }),
    timeZone: async (user) => {
      try {
        return (await people.lately(user)).timeZone
      } catch (error) {
        log.debug({ err: error, user }, 'Slack could not say where a person is')
        return 'UTC'
      }
    },
    changed: (what) => {
      if ('user' in what) people.forget(what.user)
      else groups.forget(what.usergroup)
    },
  }
}
