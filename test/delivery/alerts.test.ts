/**
 * What passed, told by the minute. Broken builds that these sentences were seen to catch:
 * - sent when it is written instead of at the window's end -> the first sentence.
 * - `update` left out, or the shown number not noted -> "counted while it was being sent".
 * - a window forgotten as soon as it was told -> "after it was told". Its message never forgotten -> "an hour later".
 * - rows not counted in the submission's transaction -> "is counted once".
 * - `posting` not written down, or its message not looked for -> the two sentences on processes that died.
 * - an untold window forgotten with the old ones -> "an hour later" of the contract. A dead letter told where nothing can be told -> "tells nobody".
 */
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { alertWindow } from '../../src/domain/alert-window.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { idempotency, submit } from '../contract/open-store.ts'
import { aDecisionId, aProposal, submittedEvent } from '../fixtures/decisions.ts'
import { lostAnswer, refusal } from './fake-slack.ts'
import { createWorld, START, seeded } from './harness.ts'

type World = ReturnType<typeof createWorld>

const FIRST = { every: 'minute', until: START + MINUTE } as const
let decisions = 0

/** One act passes now, and is to be told with those of this minute. */
async function pass(world: World, action = 'send_email', agent = 'mail-bot', at = world.clock()): Promise<void> {
  const window = alertWindow('each', at)
  if (window === null) throw new Error('each is told')
  const id = aDecisionId((decisions += 1))
  const event = submittedEvent({ id, at, agent, route: 'auto_approve', proposal: aProposal({ action }) })
  await submit(world.outbox.store, event, { now: at, intents: [{ kind: 'alerts.post', window }] })
}

const texts = ({ slack }: World): readonly string[] => slack.messages.map(({ text }) => text)

/** Everything that was shown, added up: how many acts the channel was told of. */
function told(world: World): number {
  return texts(world)
    .flatMap((text) => [...text.matchAll(/: (\d+)$/gm)])
    .reduce((sum, [, count]) => sum + Number(count), 0)
}

function dying(world: World, at: 'posting' | 'posted'): Store {
  const { store } = world.outbox
  return {
    ...store,
    savePost: async (post) => {
      if (at === 'posting') await store.savePost(post)
      if (post.state === at) throw new Error('killed')
      await store.savePost(post)
    },
  }
}

async function diesAt(world: World, at: 'posting' | 'posted'): Promise<void> {
  Object.assign(world.delivery, { store: dying(world, at) })
  world.restart()
  await world.worker.drain()
  Object.assign(world.delivery, { store: world.outbox.store })
  world.restart()
}

describe('what passed in a minute', () => {
  it('is told once it is over, in one message, a line for each action and agent', async () => {
    const world = createWorld()
    for (let times = 0; times < 13; times += 1) await pass(world)
    await pass(world, 'tag_ticket')
    await pass(world, 'send_email', 'desk-bot')
    await world.run(MINUTE - 1)
    expect(world.slack.messages).toEqual([])
    await world.run(2 * MINUTE)
    expect(world.slack.messages).toHaveLength(1)
    expect(world.slack.messages[0]).toMatchObject({
      channel: 'C-ops',
      text: 'send_email by mail-bot: 13\ntag_ticket by mail-bot: 1\nsend_email by desk-bot: 1\n0 more',
    })
  })

  it('is told by the next message when it is the next minute', async () => {
    const world = createWorld()
    await pass(world)
    await pass(world, 'send_email', 'mail-bot', START + MINUTE)
    await world.run(5 * MINUTE)
    expect(texts(world)).toEqual(Array(2).fill('send_email by mail-bot: 1\n0 more'))
  })

  it('has five lines at most, and the rest is counted', async () => {
    const world = createWorld()
    for (let at = 0; at < 8; at += 1) await pass(world, `action_${at}`)
    await world.run(2 * MINUTE)
    expect(texts(world)[0]?.split('\n')).toHaveLength(6)
    expect(texts(world)[0]).toContain('3 more')
  })

  it('is forgotten with its message an hour later, when the next is told', async () => {
    const world = createWorld()
    const { store } = world.outbox
    await pass(world)
    await world.run(2 * MINUTE)
    expect(world.outbox.left()).toEqual([])
    world.advance(60 * MINUTE)
    await pass(world)
    await world.run(2 * MINUTE)
    expect(world.slack.messages).toHaveLength(2)
    expect(await store.alerts(FIRST)).toEqual([])
    expect(await store.posts(`alerts.post minute ${FIRST.until}`)).toEqual([])
  })

  it('is counted once when the request comes twice', async () => {
    const world = createWorld()
    const event = submittedEvent({ id: aDecisionId(900_001), at: START, route: 'auto_approve' })
    const once = { idempotency: idempotency('k1'), intents: [{ kind: 'alerts.post', window: FIRST }] } as const
    for (const result of ['created', 'replayed'])
      expect(await submit(world.outbox.store, event, once)).toMatchObject({ kind: result })
    await world.run(2 * MINUTE)
    expect(told(world)).toBe(1)
  })

  it('changes its message for what was counted while it was being sent', async () => {
    const world = createWorld()
    await pass(world)
    let late = 0
    world.slack.hang = async (method) => {
      if (method !== 'chat.postMessage' || late === 2) return
      late = 2
      await pass(world, 'send_email', 'mail-bot', START)
      await pass(world, 'tag_ticket', 'mail-bot', START)
    }
    await world.run(5 * MINUTE)
    expect(texts(world)).toEqual(['send_email by mail-bot: 2\ntag_ticket by mail-bot: 1\n0 more'])
    expect(world.outbox.left()).toEqual([])
  })

  it('changes its message for what was counted after it was told', async () => {
    const world = createWorld()
    await pass(world)
    await world.run(2 * MINUTE)
    await pass(world, 'send_email', 'mail-bot', START)
    await world.run(2 * MINUTE)
    expect(texts(world)).toEqual(['send_email by mail-bot: 2\n0 more'])
    expect(world.slack.of('chat.update')).toHaveLength(1)
  })

  it.each(['posting', 'posted'] as const)('is told once when the process died at noting it as %s', async (at) => {
    const world = createWorld()
    for (let times = 0; times < 3; times += 1) await pass(world)
    world.advance(MINUTE + 1_000)
    await diesAt(world, at)
    expect(world.slack.messages).toHaveLength(at === 'posted' ? 1 : 0)
    await pass(world, 'send_email', 'mail-bot', START)
    await world.run(5 * MINUTE)
    expect(world.slack.messages).toHaveLength(1)
    expect(told(world)).toBe(4)
    expect(world.outbox.left()).toEqual([])
  })

  it('is told by the next process when the last one died before the minute was over', async () => {
    const world = createWorld()
    await pass(world)
    world.restart()
    await world.run(2 * MINUTE)
    expect(told(world)).toBe(1)
  })

  it('loses none and doubles none, whatever fails and whenever the process dies', async () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seeded(seed)
      const world = createWorld({ seed })
      world.slack.fault = () => {
        const chance = random()
        if (chance < 0.15) return lostAnswer
        return chance < 0.3 ? refusal('internal_error') : null
      }
      for (let step = 0; step < 30; step += 1) {
        for (let times = Math.floor(random() * 4); times > 0; times -= 1)
          await pass(world, `action_${Math.floor(random() * 3)}`, 'mail-bot', START + Math.floor(random() * 3) * MINUTE)
        world.advance(Math.floor(random() * 20_000))
        if (random() < 0.4) await diesAt(world, random() < 0.5 ? 'posting' : 'posted')
        else await world.worker.drain()
      }
      const passed = (await world.outbox.store.decisions(ALL)).length
      world.slack.fault = () => null
      await world.run(60 * MINUTE)
      expect(told(world), `seed ${seed}`).toBe(passed)
      expect(world.outbox.left()).toEqual([])
    }
  })

  it('tells nobody when the operations channel can not be told', async () => {
    const world = createWorld()
    world.slack.fault = (method) => (method === 'chat.postMessage' ? refusal('is_archived') : null)
    await pass(world)
    await world.run(24 * 60 * MINUTE)
    expect(world.outbox.dead()).toEqual([`alerts.post minute ${FIRST.until}`])
    expect(world.outbox.left()).toHaveLength(1)
  })
})

const ALL = { agent: null, status: null, action: null, before: null, limit: 10_000 }
