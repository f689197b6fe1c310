/**
 * What runs is what was shown: 1,000 (10,000 with DEEP=1) changes of one field of approved parameters, each offered with
 * the good grant to the whole application over a real store; none is taken, and then the same parameters with their keys
 * in another order are. Broken builds that this was seen to catch:
 * - texts normalised, spaces left out, numbers in quotes taken for numbers, null for nothing -> a change is taken.
 * - keys hashed in the order in which they came -> another order is not taken.
 * - the digest not looked at -> the first change is taken.
 */
import canonicalize from 'canonicalize'
import * as fc from 'fast-check'
import { afterAll, expect, it, vi } from 'vitest'
import type { Caller } from '../../src/app/app.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { CALLER, openTeam } from './team.ts'

const DECISIONS = 10
const EACH = tries(1_000, 10_000) / DECISIONS
const EXECUTOR: Caller = { agent: 'executor', apiKey: 'key_9', anyAgent: true }

vi.setConfig({ testTimeout: patience(60_000) })

const team = openTeam('actions:\n  pay: { severity: high, reversible: true }\n')
afterAll(() => team.close())

type Parameters = Readonly<Record<string, unknown>>
type Path = readonly (string | number)[]

/** Values that are easily taken for each other. */
const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    1,
    1.5,
    -1,
    120,
    true,
    false,
    null,
    '',
    '1',
    '1.0',
    'true',
    'null',
    'A-1',
    'é',
    'e\u0301',
    'ﬁ',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.integer(),
  fc
    .double({ noNaN: true, noDefaultInfinity: true })
    .filter((number) => Number.isSafeInteger(number) || !Number.isInteger(number)),
)
const key = fc
  .oneof(fc.constantFrom('amount_usd', 'to', 'é', 'a', 'A', ''), fc.string({ maxLength: 6 }))
  .filter((name) => name !== '__proto__')
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}))
const parameters: fc.Arbitrary<Parameters> = fc
  .dictionary(key, value, { minKeys: 2, maxKeys: 5, noNullPrototype: true })
  .map((random) => ({ amount_usd: 120, to: { name: 'Zoë', iban: 'DE02 1203 0000 0000 2020 51' }, ...random }))

/** Every place in a value that can be changed. */
function pathsIn(root: unknown, at: Path = []): readonly Path[] {
  if (typeof root !== 'object' || root === null) return at.length === 0 ? [] : [at]
  const members = Array.isArray(root) ? [...root.entries()] : Object.entries(root)
  const below = members.flatMap(([name, member]) => pathsIn(member, [...at, name]))
  return at.length === 0 ? below : [at, ...below]
}

function changedAt(root: unknown, [first, ...rest]: Path, change: (value: unknown) => unknown): unknown {
  if (first === undefined) return change(root)
  if (Array.isArray(root)) return root.map((item, index) => (index === first ? changedAt(item, rest, change) : item))
  return Object.fromEntries(
    Object.entries(Object(root)).flatMap(([name, member]) => {
      if (name !== first) return [[name, member]]
      const next = changedAt(member, rest, change)
      return next === GONE ? [] : [[name, next]]
    }),
  )
}

const GONE = Symbol('gone')

/** What a careless comparison would take for the same. */
const CHANGES: readonly ((value: unknown) => unknown)[] = [
  (old) => String(old),
  (old) => (typeof old === 'number' ? old.toFixed(1) : [old]),
  (old) => (typeof old === 'number' ? old + (Number.isInteger(old) ? 1 : Number.EPSILON) : Number(old)),
  (old) => (typeof old === 'number' ? -old : !old),
  (old) => (old === null ? '' : null),
  (old) => (typeof old === 'string' ? old.normalize('NFD') : { value: old }),
  (old) => (typeof old === 'string' ? old.normalize('NFKC') : old === true ? 1 : false),
  (old) => (typeof old === 'string' ? `${old} ` : []),
  (old) => (typeof old === 'string' ? `${old}\u200b` : {}),
  (old) => (typeof old === 'string' ? old.toUpperCase() : [old, old]),
  (old) => (Array.isArray(old) ? [...old, null] : isObject(old) ? { ...old, extra: null } : `${String(old)}0`),
  (old) => (Array.isArray(old) ? old.toReversed() : isObject(old) ? Object.entries(old) : JSON.stringify(old)),
  () => GONE,
]

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A place, and what is done there; or one more key. */
const mutation = fc.oneof(
  { weight: 10, arbitrary: fc.record({ place: fc.nat(), change: fc.constantFrom(...CHANGES) }) },
  { weight: 2, arbitrary: fc.record({ place: fc.nat(), change: value.map((other) => () => other) }) },
  { weight: 1, arbitrary: fc.record({ added: key, other: leaf }) },
)
type Mutation = typeof mutation extends fc.Arbitrary<infer Drawn> ? Drawn : never

/** null: what came out is the same JSON, or none that a request could carry. */
function mutated(good: Parameters, drawn: Mutation): Parameters | null {
  const paths = pathsIn(good)
  const bad =
    'added' in drawn
      ? { ...good, [drawn.added]: drawn.other }
      : changedAt(good, paths[drawn.place % paths.length] ?? [], drawn.change)
  const text = JSON.stringify(bad, (_key, each) => (typeof each === 'symbol' || Number.isNaN(each) ? undefined : each))
  const sent: unknown = JSON.parse(text)
  return canonicalize(sent) === canonicalize(good) || !isObject(sent) ? null : { ...sent }
}

/** The same, with the keys of each object in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reordered(member)]),
  )
}

it('no change of one field is taken, and another order of keys is', async () => {
  let refused = 0
  for (const good of fc.sample(parameters, { numRuns: DECISIONS, seed: 7 })) {
    const decision = await team.read(await team.submit({ action: 'pay', parameters: good }))
    const { grant } = await team.app.granted(CALLER, decision, 'submitted')
    if (grant === null) throw new Error('it was not granted')
    let left = EACH
    await fc.assert(
      fc.asyncProperty(mutation, async (drawn) => {
        const bad = mutated(good, drawn)
        fc.pre(bad !== null)
        const result = await team.app.consume(EXECUTOR, { grant, action: 'pay', parameters: bad }, null)
        expect(result).toMatchObject({ kind: 'rejected', rejection: { code: 'digest_mismatch' } })
        refused += 1
        left -= 1
      }),
      { numRuns: EACH, maxSkipsPerRun: 100 },
    )
    expect(left).toBe(0)
    const same = { ...Object(reordered(good)) }
    expect(Object.keys(same)).not.toEqual(Object.keys(good))
    expect(await team.app.consume(EXECUTOR, { grant, action: 'pay', parameters: same }, null)).toMatchObject({
      kind: 'accepted',
    })
  }
  expect(refused).toBe(EACH * DECISIONS)
})
