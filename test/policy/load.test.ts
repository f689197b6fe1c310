/**
 * Manifests read from a folder. Broken builds that these sentences were seen to catch:
 * - every file read, or the first alone; undefined names told beside broken syntax -> several files.
 * - an empty folder taken for good -> a folder. Warnings that refuse -> the article. A risk that ends a day early -> evidence.
 * - places without columns; always 0 with --json -> the sentence that says so.
 * - Suggestions for undefined names are tested with the broken manifests.
 */
import { mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { manifestCheck } from '../../src/cli/manifest-check.ts'
import { loadManifest, parseManifest } from '../../src/policy/load.ts'
import { formatProblems } from '../../src/policy/problem.ts'

const folder = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const today = '2026-11-22'

describe('the manifest of the article', () => {
  it.each(['examples/article', 'test/fixtures/manifests/article'])(
    'loads unchanged from %s, with three warnings',
    (path) => {
      const loaded = loadManifest(folder(path), today)
      if (!loaded.ok) throw new Error(formatProblems(loaded.problems))
      expect(loaded.warnings.map(({ code, path, line, column }) => `${line}:${column} ${code} ${path}`)).toEqual([
        '1:1 no_roles roles',
        '7:31 sla_does_not_fit actions.send_customer_email.approval_timeout_seconds',
        '18:31 sla_does_not_fit actions.process_refund.approval_timeout_seconds',
      ])
      expect(Object.keys(loaded.manifest.actions)).toEqual([
        'send_customer_email',
        'create_jira_ticket',
        'process_refund',
        'query_crm',
      ])
      expect(loaded.manifest.actions['process_refund']).toMatchObject({
        approval_required: true,
        approval_timeout_seconds: 900,
        escalation_path: ['operations'],
        conditions: { auto_approve_below_usd: 50, always_approve_above_usd: 500 },
      })
      expect(loaded.manifest.actions['send_customer_email']?.escalation_path).toEqual(['primary_reviewer', 'team_lead'])
    },
  )
})

describe('the default manifest', () => {
  it('loads without a warning', () => {
    const loaded = loadManifest(folder('manifests'), today)
    expect(loaded.ok ? loaded.warnings : loaded.problems).toEqual([])
    expect(loaded.ok && Object.keys(loaded.manifest.roles)).toEqual(['support_lead', 'team_lead', 'operations'])
  })
})

describe('several files', () => {
  it('are one manifest, and other files of the folder are not read', () => {
    const loaded = loadManifest(folder('test/fixtures/manifests/split'), today)
    if (!loaded.ok) throw new Error(formatProblems(loaded.problems))
    expect(loaded.warnings).toEqual([])
    expect(Object.keys(loaded.manifest.actions)).toEqual(['look', 'note'])
    expect(loaded.manifest.defaults).toMatchObject({ channel: '#one', operations_channel: '#two' })
  })

  it.each([
    ['action', 'actions: { pay: { severity: low, reversible: true } }', 'actions.pay'],
    ['role', 'roles: { lead: { members: [ana@example.com] } }', 'roles.lead'],
    ['agent', 'agents: { bot: { actions: [] } }', 'agents.bot'],
    ['calendar', 'calendars: { emea: { timezone: Europe/Berlin, hours: {} } }', 'calendars.emea'],
    ['default', 'defaults: { channel: "#x" }', 'defaults.channel'],
  ])('that define the same %s name both places', (kind, text, path) => {
    const loaded = parseManifest([
      { path: 'a.yaml', text: `# first\n${text}` },
      { path: 'b.yaml', text },
    ])
    const found = loaded.ok ? [] : loaded.problems.filter(({ code }) => code === 'defined_twice')
    const column = text.indexOf('{') + 3
    expect(found).toMatchObject([{ file: 'b.yaml', line: 1, column, path }])
    expect(found[0]?.message).toContain(`the ${kind} \``)
    expect(found[0]?.message).toContain(`here and at a.yaml:2:${column}`)
  })

  it('do not report names as undefined while one of them cannot be parsed', () => {
    const loaded = parseManifest([
      { path: 'actions.yaml', text: 'actions: { pay: { severity: low, reversible: true, required_role: lead } }' },
      { path: 'roles.yaml', text: 'roles: { lead: {' },
      { path: 'more.yaml', text: 'roles: { operations: { members: [ana@example.com] } }' },
    ])
    expect(loaded.ok ? [] : loaded.problems.map(({ file, code }) => `${file} ${code}`)).toContain(
      'roles.yaml yaml_syntax',
    )
    expect(loaded.ok ? [] : loaded.problems.filter(({ code }) => code !== 'yaml_syntax')).toEqual([])
  })
})

describe('a folder', () => {
  it('that does not exist, or has no manifest, is a problem and no crash', () => {
    const empty = mkdtempSync(join(tmpdir(), 'countersign-'))
    const problems = [loadManifest(join(empty, 'nowhere')), loadManifest(empty)].map((loaded) =>
      loaded.ok ? [] : loaded.problems.map(({ code }) => code),
    )
    expect(problems).toEqual([['unreadable'], ['no_files']])
  })

  it('that is no folder is called by its name and not by a line', () => {
    const dir = mkdtempSync(join(tmpdir(), 'countersign-'))
    const file = join(dir, 'x.yaml')
    writeFileSync(file, 'actions: {}\n')
    const said = (path: string) => {
      const loaded = loadManifest(path)
      return loaded.ok ? 'no problem' : formatProblems(loaded.problems)
    }
    const nowhere = join(dir, 'nowhere')
    const advice = '    Give the folder with the manifest files, or set MANIFESTS_DIR.\n'
    expect(said(nowhere)).toBe(`error: There is no folder \`${nowhere}\`.\n${advice}`)
    expect(said(join(file, 'inside'))).toBe(`error: There is no folder \`${join(file, 'inside')}\`.\n${advice}`)
    expect(said(file)).toBe(`error: \`${file}\` is a file.\n    Give the folder that it is in.\n`)
  })

  it('with a link that leads nowhere is not called missing itself', () => {
    const dir = mkdtempSync(join(tmpdir(), 'countersign-'))
    symlinkSync(join(dir, 'gone'), join(dir, 'x.yaml'))
    const loaded = loadManifest(dir)
    expect(loaded.ok ? '' : formatProblems(loaded.problems)).toMatch(/^error: `.*` cannot be read: ENOENT/)
  })
})

describe('evidence', () => {
  it('that has run out warns and never stops a start', () => {
    const text = `actions:
  wipe:
    severity: high
    reversible: false
    approval_required: false
    required_role: lead
    accepted_risk: { owner: ana@example.com, reason: test data, until: 2026-11-22 }
roles: { lead: { members: [ana@example.com] }, operations: { members: [ana@example.com] } }`
    const codes = (day: string) => {
      const loaded = parseManifest([{ path: 'm.yaml', text }], day)
      return loaded.ok ? loaded.warnings.map(({ code }) => code) : 'refused'
    }
    expect(codes('2026-11-22')).toEqual([])
    expect(codes('2026-11-23')).toEqual(['evidence_run_out'])
  })
})

describe('manifest check', () => {
  function check(dir: string, json: boolean) {
    const out: string[] = []
    const err: string[] = []
    const write = (to: string[]) => ({ write: (text: string) => to.push(text) })
    const code = manifestCheck({ dir, json, stdout: write(out), stderr: write(err) })
    return { code, out: out.join(''), err: err.join('') }
  }

  it('says that a manifest is good, with its digest', () => {
    const { code, out, err } = check(folder('manifests'), false)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/is a good manifest: 7 actions, 3 roles, no warnings\.\nsha256:[0-9a-f]{64}\n$/)
  })

  it('prints each problem with its place and what was probably meant', () => {
    const dir = mkdtempSync(join(tmpdir(), 'countersign-'))
    writeFileSync(
      join(dir, 'refunds.yaml'),
      'actions:\n  pay:\n    severity: low\n    reversible: true\n    aproval_required: true\nroles: { operations: { members: [ana@example.com] } }\n',
    )
    const { code, out, err } = check(dir, false)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(
      `${join(dir, 'refunds.yaml')}:5:5 error: \`aproval_required\` is not a key of an action.\n    Did you mean \`approval_required\`?\n\n1 error: this manifest cannot be used.\n`,
    )
  })

  it('prints one line of JSON', () => {
    const { code, out, err } = check(folder('examples/article'), true)
    const result: unknown = JSON.parse(out)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(result).toMatchObject({
      ok: true,
      digest: expect.stringMatching(/^sha256:/),
      problems: [{ severity: 'warning' }, {}, {}],
    })
  })

  it('counts as good with warnings and as bad with any error, in JSON too', () => {
    const dir = mkdtempSync(join(tmpdir(), 'countersign-'))
    writeFileSync(join(dir, 'a.yaml'), 'actions: []\n')
    expect(check(dir, true)).toMatchObject({ code: 1, err: '' })
    expect(check(dir, true).out).toContain('"ok":false,"digest":null')
  })
})
