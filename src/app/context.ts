import { bucketOf, reliability } from '../domain/calibration.ts'
import type { Decision } from '../domain/decision.ts'
import type { Context, LabelledBand } from '../domain/decision-context.ts'
import { verdictOf } from '../domain/judged.ts'
import { DAY } from '../domain/time.ts'
import type { Reviewers, Store } from './ports.ts'
import { view } from './queries.ts'
import { createSight, type QueuePorts } from './queue.ts'

type ContextPorts = QueuePorts & {
  readonly store: Pick<Store, 'decisions' | 'judged' | 'posts'>
  readonly reviewers: Pick<Reviewers, 'timeZone'>
}

/** How many earlier decisions are shown. */
const EARLIER = 10
/** The latest decisions of an action whose outcomes are counted: reading them must not hold up others. */
const JUDGED = 2_000
const JUDGED_SINCE = 90 * DAY
/** More names than that are looked up for nobody. */
const NAMES = 30

/**
 * Everything about a decision, for one person in Slack, with what is known of others like it.
 * @returns null: there is none that they could decide, decided, or asked for
 */
export async function contextFor(ports: ContextPorts, user: string, id: string): Promise<Context | null> {
  const maySee = createSight(ports, user)
  const shown = await view(ports, id)
  if (shown === null || !(await maySee(shown.decision))) return null
  const { decision } = shown
  const [earlier, band, card, timeZone, names] = await Promise.all([
    earlierOf(ports, decision, maySee),
    bandOf(ports, decision),
    ports.store.posts(id).then((posts) => posts.find(({ slot }) => slot === 'card')),
    ports.reviewers.timeZone(user),
    namesOf(ports, user, shown),
  ])
  const slack = card?.state === 'posted' ? card.permalink : null
  return { view: shown, earlier, band, slack, timeZone, names }
}

/** Those of the same action that this person may see. */
async function earlierOf(
  { store }: ContextPorts,
  { id, proposal }: Decision,
  maySee: (decision: Decision) => Promise<boolean>,
): Promise<readonly Decision[]> {
  if (proposal.gate !== undefined) return []
  const { action } = proposal
  const found = await store.decisions({ agent: null, status: null, action, before: id, limit: EARLIER })
  const seen = await Promise.all(found.map(maySee))
  return found.filter((_, at) => seen[at])
}

/** How often claims like this one turned out right, as far as anybody has said. */
async function bandOf({ store, clock }: ContextPorts, { id, proposal }: Decision): Promise<LabelledBand | null> {
  if (proposal.gate !== undefined) return null
  const now = clock()
  const judged = await store.judged(proposal.action, now - JUDGED_SINCE, JUDGED)
  const own = bucketOf(proposal.confidence, 'left_closed')
  const labelled = judged.flatMap(({ id: other, confidence, labels }) => {
    const { label } = verdictOf(labels, now)
    if (label === null || other === id || bucketOf(confidence, 'left_closed') !== own) return []
    return [{ confidence, correct: label.correct }]
  })
  const [bucket] = reliability(labelled, 'left_closed').buckets
  const [from, to] = [own / 10, (own + 1) / 10]
  if (bucket === undefined) return { from, to, n: 0, correct: 0, meanStated: null, isEnough: false }
  const { n, correct, mean_stated: meanStated, reported: isEnough } = bucket
  return { from, to, n, correct, meanStated, isEnough }
}

/** What Slack calls the people in it; who is missing is shown by id. */
async function namesOf(
  { reviewers }: ContextPorts,
  user: string,
  { decision, history }: Context['view'],
): Promise<ReadonlyMap<string, string>> {
  const asked = history.flatMap((event) => (event.type === 'assignment.made' ? [event.payload.user] : []))
  const acted = history.flatMap(({ actor }) => (actor.kind === 'person' ? [actor.user] : []))
  const named = 'assignment' in decision ? decision.assignment.reviewers : []
  const users = [...new Set([user, ...acted, ...asked, ...named])].slice(0, NAMES)
  const found = await Promise.allSettled(users.map((each) => reviewers.person(each)))
  return new Map(
    found.flatMap((result) => {
      if (result.status === 'rejected' || result.value.barred === 'unknown') return []
      return [[result.value.id, result.value.name] as const]
    }),
  )
}
