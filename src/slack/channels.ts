import { ErrorCode, type WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import type { Clock } from '../app/ports.ts'
import { MINUTE } from '../domain/time.ts'
import { remembered } from './remembered.ts'

/** Channels by the names the manifest uses. */
export type Channels = {
  /**
   * Where to post: the id of `#name`; an id, or a name that Slack does not list, as it is, so that Slack itself says
   * what is wrong with it. @throws when Slack can't be reached
   */
  readonly resolve: (name: string) => Promise<string>
  /** Slack ids of everybody in the channel, guests and bots included. @throws when Slack can't say */
  readonly members: (name: string) => Promise<ReadonlySet<string>>
  /** What keeps the bot from posting there, in words with what to do; null: nothing. */
  readonly problem: (name: string) => Promise<string | null>
}

// Long enough to spare Slack, short enough that somebody who joins or leaves a channel notices within a minute.
const REMEMBER = MINUTE

export function createChannels(client: WebClient, clock: Clock, log: Logger): Channels {
  const all = remembered(clock, REMEMBER, () => listChannels(client, log))
  // Slack's ids stay; a whole list for each card would use up its budget in a large workspace.
  const ids = new Map<string, string>()
  const membersOf = remembered(clock, REMEMBER, (id) => listMembers(client, id))

  async function find(name: string): Promise<string | null> {
    if (isChannelId(name)) return name
    const known = ids.get(name) ?? (await all('all')).get(name.replace(/^#/, ''))?.id ?? null
    if (known !== null) ids.set(name, known)
    return known
  }

  return {
    resolve: async (name) => {
      try {
        return (await find(name)) ?? name
      } catch (error) {
        if (isUnanswered(error)) throw error
        return name
      }
    },
    members: async (name) => {
      const id = await find(name)
      if (id === null) throw new Error(`there is no channel ${name} that the bot can see`)
      return membersOf(id)
    },
    problem: async (name) => {
      const id = await find(name)
      if (id === null)
        return `There is no channel ${name} that the bot can see. Create it, or invite the bot if it is private: /invite @Countersign`
      const channel = [...(await all('all')).values()].find((candidate) => candidate.id === id)
      if (channel?.isMember === false) return `The bot is not in ${name}. Invite it there: /invite @Countersign`
      return null
    },
  }
}

function isChannelId(name: string): boolean {
  return /^[CGD][A-Z0-9]{5,}$/.test(name)
}

/** Slack could not be reached, which is no answer about a channel. */
function isUnanswered(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === ErrorCode.RequestError
}

/** The bot may list public channels only. */
function mayNotListPrivate(error: unknown): boolean {
  return error instanceof Error && /missing_scope|invalid_types|unknown_method/.test(error.message)
}

type Channel = { readonly id: string; readonly isMember: boolean }

async function listChannels(client: WebClient, log: Logger): Promise<ReadonlyMap<string, Channel>> {
  try {
    return await pagesOfChannels(client, 'public_channel,private_channel')
  } catch (error) {
    if (!mayNotListPrivate(error)) throw error
    log.debug({ err: error }, 'private channels cannot be listed; trying public ones')
    return await pagesOfChannels(client, 'public_channel')
  }
}

async function pagesOfChannels(client: WebClient, types: string): Promise<ReadonlyMap<string, Channel>> {
  const found = new Map<string, Channel>()
  let cursor = ''
  do {
    const page = await client.conversations.list({
      types,
      exclude_archived: true,
      limit: 999,
      ...(cursor !== '' && { cursor }),
    })
    for (const { id, name, is_member } of page.channels ?? [])
      if (id !== undefined && name !== undefined) found.set(name, { id, isMember: is_member ?? false })
    cursor = page.response_metadata?.next_cursor ?? ''
  } while (cursor !== '')
  return found
}

async function listMembers(client: WebClient, channel: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let cursor = ''
  do {
    const page = await client.conversations.members({ channel, limit: 999, ...(cursor !== '' && { cursor }) })
    for (const user of page.members ?? []) found.add(user)
    cursor = page.response_metadata?.next_cursor ?? ''
  } while (cursor !== '')
  return found
}
