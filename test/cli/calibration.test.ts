/**
 * `countersign calibration` and `promote`. Seen to fail: a faulty row skipped; the line after the faulty one named; a
 * header taken for a row; exit code 0 with an item that is not met; a block that the loader refuses; an empty database made
 * and asked where there is none.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore } from '../../src/compose.ts'
import { newId } from '../../src/domain/ids.ts'
import { toDay } from '../../src/domain/time.ts'
import { loadManifest } from '../../src/policy/load.ts'
import { label, submit, unpredictable } from '../contract/open-store.ts'
import { expectSame, reference } from '../fixtures/calibration/reference.ts'
import { aProposal, submittedEvent } from '../fixtures/decisions.ts'
import { openTerminal, type Terminal } from './terminal.ts'

let terminal: Terminal

beforeEach(() => {
  terminal = openTerminal()
})

afterEach(() => terminal.close())

function csv(...rows: readonly string[]): string {
  writeFileSync('rows.csv', `${rows.join('\n')}\n`)
  return 'rows.csv'
}

const typed = (...words: readonly string[]) => terminal.type('calibration', 'process_refund', ...words)

describe('calibration --csv', () => {
  it.each(reference.calibration_cases.slice(0, 3))('prints the figures of $name as JSON', async (given) => {
    const { confidence, correct, expected, n } = given
    csv('confidence,correct', ...confidence.map((each, i) => `${each},${correct[i]}`))
    const { stdout, code } = await typed('--csv', 'rows.csv', '--json')
    expect(code).toBe(0)
    const { accuracy, mean_stated, brier, ece, ece_null_expected, mce, buckets, threshold, ...rest } =
      JSON.parse(stdout)
    const { left_closed: figures, thresholds } = expected
    expectSame(
      { n: rest.n, accuracy, mean_stated, brier, ece, ece_null_expected, mce, holm: threshold.holm_coarse },
      {
        n,
        accuracy: expected.accuracy,
        mean_stated: expected.mean_stated,
        brier: expected.brier,
        ece: figures.ece,
        ece_null_expected: figures.ece_null_expected,
        mce: figures.mce,
        holm: thresholds[0]?.holm_coarse,
      },
    )
    expect(buckets).toMatchObject(
      figures.buckets.map(({ bucket, label: begin, n: size, flagged }) => ({ bucket, label: begin, n: size, flagged })),
    )
  })

  it('takes the columns in any order and words for yes and no, and rows without a header', async () => {
    csv('id,correct,confidence', 'a,true,0.9', 'b,no,0.8')
    expect(JSON.parse((await typed('--csv', 'rows.csv', '--json')).stdout)).toMatchObject({ n: 2, accuracy: 0.5 })
    csv('0.9,1', '0.8,0', '', '0.8,1')
    expect(JSON.parse((await typed('--csv', 'rows.csv', '--json')).stdout)).toMatchObject({ n: 3 })
  })

  it('names the file and the line of everything that is wrong, and counts nothing', async () => {
    csv('confidence,correct', '0.9,1', '1.2,1', '', '0.8,maybe', '0.7', 'high,0')
    const { stdout, stderr, code } = await typed('--csv', 'rows.csv')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr.split('\n')).toEqual([
      'rows.csv:3 error: confidence is a number from 0 to 1; found "1.2".',
      'rows.csv:5 error: correct is 1 or 0 (or true or false, yes or no); found "maybe".',
      'rows.csv:6 error: a row has two values, confidence,correct; found "0.7".',
      'rows.csv:7 error: confidence is a number from 0 to 1; found "high".',
      '',
    ])
  })

  it.each([
    [
      ['stated,outcome', '0.9,1'],
      'rows.csv:1 error: the first line names columns, and not both confidence and correct.',
    ],
    [['confidence,correct', '"0.9,1'], 'rows.csv:2 error: this is not valid CSV'],
  ])('refuses %j', async (rows, message) => {
    csv(...rows)
    const { stderr, code } = await typed('--csv', 'rows.csv')
    expect(code).toBe(1)
    expect(stderr).toContain(message)
  })

  it('says which file is missing', async () => {
    expect(await typed('--csv', 'none.csv')).toEqual({
      stdout: '',
      stderr: 'error: There is no file none.csv.\n',
      code: 1,
    })
  })

  it.each([
    [0, '0.9,1', 'There are no labels, so nothing can be said and nothing is suggested.'],
    [1, '0.9,1', 'No: 1 label says next to nothing.'],
    [120, '0.97,1', 'All of 120 labelled decisions were right; the agent claimed 97.0% on average.'],
    [120, '0.97,1', 'No change: 0.95 keeps to at most 5% wrong with 95% confidence'],
    [120, '0.91,1', 'could go from 0.95 down to 0.9: at most 5% wrong with 95% confidence'],
    [60, '0.97,1', 'about 44 more labels are needed if errors stay as they are.'],
    [30, '0.9,0', 'None of 30 labelled decisions was right'],
    [30, '0.9,0', 'Consider raising the threshold above 0.9.'],
    [30, '0.9,0', 'more labels alone would not show it'],
  ])('says in words what %i times %s comes to: %s', async (count, row, sentence) => {
    csv('confidence,correct', ...Array<string>(count).fill(row))
    const { stdout, code } = await typed('--csv', 'rows.csv')
    expect(code).toBe(0)
    expect(stdout).toContain(sentence)
  })

  it.each([
    [['--csv', 'rows.csv', '--days', '7'], 'a file is taken as it is'],
    [['--buckets', 'odd'], 'Allowed choices are left_closed, nearest'],
    [['--days', '0'], 'Write a whole number of days from 1 to 3650.'],
  ])('used wrongly (%j) exits with 2', async (words, message) => {
    const { stderr, code } = await typed(...words)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

const POLICY = `
actions:
  process_refund: # ours
    severity: high
    reversible: false
    required_role: lead
    rollback: { url: "https://billing.example/rollback", tested_on: ${toDay(Date.now())} }
    monitoring: { alert: refunds-anomaly }
    owner: ana@example.com
roles: { lead: { members: [ana@example.com] } }
`

function policy(text = POLICY): void {
  mkdirSync('manifests', { recursive: true })
  writeFileSync('manifests/policy.yaml', text)
}

/** Records decisions that passed at 0.91, each with a label that says it was right. */
async function outcomes(count: number, version = 'v1'): Promise<void> {
  const store = openStore({ databaseFile: './data/local.db' })
  const proposal = aProposal({ confidence: 0.91, agent_version: version })
  const at = Date.now() - 1000
  await Promise.all(
    Array.from({ length: count }, async () => {
      const id = newId('dec', at, unpredictable(10))
      await submit(store, submittedEvent({ id, at, proposal, route: 'auto_approve' }))
      await store.update(id, null, at, (decision) => label(decision, '', at))
    }),
  )
  await store.close()
}

describe('calibration of what is recorded', () => {
  it('says what is known, where it comes from, and what to do', async () => {
    policy()
    await outcomes(120)
    await outcomes(2, 'v2')
    const { stdout, code } = await typed('--agent-version', 'v1')
    expect(code).toBe(0)
    expect(stdout).toContain('120 of 120 decisions of agent version v1 have a label.')
    expect(stdout).toContain(
      'A new version starts afresh. Others in this time: v2 (2 of 2 labelled). All together: 100.0% of 122 right.',
    )
    expect(stdout).toContain('auto_approve_confidence could go from 0.95 down to 0.9')
    expect(stdout).toContain('120 from what happened downstream, 0 from audits, 0 from reviewers.')
    const json = JSON.parse((await typed('--json')).stdout)
    expect(json).toMatchObject({
      action: 'process_refund',
      agent_version: 'v2',
      n: 2,
      decisions: 2,
      pooled: { n: 122 },
    })
  })

  it('suggests a change of the manifest as a diff, and changes nothing itself', async () => {
    policy()
    await outcomes(120)
    const { stdout, code } = await typed('--suggest')
    expect(code).toBe(0)
    expect(stdout).toContain('+    thresholds: { auto_approve_confidence: 0.9 }\n')
    const loaded = loadManifest('manifests')
    expect(loaded.ok && loaded.manifest.actions['process_refund']?.thresholds.auto_approve_confidence).toBe(0.95)
  })

  it('has sensible words where nothing is recorded, and for an action that nobody knows', async () => {
    policy()
    await openStore({ databaseFile: './data/local.db' }).close()
    expect(await typed()).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Labels come with POST /v1/decisions/{id}/outcome'),
    })
    expect(await typed('--suggest')).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining('No change'),
    })
    const unknown = await terminal.type('calibration', 'launch')
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toContain('no action launch, and nobody proposed it. It has: process_refund.')
  })
})

it.each([
  ['calibration', 'process_refund'],
  ['promote', 'process_refund', '--to', 'on_the_loop'],
  ['backtest', '--fail-on', 'changes'],
])('%s does not take a database that is not there for one in which nothing happened', async (...words) => {
  policy()
  expect(await terminal.type(...words)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('There is no database at ./data/local.db. Set DATABASE_URL'),
  })
  expect(existsSync('data')).toBe(false)
})

describe('promote', () => {
  const promote = (...words: readonly string[]) => terminal.type('promote', 'process_refund', ...words)

  it('prints each item with its figure, and exits with 1 while anything is missing', async () => {
    policy()
    await outcomes(3)
    const { stdout, code } = await promote('--to', 'on_the_loop')
    expect(code).toBe(1)
    expect(stdout).toContain(
      'NOT MET    outcomes    3 of the 3 decisions that would pass have a label; 500 are needed.',
    )
    expect(stdout).toContain('met        owner       ana@example.com answers for it.')
    expect(stdout).toContain('2 of 5 are missing: the oversight stays as it is.')
  })

  it('prints lines that the manifest takes, once everything is met', async () => {
    policy()
    await outcomes(500)
    const { stdout, code } = await promote('--to', 'autonomous')
    expect(code).toBe(0)
    expect(stdout).toContain('are right with 98.33% confidence, and the target is 95%.')
    const block = stdout.slice(stdout.indexOf('    approval_required'))
    policy(POLICY.replace('    severity', `${block}    severity`))
    const loaded = loadManifest('manifests')
    expect(loaded).toMatchObject({
      ok: true,
      manifest: {
        actions: {
          process_refund: { approval_required: false, promotion: { to: 'autonomous', outcomes: 500, target: 0.95 } },
        },
      },
    })
    const json = JSON.parse((await promote('--to', 'autonomous', '--json')).stdout)
    expect(json).toMatchObject({
      action: 'process_refund',
      ready: true,
      looks: [{ outcomes: 500, errors: 0, passed: true }],
    })
  })

  it.each([
    [[], 2, "required option '--to <oversight>' not specified"],
    [['--to', 'nowhere'], 2, 'Allowed choices are on_the_loop, autonomous'],
    [['--to', 'autonomous', '--target', '1'], 2, 'Write a share from 0.5'],
  ])('used wrongly (%j) exits with %i', async (words, exit, message) => {
    policy()
    const { stderr, code } = await promote(...words)
    expect(code).toBe(exit)
    expect(stderr).toContain(message)
  })

  it('exits with 1 for an action that the manifest does not have, and for a faulty manifest', async () => {
    policy('actions: {pay: {severity: low, reversible: true}}')
    expect(await promote('--to', 'autonomous')).toMatchObject({
      code: 1,
      stderr: 'The manifest has no action process_refund. It has: pay.\n',
    })
    policy('actions: [')
    expect((await promote('--to', 'autonomous')).code).toBe(1)
  })
})
