/**
 * Cards and copies of what is frozen, by the worker on the real store. Broken builds that these sentences were seen to
 * catch:
 * - only versions compared -> every sentence. What a message may say already not noted before Slack is asked -> "lost".
 * - the mark left out of the metadata, or not read back -> "found again".
 */
import { describe, expect, it } from 'vitest'
import { aFreeze, EVERYTHING } from '../fixtures/freezes.ts'
import { lostAnswer } from './fake-slack.ts'
import { assigned, createWorld } from './harness.ts'

const MINUTE = 60_000
const FROZEN = [aFreeze(EVERYTHING, { n: 3 })]

type World = ReturnType<typeof createWorld>

/** A decision whose card stands in the channel, and a copy of it with the person who is asked. */
async function asked(): Promise<World> {
  const world = createWorld()
  await world.submit('dec_1')
  await world.report('dec_1', assigned(world.clock(), 'U-ana'))
  await world.run(MINUTE)
  return world
}

const texts = (world: World) => [...world.slack.cards('dec_1'), ...world.slack.direct('dec_1')].map(({ text }) => text)

/** The next answers to this method are lost, though Slack has done what was asked. */
function loseAnswers(world: World, method: string): void {
  world.slack.fault = (called) => (called === method ? lostAnswer : null)
}

describe('a freeze', () => {
  it('is shown on the card and its copy though the decision is as it was, and taken off again', async () => {
    const world = await asked()
    expect(texts(world)).toEqual(['dec_1 v2 pending', 'v2 pending'])
    await world.freeze('dec_1', FROZEN)
    await world.run(MINUTE)
    expect(texts(world)).toEqual(['dec_1 v2 pending, frozen', 'v2 pending, frozen'])
    expect(await world.outbox.postOf('dec_1', 'card')).toMatchObject({ shownVersion: 2, shownFrozen: '3' })
    await world.freeze('dec_1', [])
    await world.run(MINUTE)
    expect(texts(world)).toEqual(['dec_1 v2 pending', 'v2 pending'])
    expect(world.outbox.left()).toEqual([])
  })

  it('costs one change of each message, and none when it is asked for again', async () => {
    const world = await asked()
    const before = world.slack.of('chat.update').length
    for (let times = 0; times < 3; times += 1) {
      await world.freeze('dec_1', FROZEN)
      await world.run(MINUTE)
    }
    expect(world.slack.of('chat.update')).toHaveLength(before + 2)
  })

  it('is taken off also when the answer was lost that it had been shown, and it was lifted meanwhile', async () => {
    const world = await asked()
    await world.freeze('dec_1', FROZEN)
    loseAnswers(world, 'chat.update')
    await world.worker.drain()
    expect(texts(world)).toEqual(['dec_1 v2 pending, frozen', 'v2 pending, frozen'])
    world.slack.fault = () => null
    await world.freeze('dec_1', [])
    await world.run(10 * MINUTE)
    expect(texts(world)).toEqual(['dec_1 v2 pending', 'v2 pending'])
  })

  it('is shown in each row of a shared card that it covers, and taken off again', async () => {
    const world = createWorld()
    world.shared.push(['dec_1', 'dec_2'])
    for (const id of ['dec_1', 'dec_2']) await world.submit(id)
    await world.run(MINUTE)
    await world.freeze('dec_2', FROZEN)
    await world.run(MINUTE)
    expect(texts(world)).toEqual(['dec_1 v1 pending\ndec_2 v1 pending, frozen'])
    loseAnswers(world, 'chat.update')
    await world.freeze('dec_1', FROZEN)
    await world.worker.drain()
    world.slack.fault = () => null
    for (const id of ['dec_1', 'dec_2']) await world.freeze(id, [])
    await world.run(10 * MINUTE)
    expect(texts(world)).toEqual(['dec_1 v1 pending\ndec_2 v1 pending'])
    expect(world.outbox.left()).toEqual([])
  })

  it('is known of a card that is found again, and taken off it', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.freeze('dec_1', FROZEN)
    loseAnswers(world, 'chat.postMessage')
    await world.worker.drain()
    expect(texts(world)).toEqual(['dec_1 v1 pending, frozen'])
    world.slack.fault = () => null
    await world.freeze('dec_1', [])
    await world.run(10 * MINUTE)
    expect(texts(world)).toEqual(['dec_1 v1 pending'])
  })
})
