import type { Decision, Grant } from '../domain/decision.ts'
import type { Actor } from '../domain/event.ts'
import { type Freeze, frozenBy, frozenText, reachOf } from '../domain/freeze.ts'
import { approvalOf, type ConsumeGrant, claimsOf, type IssueGrant, isRunnable, liveGrant } from '../domain/granting.ts'
import { newId } from '../domain/ids.ts'
import { findAction } from '../domain/manifest.ts'
import { reject } from '../domain/rejection.ts'
import { transition } from '../domain/transition.ts'
import { ENGINE } from '../domain/workflow-transition.ts'
import type { Caller, Consumed, Granted, Occasion, Offer } from './app.ts'
import type { Commit } from './commit.ts'
import type { Clock, GrantSigner, Idempotency, Policies, Random, Store } from './ports.ts'
import { fromBefore, isFromBefore } from './restore.ts'
import { termsOf } from './terms.ts'

export type GrantPorts = {
  readonly store: Pick<Store, 'history' | 'decision' | 'freezes' | 'restoredAt'>
  readonly commit: Commit
  readonly policies: Policies
  readonly grants: GrantSigner
  readonly clock: Clock
  readonly random: Random
}

/**
 * The grant that a decision carries for its own agent; null: an executor would take none. It is issued when the agent
 * first reads the approved decision, and the answer to a proposal of high severity is a reading, too. Other automatic
 * approvals stay as fast as they are: nothing is written or signed for them until somebody reads one. What Countersign
 * runs itself has its grant for the executor alone: an agent that reads early must not use up its time.
 */
export async function granted(
  ports: GrantPorts,
  caller: Caller,
  decision: Decision,
  occasion: Occasion,
): Promise<Granted> {
  if (!isRunnable(decision) || decision.agent !== caller.agent || decision.run !== null)
    return { decision, grant: null }
  if (await isFromBefore(ports.store, decision)) return { decision, grant: null }
  const isDue = decision.grant === undefined && (await issuesOn(ports, decision, occasion))
  const by: Actor = { kind: 'agent', agent: caller.agent, key: caller.apiKey }
  const held = isDue ? await issued(ports, by, decision) : decision
  const grant = liveGrant(held, ports.clock())
  if (grant === null || frozenWords(await ports.store.freezes(), held) !== null) return { decision: held, grant: null }
  return { decision: held, grant: await signed(ports, held, grant) }
}

/**
 * The grant for the executor that Countersign calls; the same text on each try, also once it is used: an executor that
 * asks again with its key is told again that it may. null: it may not run.
 */
export async function grantToRun(ports: GrantPorts, decision: Decision): Promise<string | null> {
  if (!isRunnable(decision) || (await isFromBefore(ports.store, decision))) return null
  const held = decision.grant === undefined ? await issued(ports, ENGINE, decision) : decision
  return isRunnable(held) && held.grant !== undefined ? signed(ports, held, held.grant) : null
}

/** What of it is frozen, for its agent; null: nothing. */
function frozenWords(freezes: readonly Freeze[], decision: Decision): string | null {
  const covering = frozenBy(freezes, reachOf(decision))
  return covering.length === 0 ? null : covering.map(frozenText).join('; ')
}

function signed({ grants }: GrantPorts, decision: Decision, grant: Grant): Promise<string | null> {
  return grants.sign(grant.kid, claimsOf(decision, grant))
}

async function issuesOn({ policies }: GrantPorts, decision: Decision, occasion: Occasion): Promise<boolean> {
  switch (occasion) {
    case 'read':
      return true
    case 'submitted': {
      const manifest = await policies.byDigest(decision.manifestDigest)
      return findAction(manifest, decision.proposal.action)?.severity === 'high'
    }
    case 'changed':
      return false
  }
}

/** Who reads it at the same moment gets the same grant: the second finds that there is one. */
async function issued(ports: GrantPorts, by: Actor, decision: Decision): Promise<Decision> {
  const { commit, policies, store, grants, clock, random } = ports
  const terms = await termsOf(policies, decision)
  const command: Omit<IssueGrant, 'frozen'> = {
    type: 'issue_grant',
    by,
    grant: newId('grt', clock(), random(10)),
    issuer: grants.issuer,
    kid: grants.kid,
    approval: approvalOf(decision, await store.history(decision.id)),
  }
  const result = await commit.update(decision.id, null, clock(), (current, freezes) =>
    transition(current, { ...command, frozen: frozenWords(freezes, current) }, terms, clock()),
  )
  return 'decision' in result ? result.decision : decision
}

/** Everything but the signature is checked in the transaction that records it: of two at once, one wins. */
export async function consume(
  ports: GrantPorts,
  caller: Caller,
  { grant, action, parameters }: Offer,
  idempotency: Idempotency | null,
): Promise<Consumed> {
  const claims = await ports.grants.open(grant)
  if (claims === null)
    return invalid(
      'This is no grant of this service: it is malformed, or was not signed by one of its keys. Take `grant` from the decision, unchanged.',
    )
  const decision = await ports.store.decision(claims.sub)
  if (decision === null) return invalid('The decision of this grant is not known here.')
  if (await isFromBefore(ports.store, decision)) return { kind: 'rejected', rejection: fromBefore() }
  const terms = await termsOf(ports.policies, decision)
  const command: Omit<ConsumeGrant, 'frozen'> = {
    type: 'consume_grant',
    by: { kind: 'agent', agent: caller.agent, key: caller.apiKey },
    claims,
    execute: { action, parameters },
  }
  const result = await ports.commit.update(decision.id, idempotency, ports.clock(), (current, freezes) =>
    transition(current, { ...command, frozen: frozenWords(freezes, current) }, terms, ports.clock()),
  )
  switch (result.kind) {
    case 'accepted':
    case 'replayed': {
      const used = 'grant' in result.decision ? result.decision.grant : undefined
      if (used === undefined) throw new Error(`the grant of ${decision.id} was used but is not there`)
      return { kind: result.kind, decision: result.decision, grant: used }
    }
    case 'rejected':
      return { kind: 'rejected', rejection: result.rejection }
    case 'not_found':
      return invalid('The decision of this grant is not known here.')
    case 'idempotency_mismatch':
      return result
  }
}

function invalid(message: string): Consumed {
  return { kind: 'rejected', rejection: reject('grant_invalid', message) }
}
