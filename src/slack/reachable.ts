import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Clock, Reviewers } from '../app/ports.ts'
import { HOUR, type Instant, MINUTE, SECOND } from '../domain/time.ts'
import { createLooks, type Looks } from './looks.ts'

type Ports = { readonly client: WebClient; readonly clock: Clock; readonly log: Logger }

/** Who can't be reached just now. Only hints: wherever Slack can't say in time, a person can be reached. Never rejects. */
export function createReachable(ports: Ports): Reviewers['unreachable'] {
  const { clock } = ports
  const doNotDisturb = lookAtDoNotDisturb(ports)
  const inactivity = lookAtPresence(ports)
  return async (users) => {
    const each = [...new Set(users)]
    const [quiet, inactive] = await Promise.all([doNotDisturb(each), inactivity(each)])
    return new Set(
      each.filter((user) => inactive.get(user) === true || isQuiet(quiet.get(user) ?? NOT_QUIET, clock() / SECOND)),
    )
  }
}

/**
 * Do-not-disturb as Slack documents it (docs.slack.dev/reference/methods/dnd.teamInfo), times in seconds. `dnd_enabled`
 * says no more than that hours are set; `next_dnd_*` is the quiet time that runs, or else the next one.
 */
const status = z.looseObject({
  dnd_enabled: z.boolean().catch(false),
  next_dnd_start_ts: z.number().catch(0),
  next_dnd_end_ts: z.number().catch(0),
  snooze_enabled: z.boolean().catch(false),
  snooze_endtime: z.number().catch(0),
})
type Status = z.infer<typeof status>
const NOT_QUIET = status.parse({})

function isQuiet(person: Status, nowSeconds: number): boolean {
  if (person.snooze_enabled && nowSeconds < person.snooze_endtime) return true
  return person.dnd_enabled && person.next_dnd_start_ts <= nowSeconds && nowSeconds < person.next_dnd_end_ts
}

function lookAtDoNotDisturb({ client, clock, log }: Ports): Looks<Status> {
  return createLooks({
    clock,
    log,
    ttlMs: MINUTE,
    perCall: 50,
    callsAtOnce: 4,
    withoutScope:
      'Slack does not say who is in do-not-disturb: the app lacks the optional scope dnd:read. To have such people passed over, add it as in manifest.slack.yml and reinstall the app.',
    ask: async (users) => {
      const reply = await client.dnd.teamInfo({ users: users.join(',') })
      return new Map(Object.entries(reply.users ?? {}).map(([user, given]) => [user, status.parse(given)]))
    },
  })
}

/** Whether people are inactive. Slack says who is away, not since when; so that is known from what was seen before. */
function lookAtPresence({ client, clock, log }: Ports): Looks<boolean> {
  const awaySince = new Map<string, Instant>()

  async function isInactive(user: string): Promise<boolean> {
    const { presence } = await client.users.getPresence({ user })
    if (presence !== 'away') {
      awaySince.delete(user)
      return false
    }
    const since = awaySince.get(user) ?? clock()
    awaySince.set(user, since)
    return clock() - since > HOUR
  }

  return createLooks({
    clock,
    log,
    ttlMs: 5 * MINUTE,
    perCall: 1,
    callsAtOnce: 20,
    withoutScope:
      'Slack does not say who is active: the app lacks the scope users:read. Add it as in manifest.slack.yml and reinstall the app.',
    ask: async (users) =>
      new Map(await Promise.all(users.map(async (user) => [user, await isInactive(user)] as const))),
  })
}
