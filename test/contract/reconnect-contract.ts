import { describe, expect, it } from 'vitest'
import type { ApiKey, Post } from '../../src/app/ports.ts'
import { DAY } from '../../src/domain/time.ts'
import { aDecisionId, NOON } from '../fixtures/decisions.ts'
import { idempotency, label, type OpenStore, submit } from './open-store.ts'

const KEY: ApiKey = {
  id: 'key_2',
  secretHash: 'f'.repeat(64),
  agent: 'support-agent',
  scopes: ['decide', 'read'],
  createdAt: NOON,
  expiresAt: null,
  revokedAt: null,
}

export function reconnectContract(opened: () => OpenStore): void {
  describe('API keys', () => {
    it('are found by their id, listed in the order they were made, and can be changed', async () => {
      const { store } = opened()
      const older: ApiKey = { ...KEY, id: 'key_9', createdAt: NOON - DAY, expiresAt: NOON + DAY }
      await store.saveApiKey(KEY)
      await store.saveApiKey(older)
      expect(await store.apiKeys()).toEqual([older, KEY])
      expect(await store.apiKey('key_9')).toEqual(older)
      expect(await store.apiKey('key_1')).toBeNull()
      await store.saveApiKey({ ...KEY, scopes: ['admin'], revokedAt: NOON + 1 })
      expect(await store.apiKey('key_2')).toEqual({ ...KEY, scopes: ['admin'], revokedAt: NOON + 1 })
    })
  })

  describe('a store that is opened again', () => {
    it('has kept everything', async () => {
      const { store, reopen } = opened()
      const post: Post = { subject: 'dec_1', slot: 'card', channel: 'C1', startedAt: NOON, state: 'posting' }
      await submit(store)
      await store.update(aDecisionId(1), idempotency('k'), NOON, (decision) => label(decision, 'n'))
      await store.savePost(post)
      await store.saveApiKey(KEY)
      const kept = {
        decision: await store.decision(aDecisionId(1)),
        trail: await store.auditTrail(aDecisionId(1)),
        outbox: await store.dueIntents('slack', NOON, 10),
      }
      const again = await reopen()
      expect({
        decision: await again.decision(aDecisionId(1)),
        trail: await again.auditTrail(aDecisionId(1)),
        outbox: await again.dueIntents('slack', NOON, 10),
      }).toEqual(kept)
      expect(kept.outbox).toHaveLength(2)
      expect(kept.trail?.entries).toHaveLength(2)
      expect(await again.posts('dec_1')).toEqual([post])
      expect(await again.apiKeys()).toEqual([KEY])
      const repeated = await again.update(aDecisionId(1), idempotency('k'), NOON, (decision) => label(decision, 'n'))
      expect(repeated.kind).toBe('replayed')
    })

    it('has written what was asked for just before it closed', async () => {
      const { store, reopen } = opened()
      const submitted = submit(store)
      const again = await reopen()
      expect((await submitted).kind).toBe('created')
      expect(await again.decision(aDecisionId(1))).not.toBeNull()
    })
  })

  describe('the probe', () => {
    it('writes, again and again, and rejects once the store is closed', async () => {
      const { store } = opened()
      await store.probe()
      await store.probe()
      await store.close()
      await expect(store.probe()).rejects.toThrow()
      await expect(submit(store)).rejects.toThrow()
      await expect(store.decision(aDecisionId(1))).rejects.toThrow()
    })
  })
}
