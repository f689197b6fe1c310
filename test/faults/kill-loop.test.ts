/**
 * kill -9 at random instants, under a stream of proposals, answers, reports, clicks, questions, expiries and messages:
 * 100 times (5,000 with DEEP=1), or as often as KILLS says. SEED repeats the choices of an earlier run; its timing is
 * always new.
 *
 * Each was seen to fail within 30 kills, with the product broken so:
 * - group-commit.ts answers before it commits: a decision that was answered with 201 is not there.
 * - sqlite.ts forgets the idempotency key: a proposal that is sent again gets another decision.
 * - sqlite.ts counts a proposal that is sent again once more: the usage holds more than was approved.
 * - post.ts does not write `posting` down before it asks Slack: a card stands twice.
 * - decisions.ts loses the event of an execution report: the chain is shorter than the decision's version says.
 * - transition.ts lets people decide what is approved already: a terminal status changes.
 * - executor.ts gives each try a key of its own: the other system does a step twice.
 * - execution.ts orders what is done already: a step runs again after the next was begun.
 * - executor.ts calls before it has written down that it does: the history lacks the start.
 *
 * What a power failure would lose stays in the page cache here, so `synchronous` does not matter to this test:
 * store/sqlite.test.ts looks at the connection for it.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, expect, test, vi } from 'vitest'
import { patience, tries } from '../fixtures/depth.ts'
import { checkAftermath } from './aftermath.ts'
import type { Program } from './child.ts'
import { createLoad, type Load } from './crash-load.ts'
import { CHANNELS, manifestWith, PEOPLE } from './desks.ts'
import { type Effects, openEffects } from './effects.ts'
import { createLedger, isOpen, type Ledger } from './ledger.ts'
import { oneFile } from './one-file.ts'
import { checkPlans } from './plan-aftermath.ts'
import { createScene, isCardOf, isOpenCard, type Prepared, type Scene } from './scene.ts'
import { type Seeded, seeded } from './seeded.ts'

const KILLS = Number(process.env['KILLS'] ?? tries(100, 5_000))
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
/** One database lives through so many; then another begins with nothing. */
const PER_DATABASE = 100
/** Of these, so many hit the start that makes the schema. */
const FIRST_STARTS = 5
/** Processes that load their modules while another is at work. */
const AHEAD = 2

const SETTLES = { timeout: 60_000, interval: 50 }
/**
 * Slack takes fifty changes of messages a minute and the last service may have more to make, so what is left is made by
 * one after it: each counts its own calls from nothing.
 */
const CATCH_UPS = 12
const CAUGHT_UP = { timeout: 4_000, interval: 50 }

/** ms */
const LATEST = { afterAnswer: 15, afterCall: 15, afterAll: 120, afterTerm: 20 }

type Landed = { starting: number; answering: number; delivering: number; executing: number; stopping: number }

const CALLS_HERE = { ALLOWED_CALLBACK_HOSTS: '127.0.0.1' }

const databases = Array.from({ length: Math.ceil(KILLS / PER_DATABASE) }, (_, n) => ({
  seed: SEED + n,
  kills: Math.min(PER_DATABASE, KILLS - n * PER_DATABASE),
}))

const quick = oneFile()
afterAll(async () => (await quick).remove())

test.for(databases)(
  'nothing is lost and nothing doubled, whenever it is killed: $kills kills, seed $seed',
  { timeout: patience(600_000) },
  async ({ seed, kills }, { onTestFinished }) => {
    const manifests = mkdtempSync(join(tmpdir(), 'countersign-desks-'))
    onTestFinished(() => rmSync(manifests, { recursive: true }))
    const effects = await openEffects(seeded(seed))
    onTestFinished(effects.close)
    writeFileSync(join(manifests, 'actions.yaml'), manifestWith(effects.url))
    const scene = await createScene(onTestFinished, { manifests, people: PEOPLE, channels: CHANNELS })
    try {
      const landed = await killOften(scene, effects, await quick, kills, seeded(seed))
      const told = { ...landed, plans: new Set(effects.calls.map(({ workflow }) => workflow)).size }
      console.info(`seed ${seed}: ${kills} kills, ${JSON.stringify(told)}; ${effects.repeated()} calls were repeated`)
      if (kills >= PER_DATABASE) for (const count of Object.values(landed)) expect(count).toBeGreaterThan(0)
      if (kills >= PER_DATABASE) expect(effects.repeated()).toBeGreaterThan(0)
    } catch (error) {
      const kept = mkdtempSync(join(tmpdir(), `countersign-killed-${seed}-`))
      cpSync(join(scene.folder, 'data'), kept, { recursive: true })
      throw new Error(`seed ${seed} failed; its database is kept in ${kept}`, { cause: error })
    }
  },
)

async function killOften(
  scene: Scene,
  effects: Effects,
  program: Program,
  kills: number,
  random: Seeded,
): Promise<Landed> {
  const ledger = createLedger()
  const load = createLoad(scene, ledger, random)
  const landed: Landed = { starting: 0, answering: 0, delivering: 0, executing: 0, stopping: 0 }
  const ahead: Prepared[] = []
  // Every second: it runs out while people click, and while the service starts; and a root is made of it.
  const often = { SWEEP_CRON: '* * * * * *', AUDIT_ROOT_CRON: '* * * * * *' }
  const prepare = () => ahead.push(scene.prepare({ ...CALLS_HERE, ...often }, program))
  let startMs = 500

  const next = (): Prepared => {
    while (ahead.length <= AHEAD) prepare()
    const [first, ...others] = ahead.splice(0)
    if (first === undefined) throw new Error('nobody to kill')
    ahead.push(...others)
    return first
  }

  await withoutDatabase(scene, async () => {
    for (let n = 0; n < FIRST_STARTS; n += 1) {
      const { child, start } = next()
      await Promise.race([start().catch(() => null), after(random.below(startMs))])
      await child.end('SIGKILL')
      landed.starting += 1
    }
  })
  for (let killed = FIRST_STARTS; killed < kills; ) if (await live(next())) killed += 1
  await Promise.all(ahead.map(({ child }) => child.end('SIGKILL')))
  await settle(scene, effects, ledger, load)
  return landed

  /** @returns whether it was killed: it may have stopped by itself before */
  async function live({ child, start }: Prepared): Promise<boolean> {
    const plan = planOf(random)
    const stage = { listening: false, stopping: false }
    const kill = () => {
      if (!stage.listening) landed.starting += 1
      else if (stage.stopping) landed.stopping += 1
      else if (load.outstanding() > 0) landed.answering += 1
      if (stage.listening && isBehind(scene, ledger)) landed.delivering += 1
      if (effects.underWay() > 0) landed.executing += 1
      return child.end('SIGKILL')
    }
    const began = performance.now()
    const starting = start()
    if (plan.phase === 'start') void after(random.below(startMs * 1.1)).then(kill)
    const service = await starting.catch(() => null)
    if (service === null) {
      const { signal, code } = await child.ended
      if (signal !== 'SIGKILL') throw new Error(`it did not start and ended with ${code}: ${child.stderr()}`)
      return true
    }
    stage.listening = true
    startMs = (startMs * 3 + performance.now() - began) / 4

    let toCome = random.below(20)
    let calls = random.below(6)
    let ending: Promise<unknown> | null = plan.phase === 'start' ? child.ended : null
    const end = async (latest: number) => {
      if (plan.phase === 'stop') {
        stage.stopping = true
        void child.end('SIGTERM')
        await after(random.below(LATEST.afterTerm))
      } else await after(random.below(latest))
      await kill()
    }
    effects.onCall(() => {
      calls -= 1
      if (calls < 0 && plan.phase === 'execution') ending ??= end(LATEST.afterCall)
    })
    await load.run(service, () => {
      toCome -= 1
      if (toCome < 0 && (plan.phase === 'load' || plan.phase === 'stop')) ending ??= end(LATEST.afterAnswer)
    })
    await (ending ?? end(LATEST.afterAll))
    return (await child.ended).signal === 'SIGKILL'
  }
}

/** The key goes on with the database that the first starts have begun. */
async function withoutDatabase({ databaseFile, inStore }: Scene, work: () => Promise<void>): Promise<void> {
  const keys = await inStore((store) => store.apiKeys())
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${databaseFile}${suffix}`, { force: true })
  await work()
  for (const key of keys) await inStore((store) => store.saveApiKey(key))
}

type Plan = { readonly phase: 'start' | 'load' | 'execution' | 'delivery' | 'stop' }

function planOf(random: Seeded): Plan {
  const share = random.below(100)
  if (share < 25) return { phase: 'start' }
  if (share < 50) return { phase: 'load' }
  if (share < 75) return { phase: 'execution' }
  return { phase: share < 87 ? 'delivery' : 'stop' }
}

/** Has an agent been told more than Slack shows? */
function isBehind({ workspace }: Scene, { proposals }: Ledger): boolean {
  return proposals.slice(-20).some(({ desk, latest }) => {
    if (latest === null || latest['oversight'] !== 'in_the_loop') return false
    const card = workspace.messages(desk.channel).find((message) => isCardOf(message, String(latest['id'])))
    return card === undefined || isOpenCard(card) !== isOpen(latest)
  })
}

/** Lets the service catch up, and stops it. Nothing runs out after its start, so that what was read is what stays. */
async function settle(scene: Scene, effects: Effects, ledger: Ledger, load: Load): Promise<void> {
  for (let left = CATCH_UPS; !(await caughtUp()); left -= 1) expect(left, 'Slack is still behind').toBeGreaterThan(0)
  await checkAftermath(scene, ledger)
  await checkPlans(scene, ledger, effects)

  /** @returns whether Slack shows everything */
  async function caughtUp(): Promise<boolean> {
    const service = await scene.start({ ...CALLS_HERE, SWEEP_CRON: '0 0 1 1 *' })
    await load.finish(service)
    await vi.waitFor(async () => {
      await load.finishPlans(service)
      const left = ledger.plans.filter(({ latest }) => latest?.['status'] !== 'completed')
      expect(left.map(({ latest }) => latest)).toEqual([])
    }, SETTLES)
    const quiet = await service.quiet(CAUGHT_UP).then(
      () => true,
      () => false,
    )
    await load.finish(service)
    expect(await service.child.end('SIGTERM')).toEqual({ code: 0, signal: null })
    return quiet
  }
}
