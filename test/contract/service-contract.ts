import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { chainFault } from '../../src/domain/audit.ts'
import type { Intent } from '../../src/domain/intent.ts'
import type { Manifest } from '../../src/domain/manifest.ts'
import type { ManifestInForce } from '../../src/domain/service-event.ts'
import { NOON } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import type { OpenStore } from './open-store.ts'

const FIRST = manifestOf('actions: {process_refund: {severity: low, reversible: true}}')
const SECOND = manifestOf('actions: {process_refund: {severity: high, reversible: true}}')

const NOTICE: Intent = {
  kind: 'notice.post',
  key: 'manifest_changed',
  notice: { about: 'dead_letter', intent: 'any', error: 'any' },
}

function eventOf(before: Manifest | null, to: Manifest): ManifestInForce {
  const changes = before === null ? [] : [{ path: 'actions.process_refund', message: 'it changed', effect: null }]
  return {
    type: 'manifest.in_force',
    at: NOON,
    actor: { kind: 'operator' },
    payload: { from: before?.digest ?? null, to: to.digest, on: 'reload', changed: changes.length },
    sealed: { changes },
  }
}

/** @returns what the store said was in force before; undefined: it did not ask */
async function put(store: Store, manifest: Manifest): Promise<Manifest | null | undefined> {
  let told: Manifest | null | undefined
  await store.putInForce(manifest, NOON, (before) => {
    told = before
    return { event: eventOf(before, manifest), intents: before === null ? [] : [NOTICE] }
  })
  return told
}

export function serviceContract(opened: () => OpenStore): void {
  describe('the manifest in force', () => {
    it('is kept by its digest, and the next one is told what was in force before', async () => {
      const { store, reopen } = opened()
      expect(await put(store, FIRST)).toBeNull()
      expect(await put(await reopen(), SECOND)).toEqual(FIRST)
      const again = await reopen()
      expect(await put(again, FIRST)).toEqual(SECOND)
      expect(await again.manifest(FIRST.digest)).toEqual(FIRST)
      expect(await again.manifest(SECOND.digest)).toEqual(SECOND)
      expect(await again.manifest('sha256:0')).toBeNull()
    })

    it('is recorded once, however often it is put in force', async () => {
      const { store } = opened()
      expect(await Promise.all([put(store, FIRST), put(store, FIRST), put(store, FIRST)])).toEqual([
        null,
        undefined,
        undefined,
      ])
      expect((await store.serviceTrail()).entries).toHaveLength(1)
    })

    it('brings its event and its notices, or nothing at all', async () => {
      const { store } = opened()
      await put(store, FIRST)
      const before = await store.serviceTrail()
      const failing = store.putInForce(SECOND, NOON, (inForce) => {
        return { event: eventOf(inForce, SECOND), intents: [NOTICE, cyclic()] }
      })
      await expect(failing).rejects.toThrow()
      expect(await store.serviceTrail()).toEqual(before)
      expect(await store.manifest(SECOND.digest)).toBeNull()
      expect(await store.dueIntents('slack', NOON, 10)).toEqual([])
      expect(await put(store, SECOND)).toEqual(FIRST)
      expect((await store.dueIntents('slack', NOON, 10)).map(({ intent }) => intent)).toEqual([NOTICE])
    })
  })

  describe("the service's own trail", () => {
    it('is empty at first, and verifies', async () => {
      const { entries, head } = await opened().store.serviceTrail()
      expect(entries).toEqual([])
      expect(chainFault(entries, head)).toBeNull()
    })

    it('says under which manifest each event stands, and seals what changed', async () => {
      const { store, reopen } = opened()
      await put(store, FIRST)
      await put(store, SECOND)
      const { entries, head } = await (await reopen()).serviceTrail()
      expect(chainFault(entries, head)).toBeNull()
      expect(entries.map(({ record }) => JSON.parse(record))).toMatchObject([
        { seq: 1, subject: 'service', type: 'manifest.in_force', manifest: FIRST.digest, payload: { from: null } },
        { seq: 2, subject: 'service', manifest: SECOND.digest, payload: { from: FIRST.digest, to: SECOND.digest } },
      ])
      expect(entries[1]?.record).not.toContain('it changed')
      expect(entries[1]?.sealed).toContain('it changed')
    })

    it('shows an edit, a gap and a lost tail', async () => {
      const { store } = opened()
      for (const manifest of [FIRST, SECOND, FIRST]) await put(store, manifest)
      const { entries, head } = await store.serviceTrail()
      expect(chainFault(entries, head)).toBeNull()
      expect(chainFault(entries.slice(0, -1), head)).not.toBeNull()
      expect(chainFault(entries.slice(1), head)).not.toBeNull()
      const edited = entries.map((entry) => ({ ...entry, record: entry.record.replace('reload', 'start') }))
      expect(chainFault(edited, head)).not.toBeNull()
    })
  })
}

/** What no store can write. */
function cyclic(): Intent {
  const intent = { ...NOTICE, key: 'cyclic' }
  return Object.assign(intent, { itself: intent })
}
