/**
 * `countersign manifest test`. Broken builds that these sentences were seen to catch:
 * - always 0, or nothing compared -> "says what was expected". A key of `expect` not compared -> "compares".
 * - reasons that asked for another route taken for good -> "a reason that is true".
 * - `used`, `agent` or `today` not handed on -> "the world". `requires` checked always, or never -> "left out".
 * - a misspelt role or a second case of the same name let through -> "finds".
 * - a case without an agent tried although agents are declared -> "needs the agent".
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTerminal, type Terminal } from './terminal.ts'

const MANIFEST = `actions:
  pay:
    severity: high
    reversible: false
    escalation_path: [lead, boss]
    conditions: { auto_approve_below_usd: 50 }
    limits: [{ count: 3, per: 1h }, { sum: amount_usd, max: 100, per: 24h }]
    requires: [rationale]
    parameters_schema: { type: object, required: [amount_usd], properties: { amount_usd: { type: number } } }
  wipe:
    severity: high
    reversible: false
    approval_required: false
    required_role: lead
    accepted_risk: { owner: ana@example.com, reason: test data, until: 2026-11-22 }
roles:
  lead: { members: [ana@example.com] }
  boss: { members: [ben@example.com] }
  operations: { members: [ben@example.com] }
`
const pay = (amount: number, more = '') =>
  `decision: { action: pay, parameters: { amount_usd: ${amount} }, confidence: 0.9${more} }`

let terminal: Terminal

beforeEach(() => {
  terminal = openTerminal()
})

afterEach(() => terminal.close())

/** Tries these cases, each the keys of one as YAML, against the manifest in ./manifests. */
async function tried(cases: readonly string[], manifest = MANIFEST, ...words: readonly string[]) {
  mkdirSync('manifests/cases', { recursive: true })
  writeFileSync('manifests/manifest.yaml', manifest)
  writeFileSync('manifests/cases/a.yaml', cases.map((each, index) => `- { name: case ${index}, ${each} }\n`).join(''))
  return terminal.type('manifest', 'test', ...words)
}

/** The differences of each case, as `key: expected/found`. */
async function differences(...cases: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await tried(cases, MANIFEST, '--json')
  const result: { cases: { differences: { key: string; expected: string; found: string | null }[] }[] } =
    JSON.parse(stdout)
  return result.cases.map((each) =>
    each.differences.map(({ key, expected, found }) => `${key}: ${expected}/${found}`).join(', '),
  )
}

describe('manifest test', () => {
  it('prints a line for each case, and is content where all are as expected', async () => {
    expect(await tried([`${pay(20)}, expect: auto_approve`, `${pay(60)}, expect: human_review`])).toEqual({
      stdout: 'ok      case 0\nok      case 1\n\n2 cases, all as expected.\n',
      stderr: '',
      code: 0,
    })
  })

  it('says what was expected, what was found, where and why, and exits with 1', async () => {
    const { stdout, stderr, code } = await tried([
      `${pay(20)}, expect: auto_approve`,
      `${pay(20)}, expect: human_review`,
    ])
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 })
    expect(stdout).toBe(`ok      case 0
FAILED  case 1
        manifests/cases/a.yaml:2:11
        route: expected human_review, found auto_approve
        because
          - amount_usd 20 is below 50: speaks for auto_approve (amount_below_limit)
          - confidence 0.9 is below 0.95: speaks for human_review (confidence_below_auto_approve)

2 cases: 1 as expected, 1 not.
`)
  })

  it('prints one line of JSON when asked to', async () => {
    const { stdout, stderr, code } = await tried([`${pay(20)}, expect: block`], MANIFEST, '--json')
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 })
    expect(stdout.trimEnd()).not.toContain('\n')
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      manifest: expect.stringMatching(/^sha256:/),
      cases: [
        {
          name: 'case 0',
          file: 'manifests/cases/a.yaml',
          line: 1,
          column: 11,
          passed: false,
          differences: [{ key: 'route', expected: 'block', found: 'auto_approve' }],
          why: expect.arrayContaining([expect.stringContaining('amount_below_limit')]),
        },
      ],
    })
  })

  it('compares every key that a case expects, and no other', async () => {
    const keys = 'route: escalate, oversight: on_the_loop, level: 0, role: lead, urgency: low, reason: confidence_high'
    expect(
      await differences(
        `${pay(60, ', uncertainty_factors: [a, b, c]')}, expect: { ${keys} }`,
        `${pay(60, ', uncertainty_factors: [a, b, c]')}, expect: { level: 1, role: boss, urgency: high, oversight: in_the_loop }`,
        `${pay(20)}, expect: { level: 0, role: lead }`,
      ),
    ).toEqual([
      'oversight: on_the_loop/in_the_loop, level: 0/1, role: lead/boss, urgency: low/high, reason: confidence_high/too_uncertain',
      '',
      'level: 0/null, role: lead/null',
    ])
  })

  it('takes no reason that is true and asked for another route', async () => {
    expect(
      await differences(
        `${pay(20)}, expect: { reason: amount_below_limit }`,
        `${pay(20)}, expect: { reason: amount_usd 20 is below 50 }`,
        `${pay(20)}, expect: { reason: confidence_below_auto_approve }`,
      ),
    ).toEqual(['', '', 'reason: confidence_below_auto_approve/amount_below_limit'])
  })

  it('knows a rule by its own words', async () => {
    const rules = `rules: [{ when: parameters.amount_usd > 40.0, route: block, because: too much }]`
    const manifest = MANIFEST.replace('requires: [rationale]', rules)
    const { stdout } = await tried(
      [
        `${pay(41)}, expect: { route: block, reason: too much }`,
        `${pay(40)}, expect: auto_approve`,
        `${pay(41)}, expect: { reason: too little }`,
      ],
      manifest,
    )
    expect(stdout).toMatch(/^ok      case 0\nok      case 1\nFAILED  case 2\n/)
    expect(stdout).toContain('reason: expected too little, found rule\n')
    expect(stdout).toContain('- too much: speaks for block (rule)\n')
  })

  it('gives each case the world it names: what is used up, and the day', async () => {
    const wipe = 'decision: { action: wipe, parameters: {}, confidence: 0.9 }'
    expect(
      await differences(
        `used: [2, 80], ${pay(20)}, expect: auto_approve`,
        `used: [3], ${pay(20)}, expect: { route: human_review, reason: limit_reached }`,
        `used: [0, 81], ${pay(20)}, expect: { route: human_review, reason: limit_reached }`,
        `used: [0, 0, 0], ${pay(20)}, expect: auto_approve`,
        `today: 2026-11-22, ${wipe}, expect: auto_approve`,
        `today: 2026-11-23, ${wipe}, expect: human_review`,
      ),
    ).toEqual(['', '', '', 'used: 2 numbers (one for each limit)/3', '', ''])
  })

  it('lets fields be left out that decide nothing about the route, unless the refusal is what is tried', async () => {
    expect(
      await differences(
        `${pay(20)}, expect: refused`,
        `${pay(20)}, expect: { refused: rationale }`,
        `${pay(20)}, expect: { refused: parameters.amount_usd }`,
        `${pay(20, ', rationale: lost')}, expect: refused`,
        `${pay(20, ', rationale: lost')}, expect: { refused: rationale }`,
        'decision: { action: pay, parameters: {}, confidence: 0.9, rationale: x }, expect: { refused: parameters.amount_usd }',
        'decision: { action: pay, parameters: {}, confidence: 0.9 }, expect: human_review',
      ),
    ).toEqual([
      '',
      '',
      'refused: parameters.amount_usd/rationale',
      'route: refused by the API/auto_approve',
      'refused: rationale/null',
      '',
      'route: human_review/refused by the API',
    ])
  })

  it('needs the agent where the manifest declares agents', async () => {
    const agents = `${MANIFEST}agents: { bot: { actions: [pay] }, other: { actions: [] } }\n`
    const { stdout, code } = await tried(
      [
        `agent: bot, ${pay(20)}, expect: auto_approve`,
        `agent: other, ${pay(20)}, expect: block`,
        `${pay(20)}, expect: block`,
      ],
      agents,
    )
    expect(code).toBe(1)
    expect(stdout).toContain('ok      case 0\nok      case 1\nFAILED  case 2\n')
    expect(stdout).toContain(
      'agent: expected a name, because the manifest says what each agent may propose, found none',
    )
  })

  it('tries nothing with a broken manifest or case, tells both, and exits with 1', async () => {
    const broken = await tried([`${pay(20)}, expct: block`], 'actions: []\n')
    expect(broken).toMatchObject({ stdout: '', code: 1 })
    expect(broken.stderr).toContain('manifests/manifest.yaml:1:10 error: `actions` is an empty list')
    expect(broken.stderr).toContain('manifests/cases/a.yaml:1:')
    expect(broken.stderr).toContain('Did you mean `expect`?')
    const json = await terminal.type('manifest', 'test', '--json')
    expect(json).toMatchObject({ stderr: '', code: 1 })
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, problems: expect.any(Array) })
  })

  it('finds a role that is misspelt in a case', async () => {
    const { stderr, code } = await tried([`${pay(60)}, expect: { role: leed }`])
    expect(code).toBe(1)
    expect(stderr).toMatch(/a\.yaml:1:\d+ error: the role `leed` is not defined\.\n {4}Did you mean `lead`\?\n/)
  })

  it('finds two cases of one name, and says where both are', async () => {
    mkdirSync('manifests/cases', { recursive: true })
    writeFileSync('manifests/cases/b.yaml', `- { name: case 0, ${pay(20)}, expect: auto_approve }\n`)
    const { stderr, code } = await tried([`${pay(20)}, expect: auto_approve`])
    expect(code).toBe(1)
    expect(stderr).toContain(
      'manifests/cases/b.yaml:1:11 error: two cases are called "case 0": this one and that at manifests/cases/a.yaml:1:11.\n',
    )
  })

  it('exits with 2 when it is used wrongly', async () => {
    expect(await terminal.type('manifest', 'test', 'a', 'b')).toMatchObject({ stdout: '', code: 2 })
  })
})

describe('the default manifest', () => {
  it('does what its own cases say', async () => {
    const folder = fileURLToPath(new URL('../../manifests', import.meta.url))
    const { stdout, stderr, code } = await terminal.type('manifest', 'test', folder)
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/\n(?:2[0-9]|[3-9][0-9]) cases, all as expected\.\n$/)
  })
})
