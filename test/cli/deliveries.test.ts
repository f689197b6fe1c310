/**
 * `countersign deliveries`. Broken builds that these sentences were seen to catch: what waits listed as given up; cards that
 * are on their way listed; a delivery queued with the tries it had; nothing in the service's chain; all that was given up
 * queued where one was named; an unknown ID that ends well.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { openStore } from '../../src/compose.ts'
import type { Intent } from '../../src/domain/intent.ts'
import { aDecisionId } from '../fixtures/decisions.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const CARD: Intent = { kind: 'card.sync', decision: aDecisionId(1) }
const OTHER_CARD: Intent = { kind: 'card.sync', decision: aDecisionId(2) }
const TOLD: Intent = {
  kind: 'webhook.send',
  subject: aDecisionId(1),
  version: 3,
  type: 'decision.approved',
  at: 0,
}
const LATER: Intent = { ...TOLD, version: 4, type: 'rollback.requested' }
const ID = `webhook.send ${aDecisionId(1)} 3 decision.approved`

let terminal: Terminal
/** That of a running service. */
let running: Store

beforeEach(async () => {
  terminal = openTerminal()
  running = openStore({ databaseFile: './data/local.db' })
  const now = Date.now()
  await running.addIntents([CARD, OTHER_CARD, TOLD, LATER], now)
  await fail('webhook.send', 3, null, 'http_410')
  await fail('webhook.send', 4, now + 60_000, 'timeout')
  await fail('card.sync', aDecisionId(2), null, 'channel_not_found')
})
afterEach(async () => {
  await running.close()
  terminal.close()
})

async function fail(kind: Intent['kind'], of: unknown, retryAt: number | null, error: string): Promise<void> {
  for (const lane of ['slack', 'systems'] as const)
    for (const row of await running.dueIntents(lane, Date.now(), 10))
      if (row.intent.kind === kind && Object.values(row.intent).includes(of))
        await running.intentFailed(row, retryAt, error)
}

const due = async () =>
  (await running.dueIntents('systems', Date.now() + 1, 10)).map(({ key, attempts }) => ({ key, attempts }))

describe('deliveries list', () => {
  it('shows what was given up and what waits for another try, the oldest first, and no card on its way', async () => {
    const { stdout, stderr, code } = await terminal.type('deliveries', 'list')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const [first = '', second = '', third = '', ...more] = stdout.trimEnd().split('\n')
    expect(first).toBe(`card.sync ${aDecisionId(2)}  given up  1 failed try  channel_not_found`)
    expect(second).toBe(`${ID}  given up  1 failed try  http_410`)
    expect(third).toMatch(/^webhook\.send .+ 4 rollback\.requested {2}due 2.+Z {2}1 failed try {2}timeout$/)
    expect(more).toEqual([])
  })

  it('is JSON on demand', async () => {
    const { stdout } = await terminal.type('deliveries', 'list', '--json')
    expect(JSON.parse(stdout)[1]).toEqual({
      id: ID,
      kind: 'webhook.send',
      state: 'dead',
      due_at: null,
      attempts: 1,
      error: 'http_410',
    })
  })
})

describe('deliveries replay', () => {
  it('queues one again under its own ID, with all tries before it, and puts that on record', async () => {
    const { stdout, code } = await terminal.type('deliveries', 'replay', ID)
    expect({ stdout, code }).toEqual({ stdout: `queued again: ${ID}\n`, code: 0 })
    expect(await due()).toEqual([{ key: ID, attempts: 0 }])
    expect((await running.counts(Date.now())).outboxDead).toBe(1)
    const { entries, head } = await running.serviceTrail()
    const [entry] = entries
    expect(head).toEqual({ length: 1, hash: entry?.hash })
    expect(JSON.parse(entry?.record ?? '')).toMatchObject({
      type: 'deliveries.replayed',
      actor: { kind: 'operator' },
      payload: { count: 1, first: [ID] },
    })
  })

  it('queues all that was given up, and not what waits', async () => {
    const { stdout } = await terminal.type('deliveries', 'replay', '--all', '--json')
    expect(JSON.parse(stdout)).toEqual([`card.sync ${aDecisionId(2)}`, ID])
    expect((await running.counts(Date.now())).outboxDead).toBe(0)
    expect(await due()).toEqual([{ key: ID, attempts: 0 }])
    expect(await terminal.type('deliveries', 'replay', '--all')).toEqual({
      stdout: '',
      stderr: 'Nothing was given up, so nothing was queued.\n',
      code: 0,
    })
    expect((await running.serviceTrail()).entries).toHaveLength(1)
  })

  it('of an ID that there is not says so and exits with 1', async () => {
    const { stdout, stderr, code } = await terminal.type('deliveries', 'replay', 'nothing')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toBe('Nothing of this ID waits or was given up: "nothing". See: countersign deliveries list\n')
    expect((await running.serviceTrail()).entries).toEqual([])
  })

  it.each([[['replay']], [['replay', ID, '--all']]])(
    'used wrongly (%j) says what is allowed and exits with 2',
    async (words) => {
      const { stderr, code } = await terminal.type('deliveries', ...words)
      expect(code).toBe(2)
      expect(stderr).toContain('say which: the IDs that `countersign deliveries list` shows, or --all')
    },
  )
})
