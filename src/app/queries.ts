import { MOST_DECISIONS } from '../domain/checklist.ts'
import { type Decision, isWaiting, replay, versionForAgents } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import { frozenBy, reachOf } from '../domain/freeze.ts'
import type { ActionPolicy, Manifest } from '../domain/manifest.ts'
import { isEverybody } from '../domain/who-may-approve.ts'
import type { Caller, CardAt, Click } from './app.ts'
import type { Changes, Policies, Store } from './ports.ts'
import { termsOf } from './terms.ts'

type QueryPorts = {
  readonly store: Pick<Store, 'decision' | 'history' | 'freezes'>
  readonly policies: Policies
  readonly changes: Changes
}

/** One decision, or null where there is none or it is another agent's. */
export async function read(
  ports: { readonly store: Pick<Store, 'decision'> },
  caller: Caller,
  id: string,
): Promise<Decision | null> {
  const decision = await ports.store.decision(id)
  if (decision === null || (decision.agent !== caller.agent && !caller.anyAgent)) return null
  return decision
}

/** Has what a long-poll waits for come about? Without `after`: settled, or a question is open. */
function isNews(decision: Decision, after: number | null): boolean {
  if (after !== null) return versionForAgents(decision) > after
  return !isWaiting(decision) || decision.status === 'clarifying'
}

/** The decision when there is news, or as it is after `waitMs`, or when `signal` aborts. */
export async function wait(
  ports: QueryPorts,
  caller: Caller,
  id: string,
  waitMs: number,
  after: number | null,
  signal: AbortSignal,
): Promise<Decision | null> {
  let latest: Decision | null = null
  let wake = () => {}
  const news = new Promise<void>((resolve) => {
    wake = resolve
  })
  // Listens before it reads: a change in between would otherwise be slept through.
  const stop = ports.changes.listen(id, (decision) => {
    latest = decision
    if (isNews(decision, after)) wake()
  })
  const timer = setTimeout(wake, waitMs)
  signal.addEventListener('abort', wake, { once: true })
  try {
    const decision = await read(ports, caller, id)
    if (decision === null || isNews(decision, after) || signal.aborted) return decision
    await news
    return latest ?? decision
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', wake)
    stop()
  }
}

/** One decision with its terms and history, for people in Slack. */
export async function view(ports: Pick<QueryPorts, 'store' | 'policies'>, id: string): Promise<DecisionView | null> {
  const decision = await ports.store.decision(id)
  if (decision === null) return null
  const [terms, history, freezes] = await Promise.all([
    termsOf(ports.policies, decision),
    ports.store.history(id),
    ports.store.freezes(),
  ])
  const { policy } = terms
  const openToChannel = isOpenToChannel(ports.policies.current(), decision, policy)
  const frozen = isWaiting(decision) ? frozenBy(freezes, reachOf(decision)) : []
  return { decision, policy, openToChannel, frozen, history }
}

/**
 * What the thread is about which this message heads: the decision of a card, with the revision of the parameters that
 * it shows, since the agent may have changed them; or a workflow.
 */
export async function cardAt(
  { store }: { readonly store: Pick<Store, 'postAt' | 'onSameCard' | 'history'> },
  channel: string,
  ts: string,
): Promise<CardAt> {
  const post = await store.postAt(channel, ts)
  if (post?.slot === 'head') return { kind: 'workflow', key: post.subject }
  if (post?.slot !== 'card') return { kind: 'none' }
  const sharing = await store.onSameCard(post.subject)
  return sharing.length > 1 ? { kind: 'rows' } : { kind: 'card', card: await shownBy(store, post) }
}

/** Of the cards of a workflow those that somebody can act on so. What was not shown yet is not among them. */
export async function cardsOf(
  { store }: { readonly store: Pick<Store, 'posts' | 'history' | 'workflowDecisions'> },
  key: string,
  act: 'decide' | 'roll_back',
): Promise<readonly Card[]> {
  const { last } = await store.workflowDecisions(key, MOST_DECISIONS)
  const meant = last.filter((each) => (act === 'decide' ? isWaiting(each) : each.rollback?.state === 'open'))
  const cards = await Promise.all(
    meant.map(async ({ id }) => (await store.posts(id)).find(({ slot }) => slot === 'card')),
  )
  return Promise.all(cards.flatMap((card) => (card?.state === 'posted' ? [shownBy(store, card)] : [])))
}

type Card = Omit<Click, 'user'>

async function shownBy(
  store: Pick<Store, 'history'>,
  { subject, shownVersion }: { readonly subject: string; readonly shownVersion: number },
): Promise<Card> {
  const { revision } = replay((await store.history(subject)).slice(0, shownVersion))
  return { decision: subject, revision }
}

/**
 * The decision as it was when a message showed this version of it: drawn again, it gives the same card, but for what was
 * frozen then.
 * @param version at least 1, at most that of the decision
 */
export function viewAt({ decision, policy, history }: DecisionView, version: number, current: Manifest): DecisionView {
  const until = history.slice(0, Math.min(version, decision.version))
  const was = replay(until)
  return { decision: was, policy, openToChannel: isOpenToChannel(current, was, policy), frozen: [], history: until }
}

/** As people are: by the manifest in force. */
function isOpenToChannel(current: Manifest, decision: Decision, policy: ActionPolicy | null): boolean {
  if ('assignment' in decision) return isEverybody(current, decision.assignment.role)
  const [role] = policy?.escalation_path ?? []
  return decision.rollback !== null && role !== undefined && isEverybody(current, role)
}
