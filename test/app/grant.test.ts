/**
 * Grants over a real store. Broken builds that these sentences were seen to catch:
 * - issued with every answer -> "writes nothing". Another agent served -> "for its own agent only".
 * - another text after a restart, under another `PUBLIC_URL` or a new key -> "the same text".
 * - the version of all events compared -> "without being news".
 * - use looked at before the transaction -> "fifty at once". The key of a lost answer not kept -> "asked for again".
 * - what is frozen not asked for in the transaction, or where a grant is shown -> "while its action is frozen".
 * - the card drawn as it stands after the click, or at the time of the click -> "of the card".
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import canonicalize from 'canonicalize'
import { afterEach, describe, expect, it } from 'vitest'
import { approvalCard, isWaitingView } from '../../blocks/approval-card.ts'
import type { Caller, Offer } from '../../src/app/app.ts'
import type { GrantSigner, Store } from '../../src/app/ports.ts'
import { chainFault } from '../../src/domain/audit.ts'
import { replay, versionForAgents } from '../../src/domain/decision.ts'
import { sha256 } from '../../src/domain/digest.ts'
import { type GrantClaims, readClaims } from '../../src/domain/grant.ts'
import { MINUTE } from '../../src/domain/time.ts'
import { createSigner } from '../../src/grants/signer.ts'
import { aGrantKey, aSigner, ISSUER } from '../fixtures/signer.ts'
import { CALLER, openTeam, type Team } from './team.ts'

const YAML = `
roles:
  support_lead: { members: [U0ANA00001, U0BEN00001] }
actions:
  process_refund: { severity: high, reversible: false, required_role: support_lead, grant_ttl_seconds: 120 }
  start_machine: { severity: high, reversible: true }
  query_crm: { severity: low, reversible: true }
`
const ANA = 'U0ANA00001'
const EXECUTOR: Caller = { agent: 'executor', apiKey: 'key_9', anyAgent: true }

let team: Team
const open = (file?: string, watch?: (store: Store) => Store, grants?: GrantSigner) => {
  team = openTeam(YAML, file, watch, grants)
  return team
}
afterEach(() => team.close())

async function approved(): Promise<string> {
  const { id, revision } = await team.ask()
  expect(await team.app.approve({ decision: id, revision, user: ANA }, null)).toMatchObject({ kind: 'accepted' })
  return id
}

async function read(id: string, caller = CALLER): Promise<string | null> {
  const decision = await team.app.read(caller, id)
  if (decision === null) throw new Error('it is not there')
  return (await team.app.granted(caller, decision, 'read')).grant
}

async function offered(id: string): Promise<Offer> {
  const { proposal, parameters } = await team.read(id)
  return { grant: (await read(id)) ?? '', action: proposal.action, parameters }
}

function said(grant: string | null): GrantClaims {
  const claims = readClaims(JSON.parse(Buffer.from(String(grant?.split('.')[1]), 'base64url').toString()))
  if (claims === null) throw new Error('no grant')
  return claims
}

const events = async (id: string) => (await team.store.history(id)).map(({ type }) => type)

describe('while its action is frozen', () => {
  const frozen = { subject: { kind: 'action', name: 'process_refund' }, reason: 'it charges twice' } as const
  const change = (type: 'freeze.set' | 'freeze.lifted') =>
    team.store.changeFreezes(team.clock.now, () => {
      const { subject, reason } = frozen
      const event = {
        type,
        at: team.clock.now,
        actor: { kind: 'operator' },
        payload: { subject },
        sealed: { reason },
      } as const
      return { event, intents: [] }
    })

  it('a grant is neither issued, shown nor used; once it is lifted all of them are', async () => {
    open()
    const [unread, known] = [await approved(), await approved()]
    const offer = await offered(known)
    await change('freeze.set')
    expect(await read(unread)).toBeNull()
    expect(await read(known)).toBeNull()
    expect(await team.app.consume(EXECUTOR, offer, null)).toMatchObject({
      kind: 'rejected',
      rejection: { code: 'frozen', message: expect.stringContaining('is frozen by an operator since') },
    })
    expect(await events(unread)).not.toContain('grant.issued')
    await change('freeze.lifted')
    expect(await read(unread)).not.toBeNull()
    expect(await read(known)).toBe(offer.grant)
    expect(await team.app.consume(EXECUTOR, offer, null)).toMatchObject({ kind: 'accepted' })
  })
})

describe('a grant is issued', () => {
  it('when its agent first reads what was approved, and is the same text from then on', async () => {
    open()
    const id = await approved()
    expect(await events(id)).not.toContain('grant.issued')
    team.clock.now += MINUTE
    const grant = await read(id)
    expect(said(grant)).toMatchObject({ iss: ISSUER, sub: id, by: [`slack:T1/${ANA}`], iat: team.clock.now / 1_000 })
    expect(said(grant).exp - said(grant).iat).toBe(120)
    team.clock.now += MINUTE
    expect(await Promise.all([read(id), read(id)])).toEqual([grant, grant])
    expect((await events(id)).filter((type) => type === 'grant.issued')).toHaveLength(1)
  })

  it('without being news: who waits for a change waits on, and only its use is one', async () => {
    open()
    const id = await approved()
    const version = versionForAgents(await team.read(id))
    let ended = false
    const stop = new AbortController()
    const waiting = team.app.wait(CALLER, id, 60_000, version, stop.signal).finally(() => {
      ended = true
    })
    const offer = await offered(id)
    expect(versionForAgents(await team.read(id))).toBe(version)
    expect(ended).toBe(false)
    await team.app.consume(EXECUTOR, offer, null)
    const woken = await waiting
    expect(woken === null ? 0 : versionForAgents(woken)).toBe(version + 1)
    stop.abort()
  })

  it('once, however many read it at the same moment', async () => {
    open()
    const id = await approved()
    const grants = await Promise.all(Array.from({ length: 20 }, () => read(id)))
    expect(new Set(grants).size).toBe(1)
    expect(grants[0]).toMatch(/^ey/)
    expect((await events(id)).filter((type) => type === 'grant.issued')).toHaveLength(1)
  })

  it('with the answer to a proposal of high severity; for any other automatic approval it writes nothing', async () => {
    let writes = 0
    open(':memory:', (store) => ({
      ...store,
      update: (...args) => {
        writes += 1
        return store.update(...args)
      },
    }))
    const onSubmit = async (action: string) => {
      const decision = await team.read(await team.submit({ action }))
      return (await team.app.granted(CALLER, decision, 'submitted')).grant
    }
    expect(await onSubmit('query_crm')).toBeNull()
    expect(writes).toBe(0)
    const grant = await onSubmit('start_machine')
    expect(said(grant)).toMatchObject({ act: 'start_machine', by: ['policy'] })
    expect(said(grant)).not.toHaveProperty('card')
    expect(await onSubmit('process_refund')).toBeNull()
  })

  it('for its own agent only: a key that reads across agents touches nothing', async () => {
    open()
    const id = await approved()
    expect(await read(id, { agent: 'auditor', apiKey: 'key_2', anyAgent: true })).toBeNull()
    expect(await events(id)).not.toContain('grant.issued')
    expect(await read(id)).not.toBeNull()
    expect(await read(id, { agent: 'auditor', apiKey: 'key_2', anyAgent: true })).toBeNull()
  })

  it('not for an answer to another write, which shows the one there is', async () => {
    open()
    const id = await approved()
    const changed = async () => (await team.app.granted(CALLER, await team.read(id), 'changed')).grant
    expect(await changed()).toBeNull()
    const grant = await read(id)
    expect(await changed()).toBe(grant)
  })

  it('until it is over, used, or the action has run', async () => {
    open()
    const [late, used, run] = [await approved(), await approved(), await approved()]
    const offer = await offered(used)
    for (const id of [late, run]) expect(await read(id)).not.toBeNull()
    await team.app.consume(EXECUTOR, offer, null)
    await team.app.reportExecution(CALLER, run, { state: 'succeeded', result: null, error: null }, null)
    expect([await read(used), await read(run)]).toEqual([null, null])
    team.clock.now += 2 * MINUTE
    expect(await read(late)).toBeNull()
    expect(await events(late)).toHaveLength(4)
  })
})

describe('after a restart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-grants-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('a grant is the same text, also under another address and with a new key', async () => {
    const file = join(folder, 'c.db')
    const [old, fresh] = [aGrantKey(), aGrantKey()]
    open(file, undefined, await createSigner([old], ISSUER, 'the test'))
    const [id, unread] = [await approved(), await approved()]
    const grant = await read(id)
    expect(grant).toMatch(/^ey/)
    await team.close()

    open(file, undefined, await createSigner([fresh, old], 'https://moved.example.com', 'the test'))
    expect(await read(id)).toBe(grant)
    const offer = await offered(id)
    expect(said(await read(unread)).iss).toBe('https://moved.example.com')
    await team.close()

    // The old key is gone: what it signed is worth nothing, and nothing is signed in its place.
    open(file, undefined, await createSigner([fresh], ISSUER, 'the test'))
    expect(await read(id)).toBeNull()
    expect(await team.app.consume(EXECUTOR, offer, null)).toMatchObject({ rejection: { code: 'grant_invalid' } })
    expect((await events(id)).filter((type) => type === 'grant.issued')).toHaveLength(1)
  })
})

describe('an executor', () => {
  it('takes a grant once, of fifty at once', async () => {
    open()
    const id = await approved()
    const offer = await offered(id)
    const results = await Promise.all(Array.from({ length: 50 }, () => team.app.consume(EXECUTOR, offer, null)))
    expect(results.filter(({ kind }) => kind === 'accepted')).toHaveLength(1)
    expect(results.filter((each) => each.kind === 'rejected' && each.rejection.code === 'consumed')).toHaveLength(49)
    expect((await events(id)).filter((type) => type === 'grant.consumed')).toHaveLength(1)
  })

  it('whose answer was lost asks for it again with the same key, also when the time is over', async () => {
    open()
    const offer = await offered(await approved())
    const once = { apiKey: 'key_9', key: 'run-1', bodyHash: 'x' }
    const first = await team.app.consume(EXECUTOR, offer, once)
    team.clock.now += 10 * MINUTE
    const again = await team.app.consume(EXECUTOR, offer, once)
    expect([first.kind, again.kind]).toEqual(['accepted', 'replayed'])
    expect('grant' in first && 'grant' in again && again.grant).toEqual('grant' in first && first.grant)
    const other = await team.app.consume(EXECUTOR, offer, { ...once, bodyHash: 'y' })
    expect(other.kind).toBe('idempotency_mismatch')
    expect(await team.app.consume(EXECUTOR, offer, null)).toMatchObject({ rejection: { code: 'consumed' } })
  })

  it('is refused a grant that another service has signed, or that was never issued', async () => {
    open()
    const offer = await offered(await approved())
    const claims = said(offer.grant)
    const other = await aSigner()
    const forged = (await other.sign(other.kid, claims)) ?? ''
    expect(await team.app.consume(EXECUTOR, { ...offer, grant: forged }, null)).toMatchObject({
      rejection: { code: 'grant_invalid' },
    })
    expect(await team.app.consume(EXECUTOR, { ...offer, grant: 'x' }, null)).toMatchObject({
      rejection: { code: 'grant_invalid' },
    })
    expect(await team.app.consume(EXECUTOR, offer, null)).toMatchObject({ kind: 'accepted' })
  })

  it('is refused a well signed grant of a decision that is not there', async () => {
    const signer = await aSigner()
    open(':memory:', undefined, signer)
    const offer = await offered(await approved())
    const grant = (await signer.sign(signer.kid, { ...said(offer.grant), sub: `dec_${'9'.repeat(26)}` })) ?? ''
    expect(await team.app.consume(EXECUTOR, { ...offer, grant }, null)).toMatchObject({
      rejection: { code: 'grant_invalid' },
    })
  })
})

describe('the record', () => {
  it('holds the grant in its chain and no text that could be used', async () => {
    open()
    const id = await approved()
    const offer = await offered(id)
    await team.app.consume(EXECUTOR, offer, null)
    const trail = await team.store.auditTrail(id)
    if (trail === null) throw new Error('no trail')
    expect(chainFault(trail.entries, trail.head)).toBeNull()
    expect(replay(await team.store.history(id))).toEqual(await team.read(id))
    expect(JSON.stringify([trail, await team.read(id)])).not.toContain(offer.grant.split('.')[2])
  })

  it('binds the digest of the card as it stood in the channel', async () => {
    open()
    const { id, revision } = await team.ask()
    // The card was posted after somebody was asked; what came later was not yet shown.
    const shownVersion = (await team.read(id)).version
    await team.store.savePost({
      subject: id,
      slot: 'card',
      channel: 'C1',
      startedAt: team.clock.now,
      state: 'posted',
      ts: '1.0',
      shownVersion,
      shownFrozen: '',
      permalink: null,
    })
    const view = await team.app.view(id)
    if (view === null || !isWaitingView(view)) throw new Error('it waits for nobody')
    const { blocks } = approvalCard(view, team.clock.now)
    team.clock.now += 3 * MINUTE
    await team.app.approve({ decision: id, revision, user: ANA }, null)
    expect(said(await read(id)).card).toBe(sha256(canonicalize(blocks) ?? ''))
  })
})
