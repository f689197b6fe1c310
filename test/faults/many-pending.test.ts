/**
 * A start with 300 requests that wait for people (100,000 with DEEP=1, which prints how long it took): all of them on
 * their cards already, so that nobody is told anything anew, and new work goes on at once.
 *
 * Seen to fail with the product broken so:
 * - compose.ts shows what is open again at each start, as the local workspace needs it.
 */
import Sqlite from 'better-sqlite3'
import { expect, test, vi } from 'vitest'
import { patience, tries } from '../fixtures/depth.ts'
import { APPROVALS, createScene, refund, WAIT } from './scene.ts'

const WAITING = tries(300, 100_000)

test(
  `a service with ${WAITING} requests that wait starts, and says nothing that was said`,
  async ({ onTestFinished }) => {
    const scene = await createScene(onTestFinished)
    const first = await scene.start({ AGENT_RATE_LIMIT: '999999' })
    let next = 0
    const propose = async () => {
      while (next < WAITING) await first.propose(`k${(next += 1)}`)
    }
    await Promise.all(Array.from({ length: 32 }, propose))
    await vi.waitFor(() => expect(asked(scene.databaseFile)).toBe(WAITING), {
      ...WAIT,
      timeout: patience(WAIT.timeout),
    })
    await first.kill()
    noteAsPosted(scene.databaseFile)
    const before = scene.workspace.messages(APPROVALS).length

    const begun = performance.now()
    const second = await scene.start()
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200)
    const ready = performance.now() - begun
    if (WAITING > 300) console.log(`ready after ${(ready / 1_000).toFixed(1)} s`)
    const answer = await second.call('POST', '/v1/decisions', { key: 'new', body: refund('new') })
    expect(answer.status).toBe(201)
    await second.quiet({ ...WAIT, timeout: patience(WAIT.timeout) })
    const said = scene.workspace.messages(APPROVALS).slice(before)
    expect(said.map(({ metadata }) => metadata?.event_payload['subject'])).toEqual([answer.body['id']])
  },
  patience(60_000),
)

/** Slack takes a message a second and channel: instead of waiting for it, all are noted as the worker notes them. */
function noteAsPosted(file: string): void {
  const db = new Sqlite(file)
  db.exec(`
    DELETE FROM posts;
    DELETE FROM outbox;
    INSERT INTO posts (subject, slot, channel, started_at, state, ts, shown_version, shown_frozen, permalink)
      SELECT id, 'card', '${APPROVALS}', created_at, 'posted', '1.' || rowid, version, '', 'https://example.com/' FROM decisions;
    INSERT INTO posts (subject, slot, channel, started_at, state, ts, shown_version, shown_frozen)
      SELECT id, 'dm 2 ' || assignee, 'D0' || assignee, created_at, 'posted', '2.' || rowid, version, '' FROM decisions
      WHERE assignee IS NOT NULL`)
  db.close()
}

/** How many are somebody's by name. */
function asked(file: string): number {
  const db = new Sqlite(file, { readonly: true })
  const count = db.prepare<[], number>('SELECT count(*) FROM decisions WHERE assignee IS NOT NULL').pluck().get()
  db.close()
  return count ?? 0
}
