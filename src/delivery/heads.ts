import type { Clock, Post, Store } from '../app/ports.ts'
import type { Checklist } from '../domain/checklist.ts'
import { SECOND } from '../domain/time.ts'
import { type WorkflowRef, workflowKey } from '../domain/workflow-ref.ts'
import type { Ask, Asked, Trouble } from './ask.ts'
import { createKeep, nowhere } from './keep.ts'
import { NOWHERE, type Posted, type PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { DONE, MORE, type Step, stuck } from './step.ts'

/** The message that heads the thread of a workflow, in which all its cards stand. */
export type Heads = {
  /** The head as it stands in Slack. `named`: the channel where it is sent if there is none yet. */
  readonly at: (ref: WorkflowRef, named: string) => Promise<Posted | Trouble | 'more'>
  /** The head, where there is one. */
  readonly known: (ref: WorkflowRef) => Promise<Posted | null>
  /** Somebody has deleted it: the next card brings a new one. */
  readonly gone: (ref: WorkflowRef) => Promise<void>
  /** Takes the next step towards a head that shows its workflow as it stands. Without a card there is none. */
  readonly sync: (ref: WorkflowRef) => Promise<Step>
}

type World = {
  readonly store: Pick<Store, 'posts' | 'savePost'>
  readonly slack: Pick<SlackPort, 'update' | 'history' | 'permalink'>
  readonly ask: Ask
  readonly put: PutMessage
  readonly loadChecklist: (ref: WorkflowRef) => Promise<Checklist | null>
  readonly render: (checklist: Checklist) => Message
  /** A channel as Slack knows it. */
  readonly channel: (named: string) => Promise<string | Trouble>
  readonly clock: Clock
}

const SLOT = 'head'

export function createHeads(world: World): Heads {
  const { store, slack, ask, loadChecklist, render, channel, clock } = world
  const keep = createKeep(world)
  const underWay = new Set<string>()

  async function postOf(ref: WorkflowRef): Promise<Post | null> {
    return (await store.posts(workflowKey(ref))).find(({ slot }) => slot === SLOT) ?? null
  }

  /** @param named null: it is not sent where it never was */
  async function step(ref: WorkflowRef, post: Post | null, named: string | null) {
    const checklist = await loadChecklist(ref)
    if (checklist === null) throw new Error(`there is no ${workflowKey(ref)}`)
    const { version } = checklist
    const wanted = named !== null || (post !== null && post.channel !== NOWHERE)
    const kept = { subject: workflowKey(ref), slot: SLOT, version, wanted, draw: () => render(checklist) }
    const taken = await keep(kept, post, () => resolved(named ?? post?.channel ?? NOWHERE))
    if (taken === 'changed') await link(ref)
    return taken
  }

  async function resolved(named: string): Promise<Asked<string>> {
    const id = await channel(named)
    return typeof id === 'string' ? { ok: true, value: id } : { ok: false, trouble: id }
  }

  /** A link is a convenience: without it the head is as good, and its next change asks again. */
  async function link(ref: WorkflowRef): Promise<void> {
    const post = await postOf(ref)
    if (post?.state !== 'posted' || post.permalink !== null) return
    const given = await ask.call('chat.getPermalink', post.channel, () => slack.permalink(post.channel, post.ts))
    if (given.ok) await store.savePost({ ...post, permalink: given.value })
  }

  /** One at a time: cards of one workflow may be under way in several lanes. */
  async function alone<T>(ref: WorkflowRef, work: () => Promise<T>): Promise<T | Trouble> {
    const key = workflowKey(ref)
    if (underWay.has(key)) return { kind: 'wait', until: clock() + SECOND }
    underWay.add(key)
    try {
      return await work()
    } finally {
      underWay.delete(key)
    }
  }

  return {
    at: (ref, named) =>
      alone(ref, async () => {
        const post = await postOf(ref)
        if (post?.state === 'posted') return post
        const taken = await step(ref, post, named)
        return typeof taken === 'string' ? 'more' : taken
      }),
    known: async (ref) => {
      const post = await postOf(ref)
      return post?.state === 'posted' ? post : null
    },
    gone: async (ref) => {
      const post = await postOf(ref)
      if (post !== null) await store.savePost(nowhere(post))
    },
    sync: async (ref) => {
      const taken = await alone(ref, async () => {
        const post = await postOf(ref)
        return post === null || post.channel === NOWHERE ? 'as_it_should' : step(ref, post, null)
      })
      if (taken === 'as_it_should') return DONE
      return taken === 'changed' ? MORE : stuck(taken, null)
    },
  }
}
