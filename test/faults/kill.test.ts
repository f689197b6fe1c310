/**
 * kill -9 at the instants that hurt.
 *
 * Each was seen to fail once, with the product broken so:
 * - post.ts does not write `posting` down before it asks Slack: the card stands twice.
 * - post.ts takes a post it finds as `posting` for one that is certainly absent: the card stands twice.
 * - submit.ts adds no intent: after the restart no card is posted.
 * - actions.ts acknowledges before it records: the answered click is not in the database.
 * - transition.ts adds no intent on approval: the card keeps its buttons.
 */
import { describe, expect, test, vi } from 'vitest'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { ANA, APPROVALS, createScene, isOpenCard, only, type Scene, WAIT } from './scene.ts'

const POSTING = { method: 'chat.postMessage' } as const

function posts({ workspace }: Scene): number {
  return workspace.calls().filter(({ method, args }) => method === POSTING.method && args['channel'] === APPROVALS)
    .length
}

const approve = ({ workspace }: Scene, ts: string) =>
  workspace.click(ANA, { channel: APPROVALS, ts, actionId: ACTIONS.approve })

describe.concurrent('after kill -9', () => {
  test('a card that Slack never got is posted once', async ({ onTestFinished }) => {
    const scene = await createScene(onTestFinished)
    const before = await scene.start()
    scene.workspace.fault({ ...POSTING, kind: 'no_answer' })
    const id = await before.propose('k1')
    await vi.waitFor(() => expect(posts(scene)).toBe(1), WAIT)
    await before.kill()
    expect(scene.cards(id)).toHaveLength(0)

    const after = await scene.start()
    await after.quiet()
    expect(only(scene.cards(id)).text).toContain('Refund')
    expect(await after.propose('k1')).toBe(id)
  })

  test('a card that was proposed while Slack could not be reached is posted once', async ({ onTestFinished }) => {
    const scene = await createScene(onTestFinished)
    const before = await scene.start({ SLACK_API_URL: 'http://127.0.0.1:9/api/' })
    const id = await before.propose('k1')
    await before.kill()
    expect(scene.workspace.calls()).toHaveLength(0)

    const after = await scene.start()
    await after.quiet()
    expect(scene.cards(id)).toHaveLength(1)
  })

  test('a card is posted once when the end came right after the 201', async ({ onTestFinished }) => {
    const scene = await createScene(onTestFinished)
    const before = await scene.start()
    const id = await before.propose('k1')
    await before.kill()

    const after = await scene.start()
    await after.quiet()
    expect(scene.cards(id)).toHaveLength(1)
  })

  test('a card whose acceptance never came back is found and not posted again', async ({ onTestFinished }) => {
    const scene = await createScene(onTestFinished)
    const before = await scene.start()
    scene.workspace.fault({ ...POSTING, kind: 'reset_after_accept' })
    const id = await before.propose('k1')
    await scene.card(id)
    await before.kill()
    const card = (await scene.inStore((store) => store.posts(id))).find(({ slot }) => slot === 'card')
    expect(card).toMatchObject({ state: 'posting' })

    const after = await scene.start()
    await after.quiet()
    expect(posts(scene)).toBe(1)
    expect((await approve(scene, only(scene.cards(id)).ts)).status).toBe(200)
    expect(await after.read(id)).toMatchObject({ status: 'approved' })
    await after.quiet()
    expect(isOpenCard(only(scene.cards(id)))).toBe(false)
  })

  test('an answered click is on disk', async ({ onTestFinished }) => {
    const scene = await createScene(onTestFinished)
    const before = await scene.start()
    const id = await before.propose('k1')
    const { ts } = await scene.card(id)
    const answer = await approve(scene, ts)
    await before.kill()
    expect(answer.status).toBe(200)
    expect(await scene.inStore((store) => store.decision(id))).toMatchObject({ status: 'approved' })
  })

  test('a click whose long-poll was never answered still counts, and the card shows it', async ({ onTestFinished }) => {
    const scene = await createScene(onTestFinished)
    const before = await scene.start()
    const id = await before.propose('k1')
    await before.quiet()
    const { ts } = await scene.card(id)
    const longPoll = new AbortController()
    const waiting = before.call('GET', `/v1/decisions/${id}?wait=60`, { signal: longPoll.signal })
    longPoll.abort()
    await expect(waiting).rejects.toThrow()
    // The card can not be changed any more before the end.
    scene.workspace.fault({ method: 'chat.update', kind: 'no_answer' })
    expect((await approve(scene, ts)).status).toBe(200)
    await vi.waitFor(() => expect(scene.workspace.calls().map(({ method }) => method)).toContain('chat.update'), WAIT)
    await before.kill()
    expect(isOpenCard(only(scene.cards(id)))).toBe(true)

    const after = await scene.start()
    expect(await after.read(id)).toMatchObject({ status: 'approved', approved: true, version: 3 })
    expect((await after.call('GET', `/v1/decisions/${id}?wait=60`)).body).toMatchObject({ approved: true })
    await after.quiet()
    expect(isOpenCard(only(scene.cards(id)))).toBe(false)
    const trail = await scene.inStore((store) => store.history(id))
    expect(trail.map(({ type }) => type)).toEqual([
      'decision.submitted',
      'assignment.made',
      'decision.approved',
      'grant.issued',
    ])
  })
})
