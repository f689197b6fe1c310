/** What administrators do: people, user groups and channels change, and Slack tells the app of what it listens to. */
import type { JsonObject } from './check.ts'
import type { createDeliveries, Delivery } from './events.ts'
import { eventCallback } from './interactions.ts'
import { teamId, type WorkspacePerson } from './people.ts'
import { shownPerson } from './people-methods.ts'
import type { Channel, State } from './state.ts'

// Slack's event about a person says nothing of these.
const OUTSIDE_PROFILE: ReadonlySet<string> = new Set(['presence', 'snoozed_until', 'quiet_time'])
const notSent: Delivery = { status: 0, body: 'not_sent' }

/** `subscriptions` are the bot events the app asked for; `withEmail`: whether it is shown e-mail addresses. */
export function createAdministration(
  state: State,
  deliveries: Pick<ReturnType<typeof createDeliveries>, 'event'>,
  subscriptions: readonly string[],
  withEmail: boolean,
) {
  const tell = async (event: JsonObject & { readonly type: string }): Promise<Delivery> => {
    if (!subscriptions.includes(event.type)) return notSent
    return deliveries.event(eventCallback(state, { ...event, event_ts: state.nextTs() }))
  }

  const changeChannel = (id: string, changes: Partial<Channel>): void => {
    const channel = state.channels.get(id)
    if (channel === undefined) throw new Error(`there is no channel ${id}`)
    state.channels.set(id, { ...channel, ...changes })
    state.changed()
  }

  return {
    setPerson: async (userId: string, changes: Partial<WorkspacePerson>): Promise<Delivery> => {
      const before = state.people.get(userId)
      if (before === undefined) throw new Error(`nobody here is ${userId}`)
      const person = { ...before, ...changes }
      state.people.set(userId, person)
      state.changed()
      if (Object.keys(changes).every((key) => OUTSIDE_PROFILE.has(key))) return notSent
      return tell({ type: 'user_change', user: shownPerson(person, state, withEmail), cache_ts: seconds(state) })
    },

    setUsergroup: async (id: string, users: readonly string[]): Promise<Delivery> => {
      const before = state.usergroups.get(id)
      if (before === undefined) throw new Error(`there is no user group ${id}`)
      const group = { ...before, users }
      state.usergroups.set(id, group)
      state.changed()
      const added = users.filter((user) => !before.users.includes(user))
      const removed = before.users.filter((user) => !users.includes(user))
      const about = { date_update: seconds(state), users: users.slice(0, 500), user_count: users.length }
      const updated = await tell({
        type: 'subteam_updated',
        subteam: { id, team_id: teamId, is_usergroup: true, name: group.name, handle: group.handle, ...about },
      })
      const changed = await tell({
        type: 'subteam_members_changed',
        subteam_id: id,
        team_id: teamId,
        date_previous_update: about.date_update,
        date_update: about.date_update,
        added_users: added,
        added_users_count: added.length,
        removed_users: removed,
        removed_users_count: removed.length,
      })
      return changed === notSent ? updated : changed
    },

    setMembers: (id: string, members: readonly string[]): void => changeChannel(id, { members: new Set(members) }),
    archive: (id: string): void => changeChannel(id, { is_archived: true }),
  }
}

function seconds(state: State): number {
  return Math.floor(state.now() / 1000)
}
