/**
 * A database of the version before anybody was asked in person. Broken builds that this was seen to catch: open
 * decisions that stay due at their end; states that are read without the new fields.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { appendToChain, GENESIS } from '../../src/domain/audit.ts'
import { assigneeOf, isWaiting } from '../../src/domain/decision.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { migrate, sqliteMigrations } from '../../src/store/migrate.ts'
import { openTeam } from '../app/team.ts'
import { aDecisionId, anAssignment, NOON, submittedEvent } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

const ANA = 'U0000000001'
const POLICY = `
actions:
  process_refund: {severity: high, reversible: false, escalation_path: [support_lead, team_lead], approval_timeout_seconds: 14400, sla_minutes: 30}
roles:
  support_lead: {members: [${ANA}]}
  team_lead: {members: [U0000000002]}
`

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('has somebody asked for each open decision at the next sweep, whatever had happened to it', async () => {
  const file = join(folder, 'store.db')
  const old = new Sqlite(file)
  migrate(old, sqliteMigrations().slice(0, 5))
  const assignment = { role: 'support_lead', level: 0, reviewers: [] }
  const clocks = { deadline: NOON + 30 * MINUTE, expiresAt: NOON + 4 * HOUR }
  const until = NOON + 2 * HOUR
  const question = { id: 'clr_1', state: 'open', question: 'Why?', askedBy: ANA, askedAt: NOON, until }
  const clocksLeft = { deadline: 30 * MINUTE, expiry: 4 * HOUR }
  const rows = [
    { status: 'pending', due: clocks.expiresAt, changed: null },
    { status: 'pending', due: clocks.expiresAt, changed: { assignment, clocks, clarification: null } },
    { status: 'clarifying', due: until, changed: { assignment, clocksLeft, clarification: question } },
    { status: 'withdrawn', due: null, changed: { reason: 'gone', decidedAt: NOON, clarification: null } },
  ]
  for (const [n, { status, due, changed }] of rows.entries()) {
    const id = aDecisionId(n + 1)
    const { digest } = manifestOf(POLICY)
    const event = submittedEvent({ id, manifestDigest: digest, assignment: anAssignment(NOON) })
    const { entries, head } = appendToChain(GENESIS, [event], id, digest, () => 'salt')
    const { payload } = event
    const { parametersDigest, nonce, route, oversight, urgency } = payload
    const known = { id, agent: 'support-agent', manifestDigest: digest, createdAt: NOON, parametersDigest, nonce }
    const routed = { version: 2, revision: 0, status, addedEvidence: [], route, oversight, urgency }
    const soFar = { pausedMs: 0, approvals: [], outcomes: [], execution: { state: 'not_started' } }
    const state = changed === null ? '' : JSON.stringify({ ...known, ...routed, ...soFar, ...changed })
    const [first] = entries
    if (first === undefined) throw new Error('it begins with an event')
    const { record, hash, sealed, salt } = first
    const columns = [id, digest, NOON, status, state === '' ? 1 : 2, due, head.length, head.hash, state]
    old
      .prepare(`
        INSERT INTO decisions (id, agent, action, manifest_digest, created_at, status, route, version, due_at,
          chain_length, chain_hash, state, record, hash, sealed, salt)
        VALUES (?, 'support-agent', 'process_refund', ?, ?, ?, 'human_review', ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(...columns, record, hash, sealed, salt)
  }
  old.close()

  const team = openTeam(POLICY, file)
  const [first, second, asked, ended] = [1, 2, 3, 4].map(aDecisionId)
  team.clock.now = NOON + HOUR
  const queue = { assignee: null, dueBy: null, after: null, limit: 10 }
  expect((await team.store.queue(queue)).map(({ id }) => id).toSorted()).toEqual([first, second, asked])
  expect(await team.store.due(team.clock.now, 10)).toEqual([first, second])
  await team.app.sweep()
  for (const id of [first ?? '', second ?? '']) {
    const decision = await team.read(id)
    expect([assigneeOf(decision), isWaiting(decision) && decision.assignment.tried]).toEqual([
      ANA,
      [{ user: ANA, level: 0 }],
    ])
  }
  expect((await team.store.reviewers([ANA])).get(ANA)?.open).toBe(2)
  expect((await team.store.queue({ ...queue, assignee: ANA })).map(({ id }) => id)).toEqual([first, second])
  expect((await team.read(asked ?? '')).status).toBe('clarifying')
  team.clock.now = until
  await team.app.sweep()
  expect(assigneeOf(await team.read(asked ?? ''))).not.toBeNull()
  expect((await team.read(ended ?? '')).status).toBe('withdrawn')
  // Not `team.close()`: the rows of this test have no later events.
  await team.settled()
  await team.store.close()
})
