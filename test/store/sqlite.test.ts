import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { migrate, sqliteMigrations } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/sqlite/connection.ts'
import { openSqliteStore, openThreadedSqliteStore, sqliteStore } from '../../src/store/sqlite.ts'
import { idempotency, label, type OpenStore, submit, unpredictable } from '../contract/open-store.ts'
import { storeContract } from '../contract/store-contract.ts'
import { aDecisionId, aProposal, NOON, submittedEvent } from '../fixtures/decisions.ts'

/** Compiled, because Node starts no thread from TypeScript. */
const THREAD = new URL('../../dist/src/store/writer-thread.js', import.meta.url)

// Mutants that the tests below have caught: `synchronous = NORMAL`; a transaction for each member; the body stored twice;
// a newer schema accepted; outcomes without their row; pages by status without their index.
storeContract('a store in a SQLite file', inFile(openSqliteStore))
storeContract(
  'a store that writes in a thread of its own',
  inFile((options) => openThreadedSqliteStore({ ...options, thread: THREAD })),
)

function inFile(open: typeof openSqliteStore): () => Promise<OpenStore> {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    const file = join(folder, 'store.db')
    const store = open({ file, random: unpredictable })
    let current = store
    return {
      store,
      reopen: async () => {
        await current.close()
        current = open({ file, random: unpredictable })
        return current
      },
      close: async () => {
        await current.close()
        rmSync(folder, { recursive: true })
      },
    }
  }
}

describe('the SQLite file', () => {
  let folder = ''
  let file = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    file = join(folder, 'store.db')
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const open = () => openDatabase(file, sqliteMigrations())

  it('is written ahead and fully synced on every connection, the second as much as the first', () => {
    open().close()
    const db = open()
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(db.pragma('synchronous', { simple: true })).toBe(2)
    expect(db.pragma('busy_timeout', { simple: true })).toBe(1000)
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    db.close()
  })

  it('grows a write-ahead log as it is written to', async () => {
    const store = sqliteStore(open(), unpredictable)
    await submit(store)
    expect(statSync(`${file}-wal`).size).toBeGreaterThan(0)
    await store.close()
  })

  it('takes a hundred submissions of one moment in one commit', async () => {
    const transactions: string[] = []
    const db = new Sqlite(file, {
      verbose: (sql) => void (/^(BEGIN|COMMIT|ROLLBACK)/.test(String(sql)) && transactions.push(String(sql))),
    })
    migrate(db, sqliteMigrations())
    const store = sqliteStore(db, unpredictable)
    // Every commit of a WAL database ends with one frame that carries the size of the database, and one fsync.
    transactions.length = 0
    let answered = 0
    const all = Array.from({ length: 100 }, (_, n) =>
      submit(store, submittedEvent({ id: aDecisionId(n + 1) })).then(() => {
        answered += 1
        expect(transactions).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
      }),
    )
    expect(transactions).toEqual([])
    await Promise.all(all)
    expect(answered).toBe(100)
    expect(transactions).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
    await store.close()
  })

  it('redoes the members of a failed commit one by one, and rolls the first try back', async () => {
    const db = open()
    const store = sqliteStore(db, unpredictable)
    const poisoned = submit(store, submittedEvent({ manifestDigest: 'x' }), {
      counted: [{ index: 0, key: 'k', windowMs: 1, amount: Number.NaN }],
    })
    const fine = submit(store, submittedEvent({ id: aDecisionId(2) }))
    await expect(poisoned).rejects.toThrow('NOT NULL')
    expect((await fine).kind).toBe('created')
    expect(db.prepare('SELECT count(*) FROM decisions').pluck().get()).toBe(1)
    await store.close()
  })

  it('refuses writes and goes on reading when it cannot grow, and recovers when it can', async () => {
    const db = open()
    const store = sqliteStore(db, unpredictable)
    await submit(store)
    db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`)
    const big = aProposal({ rationale: 'x'.repeat(200_000) })
    const both = await Promise.allSettled(
      [2, 3].map((n) => submit(store, submittedEvent({ id: aDecisionId(n), proposal: big }))),
    )
    expect(both.map((one) => one.status)).toEqual(['rejected', 'rejected'])
    expect(db.inTransaction).toBe(false)
    expect((await store.decision(aDecisionId(1)))?.status).toBe('pending')
    expect(await store.decision(aDecisionId(2))).toBeNull()
    db.pragma('max_page_count = 1000000')
    expect((await submit(store, submittedEvent({ id: aDecisionId(2), proposal: big }))).kind).toBe('created')
    await store.close()
  })

  it('fails everybody at once while another process holds it, without waiting for each', async () => {
    const other = open()
    const db = open()
    db.pragma('busy_timeout = 1')
    const store = sqliteStore(db, unpredictable)
    other.exec('BEGIN IMMEDIATE')
    const all = await Promise.allSettled([1, 2, 3].map((n) => submit(store, submittedEvent({ id: aDecisionId(n) }))))
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    await expect(store.probe()).rejects.toThrow('locked')
    other.exec('ROLLBACK')
    await store.probe()
    expect(await store.anyDecision()).toBe(false)
    other.close()
    await store.close()
  })

  it('holds what an agent wrote once', async () => {
    const db = open()
    const store = sqliteStore(db, unpredictable)
    const proposal = aProposal({ rationale: 'seen-once', parameters: { text: 'seen-once-too' } })
    await submit(store, submittedEvent({ proposal, reasons: [{ code: 'c', message: 'seen-once-more' }] }))
    for (const note of ['a', 'b']) await store.update(aDecisionId(1), null, NOON, (decision) => label(decision, note))
    const cells = db
      .prepare<[], string>(`
        SELECT state || sealed || record FROM decisions UNION ALL SELECT coalesce(sealed, '') || record FROM events`)
      .pluck()
    const text = cells.all().join('\n')
    for (const words of ['seen-once"', 'seen-once-too', 'seen-once-more']) expect(text.split(words)).toHaveLength(2)
    await store.close()
  })

  it('keeps each outcome as a row for statistics', async () => {
    const db = open()
    const store = sqliteStore(db, unpredictable)
    await submit(store, submittedEvent({ proposal: aProposal({ agent_version: '1.4' }) }))
    await store.update(aDecisionId(1), null, NOON, (decision) => label(decision, 'n', NOON + 5))
    expect(db.prepare('SELECT * FROM outcomes').all()).toEqual([
      {
        decision_id: aDecisionId(1),
        n: 2,
        correct: 1,
        source: 'downstream',
        observed_at: NOON + 5,
        action: 'process_refund',
        agent: 'support-agent',
        agent_version: '1.4',
        confidence: 0.82,
      },
    ])
    await store.close()
  })

  it('forgets old idempotency records and old usage as new ones come', async () => {
    const db = open()
    const store = sqliteStore(db, unpredictable)
    const counted = [{ index: 0, key: 'k', windowMs: 1000, amount: 1 }]
    const note = (n: number, at: number) =>
      store.update(aDecisionId(1), { apiKey: 'k', key: `note ${n}`, bodyHash: 'h' }, at, (decision) =>
        label(decision, ''),
      )
    const later = NOON + 8 * 86_400_000
    for (let n = 1; n <= 100; n++) {
      await submit(store, submittedEvent({ id: aDecisionId(n), route: 'auto_approve' }), { counted })
      await note(n, NOON)
    }
    for (let n = 101; n <= 228; n++) {
      await submit(store, submittedEvent({ id: aDecisionId(n), at: later, route: 'auto_approve' }), { counted })
      await note(n, later)
    }
    expect(db.prepare('SELECT count(*) FROM idempotency').pluck().get()).toBe(128)
    expect(db.prepare('SELECT count(*) FROM usage').pluck().get()).toBe(128)
    await store.close()
  })

  it('answers every page and the sweep from an index', async () => {
    const statements: string[] = []
    const db = new Sqlite(file)
    migrate(db, sqliteMigrations())
    const prepare = db.prepare.bind(db)
    const watched = Object.assign(db, {
      prepare: (sql: string) => {
        statements.push(sql)
        return prepare(sql)
      },
    })
    const store = sqliteStore(watched, unpredictable)
    // The first write of each kind also forgets what is old.
    const counted = [{ index: 0, key: 'k', windowMs: 1, amount: 1 }]
    await submit(store, submittedEvent(), { counted, sharesCard: true })
    await store.update(aDecisionId(1), idempotency('note'), NOON, (decision) => label(decision, ''))
    const queries = statements.filter(
      (sql) =>
        /^\s*(SELECT|DELETE|INSERT[^?]*SELECT)/.test(sql) &&
        !sql.includes('EXISTS') &&
        !sql.includes('FROM api_keys ORDER'),
    )
    expect(queries.length).toBeGreaterThan(12)
    const plans: string[] = []
    for (const sql of queries) {
      const plan = prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql.replace(/:\w+|\?/g, 'NULL')}`).all()
      const details = plan.map(({ detail }) => detail).join('; ')
      expect(details, sql).not.toMatch(
        /SCAN (d|e|decisions|events|outbox|usage|idempotency|posts|card_rows)\b(?! USING (COVERING )?INDEX (decisions_due|outbox_due|outbox_dead))/,
      )
      plans.push(details)
      // A decision has a handful of posts: sorting those costs nothing.
      if (!sql.includes('FROM posts')) expect(details, sql).not.toContain('TEMP B-TREE')
    }
    const indexes = prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
      .pluck()
      .all()
    // Without its index a page still reads along the primary key: no scan by name, and slow all the same.
    const unused = indexes.filter(
      (index) =>
        !plans.some((plan) => plan.includes(`USING INDEX ${index} `) || plan.includes(`USING COVERING INDEX ${index}`)),
    )
    expect(unused).toEqual(['outcomes_by_action'])
    expect(plans.filter((plan) => /USING (COVERING )?INDEX decisions_by_(?!idempotency)/.test(plan))).toHaveLength(8)
    db.close()
  })
})

describe('a path that is no database of ours', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const message = (file: string): string => {
    try {
      void openSqliteStore({ file, random: unpredictable }).close()
    } catch (error) {
      return error instanceof Error ? error.message : 'not an Error'
    }
    return 'opened'
  }

  it('is named in words: no folder, a folder, no right to write, no SQLite, no name', () => {
    expect(message(join(folder, 'none', 'store.db'))).toBe(
      `The database ${join(folder, 'none', 'store.db')} cannot be used: its folder does not exist.`,
    )
    expect(message(folder)).toMatch(/cannot be used: it cannot be opened; please check that the path is a file/)
    expect(message('/proc/countersign.db')).toMatch(
      /please check that the path is a file, and that it and its folder are writable/,
    )
    const text = join(folder, 'notes.txt')
    writeFileSync(text, 'not a database, but long enough to look like a header of one'.repeat(20))
    expect(message(text)).toMatch(/it is not a SQLite database/)
    expect(message('')).toBe('The database needs a file name.')
  })

  it('is left alone when it belongs to another program', () => {
    const file = join(folder, 'other.db')
    const other = new Sqlite(file)
    other.exec('CREATE TABLE songs (id INTEGER)')
    expect(message(file)).toMatch(/it is a database of another program/)
    expect(other.prepare('SELECT name FROM sqlite_master').pluck().all()).toEqual(['songs'])
    other.close()
  })

  it('is refused when a newer version wrote it', () => {
    const file = join(folder, 'store.db')
    const steps = sqliteMigrations()
    const next = { version: newestOf(steps) + 1, name: '9999_later.sql', sql: 'CREATE TABLE later (id INTEGER)' }
    openDatabase(file, [...steps, next]).close()
    const told = `it was written by a newer version of Countersign (schema ${next.version}; this version knows ${newestOf(steps)})`
    expect(message(file)).toContain(told)
  })

  it('is refused when one of its schema steps was changed afterwards', () => {
    const file = join(folder, 'store.db')
    const steps = sqliteMigrations()
    openDatabase(
      file,
      steps.map((step, n) => (n === 1 ? { ...step, sql: `${step.sql}-- edited` } : step)),
    ).close()
    expect(message(file)).toMatch(/its schema step 0002_delivery.sql is not the one that this version knows/)
  })

  it('keeps the steps that worked when a later one fails, and nothing of that one', () => {
    const file = join(folder, 'store.db')
    const steps = sqliteMigrations()
    const broken = {
      version: newestOf(steps) + 1,
      name: '9999_broken.sql',
      sql: 'CREATE TABLE half (id INTEGER); CREATE TABL oops',
    }
    expect(() => openDatabase(file, [...steps, broken])).toThrow('syntax error')
    const db = openDatabase(file, steps)
    expect(db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'half'").pluck().get()).toBe(0)
    db.close()
  })
})

describe('a database from before there were rules', () => {
  it('has its manifests brought up to date: every action says that it has none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    const file = join(folder, 'store.db')
    const steps = sqliteMigrations()
    const before = new Sqlite(file)
    migrate(before, steps.slice(0, 3))
    const insert = before.prepare('INSERT INTO manifests (digest, manifest, first_used_at) VALUES (?, ?, 0)')
    const old = {
      digest: 'sha256:1',
      defaults: { channel: '#a "b" \u20ac' },
      actions: {
        refund: { name: 'refund', thresholds: { escalate_confidence: 0.1 }, limits: [1e21, 0.30000000000000004] },
        'odd "name".x': { name: 'odd "name".x', description: 'line\nbreak' },
        later: { name: 'later', rules: [{ when: 'true', route: 'block', because: 'x' }] },
      },
    }
    insert.run('sha256:1', JSON.stringify(old))
    insert.run('sha256:2', JSON.stringify({ digest: 'sha256:2', actions: {} }))
    before.close()

    const db = openDatabase(file, steps)
    const read = (digest: string) =>
      JSON.parse(String(db.prepare('SELECT manifest FROM manifests WHERE digest = ?').pluck().get(digest)))
    const { refund, later, ...others } = old.actions
    expect(read('sha256:1')).toEqual({
      ...old,
      actions: {
        refund: { ...refund, rules: [] },
        'odd "name".x': { ...others['odd "name".x'], rules: [] },
        later,
      },
    })
    expect(Object.keys(read('sha256:1').actions)).toEqual(Object.keys(old.actions))
    expect(read('sha256:2')).toEqual({ digest: 'sha256:2', actions: {} })
    db.close()
    rmSync(folder, { recursive: true })
  })
})

/** Numbers are given before steps are written, so that some may be missing. */
function newestOf(steps: ReturnType<typeof sqliteMigrations>): number {
  return steps.at(-1)?.version ?? 0
}
