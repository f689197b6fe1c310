/**
 * A database of the version in which a workflow's row was as wide as all it says. Broken builds that this was seen to
 * catch: an empty chain hash taken for the head of the chain; the hash of a longer chain lost on the way; later
 * events left behind.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { appendToChain, chainFault, GENESIS } from '../../src/domain/audit.ts'
import type { WorkflowEvent } from '../../src/domain/workflow-event.ts'
import { migrate, sqliteMigrations } from '../../src/store/migrate.ts'
import { openTeam, type Team } from '../app/team.ts'
import { aDecisionId, NOON } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

const POLICY = 'roles: {operations: {members: [U0000000001]}}'
const AGENT = { kind: 'agent', agent: 'support-agent', key: 'key_1' } as const
const STEP = { checkpoint: 'before the refund', required_role: 'operations' }

let folder = ''
let team: Team
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
})
afterEach(async () => {
  await team.close()
  rmSync(folder, { recursive: true })
})

it('has kept its workflows, with what happened to them, and they go on', async () => {
  const file = join(folder, 'store.db')
  const old = new Sqlite(file)
  old.pragma('foreign_keys = ON')
  migrate(
    old,
    sqliteMigrations().filter(({ version }) => version <= 12),
  )
  insert(old, 'fresh', [started('fresh')])
  insert(old, 'paused', [started('paused'), paused])
  old.close()

  team = openTeam(POLICY, file)
  expect(await team.store.workflow('fresh')).toMatchObject({ version: 1, decision: aDecisionId(1), suspension: null })
  expect(await team.store.workflow('paused')).toMatchObject({ version: 2, suspension: { reason: 'a moment' } })
  const caller = { agent: 'support-agent', apiKey: 'key_1', anyAgent: false }
  await team.app.pauseWorkflow(caller, 'fresh', 'as well')
  await team.app.resumeWorkflow(caller, 'paused')
  for (const [id, length] of [['fresh', 2] as const, ['paused', 3] as const]) {
    const trail = await team.store.workflowTrail(id)
    if (trail === null) throw new Error(`no trail of ${id}`)
    expect(trail.head.length).toBe(length)
    expect(chainFault(trail.entries, trail.head)).toBeNull()
  }
})

const paused: WorkflowEvent = {
  type: 'workflow.suspended',
  at: NOON + 1,
  actor: AGENT,
  payload: { because: 'paused' },
  sealed: { reason: 'a moment' },
}

function started(id: string): WorkflowEvent {
  const manifestDigest = manifestOf(POLICY).digest
  return {
    type: 'workflow.started',
    at: NOON,
    actor: AGENT,
    payload: { workflow: id, steps: 1, decision: aDecisionId(1), manifestDigest },
    sealed: { name: null, steps: [STEP], context: { order: 'A-1' }, callbackUrl: null, requestedBy: null },
  }
}

function insert(db: Sqlite.Database, id: string, events: readonly WorkflowEvent[]): void {
  const { digest } = manifestOf(POLICY)
  const { entries, head } = appendToChain(GENESIS, events, id, digest, () => 'salt')
  const [first, ...later] = entries
  if (first === undefined) throw new Error('it begins with an event')
  const columns = [id, head.length === 1 ? 'open' : 'suspended', head.length, NOON, aDecisionId(1), digest, head.hash]
  db.prepare(`
    INSERT INTO workflows (id, agent, status, version, created_at, decision_id, manifest_digest, chain_hash, record, hash,
      sealed, salt)
    VALUES (?, 'support-agent', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`).run(
    ...columns,
    first.record,
    first.hash,
    first.sealed,
    first.salt,
  )
  for (const { seq, type, record, hash, sealed, salt } of later)
    db.prepare(
      'INSERT INTO workflow_events (workflow_id, n, type, record, hash, sealed, salt) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ).run(id, seq, type, record, hash, sealed, salt)
}
