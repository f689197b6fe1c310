/** users.*, dnd.* and usergroups.*: who is here, and whether they can be disturbed. */
import type { JsonObject } from './check.ts'
import { appId, botId, teamId, timeZoneOf, type WorkspacePerson } from './people.ts'
import { type Method, missing, pageOf, type Reply, readFlag, readString, refuse } from './reply.ts'
import type { State } from './state.ts'

const reads = (): readonly string[] => ['users:read']

/** `granted` decides whether e-mail addresses are shown, as the scope users:read.email does. */
export function peopleMethods(granted: ReadonlySet<string>): Readonly<Record<string, Method>> {
  const withEmail = granted.has('users:read.email')
  return {
    'users.info': { scopes: reads, pace: 100, run: (args, state) => userInfo(args, state, withEmail) },
    'users.list': { scopes: reads, pace: 20, run: (args, state) => listUsers(args, state, withEmail) },
    'users.lookupByEmail': { scopes: () => ['users:read.email'], pace: 50, run: lookupByEmail },
    'users.getPresence': { scopes: reads, pace: 50, run: getPresence },
    'dnd.info': { scopes: () => ['dnd:read'], pace: 50, run: dndInfo },
    'dnd.teamInfo': { scopes: () => ['dnd:read'], pace: 20, run: dndTeamInfo },
    'usergroups.list': { scopes: () => ['usergroups:read'], pace: 20, run: listUsergroups },
    'usergroups.users.list': { scopes: () => ['usergroups:read'], pace: 20, run: listUsergroupUsers },
  }
}

/** The whole minutes east of Greenwich of a time zone at an instant, in seconds as Slack gives them. */
function offsetSeconds(tz: string, at: number): number {
  const name = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value
  const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(name ?? '') ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60)
}

export function shownPerson(person: WorkspacePerson, state: State, withEmail: boolean): JsonObject {
  const tz = timeZoneOf(person)
  const deleted = person.deleted === true
  const isBot = person.is_bot === true
  return {
    id: person.id,
    team_id: person.team_id ?? teamId,
    name: person.name,
    deleted,
    real_name: person.real_name,
    tz,
    tz_label: tz,
    tz_offset: offsetSeconds(tz, state.now()),
    profile: {
      real_name: person.real_name,
      real_name_normalized: person.real_name,
      display_name: person.name,
      display_name_normalized: person.name,
      team: person.team_id ?? teamId,
      ...(withEmail && person.email !== undefined && person.is_stranger !== true ? { email: person.email } : {}),
      ...(isBot ? { bot_id: botId, api_app_id: appId } : {}),
    },
    is_bot: isBot,
    is_app_user: false,
    updated: 0,
    // Slack leaves these out for people who are deactivated or of another workspace.
    ...(deleted || person.is_stranger === true
      ? {}
      : {
          is_admin: false,
          is_owner: false,
          is_primary_owner: false,
          is_restricted: person.is_restricted === true || person.is_ultra_restricted === true,
          is_ultra_restricted: person.is_ultra_restricted === true,
        }),
    ...(person.is_stranger === true ? { is_stranger: true } : {}),
  }
}

function userInfo(args: JsonObject, state: State, withEmail: boolean): Reply {
  const id = readString(args, 'user')
  if (id === undefined) return missing('user')
  const person = state.people.get(id)
  return person === undefined ? refuse('user_not_found') : { ok: true, user: shownPerson(person, state, withEmail) }
}

function listUsers(args: JsonObject, state: State, withEmail: boolean): Reply {
  const page = pageOf([...state.people.values()], args, 200, 1000)
  if (page === undefined) return refuse('invalid_cursor')
  return {
    ok: true,
    members: page.items.map((person) => shownPerson(person, state, withEmail)),
    cache_ts: Math.floor(state.now() / 1000),
    response_metadata: { next_cursor: page.next },
  }
}

function lookupByEmail(args: JsonObject, state: State): Reply {
  const email = readString(args, 'email')?.toLowerCase()
  if (email === undefined) return missing('email')
  const person = [...state.people.values()].find(
    (each) => each.email?.toLowerCase() === email && each.deleted !== true && each.is_stranger !== true,
  )
  return person === undefined ? refuse('users_not_found') : { ok: true, user: shownPerson(person, state, true) }
}

function getPresence(args: JsonObject, state: State): Reply {
  const person = state.people.get(readString(args, 'user') ?? '')
  return person === undefined ? refuse('user_not_found') : { ok: true, presence: person.presence ?? 'active' }
}

/**
 * `dnd_enabled` says that quiet hours are set, not that they run. Of other people Slack documents these three fields and
 * nothing of snoozing, which shows as a quiet time that runs.
 */
function dndOf(person: WorkspacePerson, state: State): JsonObject {
  const now = Math.floor(state.now() / 1000)
  const snoozed = person.snoozed_until !== undefined && person.snoozed_until > now
  const [start, end] = snoozed ? [now, person.snoozed_until] : (person.quiet_time ?? [1, 1])
  return {
    dnd_enabled: snoozed || person.quiet_time !== undefined,
    next_dnd_start_ts: start,
    next_dnd_end_ts: end,
  }
}

function dndInfo(args: JsonObject, state: State): Reply {
  const person = state.people.get(readString(args, 'user') ?? '')
  return person === undefined ? refuse('user_not_found') : { ok: true, ...dndOf(person, state) }
}

function dndTeamInfo(args: JsonObject, state: State): Reply {
  const ids = (readString(args, 'users') ?? '').split(',').filter((each) => each !== '')
  if (ids.length === 0) return refuse('no_users_provided')
  if (ids.length > 50) return refuse('too_many_users')
  const users = ids
    .flatMap((id) => state.people.get(id) ?? [])
    .map((person) => [person.id, dndOf(person, state)] as const)
  return { ok: true, users: Object.fromEntries(users) }
}

function listUsergroups(args: JsonObject, state: State): Reply {
  const withUsers = readFlag(args, 'include_users') === true
  const usergroups = [...state.usergroups.values()].map((group) => ({
    id: group.id,
    team_id: teamId,
    is_usergroup: true,
    name: group.name,
    description: '',
    handle: group.handle,
    is_external: false,
    date_delete: 0,
    user_count: group.users.length,
    ...(withUsers ? { users: group.users } : {}),
  }))
  return { ok: true, usergroups }
}

function listUsergroupUsers(args: JsonObject, state: State): Reply {
  const group = state.usergroups.get(readString(args, 'usergroup') ?? '')
  if (group === undefined) return refuse('no_such_subteam')
  return { ok: true, users: group.users.filter((id) => state.people.get(id)?.deleted !== true) }
}
