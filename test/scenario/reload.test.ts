import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chainFault } from '../../src/domain/audit.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'
import {
  ANA,
  APPROVALS,
  BEN,
  buttonsOf,
  CAROL,
  DANA,
  GUS,
  HOUR,
  type House,
  type Json,
  MANIFEST,
  MINUTE,
  OPS,
  openHouse,
  SECOND,
  textOf,
  untilTomorrow,
  within,
} from './house.ts'

/*
 * Broken once each to see it fail: a manifest with an error is taken over, operations are not told, or
 * told where the old manifest says, the manifest of the start is never compared with the last one, what is asked for
 * during a reload is forgotten, changed parameters are routed by the old manifest alone, membership or the agent's owner is asked of the decision's own manifest,
 * quorum or timeout of the manifest in force, a role that is gone means nobody, a channel that was mended is not looked
 * at by the card or by who may decide, evidence is told every sweep, or never.
 */

let house: House
beforeEach(async () => {
  house = await openHouse()
})
afterEach(() => house.close())

const told = (channel = OPS): readonly string[] => house.workspace.messages(channel).map(textOf)
const propose = async (request: Json = {}) => String((await house.propose(request))['id'])
const changed = (from: string, to: string, text = MANIFEST): string => {
  expect(text).toContain(from)
  return text.replace(from, to)
}
const metric = async (name: string): Promise<string> => {
  const url = new URL('/metrics', house.url)
  return /.*/.exec((await (await fetch(url)).text()).split('\n').find((line) => line.startsWith(name)) ?? '')?.[0] ?? ''
}
async function auditOf(): Promise<readonly Json[]> {
  const { entries, head } = await house.store.serviceTrail()
  expect(chainFault(entries, head)).toBeNull()
  return entries.map(({ record }) => JSON.parse(record).payload)
}

/** A refund waits a minute for two people. */
const TWO_LEADS = changed('[carol@example.com]', '[carol@example.com, dana@example.com]').replace(
  'approval_timeout_seconds: 3600',
  'approval_timeout_seconds: 60\n    approvals_required: 2',
)

describe('a manifest that is reloaded', () => {
  it('routes what comes from now on, and open decisions keep their quorum and their time', async () => {
    const before = await propose()
    await house.reload(TWO_LEADS)
    const after = await propose()
    const digests = [manifestOf(MANIFEST).digest, manifestOf(TWO_LEADS).digest]
    expect([await house.decision(before), await house.decision(after)].map((each) => each['manifest_digest'])).toEqual(
      digests,
    )

    await house.press(ANA, after, 'approve')
    expect(await house.decision(after)).toMatchObject({ status: 'pending', version: 3 })
    await house.advance(2 * MINUTE)
    expect(await house.decision(after)).toMatchObject({ status: 'timed_out' })
    expect(await house.decision(before)).toMatchObject({ status: 'pending' })
    await house.press(ANA, before, 'approve')
    expect(await house.decision(before)).toMatchObject({ status: 'approved' })
  })

  it('stands in the service’s chain, and operations read what changed, the looser things first', async () => {
    const loose = changed('always_approve_above_usd: 500', 'always_approve_above_usd: 900')
    const both = changed(
      '{ severity: low, reversible: true }',
      '{ severity: low, reversible: true, approval_required: true, required_role: team_lead }',
      loose,
    )
    await house.reload(both)
    const [first, second, ...others] = await auditOf()
    expect(others).toEqual([])
    expect(first).toMatchObject({ from: null, to: manifestOf(MANIFEST).digest, on: 'start', changed: 0 })
    expect(second).toMatchObject({ from: first?.['to'], on: 'reload' })
    expect(second?.['to']).toBe(await inForce())
    const [notice, ...more] = told()
    expect(more).toEqual([])
    expect(notice).toMatch(/The manifest has changed[\s\S]*Looser[\s\S]*900[\s\S]*Stricter[\s\S]*rename_ticket/)
    expect(notice).toContain('when the service was told to read it again')
    expect(notice).toContain(String(second?.['to']).slice(0, 19))
    expect(await metric('countersign_manifest_reloads_total')).toContain('{result="taken_over"} 1')
    expect(await metric('countersign_manifest_info')).toBe(
      `countersign_manifest_info{digest="${String(second?.['to'])}"} 1`,
    )
  })

  it('is told where the new one says', async () => {
    await house.reload(`${MANIFEST}\ndefaults: { operations_channel: "#agent-approvals" }\n`)
    expect(told(OPS)).toEqual([])
    expect(told(APPROVALS).join()).toContain('The manifest has changed')
  })

  it('changes nothing when it is the same', async () => {
    await house.reload(`# A comment is no change.\n${MANIFEST}`)
    expect(await auditOf()).toHaveLength(1)
    expect(told()).toEqual([])
    expect(await metric('countersign_manifest_reloads_total')).toContain('{result="unchanged"} 1')
  })

  it('is read once more when it is asked for meanwhile, so that the last state of the files wins', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => house.reload(n < 9 ? TWO_LEADS : MANIFEST.replace('low', 'high'))),
    )
    expect(await inForce()).toBe(manifestOf(MANIFEST.replace('low', 'high')).digest)
    const digests = (await auditOf()).map(({ to }) => to)
    expect(digests.length).toBeLessThanOrEqual(3)
    expect(new Set(digests).size).toBe(digests.length)
  })
})

describe('a manifest with an error', () => {
  const BROKEN = changed('severity: high', 'severity: hihg')

  it('never replaces a good one, and says to the log and to operations what is wrong and where', async () => {
    await house.reload(changed('reversible: false', 'reversibel: false', BROKEN))
    const id = await propose()
    expect(await house.decision(id)).toMatchObject({
      route: 'human_review',
      manifest_digest: manifestOf(MANIFEST).digest,
    })
    expect(await auditOf()).toHaveLength(1)
    const [notice, ...more] = told()
    expect(more).toEqual([])
    expect(notice).toMatch(/The manifest was not taken over[\s\S]*the files had 3 errors/)
    expect(notice).toMatch(/manifest\.yaml:\d+:\d+ /)
    expect(notice).toContain(manifestOf(MANIFEST).digest.slice(0, 19))
    const lines = house.logged.map((line) => String(JSON.parse(line).msg))
    expect(lines.filter((line) => /manifest\.yaml:\d+:\d+ /.test(line)).length).toBeGreaterThan(1)
    expect(lines.at(-1)).toContain('the one before stays in force')
    expect(await metric('countersign_manifest_reloads_total')).toContain('{result="refused"} 1')
  })

  it('is told once for each try, and mended it is taken over', async () => {
    await house.reload(BROKEN)
    house.turn(1)
    await house.reload(BROKEN)
    expect(told()).toHaveLength(2)
    await house.reload(TWO_LEADS)
    expect(told().at(-1)).toContain('The manifest has changed')
    expect(await inForce()).toBe(manifestOf(TWO_LEADS).digest)
  })
})

describe('a service that starts', () => {
  it('tells operations when its manifest is another than when it stopped', async () => {
    expect(told()).toEqual([])
    await house.restart(MANIFEST)
    await house.show()
    expect(told()).toEqual([])
    await house.restart(TWO_LEADS)
    await house.show()
    expect(told()).toHaveLength(1)
    expect(told().join()).toContain('when the service started')
    expect((await auditOf()).map(({ on }) => on)).toEqual(['start', 'start'])
  })
})

describe('people are always today’s', () => {
  it('yesterday’s member decides no more, today’s does', async () => {
    const id = await propose()
    await house.reload(changed(`[ana@example.com, ${BEN}]`, `[${GUS}, ${DANA}]`))
    await house.press(ANA, id, 'approve')
    expect(house.told(ANA)).toEqual(['Only support_lead or team_lead can decide this.'])
    await house.press(DANA, id, 'approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved', decided_by: [{ user: DANA }] })
  })

  it('a role that is gone means the administrators', async () => {
    const id = await propose()
    const renamed = MANIFEST.replaceAll('support_lead', 'front_desk').replaceAll('team_lead', 'back_office')
    await house.reload(renamed.replace('[carol@example.com]', `[${ANA}]`))
    for (const user of [ANA, CAROL]) {
      await house.press(user, id, 'approve')
      expect(house.told(user)).toHaveLength(1)
    }
    await house.press(DANA, id, 'approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved', decided_by: [{ user: DANA }] })
  })

  it('the agent’s owner of today may not decide its case', async () => {
    const id = await propose()
    await house.reload(changed('owner: owner@example.com', 'owner: ana@example.com'))
    await house.press(ANA, id, 'approve')
    expect(house.told(ANA).join()).toContain('You own the agent')
    await house.press(BEN, id, 'approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved' })
  })
})

describe('an action that is gone from the manifest', () => {
  const GONE = MANIFEST.replace(/ {2}process_refund:\n( {4}.*\n)+/, '').replace('process_refund, ', '')

  it('is blocked from now on, and people still end what they were asked', async () => {
    const [refund, other] = [await propose(), await propose()]
    await house.reload(GONE)
    expect(await house.propose()).toMatchObject({ route: 'block' })
    await house.press(ANA, refund, 'approve')
    expect(await house.decision(refund)).toMatchObject({ status: 'approved' })
    await house.advance(HOUR)
    expect(buttonsOf(house.card(refund))).not.toContain('approve')
    expect(await house.decision(other)).toMatchObject({ status: 'timed_out' })
  })

  it('takes no changed parameters any more: the stricter of both manifests blocks them', async () => {
    const id = await propose()
    await house.press(ANA, id, 'clarify')
    await house.type(ANA, 'question', 'Which order?')
    await house.reload(GONE)
    const clarification_id = within(await house.decision(id), 'clarification', 'id')
    const parameters = { order_id: 'A-2', amount_usd: 10 }
    const { body } = await house.post(id, 'answer', { clarification_id, answer: 'A-2.', parameters })
    expect(body).toMatchObject({ status: 'blocked', approved: false })
  })
})

describe('a channel that was wrong', () => {
  const OPEN =
    'actions:\n  rename: { severity: low, reversible: false, approval_required: true, required_role: anybody, channel: "#CHANNEL" }\n'

  it('is mended for open decisions too: the card comes out there, and the people there decide', async () => {
    await house.close()
    house = await openHouse({ manifest: OPEN.replace('CHANNEL', 'agent-aprovals') })
    const proposed = await house.call(
      'POST',
      '/v1/decisions',
      { action: 'rename', parameters: {}, confidence: 0.5, confidence_basis: 'a guess' },
      { 'idempotency-key': 'k' },
    )
    const id = String(proposed.body['id'])
    await house.deliver()
    expect(house.workspace.messages(APPROVALS)).toEqual([])
    await house.reload(OPEN.replace('CHANNEL', 'agent-approvals'))
    await house.press(BEN, id, 'approve')
    expect(await house.decision(id)).toMatchObject({ status: 'approved', decided_by: [{ user: BEN }] })
  })
})

describe('evidence that runs out', () => {
  const RISKY = (until: string) => `
actions:
  wipe_cache:
    severity: high
    reversible: false
    approval_required: false
    accepted_risk: { owner: ana@example.com, reason: "it fills again", until: ${until} }
`
  const today = () => new Date(house.now()).toISOString().slice(0, 10)
  const wipe = () => house.propose({ action: 'wipe_cache', parameters: {} })

  it('asks people from that day on, and tells the log and operations once', async () => {
    await house.reload(RISKY(today()))
    const ranOut = () => told().filter((text) => text.includes('ran out'))
    expect(await wipe()).toMatchObject({ route: 'auto_approve' })
    await house.advance(untilTomorrow(house.now()) - SECOND)
    expect(ranOut()).toEqual([])

    const last = today()
    await house.advance(SECOND)
    await house.advance(MINUTE)
    const why = `the accepted risk ran out on ${last}`
    expect(ranOut()).toEqual([expect.stringContaining(why)])
    expect(ranOut().join()).toContain('actions.wipe_cache.accepted_risk.until')
    expect(house.logged.filter((line) => line.includes('wipe_cache') && line.includes(why))).toHaveLength(1)
    expect((await wipe())['route']).not.toBe('auto_approve')

    await house.advance(24 * HOUR)
    await house.restart(RISKY(last))
    await house.advance(MINUTE)
    expect(told().filter((text) => text.includes(why))).toHaveLength(1)
  })

  it('is told when a reload brings it', async () => {
    await house.reload(RISKY('2024-02-29'))
    await house.show()
    expect(told().join()).toContain('the accepted risk ran out on 2024-02-29')
  })
})

async function inForce(): Promise<unknown> {
  return (await auditOf()).at(-1)?.['to']
}
