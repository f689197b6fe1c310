/**
 * The worker on the real store. Broken builds that these sentences were seen to catch:
 * - `put` never looks for a message noted as `posting`, or skips that note -> the reset, the restart and four others.
 * - `put` looks after a plain refusal, at the first page only, or sends when looking fails -> the sentence that says so.
 * - `internal_error` or `fatal_error` taken for a plain refusal -> its own case.
 * - `pace.channelFreeAt` returns 0 -> the 200 random schedules.
 * - a 429 on posting always pauses the method, or never does -> the two sentences on Retry-After.
 * - a newer generation ignored by `drop`, `lanes.refresh`, `lanes.remove` or the store's `intentDone` -> "shows at once".
 * - the outage never down, its silence counted against each intent, or all probing at once -> the day without Slack.
 * - no notice, a notice about a notice, no healing -> the sentences on a message that keeps failing.
 * - a deleted card never posted anew, or always -> the two sentences on deleted cards.
 */
import { describe, expect, it } from 'vitest'
import { patience, tries } from '../fixtures/depth.ts'
import { ambiguous, lostAnswer, refusal, silence, tooMany } from './fake-slack.ts'
import { createWorld, denied, executed, quiet, seeded } from './harness.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

describe('a card', () => {
  it('is posted once, with its mark and its permalink', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.run(HOUR)
    expect(world.slack.messages).toHaveLength(1)
    expect(world.slack.messages[0]).toMatchObject({
      channel: 'C-approvals',
      mark: { subject: 'dec_1', slot: 'card' },
      text: 'dec_1 v1 pending',
    })
    expect(await world.outbox.postOf('dec_1', 'card')).toMatchObject({
      state: 'posted',
      shownVersion: 1,
      permalink: expect.stringContaining('C-approvals'),
    })
    expect(world.outbox.left()).toEqual([])
  })

  it('stands although its permalink is refused', async () => {
    const world = createWorld()
    world.slack.fault = (method) => (method === 'chat.getPermalink' ? refusal('internal_error') : null)
    await world.submit('dec_1')
    await world.run(HOUR)
    expect(await world.outbox.postOf('dec_1', 'card')).toMatchObject({ state: 'posted', permalink: null })
    expect(world.outbox.left()).toEqual([])
  })

  it('gets the permalink that failed once with its next change', async () => {
    const world = createWorld()
    world.slack.fault = (method) => (method === 'chat.getPermalink' ? refusal('internal_error') : null)
    await world.submit('dec_1')
    await world.run(HOUR)
    await world.report('dec_1')
    await world.run(HOUR)
    expect(world.slack.of('chat.getPermalink')).toHaveLength(2)
    expect(world.slack.cards('dec_1')[0]?.text).toContain('v2')
    world.slack.fault = () => null
    await world.report('dec_1')
    await world.run(HOUR)
    await world.report('dec_1')
    await world.run(HOUR)
    expect(world.slack.of('chat.getPermalink')).toHaveLength(3)
    expect(await world.outbox.postOf('dec_1', 'card')).toMatchObject({
      shownVersion: 4,
      permalink: expect.stringContaining('C-approvals'),
    })
  })

  it('stands once after a reset that came after Slack accepted it', async () => {
    const world = createWorld()
    world.slack.pageSize = 2
    for (const id of ['dec_a', 'dec_b', 'dec_c']) await world.submit(id)
    await world.run(MINUTE)
    failOnce(world.slack, 'chat.postMessage', lostAnswer)
    await world.submit('dec_1')
    await world.run(HOUR)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
    expect(await world.outbox.postOf('dec_1', 'card')).toMatchObject({ state: 'posted', shownVersion: 1 })
  })

  it('is sent again after a timeout in which Slack did not get it', async () => {
    const world = createWorld()
    failOnce(world.slack, 'chat.postMessage', silence)
    await world.submit('dec_1')
    await world.run(HOUR)
    expect(world.slack.of('conversations.history')).toHaveLength(1)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
  })

  it.each(['internal_error', 'fatal_error'])('is looked for after %s, since Slack may have done it', async (error) => {
    const world = createWorld()
    failOnce(world.slack, 'chat.postMessage', { ...refusal(error), recorded: true })
    await world.submit('dec_1')
    await world.run(HOUR)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
  })

  it('is not looked for after a plain refusal', async () => {
    const world = createWorld()
    failOnce(world.slack, 'chat.postMessage', refusal('not_in_channel'))
    await world.submit('dec_1')
    await world.run(HOUR)
    expect(world.slack.of('conversations.history')).toHaveLength(0)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
  })

  it('is sent again where the bot may not read the channel', async () => {
    const world = createWorld()
    failOnce(world.slack, 'chat.postMessage', lostAnswer, (method) =>
      method === 'conversations.history' ? refusal('missing_scope') : null,
    )
    await world.submit('dec_1')
    await world.run(HOUR)
    expect(world.slack.cards('dec_1')).toHaveLength(2)
    expect(world.outbox.left()).toEqual([])
  })

  it('waits, rather than stand twice, while looking for it fails', async () => {
    const world = createWorld()
    let lookups = 0
    failOnce(world.slack, 'chat.postMessage', lostAnswer, (method) => {
      if (method !== 'conversations.history') return null
      lookups += 1
      return lookups < 4 ? { failure: ambiguous } : null
    })
    await world.submit('dec_1')
    await world.run(2 * HOUR)
    expect(lookups).toBe(4)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
  })

  it('is adopted by the next process when the last one died between sending and noting it', async () => {
    const world = createWorld()
    const { savePost } = world.outbox.store
    const dying = {
      ...world.delivery.store,
      savePost: async (post: Parameters<typeof savePost>[0]) => {
        if (post.state === 'posted') throw new Error('killed')
        await savePost(post)
      },
    }
    await world.submit('dec_1')
    Object.assign(world.delivery, { store: dying })
    world.restart()
    await world.worker.drain()
    expect(await world.outbox.postOf('dec_1', 'card')).toMatchObject({ state: 'posting' })

    Object.assign(world.delivery, { store: world.outbox.store })
    world.restart()
    await world.run(HOUR)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
    expect(await world.outbox.postOf('dec_1', 'card')).toMatchObject({
      state: 'posted',
      ts: world.slack.messages[0]?.ts,
    })
  })

  it('shows ten changes in one update and two messages in its thread', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.run(MINUTE)
    for (let change = 0; change < 10; change += 1) await world.report('dec_1')
    await world.run(HOUR)
    expect(world.slack.of('chat.update')).toHaveLength(1)
    expect(world.slack.cards('dec_1')[0]?.text).toContain('v11')
    expect(world.slack.lines('dec_1').map(({ mark }) => mark.slot)).toEqual(['log 2-6', 'log 7-11'])
  })

  it('shows a change that was made while it was being sent', async () => {
    const world = createWorld()
    let changed = false
    world.slack.hang = async (method) => {
      if (method !== 'chat.getPermalink' || changed) return
      changed = true
      await world.report('dec_1')
      world.worker.wake()
    }
    await world.submit('dec_1')
    await world.run(HOUR)
    expect(world.slack.cards('dec_1')[0]?.text).toContain('v2')
    expect(world.slack.lines('dec_1')).toHaveLength(1)
    expect(world.outbox.left()).toEqual([])
  })

  it('shows at once, and not at the next poll, what changed while its intent was being done', async () => {
    const world = createWorld()
    const { store } = world.outbox
    let changed = false
    const changing: typeof store.intentDone = async (row, now) => {
      if (!changed) {
        changed = true
        world.advance(SECOND)
        await world.report('dec_1')
        world.worker.wake()
        await quiet(5)
      }
      return store.intentDone(row, now)
    }
    Object.assign(world.delivery, { store: { ...store, intentDone: changing } })
    world.restart()
    await world.submit('dec_1')
    world.worker.start()
    await world.live(10 * SECOND)
    expect(changed).toBe(true)
    expect(world.slack.cards('dec_1')[0]?.text).toContain('v2')
    expect(world.outbox.left()).toEqual([])
    await world.worker.stop()
  })

  it('is posted anew when somebody deleted it while people can still decide', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.run(MINUTE)
    world.slack.remove(world.slack.messages[0]?.ts ?? '')
    await world.report('dec_1')
    await world.run(HOUR)
    expect(world.slack.cards('dec_1').map(({ text }) => text)).toEqual(['dec_1 v2 pending'])
  })

  it('stays deleted once the decision has ended', async () => {
    const world = createWorld()
    await world.submit('dec_1')
    await world.run(MINUTE)
    world.slack.remove(world.slack.messages[0]?.ts ?? '')
    await world.report('dec_1', denied(world.clock()))
    await world.run(HOUR)
    expect(world.slack.messages).toHaveLength(0)
    expect(world.outbox.left()).toEqual([])
  })
})

describe('a corrected channel', () => {
  /** The manifest's channel of a decision, from now on. */
  function correct(world: ReturnType<typeof createWorld>, id: string, channel: string): void {
    const view = world.views.get(id)
    if (view !== undefined) world.views.set(id, { ...view, channel })
  }

  it.each(['channel_not_found', 'not_in_channel', 'is_archived'])(
    'gets the card that the wrong one refused with %s, once, also from a new process',
    async (error) => {
      for (const restarts of [false, true]) {
        const world = createWorld()
        world.slack.fault = (_method, channel) => (channel === 'C-wrong' ? refusal(error) : null)
        await world.submit('dec_1', '#wrong')
        await world.run(MINUTE)
        expect(world.slack.messages).toHaveLength(0)
        correct(world, 'dec_1', '#right')
        if (restarts) world.restart()
        await world.run(HOUR)
        expect(world.slack.cards('dec_1').map(({ channel }) => channel)).toEqual(['C-right'])
        expect(await world.outbox.postOf('dec_1', 'card')).toMatchObject({ state: 'posted', channel: 'C-right' })
        expect(world.outbox.left()).toEqual([])
      }
    },
  )

  it('gets the card of a name that Slack does not know, also from a process that died while sending', async () => {
    const world = createWorld()
    world.channelIds.set('#worng', '#worng')
    const startedAt = world.clock()
    await world.submit('dec_1', '#worng')
    await world.outbox.store.savePost({
      subject: 'dec_1',
      slot: 'card',
      channel: '#worng',
      startedAt,
      state: 'posting',
    })
    await world.run(MINUTE)
    correct(world, 'dec_1', '#right')
    await world.run(HOUR)
    expect(world.slack.cards('dec_1').map(({ channel }) => channel)).toEqual(['C-right'])
  })

  it('gets no second card while the first may stand in the old one', async () => {
    const world = createWorld()
    failOnce(world.slack, 'chat.postMessage', lostAnswer)
    await world.submit('dec_1', '#old')
    await world.worker.drain()
    correct(world, 'dec_1', '#right')
    await world.run(HOUR)
    expect(world.slack.cards('dec_1').map(({ channel }) => channel)).toEqual(['C-old'])
  })

  it('still gets the card once when its own first answer is lost', async () => {
    const world = createWorld()
    world.slack.fault = (_method, channel) => (channel === 'C-wrong' ? refusal('not_in_channel') : null)
    await world.submit('dec_1', '#wrong')
    await world.run(MINUTE)
    correct(world, 'dec_1', '#right')
    failOnce(world.slack, 'chat.postMessage', lostAnswer)
    await world.run(HOUR)
    expect(world.slack.cards('dec_1').map(({ channel }) => channel)).toEqual(['C-right'])
  })
})

describe('the thread', () => {
  it('of one decision keeps no card of its channel waiting', async () => {
    const world = createWorld()
    for (const id of ['dec_a', 'dec_c']) {
      await world.submit(id)
      await world.run(MINUTE)
      for (let change = 0; change < 300; change += 1) await world.report(id)
    }
    await world.run(20 * SECOND)
    const early = world.slack.lines('dec_a').length
    expect(early).toBeGreaterThan(0)
    const asked = world.clock()
    await world.submit('dec_b')
    world.worker.wake()
    await world.run(3 * SECOND)
    expect(world.slack.cards('dec_b')).toHaveLength(1)
    await world.report('dec_c', denied(world.clock()))
    await world.run(3 * SECOND)
    expect(world.slack.cards('dec_c')[0]?.text).toContain('denied')
    expect(world.clock() - asked).toBeLessThan(7 * SECOND)
    await world.run(HOUR)
    expect(world.slack.lines('dec_a')).toHaveLength(60)
    expect(world.slack.lines('dec_c').at(-1)?.text).toContain('302 decision.denied')
    expect(world.outbox.left()).toEqual([])
  })

  it('gets one line for each event, in order, each once, although answers are lost', async () => {
    const world = createWorld({ seed: 3 })
    const chance = seeded(17)
    world.slack.fault = (method) =>
      method === 'chat.postMessage' && chance() < 0.3 ? (chance() < 0.5 ? lostAnswer : silence) : null
    await world.submit('dec_1')
    for (let change = 0; change < 12; change += 1) {
      await world.report('dec_1', executed(world.clock()))
      await world.run(7 * MINUTE)
    }
    await world.run(5 * HOUR)
    const versions = world.slack
      .lines('dec_1')
      .flatMap(({ text }) => text.split('\n').map((line) => parseInt(line, 10)))
    expect(versions).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    expect(world.slack.cards('dec_1')).toHaveLength(1)
  })
})

describe('Retry-After', () => {
  it('is honoured where Slack said it, while another channel goes on', async () => {
    const world = createWorld()
    let told = false
    world.slack.fault = (method, channel) => {
      if (method !== 'chat.postMessage' || channel !== 'C-slow' || told) return null
      told = true
      return tooMany(90)
    }
    await world.submit('dec_slow', '#slow')
    const began = world.clock()
    await world.run(SECOND)
    expect(told).toBe(true)
    await world.submit('dec_fast', '#fast')
    await world.run(59 * SECOND)
    expect(world.slack.cards('dec_fast')).toHaveLength(1)
    expect(world.slack.cards('dec_slow')).toHaveLength(0)
    await world.run(HOUR)
    const posts = world.slack.of('chat.postMessage').filter(({ channel }) => channel === 'C-slow')
    expect(posts.map(({ at }) => at - began >= 90 * SECOND)).toEqual([false, true])
    expect(world.slack.cards('dec_slow')).toHaveLength(1)
  })

  it('pauses a whole method when a second channel is refused too, and no other method', async () => {
    const world = createWorld()
    await world.submit('dec_old', '#old')
    await world.run(MINUTE)
    world.slack.fault = (method) => (method === 'chat.postMessage' ? tooMany(120) : null)
    for (const channel of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l']) {
      await world.submit(`dec_${channel}`, `#${channel}`)
    }
    await world.report('dec_old')
    const before = world.slack.calls.length
    await world.run(100 * SECOND)
    const since = world.slack.calls.slice(before)
    expect(since.filter(({ method }) => method === 'chat.postMessage').length).toBeLessThanOrEqual(9)
    expect(since.filter(({ method, ok }) => method === 'chat.update' && ok)).toHaveLength(1)
  })

  it('is nobody’s failure: a storm of 429 for an hour makes no dead letter', async () => {
    const world = createWorld()
    const end = world.clock() + HOUR
    world.slack.fault = (method, _channel, at) => (method === 'chat.postMessage' && at < end ? tooMany(30) : null)
    await world.submit('dec_1')
    await world.run(HOUR - 1)
    expect(await world.outbox.store.dueIntents('slack', end, 10)).toMatchObject([
      { key: 'card.sync dec_1', attempts: 0 },
    ])
    await world.run(MINUTE)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
  })
})

describe('pace', () => {
  it('never gives a channel more than one message a second, over 200 random schedules', async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const world = createWorld({ seed })
      const chance = seeded(seed * 7919)
      world.slack.fault = () => {
        const roll = chance()
        if (roll < 0.05) return lostAnswer
        if (roll < 0.1) return tooMany(1 + Math.floor(chance() * 5))
        return null
      }
      for (let act = 0; act < 12; act += 1) {
        const id = `dec_${Math.floor(chance() * 6)}`
        if (world.decision(id) === undefined) await world.submit(id, chance() < 0.5 ? '#a' : '#b')
        else await world.report(id)
        await world.run(Math.floor(chance() * 1500))
      }
      await world.run(10 * MINUTE)
      for (const channel of ['C-a', 'C-b']) {
        const times = world.slack.calls
          .filter((call) => call.channel === channel && /postMessage|update/.test(call.method))
          .map(({ at }) => at)
        const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0))
        expect(Math.min(1000, ...gaps), `seed ${seed}`).toBe(1000)
      }
      expect(world.outbox.left(), `seed ${seed}`).toEqual([])
    }
  })

  it('lets a channel whose calls hang hold up nobody else', async () => {
    const world = createWorld()
    let answer: () => void = () => undefined
    world.slack.hang = (_method, channel) =>
      channel === 'C-hangs' ? new Promise<void>((resolve) => (answer = resolve)) : Promise.resolve()
    await world.submit('dec_hangs', '#hangs')
    await world.submit('dec_1', '#fine')
    world.worker.start()
    await until(() => world.slack.cards('dec_1').length === 1)
    expect(world.slack.cards('dec_hangs')).toHaveLength(0)
    const stopped = world.worker.stop()
    world.slack.hang = async () => undefined
    answer()
    await stopped
    expect(await world.outbox.postOf('dec_hangs', 'card')).toMatchObject({ state: 'posted' })
  })
})

describe('a message that keeps failing', () => {
  it('is given up after 12 tries, with one notice', async () => {
    const world = createWorld()
    world.slack.fault = (_method, channel) => (channel === 'C-bad' ? refusal('service_unavailable') : null)
    await world.submit('dec_1', '#bad')
    await world.run(24 * HOUR)
    expect(world.slack.of('chat.postMessage').filter(({ channel }) => channel === 'C-bad')).toHaveLength(12)
    expect(world.outbox.dead()).toEqual(['card.sync dec_1'])
    expect(world.slack.messages.map(({ text }) => text)).toEqual(['card.sync dec_1: service_unavailable'])
  })

  it('is given up after 12 tries without an answer, as long as others get answers', async () => {
    const world = createWorld()
    world.slack.fault = (_method, channel) => (channel === 'C-bad' ? silence : null)
    await world.submit('dec_bad', '#bad')
    for (let minute = 0; minute < 600; minute += 1) {
      await world.submit(`dec_${minute}`, '#fine')
      await world.run(MINUTE)
    }
    expect(world.outbox.dead()).toEqual(['card.sync dec_bad'])
  })

  it('says nothing about a notice that fails', async () => {
    const world = createWorld()
    world.slack.fault = () => refusal('service_unavailable')
    const notice = { about: 'dead_letter', intent: 'card.sync dec_0', error: 'x' } as const
    await world.outbox.store.addIntents([{ kind: 'notice.post', key: 'n', notice }], world.clock())
    await world.run(24 * HOUR)
    expect(world.outbox.left()).toEqual(['notice.post n'])
    expect(world.outbox.dead()).toHaveLength(1)
  })

  it('is given up soon when its blocks are invalid', async () => {
    const world = createWorld()
    world.slack.fault = (_method, channel) => (channel === 'C-bad' ? refusal('invalid_blocks') : null)
    await world.submit('dec_1', '#bad')
    await world.run(HOUR)
    expect(world.slack.of('chat.postMessage').filter(({ channel }) => channel === 'C-bad')).toHaveLength(3)
    expect(world.outbox.dead()).toEqual(['card.sync dec_1'])
  })

  it('heals when the bot is invited, even days later, and tells people what to do', async () => {
    const world = createWorld()
    let invited = false
    world.slack.fault = (_method, channel) => (channel === 'C-ops' || invited ? null : refusal('not_in_channel'))
    await world.submit('dec_1', '#agent-approvals')
    await world.run(72 * HOUR)
    expect(world.logged.map(({ message }) => message)).toContain('Invite the bot to #agent-approvals')
    expect(world.slack.messages.filter(({ mark }) => mark.slot === 'notice')).toHaveLength(1)
    invited = true
    await world.run(16 * MINUTE)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
  })

  it('heals when the channel is created, which nobody could be asked about before', async () => {
    const world = createWorld()
    world.channelIds.set('#new', '#new')
    await world.submit('dec_1', '#new')
    await world.run(10 * MINUTE)
    expect(world.slack.messages).toHaveLength(0)
    world.channelIds.set('#new', 'C-new')
    await world.run(HOUR)
    expect(world.slack.cards('dec_1')[0]?.channel).toBe('C-new')
  })

  it('sets a decision that cannot be drawn aside, and the rest of its channel goes on', async () => {
    const world = createWorld()
    const { card } = world.delivery.render
    Object.assign(world.delivery.render, {
      card: (...[view, now]: Parameters<typeof card>) => {
        if (view.decision.id === 'dec_poison') throw new Error('cannot draw')
        return card(view, now)
      },
    })
    await world.submit('dec_poison')
    await world.submit('dec_1')
    await world.run(24 * HOUR)
    expect(world.slack.cards('dec_1')).toHaveLength(1)
    expect(world.outbox.dead()).toEqual(['card.sync dec_poison'])
  })
})

/** Of five channels. */
const DECISIONS = tries(200, 10_000)

describe('a day without Slack', () => {
  it(`ends with each of ${DECISIONS} decisions on exactly one card, in order, and no dead letter`, {
    timeout: patience(30_000),
  }, async () => {
    const world = createWorld({ seed: 11 })
    const chance = seeded(5)
    const back = world.clock() + 24 * HOUR
    const stormOver = back + HOUR
    world.slack.fault = (method, channel, at) => {
      if (at < back) return { failure: chance() < 0.5 ? ambiguous : { kind: 'not_sent' }, recorded: false }
      if (channel === 'C-0' && at < stormOver && method === 'chat.postMessage') return tooMany(30)
      return null
    }
    for (let serial = 0; serial < DECISIONS; serial += 1) {
      await world.submit(`dec_${serial}`, `#${serial % 5}`)
      if (serial % (DECISIONS / 10) === 0) await world.run(HOUR)
    }
    for (let serial = 0; serial < DECISIONS; serial += 3) await world.report(`dec_${serial}`, denied(world.clock()))
    await world.run(back - world.clock())
    const during = world.slack.calls.length
    await world.run((30 * MINUTE * DECISIONS) / 200)
    const others = world.slack.messages.filter(({ channel, mark }) => channel !== 'C-0' && mark.slot === 'card')
    expect(others).toHaveLength((DECISIONS * 4) / 5)
    await world.run((4 * HOUR * DECISIONS) / 200)

    const counts = [...world.views.keys()].map((id) => world.slack.cards(id).length)
    expect(counts.every((count) => count === 1)).toBe(true)
    for (const [id, { decision }] of world.views) {
      expect(world.slack.cards(id)[0]?.text).toBe(`${id} v${decision.version} ${decision.status}`)
      expect(world.slack.lines(id)).toHaveLength(decision.version - 1)
    }
    expect(world.outbox.left()).toEqual([])
    expect(world.slack.messages.filter(({ mark }) => mark.slot === 'notice')).toEqual([])
    // One probe at a time, every few minutes: an outage is no reason to knock harder the more there is to tell.
    expect(during).toBeLessThan(500)
  })
})

function failOnce(
  slack: ReturnType<typeof createWorld>['slack'],
  method: string,
  fault: NonNullable<ReturnType<typeof slack.fault>>,
  otherwise: typeof slack.fault = () => null,
): void {
  let failed = false
  slack.fault = (called, channel, at) => {
    if (called !== method || failed) return otherwise(called, channel, at)
    failed = true
    return fault
  }
}

/** Lets promises settle until `reached`; turns of the event loop, not time. */
async function until(reached: () => boolean): Promise<void> {
  for (let turns = 0; turns < 10_000 && !reached(); turns += 1) await new Promise((resolve) => setImmediate(resolve))
  expect(reached()).toBe(true)
}
