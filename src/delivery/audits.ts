import type { Store } from '../app/ports.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { Ask, Trouble } from './ask.ts'
import { createKeep } from './keep.ts'
import type { PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { DONE, MORE, type Step } from './step.ts'

/** How people are asked whether it was right; null: nobody is. */
export type RenderAudit = (view: DecisionView) => Message | null

type World = {
  readonly store: Pick<Store, 'posts' | 'savePost'>
  readonly slack: Pick<SlackPort, 'update' | 'history'>
  readonly ask: Ask
  readonly put: PutMessage
  readonly render: RenderAudit
  /** A channel as Slack knows it. */
  readonly channel: (named: string) => Promise<string | Trouble>
  readonly channelOf: (view: DecisionView) => string
}

/** Takes the next step towards the message that asks whether what passed was right. Repeating it is harmless. */
export function createAudits(world: World): (view: DecisionView) => Promise<Step> {
  const { store, render, channel, channelOf } = world
  const keep = createKeep(world)
  return async (view) => {
    const drawn = render(view)
    const { id: subject, audit } = view.decision
    if (drawn === null || audit === undefined) return DONE
    const isErased = view.decision.erasedAt !== undefined
    const isOpen = audit.verdict === null && !isErased
    const post = (await store.posts(subject)).find(({ slot }) => slot === SLOT) ?? null
    const kept = { subject, slot: SLOT, version: isErased ? 3 : isOpen ? 1 : 2, wanted: isOpen, draw: () => drawn }
    const taken = await keep(kept, post, async () => {
      const place = await channel(channelOf(view))
      return typeof place === 'string' ? { ok: true, value: place } : { ok: false, trouble: place }
    })
    if (taken === 'changed') return MORE
    return taken === 'as_it_should' ? DONE : { kind: 'stuck', trouble: taken, open: false }
  }
}

/** One message a decision. */
const SLOT = 'audit'
