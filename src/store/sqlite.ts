import type { Database } from 'better-sqlite3'
import type { Random, Store, SubmitResult, UpdateResult } from '../app/ports.ts'
import { born } from '../domain/decision.ts'
import { groupCommit } from './group-commit.ts'
import { sqliteMigrations } from './migrate.ts'
import { apiKeys } from './sqlite/api-keys.ts'
import { openDatabase } from './sqlite/connection.ts'
import { decisionRows } from './sqlite/decisions.ts'
import { idempotencyRecords } from './sqlite/idempotency.ts'
import { manifests } from './sqlite/manifests.ts'
import { outbox } from './sqlite/outbox.ts'
import { posts } from './sqlite/posts.ts'
import { serviceRows } from './sqlite/service.ts'
import { usageWindows } from './sqlite/usage.ts'

type Counts = Awaited<ReturnType<Store['counts']>>

/**
 * The store in one SQLite file, for one process.
 * @param options.file a path, or `:memory:` for a store that is gone when the process ends
 * @throws Error that names the file and says in words why it can't be used: not writable, no database, a newer version's
 */
export function openSqliteStore(options: { readonly file: string; readonly random: Random }): Store {
  return sqliteStore(openDatabase(options.file, sqliteMigrations()), options.random)
}

/**
 * The store on an open, migrated connection, which it owns from now on.
 * @param committer how writes become transactions
 */
export function sqliteStore(db: Database, random: Random, committer: typeof groupCommit = groupCommit): Store {
  const newSalt = () => Buffer.from(random(16)).toString('base64url')
  const decisions = decisionRows(db, newSalt)
  const service = serviceRows(db, newSalt)
  const idempotencies = idempotencyRecords(db)
  const usage = usageWindows(db)
  const intents = outbox(db)
  const messages = posts(db)
  const policies = manifests(db)
  const keys = apiKeys(db)
  const { write, end } = committer(db)

  const count = db.prepare<{ readonly now: number }, Counts>(`
    SELECT (SELECT count(*) FROM decisions WHERE due_at IS NOT NULL) AS open,
      (SELECT count(*) FROM decisions WHERE due_at IS NOT NULL AND due_at <= :now) AS overdue,
      (SELECT count(*) FROM outbox WHERE due_at IS NOT NULL) AS outboxWaiting,
      (SELECT count(*) FROM outbox WHERE state = 'dead') AS outboxDead`)
  const probe = db.prepare(`
    INSERT INTO probe (id, writes) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET writes = writes + 1`)

  const existing = (id: string) => {
    const loaded = decisions.load(id)
    if (loaded === null) throw new Error(`the decision ${id} is recorded but not there`)
    return loaded.decision
  }

  return {
    submit: (idempotency, limitKeys, now, create) =>
      write((): SubmitResult => {
        const before = idempotencies.check(idempotency, now)
        if (before === 'mismatch') return { kind: 'idempotency_mismatch' }
        if (before !== null) return { kind: 'replayed', decision: existing(before.decision) }
        const created = create(usage.read(limitKeys, now))
        if (created === null) return { kind: 'refused' }
        const { event, intents: wanted, counted } = created
        const decision = born(event)
        decisions.insert(decision, event, idempotency)
        usage.count(counted, decision.id, now)
        intents.add(wanted, now)
        return { kind: 'created', decision }
      }),

    update: (id, idempotency, now, change) =>
      write((): UpdateResult => {
        const loaded = decisions.load(id)
        if (loaded === null) return { kind: 'not_found' }
        const before = idempotency === null ? null : idempotencies.check(idempotency, now)
        // A key that came with a write to another decision can't mean this one.
        if (before === 'mismatch' || (before !== null && before.decision !== id))
          return { kind: 'idempotency_mismatch' }
        if (before !== null) return { kind: 'replayed', decision: loaded.decision }
        const result = change(loaded.decision)
        if (result.kind === 'rejected') return { kind: 'rejected', rejection: result, decision: loaded.decision }
        decisions.save(loaded, result.decision, result.events)
        intents.add(result.intents, now)
        if (idempotency !== null) idempotencies.record(idempotency, id, now)
        return { kind: 'accepted', decision: result.decision }
      }),

    decision: async (id) => decisions.load(id)?.decision ?? null,
    decisions: async (filter) => decisions.page(filter),
    due: async (now, limit) => decisions.due(now, limit),
    history: async (id) => decisions.history(id),
    auditTrail: async (id) => decisions.trail(id),
    anyDecision: async () => decisions.any(),

    dueIntents: async (now, limit) => intents.due(now, limit),
    nextIntentAt: async () => intents.nextAt(),
    intentDone: (row, now) => write(() => intents.done(row, now)),
    intentFailed: (row, retryAt, error) => write(() => intents.failed(row, retryAt, error)),
    addIntents: (wanted, now) => write(() => intents.add(wanted, now)),
    posts: async (subject) => messages.of(subject),
    savePost: (post) => write(() => messages.save(post)),

    putInForce: (manifest, now, record) =>
      write(() => {
        const before = service.manifestInForce()
        if (before === manifest.digest) return null
        const { event, intents: wanted } = record(before === null ? null : policies.one(before))
        policies.save(manifest, now)
        service.append(event)
        intents.add(wanted, now)
        return event
      }),
    serviceTrail: async () => service.trail(),
    manifest: async (digest) => policies.one(digest),

    apiKey: async (id) => keys.one(id),
    apiKeys: async () => keys.all(),
    saveApiKey: (key) => write(() => keys.save(key)),

    counts: async (now) => count.get({ now }) ?? { open: 0, overdue: 0, outboxWaiting: 0, outboxDead: 0 },
    probe: () =>
      write(() => {
        probe.run()
      }),
    close: async () => {
      end()
      db.close()
    },
  }
}
