/*
 * `countersign manifest diff`. Broken builds that these sentences were seen to catch: 1 for manifests that differ; 0 for
 * one with an error; text on stdout with --json; the two folders the other way round.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTerminal, type Terminal } from './terminal.ts'

const policy = (confidence: number) =>
  `defaults: { thresholds: { auto_approve_confidence: ${confidence} } }\nactions: { pay: { severity: high, reversible: false, required_role: lead } }\nroles: { lead: { members: [ana@example.com] } }\n`

let terminal: Terminal

beforeEach(() => {
  terminal = openTerminal()
  for (const [folder, text] of [
    ['old', policy(0.95)],
    ['new', policy(0.9)],
    ['bad', 'actions: { pay: { severity: huge, reversible: false } }\n'],
  ] as const) {
    mkdirSync(folder)
    writeFileSync(`${folder}/manifest.yaml`, text)
  }
})

afterEach(() => terminal.close())

describe('manifest diff', () => {
  it('groups what changed, and marks what is looser', async () => {
    const { stdout, stderr, code } = await terminal.type('manifest', 'diff', 'old', 'new')
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(
      /^defaults\n {2}looser {4}an action now passes without a person from a confidence of 0\.9 on, instead of 0\.95, for every action that sets no other: `pay`\n\n1 change: 1 looser \(people are asked less often, or fewer of them\), 0 stricter \(more often, or more of them\), 0 neither or it depends\.\nsha256:\w{64} -> sha256:\w{64}\n$/,
    )
  })

  it('says that nothing changed', async () => {
    const { stdout, code } = await terminal.type('manifest', 'diff', 'old', 'old')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Nothing changed: both mean the same policy\.\nsha256:\w{64}\n$/)
  })

  it('prints one line of JSON when asked to', async () => {
    const { stdout } = await terminal.type('manifest', 'diff', 'new', 'old', '--json')
    expect(stdout.trimEnd()).not.toContain('\n')
    expect(JSON.parse(stdout)).toMatchObject({
      ok: true,
      changes: [{ path: 'defaults.thresholds.auto_approve_confidence', effect: 'stricter' }],
      before: expect.stringMatching(/^sha256:/),
      after: expect.stringMatching(/^sha256:/),
    })
  })

  it('compares nothing with a manifest that has an error, and says which', async () => {
    const { stdout, stderr, code } = await terminal.type('manifest', 'diff', 'old', 'bad')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toContain('bad/manifest.yaml:1:')
    expect(stderr).toMatch(/\nbad cannot be compared: it has an error\.\n$/)
  })

  it('prints the problems as one line of JSON when asked to', async () => {
    const { stdout, stderr, code } = await terminal.type('manifest', 'diff', 'bad', 'old', '--json')
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 })
    expect(stdout.trimEnd()).not.toContain('\n')
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      problems: [{ code: 'no_roles' }, { code: 'not_allowed', file: 'bad/manifest.yaml' }],
    })
  })

  it('exits with 2 when it is given one folder only', async () => {
    expect((await terminal.type('manifest', 'diff', 'old')).code).toBe(2)
  })
})
