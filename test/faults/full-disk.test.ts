/**
 * The disk is full, at each of the places where a write can meet that: the files of a real service may grow by so many
 * bytes and no further (RLIMIT_FSIZE), a little more each time, until a whole proposal fits.
 *
 * Seen to fail with the product broken so:
 * - group-commit.ts takes a batch that failed for written: a 201 whose decision is not there.
 * - group-commit.ts tells nobody of a write that failed: the proposal is never answered.
 * - ops.ts calls the service ready.
 * - actions.ts says nothing to the person who clicked.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { ANA, APPROVALS, createScene, refund, type Scene, type Service, WAIT } from './scene.ts'

const PAGE = 4_096 + 24
/** A proposal alone writes about ten pages; what else the service writes comes on top. */
const STEPS = tries(12, 200)
const canLimit = spawnSync('prlimit', ['--version']).status === 0

test.skipIf(!canLimit)(
  'a full disk refuses what it cannot record, loses nothing, and goes on when there is room',
  async ({ onTestFinished }) => {
    const scene = await createScene(onTestFinished)
    const service = await scene.start()
    const before = await service.propose('before')
    await service.quiet()
    const recorded = new Set([before])
    const refused = new Set<string>()
    for (let step = 0; step < STEPS; step += 1) {
      const key = `k${step}`
      growBy(scene, service, Math.floor((step * 14 * PAGE) / STEPS))
      const answer = await service.call('POST', '/v1/decisions', { key, body: small(key) })
      if (answer.status === 201) recorded.add(String(answer.body['id']))
      else {
        expect(answer).toMatchObject({ status: 503, body: { code: 'not_recorded' } })
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
        refused.add(key)
      }
      // Reading goes on all the while.
      expect(await service.read(before)).toMatchObject({ status: 'pending' })
      expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
      unlimited(service)
    }
    expect(refused.size).toBeGreaterThan(0)
    expect(recorded.size).toBeGreaterThan(1)

    limit(service, '0')
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503)
    const { ts } = await scene.card(before)
    expect(await scene.workspace.click(ANA, { channel: APPROVALS, ts, actionId: ACTIONS.approve })).toMatchObject({
      status: 200,
    })
    await vi.waitFor(() => expect(scene.workspace.ephemerals(ANA).at(-1)?.text).toContain('not recorded'), WAIT)
    expect(await service.read(before)).toMatchObject({ status: 'pending' })

    unlimited(service)
    expect((await fetch(`${service.url}/readyz`)).status).toBe(200)
    // What was refused is recorded when it is asked for again, once.
    for (const key of refused) {
      const again = await service.call('POST', '/v1/decisions', { key, body: small(key) })
      expect(again.status).toBe(201)
      expect(again.headers.get('idempotency-replayed')).toBeNull()
      recorded.add(String(again.body['id']))
    }
    await scene.workspace.click(ANA, { channel: APPROVALS, ts, actionId: ACTIONS.approve })
    await vi.waitFor(async () => expect(await service.read(before)).toMatchObject({ status: 'approved' }), WAIT)
    // With DEEP=1 the policy's limits are used up, and each one more gets a card.
    await service.quiet({ ...WAIT, timeout: patience(WAIT.timeout) })
    await service.kill()
    await scene.inStore(async (store) => {
      const all = await store.decisions({ agent: null, status: null, action: null, before: null, limit: 1_000 })
      expect(new Set(all.map(({ id }) => id))).toEqual(recorded)
      for (const id of recorded) {
        const trail = await store.auditTrail(id)
        expect(trail === null ? 'no chain' : chainFault(trail.entries, trail.head)).toBeNull()
      }
    })
    expect(scene.cards(before)).toHaveLength(1)
  },
  patience(60_000),
)

/** What passes without a person: it has no card, which would take a second each. */
function small(order: string): Readonly<Record<string, unknown>> {
  return refund(order, { parameters: { order_id: order, customer_id: `c-${order}`, amount_usd: 1 }, confidence: 0.99 })
}

/** From now on no file of the service may be longer than its log is now, and so many bytes. */
function growBy({ databaseFile }: Scene, service: Service, bytes: number): void {
  const log = `${databaseFile}-wal`
  const size = existsSync(log) ? statSync(log).size : 0
  limit(service, String(size + bytes))
}

function unlimited(service: Service): void {
  limit(service, 'unlimited')
}

function limit({ child }: Service, size: string): void {
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${size}:unlimited`])
}
