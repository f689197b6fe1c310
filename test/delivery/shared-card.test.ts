/**
 * Cards that several decisions share. Broken builds that these sentences were seen to catch:
 * - rows noted as shown when the message is posted -> "was sent before". The first row noted alone -> most of them.
 * - a new row left out of the drawing -> "gets a row for each" and the random schedules.
 * - lines named only from then on -> "says from then on". Lines outside of the thread -> "which row" and five others.
 * - a line that can't be changed waited for -> "can no longer be changed".
 * - the late link noted for the first row alone -> "gives the link".
 * - a deleted card posted anew only while its first row is open, or always -> the three sentences on deleted cards.
 * - two lanes at once in one card -> "two lanes".
 */
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { lostAnswer, refusal, tooMany } from './fake-slack.ts'
import { createWorld, denied, executed, quiet, seeded } from './harness.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

type World = ReturnType<typeof createWorld>

/** One more request of a kind, on the card of those before it. */
async function share(world: World, id: string, channel = '#approvals'): Promise<void> {
  const [card] = world.shared
  if (card === undefined) world.shared.push([id])
  else card.push(id)
  await world.submit(id, channel)
}

const cardText = (world: World) => world.slack.cards('dec_1')[0]?.text
const top = (world: World) => world.slack.messages.filter(({ threadTs }) => threadTs === null)
const lines = (world: World) => world.slack.messages.flatMap(({ threadTs, text }) => (threadTs === null ? [] : [text]))

describe('a card that decisions share', () => {
  it('is the first one\u2019s card at once, and gets a row for each that comes', async () => {
    const world = createWorld()
    await share(world, 'dec_1')
    await world.worker.drain()
    expect(cardText(world)).toBe('dec_1 v1 pending')
    await share(world, 'dec_2')
    await world.run(MINUTE)
    await share(world, 'dec_3')
    await world.run(MINUTE)
    expect(cardText(world)).toBe('dec_1 v1 pending\ndec_2 v1 pending\ndec_3 v1 pending')
    expect(world.slack.messages).toHaveLength(1)
    expect(world.outbox.left()).toEqual([])
  })

  it('shows each as it stands, and one change of several rows at once', async () => {
    const world = createWorld()
    for (const id of ['dec_1', 'dec_2', 'dec_3']) await share(world, id)
    await world.run(MINUTE)
    const before = world.slack.of('chat.update').length
    await world.report('dec_2', denied(world.clock()))
    await world.report('dec_3', denied(world.clock()))
    await world.run(MINUTE)
    expect(cardText(world)).toBe('dec_1 v1 pending\ndec_2 v2 denied\ndec_3 v2 denied')
    expect(world.slack.of('chat.update')).toHaveLength(before + 1)
  })

  it('is the card of each of them: one place, one link', async () => {
    const world = createWorld()
    for (const id of ['dec_1', 'dec_2', 'dec_3']) await share(world, id)
    await world.run(MINUTE)
    const [card] = world.slack.cards('dec_1')
    for (const id of ['dec_1', 'dec_2', 'dec_3'])
      expect(await world.outbox.postOf(id, 'card')).toMatchObject({
        state: 'posted',
        channel: 'C-approvals',
        ts: card?.ts,
        permalink: `https://slack.example/C-approvals/${card?.ts}`,
      })
    expect(world.slack.of('chat.getPermalink')).toHaveLength(1)
  })

  it('gives the link that failed once to each of them with its next change', async () => {
    const world = createWorld()
    world.slack.fault = (method) => (method === 'chat.getPermalink' ? refusal('internal_error') : null)
    for (const id of ['dec_1', 'dec_2']) await share(world, id)
    await world.run(MINUTE)
    expect(await world.outbox.postOf('dec_2', 'card')).toMatchObject({ permalink: null })
    world.slack.fault = () => null
    const updates = world.slack.of('chat.update').length
    await world.report('dec_1')
    await world.run(MINUTE)
    // The card, once; then the line in its thread, which is a message of its own.
    expect(world.slack.of('chat.update')).toHaveLength(updates + 1)
    for (const id of ['dec_1', 'dec_2'])
      expect(await world.outbox.postOf(id, 'card')).toMatchObject({ permalink: expect.stringContaining('C-approvals') })
  })

  it('says in its thread which row a line is about', async () => {
    const world = createWorld()
    for (const id of ['dec_1', 'dec_2']) await share(world, id)
    await world.run(MINUTE)
    await world.report('dec_2', denied(world.clock()))
    await world.report('dec_1', denied(world.clock()))
    await world.run(MINUTE)
    expect(lines(world).toSorted()).toEqual(['row 1: 2 decision.denied', 'row 2: 2 decision.denied'])
    const [card] = world.slack.cards('dec_1')
    expect(new Set(world.slack.lines('dec_2').map(({ threadTs }) => threadTs))).toEqual(new Set([card?.ts]))
  })

  it('says from then on which row the lines before are about', async () => {
    const world = createWorld()
    await share(world, 'dec_1')
    await world.report('dec_1', denied(world.clock()))
    await world.run(10 * SECOND)
    expect(lines(world)).toEqual(['2 decision.denied'])
    await share(world, 'dec_2')
    await world.run(MINUTE)
    expect(lines(world)).toEqual(['row 1: 2 decision.denied'])
    const updates = world.slack.of('chat.update').length
    await share(world, 'dec_3')
    await world.run(MINUTE)
    expect(world.slack.of('chat.update')).toHaveLength(updates + 1)
  })

  it('names the lines before even though Slack refused it at first, or it was interrupted', async () => {
    const world = createWorld()
    await share(world, 'dec_1')
    await world.report('dec_1', denied(world.clock()))
    await world.run(10 * SECOND)
    let updates = 0
    world.slack.fault = (method) => (method === 'chat.update' && (updates += 1) === 1 ? tooMany(5) : null)
    await share(world, 'dec_2')
    await world.worker.drain()
    expect(lines(world)).toEqual(['2 decision.denied'])
    world.restart()
    await world.run(MINUTE)
    expect(lines(world)).toEqual(['row 1: 2 decision.denied'])
    expect(cardText(world)).toBe('dec_1 v2 denied\ndec_2 v1 pending')
  })

  it('gets its rows although a line before can no longer be changed', async () => {
    const world = createWorld()
    await share(world, 'dec_1')
    await world.report('dec_1', denied(world.clock()))
    await world.run(10 * SECOND)
    let updates = 0
    world.slack.fault = (method) =>
      method === 'chat.update' && (updates += 1) === 1 ? refusal('edit_window_closed') : null
    await share(world, 'dec_2')
    await world.run(10 * SECOND)
    expect(cardText(world)).toBe('dec_1 v2 denied\ndec_2 v1 pending')
    expect(world.outbox.left()).toEqual([])
  })

  it('that was sent before with fewer rows, and never heard of, gets the rows that it lacks', async () => {
    const world = createWorld()
    world.slack.fault = (method) => (method === 'chat.postMessage' ? lostAnswer : null)
    await share(world, 'dec_1')
    await world.worker.drain()
    expect(cardText(world)).toBe('dec_1 v1 pending')
    world.slack.fault = () => null
    await share(world, 'dec_2')
    await world.run(HOUR)
    expect(top(world)).toHaveLength(1)
    expect(cardText(world)).toBe('dec_1 v1 pending\ndec_2 v1 pending')
  })

  it.each([
    ['dec_1', 'dec_2'],
    ['dec_2', 'dec_1'],
  ])('is posted again when it was deleted while %s is open and %s has ended', async (open, ended) => {
    const world = createWorld()
    for (const id of ['dec_1', 'dec_2']) await share(world, id)
    await world.run(MINUTE)
    await world.report(ended, denied(world.clock()))
    await world.run(MINUTE)
    const [card] = world.slack.cards('dec_1')
    world.slack.remove(card?.ts ?? '')
    await world.report(open)
    await world.run(HOUR)
    expect(top(world)).toHaveLength(1)
    expect(cardText(world)?.split('\n').toSorted()).toEqual([`${ended} v2 denied`, `${open} v2 pending`].toSorted())
    for (const id of [open, ended])
      expect(await world.outbox.postOf(id, 'card')).toMatchObject({ ts: world.slack.cards('dec_1')[0]?.ts })
  })

  it('stays away when it was deleted and every row has ended', async () => {
    const world = createWorld()
    for (const id of ['dec_1', 'dec_2']) await share(world, id)
    await world.run(MINUTE)
    for (const id of ['dec_1', 'dec_2']) await world.report(id, denied(world.clock()))
    await world.run(MINUTE)
    world.slack.remove(world.slack.cards('dec_1')[0]?.ts ?? '')
    await world.report('dec_1', executed(world.clock()))
    await world.run(HOUR)
    expect(top(world)).toEqual([])
    expect(world.outbox.left()).toEqual([])
  })

  it('is worked on by one of two lanes, where a reload has named another channel in between', async () => {
    const world = createWorld()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    world.slack.hang = async (method) => (method === 'chat.postMessage' ? held : undefined)
    world.worker.start()
    await share(world, 'dec_1')
    world.worker.wake()
    await quiet()
    await share(world, 'dec_2', '#elsewhere')
    world.worker.wake()
    await world.live(5 * SECOND)
    letGo()
    await world.live(MINUTE)
    expect(top(world)).toHaveLength(1)
    expect(cardText(world)).toBe('dec_1 v1 pending\ndec_2 v1 pending')
    await world.worker.stop()
  })

  it('ends right whatever Slack does, and whenever the process dies', { timeout: 60_000 }, async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const random = seeded(seed)
      const world = createWorld({ seed })
      world.slack.fault = () => {
        const luck = random()
        if (luck < 0.1) return lostAnswer
        if (luck < 0.2) return tooMany(3)
        return luck < 0.25 ? refusal('internal_error') : null
      }
      const dying: Store = {
        ...world.outbox.store,
        onSameCard: world.delivery.store.onSameCard,
        savePost: async (post) => {
          if (random() < 0.15) throw new Error('killed')
          await world.outbox.store.savePost(post)
        },
      }
      Object.assign(world.delivery, { store: dying })
      for (const id of ['dec_1', 'dec_2', 'dec_3', 'dec_4', 'dec_5']) {
        await share(world, id)
        world.restart()
        await world.run(Math.floor(random() * 10) * SECOND)
        if (random() < 0.5) await world.report(id, denied(world.clock()))
      }
      world.slack.fault = () => null
      Object.assign(dying, { savePost: world.outbox.store.savePost })
      for (const id of ['dec_2', 'dec_5']) await world.report(id, executed(world.clock()))
      world.restart()
      await world.run(2 * HOUR)
      const shown = [...world.views.values()].map(
        ({ decision }) => `${decision.id} v${decision.version} ${decision.status}`,
      )
      expect(
        top(world).map(({ text }) => text),
        `seed ${seed}`,
      ).toEqual([shown.join('\n')])
      expect(world.outbox.left(), `seed ${seed}`).toEqual([])
      const told = lines(world).flatMap((text) => text.split('\n'))
      const happened = [...world.views.values()].flatMap(({ history }, row) =>
        history.slice(1).map(({ type }, at) => `row ${row + 1}: ${at + 2} ${type}`),
      )
      expect(told.toSorted(), `seed ${seed}`).toEqual(happened.toSorted())
    }
  })
})
