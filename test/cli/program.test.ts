/**
 * The program as it is typed. Broken builds that these sentences were seen to catch:
 * - 1 instead of 2 for wrong words, or no word of --help -> "exits with 2".
 * - MANIFESTS_DIR empty taken for a folder, or .env not read -> "finds the folder".
 * - the manifest not read beside wrong settings -> "everything that is wrong at once".
 * - problems on stdout, always 0 with --json, a wrong version -> the sentence that says so.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { version } from '../../src/cli/version.ts'
import { openTerminal, type Terminal } from './terminal.ts'

const GOOD =
  'actions: { pay: { severity: high, reversible: false, required_role: lead } }\nroles: { lead: { members: [ana@example.com] } }\n'
const BAD = 'actions:\n  pay: { severity: huge, reversible: false }\n'

let terminal: Terminal

beforeEach(() => {
  terminal = openTerminal()
})

afterEach(() => terminal.close())

function manifestIn(folder: string, text: string): void {
  mkdirSync(folder)
  writeFileSync(`${folder}/manifest.yaml`, text)
}

describe('manifest check', () => {
  it('calls a good manifest good, with its digest, on stdout', async () => {
    manifestIn('manifests', GOOD)
    const { stdout, code } = await terminal.type('manifest', 'check')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\.\/manifests is a good manifest: 1 action, 1 role, .*\.\nsha256:[0-9a-f]{64}\n$/)
  })

  it('shows what is wrong with a bad one on stderr, and exits with 1', async () => {
    manifestIn('policies', BAD)
    const { stdout, stderr, code } = await terminal.type('manifest', 'check', 'policies')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toContain('manifest.yaml:2:')
    expect(stderr).toMatch(/\n1 error(, \d+ warnings?)?: this manifest cannot be used\.\n$/)
  })

  it('prints one line of JSON when asked to, good or bad', async () => {
    manifestIn('good', GOOD)
    manifestIn('bad', BAD)
    const good = await terminal.type('manifest', 'check', 'good', '--json')
    expect(good).toMatchObject({ stderr: '', code: 0 })
    expect(JSON.parse(good.stdout)).toMatchObject({ ok: true, digest: expect.stringMatching(/^sha256:/) })
    const bad = await terminal.type('manifest', 'check', 'bad', '--json')
    expect(bad).toMatchObject({ stderr: '', code: 1 })
    expect(bad.stdout.trimEnd()).not.toContain('\n')
    expect(JSON.parse(bad.stdout)).toMatchObject({
      ok: false,
      digest: null,
      problems: expect.arrayContaining([expect.objectContaining({ code: 'not_allowed', line: 2, severity: 'error' })]),
    })
  })

  it('finds the folder in MANIFESTS_DIR, also in .env, and takes an empty one for unset', async () => {
    manifestIn('elsewhere', GOOD)
    manifestIn('manifests', BAD)
    vi.stubEnv('MANIFESTS_DIR', './elsewhere')
    expect((await terminal.type('manifest', 'check')).code).toBe(0)
    vi.stubEnv('MANIFESTS_DIR', '')
    expect((await terminal.type('manifest', 'check')).stderr).toContain('manifests/manifest.yaml:2:')
    vi.stubEnv('MANIFESTS_DIR', undefined)
    writeFileSync('.env', 'MANIFESTS_DIR=./elsewhere\n')
    expect((await terminal.type('manifest', 'check')).stdout).toContain('./elsewhere is a good manifest')
  })

  it('says that a folder is not there', async () => {
    const { stderr, code } = await terminal.type('manifest', 'check', 'nowhere')
    expect(code).toBe(1)
    expect(stderr).toContain('nowhere')
  })
})

describe('start', () => {
  it('says everything that is wrong at once, settings and manifest, and exits with 1', async () => {
    manifestIn('manifests', BAD)
    vi.stubEnv('PORT', 'eighty')
    const { stdout, stderr, code } = await terminal.type('start')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toContain('PORT: expected a port number')
    expect(stderr).toContain('manifest.yaml:2:')
    expect(stderr).toContain('Countersign cannot start with this manifest')
  })
})

describe('the program', () => {
  it.each([
    [['--help']],
    [['keys', '--help']],
    [['keys', 'create', '--help']],
    [['manifest', 'check', '--help']],
    [['start', '--help']],
  ])('explains itself on stdout for %j', async (words) => {
    const { stdout, stderr, code } = await terminal.type(...words)
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(stdout).toMatch(/^Usage: countersign /)
  })

  it('says its version', async () => {
    expect(await terminal.type('--version')).toEqual({ stdout: `${version()}\n`, stderr: '', code: 0 })
    expect(version()).toMatch(/^\d+\.\d+\.\d+/)
  })

  it.each([[['sart']], [['keys', 'make']], [['keys']], [['manifest', 'check', '--yaml']], [['start', 'now']], [[]]])(
    'exits with 2 for %j, and says what is allowed on stderr',
    async (words) => {
      const { stdout, stderr, code } = await terminal.type(...words)
      expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
      expect(stderr).toMatch(/--help/)
    },
  )
})
