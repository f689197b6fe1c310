/**
 * Erasure over a real store in a file. Broken builds that these sentences were seen to catch:
 * - salts, the first event, the events after it, the state, notices, asks, or the plan left as they were -> "no byte".
 * - deleted text not overwritten, or the write-ahead log left as it is -> "no byte".
 * - erased while it is open, can be rolled back, may be used, or its plan goes on -> "has not ended".
 * - something recorded of it afterwards -> "nothing more". The claim not kept -> "statistics".
 * - the erasure not put on record -> "is on record". Everything old erased, whatever its action -> "as long as".
 * - the day not heeded, or forgotten after a failure -> the sentences on each night.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Concluded, eraseEnded, eraseNamed, retentionOf } from '../../src/app/erase.ts'
import { createRetention } from '../../src/app/retain.ts'
import { verifyAudit } from '../../src/app/verify-audit.ts'
import { cardBlocks } from '../../src/delivery/render.ts'
import { replay } from '../../src/domain/decision.ts'
import { DAY, HOUR, MINUTE, toDay } from '../../src/domain/time.ts'
import { decisionJson } from '../../src/http/decision-json.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { CALLER, openTeam, type Team } from './team.ts'

const [ANA, BEN, CAROL] = ['U0ANA00001', 'U0BEN00001', 'U0CAROL001']
const YAML = `
roles:
  support_lead: { members: [${ANA}, ${BEN}] }
  operations: { members: [${CAROL}] }
actions:
  process_refund:
    severity: high
    reversible: false
    required_role: support_lead
    editable_parameters: [memo]
    retention_days: 30
  send_email: { severity: high, reversible: false, required_role: support_lead }
  start_machine: { severity: high, reversible: true, required_role: support_lead }
  note: { severity: low, reversible: true, executor: { url: "https://example.com/execute" } }
`
const OPERATOR = { kind: 'operator' } as const
/** Stands in all that people and agents write. */
const CANARY = 'canary-7f3a91'
const says = (where: string) => `${CANARY} ${where}`

let folder: string
let team: Team
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-erase-'))
  team = openTeam(YAML, join(folder, 'service.db'))
})
afterEach(async () => {
  await team.close()
  rmSync(folder, { recursive: true })
})

const click = (decision: string, user = ANA, revision = 0) => ({ decision, revision, user })
const erased = (...ids: string[]) => eraseNamed({ store: team.store, wake: () => {} }, ids, OPERATOR, team.clock.now)
const written = {
  parameters: { memo: says('parameter'), [says('key')]: 1 },
  confidence_basis: says('basis'),
  uncertainty_factors: [says('factor')],
  rationale: says('rationale'),
  expected_outcome: says('outcome'),
  if_denied: says('denied'),
  evidence: [{ title: says('title'), text: says('text') }],
  requested_by: says('requester'),
  agent_version: 'v7',
  workflow: { id: says('own workflow'), step_index: 1, completed_steps: [], context: { of: says('context') } },
  checkpoint: { at: says('checkpoint') },
  callback_url: `https://example.com/${CANARY}`,
}

/** A refund about which everything was said that can be. */
async function refunded(): Promise<string> {
  const { app } = team
  const { id } = await team.ask(written)
  await app.clarify(click(id), says('question'))
  const { clarification } = await team.read(id)
  const evidence = [{ title: says('added'), text: says('added') }]
  const parameters = { ...written.parameters, memo: says('amended') }
  await app.answer(
    CALLER,
    id,
    { clarification: clarification?.id ?? '', answer: says('answer'), evidence, parameters },
    { apiKey: 'key_1', key: `answer ${id}`, bodyHash: 'hash' },
  )
  await app.approveEdited(click(id, ANA, 1), { memo: says('edited') }, says('note'))
  await app.granted(CALLER, await team.read(id), 'read')
  const report = { state: 'failed', result: { of: says('result') }, error: says('error') } as const
  await app.reportExecution(CALLER, id, report, null)
  const outcome = { correct: true, source: 'downstream', observedAt: null, note: says('label'), ref: null } as const
  await app.recordOutcome(CALLER, id, outcome, null)
  await team.settled()
  return id
}

async function denied(action = 'process_refund'): Promise<string> {
  const { id } = await team.ask({ ...written, action, parameters: { memo: says(`denied ${Math.random()}`) } })
  await team.app.deny(click(id, BEN), says('reason'))
  return id
}

/** A machine that could not be rolled back, of which operations were told. */
async function rolledBack(): Promise<string> {
  const id = await team.submit({ ...written, action: 'start_machine', confidence: 1 })
  await team.app.rollBack(click(id), says('undo'))
  await team.app.reportRollback(CALLER, id, { state: 'failed', detail: says('detail') }, null)
  return id
}

/** A plan of one step, which was done, or is still being executed. */
async function planned(end = true): Promise<{ readonly plan: string; readonly step: string }> {
  const step = { action: 'note', parameters: { text: says('step') }, confidence: 1, urgency: 'normal' } as const
  const said = { confidence_basis: says('sure'), uncertainty_factors: [], recommended_review: false }
  const plan = {
    id: null,
    name: says('plan'),
    steps: [{ ...step, ...said }],
    context: { of: says('plan') },
    callbackUrl: null,
    requestedBy: says('planner'),
  }
  const started = await team.app.startWorkflow(CALLER, plan, { apiKey: 'key_1', key: 'plan', bodyHash: 'plan' })
  if (started.kind !== 'created') throw new Error(`not started: ${started.kind}`)
  const id = started.workflow.decision ?? ''
  await team.app.recordExecution(id, { state: 'started', result: null, error: null })
  if (end) await team.app.recordExecution(id, { state: 'succeeded', result: { of: says('executor') }, error: null })
  return { plan: started.workflow.id, step: id }
}

/** Where the canary stands in the files of the database. */
function found(): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const bytes = readFileSync(join(folder, name))
    const at = bytes.indexOf(CANARY)
    return at < 0 ? [] : [`${name}: ${bytes.subarray(at, at + 60).toString('latin1')}`]
  })
}

async function faults(): Promise<readonly string[]> {
  const told: string[] = []
  await verifyAudit(team.store, ({ chain, entry, what }) => told.push(`${JSON.stringify(chain)} ${entry}: ${what}`))
  return told
}

describe('what was erased', () => {
  it('leaves no byte of what people and agents wrote, in no file of the database', async () => {
    const told = await rolledBack()
    const ids = [await refunded(), await denied(), await denied('send_email'), await rolledBack(), told]
    const { step } = await planned()
    const { id: withdrawn } = await team.ask({ parameters: { memo: says('withdrawn') } })
    await team.app.withdraw(CALLER, withdrawn, says('no need'), null)
    // What is read from there a last time is no message any more either.
    for (const lane of ['slack', 'systems'] as const)
      for (const row of await team.store.dueIntents(lane, team.clock.now, 500))
        if (row.intent.kind !== 'notice.post' || row.key.includes(told))
          await team.store.intentDone(row, team.clock.now)
    expect(found()).not.toEqual([])
    team.clock.now += HOUR
    expect(await erased(...ids, step, withdrawn)).toEqual({ decisions: 7, workflows: 1, refused: [], scrubbed: true })
    expect(found()).toEqual([])
    expect(await faults()).toEqual([])
  })

  it('loads, says so, and keeps who decided what and when, over the API and in Slack', async () => {
    const id = await refunded()
    const before = await team.read(id)
    team.clock.now += HOUR
    await erased(id)
    const after = await team.read(id)
    expect(after).toMatchObject({ status: 'approved', erasedAt: team.clock.now, version: before.version + 1 })
    const json = decisionJson(after, 'http://localhost', null, null)
    expect(JSON.stringify(json)).not.toContain(CANARY)
    expect(json).toMatchObject({
      approved: true,
      action: 'process_refund',
      parameters: {},
      effective_parameters: {},
      decided_by: [{ user: ANA, verdict: 'approved', note: null }],
      execution: { state: 'failed', error: null, result: null },
      erased_at: new Date(team.clock.now).toISOString(),
      workflow: null,
      checkpoint: null,
    })
    expect(await team.app.list(CALLER, { agent: null, status: null, action: null, before: null, limit: 9 })).toEqual([
      after,
    ])
    const view = await team.app.view(id)
    if (view === null) throw new Error('there is no view')
    const card = JSON.stringify(cardBlocks([view], team.clock.now))
    expect(card).toContain('Erased')
    expect(card).not.toContain(CANARY)
    expect(JSON.stringify(view.history)).not.toContain(CANARY)
    const { proposal: _, reasons: __, ...replayed } = replay(view.history)
    expect(after).toMatchObject(replayed)
  })

  it('keeps what statistics need: the claim, the codes of its reasons, and the labels', async () => {
    const labelled = await refunded()
    team.clock.now += MINUTE
    const unlabelled = await denied()
    const read = async () =>
      (await team.store.judged('process_refund', 0)).map((each) => ({ ...each, labels: each.labels.length }))
    const before = await read()
    team.clock.now += HOUR
    await erased(labelled, unlabelled)
    expect(await read()).toEqual(before)
    expect(before).toMatchObject([
      { id: labelled, confidence: 0.82, agentVersion: 'v7', labels: 1 },
      { id: unlabelled, confidence: 0.82, agentVersion: 'v7', labels: 0 },
    ])
    expect((await team.read(labelled)).reasons.map(({ code }) => code)).toContain('confidence_below_auto_approve')
    expect(await team.store.past({ since: 0 }, 9)).toMatchObject({ decisions: [], erased: 2 })
  })

  it('takes nothing more, from nobody', async () => {
    const id = await refunded()
    team.clock.now += HOUR
    await erased(id)
    const { version } = await team.read(id)
    const outcome = { correct: false, source: 'downstream', observedAt: null, note: says('late'), ref: null } as const
    expect(await team.app.recordOutcome(CALLER, id, outcome, null)).toMatchObject({
      kind: 'rejected',
      rejection: { code: 'erased' },
    })
    expect(await team.app.deny(click(id, BEN, 2), says('late'))).toMatchObject({ rejection: { code: 'erased' } })
    expect((await erased(id)).refused).toMatchObject([{ decision: id, why: { code: 'erased' } }])
    expect(await team.read(id)).toMatchObject({ version, outcomes: [{ correct: true, note: null }] })
    // That somebody has tried is on record, with no word of theirs.
    await team.settled()
    expect((await team.store.auditTrail(id))?.entries.at(-1)?.type).toBe('attempt.refused')
    expect(await faults()).toEqual([])
  })

  it('is never what has not ended, can be rolled back, may still be used, or is part of a plan that goes on', async () => {
    const { id: open } = await team.ask()
    const running = await team.submit({ action: 'start_machine', confidence: 1 })
    const { id: granted } = await team.ask({ parameters: { customer_id: 'c' } })
    await team.app.approve(click(granted), null)
    await team.app.granted(CALLER, await team.read(granted), 'read')
    const { step, plan } = await planned(false)
    const unknown = `dec_${'0'.repeat(26)}`
    const before = await Promise.all([open, running, granted, step].map((id) => team.read(id)))
    const { refused, decisions } = await erased(open, running, granted, step, unknown)
    expect(decisions).toBe(0)
    expect(refused.map(({ decision, why }) => [decision, why?.code ?? null])).toEqual([
      [open, 'not_ended'],
      [running, 'not_ended'],
      [granted, 'not_ended'],
      [step, 'not_ended'],
      [unknown, null],
    ])
    expect(await Promise.all([open, running, granted, step].map((id) => team.read(id)))).toEqual(before)
    // Then the grant is over, and so are the window and the plan.
    await team.app.recordExecution(step, { state: 'failed', result: null, error: null })
    expect(await team.store.workflow(plan)).toMatchObject({ stage: 'ended' })
    team.clock.now += DAY
    await team.app.sweep()
    expect(await erased(open, running, granted, step)).toMatchObject({ decisions: 4, workflows: 1, refused: [] })
  })

  it('is on record, in its own chain and in that of the service', async () => {
    const id = await denied()
    await erased(id)
    expect((await team.store.history(id)).at(-1)).toMatchObject({
      type: 'decision.erased',
      actor: OPERATOR,
      payload: { because: 'named' },
    })
    const { entries } = await team.store.serviceTrail()
    expect(JSON.parse(entries.at(-1)?.record ?? '{}')).toMatchObject({
      type: 'records.erased',
      actor: OPERATOR,
      payload: { because: 'named', decisions: 1, workflows: 0 },
    })
  })

  it('is a plan with its steps: it still says how far it came', async () => {
    const { plan, step } = await planned()
    await erased(step)
    expect(await team.app.workflow(CALLER, plan)).toMatchObject({
      workflow: { status: 'completed', name: null, context: {}, steps: [{ action: '' }], erasedAt: team.clock.now },
    })
    expect(await faults()).toEqual([])
  })

  it('stands no more as a denial: not even a digest by which the same ask would be found is left', async () => {
    const parameters = { memo: says('asked twice') }
    const { id } = await team.ask({ parameters })
    await team.app.deny(click(id), says('no'))
    await expect(team.submit({ parameters })).rejects.toThrow('not recorded')
    await erased(id)
    expect(await team.read(await team.submit({ parameters }))).toMatchObject({ status: 'pending' })
  })

  it('is asked for again as something new: the same key proposes nothing twice', async () => {
    const id = await denied()
    await erased(id)
    const again = { apiKey: 'key_1', key: 'k1', bodyHash: 'any' }
    const result = await team.store.submit(again, [], team.clock.now, () => null)
    expect(result).toEqual({ kind: 'idempotency_mismatch' })
  })
})

describe('what is old', () => {
  const atNight = (now: number) => Date.parse(`${toDay(now)}T03:00:00Z`) + DAY
  const sweeper = (told: Concluded[] = []) =>
    createRetention({
      store: team.store,
      policies: { current: () => team.clock.manifest },
      clock: () => team.clock.now,
      wake: () => {},
      erased: (done) => told.push(done),
    })

  it('is erased at night as long as its action is kept, once, and the rest stays', async () => {
    const ids = [await denied(), await denied('send_email')]
    const { id: open } = await team.ask()
    const told: Concluded[] = []
    const look = sweeper(told)
    team.clock.now = atNight(team.clock.now) + 29 * DAY
    await look()
    expect(told).toEqual([])
    team.clock.now += DAY
    await look()
    expect(told).toEqual([{ decisions: 1, workflows: 0, scrubbed: true }])
    expect((await team.read(ids[0] ?? '')).erasedAt).toBe(team.clock.now)
    for (const id of [ids[1] ?? '', open]) expect((await team.read(id)).erasedAt).toBeUndefined()
    team.clock.now += DAY
    await look()
    expect(told).toHaveLength(1)
    expect(await faults()).toEqual([])
  })

  it('waits for the night, is looked for once in it, and at the next start where nothing ran then', async () => {
    await denied()
    team.clock.now = atNight(team.clock.now) + 40 * DAY - 1
    const told: Concluded[] = []
    const look = sweeper(told)
    await look()
    expect(told).toEqual([])
    team.clock.now += 1
    await look()
    expect(told).toHaveLength(1)
    await denied()
    team.clock.now += 40 * DAY + 10 * HOUR
    await sweeper(told)()
    expect(told).toHaveLength(2)
  })

  it('is looked for again at the next look when that has failed', async () => {
    await denied()
    team.clock.now = atNight(team.clock.now) + 40 * DAY
    const told: Concluded[] = []
    let isBroken = true
    const look = createRetention({
      store: {
        ...team.store,
        endedBefore: (...page) => (isBroken ? Promise.reject(new Error('disk')) : team.store.endedBefore(...page)),
      },
      policies: { current: () => team.clock.manifest },
      clock: () => team.clock.now,
      wake: () => {},
      erased: (done) => told.push(done),
    })
    await expect(look()).rejects.toThrow('disk')
    isBroken = false
    await look()
    expect(told).toHaveLength(1)
  })

  it('is kept for good where the manifest says nothing, and told how much in all that is done in pages', async () => {
    const manifest = manifestOf(YAML.replace('    retention_days: 30\n', ''))
    expect(retentionOf(manifest, team.clock.now)).toBeNull()
    const decided = await team.submit({ action: 'note', confidence: 1 })
    for (let n = 0; n < 120; n += 1) await team.submit({ action: 'note', confidence: 1, parameters: { n } })
    team.clock.now += MINUTE
    const { now } = team.clock
    const soFar: number[] = []
    const ports = { store: team.store, wake: () => {} }
    const done = await eraseEnded(
      ports,
      () => now,
      now,
      OPERATOR,
      'retention',
      now,
      ({ decisions }) => soFar.push(decisions),
    )
    expect(soFar).toEqual([50, 100, 121])
    expect(done).toMatchObject({ decisions: 121, scrubbed: true })
    expect((await team.read(decided)).erasedAt).toBe(now)
  })
})
