import type { AlertCount, AlertWindow } from '../domain/alert-window.ts'
import type { Ask, AskedBefore, Denial } from '../domain/ask.ts'
import type { Load } from '../domain/assignment.ts'
import type { AttemptRefused } from '../domain/attempt.ts'
import type { AuditEntry, ChainHead } from '../domain/audit.ts'
import type { ChainMark, RootClaims } from '../domain/audit-root.ts'
import type { Past } from '../domain/backtest.ts'
import type { Approved, Decision, Denied, Status, TimedOut, Waiting } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { DecisionEvent } from '../domain/event.ts'
import type { Freeze, FreezeSubject } from '../domain/freeze.ts'
import type { GrantClaims } from '../domain/grant.ts'
import type { Intent, Lane } from '../domain/intent.ts'
import type { Judged } from '../domain/judged.ts'
import type { LimitKey, LimitUsage } from '../domain/limits.ts'
import type { ActionPolicy, Manifest } from '../domain/manifest.ts'
import type { Rejection } from '../domain/rejection.ts'
import type { Person } from '../domain/reviewer.ts'
import type { RouteInput } from '../domain/route.ts'
import type { Ruling } from '../domain/rule.ts'
import type {
  DatabaseRestored,
  DeliveriesReplayed,
  FreezeEvent,
  ManifestInForce,
  RecordsErased,
} from '../domain/service-event.ts'
import type { Instant } from '../domain/time.ts'
import type { Transition } from '../domain/transition.ts'
import type { Workflow } from '../domain/workflow.ts'
import type { WorkflowEvent } from '../domain/workflow-event.ts'

/** Now, in ms since the epoch. Tests hand in a clock they turn by hand. */
export type Clock = () => Instant

/** `count` unpredictable bytes. */
export type Random = (count: number) => Uint8Array

/** The manifest in force, and every one that ever was. */
export type Policies = {
  readonly current: () => Manifest
  /** The manifest that a decision recorded. @throws when the store has lost it (a bug) */
  readonly byDigest: (digest: string) => Promise<Manifest>
}

/** Who people are and which roles they hold, as Slack says today. Never throws: a person Slack can't describe is barred as `unknown`. */
export type Reviewers = {
  readonly person: (user: string) => Promise<Person>
  /** Which of `roles` this person holds. `channel`: where people see the decision, for manifests without roles. */
  readonly rolesOf: (
    person: Person,
    roles: readonly string[],
    manifest: Manifest,
    channel: string,
  ) => Promise<ReadonlySet<string>>
  /**
   * Everybody who holds the role today and may ever decide: no guests, bots or strangers. Who Slack can't describe is left
   * out. @throws when nobody is left so: that is no answer
   */
  readonly membersOf: (role: string, manifest: Manifest, channel: string) => Promise<readonly Person[]>
  /** Who of them is in do-not-disturb, or inactive for more than an hour. A hint: where Slack can't say, nobody is. */
  readonly unreachable: (users: readonly string[]) => Promise<ReadonlySet<string>>
  /** The person's own time zone, an IANA name; `UTC` where Slack can't say. */
  readonly timeZone: (user: string) => Promise<string>
}

/** Checks parameters against the action's `parameters_schema`; empty: they hold, or there is none. */
export type SchemaCheck = (policy: ActionPolicy, parameters: Readonly<Record<string, unknown>>) => readonly FieldFault[]

/** What each rule of the action says of a proposal, in their order; empty: the action has none. Never throws. */
export type RuleCheck = (action: ActionPolicy, input: RouteInput) => readonly Ruling[]

/** A field that the manifest refuses; `pointer` is a JSON pointer into the request. */
export type FieldFault = { readonly pointer: string; readonly code: string; readonly message: string }

/** Makes a write repeatable: the same key and body give the same decision again, another body is refused. */
export type Idempotency = { readonly apiKey: string; readonly key: string; readonly bodyHash: string }

export type NewDecision = {
  readonly event: DecisionEvent & { readonly type: 'decision.submitted' }
  /** With `alerts.post` among them, the decision is counted in that window. */
  readonly intents: readonly Intent[]
  /** The usage windows that this automatic approval counts in. */
  readonly counted: readonly LimitKey[]
  /** It stands on one card with others of the same action, agent and manifest; see `shared-card.ts`. */
  readonly sharesCard: boolean
  /** It is recorded only while no denial of exactly this stands; null: no denial refuses it. */
  readonly ask: Ask | null
}

/** A person has denied exactly this a short while ago. `step`: of the plan that wants it; null: there is no plan. */
export type AlreadyDenied = { readonly kind: 'already_denied'; readonly denial: Denial; readonly step: number | null }

/** Reads what people were asked before, and said. */
export type ReadAsks = {
  /** The denial of exactly this that stands; null: none. */
  readonly denialOf: (ask: Ask) => Denial | null
  /** The earlier asks for what has the same identity; null: none of them was denied lately. */
  readonly before: (ask: Ask) => AskedBefore | null
}

export type SubmitResult =
  | { readonly kind: 'created' | 'replayed'; readonly decision: Decision }
  | { readonly kind: 'refused' }
  | AlreadyDenied
  | { readonly kind: 'idempotency_mismatch' }

export type EraseResult =
  /** `workflow`: the plan that was erased with it; null: none was. */
  | { readonly kind: 'erased'; readonly decision: Decision; readonly workflow: string | null }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'not_found' }

export type UpdateResult =
  /** `begun`: the decision of the workflow's next step, which was recorded with it. */
  | { readonly kind: 'accepted' | 'replayed'; readonly decision: Decision; readonly begun?: Decision }
  | { readonly kind: 'rejected'; readonly rejection: Rejection; readonly decision: Decision }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'idempotency_mismatch' }

/** A new workflow, and the decision of its first step; both are recorded, or neither. */
export type NewWorkflow = {
  readonly event: WorkflowEvent & { readonly type: 'workflow.started' }
  readonly first: NewDecision
}

export type StartResult =
  | { readonly kind: 'created' | 'replayed'; readonly workflow: Workflow }
  /** There is a workflow of this id. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused' }
  | AlreadyDenied
  | { readonly kind: 'idempotency_mismatch' }

/** A changed workflow, with the decision of the step that it begins; both are recorded, or neither. */
export type WorkflowChange =
  | {
      readonly kind: 'accepted'
      readonly workflow: Workflow
      readonly events: readonly WorkflowEvent[]
      readonly intents: readonly Intent[]
      readonly begun: NewDecision | null
    }
  | Rejection

export type WorkflowResult =
  | { readonly kind: 'accepted'; readonly workflow: Workflow; readonly begun: Decision | null }
  | { readonly kind: 'rejected'; readonly rejection: Rejection; readonly workflow: Workflow }
  | { readonly kind: 'not_found' }

/**
 * What becomes of a workflow by what became of the decision of its step. `waits`: nothing before somebody else has acted;
 * `later`: that is for the engine to find out.
 */
export type GoOn = (
  workflow: Workflow,
  decision: Decision,
  usage: ReadUsage,
  freezes: readonly Freeze[],
  asks: ReadAsks,
) => WorkflowChange | 'waits' | 'later'

/** Reads what was auto-approved so far; for the keys that a decision counts in. */
export type ReadUsage = (keys: readonly LimitKey[]) => readonly LimitUsage[]

export type DecisionFilter = {
  readonly agent: string | null
  readonly status: Status | null
  readonly action: string | null
  /** Only decisions older than this id; null: from the newest. */
  readonly before: string | null
  readonly limit: number
}

/** When a person is not to be asked, as they said themselves. */
export type Availability = {
  /** null: not away. One that has passed means the same. */
  readonly awayUntil: Instant | null
  /** Who gets what they would be asked, if that person may decide it anyway. */
  readonly delegate: { readonly to: string; readonly until: Instant } | null
}

/** What is remembered of a reviewer. */
export type ReviewerRecord = Load & Availability

/** Open decisions, the soonest deadline first. */
export type QueueFilter = {
  /** Only what this person is asked; null: everybody's. */
  readonly assignee: string | null
  /** Only those whose deadline is at or before this instant; null: all. */
  readonly dueBy: Instant | null
  /** Where the page before ended; null: from the start. */
  readonly after: { readonly deadline: Instant; readonly id: string } | null
  readonly limit: number
}

/** An API key as stored: the secret only as its SHA-256. */
export type ApiKey = {
  readonly id: string
  readonly secretHash: string
  readonly agent: string
  readonly scopes: readonly Scope[]
  readonly createdAt: Instant
  readonly expiresAt: Instant | null
  readonly revokedAt: Instant | null
}
export type Scope = 'decide' | 'read' | 'label' | 'consume' | 'admin'

/** An intent that waits in the outbox. `generation` grows each time the same intent is asked for again. */
export type OutboxRow = {
  readonly key: string
  readonly intent: Intent
  readonly generation: number
  readonly attempts: number
}

/** What waits in the outbox or was given up, as people look at it. `key`: see `intentKey`. */
export type Delivery = {
  readonly key: string
  readonly kind: Intent['kind']
  /** When the next try is due; null: it was given up. */
  readonly dueAt: Instant | null
  /** How many tries have failed. */
  readonly attempts: number
  /** Why the last try failed; null: none did. */
  readonly error: string | null
}

/**
 * A message in Slack that shows something of ours. `subject`: a decision id or a notice key; `slot`: which of its
 * messages (`card`, `log 3`). Written as `posting` before Slack is asked, so that a crash in between is noticed and the
 * message looked for before it is sent again. Of decisions that share a card each has a post of it, with the version
 * that its own row shows; the first one's is what was posted.
 */
export type Post = {
  readonly subject: string
  readonly slot: string
  readonly channel: string
  readonly startedAt: Instant
} & (
  | { readonly state: 'posting' }
  | {
      readonly state: 'posted'
      readonly ts: string
      readonly shownVersion: number /** The `freezeMark` of what it says is frozen. */
      readonly shownFrozen: string
      readonly permalink: string | null
    }
)

/** `erased`: how many of the page can't be shown any more; `last`: where the next page goes on; null: there is none. */
export type PastPage = { readonly decisions: readonly Past[]; readonly erased: number; readonly last: string | null }

/** A chain of the audit log as one moment had it. */
export type Chain = {
  readonly kind: 'decision' | 'workflow'
  readonly id: string
  readonly entries: readonly AuditEntry[]
  /** As it is kept beside them. */
  readonly head: ChainHead
  /** What roots have seen of it, the first first. */
  readonly seen: readonly SeenMark[]
  /** What its row says otherwise than replaying its entries does, in words; null: nothing. */
  readonly rowFault: () => string | null
}

/** Where a root has seen a chain stand. */
export type SeenMark = { readonly root: number; readonly length: number; readonly hash: string }

/** A signed root of the audit log, and its hash, which names it. */
export type AuditRoot = { readonly n: number; readonly at: Instant; readonly root: string; readonly hash: string }

/** How far the log was read for a root: the last place in each of its tables. */
export type Surveyed = {
  readonly decisions: number
  readonly events: number
  readonly workflows: number
  readonly workflowEvents: number
}

/** Chains that are longer than the last root has seen them, as one moment had them: some thousand at most. */
export type Growth = {
  readonly last: AuditRoot | null
  /** `before`: how long it was when a root last saw it; 0: none has. */
  readonly grown: readonly { readonly mark: ChainMark; readonly before: number }[]
  /** What the last root has seen, in all. */
  readonly chains: number
  readonly entries: number
  readonly surveyed: Surveyed
  /** Nothing is left to be read. */
  readonly isAll: boolean
}

/** A root to be kept, with what it has seen. `chains`, `entries`: in all. */
export type NewRoot = AuditRoot & {
  readonly chains: number
  readonly entries: number
  readonly marks: readonly ChainMark[]
  readonly surveyed: Surveyed
}

/** What is kept beside the service's own chain, as one moment had it. */
export type ServiceRow = {
  readonly head: ChainHead
  /** The digest of the manifest in force; null: none was yet. */
  readonly manifest: string | null
  /** null: they can't be read. */
  readonly freezes: readonly Freeze[] | null
}

/**
 * All that Countersign remembers. Both databases implement it natively and pass one contract suite.
 * Every write is on disk when its promise resolves; a write that rejects has changed nothing.
 */
export type Store = {
  /**
   * Records a new decision. `create` is called with the usage that holds when it is recorded, or for a moment with more,
   * so two submissions at once cannot both slip under a limit, with all that is frozen, and what people were asked before.
   * What it says counts only for a request that is new: repeating a recorded one gives its decision whatever the rules say
   * by now. null refuses it, and so does a denial: nothing is recorded. While a denial of its `ask` stands when this is
   * written, nothing is either, and `create` is called again.
   */
  readonly submit: (
    idempotency: Idempotency,
    limitKeys: readonly LimitKey[],
    now: Instant,
    create: (
      usage: readonly LimitUsage[],
      freezes: readonly Freeze[],
      asks: ReadAsks,
    ) => NewDecision | AlreadyDenied | null,
  ) => Promise<SubmitResult>
  /**
   * Loads one decision, runs the pure `change` on it and all that is frozen, and writes its new state, events and intents
   * in one transaction, if both are still as they were; otherwise it begins anew.
   * @param goOn asked where the change lets a workflow go on: what it says is written in the same transaction, and no
   * intent is left for it. Without it, and where it says `later`, the intent is.
   */
  readonly update: (
    id: string,
    idempotency: Idempotency | null,
    now: Instant,
    change: (decision: Decision, freezes: readonly Freeze[]) => Transition,
    goOn?: GoOn,
  ) => Promise<UpdateResult>

  /** Records a new workflow. `create` is called as that of `submit` is, and refuses as it does. */
  readonly startWorkflow: (
    id: string,
    idempotency: Idempotency,
    now: Instant,
    create: (usage: ReadUsage, freezes: readonly Freeze[], asks: ReadAsks) => NewWorkflow | AlreadyDenied | null,
  ) => Promise<StartResult>
  /** Loads one workflow and writes what `change` makes of it, as `update` does. */
  readonly updateWorkflow: (
    id: string,
    now: Instant,
    change: (workflow: Workflow, usage: ReadUsage, freezes: readonly Freeze[], asks: ReadAsks) => WorkflowChange,
  ) => Promise<WorkflowResult>
  readonly workflow: (id: string) => Promise<Workflow | null>
  readonly workflowTrail: (
    id: string,
  ) => Promise<{ readonly entries: readonly AuditEntry[]; readonly head: ChainHead } | null>
  /** The last decisions that are steps of a workflow, the oldest first, and how many there are. `key`: see `workflowKey`. */
  readonly workflowDecisions: (
    key: string,
    limit: number,
  ) => Promise<{ readonly last: readonly Decision[]; readonly count: number }>

  readonly decision: (id: string) => Promise<Decision | null>
  /** Newest first. */
  readonly decisions: (filter: DecisionFilter) => Promise<readonly Decision[]>
  /**
   * Erases what people and agents wrote of a decision, in one transaction: what its events have sealed, with the salts, and
   * of its state all but what `change` leaves of it. The ended workflow that it is a step of goes with it. Where there is
   * nothing to erase nothing is written.
   */
  readonly erase: (
    id: string,
    now: Instant,
    change: (decision: Decision, workflow: Workflow | null) => Transition,
  ) => Promise<EraseResult>
  /**
   * Decisions that ended before this instant and are not erased, from a page of those made after `after`. `last`: where the
   * next page goes on, which may have some where this one has none; null: there is none.
   */
  readonly endedBefore: (
    before: Instant,
    after: string,
    limit: number,
  ) => Promise<{
    readonly decisions: readonly { readonly id: string; readonly action: string; readonly endedAt: Instant }[]
    readonly last: string | null
  }>
  /** When the backup was made that this database is a copy of; null: it is none, or its restore is noted already. */
  readonly backupMadeAt: () => Promise<Instant | null>
  /** Appends to the service's own chain that the database was restored from a backup; it is none from then on. */
  readonly recordRestore: (event: DatabaseRestored) => Promise<void>
  /** When that was last recorded; null: never. */
  readonly restoredAt: () => Promise<Instant | null>
  /** Appends to the service's own chain that something was erased. */
  readonly recordErasure: (event: RecordsErased) => Promise<void>
  /**
   * Takes what was erased out of the files as well, where it may still stand among what was written last.
   * @returns false: somebody is reading that just now, so that it has to be tried again
   */
  readonly scrub: () => Promise<boolean>
  /** Decisions that time alone changes now (`dueAt(decision) <= now`), what is due longest first. */
  readonly due: (now: Instant, limit: number) => Promise<readonly string[]>
  readonly queue: (filter: QueueFilter) => Promise<readonly Waiting[]>
  /** How many open decisions have a deadline at or before this instant: what `queue` gives with this `dueBy`, counted. */
  readonly countDueBy: (dueBy: Instant) => Promise<number>
  /** What people approved or denied, or let time out, of what was submitted since; newest first. */
  readonly endedSince: (since: Instant, limit: number) => Promise<readonly (Approved | Denied | TimedOut)[]>
  /**
   * All decisions of an action that were submitted since, labelled or not, the oldest first. One whose claim was erased
   * before anybody labelled it is left out.
   * @param most only so many, the newest
   */
  readonly judged: (action: string, since: Instant, most?: number) => Promise<readonly Judged[]>
  /** The decisions after this one, or since then, as they were made, the oldest first. */
  readonly past: (after: string | { readonly since: Instant }, limit: number) => Promise<PastPage>
  /**
   * How many decisions of an action have passed without a person since then, until now. Where there are more than 5,000
   * decisions of it the last ones are counted, and those before taken to be as frequent.
   */
  readonly passed: (action: string, since: Instant, now: Instant) => Promise<number>
  /** How many decisions were submitted since. */
  readonly countSince: (since: Instant) => Promise<number>
  /** Those of them who were ever asked, or said when they are away. */
  readonly reviewers: (users: readonly string[]) => Promise<ReadonlyMap<string, ReviewerRecord>>
  readonly saveAvailability: (user: string, availability: Availability) => Promise<void>
  /**
   * Adds to a decision's chain what was refused somebody; its state and version stay. `attempt` is called with those that are
   * kept there already; null: this one is not.
   * @returns whether it was written
   */
  readonly recordAttempt: (
    id: string,
    attempt: (kept: readonly AttemptRefused[]) => AttemptRefused | null,
  ) => Promise<boolean>
  /**
   * A decision's events in order, as many as its version says; sealed parts included where they are not erased. What was
   * refused people is not among them.
   */
  readonly history: (id: string) => Promise<readonly DecisionEvent[]>
  readonly auditTrail: (
    id: string,
  ) => Promise<{ readonly entries: readonly AuditEntry[]; readonly head: ChainHead } | null>
  readonly anyDecision: () => Promise<boolean>

  /** Intents that are due, oldest first, dead letters left out. */
  readonly dueIntents: (lane: Lane, now: Instant, limit: number) => Promise<readonly OutboxRow[]>
  /** When the next intent that is not due yet will be; null: nothing else waits. */
  readonly nextIntentAt: (lane: Lane, now: Instant) => Promise<Instant | null>
  /** Done, unless the same intent was asked for again meanwhile (another generation): then it stays due. */
  readonly intentDone: (row: OutboxRow, now: Instant) => Promise<void>
  /** Try again at `retryAt`; null: never again, a dead letter. */
  readonly intentFailed: (row: OutboxRow, retryAt: Instant | null, error: string) => Promise<void>
  /** Adds intents of its own, e.g. a notice about a dead letter. */
  readonly addIntents: (intents: readonly Intent[], now: Instant) => Promise<void>
  /** What was given up, and what waits for other systems or has failed at least once; the oldest first. */
  readonly deliveries: (limit: number) => Promise<readonly Delivery[]>
  /**
   * Queues deliveries again, due now and with all tries before them, under their old keys, and appends the event to the
   * service's own chain, in one transaction.
   * @param keys those of them; null: all that were given up
   * @param record is called with those that are there; not called where none is, and nothing is written
   * @returns the keys of what was queued
   */
  readonly replay: (
    keys: readonly string[] | null,
    now: Instant,
    record: (found: readonly string[]) => DeliveriesReplayed,
  ) => Promise<readonly string[]>
  /** The weekly report that was due last of those that were made, with what it suggested; null: none was. */
  readonly lastWeeklyReport: () => Promise<{ readonly dueAt: Instant; readonly suggestions: readonly string[] } | null>
  /** Notes a report that was due then, with the intents that show it, in one transaction. */
  readonly recordWeeklyReport: (
    dueAt: Instant,
    suggestions: readonly string[],
    intents: readonly Intent[],
    now: Instant,
  ) => Promise<void>
  readonly posts: (subject: string) => Promise<readonly Post[]>
  /**
   * What we know of the message that Slack knows by its channel and `ts`; of a card that several decisions share, the
   * post of any of them. null: it is none of ours.
   */
  readonly postAt: (channel: string, ts: string) => Promise<(Post & { readonly state: 'posted' }) | null>
  readonly savePost: (post: Post) => Promise<void>
  /** The decisions whose rows stand on this one's card, in their order, itself among them; it alone on a card of its own. */
  readonly onSameCard: (decision: string) => Promise<readonly string[]>
  /** What passed in a window, by action and agent; nothing is left of one that was told over an hour ago. */
  readonly alerts: (window: AlertWindow) => Promise<readonly AlertCount[]>

  /**
   * Puts a manifest in force: keeps it by its digest and appends the event to the service's own chain, with the intents,
   * in one transaction. `record` is called with the manifest in force until then; null: there was none.
   * @returns the event; null: this manifest is in force already, and nothing was written
   */
  readonly putInForce: (
    manifest: Manifest,
    now: Instant,
    record: (before: Manifest | null) => { readonly event: ManifestInForce; readonly intents: readonly Intent[] },
  ) => Promise<ManifestInForce | null>
  /** The manifest in force; null: none ever was. */
  readonly manifestInForce: () => Promise<Manifest | null>
  /** All that is frozen, as first frozen; the same array as before until that changes, in whatever process. */
  readonly freezes: () => Promise<readonly Freeze[]>
  /**
   * Freezes or lifts: appends the event to the service's own chain, and makes Slack show it on every open decision that
   * the subject covers, in one transaction. `change` is called with what is in force when that is written, and
   * the place `n` that the event gets in the chain; null: nothing is written. What is lifted lets suspended workflows look
   * whether they may go on.
   * @returns what was in force before, and whether anything was written
   */
  readonly changeFreezes: (
    now: Instant,
    change: (
      inForce: readonly Freeze[],
      n: number,
    ) => { readonly event: FreezeEvent; readonly intents: readonly Intent[] } | null,
  ) => Promise<{ readonly before: readonly Freeze[]; readonly written: boolean }>
  /** Open decisions that a freeze of this subject covers or would cover, the soonest deadline first. */
  readonly openOf: (subject: FreezeSubject, limit: number) => Promise<readonly Waiting[]>
  /**
   * Chains after this id (empty: from the first), in the order of their ids, each with all its entries.
   * @param since a root: only those that it or a later one has seen grown; 0: all
   */
  readonly chains: (kind: Chain['kind'], after: string, limit: number, since: number) => Promise<readonly Chain[]>
  readonly chain: (kind: Chain['kind'], id: string) => Promise<Chain | null>
  /** Whose events are there and themselves are not: none, or somebody has deleted them. A hundred at most. */
  readonly orphans: () => Promise<readonly Pick<Chain, 'kind' | 'id'>[]>
  readonly countChains: () => Promise<{ readonly decisions: number; readonly workflows: number }>
  readonly serviceRow: () => Promise<ServiceRow>
  /** What has grown since the last root, from where that has read to, or from `from`. */
  readonly growth: (from: Surveyed | null) => Promise<Growth>
  /** Are there more chains than roots have seen? Counts them all. */
  readonly isAnyUnseen: () => Promise<boolean>
  /** false: another process has made one of this number, and nothing was written. */
  readonly saveRoot: (root: NewRoot) => Promise<boolean>
  readonly lastRoot: () => Promise<AuditRoot | null>
  /** Those after the nth, in order. */
  readonly roots: (after: number, limit: number) => Promise<readonly AuditRoot[]>
  /** The number of the first root that was made then or later; null: none was. */
  readonly rootSince: (at: Instant) => Promise<number | null>
  /** The last root of which marks are kept; 0: there are none. */
  readonly lastMarkedRoot: () => Promise<number>
  /** What a root has seen grown, after this name, in the order of their bytes. */
  readonly marks: (root: number, after: string, limit: number) => Promise<readonly ChainMark[]>
  /** What roots have seen of one chain, the first first. */
  readonly seen: (chain: string) => Promise<readonly SeenMark[]>
  /** Chains after this name that roots have seen and that are gone, with what was seen of them last. */
  readonly lost: (after: string, limit: number) => Promise<readonly (SeenMark & { readonly chain: string })[]>
  /** The service's own events after the nth, in order. */
  readonly serviceEntries: (after: number, limit: number) => Promise<readonly AuditEntry[]>
  /** The service's own events, which belong to no decision. */
  readonly serviceTrail: () => Promise<{ readonly entries: readonly AuditEntry[]; readonly head: ChainHead }>
  readonly manifest: (digest: string) => Promise<Manifest | null>

  readonly apiKey: (id: string) => Promise<ApiKey | null>
  readonly apiKeys: () => Promise<readonly ApiKey[]>
  readonly saveApiKey: (key: ApiKey) => Promise<void>

  /** Counts for metrics and health. */
  readonly counts: (now: Instant) => Promise<{
    /** People can still decide them. */
    readonly open: number
    /** Decisions for which the sweep has something to do: an end, a reminder, somebody else to ask, a window that is over. */
    readonly overdue: number
    /** What Slack should show by now and does not. */
    readonly outboxWaiting: number
    readonly outboxDead: number
    /** Freezes in force. */
    readonly frozen: number
  }>
  /** Proves that a write reaches the disk. @throws when it does not */
  readonly probe: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Signs grants, and knows its own. No key ever leaves it. */
export type GrantSigner = {
  /** Who signs, as grants say it: `PUBLIC_URL`. */
  readonly issuer: string
  /** The key that signs new grants. */
  readonly kid: string
  /** The same claims give the same text. null: this key signs no more */
  readonly sign: (kid: string, claims: GrantClaims) => Promise<string | null>
  /** What a grant says, if a key that still counts has signed it; null: it is none of ours. */
  readonly open: (grant: string) => Promise<GrantClaims | null>
}

/** Signs roots of the audit log, with the key that signs grants. */
export type RootSigner = {
  /** Who signs: `PUBLIC_URL`. */
  readonly issuer: string
  readonly signRoot: (claims: RootClaims) => Promise<string>
}

/** What a root says, by keys that are known; or why it is not one of theirs, as the end of "it ...". */
export type OpenRoot = (
  root: string,
) => Promise<{ readonly ok: true; readonly claims: RootClaims } | { readonly ok: false; readonly why: string }>

/** The blocks of the card that people are shown of decisions, one or several that share it; null: none. */
export type DrawCard = (views: readonly DecisionView[], now: Instant) => readonly unknown[] | null

/** Wakes those who wait for a decision to change; called after the commit. */
export type Changes = {
  readonly announce: (decision: Decision) => void
  /** Calls `listener` at every change of this decision until the returned function is called. */
  readonly listen: (id: string, listener: (decision: Decision) => void) => () => void
}
