/**
 * The example history. Seen to fail: the outbox left full; a database overwritten; chance from Math.random; labels of the
 * overconfident agent as often right as it claims; the finished file written under its name from the start.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { QUARTER } from '../../examples/history/quarter.ts'
import { writeHistory } from '../../examples/history/write.ts'
import type { Store } from '../../src/app/ports.ts'
import { openStore } from '../../src/compose.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { calibrationReport } from '../../src/domain/calibration-report.ts'
import { DAY, type Instant, MINUTE, toDay } from '../../src/domain/time.ts'
import { loadManifest } from '../../src/policy/load.ts'
import { openTerminal, type Terminal } from '../cli/terminal.ts'

const UNTIL: Instant = Date.parse('2026-11-27')
const WINDOW = { since: UNTIL - 30 * DAY, tolerance: { alpha: 0.05, delta: 0.05 } }
const quietly = () => undefined

describe('the example history', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-history-'))
  const file = join(folder, 'example.db')
  let store: Store

  beforeAll(async () => {
    expect(await writeHistory(file, { until: UNTIL, days: QUARTER, seed: 1 }, quietly)).toMatchObject({
      kind: 'written',
      manifests: join(folder, 'example-manifests'),
    })
    store = openStore({ databaseFile: file })
  })
  afterAll(async () => {
    await store?.close()
    rmSync(folder, { recursive: true })
  })

  async function report(action: string, autoApprove: number) {
    const judged = await store.judged(action, WINDOW.since)
    return calibrationReport(judged, { bucketing: 'left_closed' }, { tolerance: WINDOW.tolerance, autoApprove }, UNTIL)
  }

  it('has an agent whose claims come true, with a threshold that its labels allow', async () => {
    const refunds = await report('process_refund', 0.98)
    expect(refunds.findings).toEqual([])
    expect(refunds.threshold.suggested).toBeLessThan(0.98)
    expect(refunds.reviewers.caught).toBeGreaterThan(5)
    expect(refunds.reviewers.caught).toBeLessThan(refunds.reviewers.wrong)
  })

  it('has one that claims more than it keeps since its second version', async () => {
    const mails = await report('send_customer_email', 0.9)
    expect(mails.agent_version).toBe('2.0')
    expect(mails.findings.join('\n')).toMatch(/^The agent overstates confidence at 0\.9: /)
    expect(mails.threshold.suggested).toBeNull()
  })

  it('has audit chains that hold, for every decision and the service', async () => {
    const { entries, head } = await store.serviceTrail()
    expect(chainFault(entries, head)).toBeNull()
    let last = ''
    let checked = 0
    for (;;) {
      const page = await store.past(last === '' ? { since: 0 } : last, 1_000)
      for (const { id } of page.decisions) {
        const trail = await store.auditTrail(id)
        expect(trail === null ? 'no trail' : chainFault(trail.entries, trail.head)).toBeNull()
        checked += 1
      }
      if (page.last === null) break
      last = page.last
    }
    expect(checked).toBeGreaterThan(5_000)
  })

  it('leaves nothing that a service would post', async () => {
    expect(await store.counts(UNTIL + DAY)).toMatchObject({ outboxWaiting: 0, outboxDead: 0 })
  })

  it('has reviewers who differ: one is quick and lets more pass that is wrong', async () => {
    const ended = await store.endedSince(UNTIL - 90 * DAY, 10_000)
    const minutesOf = (user: string) =>
      ended
        .filter((decision) => decision.status === 'approved' && decision.approvals[0]?.user === user)
        .map(({ decidedAt, createdAt }) => (decidedAt - createdAt) / MINUTE)
        .toSorted((a, b) => a - b)
    const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? 0
    const [ana, ben] = [minutesOf('U0ANA00001'), minutesOf('U0BEN00001')]
    expect(Math.min(ana.length, ben.length)).toBeGreaterThan(300)
    expect(median(ana)).toBeGreaterThan(1.5 * median(ben))
  })

  describe('as commands show it', () => {
    let terminal: Terminal

    beforeAll(() => {
      terminal = openTerminal()
      vi.useFakeTimers({ now: UNTIL, toFake: ['Date'] })
      cpSync(join(folder, 'example-manifests'), join(terminal.folder, 'manifests'), { recursive: true })
      vi.stubEnv('DATABASE_URL', `sqlite:${file}`)
    })
    afterAll(() => {
      vi.useRealTimers()
      terminal.close()
    })

    it('is ready to be promoted in one of its actions, and in no other', async () => {
      const ready = await terminal.type('promote', 'change_subscription', '--to', 'on_the_loop')
      expect(ready.stdout).toContain('Everything is met.')
      expect(ready.stdout).toContain('a step that is nearly always approved costs time and attention')
      expect(ready.code).toBe(0)
      const mails = await terminal.type('promote', 'send_customer_email', '--to', 'on_the_loop')
      expect(mails.stdout).toContain('consider more oversight')
      expect(mails.code).toBe(1)
    })

    it('differs in a backtest under a policy that lets more pass', async () => {
      const same = await terminal.type('backtest', '--fail-on', 'changes')
      expect(same.stdout).toContain('No decision would go another way.')
      const policy = join(terminal.folder, 'manifests/policy.yaml')
      writeFileSync(
        policy,
        readFileSync(policy, 'utf8').replace('auto_approve_confidence: 0.98', 'auto_approve_confidence: 0.85'),
      )
      const looser = await terminal.type('backtest', '--fail-on', 'new-auto-approvals-denied')
      expect(looser.stdout).toMatch(/process_refund +human_review +auto_approve +\d{3}/)
      expect(looser.code).toBe(1)
    })
  })

  it('overwrites nothing', async () => {
    const before = readFileSync(file)
    expect(await writeHistory(file, { until: UNTIL, days: 2, seed: 1 }, quietly)).toEqual({ kind: 'taken', path: file })
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('is there whole or not at all', async () => {
    const half = join(folder, 'half.db')
    const broken = () => {
      throw new Error('interrupted')
    }
    await expect(writeHistory(half, { until: UNTIL, days: 2, seed: 1 }, broken)).rejects.toThrow('interrupted')
    expect(existsSync(half)).toBe(false)
    expect(await writeHistory(half, { until: UNTIL, days: 2, seed: 1 }, quietly)).toMatchObject({ kind: 'written' })
  })

  it('is the same again with the same seed, and another one with another', async () => {
    const ids = async (name: string, seed: number) => {
      const path = join(folder, name)
      await writeHistory(path, { until: UNTIL, days: 3, seed }, quietly)
      const opened = openStore({ databaseFile: path })
      const { decisions } = await opened.past({ since: 0 }, 1_000)
      await opened.close()
      return decisions.map((each) => JSON.stringify(each))
    }
    const first = await ids('first.db', 7)
    expect(first.length).toBeGreaterThan(100)
    expect(await ids('second.db', 7)).toEqual(first)
    expect(await ids('third.db', 8)).not.toEqual(first)
  })

  it('has a policy whose evidence holds on its last day', () => {
    expect(loadManifest(join(folder, 'example-manifests'), toDay(UNTIL))).toMatchObject({ ok: true, warnings: [] })
  })
})
