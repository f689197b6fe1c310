/**
 * The database takes no writes for a while: another process holds its lock.
 *
 * Seen to fail with the product broken so:
 * - connection.ts waits five seconds for a lock: Slack gives up on the click after three.
 * - agent-api.ts answers 500, or leaves out Retry-After.
 * - actions.ts says nothing to the person who clicked.
 * - ops.ts calls the service ready.
 */
import Sqlite from 'better-sqlite3'
import { expect, test, vi } from 'vitest'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { ANA, APPROVALS, createScene, isOpenCard, only, refund, WAIT } from './scene.ts'

test('while the database is locked nothing is recorded and everybody is told; afterwards it works', async ({
  onTestFinished,
}) => {
  const scene = await createScene(onTestFinished)
  const service = await scene.start()
  const id = await service.propose('k1')
  await service.quiet()
  const { ts } = await scene.card(id)
  const target = { channel: APPROVALS, ts, actionId: ACTIONS.approve }

  const other = new Sqlite(scene.databaseFile)
  other.exec('BEGIN EXCLUSIVE')
  const refused = await service.call('POST', '/v1/decisions', { key: 'k2', body: refund('k2') })
  expect(refused).toMatchObject({ status: 503, body: { code: 'not_recorded' } })
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await fetch(`${service.url}/readyz`)).status).toBe(503)
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)

  const answer = await scene.workspace.click(ANA, target)
  expect(answer).toMatchObject({ status: 200 })
  await vi.waitFor(() => expect(only(scene.workspace.ephemerals(ANA)).text).toContain('not recorded'), WAIT)
  expect(await service.read(id)).toMatchObject({ status: 'pending', version: 2 })
  expect((await service.call('GET', '/v1/decisions')).body['data']).toHaveLength(1)
  other.exec('ROLLBACK')
  other.close()

  const accepted = await service.call('POST', '/v1/decisions', { key: 'k2', body: refund('k2') })
  expect(accepted.status).toBe(201)
  expect(accepted.headers.get('idempotency-replayed')).toBeNull()
  expect((await scene.workspace.click(ANA, target)).status).toBe(200)
  expect(await service.read(id)).toMatchObject({ status: 'approved', version: 3 })
  await service.quiet()
  expect(isOpenCard(only(scene.cards(id)))).toBe(false)
  expect(scene.cards(String(accepted.body['id']))).toHaveLength(1)
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
})
