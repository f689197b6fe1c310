/**
 * `countersign freeze` and `unfreeze`. Broken builds that these sentences were seen to catch:
 * - what is in force kept by a running store although another process wrote -> "a running service".
 * - unknown names taken -> "names that there are not". The reason not asked for -> "used wrongly".
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { openStore } from '../../src/compose.ts'
import { putInForce } from '../../src/policy/put-in-force.ts'
import { submit } from '../contract/open-store.ts'
import { submittedEvent } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const MANIFEST = manifestOf('actions: {process_refund: {severity: high, reversible: false}}')

let terminal: Terminal
/** That of a running service. */
let running: Store

beforeEach(async () => {
  terminal = openTerminal()
  running = openStore({ databaseFile: './data/local.db' })
  await putInForce({ store: running, clock: Date.now }, MANIFEST, 'start')
})

afterEach(async () => {
  await running.close()
  terminal.close()
})

const freeze = (...words: readonly string[]) => terminal.type('freeze', ...words)
const BECAUSE = ['--because', 'it charges\n twice'] as const
const LINE = /^the action "process_refund" is frozen by an operator since 2.* UTC: it charges twice\n$/

describe('freeze', () => {
  it('says what is frozen, and how it is lifted', async () => {
    const { stdout, stderr, code } = await freeze('process_refund', ...BECAUSE)
    expect(code).toBe(0)
    expect(stdout).toMatch(LINE)
    expect(stderr).toBe('Lift it: countersign unfreeze process_refund --because "..."\n')
    expect((await freeze('--list')).stdout).toBe(stdout)
  })

  it('holds at the next read of a running service, which has the cards and the notice to bring up to date', async () => {
    await submit(running)
    const { decision: id } = submittedEvent().payload
    expect(await running.freezes()).toEqual([])
    await freeze('process_refund', ...BECAUSE)
    expect(await running.freezes()).toMatchObject([{ by: { kind: 'operator' }, reason: 'it charges twice' }])
    const due = await running.dueIntents('slack', Date.now(), 10)
    expect(due.map(({ intent }) => intent)).toMatchObject([
      { kind: 'card.sync', decision: id },
      { kind: 'copies.sync', decision: id },
      { kind: 'notice.post', notice: { about: 'freeze_set', by: { kind: 'operator' } } },
    ])
    await terminal.type('unfreeze', 'process_refund', '--because', 'mended')
    expect(await running.freezes()).toEqual([])
    // Its own writes to the chain go on from there.
    const later = manifestOf('actions: {query: {severity: low, reversible: true}}')
    await putInForce({ store: running, clock: Date.now }, later, 'reload')
    expect((await running.serviceTrail()).entries.map(({ type }) => type)).toEqual([
      'manifest.in_force',
      'freeze.set',
      'freeze.lifted',
      'manifest.in_force',
    ])
  })

  it('takes agents, workflows and everything, each on its own', async () => {
    for (const words of [['workflow', 'wf', '7'], ['all']]) expect((await freeze(...words, ...BECAUSE)).code).toBe(0)
    await terminal.type('keys', 'create', '--agent', 'billing-bot')
    expect((await freeze('agent', 'billing-bot', ...BECAUSE)).code).toBe(0)
    const { stdout, stderr, code } = await freeze('--list', '--json')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const common = { by: 'operator', since: expect.stringMatching(/^2.*Z$/), reason: 'it charges twice' }
    expect(JSON.parse(stdout)).toEqual([
      { kind: 'workflow', name: 'wf 7', ...common },
      { kind: 'all', name: null, ...common },
      { kind: 'agent', name: 'billing-bot', ...common },
    ])
  })

  it('of what is frozen already changes nothing and exits with 1', async () => {
    await freeze('process_refund', ...BECAUSE)
    const { stdout, stderr, code } = await freeze('process_refund', '--because', 'something else')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toContain(
      'It is frozen already, and that stays as it is: the action "process_refund" is frozen by an',
    )
    expect(await running.freezes()).toMatchObject([{ reason: 'it charges twice' }])
  })

  it.each([
    [['proces_refund'], 'The manifest in force has no action "proces_refund". Did you mean `process_refund`?\n'],
    [['agent', 'nobody'], 'There is no agent "nobody".\n'],
  ])('of names that there are not (%j) freezes nothing and exits with 1', async (words, message) => {
    const { stdout, stderr, code } = await freeze(...words, ...BECAUSE)
    expect({ stdout, stderr, code }).toEqual({ stdout: '', stderr: `Nothing was frozen. ${message}`, code: 1 })
    expect(await running.freezes()).toEqual([])
  })

  it.each([
    [['freeze'], 'say what: ACTION, agent NAME, workflow ID, or all; --list shows what is frozen'],
    [['freeze', 'process_refund'], 'say why: --because "..."'],
    [['freeze', 'agent', ...BECAUSE], 'say what: ACTION'],
    [['freeze', 'two', 'words', ...BECAUSE], 'say what: ACTION'],
    [['freeze', 'all', '--because', ' '], 'It takes 1 to 500 characters.'],
    [['freeze', 'all', '--because', 'x'.repeat(501)], 'It takes 1 to 500 characters.'],
    [['freeze', '--list', 'all'], '--list goes with nothing but --json'],
    [['unfreeze', 'all'], 'say why: --because "..."'],
    [['unfreeze'], "missing required argument 'what'"],
  ])('used wrongly (%j) says what is allowed and exits with 2', async (words, message) => {
    const { stdout, stderr, code } = await terminal.type(...words)
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
    expect(stderr).toContain(message)
    expect(await running.freezes()).toEqual([])
  })

  it('--list of nothing prints no result', async () => {
    expect(await freeze('--list')).toEqual({ stdout: '', stderr: 'Nothing is frozen.\n', code: 0 })
    expect((await freeze('--list', '--json')).stdout).toBe('[]\n')
  })
})

describe('unfreeze', () => {
  it('says that it is lifted, as a line or as JSON', async () => {
    await freeze('all', ...BECAUSE)
    await freeze('process_refund', ...BECAUSE)
    expect(await terminal.type('unfreeze', 'all', '--because', 'mended')).toEqual({
      stdout: 'everything is no longer frozen\n',
      stderr: '',
      code: 0,
    })
    const { stdout } = await terminal.type('unfreeze', 'process_refund', '--because', 'mended', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'action', name: 'process_refund', by: 'operator' })
  })

  it('of what is not frozen says what is, and exits with 1', async () => {
    await freeze('process_refund', ...BECAUSE)
    const { stdout, stderr, code } = await terminal.type('unfreeze', 'all', '--because', 'mended')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toBe('Nothing was changed: not everything is frozen. Frozen are: process_refund.\n')
  })
})

it('a database that no service has used yet takes any name: nobody can say what there is', async () => {
  vi.stubEnv('DATABASE_URL', 'sqlite:./data/fresh.db')
  expect(await freeze('anything', ...BECAUSE)).toMatchObject({ code: 0 })
})
