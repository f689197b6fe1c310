import type { WebClient } from '@slack/web-api'
import type { Clock } from '../app/ports.ts'
import type { Person } from '../domain/reviewer.ts'
import { MINUTE, SECOND } from '../domain/time.ts'
import type { Identity } from './identity.ts'
import { remembered } from './remembered.ts'

/** A person, and the IANA name of the time zone that their Slack shows. */
export type Described = { readonly person: Person; readonly timeZone: string }

/** People as Slack describes them. Both reject when it can't. */
export type People = {
  /** As of the last seconds: for who wants to decide. */
  readonly now: (user: string) => Promise<Described>
  /** As of the last minute: for who might be asked, which can be many at once. */
  readonly lately: (user: string) => Promise<Described>
  readonly forget: (user: string) => void
}

type Ports = {
  readonly client: WebClient
  readonly identity: () => Promise<Identity | null>
  readonly clock: Clock
}

export function createPeople({ client, identity, clock }: Ports): People {
  // Somebody who is deactivated or made a guest is stopped within seconds; a double click still asks once.
  const now = remembered(clock, 5 * SECOND, (user) => describe(client, identity, user))
  const lately = remembered(clock, MINUTE, now)
  return {
    now,
    lately,
    forget: (user) => {
      now.forget(user)
      lately.forget(user)
    },
  }
}

async function describe(client: WebClient, identity: Ports['identity'], id: string): Promise<Described> {
  const [us, { user }] = await Promise.all([identity(), client.users.info({ user: id })])
  if (us === null || user === undefined) throw new Error('Slack gave no answer about this person or about us')
  // On Enterprise Grid a member's home may be another workspace of the same organisation.
  const teams = [user.team_id, ...(user.enterprise_user?.teams ?? [])]
  const barred = teams.includes(us.team) && user.is_stranger !== true ? barredBy(user) : 'other_workspace'
  const person: Person = {
    id,
    team: user.team_id ?? '',
    name: user.real_name ?? user.name ?? id,
    email: user.profile?.email ?? null,
    barred,
  }
  return { person, timeZone: timeZoneOf(user.tz) }
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

/** Slack leaves the zone out for some, and may know zones that this system does not. */
function timeZoneOf(tz: string | undefined): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: tz ?? 'UTC' }).resolvedOptions().timeZone
  } catch {
    return 'UTC'
  }
}
