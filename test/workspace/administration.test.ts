import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, expect, it } from 'vitest'
import { startWorkspace, type Workspace } from '../../src/workspace/server.ts'

// Broken once each to see it fail: subscriptions not asked, presence told of, added and removed people mixed up.

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const GROUP = 'S0SUPPORT1'

/** A workspace, and the events that an app was sent, which takes them all. */
async function start(subscriptions?: readonly string[]) {
  const events: unknown[] = []
  const server = createServer((request, response) => {
    text(request).then((body) => {
      events.push(JSON.parse(body).event)
      response.end()
    }, events.push)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  const workspace: Workspace = await startWorkspace({
    port: 0,
    now: () => 1_800_000_000_000,
    requestUrl: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`,
    ...(subscriptions === undefined ? {} : { subscriptions }),
  })
  closing.push(() => workspace.close())
  return { workspace, events }
}

it('tells the app who came into a user group and who left it', async () => {
  const { workspace, events } = await start()
  expect(await workspace.setUsergroup(GROUP, ['U0BEN00001', 'U0CAROL001'])).toEqual({ status: 200, body: '' })
  expect(events).toMatchObject([
    { type: 'subteam_updated', subteam: { id: GROUP, users: ['U0BEN00001', 'U0CAROL001'], user_count: 2 } },
    {
      type: 'subteam_members_changed',
      subteam_id: GROUP,
      added_users: ['U0CAROL001'],
      removed_users: ['U0ANA00001'],
      added_users_count: 1,
    },
  ])
})

it('tells the app of a person who changed, but not of presence or quiet hours', async () => {
  const { workspace, events } = await start()
  await workspace.setPerson('U0ANA00001', { presence: 'away', snoozed_until: 1_800_000_100 })
  expect(events).toEqual([])
  await workspace.setPerson('U0ANA00001', { is_restricted: true })
  expect(events).toMatchObject([{ type: 'user_change', user: { id: 'U0ANA00001', is_restricted: true } }])
})

it('tells an app only what it listens to', async () => {
  const { workspace, events } = await start(['subteam_updated'])
  expect(await workspace.setPerson('U0ANA00001', { deleted: true })).toEqual({ status: 0, body: 'not_sent' })
  expect(await workspace.setUsergroup(GROUP, [])).toMatchObject({ status: 200 })
  expect(events).toMatchObject([{ type: 'subteam_updated' }])
})

it('knows whom and what it is told of', async () => {
  const { workspace } = await start()
  await expect(workspace.setPerson('U0NOBODY01', {})).rejects.toThrow('nobody here is U0NOBODY01')
  await expect(workspace.setUsergroup('S0NONE', [])).rejects.toThrow('there is no user group S0NONE')
})
