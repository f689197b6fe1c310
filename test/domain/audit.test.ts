/**
 * The chain of events. Broken builds that these sentences were seen to catch:
 * - no previous hash in the hash, or no salt in the commitment -> the documented formula and the known hashes.
 * - the commitment taken of the text as it is spelt -> "commits to it in any order".
 * - plain text in the record -> eleven sentences. A commitment looked for anywhere in it -> "is not fooled".
 * - the number, the type or the head of the chain not compared -> the sentences on edited chains.
 */
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuditEntry, appendToChain, type ChainHead, chainFault, GENESIS } from '../../src/domain/audit.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { aDecisionId, aProposal, MANIFEST_DIGEST, NOON, submittedEvent } from '../fixtures/decisions.ts'

const SUBJECT = aDecisionId(1)
const PERSON = { kind: 'person', team: 'T1', user: 'U1' } as const

const EVENTS: readonly DecisionEvent[] = [
  submittedEvent(),
  {
    type: 'clarification.requested',
    at: NOON + MINUTE,
    actor: PERSON,
    payload: { clarification: 'clr_1', until: NOON + 5 * MINUTE },
    sealed: { question: 'Which order? “A-1” oder 注文?' },
  },
  {
    type: 'clarification.expired',
    at: NOON + 5 * MINUTE,
    actor: { kind: 'clock' },
    payload: { clarification: 'clr_1', deadline: NOON + 10 * MINUTE, expiresAt: NOON + 20 * MINUTE },
    sealed: null,
  },
  {
    type: 'decision.denied',
    at: NOON + 6 * MINUTE,
    actor: PERSON,
    payload: {},
    sealed: { reason: 'Nobody knows which order.' },
  },
]

type Trail = { readonly entries: readonly AuditEntry[]; readonly head: ChainHead }

function trailOf(events: readonly DecisionEvent[] = EVENTS): Trail {
  let salts = 0
  return appendToChain(GENESIS, events, SUBJECT, MANIFEST_DIGEST, () => `salt-${++salts}`)
}

function entryOf({ entries }: Trail, index: number): AuditEntry {
  const entry = entries[index]
  if (entry === undefined) throw new Error(`the trail has no entry ${index}`)
  return entry
}

function replaced({ entries, head }: Trail, index: number, change: Partial<AuditEntry>): Trail {
  return { entries: entries.map((entry, at) => (at === index ? { ...entry, ...change } : entry)), head }
}

function fault({ entries, head }: Trail): string | null {
  return chainFault(entries, head)
}

describe('the chain of events', () => {
  it('has the hashes that the documented formula gives', () => {
    const { entries, head } = trailOf()
    const sha256 = (...parts: readonly (string | Buffer)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest()
    let previous: Buffer = Buffer.alloc(32)
    EVENTS.forEach(({ at, type, actor, payload, sealed }, index) => {
      const salt = entryOf({ entries, head }, index).salt
      const kept =
        sealed === null
          ? null
          : `sha256:${sha256(`countersign/sealed/v2\0${salt}\0${JSON.stringify(sealed)}`).toString('hex')}`
      const event = { seq: index + 1, at: new Date(at).toISOString(), type, actor, subject: SUBJECT }
      const record = canonicalize({ ...event, manifest: MANIFEST_DIGEST, payload, sealed: kept }) ?? ''
      previous = sha256('countersign/audit/v1\0', previous, record)
      expect(entryOf({ entries, head }, index)).toMatchObject({ record, hash: previous.toString('hex') })
    })
    expect(head).toEqual({ length: EVENTS.length, hash: previous.toString('hex') })
  })

  it('has known hashes, whatever computes them', () => {
    expect(trailOf().entries.map(({ hash }) => hash)).toEqual(KNOWN)
  })

  it('grows the same way one event at a time', () => {
    let salts = 0
    const one = EVENTS.reduce<Trail>(
      ({ entries, head }, event) => {
        const grown = appendToChain(head, [event], SUBJECT, MANIFEST_DIGEST, () => `salt-${++salts}`)
        return { entries: [...entries, ...grown.entries], head: grown.head }
      },
      { entries: [], head: GENESIS },
    )
    expect(one).toEqual(trailOf())
    expect(fault(one)).toBeNull()
  })

  it('has nothing of what people and agents wrote in its records', () => {
    const records = trailOf()
      .entries.map(({ record }) => record)
      .join()
    for (const text of ['cus_81', '240', 'scanned as lost', 'Which order', 'Nobody knows'])
      expect(records).not.toContain(text)
  })

  it('still verifies when everything that was sealed is erased', () => {
    const { entries, head } = trailOf()
    expect(
      chainFault(
        entries.map((entry) => ({ ...entry, sealed: null, salt: null })),
        head,
      ),
    ).toBeNull()
  })

  it('keeps what was sealed in the order it was written in, and commits to that very text', () => {
    const parameters = { zebra: 1, apple: { b: 1, a: 2 } }
    const trail = trailOf([submittedEvent({ proposal: aProposal({ parameters }) })])
    const { sealed } = entryOf(trail, 0)
    expect(sealed).toContain('"zebra":1,"apple":{"b":1,"a":2}')
    const sorted = canonicalize(JSON.parse(sealed ?? '')) ?? ''
    expect(sorted).not.toBe(sealed)
    expect(fault(replaced(trail, 0, { sealed: sorted }))).toBe('what entry 1 had sealed was changed')
  })

  it('verifies where the first versions committed to the canonical JSON instead', () => {
    const [entry] = FIRST_VERSION.entries
    expect(fault(FIRST_VERSION)).toBeNull()
    const changed = entry?.sealed?.replace('Lost', 'Found') ?? ''
    expect(changed).not.toBe(entry?.sealed)
    expect(fault(replaced(FIRST_VERSION, 0, { sealed: changed }))).toBe('what entry 1 had sealed was changed')
  })
})

describe('a chain that somebody has edited', () => {
  const trail = trailOf()

  it('shows what was done to it', () => {
    const { entries, head } = trail
    expect(chainFault(entries.slice(0, -1), head)).toBe('the chain ends at entry 3 instead of 4')
    expect(chainFault(entries.slice(1), head)).toBe('entry 1 is missing')
    expect(chainFault([], head)).toBe('the chain ends at entry 0 instead of 4')
    expect(fault(replaced(trail, 1, { record: '{}' }))).toBe('entry 2 was changed')
    expect(fault(replaced(trail, 1, { sealed: '{"question":"Shall I?"}' }))).toBe('what entry 2 had sealed was changed')
  })

  it('shows a sealed text that is no JSON any more instead of failing on it', () => {
    for (const sealed of ['', '{', 'null', '"text"', '[]', String.raw`{"question":"\ud800"}`])
      expect(fault(replaced(trail, 1, { sealed }))).toBe('what entry 2 had sealed was changed')
  })

  it('shows a text beside an erased salt, and a text where nothing was sealed', () => {
    expect(fault(replaced(trail, 1, { salt: null }))).toBe('what entry 2 had sealed was changed')
    expect(fault(replaced(trail, 1, { sealed: null }))).toBe('what entry 2 had sealed was changed')
    expect(fault(replaced(trail, 2, { sealed: '{}', salt: 'salt-9' }))).toBe('what entry 3 had sealed was changed')
  })

  it('shows an entry whose type says something else than its record', () => {
    expect(fault(replaced(trail, 3, { type: 'decision.approved' }))).toBe('entry 4 was changed')
  })

  it('is not fooled by a record that holds the commitment of another text elsewhere', () => {
    const forged = '{"reason":"Go ahead."}'
    const commitment = `sha256:${createHash('sha256').update(`countersign/sealed/v1\0pepper\0${forged}`).digest('hex')}`
    const events: DecisionEvent[] = [
      submittedEvent({ proposal: aProposal() }),
      // A payload with a field of that name, as a later event could have one.
      { ...submittedEvent(), payload: Object.assign({ sealed: commitment }, submittedEvent().payload) },
    ]
    const planted = trailOf(events)
    expect(entryOf(planted, 1).record).toContain(`"sealed":"${commitment}"`)
    expect(fault(planted)).toBeNull()
    expect(fault(replaced(planted, 1, { sealed: forged, salt: 'pepper' }))).toBe('what entry 2 had sealed was changed')
  })

  it('shows every edit, deletion, insertion, reordering and truncation', () => {
    const met = new Map<string, number>()
    fc.assert(
      fc.property(trails, fc.nat(), fc.nat(), kinds, (given, one, other, kind) => {
        expect(fault(given)).toBeNull()
        const edited = edit(given, one, other, kind)
        fc.pre(edited !== null)
        expect(fault(edited)).not.toBeNull()
        met.set(kind, (met.get(kind) ?? 0) + 1)
      }),
      { numRuns: 1000 },
    )
    expect([...met.keys()].toSorted()).toEqual([...KINDS].toSorted())
  })
})

const KINDS = [
  'record',
  'hash',
  'seq',
  'type',
  'sealed',
  'salt',
  'delete',
  'insert',
  'swap',
  'truncate',
  'head',
] as const
const kinds = fc.constantFrom(...KINDS)

const texts = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
const trails: fc.Arbitrary<Trail> = fc
  .record({
    first: fc.dictionary(texts, texts, { minKeys: 1, maxKeys: 3 }),
    reasons: fc.array(texts, { minLength: 1, maxLength: 6 }),
  })
  .map(({ first, reasons }) =>
    trailOf([
      submittedEvent({ proposal: aProposal({ parameters: first }) }),
      ...reasons.map(
        (reason, index): DecisionEvent => ({
          type: 'decision.denied',
          at: NOON + index,
          actor: PERSON,
          payload: {},
          sealed: { reason },
        }),
      ),
    ]),
  )

/** null: this edit would leave everything as it was. */
function edit(trail: Trail, one: number, other: number, kind: (typeof KINDS)[number]): Trail | null {
  const { entries, head } = trail
  const index = one % entries.length
  const entry = entryOf(trail, index)
  switch (kind) {
    case 'record':
      return replaced(trail, index, { record: flipped(entry.record, other) })
    case 'hash':
      return replaced(trail, index, { hash: flipped(entry.hash, other) })
    case 'seq':
      return replaced(trail, index, { seq: entry.seq + 1 + other })
    case 'type':
      return replaced(trail, index, { type: 'decision.approved' })
    case 'sealed': {
      const sealed = flipped(entry.sealed ?? '', other)
      return meaning(sealed) === meaning(entry.sealed ?? '') ? null : replaced(trail, index, { sealed })
    }
    case 'salt':
      return replaced(trail, index, { salt: flipped(entry.salt ?? '', other) })
    case 'delete':
      return { entries: entries.toSpliced(index, 1), head }
    case 'insert':
      return { entries: entries.toSpliced(other % (entries.length + 1), 0, entry), head }
    case 'swap': {
      const second = other % entries.length
      if (second === index) return null
      const swapped = entries.with(index, entryOf(trail, second)).with(second, entry)
      return { entries: other % 2 === 0 ? swapped : swapped.map((each, at) => ({ ...each, seq: at + 1 })), head }
    }
    case 'truncate':
      return { entries: entries.slice(0, index), head }
    case 'head':
      return {
        entries,
        head: other % 2 === 0 ? { ...head, length: head.length + 1 } : { ...head, hash: flipped(head.hash, other) },
      }
  }
}

/** One character of the text is another one. */
function flipped(text: string, at: number): string {
  const index = at % text.length
  const character = text.charAt(index) === 'x' ? 'y' : 'x'
  return text.slice(0, index) + character + text.slice(index + 1)
}

function meaning(json: string): string | undefined {
  try {
    return canonicalize(JSON.parse(json))
  } catch {
    return undefined
  }
}

// Pinned: a change of the format would break every chain that is stored.
const KNOWN = [
  'cb6e786750d27a3f5514fb17d30e3174c4f99f4e30bd81efd69706fde9d2daca',
  '81da440c85e8e3b82d21628b3a3379514cf3ac8d4dd0f498723477e4d9636134',
  'cea52fe4b92dde503e335966f8803ed2938f3e2efa341c963a85f38d070afbf7',
  '4e5f7caafe48b92649826c3502eb3da528280e3929ec56545905ff386d913616',
]

/** Written by the first version: its commitment is to the canonical JSON of what was sealed. */
const FIRST_VERSION: Trail = {
  entries: [
    {
      seq: 1,
      type: 'decision.denied',
      record:
        '{"actor":{"kind":"person","team":"T0LOCAL001","user":"U0ANA00001"},"at":"2026-11-20T12:00:00.000Z","manifest":"sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","payload":{},"sealed":"sha256:bd0d3b5d8167d77f3e4bba11e2845260e20a4b21356fddd87b1095835ce3fe5f","seq":1,"subject":"dec_01kaf8xw3gzzzzzzzzzzzzzzzz","type":"decision.denied"}',
      hash: 'd4075f27778de4fc6c078a3bb2983738f5a0380b9f6ea2b24b5a00e72346e0c3',
      sealed: '{"reason":"Lost"}',
      salt: 'c2FsdHNhbHRzYWx0c2FsdA',
    },
  ],
  head: { length: 1, hash: 'd4075f27778de4fc6c078a3bb2983738f5a0380b9f6ea2b24b5a00e72346e0c3' },
}
