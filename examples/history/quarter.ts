import type { App, Caller } from '../../src/app/app.ts'
import { createChanges } from '../../src/app/changes.ts'
import { createApp } from '../../src/app/create-app.ts'
import type { GrantSigner, Store } from '../../src/app/ports.ts'
import { createBackground } from '../../src/background.ts'
import { cardBlocks } from '../../src/delivery/render.ts'
import type { Decision } from '../../src/domain/decision.ts'
import type { OutcomeSource } from '../../src/domain/event.ts'
import type { Manifest } from '../../src/domain/manifest.ts'
import { DAY, HOUR, type Instant, MINUTE } from '../../src/domain/time.ts'
import { createPolicies } from '../../src/policy/policies.ts'
import { putInForce } from '../../src/policy/put-in-force.ts'
import { createRuleCheck } from '../../src/policy/rule-check.ts'
import { createSchemaCheck } from '../../src/policy/schema-check.ts'
import { AGENTS, type Agent } from './agents.ts'
import { type Chance, chance } from './chance.ts'
import { AUDITORS, habitOf, reviewers, takes } from './people.ts'

/** In days. */
export const QUARTER = 91

/** Something that happens, and what follows from it. */
type Moment = { readonly at: Instant; readonly happens: () => Promise<readonly Moment[]> }

type Story = {
  readonly app: App
  readonly chance: Chance
  readonly days: number
  /** For an `Idempotency-Key`. */
  readonly nextKey: () => string
}

export type Telling = {
  /** When the story ends; nothing happens from then on. */
  readonly until: Instant
  readonly days: number
  /** The same one gives the same story. */
  readonly seed: number
}

/**
 * Lives through the days before an instant: agents propose, people decide, and it shows who was right, all by the use cases that the
 * service has, on a clock that is turned from one moment to the next.
 * @param told gets the share that is over, 0 to 1, once a day of the story
 * @returns how many decisions there are
 */
export async function live(
  store: Store,
  manifest: Manifest,
  { until, days, seed }: Telling,
  told: (share: number) => void = () => undefined,
): Promise<number> {
  const fate = chance(seed)
  const begin = until - days * DAY
  let now = begin
  const clock = () => now
  await putInForce({ store, clock }, manifest, 'start')
  const failures: unknown[] = []
  const background = createBackground((error) => failures.push(error))
  const app = createApp({
    store,
    policies: createPolicies(store, manifest),
    reviewers,
    schemaCheck: createSchemaCheck(),
    ruleCheck: createRuleCheck(),
    grants: NO_GRANTS,
    drawCard: cardBlocks,
    changes: createChanges(),
    clock,
    random: fate.bytes,
    chance: fate.share,
    wake: () => undefined,
    background: background.run,
  })
  let keys = 0
  const nextKey = () => String((keys += 1))
  const story: Story = { app, chance: fate, days, nextKey }
  const moments = [...proposals(story, begin), ...sweeps(story, begin, told)].toSorted(soonest)
  const decisions = moments.length - days * SWEEPS_A_DAY
  for (let next = moments.shift(); next !== undefined; next = moments.shift()) {
    now = next.at
    const following = await next.happens()
    await background.settled()
    if (failures.length > 0) throw new AggregateError(failures, 'the story has a mistake')
    for (const each of following) if (each.at < until) insert(moments, each)
  }
  now = until
  await forgetMessages(store, until)
  return decisions
}

const SWEEPS_A_DAY = 24

/** Nobody executes anything in the story, so that nobody asks for a grant. */
const NO_GRANTS: GrantSigner = { issuer: 'none', kid: 'none', sign: async () => null, open: async () => null }

const soonest = (a: Moment, b: Moment) => a.at - b.at

function insert(moments: Moment[], moment: Moment): void {
  let from = 0
  let to = moments.length
  while (from < to) {
    const middle = (from + to) >> 1
    if ((moments[middle]?.at ?? 0) <= moment.at) from = middle + 1
    else to = middle
  }
  moments.splice(from, 0, moment)
}

/** A sweep an hour reminds who is late, and ends what nobody decides. */
function sweeps({ app, days }: Story, begin: Instant, told: (share: number) => void): readonly Moment[] {
  return Array.from({ length: days * SWEEPS_A_DAY }, (_, n) => ({
    at: begin + (n * DAY) / SWEEPS_A_DAY,
    happens: async () => {
      await app.sweep()
      if (n % SWEEPS_A_DAY === 0) told(n / (days * SWEEPS_A_DAY))
      return []
    },
  }))
}

/** Everything that agents will propose, between eight and six on working days and now and then on others. */
function proposals(story: Story, begin: Instant): readonly Moment[] {
  const { chance: fate, days } = story
  return AGENTS.flatMap((agent) =>
    Array.from({ length: days }, (_, day) => {
      const midnight = begin + day * DAY
      // Weeks of the story begin with its first day, so that it is the same story whenever it is told.
      const isWorkday = day % 7 < 5
      const count = Math.round(agent.perDay * (isWorkday ? 1 : 0.15) * (0.7 + 0.6 * fate.share()))
      return Array.from({ length: count }, (): Moment => {
        const at = Math.round(midnight + (8 + 10 * fate.share()) * HOUR)
        return { at, happens: () => propose(story, agent, day, at) }
      })
    }).flat(),
  )
}

async function propose(story: Story, agent: Agent, day: number, at: Instant): Promise<readonly Moment[]> {
  const { app, chance: fate } = story
  const { proposal, right } = agent.act(fate, day)
  const key = story.nextKey()
  const result = await app.submit(callerOf(agent), proposal, { apiKey: 'example', key, bodyHash: key })
  if (result.kind !== 'created') throw new Error(`${proposal.action} was not recorded: ${JSON.stringify(result)}`)
  const { decision } = result
  if (decision.status === 'auto_approved')
    return [...labels(story, agent, decision, right, at), ...look(story, decision, right, at)]
  if (decision.status === 'pending') return [review(story, agent, decision.id, right, at + 1)]
  throw new Error(`${proposal.action} is ${decision.status}`)
}

/** Looks who is asked, and has that person decide after a while. */
function review(story: Story, agent: Agent, id: string, right: boolean, at: Instant): Moment {
  const { app, chance: fate } = story
  return {
    at,
    happens: async () => {
      const decision = await app.read(callerOf(agent), id)
      const user = decision?.status === 'pending' ? (decision.assignment.reviewers[0] ?? null) : null
      if (decision === null || user === null) return []
      const characters = JSON.stringify(decision.proposal).length
      // One in a hundred is overlooked until it times out.
      if (fate.happens(0.01)) return []
      const decides = at + takes(habitOf(user), characters, fate)
      return [{ at: decides, happens: () => decide(story, agent, decision, user, right, decides) }]
    },
  }
}

async function decide(
  story: Story,
  agent: Agent,
  { id, revision, proposal }: Decision,
  user: string,
  right: boolean,
  at: Instant,
): Promise<readonly Moment[]> {
  const { app, chance: fate } = story
  const { notices, refuses } = habitOf(user)
  const denies = fate.happens(right ? (proposal.action === 'change_subscription' ? 0.0005 : refuses) : notices)
  const click = { decision: id, revision, user }
  const result = denies ? await app.deny(click, fate.pick(DENIALS)) : await app.approve(click, null)
  // Somebody else may be asked by now; they decide as well as this one, who still may.
  if (result.kind !== 'accepted') return []
  return labels(story, agent, result.decision, right, at)
}

const DENIALS = ['This is not what the customer asked for.', 'The amount is wrong.', 'Please look at the order again.']

/** How it turned out shows for most of what was done; of what was denied somebody looks at most. */
function labels(story: Story, agent: Agent, decision: Decision, right: boolean, at: Instant): readonly Moment[] {
  const { chance: fate } = story
  const isDenied = decision.status === 'denied'
  if (!fate.happens(isDenied ? 0.9 : agent.labelled)) return []
  const source = isDenied || fate.happens(0.1) ? 'audit' : 'downstream'
  const known = at + Math.round(fate.around(agent.knownAfter * DAY, 0.4))
  // Now and then the first word about it is wrong, and a second one puts it right.
  if (fate.happens(0.004))
    return [
      told(story, agent, decision.id, { correct: !right, source }, known),
      told(story, agent, decision.id, { correct: right, source }, known + 30 * MINUTE),
    ]
  return [told(story, agent, decision.id, { correct: right, source }, known)]
}

/** Most of what was drawn for a later look is looked at within a day or two. */
function look({ app, chance: fate }: Story, { id, revision, audit }: Decision, right: boolean, at: Instant) {
  if (audit === undefined || fate.happens(0.1)) return []
  const looks = at + Math.round(fate.around(DAY, 0.7))
  const judged = async (): Promise<readonly Moment[]> => {
    await app.judge({ decision: id, revision, user: fate.pick(AUDITORS) }, right, null)
    return []
  }
  return [{ at: looks, happens: judged }]
}

function told(
  { app }: Story,
  agent: Agent,
  id: string,
  { correct, source }: { readonly correct: boolean; readonly source: OutcomeSource },
  at: Instant,
): Moment {
  return {
    at,
    happens: async () => {
      const outcome = { correct, source, observedAt: null, note: null, ref: null }
      await app.recordOutcome(callerOf(agent), id, outcome, null)
      return []
    },
  }
}

function callerOf({ name }: Agent): Caller {
  return { agent: name, apiKey: 'example', anyAgent: false }
}

/** What Slack would have been made to show is long past: a service on this database must not post thousands of cards. */
async function forgetMessages(store: Store, now: Instant): Promise<void> {
  for (const lane of ['slack', 'systems'] as const)
    for (;;) {
      const due = await store.dueIntents(lane, now + HOUR, 500)
      if (due.length === 0) break
      await Promise.all(due.map((row) => store.intentDone(row, now)))
    }
}
