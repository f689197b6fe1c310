import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { homeView } from '../../blocks/home.ts'
import type { App } from '../app/app.ts'
import type { Clock } from '../app/ports.ts'
import { MINUTE } from '../domain/time.ts'
import { listPage } from './lists.ts'
import { remembered } from './remembered.ts'

/** The App Homes of people. Neither rejects: a Home that can't be shown is shown the next time it is opened. */
export type Home = {
  /** Shows a person's Home as things stand, with that page of what they are asked; null: the one they turned to last. */
  readonly show: (user: string, page: number | null) => Promise<void>
  /** Shows it again, where it was shown before; does nothing for others. */
  readonly refresh: (user: string) => Promise<void>
}

type Ports = {
  readonly app: Pick<App, 'queue' | 'availability' | 'lastWeek' | 'freezesFor'>
  readonly client: WebClient
  readonly clock: Clock
  readonly log: Logger
}

export function createHome({ app, client, clock, log }: Ports): Home {
  const shownPage = new Map<string, number>()
  const underWay = new Map<string, Promise<void>>()
  // Its cost grows with a week's decisions, and nobody reads it by the second.
  const week = remembered(clock, MINUTE, () => app.lastWeek())

  async function publish(user: string): Promise<void> {
    const page = shownPage.get(user) ?? 1
    const [mine, team, availability, figures, frozen] = await Promise.all([
      listPage(app, user, { list: { kind: 'mine' }, page }),
      listPage(app, user, { list: { kind: 'team', named: null }, page: 1 }),
      app.availability(user),
      week('all'),
      app.freezesFor(user),
    ])
    const view = homeView({ mine, team, availability, week: figures, frozen }, clock())
    await client.views.publish({ user_id: user, view })
  }

  /** One after the other, or an older Home could be shown last. */
  async function inTurn(user: string): Promise<void> {
    const before = underWay.get(user) ?? Promise.resolve()
    const mine = before
      .then(() => publish(user))
      .catch((error: unknown) => log.warn({ err: error, user }, 'an App Home could not be shown'))
    underWay.set(user, mine)
    await mine
    if (underWay.get(user) === mine) underWay.delete(user)
  }

  return {
    show: (user, page) => {
      shownPage.set(user, page ?? shownPage.get(user) ?? 1)
      return inTurn(user)
    },
    refresh: async (user) => {
      if (shownPage.has(user)) await inTurn(user)
    },
  }
}
