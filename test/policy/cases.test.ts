/**
 * Cases read from a folder. Broken builds that these sentences were seen to catch:
 * - the route of a short `expect` lost, defaults left out, one file alone read -> "reads all files".
 * - places counted from the case and not from the file, keys of a case or of `expect` not checked -> "a broken case".
 * - no cases taken for good -> "nothing to try". The manifest's loader reading folders -> the last.
 */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadCases } from '../../src/policy/cases.ts'
import { loadManifest } from '../../src/policy/load.ts'
import { formatProblems } from '../../src/policy/problem.ts'

function folderWith(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'countersign-cases-'))
  mkdirSync(join(dir, 'cases'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  return dir
}

/** The problems of one file of cases, its folder left out of the places. */
function said(text: string): string {
  const dir = folderWith({ 'cases/a.yaml': text })
  const loaded = loadCases(dir)
  return loaded.ok ? 'no problem' : formatProblems(loaded.problems).replaceAll(join(dir, 'cases/'), '')
}

describe('cases', () => {
  it('reads all files of the folder, in name order, with where each case stands', () => {
    const dir = folderWith({
      'cases/b.yml': '- { name: second, decision: {}, expect: refused }',
      'cases/a.yaml':
        '# first\n- name: first\n  agent: bot\n  today: 2026-11-22\n  used: [0, 1.5]\n  decision: { action: pay }\n  expect: block\n',
      'cases/notes.txt': 'not a case',
    })
    expect(loadCases(dir)).toEqual({
      ok: true,
      cases: [
        {
          name: 'first',
          agent: 'bot',
          today: '2026-11-22',
          used: [0, 1.5],
          decision: { action: 'pay' },
          expect: { route: 'block' },
          file: join(dir, 'cases/a.yaml'),
          line: 2,
          column: 9,
        },
        expect.objectContaining({ name: 'second', agent: null, today: null, used: [], expect: 'refused', line: 1 }),
      ],
    })
  })

  it('takes a file of comments for no case at all', () => {
    const dir = folderWith({ 'cases/a.yaml': '# later', 'cases/b.yaml': '- { name: x, decision: {}, expect: block }' })
    expect(loadCases(dir)).toMatchObject({ ok: true, cases: [{ name: 'x' }] })
  })
})

describe('a broken case', () => {
  it.each([
    [
      '- nam: x\n  decision: {}\n  expect: block',
      'a.yaml:1:3 error: a case needs the key `name`, and it is missing.\n    Add `name`: a sentence that says what is tried.\na.yaml:1:3 error: `nam` is not a key of a case.\n    Did you mean `name`?\n',
    ],
    [
      '- { name: x, decision: {}, expect: block }\n- { name: y, decision: {}, expect: blocked }',
      'a.yaml:2:36 error: `expect` is "blocked", but must be one of auto_approve, human_review, escalate, block, refused, or a group of keys such as { route: human_review, role: team_lead }.\n',
    ],
    [
      '- name: x\n  decision: {}\n  expect:\n    rute: block',
      'a.yaml:4:5 error: `rute` is not a key of `expect`.\n    Did you mean `route`?\n',
    ],
    [
      '- { name: x, decision: {}, expect: { refused: a, route: block } }',
      'a.yaml:1:36 error: `expect` must have nothing beside refused: what is refused has no route.\n',
    ],
    [
      '- { name: x, decision: {}, expect: {} }',
      'a.yaml:1:36 error: `expect` must have at least one key, such as route.\n',
    ],
    [
      '- { name: x, decision: {}, expect: block, used: [-1], today: 2026-02-30 }',
      'a.yaml:1:50 error: an entry of `used` is -1, but must be a number of at least 0.\na.yaml:1:62 error: `today` is "2026-02-30", but must be a day that exists, as YYYY-MM-DD.\n',
    ],
    [
      '- { name: x, expect: block, decision: 3 }',
      'a.yaml:1:39 error: `decision` is 3, but must be a group of keys: what the agent sends.\n',
    ],
    [
      'name: x',
      'a.yaml:1:1 error: the file is a group of keys, but must be a list of cases.\n    Begin each case with a dash: - name: a small refund passes\n',
    ],
    [
      '- [',
      'a.yaml:1:4 error: this is not valid YAML: a bracket or brace is opened and not closed.\n    Look at the lines above for a bracket without its pair, and align the lines of one level.\n',
    ],
  ])('%j is told with its place, and what is allowed', (text, problems) => {
    expect(said(text)).toBe(problems)
  })
})

describe('nothing to try', () => {
  it('is a problem, whether the folder is missing or holds no case', () => {
    const dir = folderWith({ 'cases/a.yaml': '# later' })
    const codes = [join(dir, 'nowhere'), dir].map((each) => {
      const loaded = loadCases(each)
      return loaded.ok ? [] : loaded.problems.map(({ code, line, message }) => ({ code, line, message }))
    })
    expect(codes).toEqual([
      [{ code: 'no_cases', line: 0, message: `There is no folder \`${join(dir, 'nowhere', 'cases')}\`` }],
      [{ code: 'no_cases', line: 0, message: `There are no cases in \`${join(dir, 'cases')}\`` }],
    ])
    expect(said('')).toMatch(/^error: There are no cases in /)
  })
})

describe('the manifest beside them', () => {
  it('is read without its cases, however broken they are', () => {
    const dir = folderWith({
      'manifest.yaml':
        'actions: { look: { severity: low, reversible: true } }\nroles: { operations: { members: [ana@example.com] } }',
      'cases/broken.yaml': 'actions: { pay: {',
      'cases/other.yaml': 'actions: { pay: { severity: low, reversible: true } }',
    })
    const loaded = loadManifest(dir)
    if (!loaded.ok) throw new Error(formatProblems(loaded.problems))
    expect(loaded.warnings).toEqual([])
    expect(Object.keys(loaded.manifest.actions)).toEqual(['look'])
  })
})
