/**
 * `countersign manifest explain`. Broken builds that these sentences were seen to catch:
 * - a step, a window or a role left out, or the wrong step called the one that decides -> the whole texts.
 * - the agent's shorter timeout, the raised urgency or the level ignored -> the JSON.
 * - the API's refusals not asked for, or `requires` ignored -> "the API would refuse this".
 * - --used counted from 0, --today not handed on -> the sentences that name them.
 * - 0 or 1 where 2 is due, and the other way round -> "used wrongly", "faulty".
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { manifestExplain } from '../../src/cli/manifest-explain.ts'
import { openTerminal, type Ran, type Terminal } from './terminal.ts'

const MANIFEST = `actions:
  pay:
    severity: high
    reversible: false
    escalation_path: [lead, boss]
    approval_timeout_seconds: 7200
    sla_minutes: { normal: 30, high: 10 }
    conditions: { auto_approve_below_usd: 50 }
    limits: [{ count: 3, per: 1h }, { sum: amount_usd, max: 100, per: 24h }]
    parameters_schema: { type: object, properties: { amount_usd: { type: number } } }
  deploy: { severity: high, reversible: false, required_role: crowd, approvals_required: 2, requires: [rationale] }
  give: { severity: high, reversible: false, required_role: boss }
  wipe:
    severity: high
    reversible: false
    approval_required: false
    required_role: lead
    accepted_risk: { owner: ana@example.com, reason: test data, until: 2026-11-22 }
roles:
  lead: { members: [ana@example.com, U012ABCDEF] }
  boss: { members: [ben@example.com] }
  crowd: { usergroups: [S012ABCDEF], channels: ["#crowd"] }
  operations: { members: [ben@example.com] }
`
const refund = (amount: number) => ({
  action: 'pay',
  parameters: { amount_usd: amount },
  confidence: 0.8,
  confidence_basis: 'order and policy',
})

let terminal: Terminal

beforeEach(() => {
  terminal = openTerminal()
  write('manifests', MANIFEST)
})

afterEach(() => terminal.close())

function write(folder: string, text: string): void {
  mkdirSync(folder)
  writeFileSync(`${folder}/manifest.yaml`, text)
}

function explain(decision: object, ...words: readonly string[]): Promise<Ran> {
  writeFileSync('d.json', JSON.stringify(decision))
  return terminal.type('manifest', 'explain', '--decision', 'd.json', ...words)
}

async function explainJson(decision: object, ...words: readonly string[]): Promise<unknown> {
  const { stdout, stderr, code } = await explain(decision, '--json', ...words)
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  expect(stdout.trimEnd()).not.toContain('\n')
  return JSON.parse(stdout)
}

describe('an explanation', () => {
  it('tells every step of a decision that waits, what happens then, and who could approve it', async () => {
    const { stdout, stderr, code } = await explain({ ...refund(120), requested_by: 'ana@example.com' })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(
      stdout.replace(/sha256:\w{64}/, 'sha256:x'),
    ).toBe(`pay, proposed by an agent that is not named: human_review. A person decides.

How the manifest comes to this
  1. controls    Nothing is taken for frozen here.
  2. manifest    The action is in the manifest, and this agent may propose it.
  3. rules       The action has none.
  4. approval    Asks for human_review. This decides.
                 - confidence 0.8 is below 0.95: speaks for human_review (confidence_below_auto_approve)
  5. limits      Not looked at: limits only hold back what would pass without a person.

What happens then
  Oversight  in_the_loop: it waits until people have decided
  Asked      lead, level 0 of the escalation path (0 lead, 1 boss)
  Urgency    normal
  Deadline   30 minutes: an answer is expected by then
  Expiry     2 hours: if nobody has decided by then, it is denied
  Approvals  one person is enough

Who could approve this now
  U012ABCDEF (lead)
  ben@example.com (boss)
  not ana@example.com, who asked for this

Manifest sha256:x
`)
  })

  it('shows what each limit holds, counted from 1, and which step decides', async () => {
    const passing = (await explain(refund(20), '--agent', 'bot')).stdout
    expect(passing).toContain('pay, proposed by bot: auto_approve. It passes without a person.\n')
    expect(passing).toContain('4. approval    Asks for auto_approve. This decides.\n')
    expect(passing).toContain(`  5. limits      There is room for this one.
                 limit 1, 3 per 1h: holds 0 before this one
                 limit 2, amount_usd 100 per 24h: holds 0 before this one
`)
    expect(passing).toContain('  Oversight  log_and_alert: it runs at once, and people are told\n\nManifest sha256:')
    const full = (await explain(refund(20), '--used', '2=81', '--used', '1=2')).stdout
    expect(full).toContain('4. approval    Asks for auto_approve.\n')
    expect(full).toContain('5. limits      Asks for human_review. This decides.\n')
    expect(full).toContain('limit 1, 3 per 1h: holds 2 before this one\n')
    expect(full).toContain('limit 2, amount_usd 100 per 24h: holds 81 before this one\n')
  })

  it('says of a blocked decision that nobody is asked, and which steps were not taken', async () => {
    const { stdout, code } = await explain({ ...refund(20), action: 'steal' })
    expect(code).toBe(0)
    expect(stdout).toContain('steal, proposed by an agent that is not named: block. It is refused')
    expect(stdout).toContain('- the action "steal" is not in the manifest: speaks for block (unknown_action)\n')
    expect(stdout.match(/Not looked at: it is blocked already\./g)).toHaveLength(3)
    expect(stdout).toContain('The agent is told no. Nobody is asked.\n')
    expect(stdout).not.toContain('Who could approve')
  })

  it('names user groups and channels, the quorum, and the owner of the agent', async () => {
    write('declared', `${MANIFEST}agents: { bot: { owner: ben@example.com, actions: [deploy] } }\n`)
    const decision = { ...refund(20), action: 'deploy', rationale: 'a fix' }
    const { stdout } = await explain(decision, 'declared', '--agent', 'bot')
    expect(stdout).toContain('Approvals  2 different people have to approve\n')
    expect(stdout).toContain(`Who could approve this now
  everyone in the user group S012ABCDEF, as Slack says at the click (crowd)
  every full member of the channel #crowd, as Slack says at the click (crowd)
  not ben@example.com, who owns the agent

`)
  })

  it('warns where nobody is left who could approve', async () => {
    const { stdout } = await explain({ ...refund(20), action: 'give', requested_by: 'ben@example.com' })
    expect(stdout).toContain('  Nobody could: it would be denied when its time runs out.\n')
  })

  it('holds evidence against the day it is given', async () => {
    const wipe = { ...refund(20), action: 'wipe' }
    expect(await explainJson(wipe, '--today', '2026-11-22')).toMatchObject({ route: 'auto_approve' })
    expect(await explainJson(wipe, '--today', '2026-11-23')).toMatchObject({ route: 'human_review' })
  })

  it('is one line of JSON when asked to, of a documented shape', async () => {
    expect(await explainJson({ ...refund(20), confidence: 0.5, expires_in_seconds: 600 })).toEqual({
      route: 'escalate',
      oversight: 'in_the_loop',
      level: 1,
      role: 'boss',
      urgency: 'high',
      reasons: [
        { code: 'confidence_low', message: 'confidence 0.5 is below 0.6, where it goes higher' },
        { code: 'amount_below_limit', message: 'amount_usd 20 is below 50' },
        { code: 'confidence_below_auto_approve', message: 'confidence 0.5 is below 0.95' },
      ],
      steps: [
        { step: 'controls', asks: null, decided: false, findings: [] },
        { step: 'manifest', asks: null, decided: false, findings: [] },
        { step: 'rules', asks: null, decided: false, findings: [] },
        {
          step: 'approval',
          asks: 'escalate',
          decided: true,
          findings: [
            { code: 'amount_below_limit', message: 'amount_usd 20 is below 50', asks: 'auto_approve' },
            {
              code: 'confidence_low',
              message: 'confidence 0.5 is below 0.6, where it goes higher',
              asks: 'escalate',
            },
            {
              code: 'confidence_below_auto_approve',
              message: 'confidence 0.5 is below 0.95',
              asks: 'human_review',
            },
          ],
        },
      ],
      sla_seconds: 300,
      expires_in_seconds: 600,
      approvals_required: 1,
      approvers: { people: [{ who: 'ben@example.com', roles: ['boss'] }], usergroups: [], channels: [], excluded: [] },
      manifest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
    })
    expect(await explainJson(refund(20))).toMatchObject({
      route: 'auto_approve',
      level: null,
      role: null,
      sla_seconds: null,
      expires_in_seconds: null,
      approvals_required: null,
      approvers: null,
    })
  })
})

describe('the decision', () => {
  const said = (text: string, file = '-') => {
    const out: string[] = []
    const err: string[] = []
    const code = manifestExplain({
      dir: 'manifests',
      decision: file,
      agent: null,
      used: [],
      today: '2026-11-22',
      json: false,
      stdin: () => text,
      stdout: { write: (line) => out.push(line) },
      stderr: { write: (line) => err.push(line) },
    })
    return { code, out: out.join(''), err: err.join('') }
  }

  it('is read as JSON or as YAML, also from the standard input', () => {
    const json = said(JSON.stringify(refund(120)))
    const yaml =
      'action: pay\nparameters: { amount_usd: 120 } # USD\nconfidence: 0.8\nconfidence_basis: order and policy\n'
    writeFileSync('d.yaml', yaml)
    expect(json).toMatchObject({ code: 0, err: '' })
    expect(said(yaml)).toEqual(json)
    expect(said('', 'd.yaml')).toEqual(json)
  })

  it.each([
    ['', 'error: standard input is empty; it must hold a decision.\n'],
    ['action: [', 'standard input:1:10 error: this is not valid YAML'],
    [
      '{"action": "pay", "action": "give"}',
      'standard input error: This is JSON, but it cannot be taken at /action: this key stands twice',
    ],
    [
      'action: pay\nconfidence: 7\n',
      'The API would refuse this:\n  - `parameters` is missing; it must be a JSON object\n',
    ],
    [JSON.stringify({ ...refund(1), confidence: 80 }), '  - `confidence` must be a number from 0 to 1\n'],
    [JSON.stringify({ ...refund(1), reason: 'x' }), '  - there is no field `reason`; '],
    [
      JSON.stringify({ ...refund(1), parameters: { amount_usd: '20' } }),
      '  - `parameters.amount_usd` must be a number',
    ],
    [JSON.stringify({ ...refund(1), action: 'deploy' }), '  - the policy requires `rationale` for deploy\n'],
  ])('that is faulty (%j) is told in the words of the API, and exits with 1', (text, message) => {
    const { code, out, err } = said(text)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(message)
  })

  it('that is refused is told as JSON when asked to', async () => {
    const { stdout, stderr, code } = await explain({ ...refund(1), action: 'deploy' }, '--json')
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 })
    expect(JSON.parse(stdout)).toEqual({
      refused: [{ pointer: '/rationale', code: 'required_by_policy', message: expect.any(String) }],
      manifest: expect.stringMatching(/^sha256:/),
    })
  })

  it.each([
    ['{"action": pay}', 'bad.json error: This is not valid JSON: an unknown word'],
    ['{"action": ', 'bad.json error: This is not valid JSON: it ends too early, at line 1, column 12'],
  ])('that is no JSON (%s) is no body there', (text, message) => {
    writeFileSync('bad.json', text)
    expect(said('', 'bad.json').err).toContain(message)
  })

  it('that is not there is told with its name', async () => {
    const { stdout, stderr, code } = await terminal.type('manifest', 'explain', '--decision', 'nowhere.json')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toBe('error: There is no file nowhere.json.\n')
  })

  it('that is a folder is told as one', () => {
    expect(said('', 'manifests').err).toBe('error: manifests is a folder. Give the file with the decision.\n')
  })
})

describe('a faulty manifest', () => {
  it('is shown with its problems, and explains nothing', async () => {
    write('bad', 'actions: []\n')
    const { stdout, stderr, code } = await explain(refund(20), 'bad')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toContain('bad/manifest.yaml:1:10 error: ')
    expect(stderr).toContain('\nWith this manifest nothing can be explained.\n')
    const json = await explain(refund(20), 'bad', '--json')
    expect({ ...json, stdout: '' }).toEqual({ stdout: '', stderr: '', code: 1 })
    expect(JSON.parse(json.stdout)).toMatchObject({ problems: [{ severity: 'error' }] })
  })
})

describe('used wrongly', () => {
  it('needs the agent where the manifest declares agents', async () => {
    write('declared', `${MANIFEST}agents: { bot: { actions: [pay] }, crm: { actions: [] } }\n`)
    expect(await explain(refund(20), 'declared')).toEqual({
      stdout: '',
      stderr:
        'This manifest says what each agent may propose, so say which one proposes this: --agent NAME (declared are bot, crm).\n',
      code: 2,
    })
    expect((await explain(refund(20), 'declared', '--agent', 'crm')).stdout).toContain('(action_not_allowed)')
  })

  it.each([
    [['--used', '0=1'], 'Write the number of a limit, counted from 1, and what it holds: 2=1990.'],
    [['--used', '1=-5'], 'Write the number of a limit'],
    [['--used', '3=1'], 'There is no limit 3: pay has 2, counted from 1.\n'],
    [['--today', '2026-02-30'], 'Write a day that exists, as YYYY-MM-DD.'],
    [['--today', 'tomorrow'], 'Write a day that exists, as YYYY-MM-DD.'],
    [['--frozen'], 'unknown option'],
  ])('%j exits with 2, and says what is allowed', async (words, message) => {
    const { stdout, stderr, code } = await explain(refund(20), ...words)
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
    expect(stderr).toContain(message)
  })

  it('shows no default for what limits hold', async () => {
    const { stdout } = await terminal.type('manifest', 'explain', '--help')
    expect(stdout).toContain('--used')
    expect(stdout).not.toContain('default:')
  })

  it('needs a decision', async () => {
    const { stderr, code } = await terminal.type('manifest', 'explain')
    expect(code).toBe(2)
    expect(stderr).toContain("required option '--decision <file>' not specified")
  })
})
