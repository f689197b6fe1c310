import { changesParameters, type Turn, turnsOf } from '../../blocks/turn.ts'
import type { Voided } from '../../blocks/voided-notice.ts'
import type { Clock, Post, Store } from '../app/ports.ts'
import { isWaiting } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { DecisionEvent } from '../domain/event.ts'
import { freezeMark } from '../domain/freeze.ts'
import type { Instant } from '../domain/time.ts'
import type { Ask, Asked, Trouble } from './ask.ts'
import { createKeep } from './keep.ts'
import type { PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { DONE, MORE, type Step, stuck } from './step.ts'

/** How direct messages about a decision look. */
export type RenderCopies = {
  /** To who is or was asked: buttons while it is their turn, one line once it is not, the end state afterwards. */
  readonly copy: (view: DecisionView, turn: Turn, now: Instant) => Message
  /** A reminder. @param link to the card in its channel; null: not known */
  readonly nudge: (view: DecisionView, turn: Turn, link: string | null) => Message
  /** To somebody whose approval counts no more. @param link as above */
  readonly voided: (view: DecisionView, voided: Voided, link: string | null) => Message
}

type World = {
  readonly store: Pick<Store, 'posts' | 'savePost'>
  readonly slack: Pick<SlackPort, 'openDm' | 'update' | 'history'>
  readonly ask: Ask
  readonly put: PutMessage
  readonly render: RenderCopies
  readonly clock: Clock
}

/** A direct message as it should be. */
type Copy = {
  readonly slot: string
  readonly user: string
  /** Of the event that last changed what it says. */
  readonly version: number
  /** The `freezeMark` of what it says is frozen. */
  readonly frozen: string
  /** Should it be sent if it is not there? */
  readonly wanted: boolean
  readonly draw: (link: string | null) => Message
}

/** The person whose direct messages a decision waits for; null: nobody was asked in person. */
export function lastAsked({ history }: Pick<DecisionView, 'history'>): string | null {
  return turnsOf(history).at(-1)?.made.payload.user ?? null
}

/** Takes the next step towards what the direct messages about a decision should show. Repeating it is harmless. */
export function createCopies(world: World): (view: DecisionView) => Promise<Step> {
  const { store, slack, ask, render, clock } = world
  const keep = createKeep(world)
  // Slack never gives a person another channel for direct messages.
  const channels = new Map<string, string>()

  return async (view) => {
    const { decision } = view
    const posts = await store.posts(decision.id)
    const link = linkIn(posts)
    let trouble: Trouble | null = null
    for (const copy of copiesOf(view, render, clock())) {
      const post = posts.find(({ slot }) => slot === copy.slot) ?? null
      const kept = { ...copy, subject: decision.id, draw: () => copy.draw(link) }
      const taken = await keep(kept, post, () => directChannel(copy.user))
      if (taken === 'changed') return MORE
      if (taken === 'as_it_should') continue
      // Slack does not answer: no other message would fare better.
      if (taken.kind === 'failed' && taken.failure.kind !== 'refused') return stuck(taken, decision)
      // Whom Slack lets no message through to must not keep the others from theirs, now or when they may have it.
      if (trouble === null || taken.kind === 'wait') trouble = taken
    }
    return trouble === null ? DONE : stuck(trouble, decision)
  }

  async function directChannel(user: string): Promise<Asked<string>> {
    const known = channels.get(user)
    if (known !== undefined) return { ok: true, value: known }
    const opened = await ask.call('conversations.open', user, () => slack.openDm(user))
    if (opened.ok) channels.set(user, opened.value)
    return opened
  }
}

function linkIn(posts: readonly Post[]): string | null {
  const card = posts.find(({ slot }) => slot === 'card')
  return card?.state === 'posted' ? card.permalink : null
}

/** The person who is asked now comes first. */
function copiesOf(view: DecisionView, render: RenderCopies, now: Instant): readonly Copy[] {
  const turns = turnsOf(view.history).toReversed()
  return [
    ...turns.flatMap((turn) => [cardOf(view, turn, render, now), ...nudgesOf(view, turn, render)]),
    ...voidedOf(view.history).map((voided) => voidedCopy(view, voided, render)),
  ]
}

/** The approvals that counted no more when parameters were changed, but for that of who changed them. */
function voidedOf(history: readonly DecisionEvent[]): readonly Voided[] {
  let approvers: readonly string[] = []
  return history.flatMap((event, index) => {
    const user = event.actor.kind === 'person' ? event.actor.user : null
    if (event.type === 'decision.approved' && user !== null) approvers = [...approvers, user]
    if (!changesParameters(event)) return []
    const others = approvers.filter((each) => each !== user)
    approvers = []
    return others.map((each) => ({ version: index + 1, user: each, changedBy: user }))
  })
}

function voidedCopy(view: DecisionView, voided: Voided, render: RenderCopies): Copy {
  const { user, version } = voided
  const isNews = isWaiting(view.decision) && view.decision.approvals.every((given) => given.user !== user)
  return {
    slot: `voided ${version} ${user}`,
    user,
    version: endedAt(view) ?? version,
    frozen: '',
    wanted: isNews,
    draw: (link) => render.voided(view, voided, link),
  }
}

function cardOf(view: DecisionView, turn: Turn, render: RenderCopies, now: Instant): Copy {
  const { user } = turn.made.payload
  return {
    slot: `dm ${turn.version} ${user}`,
    user,
    version: turn.over === null ? view.decision.version : changedAt(view, turn, turn.version),
    frozen: turn.over === null ? freezeMark(view.frozen) : '',
    wanted: turn.over === null && isWaiting(view.decision),
    draw: () => render.copy(view, turn, now),
  }
}

function nudgesOf(view: DecisionView, turn: Turn, render: RenderCopies): readonly Copy[] {
  const { user } = turn.made.payload
  const isDue = turn.over === null && view.decision.status === 'pending'
  return turn.nudges.map((version) => ({
    slot: `nudge ${version} ${user}`,
    user,
    version: changedAt(view, turn, version),
    frozen: '',
    // Of several that could not be sent in time one is enough.
    wanted: isDue && version === turn.nudges.at(-1),
    draw: (link) => render.nudge(view, turn, link),
  }))
}

/** When something last happened that one line tells of: it was sent, the turn went over, the decision ended. */
function changedAt(view: DecisionView, { over }: Turn, sentAt: number): number {
  return endedAt(view) ?? over?.version ?? sentAt
}

/** The version with which the decision has ended; null: it is open. */
function endedAt({ decision, history }: DecisionView): number | null {
  return isWaiting(decision) ? null : history.findLastIndex(isNoReport) + 1
}

/** What is reported once a decision has ended; everything else happens before. */
function isNoReport({ type }: DecisionEvent): boolean {
  return type !== 'execution.reported' && type !== 'outcome.recorded'
}
