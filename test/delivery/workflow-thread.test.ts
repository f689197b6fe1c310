/**
 * The thread of a workflow on the real store. Broken builds that these sentences were seen to catch:
 * - a head that needs no card, is sent by two lanes at once, is never changed, or stays gone -> the sentence that says so.
 * - lines at the card, or always at the head; a card in its own channel; all or none broadcast -> the cards and lines.
 * - a question to operations that is given up, or asked when it is settled already -> the last two sentences.
 */
import { describe, expect, it } from 'vitest'
import type { DecisionEvent, SettledAs } from '../../src/domain/event.ts'
import { workflowKey } from '../../src/domain/workflow-ref.ts'
import { lostAnswer, refusal, silence } from './fake-slack.ts'
import { createWorld, denied, seeded } from './harness.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

const REF = { id: 'wf-7', agent: 'billing-bot' }
const KEY = workflowKey(REF)

type World = ReturnType<typeof createWorld>

/** The workflow as it stands from now on, with the intent that such a change writes. */
async function change(world: World, version: number): Promise<void> {
  const standing = { kind: 'told' } as const
  const list = {
    ref: REF,
    name: null,
    agent: REF.agent,
    requestedBy: null,
    version,
    standing,
    steps: [],
    reached: 0,
    before: 0,
  }
  world.checklists.set(KEY, list)
  const { id: workflow, agent } = REF
  await world.outbox.store.addIntents([{ kind: 'workflow.sync', workflow, agent }], world.clock())
}

async function step(world: World, id: string, version: number, channel = '#approvals'): Promise<void> {
  await change(world, version)
  await world.submit(id, channel, REF.id)
}

const heads = ({ slack }: World) => slack.messages.filter(({ mark }) => mark.subject === KEY)

function failOnce(world: World, fault: typeof silence, at = 1): void {
  let posts = 0
  world.slack.fault = (method) => {
    if (method === 'chat.postMessage') posts += 1
    return method === 'chat.postMessage' && posts === at ? fault : null
  }
}

describe('the thread of a workflow', () => {
  it('begins with its head, before the first card, which the channel sees as well', async () => {
    const world = createWorld()
    await step(world, 'dec_1', 1)
    await world.run(HOUR)
    const [head, card] = world.slack.messages
    expect(head).toMatchObject({ mark: { subject: KEY, slot: 'head' }, threadTs: null, text: 'wf-7 v1' })
    expect(card).toMatchObject({ mark: { subject: 'dec_1', slot: 'card' }, threadTs: head?.ts, broadcast: true })
    expect(await world.outbox.postOf(KEY, 'head')).toMatchObject({ permalink: expect.stringContaining('C-approvals') })
    expect(world.outbox.left()).toEqual([])
  })

  it('has no head while no card needs one', async () => {
    const world = createWorld()
    await change(world, 1)
    await world.run(HOUR)
    expect(world.slack.messages).toEqual([])
    expect(world.outbox.left()).toEqual([])
  })

  it('has all cards and lines in it, in the channel of the first, and tells the channel of none that waits for nobody', async () => {
    const world = createWorld()
    await step(world, 'dec_1', 1)
    await world.run(MINUTE)
    await world.report('dec_1')
    await step(world, 'dec_2', 2, '#elsewhere')
    await world.report('dec_2', denied(world.clock()))
    await world.run(HOUR)
    const [head, ...others] = world.slack.messages
    expect(heads(world)).toEqual([head])
    expect(new Set(others.map(({ channel, threadTs }) => `${channel} ${threadTs}`))).toEqual(
      new Set([`C-approvals ${head?.ts}`]),
    )
    expect(world.slack.cards('dec_2')).toMatchObject([{ broadcast: false }])
    expect(world.slack.lines('dec_2')).toMatchObject([{ broadcast: false }])
  })

  it.each([
    ['head', 1],
    ['card', 2],
  ])('has its %s once, although the answer to it was lost', async (_, at) => {
    for (const fault of [lostAnswer, silence]) {
      const world = createWorld()
      failOnce(world, fault, at)
      await step(world, 'dec_1', 1)
      await world.run(HOUR)
      expect(world.slack.messages.map(({ mark }) => mark.slot)).toEqual(['head', 'card'])
      expect(world.slack.cards('dec_1')).toMatchObject([{ threadTs: heads(world)[0]?.ts }])
    }
  })

  it.each([1, 2, 3, 4])('goes on where a process died, at its note number %i', async (last) => {
    const world = createWorld()
    const { store } = world.outbox
    let notes = 0
    const dying: typeof store.savePost = async (post) => {
      notes += 1
      if (notes >= last) throw new Error('killed')
      await store.savePost(post)
    }
    Object.assign(world.delivery, { store: { ...store, savePost: dying } })
    world.restart()
    await step(world, 'dec_1', 1)
    await world.worker.drain()
    await change(world, 2)
    Object.assign(world.delivery, { store })
    world.restart()
    await world.run(HOUR)
    expect(world.slack.messages.map(({ mark, text }) => `${mark.slot} ${text}`)).toEqual([
      'head wf-7 v2',
      'card dec_1 v1 pending',
    ])
    expect(world.outbox.left()).toEqual([])
  })

  it('shows ten changes in one update of its head', async () => {
    const world = createWorld()
    await step(world, 'dec_1', 1)
    await world.run(MINUTE)
    for (let version = 2; version <= 11; version += 1) await change(world, version)
    await world.run(HOUR)
    expect(heads(world)).toMatchObject([{ text: 'wf-7 v11', edits: 1 }])
  })

  it('has one head, although its first two cards belong to two channels and come at once', async () => {
    const world = createWorld()
    await step(world, 'dec_1', 1, '#one')
    await step(world, 'dec_2', 2, '#two')
    await world.run(HOUR)
    const [head, ...others] = heads(world)
    expect(others).toEqual([])
    for (const id of ['dec_1', 'dec_2']) expect(world.slack.cards(id)).toMatchObject([{ threadTs: head?.ts }])
  })

  it('gets a new head with the next card when somebody has deleted it', async () => {
    const world = createWorld()
    await step(world, 'dec_1', 1)
    await world.run(MINUTE)
    world.slack.remove(heads(world)[0]?.ts ?? '')
    await change(world, 2)
    await world.run(MINUTE)
    expect(heads(world)).toEqual([])
    await step(world, 'dec_2', 3)
    await world.run(MINUTE)
    expect(heads(world)).toMatchObject([{ text: 'wf-7 v3' }])
    expect(world.slack.cards('dec_2')).toMatchObject([{ threadTs: heads(world)[0]?.ts }])
    expect(world.outbox.left()).toEqual([])
  })

  it('gets a new head when it turns out with a card that somebody has deleted it', async () => {
    const world = createWorld()
    await step(world, 'dec_1', 1)
    await world.run(MINUTE)
    world.slack.remove(heads(world)[0]?.ts ?? '')
    await world.submit('dec_2', '#approvals', REF.id)
    await world.run(MINUTE)
    expect(world.slack.cards('dec_2')).toMatchObject([{ threadTs: heads(world)[0]?.ts }])
    expect(heads(world)).toHaveLength(1)
  })

  it('leaves alone the card that stood in the channel before there were such threads', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.run(MINUTE)
    const view = world.views.get('dec_1')
    if (view === undefined) throw new Error('no decision')
    const workflow = { id: REF.id, step_index: 0, completed_steps: [], context: {} }
    const decision = { ...view.decision, proposal: { ...view.decision.proposal, workflow } }
    world.views.set('dec_1', { ...view, decision })
    await step(world, 'dec_2', 1)
    await world.run(MINUTE)
    await world.report('dec_1')
    await world.run(MINUTE)
    expect(world.slack.lines('dec_1')).toMatchObject([{ threadTs: world.slack.cards('dec_1')[0]?.ts }])
  })

  it('keeps a card waiting for a channel that refuses its head, and shows both once it does not', async () => {
    const world = createWorld()
    world.slack.fault = (method) => (method === 'chat.postMessage' ? refusal('not_in_channel') : null)
    await step(world, 'dec_1', 1)
    await world.run(10 * MINUTE)
    expect(world.slack.messages).toEqual([])
    world.slack.fault = () => null
    await world.run(HOUR)
    expect(world.slack.messages.map(({ mark }) => mark.slot)).toEqual(['head', 'card'])
  })

  it('is whole after any loss of answers', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const world = createWorld({ seed })
      const chance = seeded(seed)
      world.slack.fault = (method) =>
        method.startsWith('chat.') && chance() < 0.3 ? (chance() < 0.5 ? lostAnswer : silence) : null
      for (let n = 1; n <= 5; n += 1) {
        await step(world, `dec_${n}`, n, n % 2 === 0 ? '#two' : '#one')
        if (n % 2 === 0) world.restart()
        await world.run(n * SECOND)
      }
      world.slack.fault = () => null
      await world.run(2 * HOUR)
      const [head, ...others] = heads(world)
      expect(others, `seed ${seed}`).toEqual([])
      expect(head).toMatchObject({ text: 'wf-7 v5' })
      for (let n = 1; n <= 5; n += 1)
        expect(world.slack.cards(`dec_${n}`), `seed ${seed}`).toMatchObject([{ threadTs: head?.ts }])
      expect(world.outbox.left()).toEqual([])
    }
  })
})

function reported(at: number, state: 'started' | 'unknown'): DecisionEvent {
  return {
    type: 'execution.reported',
    at,
    actor: { kind: 'engine' },
    payload: { state },
    sealed: { result: null, error: null },
  }
}

function settled(at: number, verdict: SettledAs): DecisionEvent {
  const actor = { kind: 'person', team: 'T1', user: 'U1' } as const
  return { type: 'execution.settled', at, actor, payload: { verdict }, sealed: null }
}

async function ask(world: World, ...events: readonly DecisionEvent[]): Promise<void> {
  for (const event of events) await world.report('dec_1', event)
  await world.outbox.store.addIntents([{ kind: 'unknown.sync', decision: 'dec_1' }], world.clock())
}

const asked = ({ slack }: World) => slack.messages.filter(({ mark }) => mark.slot.startsWith('unknown'))

describe('an execution of which nobody knows', () => {
  it('is asked about once in the operations channel, and the question is answered there', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    failOnce(world, lostAnswer, 2)
    await ask(world, reported(world.clock(), 'started'), reported(world.clock(), 'unknown'))
    await world.run(HOUR)
    expect(asked(world)).toMatchObject([{ channel: 'C-ops', text: 'did it run?', mark: { slot: 'unknown 3' } }])
    await ask(world, settled(world.clock(), 'try_again'), reported(world.clock(), 'unknown'))
    await world.run(HOUR)
    expect(asked(world).map(({ text }) => text)).toEqual(['try_again', 'did it run?'])
    await ask(world, settled(world.clock(), 'ran'))
    await world.run(HOUR)
    expect(asked(world).map(({ text }) => text)).toEqual(['try_again', 'ran'])
    expect(world.outbox.left()).toEqual([])
  })

  it('is not asked about any more where somebody has said so before it could be', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await ask(world, reported(world.clock(), 'unknown'), settled(world.clock(), 'ran'))
    await world.run(HOUR)
    expect(asked(world)).toEqual([])
    expect(world.outbox.left()).toEqual([])
  })

  it('is asked about for as long as it takes, since the plan stands still', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    world.slack.fault = (_method, channel) => (channel === 'C-ops' ? refusal('not_in_channel') : null)
    await ask(world, reported(world.clock(), 'unknown'))
    await world.run(48 * HOUR)
    world.slack.fault = () => null
    await world.run(HOUR)
    expect(asked(world)).toHaveLength(1)
  })
})
