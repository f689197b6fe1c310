/**
 * `countersign audit verify` and `audit show` over a database that somebody has edited. Broken builds that these sentences
 * were seen to catch:
 * - the subject of an entry, a row's columns, its state, or the head not compared -> a sentence of its own each.
 * - what the service did after its head not looked for; freezes not compared with their entries -> the last of the list.
 * - erased words taken for a change, or nothing compared once something is erased -> "verifies what was erased".
 * - what people were refused taken for a change of the decision -> "says what it has looked at".
 * - exit 0 with a fault -> the whole list. Only the first page of chains read -> "looks at as many as there are".
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Audited, openAudited } from '../fixtures/audited.ts'
import { openTerminal, type Terminal } from './terminal.ts'

let home = ''
let ids: Audited['ids']
let terminal: Terminal

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'countersign-audited-'))
  const audited = await openAudited(join(home, 'whole.db'))
  ids = audited.ids
  await audited.close()
})
afterAll(() => rmSync(home, { recursive: true }))

beforeEach(() => {
  terminal = openTerminal()
  mkdirSync('data')
  copyFileSync(join(home, 'whole.db'), 'data/service.db')
  writeFileSync('.env', 'DATABASE_URL=sqlite:./data/service.db\n')
})
afterEach(() => terminal.close())

/** What whoever can write to the file can do. */
function tamper(sql: string, ...values: readonly (string | number | null)[]): void {
  const db = new Sqlite('data/service.db')
  db.pragma('foreign_keys = OFF')
  const { changes } = db.prepare(sql).run(...values)
  db.close()
  if (changes === 0) throw new Error(`nothing was changed by ${sql}`)
}

describe('audit verify', () => {
  it('says what it has looked at when nothing is wrong, and ends well', async () => {
    const { stdout, stderr, code } = await terminal.type('audit', 'verify')
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout).toMatch(
      /^Nothing is wrong with \d\d entries, of 6 decisions, 1 workflow and the service itself\.\n$/,
    )
    const json = await terminal.type('audit', 'verify', '--json')
    expect(json.code).toBe(0)
    expect(JSON.parse(json.stdout)).toMatchObject({ decisions: 6, workflows: 1, erased: 0, faults: [] })
  })

  it('looks at as many chains as there are, and finds the fault in the last', async () => {
    const db = new Sqlite('data/service.db')
    const columns = db.prepare<[], { name: string }>("SELECT name FROM pragma_table_info('decisions')").all()
    const names = columns
      .map(({ name }) => name)
      .filter((name) => name !== 'id' && !name.endsWith('key'))
      .join()
    for (let n = 0; n < 250; n += 1)
      db.prepare(`INSERT INTO decisions (id, ${names}) SELECT ?, ${names} FROM decisions WHERE id = ?`).run(
        `dec_z${String(n).padStart(3, '0')}`,
        ids.passed,
      )
    db.close()
    const { stdout, stderr } = await terminal.type('audit', 'verify')
    expect(stdout.split('\n')).toHaveLength(251)
    expect(stdout).toContain('decision dec_z249: entry 1 belongs to another chain\n')
    expect(stderr).toContain(' of 256 decisions')
  })

  it('looks at one decision, one workflow, or the service alone', async () => {
    tamper('UPDATE decisions SET salt = ? WHERE id = ?', 'pepper', ids.denied)
    expect(await terminal.type('audit', 'verify', ids.approved)).toMatchObject({ code: 0 })
    expect(await terminal.type('audit', 'verify', ids.workflow)).toMatchObject({ code: 0 })
    expect(await terminal.type('audit', 'verify', 'service')).toMatchObject({ code: 0 })
    expect(await terminal.type('audit', 'verify', ids.denied)).toMatchObject({
      code: 1,
      stdout: `decision ${ids.denied}: what entry 1 had sealed was changed\n`,
    })
    expect(await terminal.type('audit', 'verify', 'dec_0')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'There is no decision or workflow "dec_0".\n',
    })
  })

  it.each<[string, string, () => readonly (string | number)[], (names: Audited['ids']) => string]>([
    [
      'what a person wrote',
      `UPDATE events SET sealed = '{"reason":"Go ahead."}' WHERE decision_id = ? AND type = 'decision.denied'`,
      () => [ids.denied],
      ({ denied }) => `decision ${denied}: what entry 3 had sealed was changed`,
    ],
    [
      'who denied it',
      `UPDATE events SET record = replace(record, 'U0000000002', 'U0000000001') WHERE decision_id = ? AND type = 'decision.denied'`,
      () => [ids.denied],
      ({ denied }) => `decision ${denied}: entry 3 was changed`,
    ],
    [
      'a lost entry in between',
      `DELETE FROM events WHERE decision_id = ? AND n = 2`,
      () => [ids.denied],
      ({ denied }) => `decision ${denied}: entry 2 is missing`,
    ],
    [
      'a lost end',
      `DELETE FROM events WHERE decision_id = ? AND n = 3`,
      () => [ids.denied],
      ({ denied }) => `decision ${denied}: the chain ends at entry 2 instead of 3`,
    ],
    [
      'a head that was set back',
      `UPDATE decisions SET chain_length = 2, chain_hash = (SELECT hash FROM events WHERE decision_id = decisions.id AND n = 2) WHERE id = ?`,
      () => [ids.denied],
      ({ denied }) => `decision ${denied}: the chain ends at entry 3 instead of 2`,
    ],
    [
      'another hash in the head',
      `UPDATE decisions SET chain_hash = replace(chain_hash, substr(chain_hash, 1, 1), 'x') WHERE id = ?`,
      () => [ids.denied],
      ({ denied }) => `decision ${denied}: the hash that is kept of entry 3, the last, is another one`,
    ],
    [
      'a decision whose events are left',
      `DELETE FROM decisions WHERE id = ?`,
      () => [ids.denied],
      ({ denied }) => `decision ${denied}: its row and its first entry were deleted`,
    ],
    [
      'another status in the row',
      `UPDATE decisions SET status = 'approved' WHERE id = ?`,
      () => [ids.denied],
      ({ denied }) => `decision ${denied}: its row has approved as status, its events denied`,
    ],
    [
      'a deadline put off',
      `UPDATE decisions SET due_at = NULL WHERE id = ?`,
      () => [ids.pending],
      ({ pending }) => `decision ${pending}: its row has nothing as due_at, its events \\d+`,
    ],
    [
      'parameters that nobody approved',
      `UPDATE decisions SET state = replace(state, '"amount_usd":200', '"amount_usd":2000') WHERE id = ?`,
      () => [ids.approved],
      ({ approved }) => `decision ${approved}: its row says otherwise than its events of: parameters`,
    ],
    [
      'a state that is no JSON',
      `UPDATE decisions SET state = '{' WHERE id = ?`,
      () => [ids.approved],
      ({ approved }) => `decision ${approved}: its state cannot be read`,
    ],
    [
      'a step done that was not',
      `UPDATE workflow_events SET record = replace(record, '"outcome":"auto_approved"', '"outcome":"human_approved"') WHERE workflow_id = ?`,
      () => [ids.workflow],
      ({ workflow }) => `workflow ${workflow}: entry 2 was changed`,
    ],
    [
      'a workflow whose entries are left',
      `DELETE FROM workflows WHERE id = ?`,
      () => [ids.workflow],
      ({ workflow }) => `workflow ${workflow}: its row and its first entry were deleted`,
    ],
    [
      'a workflow that goes on again',
      `UPDATE workflows SET status = 'open' WHERE id = ?`,
      () => [ids.workflow],
      ({ workflow }) => `workflow ${workflow}: its row has open as status, its events suspended`,
    ],
    [
      'a freeze that is gone',
      `DELETE FROM freezes`,
      () => [],
      () => `service: entry 4 has frozen the agent "support-agent", and it is not kept as frozen`,
    ],
    [
      'a freeze that nobody made',
      `INSERT INTO freezes (n, kind, name, by, at, reason) VALUES (3, 'action', 'note', '{"kind":"operator"}', 0, 'why')`,
      () => [],
      () => `service: the action "note" is kept as frozen, and no entry has frozen it`,
    ],
    [
      'another manifest in force',
      `UPDATE service SET manifest_digest = 'sha256:0'`,
      () => [],
      () => `service: its row has sha256:0 as the manifest in force, its events sha256:[0-9a-f]{64}`,
    ],
    [
      'what the service did, cut off',
      `UPDATE service SET chain_length = 3, chain_hash = (SELECT hash FROM service_events WHERE n = 3)`,
      () => [],
      () => 'service: there are entries after 3, where the chain ends',
    ],
  ])('finds %s, and says which chain and what', async (_, sql, values, said) => {
    tamper(sql, ...values())
    const { stdout, stderr, code } = await terminal.type('audit', 'verify')
    expect(stdout).toMatch(new RegExp(`^${said(ids)}\n$`))
    expect(stderr).toMatch(/^Looked at \d\d entries/)
    expect(code).toBe(1)
    const json = await terminal.type('audit', 'verify', '--json')
    expect([json.code, JSON.parse(json.stdout).faults.length]).toEqual([1, 1])
  })

  it('finds a chain that is kept under the name of another one', async () => {
    tamper('UPDATE decisions SET id = ? WHERE id = ?', 'dec_other', ids.passed)
    const { stdout, code } = await terminal.type('audit', 'verify')
    expect([stdout, code]).toEqual(['decision dec_other: entry 1 belongs to another chain\n', 1])
  })

  it('verifies what was erased, and still compares its row with its events', async () => {
    tamper('UPDATE decisions SET sealed = NULL, salt = NULL WHERE id = ?', ids.denied)
    tamper('UPDATE events SET sealed = NULL, salt = NULL WHERE decision_id = ?', ids.denied)
    tamper('UPDATE events SET sealed = NULL, salt = NULL WHERE decision_id = ? AND n > 3', ids.approved)
    tamper('UPDATE workflows SET sealed = NULL, salt = NULL')
    tamper('UPDATE service_events SET sealed = NULL, salt = NULL')
    const { stdout, code } = await terminal.type('audit', 'verify')
    expect([stdout, code]).toEqual([
      expect.stringMatching(/^Nothing is wrong with \d\d entries, 16 of them erased, /),
      0,
    ])
    tamper(`UPDATE decisions SET status = 'approved' WHERE id = ?`, ids.denied)
    expect((await terminal.type('audit', 'verify')).code).toBe(1)
  })

  it('makes no database where there is none', async () => {
    rmSync('data', { recursive: true })
    expect(await terminal.type('audit', 'verify')).toMatchObject({ code: 1, stdout: '' })
    expect(existsSync('data')).toBe(false)
    expect((await terminal.type('audit', 'verify', 'a', 'b')).code).toBe(2)
  })
})

describe('audit show', () => {
  it('tells the story of a decision in sentences, with what people wrote', async () => {
    const { stdout, stderr, code } = await terminal.type('audit', 'show', ids.approved)
    expect([stderr, code]).toEqual(['Its chain verifies.\n', 0])
    const told = stdout.replaceAll(ids.approved, 'ID').replace(/grt_\w+/g, 'GRANT')
    expect(told).toBe(STORY)
  })

  it('tells that of a workflow and of the service', async () => {
    const plan = await terminal.type('audit', 'show', ids.workflow)
    expect(plan.code).toBe(0)
    expect(plan.stdout).toContain('The agent support-agent (key_1) started it: 2 steps, called "Notes".')
    expect(plan.stdout).toContain('paused it.\n                     Not now.\n')
    const service = await terminal.type('audit', 'show', 'service')
    expect(service.stdout).toContain('U0000000003 lifted the freeze of the action "resize".')
    expect(service.stdout).toContain('An operator put the first manifest in force, sha256:')
  })

  it('says what is erased, what cannot be read, and that a chain was changed', async () => {
    tamper('UPDATE decisions SET sealed = NULL, salt = NULL WHERE id = ?', ids.denied)
    const erased = await terminal.type('audit', 'show', ids.denied)
    expect(erased).toMatchObject({ code: 0, stdout: expect.stringContaining('(what was written is erased)') })
    expect(erased.stdout).toContain('U0000000002 denied it.\n                     Nobody knows which order.\n')
    tamper(`UPDATE events SET record = '{}' WHERE decision_id = ? AND n = 2`, ids.denied)
    const broken = await terminal.type('audit', 'show', ids.denied)
    expect(broken).toMatchObject({ code: 1, stdout: expect.stringContaining('Entry 2 cannot be read.') })
    expect(broken.stderr).toBe(`decision ${ids.denied}: entry 2 was changed\n`)
  })

  it('shows what would steer a terminal as its code', async () => {
    tamper(
      `UPDATE events SET sealed = '{"reason":"\\u001b[2J\\u202egone"}' WHERE decision_id = ? AND type = 'decision.denied'`,
      ids.denied,
    )
    const { stdout } = await terminal.type('audit', 'show', ids.denied)
    expect(stdout).toContain(String.raw`\u{1b}[2J\u{202e}gone`)
  })

  it('prints the entries as JSON', async () => {
    const { stdout } = await terminal.type('audit', 'show', ids.denied, '--json')
    expect(JSON.parse(stdout)).toMatchObject([
      {
        chain: `decision ${ids.denied}`,
        entries: [{ seq: 1 }, { seq: 2 }, { seq: 3, quoted: 'Nobody knows which order.', erased: false }],
      },
    ])
    expect(await terminal.type('audit', 'show', 'dec_0')).toMatchObject({ code: 1, stdout: '' })
  })
})

const STORY = `decision ID
2026-03-01 12:00:00  The agent support-agent (key_1) proposed process_refund, which went to human_review; support_lead decides until 2026-03-02 12:00:00 UTC.
                     {"customer_id":"cus_81","amount_usd":240}
                     confidence 0.82 is below 0.95
2026-03-01 12:00:00  U0000000001 is asked as support_lead until 2026-03-01 13:00:00 UTC.
2026-03-01 12:00:00  U0000000001 asked a question; the clocks are stopped until 2026-03-02 12:00:00 UTC at the latest.
                     Which order?
                     The one from May?
2026-03-01 12:00:00  The agent support-agent (key_1) answered; it has to be decided until 2026-03-02 12:00:00 UTC.
                     That one.
2026-03-01 12:00:00  U0000000001 approved it; others have to as well.
                     Fine with me.
2026-03-01 12:00:00  U0000000002 is asked as support_lead until 2026-03-01 13:00:00 UTC.
2026-03-01 12:00:00  U0000000002 changed its parameters.
                     {"customer_id":"cus_81","amount_usd":200}
2026-03-01 12:00:00  U0000000002 approved it; others have to as well.
2026-03-01 12:00:00  U0000000001 is asked as support_lead until 2026-03-01 13:00:00 UTC.
2026-03-01 12:00:00  U0000000001 approved it.
2026-03-01 12:00:00  The agent support-agent (key_1) got the grant GRANT, good until 2026-03-01 12:15:00 UTC.
2026-03-01 12:00:00  The agent support-agent (key_1) started it.
2026-03-01 12:00:00  The agent support-agent (key_1) reported it done.
2026-03-01 12:00:00  The agent support-agent (key_1) recorded that it was right (downstream).
                     money is there
2026-03-01 12:00:00  U0000000003 was refused to deny it (already_decided).
`
