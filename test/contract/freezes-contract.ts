import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { type Freezer, type FreezeSubject, freezeOf } from '../../src/domain/freeze.ts'
import type { Intent } from '../../src/domain/intent.ts'
import { transition } from '../../src/domain/transition.ts'
import { policyOf, termsOf } from '../domain/transition-cases.ts'
import { aDecisionId, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { action, agent, EVERYTHING, workflow } from '../fixtures/freezes.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { label, type OpenStore, submit, withdraw } from './open-store.ts'

const DANA: Freezer = { kind: 'person', team: 'T1', user: 'U0DANA0001' }
const OPERATOR = { kind: 'operator' } as const
const WF = { id: 'wf-1', step_index: 0, completed_steps: [], context: {} }

function freeze(store: Store, subject: FreezeSubject, by: Freezer = DANA, intents: readonly Intent[] = []) {
  return store.changeFreezes(NOON, (inForce) =>
    freezeOf(inForce, subject) === null
      ? {
          event: { type: 'freeze.set', at: NOON, actor: by, payload: { subject }, sealed: { reason: 'charges twice' } },
          intents,
        }
      : null,
  )
}

function lift(store: Store, subject: FreezeSubject) {
  return store.changeFreezes(NOON, () => ({
    event: { type: 'freeze.lifted', at: NOON, actor: DANA, payload: { subject }, sealed: { reason: 'mended' } },
    intents: [],
  }))
}

/** @returns its digest */
async function putInForce(store: Store): Promise<string> {
  const manifest = manifestOf('actions: {process_refund: {severity: low, reversible: true}}')
  const { digest } = manifest
  await store.putInForce(manifest, NOON, () => ({
    event: {
      type: 'manifest.in_force',
      at: NOON,
      actor: OPERATOR,
      payload: { from: null, to: digest, on: 'start', changed: 0 },
      sealed: { changes: [] },
    },
    intents: [],
  }))
  return digest
}

/** Three open decisions, of which one has ended since. */
async function someOpen(store: Store): Promise<void> {
  const first = { id: aDecisionId(1), agent: 'billing-bot' }
  await submit(store, submittedEvent({ ...first, proposal: aProposal({ workflow: WF }) }))
  await submit(store, submittedEvent({ id: aDecisionId(2), proposal: aProposal({ action: 'send_email' }) }))
  await submit(store, submittedEvent({ id: aDecisionId(3), proposal: aProposal({ workflow: WF }) }))
  await store.update(aDecisionId(3), null, NOON, (decision) => withdraw(decision))
}

const keysOf = async (store: Store) => (await store.dueIntents('slack', NOON, 100)).map(({ key }) => key)
const subjectsOf = async (store: Store) => (await store.freezes()).map(({ subject }) => subject)

export function freezesContract(opened: () => OpenStore): void {
  describe('what is frozen', () => {
    it('says who, since when and why, in the order in which it was frozen, and outlives the process', async () => {
      const { store, reopen } = opened()
      expect(await store.freezes()).toEqual([])
      await freeze(store, agent('billing-bot'))
      await freeze(store, EVERYTHING, OPERATOR)
      const expected = [
        { n: 1, subject: agent('billing-bot'), by: DANA, at: NOON, reason: 'charges twice' },
        { n: 2, subject: EVERYTHING, by: OPERATOR, at: NOON, reason: 'charges twice' },
      ]
      expect(await store.freezes()).toEqual(expected)
      expect(await store.counts(NOON)).toMatchObject({ frozen: 2 })
      expect(await (await reopen()).freezes()).toEqual(expected)
    })

    it('is the same array as long as it is the same, whatever else comes into the chain', async () => {
      const { store } = opened()
      await freeze(store, action('a'))
      const before = await store.freezes()
      await putInForce(store)
      expect(await store.freezes()).toBe(before)
      await freeze(store, action('b'))
      expect(await store.freezes()).not.toBe(before)
    })

    it('is set once, by the first of those who come at once, and each is told what was in force', async () => {
      const { store } = opened()
      const all = await Promise.all([
        freeze(store, action('a')),
        freeze(store, action('a')),
        freeze(store, action('b')),
      ])
      expect(all.map(({ written, before }) => ({ written, before: before.map(({ n }) => n) }))).toEqual([
        { written: true, before: [] },
        { written: false, before: [1] },
        { written: true, before: [1] },
      ])
      expect(await subjectsOf(store)).toEqual([action('a'), action('b')])
    })

    it('is lifted by its own subject alone, and may be frozen again', async () => {
      const { store } = opened()
      for (const subject of [action('a'), agent('a'), EVERYTHING]) await freeze(store, subject)
      await lift(store, agent('a'))
      expect(await subjectsOf(store)).toEqual([action('a'), EVERYTHING])
      await lift(store, EVERYTHING)
      await freeze(store, EVERYTHING)
      expect((await store.freezes()).map(({ n }) => n)).toEqual([1, 6])
    })

    it('goes with its event, whose reason is sealed, under the manifest in force', async () => {
      const { store } = opened()
      await freeze(store, action('a'))
      const digest = await putInForce(store)
      await lift(store, action('a'))
      const { entries, head } = await store.serviceTrail()
      expect(chainFault(entries, head)).toBeNull()
      expect(entries.map(({ record }) => JSON.parse(record))).toMatchObject([
        { type: 'freeze.set', actor: DANA, payload: { subject: action('a') }, manifest: null },
        { type: 'manifest.in_force' },
        { type: 'freeze.lifted', actor: DANA, payload: { subject: action('a') }, manifest: digest },
      ])
      expect(entries.map(({ record }) => record).join()).not.toMatch(/charges twice|mended/)
      expect(entries[0]?.sealed).toContain('charges twice')
      expect(await store.manifestInForce()).toMatchObject({ digest })
    })

    it('is written with its event and its notice, or not at all', async () => {
      const { store } = opened()
      await someOpen(store)
      const before = await keysOf(store)
      await expect(freeze(store, EVERYTHING, DANA, [cyclic()])).rejects.toThrow()
      expect(await store.freezes()).toEqual([])
      expect((await store.serviceTrail()).entries).toEqual([])
      expect(await keysOf(store)).toEqual(before)
    })
  })

  describe('a freeze, set or lifted', () => {
    it.each<readonly [FreezeSubject, readonly number[]]>([
      [EVERYTHING, [1, 2]],
      [action('process_refund'), [1]],
      [action('send_email'), [2]],
      [agent('billing-bot'), [1]],
      [agent('support-agent'), [2]],
      [workflow('wf-1'), [1]],
      [workflow('wf-2'), []],
      [action('billing-bot'), []],
    ])('makes Slack show it on every open decision that it covers: %j, %j', async (subject, covered) => {
      const { store } = opened()
      await someOpen(store)
      for (const row of await store.dueIntents('slack', NOON, 100)) await store.intentDone(row, NOON)
      const ids = covered.map(aDecisionId)
      expect((await store.openOf(subject, 10)).map(({ id }) => id)).toEqual(ids)
      for (const change of [freeze, lift]) {
        await change(store, subject)
        const due = await store.dueIntents('slack', NOON, 100)
        const cards = ids.map((decision): Intent => ({ kind: 'card.sync', decision }))
        const copies = ids.map((decision): Intent => ({ kind: 'copies.sync', decision }))
        expect(due.map(({ intent }) => intent)).toEqual([...cards, ...copies])
        for (const row of due) await store.intentDone(row, NOON)
      }
    })

    it('finds as many open decisions as are asked for', async () => {
      const { store } = opened()
      await someOpen(store)
      expect(await store.openOf(EVERYTHING, 1)).toHaveLength(1)
    })
  })

  describe('whoever records a decision', () => {
    it('is told what is frozen', async () => {
      const { store } = opened()
      await freeze(store, EVERYTHING)
      const told: (readonly unknown[])[] = []
      const idempotency = { apiKey: 'key_1', key: 'k', bodyHash: 'h' }
      await store.submit(idempotency, [], NOON, (_, freezes) => {
        told.push(freezes)
        return { event: submittedEvent(), intents: [], counted: [], sharesCard: false, ask: null }
      })
      await store.update(submittedEvent().payload.decision, null, NOON, (decision, freezes) => {
        told.push(freezes)
        return label(decision, 'any')
      })
      expect(told).toEqual([await store.freezes(), await store.freezes()])
      expect(told[0]).toHaveLength(1)
    })

    it('begins anew when something was frozen between its look and its writing', async () => {
      const { store } = opened()
      await submit(store)
      const id = submittedEvent().payload.decision
      const frozen: number[] = []
      let freezing: Promise<unknown> = Promise.resolve()
      const person = { id: 'U1', team: 'T1', name: 'U1', email: null, barred: null }
      const by = { person, roles: new Set(['support_lead']) }
      const result = await store.update(id, null, NOON, (decision, freezes) => {
        frozen.push(freezes.length)
        // It is written before the approval, which has been made from what was in force before.
        if (frozen.length === 1) freezing = freeze(store, EVERYTHING)
        return transition(
          decision,
          { type: 'approve', by, revision: 0, note: null, freezes },
          termsOf(policyOf()),
          NOON,
        )
      })
      await freezing
      expect(frozen).toEqual([0, 1])
      expect(result).toMatchObject({ kind: 'rejected', rejection: { code: 'frozen' } })
      expect(await store.decision(id)).toMatchObject({ status: 'pending' })
    })
  })
}

/** What no store can write. */
function cyclic(): Intent {
  const notice = { about: 'dead_letter', intent: 'any', error: 'any' } as const
  const intent: Intent = { kind: 'notice.post', key: 'cyclic', notice }
  return Object.assign(intent, { itself: intent })
}
