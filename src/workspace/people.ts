/** Who and what is in the workspace when it starts. */

export type WorkspacePerson = {
  readonly id: string
  /** The handle, without @. */
  readonly name: string
  readonly real_name: string
  readonly email?: string
  /** Another workspace's id for somebody who is here by Slack Connect. */
  readonly team_id?: string
  readonly is_restricted?: boolean
  readonly is_ultra_restricted?: boolean
  readonly is_stranger?: boolean
  readonly is_bot?: boolean
  readonly deleted?: boolean
  /** IANA time zone. */
  readonly tz?: string
  readonly presence?: 'active' | 'away'
  /** Seconds since 1970 until which notifications are snoozed. */
  readonly snoozed_until?: number
  /** The quiet time that runs, or the next one: from and until, in seconds since 1970. */
  readonly quiet_time?: readonly [number, number]
}

export type WorkspaceChannel = {
  readonly id: string
  /** Without #. */
  readonly name: string
  readonly members: readonly string[]
  readonly is_private?: boolean
  readonly is_archived?: boolean
}

export type WorkspaceUsergroup = {
  readonly id: string
  readonly handle: string
  readonly name: string
  readonly users: readonly string[]
}

export const teamId = 'T0LOCAL001'
export const appId = 'A0LOCAL001'
export const botUserId = 'U0BOT00001'
export const botId = 'B0LOCAL001'

export const defaultPeople: readonly WorkspacePerson[] = [
  { id: 'U0ANA00001', name: 'ana', real_name: 'Ana Ruiz', email: 'ana@example.com', tz: 'Europe/Madrid' },
  { id: 'U0BEN00001', name: 'ben', real_name: 'Ben Okafor', email: 'ben@example.com', tz: 'Europe/London' },
  { id: 'U0CAROL001', name: 'carol', real_name: 'Carol Lindqvist', email: 'carol@example.com', tz: 'Europe/Stockholm' },
  { id: 'U0DANA0001', name: 'dana', real_name: 'Dana Weiss', email: 'dana@example.com', tz: 'America/New_York' },
  { id: 'U0GUS00001', name: 'gus', real_name: 'Gus Guest', email: 'gus@example.com', is_restricted: true },
  { id: 'U0OLU00001', name: 'olu', real_name: 'Olu Partner', team_id: 'T0OTHER001', is_stranger: true },
  { id: 'U0DEL00001', name: 'eva', real_name: 'Eva Former', email: 'eva@example.com', deleted: true },
]

const everybody = ['U0ANA00001', 'U0BEN00001', 'U0CAROL001', 'U0DANA0001']

/** The app itself is a member of the first two. The guest and the person of another workspace see only the first. */
export const defaultChannels: readonly WorkspaceChannel[] = [
  { id: 'C0APPROVAL', name: 'agent-approvals', members: [...everybody, 'U0GUS00001', 'U0OLU00001', botUserId] },
  { id: 'C0AGENTOPS', name: 'agent-ops', members: [...everybody, botUserId] },
  { id: 'C0GENERAL1', name: 'general', members: everybody },
]

export const defaultUsergroups: readonly WorkspaceUsergroup[] = [
  { id: 'S0SUPPORT1', handle: 'support-leads', name: 'Support leads', users: ['U0ANA00001', 'U0BEN00001'] },
]

/** As their profile has it; somebody who set none has UTC. */
export function timeZoneOf(person: Pick<WorkspacePerson, 'tz'> | undefined): string {
  return person?.tz ?? 'Etc/UTC'
}

export function botPerson(appName: string): WorkspacePerson {
  return { id: botUserId, name: appName.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'), real_name: appName, is_bot: true }
}
