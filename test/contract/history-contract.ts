import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { born, type Decision, replay } from '../../src/domain/decision.ts'
import { parametersDigest } from '../../src/domain/digest.ts'
import { findAction } from '../../src/domain/manifest.ts'
import type { Proposal } from '../../src/domain/proposal.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { elapsed } from '../../src/domain/time-scale.ts'
import { type Command, type Terms, type Transition, transition } from '../../src/domain/transition.ts'
import { aDecisionId, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { asStored, idempotency, label, type OpenStore, submit } from './open-store.ts'

const TERMS: Terms = {
  policy: findAction(
    manifestOf(`
actions:
  process_refund: {severity: high, reversible: true, approvals_required: 2, required_role: support_lead, clarification_timeout_seconds: 3600}
roles:
  support_lead: {members: [U012ABCDE1, U012ABCDE2, U012ABCDE3]}
`),
    'process_refund',
  ),
  interested: { requestedBy: null, agentOwner: null },
  administrators: ['operations'],
  rollbackRoles: [],
  scales: { deadline: elapsed, expiry: elapsed },
}
const AGENT = { kind: 'agent', agent: 'support-agent', key: 'key_1' } as const

export function historyContract(opened: () => OpenStore): void {
  describe('the history', () => {
    it('replays to the stored decision, and its chain verifies, after any commands', async () => {
      const { store } = opened()
      let n = 0
      const kindsSeen = new Set<string>()
      await fc.assert(
        fc.asyncProperty(proposals, fc.array(steps, { maxLength: 12 }), async (proposal, plan) => {
          const id = aDecisionId(++n)
          await submit(store, submittedEvent({ id, proposal }))
          let now = NOON
          for (const step of plan) {
            now += step.afterMs
            await store.update(id, null, now, (decision) => run(decision, step, now))
          }
          const events = await store.history(id)
          for (const { type } of events) kindsSeen.add(type)
          expect(await store.decision(id)).toEqual(replay(events))
          await expectIntact(store, id, events.length)
        }),
        { numRuns: 150, examples: plansThatSucceed },
      )
      // Plans that are all refused would prove nothing.
      expect([...kindsSeen].sort()).toEqual([
        'clarification.answered',
        'clarification.expired',
        'clarification.requested',
        'decision.approved',
        'decision.denied',
        'decision.submitted',
        'decision.timed_out',
        'decision.withdrawn',
        'execution.reported',
        'outcome.recorded',
      ])
    })

    it('gives back exactly what was proposed, whatever it is', async () => {
      const { store } = opened()
      let n = 0
      await fc.assert(
        fc.asyncProperty(proposals, async (proposal) => {
          const event = submittedEvent({ id: aDecisionId(++n), proposal })
          await submit(store, event)
          expect(await store.decision(aDecisionId(n))).toStrictEqual(asStored(born(event)))
          expect(await store.history(aDecisionId(n))).toStrictEqual([asStored(event)])
        }),
        { numRuns: 150 },
      )
    })

    it('keeps names that objects inherit, and text with nothing to show', async () => {
      const { store } = opened()
      const parameters: Proposal['parameters'] = JSON.parse(
        '{"__proto__": {"a": 1}, "constructor": "\\u0000\\u200b", "": [null, -1e-7]}',
      )
      const proposal = aProposal({ parameters })
      await submit(store, submittedEvent({ proposal }))
      const stored = await store.decision(aDecisionId(1))
      expect(JSON.parse(JSON.stringify(stored?.parameters))).toStrictEqual(parameters)
      expect(Object.keys(stored?.parameters ?? {}).sort()).toEqual(['', '__proto__', 'constructor'])
    })

    it('keeps changed parameters beside the ones that were submitted', async () => {
      const { store } = opened()
      await submit(store)
      const id = aDecisionId(1)
      await store.update(id, null, NOON, (decision) =>
        run(decision, { act: 'ask', afterMs: 0, by: 'U1', text: 'Why?' }, NOON),
      )
      await store.update(id, null, NOON, (decision) =>
        run(decision, { act: 'amend', afterMs: 0, by: 'U1', text: 'x' }, NOON),
      )
      await store.update(id, null, NOON, (decision) => label(decision, 'later'))
      expect(await store.decision(id)).toMatchObject({
        revision: 1,
        parameters: { changed: 'x' },
        reasons: [{ code: 'amended', message: 'x' }],
        proposal: { parameters: { amount_usd: 240 } },
      })
    })

    it('has a trail that shows an edit, a gap and a lost tail', async () => {
      const { store } = opened()
      await submit(store)
      for (const note of ['a', 'b']) await store.update(aDecisionId(1), null, NOON, (decision) => label(decision, note))
      const trail = await store.auditTrail(aDecisionId(1))
      if (trail === null) throw new Error('the trail is missing')
      const { entries, head } = trail
      expect(chainFault(entries, head)).toBeNull()
      expect(chainFault(entries.slice(0, -1), head)).not.toBeNull()
      expect(chainFault(entries.slice(1), head)).not.toBeNull()
      expect(
        chainFault(
          entries.map((entry) => ({ ...entry, record: entry.record.replace('"a', '"b') })),
          head,
        ),
      ).not.toBeNull()
    })

    it('seals each event with a salt of its own, 16 bytes long', async () => {
      const { store } = opened()
      await submit(store)
      await store.update(aDecisionId(1), idempotency('k'), NOON, (decision) => label(decision, 'a'))
      const salts = (await store.auditTrail(aDecisionId(1)))?.entries.map(({ salt }) => salt ?? '') ?? []
      expect(new Set(salts).size).toBe(2)
      for (const salt of salts) expect(Buffer.from(salt, 'base64url')).toHaveLength(16)
    })

    it('of an unknown decision is empty, and there is no trail', async () => {
      const { store } = opened()
      expect(await store.history(aDecisionId(1))).toEqual([])
      expect(await store.auditTrail(aDecisionId(1))).toBeNull()
    })
  })
}

async function expectIntact(store: Store, id: string, length: number): Promise<void> {
  const trail = await store.auditTrail(id)
  if (trail === null) throw new Error('the trail is missing')
  expect(chainFault(trail.entries, trail.head)).toBeNull()
  expect(trail.head.length).toBe(length)
}

type Step = {
  readonly act:
    | 'approve'
    | 'deny'
    | 'ask'
    | 'answer'
    | 'amend'
    | 'withdraw'
    | 'expire'
    | 'start'
    | 'succeed'
    | 'fail'
    | 'label'
  readonly afterMs: number
  readonly by: string
  readonly text: string
}

const words = fc.string({ unit: 'grapheme', maxLength: 40 })
// JSON text has one zero; a negative one never arrives.
const json: fc.Arbitrary<unknown> = fc.jsonValue().map(asStored)

const proposals: fc.Arbitrary<Proposal> = fc
  .record(
    {
      parameters: fc.dictionary(fc.string(), json),
      confidence: fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100),
      uncertainty_factors: fc.array(words, { maxLength: 3 }),
      rationale: words,
      evidence: fc.array(fc.record({ title: words, text: words, url: fc.webUrl() }, { requiredKeys: ['title'] }), {
        maxLength: 3,
      }),
      agent_version: words,
      checkpoint: json,
    },
    { requiredKeys: ['parameters', 'confidence', 'uncertainty_factors'] },
  )
  .map((fields) => aProposal(fields))

const steps: fc.Arbitrary<Step> = fc.record({
  act: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('ask', 'answer', 'amend', 'approve', 'label') },
    { weight: 3, arbitrary: fc.constantFrom('start', 'succeed', 'fail', 'expire') },
    { weight: 1, arbitrary: fc.constantFrom('deny', 'withdraw') },
  ),
  afterMs: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 0, max: 5 * MINUTE }) },
    { weight: 1, arbitrary: fc.constant(300 * MINUTE) },
  ),
  by: fc.constantFrom('U1', 'U2', 'U3'),
  text: words,
})

const at = (act: Step['act'], by = 'U1', afterMs = 0): Step => ({ act, by, afterMs, text: act })

/** Between them they cause every kind of event, which random plans do only mostly. */
const plansThatSucceed: [Proposal, Step[]][] = [
  [aProposal(), [at('ask'), at('expire', 'U1', 60 * MINUTE), at('deny')]],
  [aProposal(), [at('ask'), at('amend'), at('approve'), at('approve', 'U2'), at('start'), at('succeed'), at('label')]],
  [aProposal(), [at('ask'), at('answer'), at('expire', 'U1', 48 * 60 * MINUTE)]],
  [aProposal(), [at('ask'), at('withdraw')]],
]

function run(decision: Decision, step: Step, now: number): Transition {
  return transition(decision, commandOf(decision, step, now), TERMS, now)
}

function commandOf(decision: Decision, { act, by: user, text }: Step, now: number): Command {
  const person = { id: user, team: 'T1', name: user, email: null, barred: null }
  const by = { person, roles: new Set(['support_lead']) }
  const clarification = decision.clarification?.id ?? 'clr_none'
  const { revision } = decision
  switch (act) {
    case 'approve':
      return { type: 'approve', by, revision, note: text, freezes: [] }
    case 'deny':
      return { type: 'deny', by, revision, reason: text }
    case 'ask':
      return { type: 'clarify', by, revision, clarification: `clr_${decision.version}`, question: text }
    case 'answer':
      return { type: 'answer', by: AGENT, clarification, answer: text, evidence: [{ title: text }], amended: null }
    case 'amend':
      return { type: 'answer', by: AGENT, clarification, answer: text, evidence: [], amended: amended(decision, text) }
    case 'withdraw':
      return { type: 'withdraw', by: AGENT, reason: text }
    case 'expire':
      return { type: 'expire' }
    case 'start':
      return { type: 'report_execution', by: AGENT, state: 'started', result: null, error: null }
    case 'succeed':
      return { type: 'report_execution', by: AGENT, state: 'succeeded', result: { text }, error: null }
    case 'fail':
      return { type: 'report_execution', by: AGENT, state: 'failed', result: null, error: text }
    case 'label':
      return {
        type: 'record_outcome',
        by: AGENT,
        correct: false,
        source: 'reviewer',
        observedAt: now,
        note: text,
        ref: null,
      }
  }
}

function amended(decision: Decision, text: string) {
  const parameters = { changed: text }
  const blocked = text.length % 7 === 6
  return {
    parameters,
    reasons: [{ code: 'amended', message: text }],
    amendment: {
      parametersDigest: parametersDigest(decision.nonce, decision.proposal.action, parameters),
      route: blocked ? ('block' as const) : ('escalate' as const),
      urgency: 'high' as const,
      assignment: blocked ? null : { role: 'support_lead', level: 0 },
    },
  }
}
