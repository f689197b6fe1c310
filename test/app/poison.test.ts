/*
 * Rows that cannot be read, ten among 1,000 that are due (1,000 among 100,000 with DEEP=1), on a store in a file. Broken
 * once each to see it fail: a sweep that ends with the first failure; one that asks for those that failed again and again;
 * one that tells nobody; one that puts the reasons of all of them into the log.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { openTeam } from './team.ts'

const ROWS = tries(1_000, 100_000)
const POISONED = ROWS / 100
const POLICY = `
actions:
  process_refund: {severity: high, reversible: false, escalation_path: [support_lead], approval_timeout_seconds: 3600}
roles:
  support_lead: {members: [U0000000001]}
`

it(
  `the sweep ends ${ROWS - POISONED} decisions beside ${POISONED} that can not be read, and says which, as often as it comes`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    const file = join(folder, 'store.db')
    const team = openTeam(POLICY, file)
    try {
      for (let n = 0; n < ROWS; n += 100) await Promise.all(Array.from({ length: 100 }, () => team.submit()))
      await team.settled()
      const db = new Sqlite(file)
      db.prepare(`UPDATE decisions SET state = '{', sealed = '{' WHERE rowid % 100 = 1`).run()
      const poisoned = db.prepare<[], string>(`SELECT id FROM decisions WHERE state = '{'`).pluck().all()
      db.close()
      expect(poisoned).toHaveLength(POISONED)
      team.clock.now += 2 * HOUR
      for (let sweeps = 0; sweeps < 2; sweeps += 1) {
        const failure: unknown = await team.app.sweep().catch((error: unknown) => error)
        if (!(failure instanceof AggregateError)) throw new Error(`the sweep said nothing of them: ${String(failure)}`)
        expect(failure.message).toMatch(new RegExp(`^${POISONED} decisions .* not be taken further: dec_`))
        expect(failure.errors).toHaveLength(5)
        expect(poisoned).toContain(/further: (\w+)/.exec(failure.message)?.[1])
      }
      expect((await team.store.due(team.clock.now, ROWS)).toSorted()).toEqual(poisoned.toSorted())
    } finally {
      // Not `team.close()`, which finds what was poisoned.
      await team.settled()
      await team.store.close()
      rmSync(folder, { recursive: true })
    }
  },
  patience(60_000),
)
