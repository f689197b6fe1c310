/**
 * A database of the version before workflows had threads. Broken builds that this was seen to catch: a step that finds no
 * earlier decisions; one that names them otherwise than `workflowKey`.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { born } from '../../src/domain/decision.ts'
import { workflowKey } from '../../src/domain/workflow-ref.ts'
import { migrate, sqliteMigrations } from '../../src/store/migrate.ts'
import { inserted } from '../../src/store/sqlite/decisions.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { aDecisionId, aProposal, submittedEvent } from '../fixtures/decisions.ts'

it('knows which of its decisions are steps of one workflow, whoever carries it out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'store.db')
  const old = new Sqlite(file)
  migrate(
    old,
    sqliteMigrations().filter(({ version }) => version < 16),
  )
  const workflow = { id: 'wf "7" ü', step_index: 0, completed_steps: [], context: {} }
  const run = { workflow: 'wf_1', step: 0 }
  const ids = [1, 2, 3, 4].map((n) => aDecisionId(n))
  for (const [n, id] of ids.entries()) {
    const event = submittedEvent({ id, proposal: aProposal(n === 0 ? {} : { workflow }) })
    const ofEngine = { ...event, payload: { ...event.payload, run } }
    const written = n === 3 ? ofEngine : event
    const [sql, ...values] = inserted(born(written), written, null, () => 'salt').step
    old.prepare(sql).run(...values)
  }
  old.close()

  const store = openSqliteStore({ file, random: (count) => new Uint8Array(count) })
  onTestFinished(() => store.close())
  const of = async (key: string, limit = 50) => {
    const { last, count } = await store.workflowDecisions(key, limit)
    return { ids: last.map(({ id }) => id), count }
  }
  const told = workflowKey({ id: workflow.id, agent: 'support-agent' })
  expect(await of(told)).toEqual({ ids: ids.slice(1, 3), count: 2 })
  expect(await of(told, 1)).toEqual({ ids: ids.slice(2, 3), count: 2 })
  expect(await of(workflowKey({ id: 'wf_1', agent: null }))).toEqual({ ids: ids.slice(3), count: 1 })
  expect(await of(workflowKey({ id: 'wf_1', agent: 'support-agent' }))).toEqual({ ids: [], count: 0 })
})
