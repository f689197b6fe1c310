import Sqlite from 'better-sqlite3'
import { expect } from 'vitest'
import type { Store } from '../../src/app/ports.ts'
import { type AuditEntry, chainFault } from '../../src/domain/audit.ts'
import { type Decision, hasCard, isWaiting, replay, versionForAgents } from '../../src/domain/decision.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { limitEntries, limitKeys } from '../../src/domain/limits.ts'
import { findAction } from '../../src/domain/manifest.ts'
import { keysFromFile } from '../../src/grants/key-file.ts'
import { createRootCheck } from '../../src/grants/root-check.ts'
import { createSigner } from '../../src/grants/signer.ts'
import type { Message } from '../../src/workspace/server.ts'
import { expectAudited } from '../fixtures/audit.ts'
import { DESKS } from './desks.ts'
import { expectDecided, type Ledger, MARK, type Proposed, versionOf } from './ledger.ts'
import { isCardOf, isOpenCard, only, type Scene } from './scene.ts'

const TERMINAL: ReadonlySet<string> = new Set([
  'decision.approved',
  'decision.denied',
  'decision.withdrawn',
  'decision.timed_out',
])

type Recorded = {
  readonly proposed: Proposed
  readonly decision: Decision
  readonly events: readonly DecisionEvent[]
  /** What people were refused stands among these and not among the events. */
  readonly entries: readonly AuditEntry[]
}

/** Holds what is on disk and in Slack, once the service has stopped, against what everybody was told. */
export async function checkAftermath(scene: Scene, ledger: Ledger): Promise<void> {
  await checkAudit(scene)
  const records = await scene.inStore((store) => recordsOf(store, ledger))
  for (const record of records) {
    checkProposal(record)
    checkEnd(record)
    checkWrites(record, ledger)
    checkPresses(record, ledger)
    checkCard(record, scene)
  }
  checkMessages(scene)
  await checkTables(scene, records)
}

async function checkAudit({ databaseFile, inStore }: Scene): Promise<void> {
  const { keys, file } = keysFromFile(databaseFile)
  const { jwks } = await createSigner(keys, '', file)
  const roots = await inStore((store) => expectAudited(store, createRootCheck(jwks)))
  expect(roots, 'roots').toBeGreaterThan(0)
}

async function recordsOf(store: Store, { proposals }: Ledger): Promise<readonly Recorded[]> {
  const ids = proposals.map(({ latest }) => String(latest?.['id']))
  expect(new Set(ids).size, 'two keys, one decision').toBe(proposals.length)
  const everything = { agent: null, status: null, action: null, before: null, limit: 1_000_000 }
  const proposed = (await store.decisions(everything)).filter(({ run }) => run === null)
  expect(proposed, 'one decision for each key').toHaveLength(proposals.length)
  return Promise.all(
    proposals.map(async (proposed, n) => {
      const id = ids[n] ?? ''
      const [decision, trail, events] = [await store.decision(id), await store.auditTrail(id), await store.history(id)]
      if (decision === null || trail === null) throw new Error(`${proposed.key} was answered with ${id}, which is gone`)
      expect(chainFault(trail.entries, trail.head)).toBeNull()
      expect(trail.entries.filter(({ type }) => type !== 'attempt.refused')).toHaveLength(decision.version)
      expect(replay(events), 'its events lead elsewhere').toEqual(decision)
      return { proposed, decision, events, entries: trail.entries }
    }),
  )
}

function checkProposal({ proposed, decision }: Recorded): void {
  expect(decision.proposal).toMatchObject(proposed.body)
  expect(versionForAgents(decision), 'newer than what was read last').toBe(versionOf(proposed.latest))
  expect(decision.status).toBe(proposed.latest?.['status'])
}

function checkEnd({ decision, events }: Recorded): void {
  const ends = events.filter(({ type }) => TERMINAL.has(type)).length
  const bornEnded = decision.status === 'auto_approved' || decision.status === 'blocked'
  expect(ends, `${decision.id} ended ${ends} times`).toBe(bornEnded || isWaiting(decision) ? 0 : 1)
}

/** What was answered is there once, what was refused is not, what was never answered is there at most once. */
function checkWrites({ proposed, events }: Recorded, { writes }: Ledger): void {
  const mine = writes.filter((written) => written.proposed === proposed)
  const found = new Map<string, DecisionEvent[]>()
  for (const event of events) {
    const { payload, sealed } = event
    for (const mark of new Set(JSON.stringify([payload, sealed]).match(MARK)))
      found.set(mark, [...(found.get(mark) ?? []), event])
  }
  for (const { mark, type, content, fate } of mine) {
    const made = found.get(mark) ?? []
    if (fate !== 'unknown' || made.length > 1)
      expect(made, `${mark} (${type}) was ${fate}`).toHaveLength(fate === 'recorded' ? 1 : 0)
    for (const event of made) expect(event).toMatchObject({ type, ...content })
    found.delete(mark)
  }
  expect([...found.keys()], 'nobody wrote this').toEqual([])
}

function checkPresses({ proposed, decision, events }: Recorded, { presses }: Ledger): void {
  const mine = presses.filter((pressed) => pressed.proposed === proposed)
  for (const pressed of mine) if (pressed.answered) expectDecided(pressed, decision.status, decision.revision)
  for (const { type, actor } of events)
    if (type === 'decision.approved') expect(mine.map(({ user }) => user)).toContain('user' in actor ? actor.user : '')
}

function checkCard({ proposed, decision }: Recorded, { workspace }: Scene): void {
  const cards = workspace.messages(proposed.desk.channel).filter((message) => isCardOf(message, decision.id))
  if (!hasCard(decision)) return expect(cards).toHaveLength(0)
  expect(cards, `cards of ${decision.id}`).toHaveLength(1)
  expect(isOpenCard(only(cards)), `the card of a decision that is ${decision.status}`).toBe(isWaiting(decision))
}

/** Cards, lines in threads and direct messages alike. */
function checkMessages({ workspace }: Scene): void {
  const written = workspace.calls().map(({ args }) => String(args['channel']))
  const directs = [...new Set(written.filter((channel) => channel.startsWith('D')))]
  expect(directs.length, 'people who got direct messages').toBeGreaterThan(0)
  const channels = [...DESKS.map(({ channel }) => channel), ...directs]
  const messages: readonly Message[] = channels.flatMap((channel) => workspace.messages(channel))
  const marks = messages.flatMap(({ metadata }) =>
    metadata === undefined ? [] : [JSON.stringify([metadata.event_payload['subject'], metadata.event_payload['slot']])],
  )
  expect(new Set(marks).size, 'a message stands twice').toBe(marks.length)
}

/** The version that a card must show: reading a decision issues its grant, and that is nothing to be shown. */
function lastShown(events: readonly DecisionEvent[]): number {
  return events.findLastIndex(({ type }) => type !== 'grant.issued') + 1
}

async function checkTables({ databaseFile, inStore }: Scene, records: readonly Recorded[]): Promise<void> {
  const db = new Sqlite(databaseFile, { readonly: true })
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(db.pragma('foreign_key_check')).toEqual([])
    const usage = db.prepare<[], string>("SELECT key || ' ' || decision_id || ' ' || amount FROM usage").pluck().all()
    expect(usage.toSorted(), 'usage').toEqual((await inStore((store) => usageOf(store, records))).toSorted())
    const outcomes = db.prepare<[], string>("SELECT decision_id || ' ' || n FROM outcomes").pluck().all()
    expect(outcomes.toSorted(), 'outcomes').toEqual(outcomesOf(records).toSorted())
    const cards = db.prepare<[], { subject: string; shown: number }>(`
      SELECT subject, shown_version AS shown FROM posts WHERE slot = 'card' AND shown_version IS NOT NULL`)
    const shown = new Map(cards.all().map((card) => [card.subject, card.shown]))
    const withCard = records.filter(({ decision }) => hasCard(decision))
    expect(withCard.length).toBeGreaterThan(0)
    expect(
      withCard.filter(({ decision, events }) => (shown.get(decision.id) ?? 0) < lastShown(events)),
      'cards behind their decision',
    ).toEqual([])
    // What ran by itself is told when its hour is over.
    const left = db.prepare("SELECT key FROM outbox WHERE state <> 'done' AND kind <> 'alerts.post'").all()
    expect(left, 'outbox').toEqual([])
    const miscounted = db.prepare(`
      SELECT user, open FROM reviewers
      WHERE open <> (SELECT count(*) FROM decisions WHERE assignee = user)`)
    expect(miscounted.all(), 'loads that differ from what people are asked').toEqual([])
    const asked = db.prepare('SELECT count(*) FROM reviewers WHERE assigned_at IS NOT NULL').pluck().get()
    expect(asked, 'people who were asked').toBeGreaterThan(0)
  } finally {
    db.close()
  }
}

/** What the windows must hold: each decision that no person was asked about, once. */
async function usageOf(store: Store, records: readonly Recorded[]): Promise<readonly string[]> {
  const automatic = records.filter(({ decision }) => decision.status === 'auto_approved')
  const entries = await Promise.all(
    automatic.map(async ({ decision: { id, manifestDigest, proposal } }) => {
      const manifest = await store.manifest(manifestDigest)
      const action = manifest === null ? null : findAction(manifest, proposal.action)
      if (action === null) throw new Error(`the policy of ${id} is gone`)
      return limitEntries(limitKeys(action, proposal).keys).map(
        ({ key, amount }) => `${key} ${id} ${amount.toFixed(1)}`,
      )
    }),
  )
  return entries.flat()
}

function outcomesOf(records: readonly Recorded[]): readonly string[] {
  return records.flatMap(({ decision, entries }) =>
    entries.flatMap(({ seq, type }) => (type === 'outcome.recorded' ? [`${decision.id} ${seq}`] : [])),
  )
}
