import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from 'pino'
import { contextPage, refusalPage } from '../blocks/context-page.ts'
import { PAGE_STYLE } from '../blocks/page-style.ts'
import type { App } from './app/app.ts'
import { AttemptNotRecorded } from './app/attempts.ts'
import { createChanges } from './app/changes.ts'
import { createApp } from './app/create-app.ts'
import { makeRoot } from './app/make-root.ts'
import type { Clock, OutboxRow, Random, Store } from './app/ports.ts'
import { noteRestore } from './app/restore.ts'
import { createRetention } from './app/retain.ts'
import { createOverdueDigest } from './app/tell-overdue.ts'
import { channelOf } from './app/terms.ts'
import { createEvidenceWatch } from './app/watch-evidence.ts'
import { createFreezeWatch } from './app/watch-freezes.ts'
import { createWeeklyReport } from './app/weekly-report.ts'
import { viewOf } from './app/workflows.ts'
import { createBackground } from './background.ts'
import type { Config, SlackConfig } from './config.ts'
import { createClarifyCall } from './delivery/clarify-call.ts'
import { createExecutor } from './delivery/executor.ts'
import { createHttpPort } from './delivery/http-call.ts'
import { createPictures, type Drawn, type Report } from './delivery/pictures.ts'
import { cardBlocks, render } from './delivery/render.ts'
import { createRollbackCall } from './delivery/rollback-call.ts'
import { createRootSend } from './delivery/root-send.ts'
import { createRunner, type Fate } from './delivery/runner.ts'
import { createSlackClient, createSlackPort } from './delivery/slack.ts'
import { createTellGivenUp } from './delivery/tell-given-up.ts'
import { createWebhooks } from './delivery/webhook.ts'
import { createWorker, type SetTimer } from './delivery/worker.ts'
import { signAnswerLink } from './domain/answer-link.ts'
import { LINK_LASTS, linkKey, signLink } from './domain/context-link.ts'
import type { Manifest } from './domain/manifest.ts'
import { toDay } from './domain/time.ts'
import { keysFromFile } from './grants/key-file.ts'
import { createSigner, type Signer } from './grants/signer.ts'
import { listenError } from './http/listen-error.ts'
import { createHttpServer } from './http/server.ts'
import { decisionData, workflowData } from './http/webhook-data.ts'
import { keyFile } from './key-files.ts'
import { developmentKey, postExamples, revokeDevelopmentKeys, showOpenCardsAgain } from './local.ts'
import { createMetrics } from './metrics.ts'
import { loadManifest } from './policy/load.ts'
import { createPolicies } from './policy/policies.ts'
import { putInForce } from './policy/put-in-force.ts'
import { createReload } from './policy/reload.ts'
import { createRuleCheck } from './policy/rule-check.ts'
import { createSchemaCheck } from './policy/schema-check.ts'
import { createRandom } from './random.ts'
import { curveInWords, diagramInWords } from './report/alt-text.ts'
import { toPng } from './report/png.ts'
import { reliabilityDiagram } from './report/reliability-diagram.ts'
import { thresholdCurve } from './report/threshold-curve.ts'
import { lastRunIn, schedule } from './schedule.ts'
import { createBolt } from './slack/bolt.ts'
import { type Channels, createChannels } from './slack/channels.ts'
import { createHome } from './slack/home.ts'
import { createIdentity } from './slack/identity.ts'
import { registerListeners } from './slack/listeners.ts'
import { createReviewers } from './slack/reviewers.ts'
import { noteTwice } from './slack/twice.ts'
import { createWhisper } from './slack/whisper.ts'
import { holdAlone } from './store/sqlite/alone.ts'
import { openSqliteStore, openThreadedSqliteStore } from './store/sqlite.ts'
import { createSweepWatch } from './sweep-watch.ts'
import type { Workspace } from './workspace/server.ts'

/** A running Countersign. */
export type Countersign = {
  readonly app: App
  /** Makes Slack show what it should, as far as time allows; a running service does so by itself. */
  readonly deliver: () => Promise<void>
  /** Does what time has brought; a running service does so by itself. */
  readonly sweep: () => Promise<void>
  /** Makes a root over the audit log, if anything has happened; a running service does so by itself. */
  readonly root: () => Promise<void>
  /** Reads the manifest's files again and takes them over if they have no error. Never rejects. */
  readonly reload: () => Promise<void>
  readonly port: number
  /** Set with the local workspace only. */
  readonly local: { readonly pageUrl: string; readonly developmentKey: string } | null
  /** Answers what is under way, closes everything, and resolves. */
  readonly stop: () => Promise<void>
}

/** Time and chance. Tests hand in a clock that they turn by hand. */
export type World = {
  readonly clock: Clock
  readonly random: Random
  /** 0 to 1 (not included): for jitter, and for which automatic approvals people are asked about. */
  readonly chance: () => number
  readonly setTimer: SetTimer
  /** Ends the wait for another system's answer. */
  readonly setAnswerTimer: SetTimer
}

/** The timer of the system. */
export const realTimer: SetTimer = (run, ms) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

const realWorld: World = {
  clock: Date.now,
  random: createRandom(),
  chance: Math.random,
  setTimer: realTimer,
  setAnswerTimer: realTimer,
}

/** Opens the database of a configuration. @throws an Error whose message says what to do, e.g. for an unwritable path */
export function openStore({ databaseFile }: Pick<Config, 'databaseFile'>, random = realWorld.random): Store {
  makeFolderOf(databaseFile)
  return openSqliteStore({ file: databaseFile, random })
}

/** The same for a service, which must not stand still while the disk works. Only compiled programs have threads. */
export function openServiceStore({ databaseFile }: Pick<Config, 'databaseFile'>, random = realWorld.random): Store {
  makeFolderOf(databaseFile)
  const open = import.meta.url.endsWith('.ts') ? openSqliteStore : openThreadedSqliteStore
  return open({ file: databaseFile, random })
}

function makeFolderOf(databaseFile: string): void {
  try {
    mkdirSync(dirname(databaseFile), { recursive: true })
  } catch (error) {
    throw new Error(
      `The folder of the database ${databaseFile} cannot be made (${reasonOf(error)}). Set DATABASE_URL to a path that this user may write to.`,
      { cause: error },
    )
  }
}

/**
 * Puts everything together and starts it.
 * @param open another store than the configuration's, e.g. for a comparison
 * @throws an Error whose message says what to do; nothing is left running then
 */
export async function startCountersign(
  given: Given,
  world: World = realWorld,
  open: typeof openStore = openServiceStore,
): Promise<Countersign> {
  const stops: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const each of stops.splice(0).toReversed()) await each()
  }
  try {
    return { ...(await start(given, world, open, (each) => stops.push(each))), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const EVERY_SECOND = '* * * * * *'

/** What to run: how, under which policy. */
export type Given = {
  readonly config: Config
  readonly manifest: Manifest
  readonly version: string
  readonly log: Logger
}

/** @param onStop what has to be undone; the last is undone first */
async function start(
  given: Given,
  world: World,
  open: typeof openStore,
  onStop: (stop: () => Promise<unknown>) => void,
): Promise<Omit<Countersign, 'stop'>> {
  const { config, manifest, version, log } = given
  const { clock, random } = world
  const store = open(config, random)
  onStop(() => store.close())
  onStop(holdDatabase(config.databaseFile))
  const grants = await openSigner(config)
  const backupMadeAt = await noteRestore({ store, clock })
  if (backupMadeAt !== null)
    log.warn(
      { backup_made_at: new Date(backupMadeAt).toISOString() },
      'This database was restored from a backup: everything is frozen until an administrator lifts that, and nothing that was approved before has a grant any more',
    )
  const firstStart = !(await store.anyDecision())
  const changed = await putInForce({ store, clock }, manifest, 'start')
  if (changed !== null) {
    const { from, to, changed: changes } = changed.payload
    log.info({ from, to, changes }, from === null ? 'The first manifest is in force' : 'A new manifest is in force')
  }

  const workspace = config.slack.mode === 'local' ? await openWorkspace(config.workspacePort) : null
  if (workspace !== null) onStop(() => workspace.close())
  const slack = config.slack.mode === 'local' ? asHttpMode(workspace) : config.slack

  const metrics = createMetrics()
  metrics.manifestInForce(manifest.digest)
  const client = createSlackClient({ token: slack.botToken, apiUrl: slack.apiUrl, log })
  const channels = createChannels(client, clock, log)
  const identity = createIdentity(client, log)
  const reviewers = createReviewers({ client, channels, identity, clock, log })
  const policies = createPolicies(store, manifest)
  const background = createBackground((error) =>
    log.error(
      { err: error },
      error instanceof AttemptNotRecorded
        ? 'What somebody was refused is not on record; the refusal stands'
        : 'What was to be done meanwhile has failed; the next sweep tries again',
    ),
  )
  onStop(background.settled)
  const wake = () => {
    worker.wake()
    runner.wake()
  }
  const app = createApp({
    store,
    policies,
    reviewers,
    schemaCheck: createSchemaCheck(),
    ruleCheck: createRuleCheck(),
    grants,
    drawCard: cardBlocks,
    changes: createChanges(),
    clock,
    random,
    chance: world.chance,
    wake,
    background: background.run,
  })
  const worker = createWorker({
    store,
    slack: createSlackPort(client),
    load: app.view,
    loadChecklist: app.checklist,
    render,
    pictures: createPictures(client, (report) => drawn(app, report), log),
    channels: {
      ofDecision: ({ decision, policy }) => channelOf(policies.current(), decision, policy),
      operations: () => policies.current().defaults.operations_channel,
      resolve: channels.resolve,
    },
    clock,
    random: world.chance,
    log,
    metrics: { called: metrics.slackCalled, deadLetter: metrics.deadLetter },
    setTimer: world.setTimer,
  })
  const http = createHttpPort({
    secret: config.webhookSecret ?? keyFile(config.databaseFile, 'webhook-secret', () => newWebhookSecret(random)),
    allowedHosts: config.allowedCallbackHosts,
    clock,
    setTimer: world.setAnswerTimer,
  })
  onStop(http.close)
  const webhooks = createWebhooks({
    http,
    clock,
    load: ({ type, subject }) => webhookTarget(store, type.startsWith('workflow.'), subject, config.publicUrl),
    told: metrics.webhookSent,
  })
  const tellGivenUp = createTellGivenUp({ store, clock, wake: () => worker.wake() })
  const linkSecret =
    config.linkSecret ?? keyFile(config.databaseFile, 'link-secret', () => Buffer.from(random(32)).toString('base64'))
  const pageKey = linkKey(linkSecret, 'context-page')
  const answerKey = linkKey(linkSecret, 'answer')
  const runner = createRunner({
    store,
    clock,
    random: world.chance,
    setTimer: world.setTimer,
    log,
    attempt: runs(
      app,
      createExecutor({ http, clock, order: app.executionOrder, report: app.recordExecution }),
      createRollbackCall({ http, clock, order: app.rollbackOrder, report: app.recordRollback }),
      webhooks,
      createRootSend({ store, http, clock, url: config.auditRootUrl }),
      createClarifyCall({
        http,
        clock,
        order: app.clarifyOrder,
        answerUrl: (asked) => `${config.publicUrl}/v1/answers/${signAnswerLink(answerKey, asked)}`,
      }),
    ),
    deadLetter: async (row, error) => {
      metrics.deadLetter(row.intent.kind)
      await tellGivenUp(row, error)
    },
  })
  const whisper = createWhisper(client, log)
  const team = async () => (await identity())?.team ?? null
  const edge = await createBolt({
    connection: slack,
    botToken: slack.botToken,
    apiUrl: slack.apiUrl,
    clock,
    log,
    twice: (body) => noteTwice(app, body),
    register: (bolt) =>
      registerListeners(bolt, {
        app,
        client,
        clock,
        whisper,
        home: createHome({ app, client, clock, log }),
        identity,
        timeZone: reviewers.timeZone,
        contextLink: async (user, decision) => {
          const ours = await team()
          if (ours === null) return null
          const signed = signLink(pageKey, decision, { user, team: ours, expiresAt: clock() + LINK_LASTS })
          return `${config.publicUrl}/d/${decision}?k=${signed}`
        },
        changed: reviewers.changed,
        log,
      }),
  })

  const sweepWatch = createSweepWatch(config.sweepCron, clock)
  const server = await createHttpServer({
    app,
    keys: store,
    store,
    clock,
    log,
    jwks: grants.jwks,
    publicUrl: config.publicUrl,
    metrics: metrics.registry,
    version,
    ready: async () => sweepWatch.problems(),
    allowedCallbackHosts: [...config.allowedCallbackHosts],
    agentRateLimit: config.agentRateLimit,
    answerKey,
    pages: { key: pageKey, team, page: contextPage, refusal: refusalPage, style: PAGE_STYLE },
    slackListener: edge.listener,
  })
  // Undone after the server is closed: a call that Slack leaves hanging must not keep agents waiting for their answer.
  onStop(() => worker.stop())
  onStop(() => runner.stop())
  onStop(() => server.close())
  const { port } = await server.listen(config.port, config.host)
  workspace?.setRequestUrl(`http://127.0.0.1:${port}/slack/events`)

  worker.start()
  runner.start()
  const watchEvidence = createEvidenceWatch({
    store,
    policies,
    clock,
    warn: (sentence) => log.warn(sentence),
    wake: worker.wake,
  })
  const tellOverdue = createOverdueDigest({ store, clock, wake: worker.wake })
  const retain = createRetention({
    store,
    policies,
    clock,
    wake,
    erased: ({ scrubbed, ...counts }) => {
      metrics.erased(counts.decisions)
      log.info({ ...counts, scrubbed }, 'What ended longer ago than retention_days was erased')
    },
  })
  const tellWeek = createWeeklyReport({
    store,
    policies,
    clock,
    lastDue: (now) => lastRunIn(config.reportCron, config.reportTimeZone, now),
    wake: worker.wake,
  })
  const sweep = async () => {
    try {
      metrics.swept(await app.sweep(), clock())
    } finally {
      sweepWatch.ended()
      await watchEvidence()
      await tellOverdue()
      await tellWeek()
      // It may take long, and the next sweep must not wait for it.
      background.run(retain)
    }
  }
  onStop(schedule(config.sweepCron, sweep, log))
  const root = async () => {
    const { last, isNew } = await makeRoot({ store, signer: grants, clock, isSent: config.auditRootUrl !== null, wake })
    metrics.rooted(clock())
    if (isNew) log.info({ root: last?.n, hash: last?.hash }, 'A root over the audit log was made')
  }
  onStop(schedule(config.auditRootCron, root, log))
  onStop(schedule(EVERY_SECOND, createFreezeWatch({ store, wake }), log))
  // What ran out while the service was down should not wait for the next minute.
  await sweep().catch((error: unknown) => log.error({ err: error }, 'the first sweep failed; the next one tries again'))
  edge.start()
  onStop(() => edge.stop())
  // Both tell the operator in the log; neither may hold up the start.
  void identity()
  warnOfChannels(channels, manifest, log)

  const { reload, stop: stopReloading } = createReload({
    load: () => loadManifest(config.manifestsDir, toDay(clock())),
    policies,
    store,
    clock,
    log,
    tried: (result) => {
      metrics.reloaded(result)
      worker.wake()
      if (result !== 'taken_over') return
      metrics.manifestInForce(policies.current().digest)
      warnOfChannels(channels, policies.current(), log)
      watchEvidence().catch((error: unknown) => log.error({ err: error }, 'evidence that ran out could not be told'))
    },
  })
  onStop(stopReloading)

  const deliver = async () => {
    await background.settled()
    await runner.drain()
    await background.settled()
    await worker.drain()
  }
  const running = { app, deliver, sweep, root, reload, port }
  if (workspace === null) {
    await revokeDevelopmentKeys(store, clock)
    return { ...running, local: null }
  }
  if (firstStart) await postExamples(app)
  else await showOpenCardsAgain(store, clock)
  worker.wake()
  const key = await developmentKey({ store, clock, random, databaseFile: config.databaseFile })
  return { ...running, local: { pageUrl: workspace.pageUrl, developmentKey: key } }
}

/** For a phone's screen, which shows three pixels in the place of one. */
const PICTURE_WIDTH = 1_170

/** The pictures of a weekly report; none where no action has a label. */
async function drawn(app: App, { pictured }: Report): Promise<readonly Drawn[]> {
  const found = pictured === null ? null : await app.calibration(pictured)
  if (found === null) return []
  const { action, report, days, autoApprove } = found
  const diagram = await toPng(reliabilityDiagram(action, report, days), PICTURE_WIDTH)
  const curve = await toPng(thresholdCurve(action, report, autoApprove), PICTURE_WIDTH)
  return [
    { name: 'reliability.png', title: 'Claimed and happened', alt: diagramInWords(action, report), png: diagram },
    { name: 'thresholds.png', title: 'Thresholds', alt: curveInWords(action, report), png: curve },
  ]
}

async function openWorkspace(port: number): Promise<Workspace> {
  // A service with a real workspace starts sooner without it.
  const { startWorkspace } = await import('./workspace/server.ts')
  try {
    return await startWorkspace({ port, commands: ['/approvals'] })
  } catch (error) {
    throw listenError(error, port, '127.0.0.1', 'WORKSPACE_PORT')
  }
}

/** Who carries out what waits in the lane of other systems and workflows. */
function runs(
  app: App,
  execute: ReturnType<typeof createExecutor>,
  rollBack: ReturnType<typeof createRollbackCall>,
  tell: ReturnType<typeof createWebhooks>,
  sendRoot: ReturnType<typeof createRootSend>,
  ask: ReturnType<typeof createClarifyCall>,
) {
  return async ({ key, intent, attempts }: OutboxRow): Promise<Fate> => {
    switch (intent.kind) {
      case 'executor.call':
        return execute(intent.decision, attempts)
      case 'rollback.call':
        return rollBack(intent.decision, attempts)
      case 'clarify.call':
        return ask(intent, key, attempts)
      case 'workflow.advance':
        await app.advance(intent.workflow)
        return { kind: 'done' }
      case 'workflow.halt':
        await app.halt(intent.workflow, intent.decision)
        return { kind: 'done' }
      case 'webhook.send':
        return tell(intent, key, attempts)
      case 'root.send':
        return sendRoot(intent.root, attempts)
      // Slack's lane.
      case 'card.sync':
      case 'copies.sync':
      case 'workflow.sync':
      case 'unknown.sync':
      case 'audit.sync':
      case 'notice.post':
      case 'alerts.post':
        return { kind: 'given_up', error: 'wrong_lane' }
    }
  }
}

/** Where an agent wants to be told of a decision or a workflow, and how that stands. */
async function webhookTarget(store: Store, ofWorkflow: boolean, subject: string, publicUrl: string) {
  if (ofWorkflow) {
    const workflow = await store.workflow(subject)
    if (workflow?.callbackUrl == null) return null
    return { url: workflow.callbackUrl, data: workflowData(await viewOf({ store }, workflow), publicUrl) }
  }
  const decision = await store.decision(subject)
  const url = decision?.proposal.callback_url
  return decision === null || url === undefined ? null : { url, data: decisionData(decision, publicUrl) }
}

function newWebhookSecret(random: Random): string {
  return `whsec_${Buffer.from(random(32)).toString('base64')}`
}

/** The keys that sign grants and audit roots. @throws an Error whose message says which key is wrong, and where */
export async function openSigner({
  grantKeys,
  databaseFile,
  publicUrl,
}: Pick<Config, 'grantKeys' | 'databaseFile' | 'publicUrl'>): Promise<Signer> {
  if (grantKeys !== null) return createSigner(grantKeys, publicUrl, 'GRANT_SIGNING_KEY')
  const { keys, file } = keysFromFile(databaseFile)
  return createSigner(keys, publicUrl, file)
}

function asHttpMode(workspace: Workspace | null): Extract<SlackConfig, { mode: 'http' }> {
  if (workspace === null) throw new Error('the local workspace is not running')
  const { botToken, signingSecret, apiUrl } = workspace
  return { mode: 'http', botToken, signingSecret, apiUrl }
}

/** Tells the operator at once of channels where no card will arrive; Slack being slow or down must not hold up the start. */
function warnOfChannels(channels: Channels, manifest: Manifest, log: Logger): void {
  const { defaults, actions } = manifest
  const names = new Set([defaults.operations_channel, ...Object.values(actions).map(({ channel }) => channel)])
  for (const name of names)
    channels.problem(name).then(
      (problem) => problem !== null && log.warn(problem),
      (error: unknown) =>
        log.warn({ reason: reasonOf(error) }, `Slack did not say whether the bot can post to ${name}`),
    )
}

function holdDatabase(file: string): () => Promise<void> {
  const release = holdAlone(file)
  if (release === null)
    throw new Error(
      `Another Countersign runs on the database ${file}, and two would post every card twice. Stop it first, or set DATABASE_URL to another file.`,
    )
  return async () => release()
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
