import type { Database } from 'better-sqlite3'
import type { GoOn, Idempotency, NewDecision, Random, Store, WorkflowChange } from '../app/ports.ts'
import { born, type Decision, isWaiting } from '../domain/decision.ts'
import { type FreezeEvent, SERVICE } from '../domain/service-event.ts'
import type { Instant } from '../domain/time.ts'
import type { Transition } from '../domain/transition.ts'
import { bornWorkflow, type Workflow } from '../domain/workflow.ts'
import { groupCommit } from './group-commit.ts'
import { inTurn } from './in-turn.ts'
import { sqliteMigrations } from './migrate.ts'
import { alertRows, alertSteps } from './sqlite/alerts.ts'
import { apiKeyStep, apiKeys } from './sqlite/api-keys.ts'
import { askRows, askStep, denialStands } from './sqlite/asks.ts'
import { restoredSteps } from './sqlite/backup.ts'
import { cardRowStep, cardRows } from './sqlite/card-rows.ts'
import { chainRows } from './sqlite/chains.ts'
import { openDatabase } from './sqlite/connection.ts'
import { attemptSteps, changeSteps, decisionRows, inserted, type Loaded } from './sqlite/decisions.ts'
import { endedRows, eraseSteps } from './sqlite/erase.ts'
import { freezeRows, type InForce, liftStep, setStep } from './sqlite/freezes.ts'
import { idempotencySteps } from './sqlite/idempotency.ts'
import { judgedRows } from './sqlite/judged.ts'
import { manifestStep, manifests } from './sqlite/manifests.ts'
import { type Operation, type Outcome, writing } from './sqlite/operation.ts'
import {
  coveredSteps,
  doneSteps,
  failedStep,
  intentSteps,
  outbox,
  replaySteps,
  suspendedStep,
} from './sqlite/outbox.ts'
import { pastRows } from './sqlite/past.ts'
import { postStep, posts } from './sqlite/posts.ts'
import { availabilityStep, reviewerRows } from './sqlite/reviewers.ts'
import { rootRows, rootSteps } from './sqlite/roots.ts'
import { serviceRows } from './sqlite/service.ts'
import type { Step } from './sqlite/step.ts'
import { usageWindows } from './sqlite/usage.ts'
import { weeklyReportRows, weeklyReportStep } from './sqlite/weekly-reports.ts'
import { workflowDecisionSteps, workflowDecisions } from './sqlite/workflow-decisions.ts'
import { type LoadedWorkflow, startSteps, workflowRows, workflowSteps } from './sqlite/workflows.ts'
import { threadedWriter } from './threaded-writer.ts'
import { localWriter, type Writer } from './writer.ts'

const PROBE = `INSERT INTO probe (id, writes) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET writes = writes + 1`

type Repeated = { readonly kind: 'replayed'; readonly decision: Decision } | { readonly kind: 'idempotency_mismatch' }
type Accepted = Extract<Transition, { readonly kind: 'accepted' }>
type Counts = Awaited<ReturnType<Store['counts']>>

/** What is written of a workflow with the decision of its step. */
type Going = {
  /** Whether the intent to go on has become needless. */
  readonly isAnswered: boolean
  /** As it has to be still; null: it is not written. */
  readonly from: Workflow | null
  /** See `Operation`. */
  readonly unless: Unless
  readonly steps: readonly Step[]
  readonly begun: Decision | null
  readonly settled: () => void
}

type Unless = Pick<Operation, 'unless'>

const NOTHING = () => undefined
const STAYS: Going = { isAnswered: false, from: null, unless: {}, steps: [], begun: null, settled: NOTHING }

type Options = {
  /** A path, or `:memory:` for a store that is gone when the process ends. */
  readonly file: string
  readonly random: Random
}

/**
 * The store in one SQLite file, for one process, which stands still while it writes.
 * @throws Error that names the file and says in words why it can't be used: not writable, no database, a newer version's
 */
export function openSqliteStore({ file, random }: Options): Store {
  return sqliteStore(openDatabase(file, sqliteMigrations()), random)
}

/** The thread's program. Node 20 starts no thread from TypeScript: there is one once this is compiled. */
const THREAD = new URL('./writer-thread.js', import.meta.url)

/**
 * The same, with its writes in a thread of their own: for a process that has others to answer meanwhile.
 * @param options.file a path
 * @throws Error as `openSqliteStore` does
 */
export function openThreadedSqliteStore({ file, random, thread = THREAD }: Options & { readonly thread?: URL }): Store {
  const db = openDatabase(file, sqliteMigrations())
  db.pragma('query_only = ON')
  return storeOn(db, threadedWriter(file, thread), random)
}

/**
 * The store on an open, migrated connection, which it owns from now on.
 * @param committer how writes become transactions
 */
export function sqliteStore(db: Database, random: Random, committer = groupCommit): Store {
  return storeOn(db, localWriter(db, committer(db)), random)
}

/** @param db where it reads: the writer may write on it, or on another connection to the same file */
function storeOn(db: Database, { write, end }: Writer, random: Random): Store {
  const newSalt = () => Buffer.from(random(16)).toString('base64url')
  const decisions = decisionRows(db)
  const judged = judgedRows(db)
  const past = pastRows(db)
  const service = serviceRows(db, newSalt)
  const freezes = freezeRows(db, service.chainLength)
  const ended = endedRows(db)
  const usage = usageWindows(db)
  const intents = outbox(db)
  const messages = posts(db)
  const policies = manifests(db)
  const keys = apiKeys(db)
  const people = reviewerRows(db)
  const alerts = alertRows(db)
  const weekly = weeklyReportRows(db)
  const sharedCards = cardRows(db)
  const workflows = workflowRows(db)
  const stepsOf = workflowDecisions(db)
  const roots = rootRows(db)
  const chains = chainRows(db, roots.seen)
  const keySteps = idempotencySteps()
  const oneByOne = inTurn()
  /** New decisions that are being committed. Only a change by who has made them can know of them. */
  const onTheirWay = new Map<string, Loaded>()

  const count = db.prepare<{ readonly now: number }, Counts>(`
    SELECT (SELECT count(*) FROM decisions WHERE deadline_at IS NOT NULL) AS open,
      (SELECT count(*) FROM decisions WHERE due_at IS NOT NULL AND due_at <= :now) AS overdue,
      (SELECT count(*) FROM outbox WHERE due_at IS NOT NULL AND (kind <> 'alerts.post' OR due_at <= :now)) AS outboxWaiting,
      (SELECT count(*) FROM outbox WHERE state = 'dead') AS outboxDead,
      (SELECT count(*) FROM freezes) AS frozen`)

  const existing = (id: string) => {
    const loaded = decisions.load(id)
    if (loaded === null) throw new Error(`the decision ${id} is recorded but not there`)
    return loaded.decision
  }

  const asks = askRows(db, existing)

  const existingWorkflow = (id: string) => {
    const loaded = workflows.load(id)
    if (loaded === null) throw new Error(`the workflow ${id} is recorded but not there`)
    return loaded.workflow
  }

  const put = async (...steps: readonly Step[]): Promise<void> => void (await write(writing(steps)))

  /** What was written when this key came before; null: it did not. */
  const repeated = (outcome: Outcome): Repeated | null => {
    if (outcome === 'mismatch') return { kind: 'idempotency_mismatch' }
    return typeof outcome === 'string' ? null : { kind: 'replayed', decision: existing(outcome.replayed) }
  }

  const update: Store['update'] = async (id, idempotency, now, change, goOn) => {
    // A new one can be changed before it is on disk: writes keep their order, and the guard finds where it never was.
    const loaded = decisions.load(id) ?? onTheirWay.get(id) ?? null
    if (loaded === null) return { kind: 'not_found' }
    const frozen = freezes.inForce()
    const result = change(loaded.decision, frozen.freezes)
    const once = idempotency === null ? null : { idempotency, now }
    const going = result.kind === 'rejected' ? STAYS : goingOn(result, goOn, frozen, now)
    try {
      const nothing: Operation = { once, guard: null, steps: [] }
      const outcome = await write(
        result.kind === 'rejected' ? nothing : changing(loaded, result, going, once, now, frozen.at),
      )
      // Somebody else has written to the database, something was frozen, or what was on its way has not come.
      onTheirWay.delete(id)
      if (outcome === 'moved') return update(id, idempotency, now, change, goOn)
      const before = repeated(outcome)
      // A key that came with a write to another decision can't mean this one.
      if (before?.kind === 'replayed' && before.decision.id !== id) return { kind: 'idempotency_mismatch' }
      if (before !== null) return before
    } finally {
      going.settled()
    }
    if (result.kind === 'rejected') return { kind: 'rejected', rejection: result, decision: loaded.decision }
    return { kind: 'accepted', decision: result.decision, ...(going.begun !== null && { begun: going.begun }) }
  }

  const changing = (
    loaded: Loaded,
    { decision, events, intents: wanted }: Accepted,
    going: Going,
    once: Operation['once'],
    now: Instant,
    serviceLength: number,
  ): Operation => {
    const { guard, steps } = changeSteps(loaded, decision, events, going.from, newSalt, now, serviceLength)
    const asked = going.isAnswered ? wanted.filter(({ kind }) => kind !== 'workflow.advance') : wanted
    const key = once === null ? [] : keySteps(once.idempotency, decision.id, now)
    return { once, ...going.unless, guard, steps: [...steps, ...intentSteps(asked, now), ...going.steps, ...key] }
  }

  /** What a changed decision makes of its workflow. */
  const goingOn = (
    { decision, intents: wanted }: Accepted,
    goOn: GoOn | undefined,
    frozen: InForce,
    now: Instant,
  ): Going => {
    if (goOn === undefined || decision.run === null || !wanted.some(({ kind }) => kind === 'workflow.advance'))
      return STAYS
    const loaded = workflows.load(decision.run.workflow)
    const change =
      loaded === null
        ? 'later'
        : goOn(loaded.workflow, decision, (keys) => usage.read(keys, now), frozen.freezes, asks.reading(now))
    if (change === 'waits') return { ...STAYS, isAnswered: true }
    if (loaded === null || change === 'later' || change.kind === 'rejected') return STAYS
    const { unless, guard, steps, begun, settled } = changingWorkflow(loaded, change, now, frozen.at)
    return { isAnswered: true, from: loaded.workflow, unless, steps: [guard, ...steps], begun, settled }
  }

  /** What records a new decision, beside what its caller writes in the same transaction. */
  const inserting = (created: NewDecision, key: Idempotency | null, now: Instant) => {
    const { event, intents: wanted, counted, sharesCard, ask } = created
    const decision = born(event)
    const asked = ask !== null && isWaiting(decision) ? [askStep(decision.id, ask.identity)] : []
    const beside = [...asked, ...(sharesCard ? [cardRowStep(decision)] : []), ...workflowDecisionSteps(decision)]
    const telling = [...intentSteps(wanted, now), ...alertSteps(wanted, decision)]
    const { step, loaded } = inserted(decision, event, key, newSalt)
    const { steps, settled } = usage.count(counted, decision.id, now)
    onTheirWay.set(decision.id, loaded)
    const unless: Unless = ask === null ? {} : { unless: denialStands(ask.exact, now) }
    return {
      decision,
      unless,
      steps: [step, ...beside, ...telling, ...steps],
      settled: () => {
        onTheirWay.delete(decision.id)
        settled()
      },
    }
  }

  const recordAttempt: Store['recordAttempt'] = async (id, attempt) => {
    const found = decisions.attempts(id)
    const event = found === null ? null : attempt(found.kept)
    if (found === null || event === null) return false
    if ((await write({ once: null, ...attemptSteps(found, event, newSalt) })) === 'moved')
      return recordAttempt(id, attempt)
    return true
  }

  const updateWorkflow: Store['updateWorkflow'] = async (id, now, change) => {
    const loaded = workflows.load(id)
    if (loaded === null) return { kind: 'not_found' }
    const frozen = freezes.inForce()
    const result = change(loaded.workflow, (keys) => usage.read(keys, now), frozen.freezes, asks.reading(now))
    if (result.kind === 'rejected') return { kind: 'rejected', rejection: result, workflow: loaded.workflow }
    const { unless, guard, steps, begun, settled } = changingWorkflow(loaded, result, now, frozen.at)
    try {
      if ((await write({ once: null, ...unless, guard, steps })) === 'moved') return updateWorkflow(id, now, change)
      return { kind: 'accepted', workflow: result.workflow, begun }
    } finally {
      settled()
    }
  }

  const changingWorkflow = (
    loaded: LoadedWorkflow,
    { workflow, events, intents: wanted, begun }: Extract<WorkflowChange, { kind: 'accepted' }>,
    now: Instant,
    serviceLength: number,
  ) => {
    const { guard, steps } = workflowSteps(loaded, workflow, events, newSalt, serviceLength)
    const added = begun === null ? null : inserting(begun, null, now)
    return {
      unless: added?.unless ?? {},
      guard,
      // The decision first: a workflow names it.
      steps: [...(added?.steps ?? []), ...steps, ...intentSteps(wanted, now)],
      begun: added?.decision ?? null,
      settled: added?.settled ?? NOTHING,
    }
  }

  const erase: Store['erase'] = async (id, now, change) => {
    const loaded = decisions.load(id)
    if (loaded === null) return { kind: 'not_found' }
    const { run } = loaded.decision
    const plan = run === null ? null : workflows.load(run.workflow)
    const result = change(loaded.decision, plan?.workflow ?? null)
    if (result.kind === 'rejected') return { kind: 'rejected', rejection: result }
    const whole = plan === null || plan.workflow.erasedAt !== undefined ? null : plan
    const { guard, steps } = eraseSteps(loaded, result.decision, result.events, whole, newSalt, now)
    const outcome = await write({ once: null, guard, steps: [...steps, ...intentSteps(result.intents, now)] })
    if (outcome === 'moved') return erase(id, now, change)
    return { kind: 'erased', decision: result.decision, workflow: whole?.workflow.id ?? null }
  }

  const recordErasure: Store['recordErasure'] = async (event) => {
    const { guard, save } = service.append(event, service.manifestInForce())
    if ((await write({ once: null, guard, steps: [save] })) === 'moved') await recordErasure(event)
  }

  const recordRestore: Store['recordRestore'] = async (event) => {
    const { guard, save } = service.append(event, service.manifestInForce())
    const outcome = await write({ once: null, guard, steps: [save, ...restoredSteps(event.at)] })
    if (outcome === 'moved') await recordRestore(event)
  }

  const putInForce: Store['putInForce'] = async (manifest, now, record) => {
    const before = service.manifestInForce()
    if (before === manifest.digest) return null
    const { event, intents: wanted } = record(before === null ? null : policies.one(before))
    const { guard, save } = service.append(event, manifest.digest)
    const steps = [manifestStep(manifest, now), save, ...intentSteps(wanted, now)]
    const outcome = await write({ once: null, guard, steps })
    // Another process has frozen something.
    return outcome === 'moved' ? putInForce(manifest, now, record) : event
  }

  const changeFreezes: Store['changeFreezes'] = async (now, change) => {
    const { freezes: before, at } = freezes.inForce()
    const changed = change(before, at + 1)
    if (changed === null) return { before, written: false }
    const { event, intents: wanted } = changed
    const { n, guard, save } = service.append(event, service.manifestInForce())
    const { subject } = event.payload
    const going = event.type === 'freeze.lifted' ? [suspendedStep(now)] : []
    const shown = [...coveredSteps(subject, now), ...going, ...intentSteps(wanted, now)]
    const steps = [save, freezeStep(n, event), ...shown]
    // Another process has written to the chain, before or after it was read here.
    if (n !== at + 1 || (await write({ once: null, guard, steps })) === 'moved') return changeFreezes(now, change)
    return { before, written: true }
  }

  const submit: Store['submit'] = async (idempotency, limitKeys, now, create) => {
    const once = { idempotency, now }
    const created = create(usage.read(limitKeys, now), freezes.inForce().freezes, asks.reading(now))
    if (created === null || 'kind' in created)
      return repeated(await write({ once, guard: null, steps: [] })) ?? created ?? { kind: 'refused' }
    const { decision, unless, steps, settled } = inserting(created, idempotency, now)
    try {
      const outcome = await write({ once, ...unless, guard: null, steps })
      // A person has denied exactly this meanwhile.
      if (outcome === 'moved') return submit(idempotency, limitKeys, now, create)
      return repeated(outcome) ?? { kind: 'created', decision }
    } finally {
      settled()
    }
  }

  const startWorkflow: Store['startWorkflow'] = async (id, idempotency, now, create) => {
    const once = { idempotency, now }
    const exists = workflows.load(id) !== null
    const made = exists ? null : create((keys) => usage.read(keys, now), freezes.inForce().freezes, asks.reading(now))
    const starts = made === null || 'kind' in made ? null : made
    const added = starts === null ? null : inserting(starts.first, null, now)
    try {
      const starting = starts === null ? [] : startSteps(starts.event, idempotency, newSalt)
      const steps = [...(added?.steps ?? []), ...starting]
      const outcome = await write({ once, ...added?.unless, guard: null, steps })
      if (outcome === 'moved') return startWorkflow(id, idempotency, now, create)
      if (outcome === 'mismatch') return { kind: 'idempotency_mismatch' }
      if (typeof outcome !== 'string') return { kind: 'replayed', workflow: existingWorkflow(outcome.replayed) }
      if (exists) return { kind: 'taken' }
      if (made === null || 'kind' in made) return made ?? { kind: 'refused' }
      return { kind: 'created', workflow: bornWorkflow(made.event) }
    } finally {
      added?.settled()
    }
  }

  const replay: Store['replay'] = async (keys, now, record) => {
    const found = intents.replayable(keys)
    if (found.length === 0) return []
    const { guard, save } = service.append(record(found), service.manifestInForce())
    const outcome = await write({ once: null, guard, steps: [save, ...replaySteps(found, now)] })
    return outcome === 'moved' ? replay(keys, now, record) : found
  }

  return {
    submit,

    // In turn by id, so that of two at once the second finds the first.
    startWorkflow: (id, ...how) => oneByOne(id, () => startWorkflow(id, ...how)),
    updateWorkflow: (id, ...how) => oneByOne(id, () => updateWorkflow(id, ...how)),
    workflow: async (id) => workflows.load(id)?.workflow ?? null,
    workflowTrail: async (id) => workflows.trail(id),
    workflowDecisions: async (key, limit) => stepsOf.of(key, limit),

    // In turn, so that each sees what the one before has left.
    update: (id, ...how) => oneByOne(id, () => update(id, ...how)),

    recordAttempt: (id, attempt) => oneByOne(id, () => recordAttempt(id, attempt)),

    erase: (id, ...how) => {
      const { run = null } = decisions.load(id)?.decision ?? {}
      const mine = () => oneByOne(id, () => erase(id, ...how))
      // Of two steps of a plan each would find it whole.
      return run === null ? mine() : oneByOne(run.workflow, mine)
    },
    endedBefore: async (...page) => ended(...page),
    backupMadeAt: async () => service.copiedAt(),
    recordRestore: (event) => oneByOne(SERVICE, () => recordRestore(event)),
    restoredAt: async () => service.restoredAt(),
    recordErasure: (event) => oneByOne(SERVICE, () => recordErasure(event)),
    scrub: async () => {
      const busy = db.pragma('wal_checkpoint(TRUNCATE)', { simple: true })
      return busy === 0
    },

    decision: async (id) => decisions.load(id)?.decision ?? null,
    decisions: async (filter) => decisions.page(filter),
    due: async (now, limit) => decisions.due(now, limit),
    queue: async (filter) => decisions.queue(filter),
    countDueBy: async (dueBy) => decisions.countDueBy(dueBy),
    endedSince: async (since, limit) => decisions.endedSince(since, limit),
    judged: async (action, since, most) => judged(action, since, most),
    past: async (after, limit) => past(after, limit),
    passed: async (action, since, now) => decisions.passed(action, since, now),
    countSince: async (since) => decisions.countSince(since),
    reviewers: async (users) => people.of(users),
    saveAvailability: (user, availability) => put(availabilityStep(user, availability)),
    history: async (id) => decisions.history(id),
    auditTrail: async (id) => decisions.trail(id),
    anyDecision: async () => decisions.any(),

    dueIntents: async (lane, now, limit) => intents.due(lane, now, limit),
    nextIntentAt: async (lane, now) => intents.nextAt(lane, now),
    intentDone: (row, now) => put(...doneSteps(row, now)),
    intentFailed: (row, retryAt, error) => put(failedStep(row, retryAt, error)),
    addIntents: (wanted, now) => put(...intentSteps(wanted, now)),
    deliveries: async (limit) => intents.deliveries(limit),
    replay: (...how) => oneByOne(SERVICE, () => replay(...how)),
    lastWeeklyReport: async () => weekly.last(),
    recordWeeklyReport: (dueAt, suggestions, wanted, now) =>
      put(weeklyReportStep(dueAt, suggestions), ...intentSteps(wanted, now)),
    posts: async (subject) => messages.of(subject),
    postAt: async (channel, ts) => messages.at(channel, ts),
    onSameCard: async (decision) => sharedCards.of(decision),
    savePost: (post) => put(postStep(post)),
    alerts: async (window) => alerts.of(window),

    putInForce: (...how) => oneByOne(SERVICE, () => putInForce(...how)),
    manifestInForce: async () => {
      const digest = service.manifestInForce()
      return digest === null ? null : policies.one(digest)
    },
    freezes: async () => freezes.inForce().freezes,
    changeFreezes: (...how) => oneByOne(SERVICE, () => changeFreezes(...how)),
    openOf: async (subject, limit) => decisions.openOf(subject, limit),
    chains: async (...which) => chains.page(...which),
    chain: async (...which) => chains.one(...which),
    orphans: async () => chains.orphans(),
    countChains: async () => chains.count(),
    growth: async (from) => roots.grown(from),
    isAnyUnseen: async () => roots.isAnyUnseen(),
    saveRoot: async (root) => (await write({ once: null, ...rootSteps(root) })) !== 'moved',
    lastRoot: async () => roots.last(),
    roots: async (after, limit) => roots.page(after, limit),
    rootSince: async (at) => roots.firstSince(at),
    lastMarkedRoot: async () => roots.lastMarked(),
    marks: async (...which) => roots.marks(...which),
    seen: async (chain) => roots.seen(chain),
    lost: async (after, limit) => roots.lost(after, limit),
    serviceRow: async () => db.transaction(() => ({ ...service.row(), freezes: freezes.read() })).deferred(),
    serviceEntries: async (after, limit) => service.entries(after, limit),
    serviceTrail: async () => service.trail(),
    manifest: async (digest) => policies.one(digest),

    apiKey: async (id) => keys.one(id),
    apiKeys: async () => keys.all(),
    saveApiKey: async (key) => {
      await put(apiKeyStep(key))
      keys.changed(key.id)
    },

    counts: async (now) => count.get({ now }) ?? { open: 0, overdue: 0, outboxWaiting: 0, outboxDead: 0, frozen: 0 },
    probe: () => put([PROBE]),
    close: async () => {
      await end()
      db.close()
    },
  }
}

function freezeStep(n: number, { type, payload, actor, at, sealed }: FreezeEvent): Step {
  return type === 'freeze.set' ? setStep(n, payload.subject, actor, at, sealed.reason) : liftStep(payload.subject)
}
