/**
 * Twenty times kill -9 at a random instant, under a stream of proposals and clicks.
 *
 * Each was seen to fail once, with the product broken so:
 * - sqlite.ts forgets the idempotency key: a proposal tried again is recorded twice.
 * - group-commit.ts answers before it commits: an answered proposal is gone.
 */
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { botUserId } from '../../src/workspace/people.ts'
import type { Message } from '../../src/workspace/server.ts'
import { ANA, BEN, createScene, isCardOf, isOpenCard, only, refund, type Service, WAIT } from './scene.ts'

const KILLS = 20
/** Proposals before each kill; each is tried again until it is answered. */
const BURST = 3
/** A kill comes after a random number of answers, and then up to so many ms later: the same on a slow machine. */
const LATEST_KILL = 20

/** A channel each, since Slack takes one message a second and channel. */
const DESKS = Array.from({ length: 8 }, (_, n) => ({
  action: `refund_${n}`,
  name: `desk-${n}`,
  channel: `C0DESK000${n}`,
}))

const MANIFEST = `
defaults: { channel: "#desk-0", operations_channel: "#desk-0" }
roles:
  support_lead: { members: [ana@example.com, ben@example.com] }
actions:
${DESKS.map(
  ({ action, name }) =>
    `  ${action}: { severity: high, reversible: false, approval_required: true, channel: "#${name}", required_role: support_lead, sla_minutes: { normal: 60 } }`,
).join('\n')}
`

type Proposed = { readonly key: string; readonly desk: (typeof DESKS)[number]; id: string | null; clicked: boolean }

test('nothing is lost and nothing doubled, whenever it is killed', { timeout: 240_000 }, async ({ onTestFinished }) => {
  const manifests = mkdtempSync(join(tmpdir(), 'countersign-desks-'))
  onTestFinished(() => rmSync(manifests, { recursive: true }))
  writeFileSync(join(manifests, 'actions.yaml'), MANIFEST)
  const scene = await createScene(onTestFinished, {
    manifests,
    channels: DESKS.map(({ channel, name }) => ({ id: channel, name, members: [ANA, BEN, botUserId] })),
  })
  const { workspace } = scene
  const cardsOf = ({ id, desk }: Proposed): readonly Message[] =>
    workspace.messages(desk.channel).filter((message) => id !== null && isCardOf(message, id))

  const proposals: Proposed[] = []
  const clicks = new Set<Promise<void>>()

  /** @returns whether it was answered */
  async function propose(service: Service, proposal: Proposed): Promise<boolean> {
    const { key, desk } = proposal
    const body = refund(key, { action: desk.action })
    const reply = await service.call('POST', '/v1/decisions', { key, body }).catch(() => null)
    if (reply === null) return false
    expect(reply.status, JSON.stringify(reply.body)).toBe(201)
    const id = String(reply.body['id'])
    if (proposal.id !== null) expect(id).toBe(proposal.id)
    proposal.id = id
    return true
  }

  /** Two people press at the same time; every third card is left alone. */
  function clickOpenCards(): void {
    for (const [n, proposal] of proposals.entries()) {
      const card = cardsOf(proposal).find(isOpenCard)
      if (n % 3 === 0 || card === undefined) continue
      for (const user of [ANA, BEN]) {
        const target = { channel: proposal.desk.channel, ts: card.ts, actionId: ACTIONS.approve }
        const click = workspace.click(user, target).then(({ status }) => {
          if (status === 200) proposal.clicked = true
          clicks.delete(click)
        })
        clicks.add(click)
      }
    }
  }

  for (let round = 0; round < KILLS; round += 1) {
    const service = await scene.start()
    for (let n = 0; n < BURST; n += 1) {
      const count = proposals.length
      const desk = DESKS[count % DESKS.length]
      if (desk === undefined) throw new Error('there is no desk')
      proposals.push({ key: `k${count}`, desk, id: null, clicked: false })
    }
    clickOpenCards()
    // Those of the round before are sent again although they may be recorded: an agent does not know.
    const again = proposals.slice(-2 * BURST)
    let toCome = randomInt(again.length + 1)
    let killed: Promise<unknown> | null = null
    const countDown = () => {
      toCome -= 1
      if (toCome < 0) killed ??= after(randomInt(LATEST_KILL)).then(service.kill)
    }
    countDown()
    await Promise.all(again.map((proposal) => propose(service, proposal).then(countDown)))
    clickOpenCards()
    await (killed ?? service.kill())
    await Promise.all(clicks)
  }

  const service = await scene.start()
  const answeredBefore = proposals.filter(({ id }) => id !== null).length
  for (const proposal of proposals) expect(await propose(service, proposal)).toBe(true)
  await service.quiet()
  expect(answeredBefore).toBeGreaterThan(0)

  await vi.waitFor(async () => {
    await service.quiet()
    for (const [n, proposal] of proposals.entries()) {
      const shown = await service.read(proposal.id ?? '')
      const card = only(cardsOf(proposal))
      if (n % 3 === 0) expect(shown).toMatchObject({ status: 'pending', version: 1 })
      else expect(['pending', 'approved']).toContain(shown['status'])
      if (proposal.clicked) expect(shown).toMatchObject({ status: 'approved', version: 2 })
      expect(isOpenCard(card)).toBe(shown['status'] === 'pending')
    }
  }, WAIT)
  expect(new Set(proposals.map(({ id }) => id)).size).toBe(proposals.length)
  expect(proposals.filter(({ clicked }) => clicked).length).toBeGreaterThan(0)

  await service.kill()
  await scene.inStore(async (store) => {
    const filter = { agent: null, status: null, action: null, before: null, limit: 1000 }
    expect(await store.decisions(filter)).toHaveLength(proposals.length)
    for (const { id } of proposals) {
      const trail = await store.auditTrail(id ?? '')
      if (trail === null) throw new Error(`${id} has no audit trail`)
      expect(chainFault(trail.entries, trail.head)).toBeNull()
      expect(trail.entries.filter(({ type }) => type !== 'decision.submitted').length).toBeLessThanOrEqual(1)
    }
  })
})
