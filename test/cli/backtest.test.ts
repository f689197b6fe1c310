/**
 * `countersign backtest`. Seen to fail: the exit code without `--fail-on`; only the first page read; a day that does not
 * exist read as the next one; a help that says `default: undefined`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { newId } from '../../src/domain/ids.ts'
import { DAY, HOUR } from '../../src/domain/time.ts'
import { transition } from '../../src/domain/transition.ts'
import { label, submit, unpredictable } from '../contract/open-store.ts'
import { deny, policyOf, termsOf } from '../domain/transition-cases.ts'
import { aProposal, submittedEvent } from '../fixtures/decisions.ts'
import { openTerminal, type Terminal } from './terminal.ts'

let terminal: Terminal

beforeEach(() => {
  terminal = openTerminal()
})

afterEach(() => terminal.close())

function manifest(folder: string, below: number): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    `${folder}/policy.yaml`,
    `
actions:
  process_refund:
    severity: high
    reversible: false
    approval_required: true
    required_role: support_lead
    conditions: { amount_parameter: amount_usd, auto_approve_below_usd: ${below} }
    thresholds: { max_uncertainty_factors: 3 }
roles: { support_lead: { members: [ana@example.com] } }
`,
  )
}

/** Refunds of 60 that people were asked about, one of them denied, one labelled wrong; and one of 20 that passed. */
async function history(count: number): Promise<void> {
  const store = openStore({ databaseFile: './data/local.db' })
  const begin = Date.now() - 2 * DAY
  for (let n = 0; n < count; n += 1) {
    const amount = n === 0 ? 20 : 60
    const proposal = aProposal({ parameters: { amount_usd: amount } })
    const at = begin + n
    const id = newId('dec', at, unpredictable(10))
    await submit(store, submittedEvent({ id, at, proposal, route: n === 0 ? 'auto_approve' : 'human_review' }))
    if (n === 1)
      await store.update(id, null, at, (decision) => transition(decision, deny('U1'), termsOf(policyOf()), at + HOUR))
    if (n === 2) await store.update(id, null, at, (decision) => label(decision, '', at))
    if (n === 1)
      await store.savePost({
        subject: id,
        slot: 'card',
        channel: 'C1',
        startedAt: at,
        state: 'posted',
        ts: '1.2',
        shownVersion: 1,
        shownFrozen: '',
        permalink: 'https://acme.slack.com/p2',
      })
  }
  await store.close()
}

describe('a backtest', () => {
  it('finds nothing under the manifest that was in force', async () => {
    manifest('manifests', 50)
    await history(4)
    const { stdout, code } = await terminal.type('backtest', '--fail-on', 'changes')
    expect(stdout).toMatch(/^\.\/manifests against 4 decisions since \d{4}-\d\d-\d\d, 1 of them with a label\.$/m)
    expect(stdout).toContain('No decision would go another way.')
    expect(code).toBe(0)
  })

  it('says in figures and words what another one would do, and names every decision', async () => {
    manifest('next', 100)
    await history(1_100)
    const { stdout, code } = await terminal.type('backtest', '--manifest', 'next', '--list')
    expect(stdout).toContain('1099 decisions would go another way:')
    expect(stdout).toMatch(/process_refund {2}human_review {2}auto_approve {7}1099 {2}65940\.00 {7}1 {6}0 {9}1\n/)
    expect(stdout).toContain(
      'would pass without a person: people had denied 1, and of the 1 with a label 0 were wrong.',
    )
    expect(stdout).toContain('People would be asked 1099 times less and 0 times more.')
    expect(stdout).toContain('1099.0 h less')
    expect(stdout).toContain('human_review -> auto_approve  (amount 60, people denied it)')
    expect(stdout).toContain('https://acme.slack.com/p2')
    expect(
      stdout
        .slice(stdout.indexOf('All of them:'))
        .split('\n')
        .filter((each) => each.includes('dec_')),
    ).toHaveLength(1_099)
    expect(code).toBe(0)
  })

  it('fails a check of a pull request only for what it was told to', async () => {
    manifest('next', 100)
    await history(3)
    const typed = (...words: readonly string[]) => terminal.type('backtest', '--manifest', 'next', ...words)
    expect((await typed()).code).toBe(0)
    expect((await typed('--fail-on', 'new-auto-approvals-denied')).code).toBe(1)
    expect((await typed('--since', '1d', '--fail-on', 'new-auto-approvals-denied')).code).toBe(0)
    const json = JSON.parse((await typed('--json', '--fail-on', 'changes')).stdout)
    expect(json).toMatchObject({ compared: 3, moves: [{ n: 2, denied: 1 }], telling: [{ denied: true }, {}] })
  })

  it('looks back 90 days, as its help says', async () => {
    expect((await terminal.type('backtest', '--help')).stdout).toMatch(/\(default:\s+90d\)/)
    manifest('manifests', 50)
    await openStore({ databaseFile: './data/local.db' }).close()
    const { since, until } = JSON.parse((await terminal.type('backtest', '--json')).stdout)
    expect(Date.parse(until) - Date.parse(since)).toBe(90 * DAY)
  })

  it.each(['2026-02-31', 'yesterday', '0d', '3w'])('does not take %s for a time', async (time) => {
    const { stderr, code } = await terminal.type('backtest', '--since', time)
    expect(code).toBe(2)
    expect(stderr).toContain('Write a time span such as 90d or 12h, or a day such as 2026-09-01.')
  })

  it('says what is wrong with a candidate that cannot be read', async () => {
    mkdirSync('next')
    writeFileSync('next/policy.yaml', 'actions: {a: {severity: huge}}')
    const { stderr, code } = await terminal.type('backtest', '--manifest', 'next')
    expect(code).toBe(1)
    expect(stderr).toContain('This manifest cannot be compared with anything.')
  })
})
