import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { assigneeOf, type Decision } from '../../src/domain/decision.ts'
import { DAY, HOUR, type Instant, MINUTE } from '../../src/domain/time.ts'
import { type Command, type Terms, transition } from '../../src/domain/transition.ts'
import { answer, approve, ask, deny, policyOf, termsOf, withdraw } from '../domain/transition-cases.ts'
import { seeded } from '../faults/seeded.ts'
import { aDecisionId, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { type OpenStore, submit } from './open-store.ts'

const USERS = ['U1', 'U2', 'U3', 'U4', 'U5'] as const
const ID = aDecisionId(1)
const TERMS = termsOf(policyOf(', approvals_required: 2, clarification_timeout_seconds: 3600'))

export function reviewersContract(opened: () => OpenStore): void {
  describe('what is remembered of a reviewer', () => {
    it('is nothing of somebody who was never asked', async () => {
      const { store } = opened()
      expect(await store.reviewers(['U1'])).toEqual(new Map())
      expect(await store.reviewers([])).toEqual(new Map())
    })

    it('is how many open decisions they are asked, and when the last was given to them', async () => {
      const { store } = opened()
      for (const n of [1, 2, 3]) await submit(store, submittedEvent({ id: aDecisionId(n) }))
      const present = { awayUntil: null, delegate: null }
      await act(store, 1, given('U1', null), NOON + 1)
      await act(store, 2, given('U1', null), NOON + 2)
      await act(store, 3, given('U2', null), NOON + 3)
      expect(await store.reviewers(['U1', 'U2', 'U3'])).toEqual(
        new Map([
          ['U1', { open: 2, assignedAt: NOON + 2, ...present }],
          ['U2', { open: 1, assignedAt: NOON + 3, ...present }],
        ]),
      )
      await act(store, 1, given('U2', 'U1'), NOON + 4)
      await act(store, 2, deny('U9'), NOON + 5)
      expect(await store.reviewers(['U1', 'U2'])).toEqual(
        new Map([
          ['U1', { open: 0, assignedAt: NOON + 2, ...present }],
          ['U2', { open: 2, assignedAt: NOON + 4, ...present }],
        ]),
      )
    })

    it('is when they are away, and who stands in, whether or not they were ever asked', async () => {
      const { store } = opened()
      const away = { awayUntil: NOON + DAY, delegate: { to: 'U2', until: NOON + HOUR } }
      await store.saveAvailability('U1', away)
      expect((await store.reviewers(['U1'])).get('U1')).toEqual({ open: 0, assignedAt: null, ...away })
      await submit(store)
      await act(store, 1, given('U1', null), NOON)
      expect((await store.reviewers(['U1'])).get('U1')).toEqual({ open: 1, assignedAt: NOON, ...away })
      await store.saveAvailability('U1', { awayUntil: null, delegate: null })
      const back = { open: 1, assignedAt: NOON, awayUntil: null, delegate: null }
      expect((await store.reviewers(['U1'])).get('U1')).toEqual(back)
    })

    it('has moved with the decision or not at all', async () => {
      const { store } = opened()
      await submit(store)
      const broken = store.update(ID, null, NOON, (decision) => {
        const made = transition(decision, given('U1', null), TERMS, NOON)
        // SQL has no number for it, so the transaction fails after the counters.
        return made.kind === 'rejected' ? made : { ...made, decision: { ...made.decision, version: Number.NaN } }
      })
      await expect(broken).rejects.toThrow()
      expect(await store.reviewers(['U1'])).toEqual(new Map())
    })

    it('counts what a scan would count, after thousands of changes in any order and many at once', async () => {
      const { store } = opened()
      const { pick } = seeded(2026)
      const decisions = Array.from({ length: 600 }, (_, n) => n + 1)
      await Promise.all(decisions.map((n) => submit(store, submittedEvent({ id: aDecisionId(n) }))))
      const accepted = new Map<string, number>()
      for (let round = 0; round < 40; round += 1) {
        const now = NOON + round * MINUTE
        const changes = Array.from({ length: 80 }, async () => {
          const [n, user, kind] = [pick(decisions) ?? 0, pick(USERS) ?? '', pick(KINDS) ?? '']
          const result = await store.update(aDecisionId(n), null, now, (decision) =>
            transition(decision, commandOf(kind, decision, user), TERMS, now),
          )
          if (result.kind === 'accepted') accepted.set(kind, (accepted.get(kind) ?? 0) + 1)
        })
        await Promise.all(changes)
        if (round % 8 === 0) await expectCounted(store, decisions)
      }
      await expectCounted(store, decisions)
      for (const kind of KINDS) expect(accepted.get(kind) ?? 0, kind).toBeGreaterThan(5)
    })
  })
}

const KINDS = 'give give give give give give give approve approve ask answer answer deny withdraw'.split(' ')

function commandOf(kind: string, decision: Decision, user: string): Command {
  if (kind === 'give') return given(user, assigneeOf(decision))
  if (kind === 'approve') return approve(user)
  if (kind === 'ask') return ask(user, `clr_${decision.version}`)
  if (kind === 'answer') return answer(decision.clarification?.id)
  return kind === 'deny' ? deny(user) : withdraw
}

function given(user: string, before: string | null): Command {
  return {
    type: 'assign',
    by: { kind: 'clock' },
    to: { user, role: 'support_lead', level: 0 },
    because: 'by_hand',
    before,
  }
}

async function act(store: Store, n: number, command: Command, now: Instant, terms: Terms = TERMS): Promise<void> {
  const result = await store.update(aDecisionId(n), null, now, (held) => transition(held, command, terms, now))
  expect(result.kind).toBe('accepted')
}

async function expectCounted(store: Store, decisions: readonly number[]): Promise<void> {
  const scanned = new Map<string, number>()
  for (const n of decisions) {
    const found = await store.decision(aDecisionId(n))
    const user = found === null ? null : assigneeOf(found)
    if (user !== null) scanned.set(user, (scanned.get(user) ?? 0) + 1)
  }
  const counted = await store.reviewers(USERS)
  for (const user of USERS) expect(counted.get(user)?.open ?? 0, user).toBe(scanned.get(user) ?? 0)
}
