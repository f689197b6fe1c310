/**
 * `countersign audit verify` and `audit show` over a database that somebody has edited. Broken builds that these sentences
 * were seen to catch:
 * - the subject of an entry, a row's columns, its state, or the head not compared -> a sentence of its own each.
 * - what the service did after its head not looked for; freezes not compared with their entries -> the last of the list.
 * - erased words taken for a change, or nothing compared once something is erased -> "verifies what was erased".
 * - words that somebody else took away taken for erased -> "finds what is gone".
 * - what people were refused taken for a change of the decision -> "says what it has looked at".
 * - what roots have seen not compared with the chain, or not with its end; gone chains not looked for; a root's signature,
 *   number, predecessor or marks not checked; the last missing root not noticed -> a sentence of its own each.
 * - half a hash taken for a root that is missing -> "with roots".
 * - exit 0 with a fault -> the whole list. Only the first page of chains read -> "looks at as many as there are".
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appendToChain, GENESIS } from '../../src/domain/audit.ts'
import { unpackEvent } from '../../src/store/codec.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { label, unpredictable } from '../contract/open-store.ts'
import { type Audited, openAudited } from '../fixtures/audited.ts'
import { NOON } from '../fixtures/decisions.ts'
import { aSigner } from '../fixtures/signer.ts'
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
  const { changes } = inDatabase((db) => db.prepare(sql).run(...values))
  if (changes === 0) throw new Error(`nothing was changed by ${sql}`)
}

function inDatabase<Result>(use: (db: Sqlite.Database) => Result): Result {
  const db = new Sqlite('data/service.db')
  try {
    db.pragma('foreign_keys = OFF')
    return use(db)
  } finally {
    db.close()
  }
}

describe('audit verify', () => {
  it('says what it has looked at when nothing is wrong, and ends well', async () => {
    const { stdout, stderr, code } = await terminal.type('audit', 'verify')
    expect([stderr, code]).toEqual(['', 0])
    expect(stdout).toMatch(
      /^Nothing is wrong with \d\d entries, of 6 decisions, 1 workflow and the service itself, and no root yet \(.*\)\.\n$/,
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
    await terminal.type('erase', ids.denied, ids.approved, '--yes')
    tamper('UPDATE service_events SET sealed = NULL, salt = NULL')
    const { stdout, code } = await terminal.type('audit', 'verify')
    expect([stdout, code]).toEqual([
      expect.stringMatching(/^Nothing is wrong with \d\d entries, 17 of them erased, /),
      0,
    ])
    tamper(`UPDATE decisions SET status = 'approved' WHERE id = ?`, ids.denied)
    expect((await terminal.type('audit', 'verify')).code).toBe(1)
  })

  it('finds what is gone although no entry says that it was erased', async () => {
    tamper('UPDATE events SET sealed = NULL, salt = NULL WHERE decision_id = ? AND n > 3', ids.approved)
    tamper('UPDATE workflows SET sealed = NULL, salt = NULL')
    const { stdout, code } = await terminal.type('audit', 'verify')
    const gone = 'what was written of it is gone, and no entry says that it was erased'
    expect(stdout).toBe(`decision ${ids.approved}: ${gone}\nworkflow ${ids.workflow}: ${gone}\n`)
    expect(code).toBe(1)
  })

  it('makes no database where there is none', async () => {
    rmSync('data', { recursive: true })
    expect(await terminal.type('audit', 'verify')).toMatchObject({ code: 1, stdout: '' })
    expect(existsSync('data')).toBe(false)
    expect((await terminal.type('audit', 'verify', 'a', 'b')).code).toBe(2)
  })
})

describe('audit verify with roots', () => {
  /** One over everything, then one over what came later. */
  beforeEach(async () => {
    expect((await terminal.type('audit', 'root')).code).toBe(0)
    const store = openSqliteStore({ file: 'data/service.db', random: unpredictable })
    await store.update(ids.passed, null, NOON, (decision) => label(decision, 'seen'))
    await store.close()
    expect((await terminal.type('audit', 'root')).code).toBe(0)
  })

  const hashes = (): readonly string[] =>
    inDatabase((db) => db.prepare<[], string>('SELECT hash FROM audit_roots ORDER BY n').pluck().all())

  it('says which was the last, and takes those that are known from elsewhere', async () => {
    const [first = '', second = ''] = hashes()
    const { stdout, code } = await terminal.type('audit', 'verify', '--root', first, '--root', second)
    expect([stdout, code]).toEqual([
      expect.stringMatching(new RegExp(`, and 2 roots, the last of .*Z: ${second}\\.\n$`)),
      0,
    ])
    const json = await terminal.type('audit', 'verify', '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({ roots: 2, last_root: { n: 2, hash: second }, faults: [] })
    expect(await terminal.type('audit', 'verify', '--root', 'f'.repeat(64))).toMatchObject({
      code: 1,
      stdout: `root 3: no root is ${'f'.repeat(64)}, which is known\n`,
    })
    expect(await terminal.type('audit', 'verify', '--root', first.slice(1))).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('A root is named by its hash, 64 characters of 0 to 9 and a to f.'),
    })
  })

  it.each<[string, (names: Audited['ids']) => void, (names: Audited['ids']) => string]>([
    [
      'a chain that was written anew with its row',
      ({ denied }) => rewrite(denied, (reason) => (reason === 'Nobody knows which order.' ? 'Go ahead.' : reason)),
      ({ denied }) =>
        `decision ${denied}: entry 3 is not the one that root 1 has seen: it, or what came before, was written anew`,
    ],
    [
      'a chain that was cut together with its row',
      ({ passed }) => {
        tamper('DELETE FROM outcomes WHERE decision_id = ?', passed)
        tamper('DELETE FROM events WHERE decision_id = ?', passed)
        tamper(`UPDATE decisions SET chain_length = 1, version = 1, chain_hash = hash, state = '' WHERE id = ?`, passed)
      },
      ({ passed }) => `decision ${passed}: the chain ends at entry 1, and root 2 has seen entry 2`,
    ],
    [
      'a decision that is gone without a trace',
      ({ denied }) => {
        tamper('DELETE FROM events WHERE decision_id = ?', denied)
        tamper('DELETE FROM decisions WHERE id = ?', denied)
      },
      ({ denied }) => `decision ${denied}: it is gone, and root 1 has seen its 3 entries`,
    ],
    [
      'a workflow that is gone without a trace',
      () => {
        tamper('DELETE FROM workflow_events')
        tamper('DELETE FROM workflows')
      },
      ({ workflow }) => `workflow ${workflow}: it is gone, and root 1 has seen its 4 entries`,
    ],
    [
      'what the service did, cut off with its row',
      () => {
        tamper('DELETE FROM freezes')
        tamper('DELETE FROM service_events WHERE n = 4')
        tamper('UPDATE service SET chain_length = 3, chain_hash = (SELECT hash FROM service_events WHERE n = 3)')
      },
      () => 'service: the chain ends at entry 3, and root 1 has seen entry 4',
    ],
    ['a root that is missing', () => tamper('DELETE FROM audit_roots WHERE n = 1'), () => 'root 1: it is missing'],
    ['the last root missing', () => tamper('DELETE FROM audit_roots WHERE n = 2'), () => 'root 2: it is missing'],
    [
      'a root that was changed',
      () => tamper(`UPDATE audit_roots SET root = replace(root, '.', '.A') WHERE n = 2`),
      () => 'root 2: it was changed after it was signed',
    ],
    [
      'a root that stands in for another one',
      () =>
        tamper('UPDATE audit_roots SET (root, hash) = (SELECT root, hash FROM audit_roots WHERE n = 1) WHERE n = 2'),
      () => 'root 2: it is root 1 of 20.*Z',
    ],
    [
      'what a root has seen, changed',
      ({ denied }) => tamper(`UPDATE audit_marks SET length = 2 WHERE chain = 'decision ' || ?`, denied),
      ({ denied }) =>
        `root 1: what it has seen of the chains was changed\ndecision ${denied}: entry 2 is not the one that root 1 has seen: it, or what came before, was written anew`,
    ],
    [
      'what a root has seen, deleted',
      ({ denied }) => tamper(`DELETE FROM audit_marks WHERE chain = 'decision ' || ?`, denied),
      () => 'root 1: what it has seen of the chains was changed',
    ],
  ])('finds %s', async (_, act, said) => {
    act(ids)
    const { stdout, code } = await terminal.type('audit', 'verify')
    expect(stdout).toMatch(new RegExp(`^${said(ids)}\n$`))
    expect(code).toBe(1)
  })

  it('finds that one decision is gone, by its id', async () => {
    tamper('DELETE FROM events WHERE decision_id = ?', ids.denied)
    tamper('DELETE FROM decisions WHERE id = ?', ids.denied)
    expect(await terminal.type('audit', 'verify', ids.denied)).toMatchObject({
      code: 1,
      stdout: `decision ${ids.denied}: it is gone, and root 1 has seen its 3 entries\n`,
    })
  })

  it('finds roots that somebody without the key has signed, and says so where no key is there', async () => {
    const { jwks } = await aSigner()
    writeFileSync('other.json', JSON.stringify(jwks))
    expect(await terminal.type('audit', 'verify', '--jwks', 'other.json')).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /^root 1: it is signed by a key that is not among those it was checked with\nroot 2: /,
      ),
    })
    rmSync('data/keys', { recursive: true })
    expect(await terminal.type('audit', 'verify')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Give the public keys with --jwks'),
    })
    expect(existsSync('data/keys')).toBe(false)
    expect(await terminal.type('audit', 'verify', '--jwks', 'none.json')).toMatchObject({ code: 1 })
    expect((await terminal.type('audit', 'verify', ids.denied, '--jwks', 'other.json')).code).toBe(2)
  })

  it('still verifies what was erased since', async () => {
    await terminal.type('erase', ids.denied, '--yes')
    expect(await terminal.type('audit', 'verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('2 of them'),
    })
  })
})

describe('audit root', () => {
  it('prints what names the new root, and says when nothing has happened since', async () => {
    const made = await terminal.type('audit', 'root')
    expect(made).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^root 1 of .*Z: [0-9a-f]{64}\n$/),
    })
    const again = await terminal.type('audit', 'root', '--json')
    expect(again).toMatchObject({ code: 0, stderr: 'Nothing has happened since the last root.\n' })
    expect(JSON.parse(again.stdout)).toMatchObject({ n: 1, root: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) })
  })
})

/** What somebody with the file and no key does: the whole chain is computed again, and its row with it. */
function rewrite(decision: string, change: (reason: string) => string): void {
  inDatabase((db) => {
    const first = db.prepare<[string], Kept>('SELECT record, sealed FROM decisions WHERE id = ?').get(decision)
    const later = db
      .prepare<[string], Kept>('SELECT record, sealed FROM events WHERE decision_id = ? ORDER BY n')
      .all(decision)
    if (first === undefined) throw new Error(`no ${decision}`)
    const events = [first, ...later].map(({ record, sealed }) => unpackEvent(record, sealed))
    const changed = events.map((event) =>
      event.type === 'decision.denied' ? { ...event, sealed: { reason: change(event.sealed.reason) } } : event,
    )
    const { manifest } = JSON.parse(first.record)
    const { entries, head } = appendToChain(GENESIS, changed, decision, manifest, () => 'a new salt')
    for (const { seq, record, hash, sealed, salt } of entries)
      db.prepare(
        seq === 1
          ? 'UPDATE decisions SET record = ?, hash = ?, sealed = ?, salt = ? WHERE id = ?'
          : `UPDATE events SET record = ?, hash = ?, sealed = ?, salt = ? WHERE decision_id = ? AND n = ${seq}`,
      ).run(record, hash, sealed, salt, decision)
    db.prepare('UPDATE decisions SET chain_hash = ?, state = replace(state, ?, ?) WHERE id = ?').run(
      head.hash,
      'Nobody knows which order.',
      change('Nobody knows which order.'),
      decision,
    )
  })
}

type Kept = { readonly record: string; readonly sealed: string | null }

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
    expect(erased).toMatchObject({ code: 1, stdout: expect.stringContaining('(what was written is erased)') })
    expect(erased.stderr).toContain('no entry says that it was erased')
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
                     {"customer_id":"cus_81","amount_usd":240,"order_id":"A-1"}
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
                     {"customer_id":"cus_81","amount_usd":200,"order_id":"A-1"}
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
