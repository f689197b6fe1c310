import { describe, expect, it } from 'vitest'
import type { OutboxRow, Post, Store } from '../../src/app/ports.ts'
import type { Intent } from '../../src/domain/intent.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { aDecisionId, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { type OpenStore, submit } from './open-store.ts'

const CARD: Intent = { kind: 'card.sync', decision: aDecisionId(1) }
const NOTICE: Intent = {
  kind: 'notice.post',
  key: 'unknown_action wipe_disk 2026-03-01',
  notice: { about: 'dead_letter', intent: 'card.sync dec_1', error: 'channel_not_found' },
}

export function deliveryContract(opened: () => OpenStore): void {
  describe('the outbox', () => {
    it('gives what is due, oldest first, and says when the next one is', async () => {
      const { store } = opened()
      expect(await store.nextIntentAt('slack', NOON)).toBeNull()
      await store.addIntents([card(3)], NOON + 2)
      await store.addIntents([card(2), card(1)], NOON + 1)
      expect(await store.dueIntents('slack', NOON, 10)).toEqual([])
      expect(await store.nextIntentAt('slack', NOON)).toBe(NOON + 1)
      expect(await store.nextIntentAt('slack', NOON + 1)).toBe(NOON + 2)
      expect(await dueKeys(store, NOON + 2)).toEqual([2, 1, 3].map((n) => `card.sync ${aDecisionId(n)}`))
      expect(await store.dueIntents('slack', NOON + 2, 2)).toHaveLength(2)
      expect(await store.counts(NOON)).toMatchObject({ outboxWaiting: 3, outboxDead: 0 })
    })

    it('gives back the intent as it was put in', async () => {
      const { store } = opened()
      await store.addIntents([NOTICE], NOON)
      expect(await store.dueIntents('slack', NOON, 10)).toEqual([
        { key: 'notice.post unknown_action wipe_disk 2026-03-01', intent: NOTICE, generation: 1, attempts: 0 },
      ])
    })

    it('takes the intents of a submission together with it', async () => {
      const { store } = opened()
      await submit(store, submittedEvent(), { intents: [CARD] })
      expect(await dueKeys(store, NOON)).toEqual([`card.sync ${aDecisionId(1)}`])
    })

    it('makes one of two card syncs that wait for the same decision', async () => {
      const { store } = opened()
      await store.addIntents([CARD, CARD], NOON)
      const row = await onlyRow(store, NOON)
      expect(row.generation).toBe(2)
      await store.intentDone(row, NOON)
      expect(await store.dueIntents('slack', NOON, 10)).toEqual([])
      expect(await store.counts(NOON)).toMatchObject({ outboxWaiting: 0 })
    })

    it('keeps a card sync due that was asked for again while it was being sent', async () => {
      const { store } = opened()
      await store.addIntents([CARD], NOON)
      const sending = await onlyRow(store, NOON)
      await store.addIntents([CARD], NOON + 1)
      await store.intentDone(sending, NOON + 2)
      expect(await onlyRow(store, NOON + 2)).toMatchObject({ generation: sending.generation + 1, attempts: 0 })
    })

    it('does not let the failure of an older request delay or bury a newer one', async () => {
      const { store } = opened()
      await store.addIntents([CARD], NOON)
      const sending = await onlyRow(store, NOON)
      await store.addIntents([CARD], NOON + 1)
      await store.intentFailed(sending, null, 'channel_not_found')
      expect(await onlyRow(store, NOON + 1)).toMatchObject({ attempts: 0 })
      expect(await store.counts(NOON)).toMatchObject({ outboxDead: 0 })
    })

    it('tries again when it is told to, and counts the attempts', async () => {
      const { store } = opened()
      await store.addIntents([CARD], NOON)
      await store.intentFailed(await onlyRow(store, NOON), NOON + MINUTE, 'ratelimited')
      expect(await store.dueIntents('slack', NOON + MINUTE - 1, 10)).toEqual([])
      expect(await store.nextIntentAt('slack', NOON)).toBe(NOON + MINUTE)
      expect(await onlyRow(store, NOON + MINUTE)).toMatchObject({ attempts: 1, generation: 1 })
    })

    it('makes a card sync that waits for its next try due at once when it is asked for again', async () => {
      const { store } = opened()
      await store.addIntents([CARD], NOON)
      await store.intentFailed(await onlyRow(store, NOON), NOON + MINUTE, 'ratelimited')
      await store.addIntents([CARD], NOON + 1)
      expect(await onlyRow(store, NOON + 1)).toMatchObject({ attempts: 0, generation: 2 })
    })

    it('leaves the place in the line to one that is due already when it is asked for again', async () => {
      const { store } = opened()
      await store.addIntents([card(1)], NOON)
      await store.addIntents([card(2)], NOON + 1)
      await store.addIntents([card(1)], NOON + 2)
      expect(await dueKeys(store, NOON + 2)).toEqual([1, 2].map((n) => `card.sync ${aDecisionId(n)}`))
    })

    it('sets a dead letter aside, and revives it when the card is asked for again', async () => {
      const { store } = opened()
      await store.addIntents([CARD], NOON)
      await store.intentFailed(await onlyRow(store, NOON), null, 'channel_not_found')
      expect(await store.dueIntents('slack', NOON + MINUTE, 10)).toEqual([])
      expect(await store.nextIntentAt('slack', NOON)).toBeNull()
      expect(await store.counts(NOON)).toMatchObject({ outboxWaiting: 0, outboxDead: 1 })
      await store.addIntents([CARD], NOON + 1)
      expect(await onlyRow(store, NOON + 1)).toMatchObject({ attempts: 0, generation: 2 })
      expect(await store.counts(NOON)).toMatchObject({ outboxWaiting: 1, outboxDead: 0 })
    })

    it('posts a notice once, ever', async () => {
      const { store } = opened()
      await store.addIntents([NOTICE, NOTICE], NOON)
      const row = await onlyRow(store, NOON)
      expect(row.generation).toBe(1)
      await store.addIntents([NOTICE], NOON)
      await store.intentDone(row, NOON)
      await store.addIntents([NOTICE], NOON + MINUTE)
      expect(await store.dueIntents('slack', NOON + MINUTE, 10)).toEqual([])
      expect(await store.counts(NOON)).toMatchObject({ outboxWaiting: 0, outboxDead: 0 })
    })
  })

  describe('alerts', () => {
    const window = { every: 'minute', until: NOON + MINUTE } as const
    const intents: readonly Intent[] = [{ kind: 'alerts.post', window }]
    const pass = (store: Store, n: number, agent = 'mail-bot') =>
      submit(store, submittedEvent({ id: aDecisionId(n), agent, route: 'auto_approve' }), { intents })

    it('are counted with the submission, and wait for the end of their window', async () => {
      const { store, reopen } = opened()
      await pass(store, 1)
      await Promise.all([pass(store, 2), pass(store, 3, 'desk-bot'), pass(store, 1)])
      expect(await store.dueIntents('slack', NOON + MINUTE - 1, 10)).toEqual([])
      expect(await store.counts(NOON)).toMatchObject({ outboxWaiting: 0 })
      const after = await reopen()
      expect(await after.alerts(window)).toEqual([
        { action: 'process_refund', agent: 'desk-bot', count: 1, decision: aDecisionId(3) },
        { action: 'process_refund', agent: 'mail-bot', count: 2, decision: aDecisionId(1) },
      ])
      expect(await after.alerts({ ...window, every: 'hour' })).toEqual([])
      expect(await after.dueIntents('slack', NOON + 2 * MINUTE, 10)).toMatchObject([
        { intent: intents[0], generation: 3 },
      ])
      expect(await after.counts(NOON + 2 * MINUTE)).toMatchObject({ outboxWaiting: 1 })
    })

    it('are forgotten with their message an hour after they were told, and never before', async () => {
      const { store } = opened()
      const other = { every: 'minute', until: NOON + 2 * MINUTE } as const
      await pass(store, 1)
      await submit(store, submittedEvent({ id: aDecisionId(2), route: 'auto_approve' }), {
        intents: [{ kind: 'alerts.post', window: other }],
      })
      const [row, untold] = await store.dueIntents('slack', NOON + HOUR, 10)
      if (row === undefined || untold === undefined) throw new Error('two windows wait')
      for (const { key: subject } of [row, untold])
        await store.savePost({ subject, slot: 'alerts', channel: 'C1', startedAt: NOON, state: 'posting' })
      await store.intentDone(row, NOON + MINUTE + HOUR - 1)
      expect(await store.alerts(window)).toMatchObject([{ count: 1 }])
      await pass(store, 3)
      await store.intentDone({ ...row, generation: 0 }, NOON + 3 * HOUR)
      expect(await store.alerts(window)).toMatchObject([{ count: 2 }])
      await store.intentDone(row, NOON + 3 * HOUR)
      expect([await store.alerts(window), await store.posts(row.key)]).toEqual([[], []])
      expect([await store.alerts(other), await store.posts(untold.key)]).toMatchObject([[{ count: 1 }], [{}]])
    })
  })

  describe('posts', () => {
    it('are first being posted and then posted, in the order they were begun', async () => {
      const { store } = opened()
      const begun: Post = { subject: 'dec_1', slot: 'card', channel: 'C1', startedAt: NOON, state: 'posting' }
      const shown = { state: 'posted', ts: '1.2', shownVersion: 3, shownFrozen: '', permalink: null } as const
      for (const slot of ['card', 'log 9', 'log 10']) await store.savePost({ ...begun, slot })
      await store.savePost({ ...begun, ...shown })
      await store.savePost({ ...begun, subject: 'dec_2' })
      expect(await store.posts('dec_1')).toEqual([
        { ...begun, ...shown },
        { ...begun, slot: 'log 9' },
        { ...begun, slot: 'log 10' },
      ])
      const moved: Post = {
        ...begun,
        ...shown,
        shownVersion: 4,
        shownFrozen: '2 5',
        permalink: 'https://example.slack.com/p1',
      }
      await store.savePost(moved)
      expect((await store.posts('dec_1'))[0]).toEqual(moved)
      expect(await store.posts('dec_3')).toEqual([])
    })

    it('are found by where they stand, once they do', async () => {
      const { store } = opened()
      const begun: Post = { subject: 'dec_1', slot: 'card', channel: 'C1', startedAt: NOON, state: 'posting' }
      await store.savePost(begun)
      expect(await store.postAt('C1', '1.2')).toBeNull()
      const posted: Post = { ...begun, state: 'posted', ts: '1.2', shownVersion: 3, shownFrozen: '7', permalink: null }
      await store.savePost(posted)
      await store.savePost({ ...posted, subject: 'dec_2', channel: 'C2' })
      expect(await store.postAt('C1', '1.2')).toEqual(posted)
      expect(await store.postAt('C1', '1.3')).toBeNull()
      expect(await store.postAt('C3', '1.2')).toBeNull()
    })
  })
}

function card(n: number): Intent {
  return { kind: 'card.sync', decision: aDecisionId(n) }
}

async function dueKeys(store: Store, now: number): Promise<readonly string[]> {
  return (await store.dueIntents('slack', now, 10)).map(({ key }) => key)
}

async function onlyRow(store: Store, now: number): Promise<OutboxRow> {
  const [row, ...others] = await store.dueIntents('slack', now, 10)
  if (row === undefined || others.length > 0) throw new Error('exactly one intent should be due')
  return row
}
