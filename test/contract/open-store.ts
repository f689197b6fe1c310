import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach } from 'vitest'
import type { Idempotency, NewDecision, Random, Store, SubmitResult } from '../../src/app/ports.ts'
import type { Decision } from '../../src/domain/decision.ts'
import type { Intent } from '../../src/domain/intent.ts'
import type { LimitKey } from '../../src/domain/limits.ts'
import type { Instant } from '../../src/domain/time.ts'
import { elapsed } from '../../src/domain/time-scale.ts'
import { type Terms, type Transition, transition } from '../../src/domain/transition.ts'
import { NOON, type SubmittedEvent, submittedEvent } from '../fixtures/decisions.ts'

/** A store under test. `reopen` closes it and opens what it has kept; `close` removes everything. */
export type OpenStore = {
  readonly store: Store
  readonly reopen: () => Promise<Store>
  readonly close: () => Promise<void>
}

export const unpredictable: Random = (count) => randomBytes(count)

/** A fresh store for each test; ask the returned function for it inside the test. */
export function freshStore(open: () => Promise<OpenStore>): () => OpenStore {
  let current: OpenStore | null = null
  beforeEach(async () => {
    current = await open()
  })
  afterEach(async () => {
    await current?.close()
    current = null
  })
  return () => {
    if (current === null) throw new Error('there is a store only inside a test')
    return current
  }
}

/** A key with the hash of a body, as the HTTP edge makes them. */
export function idempotency(key: string, body = key, apiKey = 'key_1'): Idempotency {
  return { apiKey, key, bodyHash: createHash('sha256').update(body).digest('hex') }
}

/** Submits the event under its own decision id as the key, unless told otherwise. */
export function submit(
  store: Store,
  event: SubmittedEvent = submittedEvent(),
  given: {
    readonly idempotency?: Idempotency
    readonly now?: Instant
    readonly intents?: readonly Intent[]
    readonly counted?: readonly LimitKey[]
    readonly sharesCard?: boolean
    readonly ask?: NewDecision['ask']
  } = {},
): Promise<SubmitResult> {
  const { intents = [], counted = [], sharesCard = false, ask = null, now = event.at } = given
  const created: NewDecision = { event, intents, counted, sharesCard, ask }
  return store.submit(given.idempotency ?? idempotency(event.payload.decision), [], now, () => created)
}

const TERMS: Terms = {
  policy: null,
  interested: { requestedBy: null, agentOwner: null },
  administrators: ['operations'],
  rollbackRoles: [],
  scales: { deadline: elapsed, expiry: elapsed },
}

/** The agent takes its decision back: the shortest change there is. */
export function withdraw(decision: Decision, now: Instant = NOON, reason = 'not needed any more'): Transition {
  const by = { kind: 'agent', agent: decision.agent, key: 'key_1' } as const
  return transition(decision, { type: 'withdraw', by, reason }, TERMS, now)
}

/** A label, which every decision takes at any time. */
export function label(decision: Decision, note: string, now: Instant = NOON): Transition {
  const by = { kind: 'agent', agent: decision.agent, key: 'key_1' } as const
  const outcome = { correct: true, source: 'downstream', observedAt: now, note, ref: null } as const
  return transition(decision, { type: 'record_outcome', by, ...outcome }, TERMS, now)
}

/** What a stored decision looks like next to one that never left memory: fields that are `undefined` are gone. */
export function asStored<Value>(value: Value): Value {
  const stored: Value = JSON.parse(JSON.stringify(value))
  return stored
}
