import { createHash, randomBytes } from 'node:crypto'
import type { App, Caller } from '../../src/app/app.ts'
import { createChanges } from '../../src/app/changes.ts'
import { createApp, type Ports } from '../../src/app/create-app.ts'
import type { GrantSigner, Reviewers, Store } from '../../src/app/ports.ts'
import { createBackground } from '../../src/background.ts'
import { cardBlocks } from '../../src/delivery/render.ts'
import type { Decision } from '../../src/domain/decision.ts'
import type { Manifest } from '../../src/domain/manifest.ts'
import type { Proposal } from '../../src/domain/proposal.ts'
import type { Person } from '../../src/domain/reviewer.ts'
import type { Instant } from '../../src/domain/time.ts'
import { roleSources } from '../../src/domain/who-may-approve.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { expectAudited } from '../fixtures/audit.ts'
import { aProposal, NOON } from '../fixtures/decisions.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { aSigner } from '../fixtures/signer.ts'

/** The application over a real store, with a Slack and a clock that a test turns. */
export type Team = {
  readonly app: App
  readonly store: Store
  /** What Slack says today; a test changes it. */
  readonly slack: {
    readonly barred: Map<string, Person['barred']>
    readonly emails: Map<string, string>
    readonly channels: Map<string, readonly string[]>
    unreachable: ReadonlySet<string>
    down: boolean
  }
  readonly clock: { now: Instant; manifest: Manifest }
  /** What went wrong where nobody waits. */
  readonly failures: unknown[]
  /** Submits a decision and waits until somebody was looked for. */
  readonly ask: (fields?: Partial<Proposal>) => Promise<Decision>
  readonly submit: (fields?: Partial<Proposal>) => Promise<string>
  readonly settled: () => Promise<void>
  /** The decision as it is now. @throws where there is none */
  readonly read: (id: string) => Promise<Decision>
  readonly close: () => Promise<void>
}

export const CALLER: Caller = { agent: 'support-agent', apiKey: 'key_1', anyAgent: false }

const SIGNER = await aSigner()
const NOTHING_CHECKED = { schemaCheck: () => [], ruleCheck: () => [] }

/**
 * @param watch a store that a test looks into
 * @param grants signs; every team has the same keys unless a test gives others
 * @param checks what manifests say of parameters
 */
export function openTeam(
  yaml: string,
  file = ':memory:',
  watch = (store: Store): Store => store,
  grants: GrantSigner = SIGNER,
  checks: Pick<Ports, 'schemaCheck' | 'ruleCheck'> = NOTHING_CHECKED,
): Team {
  const store = watch(openSqliteStore({ file, random: (count) => randomBytes(count) }))
  const clock = { now: NOON, manifest: manifestOf(yaml) }
  const manifests = new Map([[clock.manifest.digest, clock.manifest]])
  const slack: Team['slack'] = {
    barred: new Map(),
    emails: new Map(),
    channels: new Map(),
    unreachable: new Set(),
    down: false,
  }
  const failures: unknown[] = []
  const background = createBackground((error) => failures.push(error))
  const app = createApp({
    store,
    policies: {
      current: () => clock.manifest,
      byDigest: async (digest) => {
        const found = manifests.get(digest)
        if (found === undefined) throw new Error(`no manifest ${digest}`)
        return found
      },
    },
    reviewers: reviewersOf(slack),
    ...checks,
    grants,
    drawCard: cardBlocks,
    changes: createChanges(),
    clock: () => clock.now,
    random: (count) => randomBytes(count),
    chance: () => 1,
    wake: () => {},
    background: background.run,
  })
  let keys = 0
  const submit: Team['submit'] = async (fields = {}) => {
    keys += 1
    const bodyHash = createHash('sha256').update(String(keys)).digest('hex')
    // Another order each time: what was denied is not asked again.
    const { parameters } = aProposal()
    const proposal = aProposal({ parameters: { ...parameters, order_id: `A-${keys}` }, ...fields })
    const result = await app.submit(CALLER, proposal, { apiKey: 'key_1', key: `k${keys}`, bodyHash })
    if (result.kind !== 'created') throw new Error(`not recorded: ${result.kind}`)
    return result.decision.id
  }
  const read: Team['read'] = async (id) => {
    const found = await store.decision(id)
    if (found === null) throw new Error(`no decision ${id}`)
    return found
  }
  const ask: Team['ask'] = async (fields) => {
    const id = await submit(fields)
    await background.settled()
    return read(id)
  }
  const close = async () => {
    await background.settled()
    try {
      await expectAudited(store)
    } finally {
      await store.close()
    }
  }
  return { app, store, slack, clock, failures, ask, submit, settled: background.settled, read, close }
}

function reviewersOf(slack: Team['slack']): Reviewers {
  const person = (id: string): Person => {
    const barred = slack.down ? 'unknown' : (slack.barred.get(id) ?? null)
    return { id, team: 'T1', name: id, email: slack.emails.get(id) ?? `${id.toLowerCase()}@example.com`, barred }
  }
  const holders = (role: string, manifest: Manifest, channel: string): readonly string[] => {
    const sources = roleSources(manifest, role, channel)
    return [...sources.members, ...sources.channels.flatMap((each) => slack.channels.get(each) ?? [])]
  }
  return {
    person: async (user) => person(user),
    rolesOf: async ({ id, barred }, roles, manifest, channel) =>
      new Set(roles.filter((role) => barred === null && holders(role, manifest, channel).includes(id))),
    membersOf: async (role, manifest, channel) => {
      if (slack.down) throw new Error('Slack is down')
      return holders(role, manifest, channel)
        .map(person)
        .filter(({ barred }) => barred === null)
    },
    unreachable: async (users) => new Set(users.filter((user) => slack.unreachable.has(user))),
    timeZone: async () => 'UTC',
  }
}
