/**
 * Direct messages about a decision, by the worker on the real store. Broken builds that these sentences were seen to catch:
 * - cards sent after a move or an end, every reminder sent, or sent when it is over -> the sentences on what is not sent.
 * - one person's refusal ends the step, or silence does not -> "keeps the card from nobody else", "three silent calls".
 * - what changed counted too early or too late -> the moves, the end on all, the report that edits nobody's line.
 * - what was cut off not looked for, or looked for again and again -> the sentences on a sending that was cut off.
 * - a deleted message neither sent anew nor given up, channels opened anew each time, no link -> each its own sentence.
 * - who changed it told as well, or somebody who has approved again -> "counts no more".
 * - direct messages in the channel's lane -> the call that hangs. Events without a line not left out -> the thread.
 */
import { describe, expect, it } from 'vitest'
import { render } from '../../src/delivery/render.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { expectMessage } from '../blocks/rendered-text.ts'
import { ambiguous, lostAnswer, refusal, silence, tooMany } from './fake-slack.ts'
import { assigned, createWorld, denied, executed, nudged, quiet, seeded } from './harness.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

type World = ReturnType<typeof createWorld>

/** A decision that a person is asked to decide; its card stands in the channel. */
async function asked(world: World, id = 'dec_1', user = 'U-ana') {
  await world.submit(id)
  await world.run(MINUTE)
  await world.report(id, assigned(world.clock(), user))
}

async function moved(world: World, user = 'U-ben', before = 'U-ana') {
  await world.report('dec_1', assigned(world.clock(), user, before))
}

/** What people see in their direct messages: whose, in which slot, which text. */
function seen(world: World, id = 'dec_1') {
  return world.slack.direct(id).map(({ channel, mark, text }) => [channel, mark.slot, text])
}

const lastSlot = async (world: World, slot: string) => world.outbox.postOf('dec_1', slot)

/** The first call of this method to this channel fails so. */
function failOnce(
  world: World,
  method: string,
  channel: string,
  fault: NonNullable<ReturnType<World['slack']['fault']>>,
) {
  let failed = false
  world.slack.fault = (called, at) => {
    if (called !== method || at !== channel || failed) return null
    failed = true
    return fault
  }
}

/** Faults of whatever goes to one channel or person. */
function faultAt(channel: string, fault: ReturnType<World['slack']['fault']>): World['slack']['fault'] {
  return (_method, called) => (called === channel ? fault : null)
}

/** The process dies after Slack has the message and before that is written down. */
async function dieBeforeNoting(world: World): Promise<void> {
  const { savePost } = world.outbox.store
  const dying = {
    ...world.outbox.store,
    savePost: async (post: Parameters<typeof savePost>[0]) => {
      if (post.state === 'posted' && post.slot !== 'card') throw new Error('killed')
      await savePost(post)
    },
  }
  Object.assign(world.delivery, { store: dying })
  world.restart()
  await world.worker.drain()
  Object.assign(world.delivery, { store: world.outbox.store })
  world.restart()
}

describe('the person who is asked', () => {
  it('gets the card once, in a direct message, and everybody else goes on seeing it in the channel', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(HOUR)
    expect(seen(world)).toEqual([['D-U-ana', 'dm 2 U-ana', 'v2 pending']])
    expect(await lastSlot(world, 'dm 2 U-ana')).toMatchObject({ state: 'posted', channel: 'D-U-ana', shownVersion: 2 })
    expect(world.slack.cards('dec_1')).toHaveLength(1)
    expect(world.outbox.left()).toEqual([])
  })

  it('sees each change, several at once in one edit', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    for (let change = 0; change < 10; change += 1) await world.report('dec_1')
    await world.run(HOUR)
    expect(seen(world)).toEqual([['D-U-ana', 'dm 2 U-ana', 'v12 pending']])
    expect(world.slack.direct('dec_1')[0]?.edits).toBe(1)
  })

  it('sees a change that was made while the message was being sent', async () => {
    const world = createWorld()
    let changed = false
    world.slack.hang = async (method, channel) => {
      if (method !== 'chat.postMessage' || channel !== 'D-U-ana' || changed) return
      changed = true
      await world.report('dec_1')
      world.worker.wake()
    }
    await asked(world)
    await world.run(HOUR)
    expect(seen(world)).toEqual([['D-U-ana', 'dm 2 U-ana', 'v3 pending']])
    expect(world.outbox.left()).toEqual([])
  })

  it('is looked up in Slack once in the life of a process, whatever they are asked', async () => {
    const world = createWorld()
    for (const id of ['dec_1', 'dec_2', 'dec_3']) await asked(world, id)
    await world.run(HOUR)
    expect(world.slack.of('conversations.open').map(({ channel }) => channel)).toEqual(['U-ana'])
    world.restart()
    await asked(world, 'dec_4')
    await world.run(HOUR)
    expect(world.slack.of('conversations.open')).toHaveLength(2)
  })

  it('finds the end state there, and later what the execution came to', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    await world.report('dec_1', denied(world.clock()))
    await world.run(MINUTE)
    expect(seen(world)).toEqual([['D-U-ana', 'dm 2 U-ana', 'v3 denied']])
    await world.report('dec_1', executed(world.clock()))
    await world.run(MINUTE)
    expect(seen(world)).toEqual([['D-U-ana', 'dm 2 U-ana', 'v4 denied']])
  })

  it('gets nothing any more where it ended before the message could be sent', async () => {
    const world = createWorld()
    await asked(world)
    await world.report('dec_1', denied(world.clock()))
    await world.run(HOUR)
    expect(seen(world)).toEqual([])
    expect(world.outbox.left()).toEqual([])
  })

  it('gets it anew when somebody deleted it while it can be decided, and not afterwards', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    world.slack.remove(world.slack.direct('dec_1')[0]?.ts ?? '')
    await world.report('dec_1')
    await world.run(MINUTE)
    expect(seen(world)).toEqual([['D-U-ana', 'dm 2 U-ana', 'v3 pending']])
    world.slack.remove(world.slack.direct('dec_1')[0]?.ts ?? '')
    await world.report('dec_1', denied(world.clock()))
    await world.run(HOUR)
    expect(seen(world)).toEqual([])
    expect(world.outbox.left()).toEqual([])
  })

  it('is nobody where everybody in the channel decides: nothing is sent, and no call made', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.report('dec_1')
    await world.report('dec_1', denied(world.clock()))
    await world.run(HOUR)
    expect(world.slack.calls.filter(({ channel }) => channel !== 'C-approvals')).toEqual([])
    expect(world.outbox.left()).toEqual([])
  })
})

describe('a direct message whose sending was cut off', () => {
  it('is found by its mark by the next process', async () => {
    const world = createWorld()
    await asked(world)
    await dieBeforeNoting(world)
    expect(await lastSlot(world, 'dm 2 U-ana')).toMatchObject({ state: 'posting', channel: 'D-U-ana' })
    world.worker.start()
    await world.live(HOUR)
    await world.worker.stop()
    expect(seen(world)).toEqual([['D-U-ana', 'dm 2 U-ana', 'v2 pending']])
    expect(await lastSlot(world, 'dm 2 U-ana')).toMatchObject({
      state: 'posted',
      ts: world.slack.direct('dec_1')[0]?.ts,
    })
  })

  it.each([
    ['arrived', lostAnswer, ['U-ana', 'U-ben']],
    ['did not arrive', silence, ['U-ben']],
  ] as const)('is found where it %s, and shows the move that came meanwhile', async (_, fault, have) => {
    const world = createWorld()
    failOnce(world, 'chat.postMessage', 'D-U-ana', fault)
    await asked(world)
    await world.worker.drain()
    await moved(world)
    await world.run(HOUR)
    const texts = { 'U-ana': 'moved, pending', 'U-ben': 'v3 pending' }
    expect(new Map(world.slack.direct('dec_1').map(({ channel, text }) => [channel, text]))).toEqual(
      new Map(have.map((user) => [`D-${user}`, texts[user]])),
    )
    expect(world.outbox.left()).toEqual([])
  })

  it('shows the move although the process died before it knew that the message had arrived', async () => {
    const world = createWorld()
    await asked(world)
    await dieBeforeNoting(world)
    await moved(world)
    await world.run(HOUR)
    expect(seen(world)).toEqual([
      ['D-U-ana', 'dm 2 U-ana', 'moved, pending'],
      ['D-U-ben', 'dm 3 U-ben', 'v3 pending'],
    ])
  })

  it('is left alone, and looked for once, where the bot may not read direct messages', async () => {
    const world = createWorld()
    failOnce(world, 'chat.postMessage', 'D-U-ana', lostAnswer)
    await asked(world)
    await world.worker.drain()
    const otherwise = world.slack.fault
    world.slack.fault = (method, channel, at) =>
      method === 'conversations.history' ? refusal('missing_scope') : otherwise(method, channel, at)
    await moved(world)
    await world.run(HOUR)
    await world.report('dec_1')
    await world.run(HOUR)
    expect(world.slack.of('conversations.history')).toHaveLength(1)
    expect(world.slack.direct('dec_1', 'dm 3')).toHaveLength(1)
    expect(world.outbox.left()).toEqual([])
  })
})

describe('a move', () => {
  it('takes the card from the one before and gives it to the next', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    await moved(world)
    await world.run(HOUR)
    expect(seen(world)).toEqual([
      ['D-U-ana', 'dm 2 U-ana', 'moved, pending'],
      ['D-U-ben', 'dm 3 U-ben', 'v3 pending'],
    ])
    await world.report('dec_1')
    await world.run(HOUR)
    // What changes afterwards concerns the one who is asked now.
    expect(world.slack.direct('dec_1').map(({ edits }) => edits)).toEqual([1, 1])
  })

  it('posts nothing to somebody whose turn was over before the message could be sent', async () => {
    const world = createWorld()
    await asked(world)
    await moved(world)
    await world.run(HOUR)
    expect(seen(world)).toEqual([['D-U-ben', 'dm 3 U-ben', 'v3 pending']])
    expect(world.slack.of('conversations.open').map(({ channel }) => channel)).toEqual(['U-ben'])
  })

  it('reaches the message that is under way when it comes', async () => {
    const world = createWorld()
    let happened = false
    world.slack.hang = async (method, channel) => {
      if (method !== 'chat.postMessage' || channel !== 'D-U-ana' || happened) return
      happened = true
      await moved(world)
      world.worker.wake()
      await quiet(5)
    }
    await asked(world)
    await world.run(HOUR)
    expect(seen(world)).toEqual([
      ['D-U-ana', 'dm 2 U-ana', 'moved, pending'],
      ['D-U-ben', 'dm 3 U-ben', 'v3 pending'],
    ])
  })

  it('ends with what became of it for all who were asked, and no report of the execution edits it again', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    await moved(world)
    await world.run(MINUTE)
    await moved(world, 'U-carol', 'U-ben')
    await world.run(MINUTE)
    await world.report('dec_1', denied(world.clock()))
    await world.run(MINUTE)
    const ended = (version: number) => [
      ['D-U-ana', 'dm 2 U-ana', 'moved, denied'],
      ['D-U-ben', 'dm 3 U-ben', 'moved, denied'],
      ['D-U-carol', 'dm 4 U-carol', `v${version} denied`],
    ]
    expect(seen(world)).toEqual(ended(5))
    await world.report('dec_1', executed(world.clock()))
    await world.run(HOUR)
    expect(seen(world)).toEqual(ended(6))
    expect(world.slack.direct('dec_1').map(({ edits }) => edits)).toEqual([2, 2, 2])
  })

  it('back to somebody who was asked before is a message of its own', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    await moved(world)
    await world.run(MINUTE)
    await moved(world, 'U-ana', 'U-ben')
    await world.run(HOUR)
    expect(seen(world)).toEqual([
      ['D-U-ana', 'dm 2 U-ana', 'moved, pending'],
      ['D-U-ben', 'dm 3 U-ben', 'moved, pending'],
      ['D-U-ana', 'dm 4 U-ana', 'v4 pending'],
    ])
  })

  it('leaves nothing of the content, as it is really drawn', async () => {
    const world = createWorld()
    Object.assign(world.delivery.render, render)
    await asked(world)
    await world.run(MINUTE)
    const [first] = world.slack.direct('dec_1')
    expect(JSON.stringify(first?.blocks)).toContain('Exact parameters')
    expect(`${JSON.stringify(first?.blocks)}${first?.text}`).toMatch(/refund|billing-bot/)
    await moved(world)
    await world.run(MINUTE)
    const [after, next] = world.slack.direct('dec_1')
    expect(`${JSON.stringify(after?.blocks)}${after?.text}`).not.toMatch(/refund|billing-bot|parameters/i)
    expect(after?.text).toBe('Moved to <@U-ben>: the time to decide had run out.')
    expect(JSON.stringify(next?.blocks)).toContain('who did not decide in time')
    for (const message of [after, next]) expectMessage([...(message?.blocks ?? [])])
  })
})

describe('a reminder', () => {
  it('is a message of its own that leads to the card', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    await world.report('dec_1', nudged(world.clock(), 'U-ana'))
    await world.run(HOUR)
    const ts = world.slack.cards('dec_1')[0]?.ts
    expect(seen(world)).toEqual([
      ['D-U-ana', 'dm 2 U-ana', 'v3 pending'],
      ['D-U-ana', 'nudge 3 U-ana', `nudge, pending https://slack.example/C-approvals/${ts}`],
    ])
    await world.report('dec_1')
    await world.run(HOUR)
    expect(world.slack.direct('dec_1', 'nudge').map(({ edits }) => edits)).toEqual([0])
  })

  it.each([
    ['decided', denied],
    ['moved', (at: number): DecisionEvent => assigned(at, 'U-ben', 'U-ana')],
  ] as const)('is not sent once it is %s', async (_, event) => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    await world.report('dec_1', nudged(world.clock(), 'U-ana'))
    await world.report('dec_1', event(world.clock()))
    await world.run(HOUR)
    expect(world.slack.direct('dec_1', 'nudge')).toEqual([])
    expect(world.outbox.left()).toEqual([])
  })

  it.each([
    ['decided', denied, 'nudge, denied'],
    ['moved', (at: number): DecisionEvent => assigned(at, 'U-ben', 'U-ana'), 'nudge, moved'],
  ] as const)('that was sent says so once it is %s', async (_, event, text) => {
    const world = createWorld()
    await asked(world)
    await world.report('dec_1', nudged(world.clock(), 'U-ana'))
    await world.run(MINUTE)
    await world.report('dec_1', event(world.clock()))
    await world.run(HOUR)
    expect(world.slack.direct('dec_1', 'nudge').map((nudge) => nudge.text.replace(/ https.*/, ''))).toEqual([text])
  })

  it('is sent once of several that could not be sent in time', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    await world.report('dec_1', nudged(world.clock(), 'U-ana'))
    await world.report('dec_1', nudged(world.clock(), 'U-ana'))
    await world.run(HOUR)
    expect(world.slack.direct('dec_1', 'nudge').map(({ mark }) => mark.slot)).toEqual(['nudge 4 U-ana'])
  })

  it('is found by its mark when its sending was cut off', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    failOnce(world, 'chat.postMessage', 'D-U-ana', lostAnswer)
    await world.report('dec_1', nudged(world.clock(), 'U-ana'))
    await world.run(HOUR)
    expect(world.slack.direct('dec_1', 'nudge')).toHaveLength(1)
  })
})

describe('the thread of the card', () => {
  it('counts events without a line as told, and goes on after them', async () => {
    const world = createWorld()
    Object.assign(world.delivery.render, { threadLines: render.threadLines })
    await asked(world)
    for (let reminder = 0; reminder < 7; reminder += 1) await world.report('dec_1', nudged(world.clock(), 'U-ana'))
    await world.run(HOUR)
    expect(world.slack.lines('dec_1')).toEqual([])
    expect(world.outbox.left()).toEqual([])
    await world.report('dec_1', denied(world.clock()))
    await world.run(HOUR)
    expect(world.slack.lines('dec_1').map(({ text }) => text)).toEqual(['<@U1> denied this.'])
  })
})

describe('a person whom messages reach late or never', () => {
  it('holds up neither the channel nor anybody else with a 429', async () => {
    const world = createWorld()
    world.slack.fault = (method, channel, at) =>
      method === 'chat.postMessage' && channel === 'D-U-ana' && at < begun + 2 * MINUTE ? tooMany(60) : null
    const begun = world.clock() + MINUTE
    await asked(world)
    await world.worker.drain()
    await world.submit('dec_2')
    await world.report('dec_2', assigned(world.clock(), 'U-ben'))
    await world.run(5 * SECOND)
    expect(world.slack.cards('dec_2')).toHaveLength(1)
    expect(seen(world, 'dec_2')).toEqual([['D-U-ben', 'dm 2 U-ben', 'v2 pending']])
    expect(seen(world)).toEqual([])
    await world.run(HOUR)
    expect(seen(world)).toEqual([['D-U-ana', 'dm 2 U-ana', 'v2 pending']])
  })

  it('holds up neither the channel nor anybody else with a call that hangs', async () => {
    const world = createWorld()
    let answer: () => void = () => undefined
    world.slack.hang = (_method, channel) =>
      channel === 'D-U-ana' ? new Promise<void>((resolve) => (answer = resolve)) : Promise.resolve()
    await world.submit('dec_1')
    await world.run(MINUTE)
    await world.report('dec_1', assigned(world.clock(), 'U-ana'))
    world.worker.start()
    await quiet()
    await world.submit('dec_2')
    await world.report('dec_2', assigned(world.clock(), 'U-ben'))
    world.worker.wake()
    await world.live(5 * SECOND)
    expect(world.slack.cards('dec_2')).toHaveLength(1)
    expect(seen(world, 'dec_2')).toHaveLength(1)
    expect(seen(world)).toEqual([])
    const stopped = world.worker.stop()
    world.slack.hang = async () => undefined
    answer()
    await stopped
  })

  it.each(['user_not_found', 'user_disabled', 'cannot_dm_bot'])(
    'is told to operations after %s; the card in the channel goes on',
    async (error) => {
      const world = createWorld()
      world.slack.fault = faultAt('U-ana', refusal(error))
      await asked(world)
      await world.run(HOUR)
      expect(world.slack.of('conversations.open')).toHaveLength(3)
      expect(world.outbox.dead()).toEqual(['copies.sync dec_1'])
      expect(world.slack.messages.filter(({ mark }) => mark.slot === 'notice').map(({ text }) => text)).toEqual([
        `copies.sync dec_1: ${error}`,
      ])
      expect(world.slack.cards('dec_1')[0]?.text).toContain('v2')
      await moved(world)
      await world.run(HOUR)
      expect(seen(world)).toEqual([['D-U-ben', 'dm 3 U-ben', 'v3 pending']])
      expect(world.outbox.left()).toEqual([])
    },
  )

  it('keeps the card from nobody else: the next one gets it, and the one before loses it', async () => {
    for (const [broken, texts] of [
      ['D-U-ana', ['v2 pending', 'v3 pending']],
      ['D-U-ben', ['moved, pending']],
    ] as const) {
      const world = createWorld()
      await asked(world)
      await world.run(MINUTE)
      world.slack.fault = faultAt(broken, refusal('service_unavailable'))
      await moved(world)
      await world.run(MINUTE)
      expect(seen(world).map(([, , text]) => text)).toEqual(texts)
      world.slack.fault = () => null
      await world.run(HOUR)
      expect(seen(world).map(([, , text]) => text)).toEqual(['moved, pending', 'v3 pending'])
    }
  })

  it('does not make three silent calls of one, which would pass for an outage', async () => {
    const world = createWorld()
    await asked(world)
    await world.run(MINUTE)
    await moved(world)
    await world.run(MINUTE)
    await moved(world, 'U-carol', 'U-ben')
    await world.run(MINUTE)
    const before = world.slack.calls.length
    world.slack.fault = (_method, channel) => (channel.startsWith('D-') ? { failure: ambiguous } : null)
    await world.report('dec_1', denied(world.clock()))
    await world.worker.drain()
    expect(world.slack.calls.slice(before).filter(({ channel }) => channel.startsWith('D-'))).toHaveLength(1)
    world.slack.fault = () => null
    await world.run(HOUR)
    expect(seen(world).map(([, , text]) => text)).toEqual(['moved, denied', 'moved, denied', 'v5 denied'])
  })
})

describe('somebody whose approval counts no more', () => {
  const by = (user: string) => ({ kind: 'person', team: 'T1', user }) as const
  const approvedBy = (world: World, user: string): DecisionEvent => ({
    type: 'decision.approved',
    at: world.clock(),
    actor: by(user),
    payload: { complete: false, parametersDigest: '' },
    sealed: { note: null },
  })
  async function edited(world: World, user: string) {
    const assignment = { role: 'support_lead', level: 0 }
    const amendment = { parametersDigest: 'x', route: 'human_review', urgency: 'normal', assignment } as const
    await world.report('dec_1', {
      type: 'decision.edited',
      at: world.clock(),
      actor: by(user),
      payload: { amendment },
      sealed: { parameters: { a: world.clock() }, reasons: [] },
    })
    await world.report('dec_1', approvedBy(world, user))
  }

  it('is told once by whom it was changed, whether they were asked or not; who changed it is not', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.run(MINUTE)
    await world.report('dec_1', approvedBy(world, 'U-ana'))
    await world.report('dec_1', approvedBy(world, 'U-ben'))
    await edited(world, 'U-ben')
    await world.run(HOUR)
    expect(seen(world)).toEqual([
      ['D-U-ana', 'voided 4 U-ana', expect.stringMatching(/^voided by U-ben, pending https:/)],
    ])
    await world.report('dec_1')
    await world.run(HOUR)
    expect(seen(world)).toHaveLength(1)
  })

  it('is told of each change by somebody else, and of none of their own', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.report('dec_1', approvedBy(world, 'U-ben'))
    await edited(world, 'U-ben')
    await edited(world, 'U-ana')
    await world.run(HOUR)
    expect(seen(world)).toEqual([['D-U-ben', 'voided 5 U-ben', expect.stringContaining('voided by U-ana')]])
  })

  it('is told nothing where they have approved it again by then, or it has ended', async () => {
    for (const then of ['again', 'ended']) {
      const world = createWorld()
      await world.submit('dec_1')
      await world.report('dec_1', approvedBy(world, 'U-ana'))
      await edited(world, 'U-ben')
      await world.report('dec_1', then === 'again' ? approvedBy(world, 'U-ana') : denied(world.clock()))
      await world.run(HOUR)
      expect(seen(world)).toEqual([])
    }
  })

  it('finds what became of it there in the end', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.report('dec_1', approvedBy(world, 'U-ana'))
    await edited(world, 'U-ben')
    await world.run(HOUR)
    await world.report('dec_1', denied(world.clock()))
    await world.run(HOUR)
    expect(seen(world).map(([, , text]) => text)).toEqual([expect.stringMatching(/^voided by U-ben, denied/)])
  })
})

describe('over 100 random lives', () => {
  it('each person has at most one card of each turn, all of them as they should be, and one message a second', async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const world = createWorld({ seed })
      const chance = seeded(seed * 104_729)
      world.slack.fault = () => {
        const roll = chance()
        if (roll < 0.08) return chance() < 0.5 ? lostAnswer : silence
        return roll < 0.13 ? tooMany(1 + Math.floor(chance() * 5)) : null
      }
      const users = ['U-ana', 'U-ben', 'U-carol']
      await world.submit('dec_1')
      let current = 0
      await world.report('dec_1', assigned(world.clock(), 'U-ana'))
      for (let act = 0; act < 8; act += 1) {
        await world.run(Math.floor(chance() * 20) * SECOND)
        const roll = chance()
        const now = world.clock()
        const user = users[current] ?? ''
        if (roll < 0.4) {
          current = (current + 1) % users.length
          await world.report('dec_1', assigned(now, users[current] ?? '', user))
        } else if (roll < 0.7) await world.report('dec_1', nudged(now, user))
        else await world.report('dec_1')
        if (chance() < 0.2) {
          // Longer than any pace that the old process kept.
          world.advance(2 * SECOND)
          world.restart()
        }
      }
      if (chance() < 0.5) await world.report('dec_1', denied(world.clock()))
      await world.run(HOUR)
      expect(world.outbox.left(), `seed ${seed}`).toEqual([])
      const direct = world.slack.direct('dec_1')
      const slots = direct.map(({ mark }) => mark.slot)
      expect(new Set(slots).size, `seed ${seed}`).toBe(slots.length)
      const { status = '', version = 0 } = world.decision('dec_1') ?? {}
      const turns = (world.views.get('dec_1')?.history ?? []).flatMap(({ type }, index) =>
        type === 'assignment.made' ? [index + 1] : [],
      )
      const live = turns.at(-1)
      const hasCard = slots.some((slot) => slot.startsWith(`dm ${live} `))
      if (status === 'pending') expect(hasCard, `seed ${seed}`).toBe(true)
      for (const { mark, text } of direct.filter(({ mark: { slot } }) => slot.startsWith('dm')))
        expect(text, `seed ${seed}`).toBe(
          mark.slot.startsWith(`dm ${live} `) ? `v${version} ${status}` : `moved, ${status}`,
        )
      for (const user of users) {
        const times = world.slack.calls
          .filter(({ channel, method }) => channel === `D-${user}` && /postMessage|update/.test(method))
          .map(({ at }) => at)
        const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
        expect(Math.min(SECOND, ...gaps), `seed ${seed}`).toBe(SECOND)
      }
    }
  })
})
