/**
 * Requests of any shape, to every route that is served: 600 (20,000 with DEEP=1) made out of good ones, none of which is answered
 * with a fault of the service's own, and a good one is answered afterwards. Broken builds that
 * this was seen to catch: an id of a decision or a workflow that is none and throws; a body that is no JSON taken for a fault;
 * with DEEP=1, an answer now and then for which the service stands still for 120 ms.
 */
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { problem } from '../../src/protocol/problem.ts'
import { openTeam, type Team } from '../app/team.ts'
import { hostile } from '../blocks/hostile.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { longestOf } from '../fixtures/turns.ts'
import { type Running, startServer } from './running-server.ts'
import { request } from './sample-decision.ts'

const ANA = 'U000000ANA'
const YAML = `
roles: { lead: { members: [${ANA}] } }
actions:
  process_refund:
    severity: low
    reversible: false
    approval_required: true
    escalation_path: [lead]
    identity_parameters: [order_id]
    conditions: { amount_parameter: amount_usd, always_approve_above_usd: 500 }
    limits: [{ count: 3, per: 1h }]
  start_machine: { severity: high, reversible: true, escalation_path: [lead] }
  wire: { severity: low, reversible: true, executor: { url: "https://pay.example.com/" } }
`

let team: Team
let running: Running
const unhandled: unknown[] = []
const onUnhandled = (reason: unknown) => void unhandled.push(reason)
/** Of decisions and workflows that there are. */
const ids: string[] = []

beforeAll(async () => {
  team = openTeam(YAML)
  running = await startServer(team.app, { store: team.store, clock: () => team.clock.now, agentRateLimit: 1_000_000 })
  process.on('unhandledRejection', onUnhandled)
  for (const action of ['process_refund', 'start_machine', 'wire'])
    ids.push(
      String(
        (await running.propose({ body: { ...request, action }, headers: { 'idempotency-key': action } })).body['id'],
      ),
    )
  const plan = { steps: [{ ...request, action: 'wire' }] }
  ids.push(
    String(
      (await running.call('POST', '/v1/workflows', { body: plan, headers: { 'idempotency-key': 'w' } })).body['id'],
    ),
  )
})
afterAll(async () => {
  process.off('unhandledRejection', onUnhandled)
  await running.server.close()
  await team.close()
})

const text = fc.oneof(
  hostile,
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', ' ', '__proto__', 'constructor', 'x'.repeat(70_000)),
)
const number = fc.oneof(fc.double(), fc.maxSafeInteger(), fc.constantFrom(-0, 2 ** 53, 1e308, -1))
const odd = fc.oneof(
  text,
  number,
  fc.constantFrom(null, true, [], {}, [null], [[[]]]),
  fc.jsonValue({ maxDepth: 5, stringUnit: 'binary' }),
)

const BODIES: readonly object[] = [
  request,
  {
    ...request,
    rationale: 'x',
    expected_outcome: 'x',
    if_denied: 'x',
    evidence: [
      { title: 'a', url: 'https://example.com' },
      { title: 'b', text: 'c' },
    ],
    urgency: 'high',
    requested_by: 'ana@example.com',
    agent_version: 'v1',
    workflow: { id: 'w', step_index: 1, completed_steps: [{ action: 'a', summary: 's', x: 1 }], context: { a: 1 } },
    checkpoint: { at: [1] },
    expires_in_seconds: 600,
  },
  {
    clarification_id: `clr_${'0'.repeat(26)}`,
    answer: 'x',
    evidence: [{ title: 'a', text: 'b' }],
    parameters: { a: 1 },
  },
  { reason: 'x' },
  { state: 'failed', result: { a: [1] }, error: 'x' },
  { state: 'rolled_back', detail: 'x' },
  { correct: true, source: 'audit', observed_at: '2026-03-01T10:00:00Z', note: 'n', ref: 'r' },
  { grant: 'a.b.c', action: 'process_refund', parameters: { a: 1 } },
  {
    id: 'wf',
    name: 'n',
    steps: [
      { ...request, action: 'wire' },
      { checkpoint: 'c', required_role: 'lead' },
    ],
    context: { a: 1 },
  },
  {},
]

type Path = readonly (string | number)[]
function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path]
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return [path, ...keys.flatMap((key) => pathsOf(Reflect.get(value, key), [...path, key]))]
}
function changed(value: unknown, [first, ...rest]: Path, to: unknown): unknown {
  if (first === undefined) return to
  const copy: unknown = Array.isArray(value) ? [...value] : { ...Object(value) }
  Reflect.set(Object(copy), first, changed(Reflect.get(Object(value), first), rest, to))
  return copy
}

const jsonBody = fc
  .constantFrom(...BODIES)
  .chain((body) => fc.tuple(fc.constant(body), fc.constantFrom(...pathsOf(body)), odd))
  .map(([body, path, to]) => JSON.stringify(changed(body, path, to)) ?? '')
const good = fc.constantFrom(...BODIES).map((body) => JSON.stringify(body))
const rawBody = fc.oneof(
  { weight: 6, arbitrary: jsonBody },
  { weight: 2, arbitrary: good },
  fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  // Cut, doubled, or with what JSON alone can say.
  fc.tuple(jsonBody, fc.nat(200)).map(([body, at]) => body.slice(0, -at)),
  good.map((body) => body.replace('{', '{"confidence":1,"confidence":2,')),
  good.map((body) => body.replace(/"x"|120/g, '9007199254740993')),
  good.map((body) => body.replace('"x"', '"\\ud800"')),
  fc.integer({ min: 1, max: 60_000 }).map((depth) => '['.repeat(depth)),
  fc.integer({ min: 1, max: 20_000 }).map((depth) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
  fc.constantFrom(
    `[${'0,'.repeat(130_000)}0]`,
    `{"parameters":{"a":"${'\\u0000'.repeat(40_000)}"}}`,
    `"${'x'.repeat(262_142)}"`,
    ' '.repeat(262_145),
  ),
  fc.constant(gzipSync(Buffer.alloc(50_000_000))),
)
const printable = fc.stringMatching(/^[\x21-\x7e]{0,80}$/)
const sometimes = <T>(usual: T, other: fc.Arbitrary<T>) => fc.oneof({ weight: 5, arbitrary: fc.constant(usual) }, other)
const headers = fc.record({
  'content-type': sometimes<string | undefined>(
    'application/json',
    fc.oneof(
      printable,
      fc.constantFrom(
        undefined,
        'application/json; charset=utf-16',
        'text/plain',
        'multipart/form-data; boundary=x',
        'application/json; charset="',
      ),
    ),
  ),
  'content-encoding': sometimes<string | undefined>(
    undefined,
    fc.constantFrom('gzip', 'deflate', 'br', 'identity', 'x'),
  ),
  'idempotency-key': sometimes<string | undefined>(
    undefined,
    fc.oneof(printable, fc.constantFrom('k', '"k"', '"', 'k, l')),
  ),
  accept: sometimes<string | undefined>(undefined, printable),
})
const segment = fc.oneof(
  fc.nat(3).map((at) => ids[at] ?? ''),
  fc.constantFrom(`dec_${'0'.repeat(26)}`, '..', '%00', '%2e%2e', '%zz', '%ff', 'x'.repeat(500), "' OR 1=1"),
  fc.webSegment(),
  hostile.map((given) => encodeURIComponent(given.replace(/\p{Cs}/gu, ''))),
)
const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  fc
    .dictionary(
      fc.oneof(
        fc.constantFrom('after', 'limit', 'cursor', 'status', 'action', 'agent', 'role', 'overdue', 'k'),
        fc.webQueryParameters(),
      ),
      fc.oneof(fc.constantFrom('1', '-1', '1e9', 'pending', 'true', '9'.repeat(400)), fc.webQueryParameters()),
      { maxKeys: 4 },
    )
    .map(
      (pairs) =>
        `?${Object.entries(pairs)
          .map(([name, value]) => `${name}=${value}`)
          .join('&')}`,
    ),
  fc.webQueryParameters().map((given) => `?${given}`),
)

it(
  'none is answered with a fault of the service, and a good one is afterwards',
  async () => {
    const routes = running.server.routes.filter((route) => !route.startsWith('HEAD'))
    let sent = 0
    const turns = longestOf(200)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        segment,
        query,
        headers,
        rawBody,
        async (route, id, asked, given, raw) => {
          const [method = '', path = ''] = route.split(' ')
          sent += 1
          const key = given['idempotency-key'] ?? `f${sent}`
          const init = { headers: { ...given, 'idempotency-key': key }, ...(method === 'GET' ? {} : { raw }) }
          const reply = await turns.watch(() => running.call(method, `${path.replace(/:\w+/, id)}${asked}`, init))
          // 503 would be an exception that a handler has caught: nothing is overloaded here, and the disk is good.
          expect([500, 503], reply.text).not.toContain(reply.status)
          if (reply.headers.get('content-type')?.startsWith('application/problem') === true)
            expect(problem.safeParse(reply.body).error).toBeUndefined()
        },
      ),
      { numRuns: tries(600, 20_000) },
    )
    // Only with DEEP=1: 100 ms for one request, all that it takes.
    expect(turns.longest()).toBeLessThan(tries(Number.POSITIVE_INFINITY, 100))
    await team.settled()
    expect(unhandled).toEqual([])
    expect(team.failures).toEqual([])
    expect(running.logged()).not.toContain('"level":50')
    const after = await running.propose({
      body: { ...request, parameters: { order_id: 'after' } },
      headers: { 'idempotency-key': 'after' },
    })
    expect(after.status).toBe(201)
  },
  patience(120_000),
)
