/**
 * Approving with changes, over a real store with real rules and schemas. Broken builds that these sentences were seen to
 * catch:
 * - changed parameters not routed again, or under one manifest only -> the sentences on rules and on a new manifest.
 * - a route that may get looser -> "stays with people". Changed parameters not checked by the schema -> "is checked".
 * - the card drawn before the change -> "the card of what they made of it".
 * - parameters as proposed given to executors -> "the executor of a step". The revision not looked at -> the races.
 */
import canonicalize from 'canonicalize'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../../src/app/app.ts'
import { viewAt } from '../../src/app/queries.ts'
import { verifyGrant } from '../../src/client/verify.ts'
import { cardBlocks } from '../../src/delivery/render.ts'
import { sha256 } from '../../src/domain/digest.ts'
import { readClaims } from '../../src/domain/grant.ts'
import { createRuleCheck } from '../../src/policy/rule-check.ts'
import { createSchemaCheck } from '../../src/policy/schema-check.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import { aSigner, ISSUER } from '../fixtures/signer.ts'
import { CALLER, openTeam, type Team } from './team.ts'

const [ANA, BEN, CAROL, DANA, ERIN] = ['U0000000001', 'U0000000002', 'U0000000003', 'U0000000004', 'U0000000005']
const EXECUTOR: Caller = { agent: 'executor', apiKey: 'key_9', anyAgent: true }
const POLICY = (more = '', rules = '') => `
roles:
  support_lead: { members: [${ANA}, ${BEN}, ${DANA}] }
  team_lead: { members: [${CAROL}, ${ERIN}] }
actions:
  process_refund:
    severity: high
    reversible: false
    escalation_path: [support_lead, team_lead]
    conditions: { auto_approve_below_usd: 50 }
    editable_parameters: [amount_usd, memo]
    parameters_schema:
      type: object
      properties: { customer_id: { type: string }, amount_usd: { type: number, maximum: 5000 }, memo: { type: string } }
    rules:
      - { when: 'double(parameters.amount_usd) > 1000.0', route: escalate, because: much money goes to the team lead }
      - { when: 'double(parameters.amount_usd) > 4000.0', route: block, because: nobody refunds that much }
      ${rules}
    executor: { url: "https://example.com/execute" }
    ${more}
`
const SIGNER = await aSigner()
const CHECKS = { schemaCheck: createSchemaCheck(), ruleCheck: createRuleCheck() }

let team: Team
const open = (more = '') => {
  team = openTeam(POLICY(more), ':memory:', undefined, SIGNER, CHECKS)
}
beforeEach(() => open())
afterEach(() => team.close())

const click = (decision: string, user: string, revision = 0) => ({ decision, revision, user })
const change = (id: string, user: string, amount_usd: unknown, revision = 0) =>
  team.app.approveEdited(click(id, user, revision), { amount_usd }, null)

describe('changed parameters are routed again', () => {
  it('and go higher where a rule says so: only who decides there can approve them', async () => {
    const { id } = await team.ask()
    expect(await change(id, ANA, 1500)).toMatchObject({
      kind: 'rejected',
      rejection: { code: 'not_eligible', message: expect.stringMatching(/^With these changes only team_lead can/) },
    })
    expect(await team.read(id)).toMatchObject({ status: 'pending', version: 2, parameters: { amount_usd: 240 } })
    expect(await change(id, CAROL, 1500)).toMatchObject({
      kind: 'accepted',
      decision: { status: 'approved', route: 'escalate', parameters: { amount_usd: 1500 } },
    })
  })

  it('and are refused with the reason where a rule blocks them; the request goes on as it was', async () => {
    const { id } = await team.ask()
    expect(await change(id, CAROL, 4500)).toMatchObject({
      kind: 'rejected',
      rejection: { code: 'edit_blocked', reasons: [{ code: 'rule', message: 'nobody refunds that much' }, {}, {}] },
    })
    expect(await team.read(id)).toMatchObject({ status: 'pending', revision: 0, version: 2 })
  })

  it('under the manifest in force as well, and the stricter holds, though the old one would do', async () => {
    const { id } = await team.ask()
    const rule = `- { when: 'double(parameters.amount_usd) < 100.0', route: escalate, because: small ones are suspicious }`
    team.clock.manifest = manifestOf(POLICY('', rule))
    expect(await change(id, ANA, 80)).toMatchObject({ kind: 'rejected', rejection: { code: 'not_eligible' } })
    expect(await change(id, CAROL, 80)).toMatchObject({ kind: 'accepted', decision: { route: 'escalate' } })
  })

  it('under the manifest it was submitted under, though the one in force would do', async () => {
    const { id } = await team.ask()
    team.clock.manifest = manifestOf(
      POLICY()
        .replaceAll(/^ {6}- \{ when.*$/gm, '')
        .replace('rules:', ''),
    )
    expect(await change(id, ANA, 1500)).toMatchObject({ kind: 'rejected', rejection: { code: 'not_eligible' } })
    expect(await change(id, CAROL, 4500)).toMatchObject({ kind: 'rejected', rejection: { code: 'edit_blocked' } })
  })

  it('and stay with people where the policy would let them pass', async () => {
    open('approvals_required: 2')
    const { id } = await team.ask()
    expect(await change(id, ANA, 10)).toMatchObject({
      kind: 'accepted',
      decision: { status: 'pending', route: 'human_review', reasons: [{ code: 'stays_with_people' }, {}, {}] },
    })
  })

  it('and never come down from a level they were brought to', async () => {
    open('approvals_required: 2')
    const { id } = await team.ask()
    expect(await change(id, CAROL, 1500)).toMatchObject({ kind: 'accepted', decision: { assignment: { level: 1 } } })
    expect(await change(id, ANA, 80, 1)).toMatchObject({ kind: 'rejected', rejection: { code: 'not_eligible' } })
    expect(await change(id, CAROL, 80, 1)).toMatchObject({
      kind: 'accepted',
      decision: { status: 'pending', assignment: { level: 1, role: 'team_lead' } },
    })
  })
})

it('what was typed is checked by the schema it was submitted under', async () => {
  const { id } = await team.ask()
  team.clock.manifest = manifestOf(POLICY().replace('maximum: 5000', 'maximum: 10'))
  for (const wrong of [5001, '80', null]) expect(await change(id, ANA, wrong)).toMatchObject({ kind: 'invalid' })
  expect(await team.app.approveEdited(click(id, ANA), { memo: 7 }, null)).toEqual({
    kind: 'invalid',
    faults: [
      {
        pointer: '/parameters/memo',
        code: 'parameters_schema',
        message: '`parameters.memo` must be a text; the policy for process_refund says so',
      },
    ],
  })
  expect(await change(id, ANA, 80)).toMatchObject({ kind: 'accepted' })
})

it('a decision that is not there, or has ended, is not changed', async () => {
  const { id } = await team.ask()
  expect(await change('dec_0', ANA, 80)).toEqual({ kind: 'not_found' })
  await team.app.deny(click(id, BEN), 'No.')
  expect(await change(id, ANA, 80)).toMatchObject({ kind: 'rejected', rejection: { code: 'already_decided' } })
  const late = await team.ask()
  team.clock.now += 25 * 3_600_000
  expect(await change(late.id, ANA, 80)).toMatchObject({ kind: 'rejected', rejection: { code: 'timed_out' } })
  expect(await team.read(late.id)).toMatchObject({ status: 'timed_out' })
})

it('the requester changes nothing, nor the owner of the agent', async () => {
  const { id } = await team.ask({ requested_by: ANA })
  expect(await change(id, ANA, 80)).toMatchObject({ kind: 'rejected', rejection: { code: 'self_approval' } })
  expect(await change(id, BEN, 80)).toMatchObject({ kind: 'accepted' })
})

it('what it would come to is said without a word of it being recorded', async () => {
  const { id } = await team.ask()
  expect(await team.app.edited(click(id, ANA), { amount_usd: 80 })).toMatchObject({
    kind: 'edited',
    view: { decision: { status: 'pending', parameters: { amount_usd: 80 }, approvals: [] } },
  })
  expect(await team.read(id)).toMatchObject({ version: 2, parameters: { amount_usd: 240 } })
})

describe('the grant of changed parameters', () => {
  async function granted(id: string) {
    const decision = await team.app.read(CALLER, id)
    if (decision === null) throw new Error('it is not there')
    const { grant } = await team.app.granted(CALLER, decision, 'read')
    const claims = readClaims(JSON.parse(Buffer.from(String(grant?.split('.')[1]), 'base64url').toString()))
    return { grant: grant ?? '', claims, action: decision.proposal.action, parameters: decision.parameters }
  }

  it('is for these alone', async () => {
    const { id, parameters } = await team.ask()
    await change(id, ANA, 80)
    const { grant, action, parameters: changed } = await granted(id)
    expect(await team.app.consume(EXECUTOR, { grant, action, parameters }, null)).toMatchObject({
      kind: 'rejected',
      rejection: { code: 'digest_mismatch' },
    })
    expect(await team.app.consume(EXECUTOR, { grant, action, parameters: changed }, null)).toMatchObject({
      kind: 'accepted',
    })
  })

  it('is checked offline, and good for these alone', async () => {
    const { id, parameters } = await team.ask()
    await change(id, ANA, 80)
    const { grant, action, parameters: changed } = await granted(id)
    const options = { jwks: SIGNER.jwks, issuer: ISSUER, now: team.clock.now, action }
    expect(await verifyGrant(grant, { ...options, parameters })).toMatchObject({ code: 'digest_mismatch' })
    expect(await verifyGrant(grant, { ...options, parameters: changed })).toMatchObject({ ok: true })
  })

  it('names who approved these, and the card of what they made of it, which anybody can draw again', async () => {
    open('approvals_required: 2')
    for (const last of ['edit', 'approval']) {
      const { id } = await team.ask()
      await team.app.approve(click(id, DANA), null)
      await change(id, ANA, 80)
      if (last === 'approval') await team.app.approve(click(id, BEN, 1), null)
      else await change(id, BEN, 60, 1)
      if (last === 'edit') await team.app.approve(click(id, DANA, 2), null)
      const { claims } = await granted(id)
      expect(claims?.by).toEqual(
        last === 'edit' ? [`slack:T1/${BEN}`, `slack:T1/${DANA}`] : [`slack:T1/${ANA}`, `slack:T1/${BEN}`],
      )
    }
    open()
    const { id } = await team.ask()
    await change(id, ANA, 80)
    const view = await team.app.view(id)
    const at = (await team.store.history(id)).findIndex(({ type }) => type === 'decision.edited') + 1
    if (view === null || at === 0) throw new Error('it was not changed')
    const drawn = cardBlocks([viewAt(view, at, team.clock.manifest)], team.clock.now)
    expect(JSON.stringify(drawn)).toContain('240 → 80')
    expect((await granted(id)).claims?.card).toBe(sha256(canonicalize(drawn) ?? ''))
  })
})

it('the executor of a step is sent the changed parameters, with the grant for them', async () => {
  const sure = { confidence: 0.8, confidence_basis: 'known', uncertainty_factors: [], recommended_review: false }
  const step = {
    action: 'process_refund',
    parameters: { customer_id: 'c', amount_usd: 240 },
    urgency: 'normal',
    ...sure,
  } as const
  const plan = { id: 'wf-1', name: null, steps: [step], context: {}, callbackUrl: null, requestedBy: null }
  await team.app.startWorkflow(CALLER, plan, { apiKey: 'key_1', key: 'w', bodyHash: 'w' })
  await team.settled()
  const id = (await team.store.workflow('wf-1'))?.decision ?? ''
  await change(id, ANA, 80)
  const order = await team.app.executionOrder(id)
  expect(order?.body).toMatchObject({ parameters: { customer_id: 'c', amount_usd: 80 } })
  const grant = String(Object(order?.body).grant)
  const parameters = { customer_id: 'c', amount_usd: 80 }
  expect(await team.app.consume(EXECUTOR, { grant, action: 'process_refund', parameters }, null)).toMatchObject({
    kind: 'accepted',
  })
})

describe('of a click and a change at once', () => {
  it('one wins, and an approval is of what was shown', async () => {
    open('approvals_required: 2')
    const won = { approval: 0, change: 0 }
    for (let n = 0; n < 200; n += 1) {
      const { id } = await team.ask()
      const approve = () => team.app.approve(click(id, ANA), null)
      const edit = () => change(id, BEN, 80)
      const [first, second] = n % 2 === 0 ? [approve(), edit()] : [edit(), approve()]
      const [approved, changed] = n % 2 === 0 ? [await first, await second] : [await second, await first]
      expect(changed.kind).toBe('accepted')
      const now = await team.read(id)
      expect(now).toMatchObject({ status: 'pending', revision: 1, approvals: [{ user: BEN }] })
      if (approved.kind === 'accepted') won.approval += 1
      else {
        won.change += 1
        expect(approved).toMatchObject({
          rejection: { code: 'outdated_card', message: expect.stringContaining(`<@${BEN}> has`) },
        })
      }
    }
    expect(won.approval + won.change).toBe(200)
    expect(won.change).toBeGreaterThan(0)
  })

  it('of ten changes at once one is recorded, and the others are told by whom', async () => {
    open('approvals_required: 2')
    const { id } = await team.ask()
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, n) => change(id, [ANA, BEN, DANA][n % 3] ?? ANA, 60 + n)),
    )
    expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
    const codes = results.flatMap((result) => (result.kind === 'rejected' ? [result.rejection.code] : []))
    expect(new Set(codes)).toEqual(new Set(['outdated_card']))
    expect(await team.read(id)).toMatchObject({ revision: 1, edits: [{}] })
  })
})
