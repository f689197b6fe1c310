import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isSecretOf, newApiKey, parseToken } from './app/api-key.ts'
import type { App } from './app/app.ts'
import type { Clock, Random, Store } from './app/ports.ts'
import { isUnderWay } from './domain/decision.ts'
import type { Proposal } from './domain/proposal.ts'
import { workflowKey, workflowOf } from './domain/workflow-ref.ts'

/** The agent that the development key speaks for. */
export const DEVELOPMENT_AGENT = 'example-agent'

type KeyPorts = { readonly store: Store; readonly clock: Clock; readonly random: Random; readonly databaseFile: string }

/**
 * The key that a first try needs, made once and kept in `keys/` beside the database, readable by its owner alone.
 * Only for the local workspace: a real one gets its keys from `countersign keys create`.
 */
export async function developmentKey({ store, clock, random, databaseFile }: KeyPorts): Promise<string> {
  const file = join(dirname(databaseFile), 'keys', 'development')
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : ''
  const parsed = parseToken(kept)
  const known = parsed === null ? null : await store.apiKey(parsed.id)
  if (parsed !== null && known?.revokedAt === null && isSecretOf(known, parsed.secret)) return kept
  const { token, record } = newApiKey({
    agent: DEVELOPMENT_AGENT,
    scopes: ['decide', 'read', 'label', 'consume'],
    expiresAt: null,
    now: clock(),
    random,
  })
  await store.saveApiKey(record)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(file, `${token}\n`, { mode: 0o600 })
  return token
}

/** A database that was tried locally first must not let that key into a real workspace. */
export async function revokeDevelopmentKeys(store: Store, clock: Clock): Promise<void> {
  for (const key of await store.apiKeys())
    if (key.agent === DEVELOPMENT_AGENT && key.revokedAt === null)
      await store.saveApiKey({ ...key, revokedAt: clock() })
}

/** Four decisions of different routes, so that there is something to look at: blocked, running already, escalated, to review. */
export async function postExamples(app: App): Promise<void> {
  for (const [index, proposal] of EXAMPLES.entries())
    await app.submit({ agent: DEVELOPMENT_AGENT, apiKey: 'examples', anyAgent: false }, proposal, {
      apiKey: 'examples',
      key: `example-${index}`,
      bodyHash: 'example',
    })
}

/**
 * The local workspace forgets its messages when it stops. Marking them as perhaps not posted makes delivery look for
 * them, find nothing, and post the open ones again.
 */
export async function showOpenCardsAgain(store: Store, clock: Clock): Promise<void> {
  for (const status of ['pending', 'clarifying', 'auto_approved'] as const) {
    const latest = await store.decisions({ agent: null, status, action: null, before: null, limit: 100 })
    for (const { id, ...decision } of latest.filter(isUnderWay)) {
      const ref = workflowOf(decision)
      const head = ref === null ? [] : await store.posts(workflowKey(ref))
      for (const { subject, slot, channel, startedAt } of [...head, ...(await store.posts(id))])
        await store.savePost({ state: 'posting', subject, slot, channel, startedAt })
      const intents = (['card.sync', 'copies.sync'] as const).map((kind) => ({ kind, decision: id }))
      await store.addIntents(intents, clock())
    }
  }
}

const EXAMPLES: readonly Proposal[] = [
  {
    action: 'delete_customer_account',
    parameters: { customer_id: 'c-13' },
    confidence: 0.97,
    confidence_basis: 'The customer asked for it in writing.',
    uncertainty_factors: [],
    recommended_review: false,
    urgency: 'normal',
  },
  {
    action: 'provision_cloud_resource',
    parameters: { kind: 'vm', size: 'm6.large', region: 'eu-central-1', owner: 'search-team' },
    confidence: 0.9,
    confidence_basis: 'The size is that of the other search nodes.',
    uncertainty_factors: [],
    recommended_review: false,
    urgency: 'normal',
    rationale: 'The search index is rebuilt tonight and needs a fourth node.',
    expected_outcome: 'A node joins the search cluster in about five minutes.',
  },
  {
    action: 'send_customer_email',
    parameters: {
      to: 'customer@example.com',
      subject: 'Your contract renewal',
      body: 'Dear customer,\n\nyour contract renews on 1 December at the price of last year.\nWrite to us by the 25th if you would rather change it.\n\nThe support team',
    },
    confidence: 0.48,
    confidence_basis: 'The renewal date stands in the CRM, the price in a note only.',
    uncertainty_factors: [
      'The price was agreed by phone',
      'The contract has an unusual clause',
      'Two contacts are on file',
    ],
    recommended_review: true,
    urgency: 'high',
    rationale: 'The customer asked about the renewal twice this week.',
    expected_outcome: 'The customer knows date and price and can answer by the 25th.',
    if_denied: 'Nothing is sent; an account manager has to call.',
  },
  {
    action: 'process_refund',
    parameters: { order_id: 'A-1042', customer_id: 'c-77', amount_usd: 120 },
    confidence: 0.82,
    confidence_basis: 'The order and policy 4.2 match; the carrier confirmed the loss.',
    uncertainty_factors: ['The customer has two open orders'],
    recommended_review: false,
    urgency: 'normal',
    rationale: 'The parcel was lost; the carrier confirmed it this morning.',
    expected_outcome: '120 USD are back on the card in three days.',
    if_denied: 'The customer is told to wait for the carrier’s claim, which takes about two weeks.',
    evidence: [
      { title: 'Order', text: 'A-1042, paid 120.00 USD on 3 November, shipped on 4 November.' },
      { title: 'Carrier', text: 'Claim 88-2231: “Item lost in transit, liability accepted.”' },
    ],
    workflow: {
      id: 'wf-returns-77',
      step_index: 2,
      completed_steps: [
        { action: 'query_crm', summary: 'Found order A-1042 of customer c-77' },
        { action: 'query_crm', summary: 'No earlier refund in twelve months' },
      ],
      context: {},
    },
  },
]
