import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Clock, Reviewers } from '../app/ports.ts'
import { MINUTE } from '../domain/time.ts'
import { type RoleSources, roleSources } from '../domain/who-may-approve.ts'
import type { People } from './people.ts'
import { refusedWith } from './refused.ts'
import { remembered } from './remembered.ts'

type Ports = {
  readonly client: WebClient
  readonly people: People
  /** The lists that Slack keeps. Never rejects. */
  readonly listed: (sources: RoleSources) => Promise<readonly ReadonlySet<string>[]>
  readonly clock: Clock
  readonly log: Logger
}

// Slack answers about a hundred such questions a minute, and those of people who click come first.
const AT_ONCE = 10
const MOST = 200

/**
 * Everybody who holds a role and may ever decide, without doubles: those named one by one first, in the manifest's order.
 * What Slack can't list or describe counts as nobody; rejects where nobody is left so.
 */
export function createRoleMembers({ client, people, listed, clock, log }: Ports): Reviewers['membersOf'] {
  const ids = new Map<string, string>()
  const asked = remembered(clock, MINUTE, (mail) => lookUp(client, mail))
  const warned = new Set<string>()

  /** The Slack id of an e-mail or an id; null: nobody here has this e-mail. @throws when Slack can't say */
  async function idOf(member: string): Promise<string | null> {
    if (!member.includes('@')) return member
    const mail = member.toLowerCase()
    const known = ids.get(mail)
    if (known !== undefined && (await isStill(known, mail))) return known
    ids.delete(mail)
    const found = await asked(mail)
    if (found !== null) ids.set(mail, found)
    return found
  }

  /** An address can pass to another account. */
  async function isStill(user: string, mail: string): Promise<boolean> {
    const { person } = await people.lately(user)
    return person.barred === null && person.email?.toLowerCase() === mail
  }

  /** The answers that came. The others are told of once: with Slack down, there would be hundreds. */
  async function answers<T>(keys: readonly string[], ask: (key: string) => Promise<T>): Promise<readonly T[]> {
    const settled = await settleAll(keys, ask)
    const failed = settled.filter((each) => each.status === 'rejected')
    const [first] = failed
    if (first !== undefined)
      log.warn(
        { err: first.reason, people: failed.length },
        'Slack could not describe people of a role; they are asked nothing for now',
      )
    return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  }

  return async (role, manifest, channel) => {
    const sources = roleSources(manifest, role, channel)
    const [named, lists] = await Promise.all([answers(sources.members, idOf), listed(sources)])
    const users = [...new Set([...named.filter((id) => id !== null), ...lists.flatMap((list) => [...list])])]
    if (users.length > MOST && !warned.has(role)) {
      warned.add(role)
      log.warn(
        `The role ${role} has ${users.length} members; only the first ${MOST} are ever assigned a decision. All of them may decide. Give the role a smaller user group or channel.`,
      )
    }
    const considered = users.slice(0, MOST)
    const described = await answers(considered, people.lately)
    const members = described.map(({ person }) => person).filter(({ barred }) => barred === null)
    const isWhole =
      named.length === sources.members.length &&
      lists.length === sources.usergroups.length + sources.channels.length &&
      described.length === considered.length
    if (members.length === 0 && !isWhole) throw new Error(`Slack could not say who holds the role ${role} just now`)
    return members
  }
}

async function lookUp(client: WebClient, email: string): Promise<string | null> {
  try {
    return (await client.users.lookupByEmail({ email })).user?.id ?? null
  } catch (error) {
    if (refusedWith(error, 'users_not_found')) return null
    throw error
  }
}

/** `Promise.allSettled`, but with only so many under way. */
async function settleAll<T>(
  keys: readonly string[],
  work: (key: string) => Promise<T>,
): Promise<readonly PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = []
  const left = keys.entries()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const [index, key] of left) {
        const [settled] = await Promise.allSettled([work(key)])
        results[index] = settled
      }
    }),
  )
  return results
}
